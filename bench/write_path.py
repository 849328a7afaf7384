"""The write path: decode, fold, decide, durable commit, answered over HTTP, beside what the machine allows.

    python -m bench.write_path [--rounds 5] [--requests 6000] [--database postgresql]

Our server runs as the real process on SQLite FULL; with `--database postgresql` on both, and PostgreSQL's figures are
held against SQLite's.  Each round takes the bare route, our single POST and the tutorial's
session per request in turn at 64 clients, then our batch of 1,000 and the raw inserts.  Half of the events are
discharges of declared boxes, so half of the answers carry a decision and an instruction.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from dataclasses import dataclass, field

from bench import load, machine, postgresql, servers, traffic, yardsticks
from bench.servers import Beside, OurServer, Running, Serving

CLIENTS = 64
BATCHES = 3
RAW_ROWS = 20_000

_NOTE = """
Half of the events are discharges of declared boxes: their answers carry a decision and an instruction.  *Raw loop* is
the yardstick of the goal: one insert a row that finds repeats by a unique key and tells which rows are new (a ledger
must), one upsert of a state a row by `executemany`, one durable commit per 1,000.  *Raw executemany* writes the same
rows without asking which were new; nobody could answer a sender from it, and it is here so that the distance is known.
CPU is of the server's process, per request: it tells more than the clock on a machine that others use."""


@dataclass
class Rounds:
    """One figure per round and measure."""

    figures: dict[str, list[float]] = field(default_factory=dict)

    def add(self, name: str, value: float) -> None:
        self.figures.setdefault(name, []).append(value)

    def median(self, name: str) -> float:
        return statistics.median(self.figures[name])


def measure(rounds: int, requests: int = 6000) -> str:
    """The tables in Markdown."""
    taken = Rounds()
    with (
        tempfile.TemporaryDirectory() as folder,
        OurServer(folder) as ours,
        Beside(yardsticks.serve, folder) as beside,
    ):
        for number in range(rounds):
            print(f"round {number + 1} of {rounds}", file=sys.stderr)
            _singles(taken, ours, beside, requests=requests)
            _batches(taken, "batch", ours)
            taken.add("raw loop/s", yardsticks.raw_loop(folder, RAW_ROWS, per_commit=1000))
            taken.add("raw executemany/s", yardsticks.raw_executemany(folder, RAW_ROWS, per_commit=1000))
            taken.add("sync", machine.sync_p50_ms(folder))
    head = f"SQLite WAL FULL, {rounds} interleaved rounds, medians; fdatasync p50 {taken.median('sync'):.2f} ms."
    return "\n\n".join((head, _ratios(taken), _latencies(taken), _NOTE.strip()))


def measure_postgresql(rounds: int, requests: int = 3000) -> str:
    """What the same load gets from our server on PostgreSQL and on SQLite, in turns: the table in Markdown."""
    taken = Rounds()
    with (
        tempfile.TemporaryDirectory() as folder,
        postgresql.databases(1) as [url],
        OurServer(folder) as embedded,
        OurServer(folder, url=url) as ours,
    ):
        for number in range(rounds):
            print(f"round {number + 1} of {rounds}", file=sys.stderr)
            for name, server in (("sqlite", embedded), ("postgresql", ours)):
                boxes = [traffic.container() for _ in range(requests)]
                traffic.declare(server.port, server.customs, boxes[::2])
                bodies = [traffic.gate([box]) for box in boxes]
                gate = "/v1/messages/gate"
                _push(taken, name, bodies, path=gate, port=server.port, pid=server.pid, key=server.terminal)
                _batches(taken, f"{name} batch", server)
            taken.add("sync", machine.sync_p50_ms(folder))
    head = (
        f"PostgreSQL beside SQLite, {rounds} interleaved rounds, medians; fdatasync p50 {taken.median('sync'):.2f} ms."
    )
    return "\n\n".join((head, _ratios(taken, _ON_POSTGRESQL), _ON_POSTGRESQL_NOTE))


