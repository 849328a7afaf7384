"""Profiles: what past inspections found, counted by what was inspected, as facts a rule or a risk term may use.

A profile is learnt from inspections whose outcome is known, and from nothing else: a box that was never opened says
nothing.  Whoever asks for facts of a day must have taught only what was known before that day; `Unfolding` sees to it.
Find rates are shrunk towards the general rate, so that one find in one inspection is no certainty.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from heapq import heappop, heappush
from sys import float_info
from types import MappingProxyType
from typing import Literal, NamedTuple

ProfileLevel = Literal["DECLARATION", "LINE"]
"""Values of `facts.Level`, spelt out, so that the catalogue may read this module."""


@dataclass(frozen=True, slots=True)
class ProfileKind:
    """One way of counting past inspections; gives the facts `<name>_find_rate` and `<name>_inspections`.

    `parts` are the facts that make the key, each with how much of its beginning is taken (0: all of it).  A kind of
    level LINE may take facts of the declaration too.  `weight` is how many inspections the general rate counts as: the
    closer a key describes one and the same thing, the sooner its own finds are to be believed.
    """

    name: str
    level: ProfileLevel
    parts: tuple[tuple[str, int], ...]
    weight: float

    @property
    def find_rate(self) -> str:
        """The name of the fact: the shrunk share of inspections that found something."""
        return f"{self.name}_find_rate"

    @property
    def inspections(self) -> str:
        """The name of the fact: how many inspections with a known outcome there were."""
        return f"{self.name}_inspections"

    def key(self, *levels: Mapping[str, object]) -> str | None:
        """What is counted together; None when a part is not known, is no text or number, or too short."""
        told: list[str] = []
        for fact, length in self.parts:
            value = None
            for level in levels:
                if fact in level:
                    value = level[fact]
                    break
            part = _beginning(value, length) if length else _written(value)
            if not part:
                return None
            told.append(part)
        return "\x1f".join(told)


def _beginning(value: object, length: int) -> str:
    """The first characters of a text that has as many; else nothing."""
    return value[:length] if type(value) is str and len(value) >= length else ""


def _written(value: object) -> str:
    """A text as it is, a number as its float (108 and 108.0 are one mass); anything else as nothing."""
    if type(value) is str:
        return value
    if (type(value) is float or type(value) is int) and -float_info.max <= value <= float_info.max:
        return repr(float(value))
    return ""


KINDS: tuple[ProfileKind, ...] = (
    ProfileKind("hs_origin", "LINE", (("hs_code", 6), ("origin_country", 0)), weight=2),
    ProfileKind("hs_heading", "LINE", (("hs_code", 4),), weight=10),
    ProfileKind("origin", "LINE", (("origin_country", 0),), weight=10),
    ProfileKind(
        "lot",
        "LINE",
        (("hs_code", 6), ("origin_country", 0), ("net_mass_kg", 0), ("declared_value", 0)),
        weight=0.1,
    ),
    ProfileKind("consignee", "DECLARATION", (("consignee_code", 0),), weight=10),
    ProfileKind("declarant", "DECLARATION", (("declarant_code", 0),), weight=10),
    ProfileKind("supplier", "DECLARATION", (("supplier_code", 0),), weight=10),
)
"""All profiles there are; the catalogue (`facts`) names both facts of each.

