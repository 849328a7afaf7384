"""Rebuilding: events a second, of a healthy port that is only compared and of one whose projections are all gone.

    python -m bench.rebuild [--rounds 5] [--events 10000 100000]

Import boxes as most are: declared, discharged with a decision and an instruction, put down, released, fetched; eleven
facts a box, told through the real path.  Each round takes a read of the whole log as yardstick, a check, and a rebuild
of everything from nothing, in one process and in two, in turn.
"""

from __future__ import annotations

import argparse
import json
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import Table, delete

from adapters import intake
from adapters.seam import SenderProfile
from bench import machine
from bench.traffic import container
from events import log
from events.log import KEYS, SEQUENCES
from port import garbage
from port.actor import Role
from port.database import Database
from port.orders import ALERTS, DECISIONS, INSTRUCTIONS
from port.rebuilding import Rebuilding
from port.register import REFERENCES, VIEWERS, VISITS
from port.schema import migrate
from web.app import open_port
from web.port import Port
from web.settings import Settings

SIZES = (10_000, 100_000)
FACTS_OF_A_BOX = 11
_AT_ONCE = 250
_BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
_TERMINAL = SenderProfile(party="TERMINAL", role=Role.TERMINAL, facilities=frozenset({"XMHT"}))
_CUSTOMS = SenderProfile(party="CUSTOMS", role=Role.CUSTOMS)
_MADE: tuple[Table, ...] = (VISITS, VIEWERS, REFERENCES, DECISIONS, INSTRUCTIONS, ALERTS, KEYS, SEQUENCES)


def measure(rounds: int) -> str:
    """The table in Markdown."""
    return tabulate(rounds, SIZES)


def tabulate(rounds: int, sizes: tuple[int, ...]) -> str:
    """The table for logs of these sizes."""
    lines = [
        "| log | compared | made anew | made anew by two | reading the log alone | goal |",
        "|---|---|---|---|---|---|",
    ]
    with tempfile.TemporaryDirectory() as folder:
        sync = machine.sync_p50_ms(folder)
        for size in sizes:
            # The large one costs a minute a round.
            lines.append(_row(f"sqlite:///{folder}/{size}.db", size, rounds if size < 50_000 else min(rounds, 3)))
    head = f"Events a second (CPU of one process in brackets), medians of {rounds} rounds, of the large log fewer; "
    return "\n".join([f"{head}fdatasync p50 {sync:.2f} ms.", "", *lines])


def _row(url: str, size: int, rounds: int) -> str:
    port = _filled(url, size // FACTS_OF_A_BOX)
    try:
        garbage.settle()  # as the command does
        events = port.ask(log.head)[0]
        taken: dict[str, list[float]] = {}
        for number in range(rounds):
            print(f"{events} events, round {number + 1} of {rounds}", file=sys.stderr)
            for name, run in _runs(port).items():
                wall, cpu = time.perf_counter(), time.process_time()
                run()
                taken.setdefault(name, []).append(events / (time.perf_counter() - wall))
                taken.setdefault(f"{name} cpu", []).append(events / (time.process_time() - cpu))
        told = {name: f"{statistics.median(figures):,.0f}" for name, figures in taken.items()}
        cells = [f"{told[name]} ({told[f'{name} cpu']})" for name in ("check", "rebuild")]
        return f"| {events:,} | {' | '.join(cells)} | {told['by two']} | {told['read']} | ≥ 10,000 |"
    finally:
        port.database.close()


def _runs(port: Port) -> dict[str, Callable[[], None]]:
    """Each leaves the projections whole."""
    return {
        "read": lambda: _read(port.database),
        "check": lambda: _rebuild(port, is_check=True),
        "rebuild": lambda: _rebuild(port),
        "by two": lambda: _rebuild(port, workers=2),
    }


def _read(database: Database) -> None:
    position = 0
    with database.read() as connection:
        while facts := log.since(connection, position, 2000):
            position = facts[-1].position


def _rebuild(port: Port, *, is_check: bool = False, workers: int = 1) -> None:
    if not is_check:
        with port.database.write() as connection:
            for table in _MADE:
                connection.execute(delete(table))
    rebuilding = Rebuilding(port.judge, _BEGIN, is_check=is_check, workers=workers)
    report = rebuilding.run(port.database, lambda *_: None)
    assert bool(report.differing) is not is_check, "a healthy port differs from its log"


def _filled(url: str, boxes: int) -> Port:
    """A port through which so many boxes have gone."""
    migrate(url)
    clock = [_BEGIN]
    port = open_port(Settings(database_url=url), clock=lambda: clock[0])
    port.recorder.start()
    for first in range(0, boxes, _AT_ONCE):
        told = {container(): f"3711202611{first + n:08d}" for n in range(min(_AT_ONCE, boxes - first))}
        clock[0] += timedelta(minutes=5)
        for format, sender, body in _story(told, clock[0]):
            raw = json.dumps(body | {"messageID": secrets.token_hex(8)}).encode()
            draft = intake.receive(raw, format=format, sender=sender, key_id="k", received_at=clock[0])
            assert not any(result.error for result in port.recorder.submit_and_wait(draft).results)
    port.recorder.stop()
    return port


def _story(told: dict[str, str], now: datetime) -> list[tuple[str, SenderProfile, dict[str, object]]]:
    released = [{"declarationNumber": n, "status": "RELEASED", "noticeDateTime": _at(now, 30)} for n in told.values()]
    return [
        ("customs", _CUSTOMS, {"declarations": [_declaration(box, number, now) for box, number in told.items()]}),
        ("gate", _TERMINAL, {"events": [_moved("DISC", box, _at(now, 60)) for box in told]}),
        ("gate", _TERMINAL, {"events": [_moved("DROP", box, _at(now, 40)) for box in told]}),
        ("customs", _CUSTOMS, {"notices": released}),
        ("gate", _TERMINAL, {"events": [_moved("GTOT", box, _at(now, 10)) for box in told]}),
    ]


def _moved(code: str, box: str, at: str) -> dict[str, object]:
    return {
        "equipmentEventTypeCode": code,
        "eventDateTime": at,
        "equipmentReference": box,
        "emptyIndicatorCode": "LADEN",
        "facilityCode": "XMHT",
        "grossMassKg": 24310,
    }


def _declaration(box: str, number: str, now: datetime) -> dict[str, object]:
    return {
        "declarationNumber": number,
        "direction": "IMPORT",
        "mode": "ADVANCE",
        "declaredAt": _at(now, 60 * 24),
        "declarant": {"code": "BROKER", "name": "Broker"},
        "consignee": {"code": "CONSIGNEE", "name": "Consignee", "creditGrade": "GENERAL"},
        "transportDocumentReference": f"BL{number}",
        "containers": [box],
        "lines": [{"hsCode": "9403600000", "originCountry": "VN", "netMassKg": 9800}],
    }


def _at(now: datetime, minutes_before: float) -> str:
    return (now - timedelta(minutes=minutes_before)).isoformat()


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--events", type=int, nargs="+", default=SIZES)
    given = parser.parse_args()
    print(tabulate(given.rounds, tuple(given.events)))


if __name__ == "__main__":
    main()