def _singles(taken: Rounds, ours: Running, beside: Serving, *, requests: int) -> None:
    boxes = [traffic.container() for _ in range(requests)]
    traffic.declare(ours.port, ours.customs, boxes[::2])
    bodies = [traffic.gate([box]) for box in boxes]
    some = bodies[: max(CLIENTS * 4, requests // 8)]
    _push(taken, "bare", bodies, path="/bare", port=beside.port, pid=beside.pid)
    _push(taken, "ours", bodies, path="/v1/messages/gate", port=ours.port, pid=ours.pid, key=ours.terminal)
    _push(taken, "tutorial", some, path="/tutorial/gate", port=beside.port, pid=beside.pid)


def _push(taken: Rounds, name: str, bodies: list[bytes], *, path: str, port: int, pid: int, key: str = "") -> None:
    requests = [load.request(path, body, port=port, key=key) for body in bodies]
    began = servers.cpu_seconds(pid)
    result = load.run(port, requests, clients=CLIENTS)
    assert result.failures == 0, f"{result.failures} requests to {path} failed"
    taken.add(f"{name} cpu", 1e6 * (servers.cpu_seconds(pid) - began) / len(bodies))
    taken.add(f"{name}/s", result.per_second)
    taken.add(f"{name} p50", result.p50_ms)
    taken.add(f"{name} p99", result.p99_ms)


def _batches(taken: Rounds, name: str, ours: Running) -> None:
    boxes = [traffic.container() for _ in range(1000 * BATCHES)]
    traffic.declare(ours.port, ours.customs, boxes[::2])
    parts = [traffic.gate(boxes[start : start + 1000]) for start in range(0, len(boxes), 1000)]
    pushes = [load.request("/v1/messages/gate", part, port=ours.port, key=ours.terminal) for part in parts]
    began = servers.cpu_seconds(ours.pid)
    result = load.run(ours.port, pushes, clients=1)
    assert result.failures == 0, "a batch failed"
    taken.add(f"{name} cpu", 1e6 * (servers.cpu_seconds(ours.pid) - began) / len(boxes))
    taken.add(f"{name}/s", 1000 * result.per_second)


_ONE = "single POST, 64 clients"
_Row = tuple[str, str, str, str, str]
# What, our figure, the yardstick's, its name, the goal.
_ROWS: tuple[_Row, ...] = (
    (_ONE, "ours/s", "bare/s", "bare route", "≥ 0.4"),
    (_ONE, "ours/s", "tutorial/s", "session per request", "≥ 10"),
    (f"{_ONE}, p99", "ours p99", "bare p99", "bare route", "≤ 2.5"),
    (f"{_ONE}, CPU", "ours cpu", "bare cpu", "bare route", ""),
    ("batch of 1,000", "batch/s", "raw loop/s", "raw loop", "≥ 0.25"),
    ("batch of 1,000", "batch/s", "raw executemany/s", "raw executemany", ""),
)
_ON_POSTGRESQL: tuple[_Row, ...] = (
    (_ONE, "postgresql/s", "sqlite/s", "on SQLite", "≥ 0.7"),
    (f"{_ONE}, p99", "postgresql p99", "sqlite p99", "on SQLite", ""),
    (f"{_ONE}, CPU", "postgresql cpu", "sqlite cpu", "on SQLite", ""),
    ("batch of 1,000", "postgresql batch/s", "sqlite batch/s", "on SQLite", "≥ 0.7"),
    ("batch of 1,000, CPU per event", "postgresql batch cpu", "sqlite batch cpu", "on SQLite", ""),
)
_ON_POSTGRESQL_NOTE = """
One server of ours on each, both durable.  CPU is of our process alone; PostgreSQL's own comes on top, on the same
cores.""".strip()


def _ratios(taken: Rounds, rows: tuple[_Row, ...] = _ROWS) -> str:
    lines = ["| measured | ours | yardstick | ratio | goal |", "|---|---|---|---|---|"]
    for title, ours, other, named, goal in rows:
        mine, its = taken.median(ours), taken.median(other)
        lines.append(f"| {title} | {_figure(ours, mine)} | {named} {_figure(other, its)} | {mine / its:.2f} | {goal} |")
    return "\n".join(lines)


def _latencies(taken: Rounds) -> str:
    lines = ["| 64 clients, one event a POST | req/s | p50 ms | p99 ms | CPU µs |", "|---|---|---|---|---|"]
    for name, title in (("bare", "bare route"), ("ours", "ours"), ("tutorial", "session per request")):
        rate, p50, p99, cpu = (taken.median(f"{name}{what}") for what in ("/s", " p50", " p99", " cpu"))
        lines.append(f"| {title} | {rate:,.0f} | {p50:.1f} | {p99:.1f} | {cpu:,.0f} |")
    batch, cpu = taken.median("batch/s"), taken.median("batch cpu")
    return "\n".join([*lines, f"| ours, batch of 1,000, per event | {batch:,.0f} | | | {cpu:,.0f} |"])


def _figure(name: str, value: float) -> str:
    if name.endswith("/s"):
        return f"{value:,.0f}/s"
    return f"{value:,.0f} µs" if name.endswith("cpu") else f"{value:.1f} ms"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=6000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    given = parser.parse_args()
    measured = measure if given.database == "sqlite" else measure_postgresql
    print(measured(given.rounds, given.requests))


if __name__ == "__main__":
    main()
