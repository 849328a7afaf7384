"""What the segments of one group say, collected: the head of an equipment report, or one container in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

from adapters.edifact import EdiMessage
from adapters.edifact_details import (
    Place,
    Transport,
    read_dangerous_goods,
    read_mass,
    read_place,
    read_seal,
    read_set_point,
    read_transport,
)
from adapters.edifact_text import Separators, part, split_segment
from adapters.rejection import Reason, Warned
from events.types import DangerousGoods

_STOWAGE_CELL = "147"
# Bayplans must have a reference for every box and put RFF+BM:1 where they know of none.
_MIN_REFERENCE = 4
_MAX_WARNINGS = 20
_MAX_SEALS = 20
_MAX_DANGEROUS_GOODS = 99


@dataclass(slots=True)
class Group:
    """`times` (value, format, segment index) and `places` are kept by their qualifiers, `masses` by gross and vgm."""

    times: dict[str, tuple[str, str, int]] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    references: dict[str, str] = field(default_factory=dict)
    transports: list[Transport] = field(default_factory=list)
    seals: list[str] = field(default_factory=list)
    masses: dict[str, float] = field(default_factory=dict)
    dangerous_goods: list[DangerousGoods] = field(default_factory=list)
    cell: str | None = None
    set_point: float | None = None
    warnings: list[Warned] = field(default_factory=list)

    @property
    def transport_document(self) -> str | None:
        """The bill of lading; before there is one, the booking it will be issued for."""
        told = (self.references.get(qualifier, "") for qualifier in ("BM", "BN"))
        return next((reference for reference in told if len(reference) >= _MIN_REFERENCE), None)


def read_group(edi: EdiMessage, start: int, end: int) -> Group:
    """Reads segments[start:end]; what is not asked for (NAD, FTX, DAM …) stays in the message as it is kept."""
    group = Group()
    segments, separators = edi.segments, edi.separators
    for index in range(start, end):
        raw = segments[index]
        take = _READERS.get(raw[:3])
        if take is None:
            continue
        oddity = take(group, raw, separators, index)
        if oddity is not None and len(group.warnings) < _MAX_WARNINGS:
            group.warnings.append(Warned(oddity, edi.where(index)))
    return group


# Thousands of messages name the same ships, places and minutes.
@lru_cache(maxsize=2048)
def _place_in(raw: str, separators: Separators) -> tuple[str, Place]:
    segment = split_segment(raw, separators)
    return part(segment, 1), read_place(segment)


@lru_cache(maxsize=2048)
def _transport_in(raw: str, separators: Separators) -> Transport:
    return read_transport(split_segment(raw, separators))


@lru_cache(maxsize=2048)
def _time_in(raw: str, separators: Separators) -> tuple[str, str, str]:
    segment = split_segment(raw, separators)
    return part(segment, 1), part(segment, 1, 1), part(segment, 1, 2)


def _take_time(group: Group, raw: str, separators: Separators, index: int) -> Reason | None:
    qualifier, value, format_code = _time_in(raw, separators)
    if value and qualifier not in group.times:
        group.times[qualifier] = (value, format_code, index)
    return None


def _take_place(group: Group, raw: str, separators: Separators, _: int) -> Reason | None:
    qualifier, place = _place_in(raw, separators)
    if qualifier == _STOWAGE_CELL:
        group.cell = place.code[:35] or None
    else:
        group.places.setdefault(qualifier, place)
    return None


def _take_reference(group: Group, raw: str, separators: Separators, _: int) -> Reason | None:
    segment = split_segment(raw, separators)
    value = part(segment, 1, 1).upper()[:35]
    if value:
        group.references.setdefault(part(segment, 1), value)
    return None


def _take_transport(group: Group, raw: str, separators: Separators, _: int) -> Reason | None:
    transport = _transport_in(raw, separators)
    group.transports.append(transport)
    return Reason.BAD_VESSEL_NUMBER if transport.is_number_wrong else None


def _take_mass(group: Group, raw: str, separators: Separators, _: int) -> Reason | None:
    mass = read_mass(split_segment(raw, separators))
    if mass is None:
        return Reason.VALUE_IGNORED
    if mass[0]:
        group.masses[mass[0]] = mass[1]
    return None


def _take_seal(group: Group, raw: str, separators: Separators, _: int) -> Reason | None:
    seal = read_seal(split_segment(raw, separators))
    if seal is None or len(group.seals) == _MAX_SEALS:
        return Reason.VALUE_IGNORED
    if seal:
        group.seals.append(seal)
    return None


def _take_dangerous_goods(group: Group, raw: str, separators: Separators, _: int) -> Reason | None:
    goods = read_dangerous_goods(split_segment(raw, separators))
    if goods is None or len(group.dangerous_goods) == _MAX_DANGEROUS_GOODS:
        return Reason.VALUE_IGNORED
    group.dangerous_goods.append(goods)
    return None


def _take_set_point(group: Group, raw: str, separators: Separators, _: int) -> Reason | None:
    segment = split_segment(raw, separators)
    # 6245: 2 is the temperature of transport; others are measured, or for storage.
    if part(segment, 1) != "2":
        return None
    group.set_point = read_set_point(segment)
    return Reason.VALUE_IGNORED if group.set_point is None else None


_READERS: dict[str, Callable[[Group, str, Separators, int], Reason | None]] = {
    "DTM": _take_time,
    "LOC": _take_place,
    "RFF": _take_reference,
    "TDT": _take_transport,
    "MEA": _take_mass,
    "SEL": _take_seal,
    "DGS": _take_dangerous_goods,
    "TMP": _take_set_point,
}
