"""Vessel calls: which names mean one port stay, and its times as told.

A stay is a vessel in port once, at whichever berths.  Its aliases are (vessel, voyage): an IMO number and a call sign
reported together are one vessel, the import and export voyage reported together are one stay.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, NewType, TypeVar

from events.types import Recorded, VesselCallReported, VesselRef

StayKey = NewType("StayKey", str)
Alias = tuple[str, str]
T = TypeVar("T", bound=Hashable)
NOWHERE = ""


@dataclass(frozen=True, slots=True)
class CallTimes:
    """Estimated arrival, actual arrival, berthing and departure; None is not reported yet."""

    eta: datetime | None = None
    ata: datetime | None = None
    atb: datetime | None = None
    atd: datetime | None = None


@dataclass(frozen=True, slots=True)
class Berth:
    """The stay at one facility; None when the reports named none."""

    facility_code: str | None
    times: CallTimes


@dataclass(frozen=True, slots=True)
class VesselCall:
    """One port stay as a reader sees it."""

    key: StayKey
    vessel_imo_number: str | None
    call_sign: str | None
    vessel_name: str | None
    voyages: tuple[str, ...]
    berths: tuple[Berth, ...]
    times: CallTimes


class _Classes(Generic[T]):
    """Union-find whose representative is the smallest member, so that no order of joining shows."""

    def __init__(self) -> None:
        self._parent: dict[T, T] = {}

    def find(self, item: T) -> T:
        while (parent := self._parent.setdefault(item, item)) != item:
            item = parent
        return item

    def join(self, one: T, other: T) -> None:
        low, high = sorted((self.find(one), self.find(other)), key=repr)
        self._parent[high] = low


def _names(imo: str | None, call_sign: str | None) -> list[str]:
    return [name for name, given in ((f"IMO{imo}", imo), (f"SIGN{call_sign}", call_sign)) if given]


class Stays:
    """Every stay the reported calls tell of.  Build it with `stays`; an empty one knows names only as they stand."""

    def __init__(self, told: Iterable[tuple[Recorded, VesselCallReported]] = ()) -> None:
        ordered = sorted(told, key=lambda pair: (pair[0].received_at, pair[0].event_id))
        self._vessels: _Classes[str] = _Classes()
        self._vessel_of: dict[str, str] = {}
        self._key_of: dict[Alias, StayKey] = {}
        self._by_voyage: dict[str, set[StayKey]] = defaultdict(set)
        self._told: dict[StayKey, list[VesselCallReported]] = defaultdict(list)
        self._join([fact for _, fact in ordered])

    def _join(self, facts: list[VesselCallReported]) -> None:
        for fact in facts:
            names = _names(fact.vessel_imo_number, fact.call_sign)
            for name in names:
                self._vessels.join(names[0], name)
        by_fact = [self._aliases(fact) for fact in facts]
        vessel_of = _vessels_of_lone_voyages(_joined(by_fact), by_fact)
        by_fact = [[vessel_of.get(alias, alias) for alias in own] for own in by_fact]
        aliases = _joined(by_fact)
        for fact, own in zip(facts, by_fact, strict=True):
            if own:
                key = _key(aliases.find(own[0]))
                self._told[key].append(fact)
                self._remember(own, key)

    def _aliases(self, fact: VesselCallReported) -> list[Alias]:
        names = _names(fact.vessel_imo_number, fact.call_sign)
        vessel = self._vessels.find(names[0]) if names else NOWHERE
        for name in names:
            self._vessel_of[name] = vessel
        voyages = dict.fromkeys(v for v in (fact.import_voyage, fact.export_voyage, fact.voyage) if v)
        return [(vessel, voyage) for voyage in voyages] or ([(vessel, NOWHERE)] if vessel else [])

    def _remember(self, own: list[Alias], key: StayKey) -> None:
        for alias in own:
            self._key_of[alias] = key
            if alias[1]:
                self._by_voyage[alias[1]].add(key)

    def _vessel(self, ref: VesselRef) -> str:
        if ref.vessel_imo_number:
            name = f"IMO{ref.vessel_imo_number}"
        elif ref.call_sign:
            name = f"SIGN{ref.call_sign}"
        else:
            return NOWHERE
        return self._vessel_of.get(name, name)

    def find(self, ref: VesselRef) -> StayKey | None:
        """The stay of a name with a voyage; a voyage alone finds the only stay that has it."""
        if not ref.voyage:
            return None
        vessel = self._vessel(ref)
        if vessel:
            return self._key_of.get((vessel, ref.voyage)) or self._key_of.get((NOWHERE, ref.voyage))
        keys = self._by_voyage.get(ref.voyage, ())
        return next(iter(keys)) if len(keys) == 1 else None

    def call_key(self, ref: VesselRef) -> str | None:
        """What two tellings of one call share: the stay's key, else the names as they stand; None for no name."""
        vessel = self._vessel(ref)
        if not vessel and not ref.voyage:
            return None
        return self.find(ref) or _key((vessel, ref.voyage or NOWHERE))

    def agree(self, one: VesselRef, other: VesselRef) -> bool:
        """Whether both may be the same call: nothing both of them say differs.  What is absent agrees with anything."""
        return self._is_same_vessel(one, other) is not False and self._is_same_voyage(one, other) is not False

    def same(self, one: VesselRef, other: VesselRef) -> bool:
        """Whether both say the same voyage (or two of one stay) and no other vessel: not merely silence."""
        return self._is_same_voyage(one, other) is True and self._is_same_vessel(one, other) is not False

    def share_vessel(self, one: VesselRef, other: VesselRef) -> bool:
        return self._is_same_vessel(one, other) is True

    def _is_same_vessel(self, one: VesselRef, other: VesselRef) -> bool | None:
        if one.vessel_imo_number and one.vessel_imo_number == other.vessel_imo_number:
            return True
        mine, theirs = self._vessel(one), self._vessel(other)
        if not mine or not theirs:
            return None
        if mine == theirs:
            return True
        if mine[0] == theirs[0]:
            return False
        # One goes by an IMO number, the other by a call sign which no report joins to a number.
        return one.call_sign == other.call_sign if one.call_sign and other.call_sign else None

    def _is_same_voyage(self, one: VesselRef, other: VesselRef) -> bool | None:
        if not one.voyage or not other.voyage:
            return None
        if one.voyage == other.voyage:
            return True
        stay = self.find(one)
        return stay is not None and stay == self.find(other)

    def keys(self) -> list[StayKey]:
        return sorted(self._told)

    def times(self, key: StayKey, facility_code: str | None = None) -> CallTimes:
        """At one facility when named, else of the whole stay: the first arrival, the last departure."""
        told = self._told.get(key, [])
        if facility_code is not None:
            return _berth_times([fact for fact in told if fact.facility_code == facility_code])
        berths = [_berth_times(facts) for facts in _by_facility(told).values()]
        return CallTimes(
            eta=_first(times.eta for times in berths),
            ata=_first(times.ata for times in berths),
            atb=_first(times.atb for times in berths),
            atd=max((times.atd for times in berths if times.atd), default=None),
        )

    def find_call(self, key: StayKey) -> VesselCall | None:
        told = self._told.get(key)
        if not told:
            return None
        berths = sorted(_by_facility(told).items(), key=lambda item: item[0] or "")
        return VesselCall(
            key=key,
            vessel_imo_number=next((f.vessel_imo_number for f in reversed(told) if f.vessel_imo_number), None),
            call_sign=next((f.call_sign for f in reversed(told) if f.call_sign), None),
            vessel_name=next((f.vessel_name for f in reversed(told) if f.vessel_name), None),
            voyages=tuple(sorted(voyage for (_, voyage), k in self._key_of.items() if k == key and voyage)),
            berths=tuple(Berth(facility, _berth_times(facts)) for facility, facts in berths),
            times=self.times(key),
        )


