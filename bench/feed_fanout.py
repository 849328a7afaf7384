"""Deliveries a second, and the processor time of one, beside NATS, Mosquitto, broadcast() and FastAPI's docs.

    python -m bench.feed_fanout [--rounds 5] [--seconds 2] [--quiet-only]

Every server runs on one core, the connections and the publisher on the other.  All are started and joined once; then
they take turns, round by round.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import feed_client, feed_log, feed_ours, feed_peers
from bench.feed_client import Client, Plan
from bench.feed_figures import Figures, Goal, cpu_seconds, table
from bench.machine import sync_p50_ms

TOPICS = 500
WARM_SECONDS, SECONDS = 0.5, 2.0
QUIET_PER_SECOND = 20
OURS, WHOLE = "ours, transport", "ours, whole path"
_TITLES = {"nats": "NATS websocket", "mosquitto": "Mosquitto websocket", "broadcast": "websockets.broadcast()",
           "tutorial": "loop of FastAPI's docs", "bare": "bare writes"}  # fmt: skip
PEERS = ("nats", "mosquitto", "broadcast", "tutorial")
# Ours comes before the first: the three that are held against each other have no other's turn between them.
QUIET_PEERS = ("broadcast", "bare", "nats", "mosquitto", "tutorial")


@dataclass(frozen=True)
class Scene:
    """So many connections, each to one of the topics, and how many messages may be on their way."""

    name: str
    connections: int
    topics: int
    window: int


ALL = Scene("1,000 connections, all get all", 1000, 1, 32)
SOME = Scene(f"1,000 connections, 1 of {TOPICS} topics each", 1000, TOPICS, 2000)
MANY = Scene("5,000 connections, all get all", 5000, 1, 32)
# Whom ours is held against, and the goal.
GOALS = {
    ALL.name: {"nats": "≥ 2", "mosquitto": "≥ 25", "broadcast": "≥ 20", "tutorial": ""},
    SOME.name: {"nats": "≥ 0.9", "mosquitto": "", "broadcast": "≥ 2", "tutorial": ""},
    MANY.name: {"nats": "≥ 5", "mosquitto": "", "broadcast": "", "tutorial": ""},
}
QUIET_GOALS = {"broadcast": "≤ 0.7", "nats": "", "mosquitto": ""}

_NOTE = """
JSON of 400 bytes, to which ours adds its envelope (key, version, cause: 90 bytes more); closed loop: at most 32
messages (of topics 2,000) on their way.  *Ours, transport* is the real server with tickets, frames and versions, each
checked by the client for holes and repeats, on versions published in its memory: a broker keeps no log either.
*Ours, whole path* commits every version to SQLite (WAL FULL), reads it back from the log, projects and encodes it for
who may see what; its frames are whole statuses, some 1.4 KB.  CPU is of the server's process, per delivery.  Versions
that are told together go out in one write; the next section is where nothing comes together."""


@dataclass
class Side:
    """A running server and the connections to it."""

    name: str
    client: Client
    pid: int


def measure(rounds: int) -> str:
    """Many deliveries: the tables in Markdown."""
    return _measured(rounds, (ALL, SOME, MANY), seconds=SECONDS)


def measure_quiet(rounds: int, scene: Scene = ALL, peers: Sequence[str] = QUIET_PEERS) -> str:
    """Few messages: the table in Markdown; broadcast() is among the peers."""
    figures = Figures()
    with _sides(scene, peers, with_whole=False) as sides:
        for number in range(rounds):
            _say(f"at low rates, round {number + 1} of {rounds}")
            for side in sides:
                _quiet(figures, side)
    return "\n\n".join((_quiet_table(figures, scene, [side.name for side in sides]), _QUIET_NOTE.strip()))


def _measured(rounds: int, scenes: Sequence[Scene], *, seconds: float) -> str:
    figures, told, syncs = Figures(), [], []
    for scene in scenes:
        with _sides(scene, PEERS) as sides, tempfile.TemporaryDirectory() as folder:
            for number in range(rounds):
                _say(f"{scene.name}, round {number + 1} of {rounds}")
                for side in sides:
                    _many(figures, scene, side, seconds=seconds)
                syncs.append(sync_p50_ms(folder))
            told.append(_table(figures, scene, [side.name for side in sides]))
    head = f"{rounds} interleaved rounds of {seconds:g} s, medians; servers on one core, clients on the other."
    return "\n\n".join((head, *told, _NOTE.strip()))


@contextmanager
def _sides(scene: Scene, peers: Sequence[str], *, with_whole: bool = True) -> Iterator[list[Side]]:
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        program = stack.enter_context(feed_client.built())
        url = f"sqlite:///{folder}/port.db"
        boxes, keys = feed_log.make_boxes(url, scene.topics), feed_log.make_keys(url)
        sides = []
        for name, mode in ((OURS, "memory"), (WHOLE, "log"))[: 1 + with_whole]:
            ours = stack.enter_context(feed_ours.started(url if mode == "log" else _copied(url, mode), keys, mode))
            sides.append(_joined(stack, program, name, ours.plan(_follows(scene, boxes), boxes), ours.pid))
        topics = [f"T{number}" for number in range(scene.topics)]
        for name in peers:
            peer = stack.enter_context(feed_peers.started(name))
            sides.append(_joined(stack, program, name, peer.plan(_follows(scene, topics), topics), peer.pid))
        yield sides


def _copied(url: str, name: str) -> str:
    """The database again, so that two servers do not write one file."""
    path = Path(url.removeprefix("sqlite:///"))
    feed_log.copy(path, path.with_name(f"{name}.db"))
    return f"sqlite:///{path.with_name(f'{name}.db')}"


def _follows(scene: Scene, topics: Sequence[str]) -> list[list[str]]:
    return [[topics[number % len(topics)]] for number in range(scene.connections)]


def _joined(stack: ExitStack, program: Path, name: str, plan: Plan, pid: int) -> Side:
    client = stack.enter_context(feed_client.running(program, plan))
    client.open()
    return Side(name, client, pid)


def _many(figures: Figures, scene: Scene, side: Side, *, seconds: float) -> None:
    before, began = cpu_seconds(side.pid), side.client.ask("report")["deliveries"]
    run = side.client.ask("run", WARM_SECONDS, seconds, scene.window)
    report = side.client.ask("report")
    _check(side, run, report)
    figures.add(f"{scene.name} {side.name}/s", run["deliveries"] / run["seconds"])
    used = cpu_seconds(side.pid) - before
    figures.add(f"{scene.name} {side.name} cpu", 1e6 * used / (report["deliveries"] - began))


def _quiet(figures: Figures, side: Side) -> None:
    before = cpu_seconds(side.pid)
    run = side.client.ask("pace", SECONDS + WARM_SECONDS, QUIET_PER_SECOND)
    _check(side, run, side.client.ask("report"))
    figures.add(f"{side.name} cpu", 1e6 * (cpu_seconds(side.pid) - before) / run["deliveries"])
    figures.add(f"{side.name} p50", run["p50_us"] / 1000)
    figures.add(f"{side.name} p99", run["p99_us"] / 1000)


def _check(side: Side, run: dict[str, float], report: dict[str, float]) -> None:
    """A figure of a run that lost something would be worth nothing."""
    wrong = {name: report[name] for name in ("holes", "repeats", "wrong", "errors", "odd", "closes") if report[name]}
    assert run["missing"] == 0, f"{side.name} lost {run['missing']} deliveries: {report}"
    assert not wrong, f"{side.name}: {wrong}"


def _table(figures: Figures, scene: Scene, names: Sequence[str]) -> str:
    rows = []
    for name in names:
        figure = f"{scene.name} {name}"
        told = GOALS[scene.name].get(name)
        row = [
            _TITLES.get(name, name),
            f"{figures.median(f'{figure}/s'):,.0f}",
            f"{figures.median(f'{figure} cpu'):.2f}",
        ]
        if told is not None:
            ratio = figures.ratio(f"{scene.name} {OURS}/s", f"{figure}/s")
            whole = figures.ratio(f"{scene.name} {WHOLE}/s", f"{figure}/s")
            row += [f"{ratio:.2f}", Goal(told).mark(ratio) if told else "", f"{whole:.2f}"]
        rows.append([*row, *[""] * (6 - len(row))])
    return table((scene.name, "deliveries/s", "CPU µs", "× by our transport", "goal", "× by our whole path"), rows)


def _quiet_table(figures: Figures, scene: Scene, names: Sequence[str]) -> str:
    rows = []
    for name in names:
        told, row = QUIET_GOALS.get(name, ""), [_TITLES.get(name, name), f"{figures.median(f'{name} cpu'):.2f}"]
        ratio = figures.ratio(f"{OURS} cpu", f"{name} cpu")
        row += [f"{ratio:.2f}" if name != OURS else "", Goal(told).mark(ratio) if told else ""]
        row += [f"{figures.ratio(f'{name} cpu', 'broadcast cpu'):.2f}" if name != "broadcast" else ""]
        rows.append([*row, f"{figures.median(f'{name} p50'):.1f}", f"{figures.median(f'{name} p99'):.1f}"])
    head = (
        f"{scene.connections:,} connections, {QUIET_PER_SECOND} messages/s",
        "CPU µs per delivery",
        "ours : it",
        "goal",
        "it : broadcast()",
        "p50 ms",
        "p99 ms",
    )
    return table(head, rows)


_QUIET_NOTE = """
Nothing comes together, so each delivery is a `write()` of its own, which is most of it.  *Bare writes*: a process that
took the same connections and does nothing but `send()` one ready frame on each socket, one after another: no library,
no event loop, no topics, nobody checked or pinged.  What it takes is the kernel's, which delivers to the other end of
a loopback connection inside that call; nobody who makes a call for each connection can take less.  p50 and p99: from
the time a message was due to each connection's reading it, on the client's core; with 1,000 connections the last is
told after a thousand writes."""


def _say(told: str) -> None:
    print(told, file=sys.stderr)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--quiet", action="store_true", help="only the low rates")
    parser.add_argument("--scene", type=int, choices=(1, 2, 3), help="only that one of the three")
    given = parser.parse_args()
    if given.quiet:
        print(measure_quiet(given.rounds))
        return
    scenes = (ALL, SOME, MANY) if given.scene is None else ((ALL, SOME, MANY)[given.scene - 1],)
    print(_measured(given.rounds, scenes, seconds=given.seconds))


if __name__ == "__main__":
    main()
