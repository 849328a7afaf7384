"""The timeline of a visit: one line per fact, tellings of one fact merged, corrections shown as corrections.

Lines say whose eyes they are for (`Audience`); who those are is the policy's to judge.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from events.types import EquipmentEvent, EquipmentEventType, Recorded, Withdrawal
from port.visit.corrections import OLDEST, created, minute
from port.visit.lines import Detail, line_of
from port.visit.model import Placed
from port.visit.span import RANK
from port.visit.status import Mark

Fact = tuple[str, str, bool, int]


class Audience(StrEnum):
    """Which row of the policy governs a line.

    MOVEMENT: whoever sees the movement.  DOCUMENT, CARRIER: those of `references`.  CUSTOMS: those who see the status
    of `declaration`.  TARGETING: customs' choice of boxes, as others report it: the route's readers, from the point.
    ROUTE: the route's readers.  OFFICER: customs alone.  PARTIES: the two it names and customs.
    """

    MOVEMENT = "MOVEMENT"
    DOCUMENT = "DOCUMENT"
    CARRIER = "CARRIER"
    CUSTOMS = "CUSTOMS"
    TARGETING = "TARGETING"
    ROUTE = "ROUTE"
    OFFICER = "OFFICER"
    PARTIES = "PARTIES"


AUDIENCES = {
    "manifest": Audience.DOCUMENT,
    "carrier_release": Audience.CARRIER,
    "declaration": Audience.CUSTOMS,
    "notice": Audience.CUSTOMS,
    "diversion_decided": Audience.OFFICER,
    "instruction_issued": Audience.ROUTE,
    "instruction_changed": Audience.ROUTE,
    "alert": Audience.OFFICER,
    "nomination": Audience.PARTIES,
}
TARGETED = (EquipmentEventType.CUSS, EquipmentEventType.CUSI)


@dataclass(frozen=True, slots=True)
class Difference:
    """A field the tellings of one fact disagree on, and what each sender said."""

    field: str
    values: tuple[tuple[str, Detail], ...]


@dataclass(frozen=True, slots=True)
class TimelineLine:
    """One fact as shown.  `event_id` is its earliest telling; `details` hold only what somebody said."""

    event_id: str
    event_ids: tuple[str, ...]
    type: str
    classifier: str | None
    at: datetime | None
    created_at: datetime | None
    received_at: datetime
    sender: str
    place: str | None
    title_zh: str
    title_en: str
    details: tuple[tuple[str, Detail], ...]
    audience: Audience
    references: tuple[str, ...]
    declaration: str | None
    mark: Mark
    corrected_by: str | None
    tellings: int
    differences: tuple[Difference, ...]


def timeline(events: Iterable[Placed]) -> tuple[TimelineLine, ...]:
    """The lines of a visit's `events` (or of `Folded.unplaced`), oldest first; undated papers come before all."""
    lines = [_line(tellings) for tellings in _facts(list(events))]
    return tuple(sorted(lines, key=_order))


def _order(line: TimelineLine) -> tuple[datetime, int, str]:
    rank = RANK.get(EquipmentEventType(line.type), 2) if line.type in EquipmentEventType.__members__ else 2
    return line.at or OLDEST, rank, line.event_id


def _facts(events: list[Placed]) -> list[list[Placed]]:
    """Tellings of one standing fact together, its earliest first; everything else by itself."""
    shown_by_its_target = {placed.corrected_by for placed in events}
    alone: list[list[Placed]] = []
    same: dict[Fact, list[Placed]] = defaultdict(list)
    for placed in events:
        fact = placed.recorded.fact
        if isinstance(fact, EquipmentEvent) and placed.mark is Mark.CURRENT:
            same[fact.type_code, fact.classifier, fact.is_at_port, minute(fact.event_datetime)].append(placed)
        elif not (isinstance(fact, Withdrawal) and placed.recorded.event_id in shown_by_its_target):
            alone.append([placed])
    for tellings in same.values():
        alone.extend(_by_facility(tellings))
    return alone


def _by_facility(tellings: list[Placed]) -> list[list[Placed]]:
    """A telling that names no facility agrees with the one the others name, if they name only one."""
    named: dict[str | None, list[Placed]] = defaultdict(list)
    for placed in sorted(tellings, key=lambda told: _happened(told.recorded)):
        named[_movement(placed.recorded).facility_code].append(placed)
    if len(named) == 2 and None in named:
        return [sorted(tellings, key=lambda told: _happened(told.recorded))]
    return list(named.values())


def _movement(recorded: Recorded) -> EquipmentEvent:
    assert isinstance(recorded.fact, EquipmentEvent)
    return recorded.fact


def _happened(recorded: Recorded) -> tuple[datetime, str]:
    return _movement(recorded).event_datetime, recorded.event_id


def _line(tellings: list[Placed]) -> TimelineLine:
    first = tellings[0]
    recorded = first.recorded
    line = line_of(recorded.fact)
    merged, differences = _merge(tellings) if len(tellings) > 1 else (line.details, ())
    place = line.place if len(tellings) == 1 else _place(tellings)
    return TimelineLine(
        event_id=recorded.event_id,
        event_ids=tuple(placed.recorded.event_id for placed in tellings),
        type=line.type,
        classifier=line.classifier,
        at=line.at,
        created_at=line.created_at,
        received_at=recorded.received_at,
        sender=recorded.sender,
        place=place,
        title_zh=line.title[0],
        title_en=line.title[1],
        details=merged,
        audience=_audience(first),
        references=first.references,
        declaration=first.declaration,
        mark=first.mark,
        corrected_by=first.corrected_by,
        tellings=len(tellings),
        differences=differences,
    )


def _audience(placed: Placed) -> Audience:
    fact = placed.recorded.fact
    if isinstance(fact, EquipmentEvent) and fact.type_code in TARGETED:
        return Audience.TARGETING
    return AUDIENCES.get(fact.kind, Audience.MOVEMENT)


def _place(tellings: list[Placed]) -> str | None:
    return next((place for told in _latest_said(tellings) if (place := line_of(told.recorded.fact).place)), None)


def _latest_said(tellings: list[Placed]) -> list[Placed]:
    return sorted(tellings, key=lambda told: (created(_movement(told.recorded)), told.recorded.event_id), reverse=True)


def _merge(tellings: list[Placed]) -> tuple[tuple[tuple[str, Detail], ...], tuple[Difference, ...]]:
    """Each detail from the telling said last that has it, and where the tellings differ."""
    said: dict[str, list[tuple[str, Detail]]] = {}
    for placed in _latest_said(tellings):
        for name, value in line_of(placed.recorded.fact).details:
            said.setdefault(name, []).append((placed.recorded.sender, value))
    details = tuple((name, values[0][1]) for name, values in sorted(said.items()))
    differences = tuple(
        Difference(name, tuple(sorted(dict.fromkeys(values), key=repr)))
        for name, values in sorted(said.items())
        if len({repr(value) for _, value in values}) > 1
    )
    return details, differences
