"""Everybody comes back at once: connections a second, what each needs included, and whether anybody is told wrongly.

    python -m bench.feed_storm [--rounds 5] [--connections 5000]

All connections are cut; while they are away versions are committed.  Then all come back, so many at a time: for ours
each asks for a ticket, opens the websocket, connects and resumes each of its keys from its cursor.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import ExitStack

from bench import feed_client, feed_log, feed_ours, feed_peers
from bench.feed_client import Client
from bench.feed_figures import Figures, Goal, cpu_seconds, table

CONNECTIONS, KEYS, PARALLEL = 5000, 3, 256
MISSED = 1000
_TITLES = {
    "whole": "ours: ticket, websocket, resume",
    "in hand": "ours, ticket in hand: websocket, resume",
    "nats": "NATS websocket, a token",
}
_NOTE = f"""
{CONNECTIONS:,} connections with {KEYS} keys each, of which no two follow the same; {PARALLEL} at a time.  While they
were away {MISSED:,} versions of as many of their boxes were committed.  *Ours* is the real server on a log: a ticket
is an authenticated POST on a connection of its own and a commit, the resume reads each key's log from the client's
cursor on, for who may see what.  NATS checks a token and takes the subscriptions again; it has no cursors, and what
was published meanwhile is lost to its clients.  *Wrong*: versions skipped, repeated or never told; *by snapshot*:
keys not told version by version."""


def measure(rounds: int, connections: int = CONNECTIONS) -> str:
    """The table in Markdown."""
    figures = Figures()
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        program = stack.enter_context(feed_client.built())
        url = f"sqlite:///{folder}/port.db"
        boxes, keys = feed_log.make_boxes(url, connections * KEYS), feed_log.make_keys(url, 50)
        follows = [boxes[n * KEYS : (n + 1) * KEYS] for n in range(connections)]
        ours = stack.enter_context(feed_ours.started(url, keys, "log"))
        plan = ours.plan(follows, boxes[::KEYS][:MISSED])
        client = stack.enter_context(feed_client.running(program, plan))
        nats = stack.enter_context(feed_peers.started("nats"))
        beside = stack.enter_context(feed_client.running(program, nats.plan(follows, ("nobody",))))
        client.open(parallel=PARALLEL)
        beside.open(parallel=PARALLEL)
        for number in range(rounds):
            print(f"storm, round {number + 1} of {rounds}", file=sys.stderr)
            client.tickets([f"key:{keys[n % len(keys)][1]}" for n in range(connections)])
            _storm(figures, "whole", client, ours.pid, connections, missed=MISSED)
            client.tickets(ours.tickets(connections))
            _storm(figures, "in hand", client, ours.pid, connections, missed=MISSED)
            _storm(figures, "nats", beside, nats.pid, connections, missed=0)
    return "\n\n".join((f"{rounds} rounds taking turns, medians.", _table(figures), _NOTE.strip()))


def _storm(figures: Figures, name: str, client: Client, pid: int, connections: int, *, missed: int) -> None:
    before = client.ask("report")
    client.ask("close", 0, connections)
    if missed:
        client.ask("send", missed)
        client.ask("listen", 1)
    used = cpu_seconds(pid)
    opened = client.open(parallel=PARALLEL)
    figures.add(f"{name}/s", connections / opened["seconds"])
    figures.add(f"{name} cpu", 1e6 * (cpu_seconds(pid) - used) / connections)
    report = client.ask("report")
    wrong = sum(report[what] - before[what] for what in ("holes", "repeats", "wrong", "errors", "odd", "refused"))
    told = report["deliveries"] - before["deliveries"]
    figures.add(f"{name} wrong", wrong + report["behind"] + abs(missed - told))
    figures.add(f"{name} snapshots", report["snapshots"] - before["snapshots"])


def _table(figures: Figures) -> str:
    rows = []
    for name, title in _TITLES.items():
        ratio = "" if name == "nats" else f"{figures.ratio(f'{name}/s', 'nats/s'):.2f}"
        row = [title, f"{figures.median(f'{name}/s'):,.0f}", f"{figures.median(f'{name} cpu'):,.0f}", ratio]
        wrong = figures.worst(f"{name} wrong")
        mine = ["", "", ""]
        if name != "nats":
            mine = [f"{wrong:.0f}", Goal("≤ 0").mark(wrong), f"{figures.worst(f'{name} snapshots'):.0f}"]
        rows.append(row + mine)
    head = ("", "connections/s", "CPU µs each", ": NATS", "wrong", "goal", "by snapshot")
    return table(head, rows)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=CONNECTIONS)
    print(measure(**vars(parser.parse_args())))


if __name__ == "__main__":
    main()
