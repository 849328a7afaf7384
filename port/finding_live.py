"""The profile facts of live decisions: read for a whole batch at once, and only where a version asks for any."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from sqlalchemy import Connection

from events.types import DeclarationLodged, Recorded
from port.diversion import gather
from port.diversion.case import Case, Facts
from port.diversion.facts import CustomsStatus
from port.diversion.profiles import KINDS, ProfileKind, Profiles
from port.diversion.profiles_of_cases import kinds_asked, profiled
from port.diversion.table import Ruleset
from port.finding_following import load_profiles

_LINE = "LINE"


class LiveProfiles:
    """What one batch knows of past inspections.

    The first case that wants profiles has those of every declaration read that the batch has met so far or is told to
    expect, so that a batch asks once.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._expected: list[Sequence[Recorded]] = []
        self._read: set[str] = set()
        self._profiles: Profiles | None = None

    def expect(self, facts: Sequence[Recorded]) -> None:
        """These facts come in this batch."""
        self._expected.append(facts)

    def add_to(self, case: Case, version: Ruleset, shadows: Sequence[ProfileKind], met: Iterable[Recorded]) -> Case:
        """The case with the profile facts that `version` and the versions in shadow ask for; as it is when they ask
        none.  `met` are the facts that the batch has read."""
        kinds = _kinds(version, tuple(shadows))
        if not kinds:
            return case
        wanted = {key for one in case.standings for key in _keys(one.facts, one.lines)}
        if self._profiles is None or not wanted <= self._read:
            expected = (recorded for facts in self._expected for recorded in facts)
            self._load(wanted.union(_keys_of(met), _keys_of(expected)))
        assert self._profiles is not None
        return profiled(case, self._profiles.narrowed(kinds))

    def _load(self, keys: set[str]) -> None:
        self._read |= keys
        self._profiles = load_profiles(self._connection, self._read)


@lru_cache(maxsize=64)
def _kinds(version: Ruleset, shadows: tuple[ProfileKind, ...]) -> tuple[ProfileKind, ...]:
    return tuple(dict.fromkeys((*kinds_asked(version), *shadows)))


def _keys_of(facts: Iterable[Recorded]) -> Iterator[str]:
    for recorded in facts:
        fact = recorded.fact
        if isinstance(fact, DeclarationLodged):
            declared = gather.declaration_facts(fact, CustomsStatus.DECLARED)
            yield from _keys(declared, tuple(map(gather.line_facts, fact.lines)))


def _keys(declared: Facts, lines: Iterable[Facts]) -> Iterator[str]:
    """Under which any kind counts this declaration."""
    told = tuple(lines)
    for kind in KINDS:
        levels = [(line, declared) for line in told] if kind.level == _LINE else [(declared,)]
        yield from (key for level in levels if (key := kind.key(*level)) is not None)
