"""What one event costs where much hangs on it: an old box, a bill and a declaration of many boxes, a large ship.

    python -m bench.wide [--rounds 5]

The yardstick is an event of a box that nothing else is known of, in the same round.  One message is one commit; CPU of
all threads of this process.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from bench import traffic
from bench.inside import Inside, inside
from bench.story import CUSTOMS, FACILITY, SHIP, TERMINAL, Told
from port import garbage

PAST_VISITS = 200
ON_A_BILL = 500
DECLARED = 300
ON_A_SHIP = 2000
REPEATS = 5
_numbers = count(1)
_BEGIN = datetime(2010, 1, 1, tzinfo=UTC)


class Port:
    """A port and its time, which each message moves on by a minute."""

    def __init__(self, inside_port: Inside) -> None:
        self.inside = inside_port
        self.now = _BEGIN

    def gate(self, type_code: str, *boxes: str, **more: Any) -> Told:
        """A movement of these boxes, now."""
        self.now += timedelta(minutes=1)
        events = [
            {
                "equipmentEventTypeCode": type_code,
                "eventClassifierCode": "ACT",
                "eventDateTime": self.now.isoformat(),
                "equipmentReference": box,
                "emptyIndicatorCode": "LADEN",
                "facilityCode": FACILITY,
                **more,
            }
            for box in boxes
        ]
        return Told(self.now, TERMINAL, "terminal", "gate", {"messageID": _identity(), "events": events})

    def customs(self, **arrays: object) -> Told:
        """A message of customs, now."""
        self.now += timedelta(minutes=1)
        return Told(self.now, CUSTOMS, "customs", "customs", {"messageID": _identity(), **arrays})

    def take(self, told: Told) -> float:
        """Record it; microseconds of CPU."""
        self.inside.clock.now = told.at
        draft = self.inside.draft(told)
        began = time.process_time()
        receipt = self.inside.port.recorder.submit_and_wait(draft)
        took = time.process_time() - began
        refused = [result.error for result in receipt.results if result.error is not None]
        assert not refused, refused[0]
        return 1e6 * took


def measure(rounds: int) -> str:
    """The table in Markdown."""
    taken: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder, inside(f"sqlite:///{folder}/wide.db", now=_BEGIN) as one:
        port = Port(one)
        _say("laying it out")
        cases = _cases(port)
        garbage.settle()  # as the server does
        for number in range(rounds):
            _say(f"round {number + 1} of {rounds}")
            for name, (boxes, once) in cases.items():
                taken.setdefault(name, []).append(statistics.median(once() for _ in range(REPEATS)) / boxes)
    plain = statistics.median(next(iter(taken.values())))
    lines = ["| CPU µs per box | median | ÷ plain |", "|---|---|---|"]
    for name, figures in taken.items():
        lines.append(f"| {name} | {statistics.median(figures):,.0f} | {statistics.median(figures) / plain:.1f} |")
    return "\n".join([f"One commit each, {rounds} rounds of {REPEATS}, medians.", "", *lines])


def _cases(port: Port) -> dict[str, tuple[int, Callable[[], float]]]:
    """By name: how many boxes one such message concerns, and sending one."""
    old, shuttle = _old_box(port, days_apart=20), _old_box(port, days_apart=2)
    billed, declared, shipped = _bill(port), _declaration(port), _ship(port)
    called = {"vesselIMONumber": SHIP[0], "importVoyage": "WIDE1", "facilityCode": FACILITY}

    def comes_and_goes(box: str, days: int) -> float:
        port.now += timedelta(days=days)
        return (port.take(port.gate("DISC", box)) + port.take(port.gate("GTOT", box))) / 2

    def noticed() -> float:
        at = (port.now - timedelta(minutes=1)).isoformat()
        status = {"declarationNumber": declared, "status": "INSPECTION_ORDERED", "noticeDateTime": at}
        return port.take(port.customs(notices=[status]))

    def expected() -> float:
        port.now += timedelta(minutes=1)
        return port.take(port.customs(vesselCalls=[{**called, "eta": (port.now + timedelta(days=9)).isoformat()}]))

    def departed() -> float:
        return port.take(port.customs(vesselCalls=[{**called, "atd": port.now.isoformat()}]))

    return {
        "a box nothing is known of is discharged": (1, lambda: port.take(port.gate("DISC", _box()))),
        f"a box with {PAST_VISITS} past visits comes, and goes": (1, lambda: comes_and_goes(old, 20)),
        "the same every other day, so that the visits touch": (1, lambda: comes_and_goes(shuttle, 2)),
        f"one box of a bill of {ON_A_BILL} is discharged": (1, lambda: port.take(port.gate("DISC", billed.pop()))),
        f"a notice on a declaration of {DECLARED} boxes, per box": (DECLARED, noticed),
        f"a ship of {ON_A_SHIP:,} boxes tells another time of arrival": (1, expected),
        "it sails, per box: each is judged anew": (ON_A_SHIP, departed),
        f"one more box of a ship of {ON_A_SHIP:,}": (
            1,
            lambda: port.take(port.gate("DISC", _box(), vesselIMONumber=SHIP[0], voyage="WIDE1")),
        ),
        "the same box, once more": (1, lambda: port.take(port.gate("DISC", shipped.pop()))),
    }


def _old_box(port: Port, *, days_apart: int) -> str:
    old = _box()
    for _ in range(PAST_VISITS):
        port.now += timedelta(days=days_apart)
        port.take(port.gate("DISC", old))
        port.take(port.gate("GTOT", old))
    return old


def _bill(port: Port) -> list[str]:
    billed = [_box() for _ in range(ON_A_BILL)]
    manifest = {"transportDocumentReference": "WIDEBILL", "direction": "IMPORT", "containers": billed}
    port.take(port.customs(manifests=[manifest]))
    declaration = {**_plain_declaration(), "transportDocumentReference": "WIDEBILL"}
    port.take(port.customs(declarations=[declaration]))
    return billed


def _declaration(port: Port) -> str:
    boxes = [_box() for _ in range(DECLARED)]
    declaration = _plain_declaration() | {"containers": boxes, "transportDocumentReference": "WIDEDECLARED"}
    port.take(port.customs(declarations=[declaration]))
    return str(declaration["declarationNumber"])


def _ship(port: Port) -> list[str]:
    boxes = [_box() for _ in range(ON_A_SHIP)]
    for start in range(0, ON_A_SHIP, 100):
        port.take(port.gate("DISC", *boxes[start : start + 100], vesselIMONumber=SHIP[0], voyage="WIDE1"))
    return boxes


def _plain_declaration() -> dict[str, object]:
    declaration = traffic.declaration("")
    return declaration | {"containers": [], "declaredAt": _BEGIN.isoformat()}


def _box() -> str:
    return traffic.container(next(_numbers), owner="WID")


def _identity() -> str:
    return f"WIDE{next(_numbers)}"


def _say(told: str) -> None:
    print(told, file=sys.stderr)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    print(measure(**vars(parser.parse_args())))


if __name__ == "__main__":
    main()
