"""Readers that stop reading: what they cost, who else notices, and whether they come back to exactly where they were.

    python -m bench.feed_stalled [--rounds 5]

Each round starts the real server on a log: 500 good readers and 20 that stop, all on the same five boxes.  First all
read (what that costs is not the stalled ones'), then 20 stop while as much is told again, then they come back.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import feed_client, feed_log, feed_ours
from bench.feed_client import Client, arrivals
from bench.feed_figures import Figures, Goal, kernel_bytes, quantile, rss_bytes, table

GOOD, STALLED, BOXES = 500, 20, 5
PER_SECOND, SECONDS, WARM_SECONDS = 150, 6, 2
_MEGABYTE = 1024 * 1024
_NOTE = f"""
{PER_SECOND} versions a second of {BOXES} boxes, committed and told the whole way, in frames of some 1.4 KB:
{SECONDS} s while all read, then {SECONDS} s while {STALLED} do not.  *p99*: from the commit to the reading.
*Memory*: what the server's process grew by at most in those seconds, less what it grew by while all read, for each
stalled one; *in the kernel*: what all TCP buffers of the machine grew by, both ends.  *Ended*: closed by the server
before they read again; all came back with their cursors.  *Recovered* are keys that were told version by version, *by
snapshot* those of which more than 500 were missed.  *Wrong*: versions skipped, repeated or never told, of all
connections, to the end."""


def measure(rounds: int) -> str:
    """The table in Markdown."""
    figures = Figures()
    with tempfile.TemporaryDirectory() as folder, feed_client.built() as program:
        url = f"sqlite:///{folder}/port.db"
        boxes, keys = feed_log.make_boxes(url, BOXES), feed_log.make_keys(url)
        for number in range(rounds):
            print(f"stalled readers, round {number + 1} of {rounds}", file=sys.stderr)
            commits = Path(folder) / f"commits-{number}"
            with feed_ours.started(url, keys, "log", BENCH_COMMITS=str(commits)) as ours:
                plan = ours.plan([boxes] * (STALLED + GOOD), boxes)
                with feed_client.running(program, plan) as client:
                    _round(figures, client, ours, commits)
    head = f"{rounds} rounds, {GOOD} good readers and {STALLED} stalled, medians (and the worst)."
    return "\n\n".join((head, _table(figures), _NOTE.strip()))


def _round(figures: Figures, client: Client, ours: feed_ours.Ours, commits: Path) -> None:
    client.open()
    client.ask("pace", WARM_SECONDS, PER_SECOND)
    with _growth(ours.pid) as before:
        figures.add("p99 before", _delay(client, commits))
    kernel = kernel_bytes()
    client.ask("stall", 0, STALLED)
    with _growth(ours.pid) as during:
        figures.add("p99", _delay(client, commits))
    figures.add("megabytes", max(0, during[0] - before[0]) / STALLED / _MEGABYTE)
    figures.add("kernel", max(0, kernel_bytes() - kernel) / STALLED / _MEGABYTE)
    client.ask("unstall", 0, STALLED)
    client.ask("listen", 1)
    figures.add("ended", STALLED + GOOD - client.ask("report")["open"])
    before_return = client.ask("report")
    client.tickets(ours.tickets(STALLED + GOOD))
    client.open()
    client.ask("pace", 0.5, PER_SECOND)
    report = client.ask("report")
    figures.add("recovered", report["recovered"] - before_return["recovered"])
    figures.add("snapshots", report["snapshots"] - before_return["snapshots"])
    figures.add("wrong", sum(report[name] for name in ("holes", "repeats", "wrong", "errors", "odd", "behind")))


def _delay(client: Client, commits: Path) -> float:
    """The p99 in milliseconds from the commit to the good readers, while versions are told."""
    path = client.record()
    client.ask("pace", SECONDS, PER_SECOND)
    client.ask("record -")
    at = committed(commits)
    # The first number is the connection; the stalled ones come first.
    took = [(one.at - at[one.key, one.version]) / 1e6 for one in arrivals(path) if one.connection >= STALLED]
    return quantile(took, 0.99)


def committed(path: Path) -> dict[tuple[str, int], int]:
    """When the server committed each version of each box's key, in nanoseconds of CLOCK_MONOTONIC."""
    at = {}
    for line in path.read_text(encoding="ascii").splitlines():
        key, subject, version, time_ns = line.split()
        if key.startswith("visit:"):
            at[feed_ours.key_of(subject), int(version)] = int(time_ns)
    return at


@contextmanager
def _growth(pid: int) -> Iterator[list[int]]:
    """What a process grew by at most meanwhile, in bytes, as the one item of a list."""
    began, most, is_over = rss_bytes(pid), [0], threading.Event()

    def watch() -> None:
        while not is_over.wait(0.05):
            most[0] = max(most[0], rss_bytes(pid) - began)

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield most
    finally:
        is_over.set()
        watching.join()


def _table(figures: Figures) -> str:
    goals = {"p99": "≤ 1000", "megabytes": "≤ 0.5", "wrong": "≤ 0"}
    titles = {
        "p99 before": ("p99 of the good ones, ms, all reading", ".1f"),
        "p99": (f"p99 of the good ones, ms, {STALLED} stalled", ".1f"),
        "megabytes": ("memory per stalled one, MB", ".2f"),
        "kernel": ("in the kernel per stalled one, MB", ".2f"),
        "ended": (f"ended, of {STALLED}", ".0f"),
        "recovered": (f"recovered, of {STALLED * BOXES} keys", ".0f"),
        "snapshots": ("by snapshot", ".0f"),
        "wrong": ("wrong", ".0f"),
    }
    rows = []
    for name, (title, form) in titles.items():
        worst = figures.worst(name)
        goal = Goal(goals[name]).mark(worst) if name in goals else ""
        rows.append([title, f"{figures.median(name):{form}} ({worst:{form}})", goal])
    return table((f"{GOOD} good readers, {STALLED} stalled", "measured", "goal"), rows)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    print(measure(parser.parse_args().rounds))


if __name__ == "__main__":
    main()
