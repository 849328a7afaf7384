"""From the commit to the phone on one node, at a hundred events a second by POST.

python -m bench.feed_latency [--rounds 5] [--per-second 100]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench import feed_client, feed_log, feed_ours, feed_posting
from bench.feed_figures import Figures, Goal, quantile, table

PHONES, BOXES = 1000, 300
PER_SECOND = 100.0
_NOTE = f"""
{PHONES:,} phones, each at one of {BOXES} boxes; every event is a real `POST /v1/messages/gate` of one box, sent when
it is due whatever became of the last.  *Committed*: when the feed hears of it, on the Recorder's thread right after
COMMIT; *read*: when the client's `recv` has given the frame.  Both are of one clock (CLOCK_MONOTONIC), so nothing is
guessed.  SQLite WAL FULL; the server on one core, phones and senders on the other."""


def measure(rounds: int, per_second: float = PER_SECOND) -> str:
    """The table in Markdown."""
    figures = Figures()
    with tempfile.TemporaryDirectory() as folder, feed_client.built() as program:
        url, commits = f"sqlite:///{folder}/port.db", Path(folder) / "commits"
        boxes, keys = feed_log.make_boxes(url, BOXES), feed_log.make_keys(url)
        terminal = feed_log.make_terminal_key(url)
        with feed_ours.started(url, keys, "plain", BENCH_COMMITS=str(commits)) as ours:
            plan = ours.plan([[boxes[n % BOXES]] for n in range(PHONES)], ())
            with feed_client.running(program, plan) as client:
                client.open()
                for number in range(rounds):
                    print(f"commit to phone, round {number + 1} of {rounds}", file=sys.stderr)
                    times = feed_posting.told(
                        client,
                        boxes,
                        port=ours.port,
                        key=terminal,
                        per_second=per_second,
                        commits=commits,
                        heard=commits,
                    )
                    add(figures, "from commit", times.from_commit)
                    add(figures, "from sending", times.from_sending)
                    add(figures, "answered", times.answered)
                report = client.ask("report")
                wrong = sum(report[name] for name in ("holes", "repeats", "wrong", "errors", "odd", "closes"))
                assert wrong == 0, report
    head = f"{rounds} rounds of {BOXES} events, {per_second:g} a second, medians (and the worst), ms."
    rows = [
        row(figures, "committed → read by the phone", "from commit", "≤ 5"),
        row(figures, "sent by the terminal → read by the phone", "from sending"),
        row(figures, "sent by the terminal → answered", "answered"),
    ]
    return "\n\n".join((head, table(("ms", "p50", "p99", "goal (p99)"), rows), _NOTE.strip()))


def add(figures: Figures, name: str, took: Sequence[float]) -> None:
    """One round's p50 and p99."""
    figures.add(f"{name} p50", quantile(took, 0.5))
    figures.add(f"{name} p99", quantile(took, 0.99))


def row(figures: Figures, title: str, name: str, goal: str = "") -> list[str]:
    """A line of the table."""
    told = [
        f"{figures.median(f'{name} {share}'):.2f} ({figures.worst(f'{name} {share}'):.2f})" for share in ("p50", "p99")
    ]
    return [title, *told, Goal(goal).mark(figures.median(f"{name} p99")) if goal else ""]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--per-second", type=float, default=PER_SECOND)
    print(measure(**vars(parser.parse_args())))


if __name__ == "__main__":
    main()
