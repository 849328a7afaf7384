"""What a connection costs in memory: authenticated, with five keys, beside NATS and Mosquitto.

    python -m bench.feed_memory [--rounds 5] [--connections 2000]

Each round starts each server anew, lets a few hundred in first (so that what is loaded or cached once is not counted),
then the connections that are.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench import feed_client, feed_log, feed_ours, feed_peers
from bench.feed_client import Plan
from bench.feed_figures import Figures, Goal, rss_bytes, table

FIRST, CONNECTIONS, KEYS = 300, 2000, 5
LIMIT_KB = 6.7
_SETTLE_SECONDS = 1.0
_NOTE = f"""
Resident memory of the server's process, {KEYS} keys to a connection: what each of them added after {FIRST} others.
Ours is the real server on a log with these boxes; every connection showed a ticket, and got a snapshot of each key.
*Own*: no two follow the same, as phones do; *shared*: all follow the same five, as big screens do.  NATS checked a
token; Mosquitto let everybody in.  What the kernel holds for the sockets is the same for all and not counted."""


def measure(rounds: int, connections: int = CONNECTIONS) -> str:
    """The table in Markdown."""
    figures, count = Figures(), FIRST + connections
    with tempfile.TemporaryDirectory() as folder, feed_client.built() as program:
        url = f"sqlite:///{folder}/port.db"
        boxes, keys = feed_log.make_boxes(url, count * KEYS), feed_log.make_keys(url, 20)
        own = [boxes[n * KEYS : (n + 1) * KEYS] for n in range(count)]
        shared = [boxes[:KEYS]] * count
        for number in range(rounds):
            print(f"memory, round {number + 1} of {rounds}", file=sys.stderr)
            for kind, follows in (("own", own), ("shared", shared)):
                with _ours(url, keys, follows) as (plan, pid):
                    figures.add(f"ours {kind}", _kilobytes(program, plan, pid, connections))
            for name in ("nats", "mosquitto"):
                with _peer(name, own) as (plan, pid):
                    figures.add(f"{name} own", _kilobytes(program, plan, pid, connections))
    head = f"{rounds} rounds, {connections:,} connections, medians (and the worst)."
    return "\n\n".join((head, _table(figures), _NOTE.strip()))


@contextmanager
def _ours(url: str, keys: Sequence[tuple[str, str]], follows: Sequence[Sequence[str]]) -> Iterator[tuple[Plan, int]]:
    with feed_ours.started(url, keys, "plain") as ours:
        yield ours.plan(follows, ()), ours.pid


@contextmanager
def _peer(name: str, follows: Sequence[Sequence[str]]) -> Iterator[tuple[Plan, int]]:
    with feed_peers.started(name) as peer:
        yield peer.plan(follows, ()), peer.pid


def _kilobytes(program: Path, plan: Plan, pid: int, connections: int) -> float:
    """What the process grew by for each connection."""
    with feed_client.running(program, plan) as client:
        client.open(upto=FIRST)
        time.sleep(_SETTLE_SECONDS)
        before = rss_bytes(pid)
        client.open()
        time.sleep(_SETTLE_SECONDS)
        return (rss_bytes(pid) - before) / connections / 1024


def _table(figures: Figures) -> str:
    rows = []
    for name, title in (("ours", "ours"), ("nats", "NATS websocket"), ("mosquitto", "Mosquitto websocket")):
        told = []
        # What the peers hold does not depend on it.
        for kind in ("own", "shared") if name == "ours" else ("own",):
            median = figures.median(f"{name} {kind}")
            goal = Goal(f"≤ {LIMIT_KB}").mark(median) if name == "ours" else ""
            told += [f"{median:.1f} ({figures.worst(f'{name} {kind}'):.1f})", goal]
        rows.append([title, *told, *[""] * (4 - len(told))])
    return table(("KB per connection with 5 keys", "own keys", "goal", "shared keys", "goal"), rows)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=CONNECTIONS)
    print(measure(**vars(parser.parse_args())))


if __name__ == "__main__":
    main()