A lot is what is declared alike: goods, origin, net mass and value.  Whoever was caught with a false paper and writes
the same paper again is caught by it.  No supplier is named in the messages the port takes: only files tell it.
"""


class Tally(NamedTuple):
    """How many inspections with a known outcome, and how many of them found something."""

    inspections: int = 0
    finds: int = 0

    def with_one(self, found: bool) -> Tally:
        """This and one inspection more."""
        return Tally(self.inspections + 1, self.finds + found)

    def rate(self, general: float, weight: float) -> float:
        """The share of finds, shrunk towards the general rate as if that had been seen `weight` times."""
        return (self.finds + weight * general) / (self.inspections + weight)


_NONE = Tally()
_Lesson = tuple[Mapping[str, object], tuple[Mapping[str, object], ...], bool]


class Profiles:
    """Tallies by kind and key, and the general one.  It learns; facts given out earlier stay as they were."""

    def __init__(self, kinds: Sequence[ProfileKind] = KINDS) -> None:
        self.kinds = tuple(kinds)
        self.general = _NONE
        self._tallies: dict[str, dict[str, Tally]] = {kind.name: {} for kind in self.kinds}
        self._of_declaration = tuple(kind for kind in self.kinds if kind.level == "DECLARATION")
        self._of_line = tuple(kind for kind in self.kinds if kind.level == "LINE")

    def learn(self, declaration: Mapping[str, object], lines: Iterable[Mapping[str, object]], *, found: bool) -> None:
        """One inspected declaration.  What it found counts once for each key that any of its lines has."""
        self.general = self.general.with_one(found)
        for kind in self._of_declaration:
            self._count(kind, {kind.key(declaration)}, found)
        if self._of_line:
            told = tuple(lines)
            for kind in self._of_line:
                self._count(kind, {kind.key(line, declaration) for line in told}, found)

    def declaration_facts(self, declaration: Mapping[str, object]) -> Mapping[str, object]:
        """The profile facts of a declaration; those whose key is not known are left out, as is all before any find
        or miss was learnt."""
        return self._facts(self._of_declaration, declaration)

    def line_facts(self, declaration: Mapping[str, object], line: Mapping[str, object]) -> Mapping[str, object]:
        """The profile facts of one goods line of that declaration."""
        return self._facts(self._of_line, line, declaration)

    def tally(self, kind: str, key: str) -> Tally:
        """What was counted under that key."""
        return self._tallies[kind].get(key, _NONE)

    def tallies(self) -> Iterator[tuple[str, str, Tally]]:
        """(kind, key, tally) of everything learnt, in no order that means something; without the general one."""
        for kind, by_key in self._tallies.items():
            for key, tally in by_key.items():
                yield kind, key, tally

    def narrowed(self, kinds: Iterable[ProfileKind]) -> Profiles:
        """The same tallies, of these kinds only, so that nothing is looked up that nobody asks for."""
        narrowed = Profiles([kind for kind in self.kinds if kind in set(kinds)])
        narrowed.general = self.general
        narrowed._tallies = {kind.name: self._tallies[kind.name] for kind in narrowed.kinds}
        return narrowed

    @classmethod
    def restored(
        cls, general: Tally, tallies: Iterable[tuple[str, str, Tally]], kinds: Sequence[ProfileKind] = KINDS
    ) -> Profiles:
        """The profiles that gave these tallies; those of kinds that are no more are dropped."""
        profiles = cls(kinds)
        profiles.general = general
        for kind, key, tally in tallies:
            if kind in profiles._tallies:
                profiles._tallies[kind][key] = tally
        return profiles

    def _count(self, kind: ProfileKind, keys: Iterable[str | None], found: bool) -> None:
        by_key = self._tallies[kind.name]
        for key in keys:
            if key is not None:
                by_key[key] = by_key.get(key, _NONE).with_one(found)

    def _facts(self, kinds: Sequence[ProfileKind], *levels: Mapping[str, object]) -> Mapping[str, object]:
        if not self.general.inspections:
            return MappingProxyType({})
        general = self.general.finds / self.general.inspections
        facts: dict[str, object] = {}
        for kind in kinds:
            key = kind.key(*levels)
            if key is not None:
                tally = self._tallies[kind.name].get(key, _NONE)
                facts[kind.find_rate] = tally.rate(general, kind.weight)
                facts[kind.inspections] = tally.inspections
        return MappingProxyType(facts)


class Unfolding:
    """Profiles as they were on the morning of a day, when days are asked for in order.

    What became known on a day is told from the next day on: it was not known when that day's boxes were decided.
    """

    def __init__(self, profiles: Profiles | None = None) -> None:
        self.profiles = Profiles() if profiles is None else profiles
        self._waiting: list[tuple[date, int, _Lesson]] = []
        self._heard = 0
        self._today: date | None = None

    def on(self, day: date) -> Profiles:
        """The profiles of that morning; ValueError for a day before one that was asked for already."""
        if self._today is not None and day < self._today:
            raise ValueError(f"{day} was asked for after {self._today}")
        self._today = day
        while self._waiting and self._waiting[0][0] < day:
            _, _, (declaration, lines, found) = heappop(self._waiting)
            self.profiles.learn(declaration, lines, found=found)
        return self.profiles

    def learn(
        self, day: date, declaration: Mapping[str, object], lines: Iterable[Mapping[str, object]], *, found: bool
    ) -> None:
        """What an inspection found that was known on that day; ValueError for a day that is past already."""
        if self._today is not None and day < self._today:
            raise ValueError(f"{day} was learnt after {self._today}")
        self._heard += 1
        heappush(self._waiting, (day, self._heard, (declaration, tuple(lines), found)))


def by_fact(kinds: Sequence[ProfileKind] = KINDS) -> Mapping[str, ProfileKind]:
    """The kind behind each profile fact, by the fact's name."""
    named: dict[str, ProfileKind] = {}
    for kind in kinds:
        named[kind.find_rate] = named[kind.inspections] = kind
    return MappingProxyType(named)