def _joined(by_fact: list[list[Alias]]) -> _Classes[Alias]:
    aliases: _Classes[Alias] = _Classes()
    for own in by_fact:
        for alias in own:
            aliases.join(own[0], alias)
    return aliases


def _vessels_of_lone_voyages(aliases: _Classes[Alias], by_fact: list[list[Alias]]) -> dict[Alias, Alias]:
    """A voyage told without its vessel is that of the one stay which has it under a vessel's name."""
    named: dict[str, set[Alias]] = defaultdict(set)
    for vessel, voyage in (alias for own in by_fact for alias in own):
        if vessel and voyage:
            named[voyage].add(aliases.find((vessel, voyage)))
    return {(NOWHERE, voyage): next(iter(stays)) for voyage, stays in named.items() if len(stays) == 1}


def _key(alias: Alias) -> StayKey:
    vessel, voyage = alias
    return StayKey(f"{vessel or 'VESSEL'}-{voyage or 'VOYAGE'}")


def _by_facility(told: Iterable[VesselCallReported]) -> dict[str | None, list[VesselCallReported]]:
    facilities: dict[str | None, list[VesselCallReported]] = defaultdict(list)
    for fact in told:
        facilities[fact.facility_code].append(fact)
    return facilities


def _berth_times(told: list[VesselCallReported]) -> CallTimes:
    """The latest heard of each time; of departures the latest there is, as a ship may shift and leave again."""
    return CallTimes(
        eta=next((fact.eta for fact in reversed(told) if fact.eta), None),
        ata=next((fact.ata for fact in reversed(told) if fact.ata), None),
        atb=next((fact.atb for fact in reversed(told) if fact.atb), None),
        atd=max((fact.atd for fact in told if fact.atd), default=None),
    )


def _first(times: Iterable[datetime | None]) -> datetime | None:
    return min((at for at in times if at), default=None)


NO_STAYS = Stays()


def stays(facts: Iterable[Recorded]) -> Stays:
    """The stays told by the vessel calls among these facts; anything else among them is passed over."""
    calls = [(told, told.fact) for told in facts if told.fact.kind == "vessel_call"]
    return Stays(calls) if calls else NO_STAYS
