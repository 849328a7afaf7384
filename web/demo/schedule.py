"""Which vessels call and what they carry: a pure function of seed and start, one call at a time, without end.

Customs paths, mishaps and special boxes are dealt like cards, not diced: every call has its share of each.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from web.demo import cast
from web.demo.cargo import Packer
from web.demo.world import Consignment, Kind, Mishap, Path, VesselCall

CALLS_PER_ROUND = 2  # the terminals take turns: call n and call n + 2 berth at the same quay
REUSED_AFTER = 8  # so many calls later an import box comes back laden for export

_EVERY = timedelta(minutes=150)
_HASTY_EVERY = 3  # in one of so many calls a driver leaves without waiting for customs
_PATHS = [Path.GREEN] * 2 + [Path.CLEARED] * 3 + [Path.SILENT] * 4 + [Path.INSPECT, Path.SCAN, Path.LATE]
_RARE_PATHS = [
    Path.HELD,
    Path.DESTINATION,
    Path.REJECTED_FIRST,
    Path.ORDER_AFTER,
    Path.CANCELLED_FIRST,
    Path.BY_SEQUENCE,
]
_EXPORT_PATHS = [Path.GREEN, Path.GREEN, Path.GREEN, Path.SILENT, Path.SILENT, Path.CLEARED]
_RARE_EXPORT_PATHS = [Path.INSPECT, Path.LATE, Path.SCAN, Path.ORDER_AFTER]
_JSON_MISHAPS = [
    Mishap.CORRECTED,
    Mishap.BAD_CHECK_DIGIT,
    Mishap.LATE,
    Mishap.NO_TIME_ZONE,
    Mishap.REPEATED,
    Mishap.WITHDRAWN,
    Mishap.UNKNOWN_CODE,
    Mishap.NOT_JSON,
]
_EDIFACT_MISHAPS = [
    Mishap.CUT_OFF,
    Mishap.CORRECTED,
    Mishap.REPEATED,
    Mishap.BAD_CHECK_DIGIT,
    Mishap.WITHDRAWN,
    Mishap.LATE,
]


@dataclass(frozen=True, slots=True)
class Scenario:
    """Seed and start of a run.  Equal scenarios give equal calls, boxes and papers."""

    seed: int
    start: datetime

    def call(self, number: int) -> VesselCall:
        """The call with this number, 0 being the one already at the quay when the clock starts."""
        rng = Random(f"{self.seed}/call/{number}")
        eta = self.eta(number)
        ata = eta + timedelta(minutes=rng.randrange(-6, 7))
        atb = ata + timedelta(minutes=24)
        packer = Packer(self.seed, self.start, number)
        discharges = _discharge_list(rng, packer)
        loads = _load_list(rng, packer, ready_by=atb + timedelta(minutes=3 * len(discharges)))
        work = timedelta(minutes=12 + 3 * len(discharges) + 30 + 3 * len(loads) + 40)
        voyage = 31 + number
        return VesselCall(
            number=number,
            vessel=cast.VESSELS[number % len(cast.VESSELS)],
            terminal=terminal_of(number),
            import_voyage=f"{voyage:03d}W",
            export_voyage=f"{voyage + 1:03d}E",
            eta=eta,
            ata=ata,
            atb=atb,
            atd=atb + work,
            discharges=discharges,
            loads=loads,
        )

    def eta(self, number: int) -> datetime:
        """When the call is expected: one hour before the start, at the start, then every two and a half hours."""
        if number == 0:
            return self.start - timedelta(minutes=60)
        return self.start + timedelta(minutes=8) + _EVERY * (number - 1)


def terminal_of(number: int) -> str:
    """The facility where the call with this number berths."""
    return cast.EDIFACT_TERMINAL if number % CALLS_PER_ROUND else cast.GATE_TERMINAL


def _discharge_list(rng: Random, packer: Packer) -> tuple[Consignment, ...]:
    number = packer.call
    paths = [*_PATHS, *(_RARE_PATHS[(2 * number + i) % len(_RARE_PATHS)] for i in range(2))]
    rng.shuffle(paths)
    # A shared box and the second box of a bill go by papers of their own: they take no card.
    paths[1:1], paths[3:3] = [Path.GREEN], [Path.GREEN]
    inbound = [packer.full_box(slot, Kind.IMPORT, path) for slot, path in enumerate(paths)]
    hasty = next((slot for slot, path in enumerate(paths) if slot > 3 and path is Path.GREEN), 4)
    inbound[hasty] = replace(inbound[hasty], leaves_unreleased=number % _HASTY_EVERY == 1)
    inbound[1] = packer.groupage(inbound[1])
    inbound[2:4] = packer.two_on_one_bill(inbound[2], inbound[3])
    inbound += [packer.through_box(slot, Kind.TRANSSHIPMENT) for slot in (20, 21)]
    inbound += [packer.through_box(22, Kind.RESTOW)]
    inbound += [packer.empty_box(slot, Kind.EMPTY_IN) for slot in (23, 24)]
    inbound = [replace(c, mishap=m) for c, m in zip(inbound, _mishaps(number, len(inbound)), strict=True)]
    rng.shuffle(inbound)
    return tuple(inbound)


def _load_list(rng: Random, packer: Packer, *, ready_by: datetime) -> tuple[Consignment, ...]:
    number = packer.call
    paths = [*_EXPORT_PATHS, *(_RARE_EXPORT_PATHS[(2 * number + i) % len(_RARE_EXPORT_PATHS)] for i in range(2))]
    rng.shuffle(paths)
    outbound = [packer.full_box(slot, Kind.EXPORT, path) for slot, path in enumerate(paths, start=30)]
    if number >= REUSED_AFTER:
        outbound[0] = packer.in_box_of(outbound[0], number - REUSED_AFTER)
    outbound[1] = replace(outbound[1], is_rolled=True)
    outbound[3] = replace(outbound[3], mishap=_deck(number)[(number // CALLS_PER_ROUND + 1) % 6])
    outbound += [packer.empty_box(slot, Kind.EMPTY_OUT) for slot in (40, 41)]
    rng.shuffle(outbound)
    gap = timedelta(minutes=14)
    first = ready_by - gap * (len(outbound) + 3)
    return tuple(
        replace(c, comes_at=first + gap * place + timedelta(seconds=rng.randrange(500)))
        for place, c in enumerate(outbound)
    )


def _mishaps(number: int, boxes: int) -> list[Mishap | None]:
    """Three mishaps among the boxes of a call, taking turns from call to call."""
    deck = _deck(number)
    turn = 3 * (number // CALLS_PER_ROUND)
    dealt: list[Mishap | None] = [None] * boxes
    for place in range(3):
        dealt[4 + 3 * place] = deck[(turn + place) % len(deck)]
    return dealt


def _deck(number: int) -> list[Mishap]:
    return _EDIFACT_MISHAPS if number % CALLS_PER_ROUND else _JSON_MISHAPS
