"""From the commit on one node to the phone on another: PostgreSQL with NATS JetStream, beside the bare hops.

python -m bench.feed_nodes [--rounds 5]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path

from bench import feed_client, feed_hop, feed_log, feed_ours, feed_posting, postgresql
from bench.feed_client import Client
from bench.feed_figures import Figures, Goal, table
from bench.feed_latency import PER_SECOND, add, row
from bench.feed_ours import Ours
from bench.feed_posting import Times

PHONES, BOXES = 500, 200
_READY_SECONDS = 20
# Not quite the events' rate: at the same one, each message would meet the same moment of an event's way.
_BESIDE_PER_SECOND = 0.97 * PER_SECOND
_NOTE = f"""
{PHONES} phones at a feed node, each at one of {BOXES} boxes; every event is a real `POST /v1/messages/gate` to an
ingest node on the same PostgreSQL, {PER_SECOND:g} a second.  *Committed*: when the ingest node's own feed hears of
it, right after COMMIT; *heard*: when the feed node's does; *read*: when the phone's `recv` has given the frame, which
the feed node made from the log.  *JetStream*: nats-py publishes 400 bytes in one process, an ordered consumer hears
them in another, on the same server, at the same rate; *NOTIFY*: psycopg, likewise; both while nothing is posted.
*Beside the load*: JetStream's hop once more while the terminal posts, PostgreSQL commits and the phones read as in the
first line; below it is what that line was in those seconds.  What the hop takes there beyond JetStream alone is waiting
for a core.  Nothing is pinned to one.  The goal is on the p99, over JetStream alone.  What becomes of ten minutes
without NATS is in [soak.md](soak.md)."""


def measure(rounds: int) -> str:
    """The table in Markdown."""
    figures = Figures()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        program = stack.enter_context(feed_client.built())
        with_nats, without = stack.enter_context(postgresql.databases(2))
        nats = stack.enter_context(_nats())
        pairs = [
            ("NATS", stack.enter_context(_pair(program, folder / "nats", with_nats, nats))),
            ("NOTIFY", stack.enter_context(_pair(program, folder / "notify", without, ""))),
        ]
        for number in range(rounds):
            print(f"across nodes, round {number + 1} of {rounds}", file=sys.stderr)
            for name, pair in pairs:
                pair.round(figures, name)
            _beside(figures, pairs[0][1], nats)
            for name, kind, url in (("JetStream hop", "jetstream", nats), ("NOTIFY hop", "notify", without)):
                add(figures, name, feed_hop.hop(kind, url, count=BOXES, per_second=PER_SECOND))
            figures.add("over p99", figures.taken["NATS from commit p99"][-1] - figures.taken["JetStream hop p99"][-1])
    head = f"{rounds} interleaved rounds of {BOXES} events, {PER_SECOND:g} a second, medians (and the worst), ms."
    return "\n\n".join((head, _table(figures), _NOTE.strip()))


class _Pair:
    """An ingest node, a feed node and the phones at it."""

    def __init__(self, ingest: Ours, client: Client, boxes: list[str], terminal: str, folder: Path) -> None:
        self.ingest, self.client, self.boxes, self.terminal, self.folder = ingest, client, boxes, terminal, folder

    def round(self, figures: Figures, name: str) -> None:
        """Tell every box once."""
        times = self.told()
        add(figures, f"{name} from commit", times.from_commit)
        if times.heard:
            add(figures, f"{name} heard", times.heard)
        add(figures, f"{name} from sending", times.from_sending)

    def told(self) -> Times:
        """What became of every box's event; AssertionError if a phone missed something."""
        times = feed_posting.told(
            self.client,
            self.boxes,
            port=self.ingest.port,
            key=self.terminal,
            per_second=PER_SECOND,
            commits=self.folder / "ingest",
            heard=self.folder / "feed",
        )
        report = self.client.ask("report")
        wrong = sum(report[what] for what in ("holes", "repeats", "wrong", "errors", "odd", "closes"))
        assert wrong == 0, report
        return times


def _beside(figures: Figures, pair: _Pair, nats: str) -> None:
    """The bare hop while a pair works, in a turn of its own: it is a load too."""
    with feed_hop.beside("jetstream", nats, count=BOXES, per_second=_BESIDE_PER_SECOND) as took:
        add(figures, "NATS from commit, beside", pair.told().from_commit)
        add(figures, "JetStream hop, beside", took())


@contextmanager
def _pair(program: Path, folder: Path, url: str, nats: str) -> Iterator[_Pair]:
    folder.mkdir()
    boxes, keys = feed_log.make_boxes(url, BOXES), feed_log.make_keys(url)
    terminal = feed_log.make_terminal_key(url)
    environment = {"DIGITAL_PORT_NATS_URL": nats} if nats else {}
    with ExitStack() as stack:
        ingest, feed = (
            stack.enter_context(
                feed_ours.started(
                    url, keys, "plain", core="", BENCH_COMMITS=str(folder / role), DIGITAL_PORT_ROLE=role, **environment
                )
            )
            for role in ("ingest", "feed")
        )
        for node in (ingest, feed) if nats else ():
            _wait_for_nats(node.port)
        plan = feed.plan([[boxes[n % BOXES]] for n in range(PHONES)], ())
        client = stack.enter_context(feed_client.running(program, plan, core=""))
        client.open()
        yield _Pair(ingest, client, boxes, terminal, folder)


@contextmanager
def _nats() -> Iterator[str]:
    """The tests' own, with JetStream."""
    with import_module("stores").nats() as url:
        yield url


def _wait_for_nats(port: int) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            if b"digital_port_nats_connected 1" in answer.read():
                return
        time.sleep(0.1)
    raise TimeoutError("a node did not find NATS")


def _table(figures: Figures) -> str:
    rows = [
        row(figures, "by NATS: committed → read by the phone", "NATS from commit"),
        row(figures, "by NATS: committed → heard by the feed node", "NATS heard"),
        row(figures, "JetStream alone", "JetStream hop"),
        ["by NATS, beyond JetStream alone", *_beyond(figures)],
        row(figures, "JetStream alone, beside the load", "JetStream hop, beside"),
        row(figures, "by NATS: committed → read by the phone, beside that", "NATS from commit, beside"),
        row(figures, "by NOTIFY: committed → read by the phone", "NOTIFY from commit"),
        row(figures, "NOTIFY alone", "NOTIFY hop"),
        row(figures, "by NATS: sent by the terminal → read by the phone", "NATS from sending"),
    ]
    return table(("ms", "p50", "p99", "goal (p99)"), rows)


def _beyond(figures: Figures) -> list[str]:
    """The last three columns of what our nodes add."""
    p50 = figures.median("NATS from commit p50") - figures.median("JetStream hop p50")
    worst = f"{figures.median('over p99'):.2f} ({figures.worst('over p99'):.2f})"
    return [f"{p50:.2f}", worst, Goal("≤ 2").mark(figures.median("over p99"))]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    print(measure(parser.parse_args().rounds))


if __name__ == "__main__":
    main()
