"""Sealing: which of a container's visits are history that today's facts cannot touch, and need not be read again.

A box comes back for years, and its cost must not grow with every stay.  Once a later visit stands well apart, the facts
of the earlier ones are filed away ("o:" for "c:") and its rows are set aside.  A new fact that may reach them all the
same (it is dated before they ended, corrects something, or names a bill, declaration or call of theirs) makes that
container's whole story be read, folded and sealed anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from msgspec import Struct
from sqlalchemy import Column, Connection
from sqlmodel import Field, SQLModel

from events.columns import UtcDateTime, from_microseconds
from events.statements import AMONG, Insert, Statement
from events.types import DocumentFunction, EquipmentEvent, Event, Recorded, VesselRef
from port.filing import call_aliases, declaration_keys, vessel_aliases
from port.visit import CutRules, Visit


class SealRow(SQLModel, table=True):
    """Until when a container's story is sealed: the end of its last sealed visit."""

    __tablename__ = "history_seal"

    container_number: str = Field(primary_key=True)
    until: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    next_begun_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class SealedReferenceRow(SQLModel, table=True):
    """A bill, declaration or call that a container's sealed visits name."""

    __tablename__ = "sealed_reference"
    __table_args__ = {"sqlite_with_rowid": False}

    container_number: str = Field(primary_key=True)
    reference: str = Field(primary_key=True)


class Seal(Struct, frozen=True):
    """`until` the last sealed visit ended, `next_begun_at` the first visit after it begins."""

    until: datetime
    next_begun_at: datetime


_SEALS = SealRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it at class creation
_REFERENCES = SealedReferenceRow.__table__  # type: ignore[attr-defined]  # likewise
_OF = Statement(f"SELECT container_number, until, next_begun_at FROM history_seal WHERE container_number {AMONG}")
_NAMED = Statement(
    f"SELECT container_number, reference FROM sealed_reference WHERE container_number {AMONG} AND reference {AMONG}"
)
_SAVE = Insert(
    _SEALS, ("container_number", "until", "next_begun_at"), key="container_number", changing=("until", "next_begun_at")
)
_NAME = Insert(_REFERENCES, ("container_number", "reference"))
_UNSEAL = Statement("DELETE FROM history_seal WHERE container_number = ?")
_UNNAME = Statement("DELETE FROM sealed_reference WHERE container_number = ?")


class Seals:
    """The seals of the containers one batch looks at."""

    def __init__(self, connection: Connection, rules: CutRules) -> None:
        self._connection = connection
        self._window = longest_window(rules)
        self._seals: dict[str, Seal] = {}
        self._asked: set[str] = set()
        self._named: set[tuple[str, str]] = set()

    def preload(self, containers: Iterable[str], references: Iterable[str] = ()) -> None:
        """Read the seals of these containers, and which of `references` their sealed visits name."""
        wanted = list(containers)
        for number, until, begun in _OF.rows(self._connection, wanted) if wanted else ():
            self._seals[number] = Seal(from_microseconds(until), from_microseconds(begun))
        sealed = [number for number in wanted if number in self._seals]
        asked = list(set(references))
        if sealed and asked:
            self._asked.update(asked)
            self._named.update((row[0], row[1]) for row in _NAMED.rows(self._connection, sealed, asked))

    @staticmethod
    def foresee(connection: Connection, containers: Iterable[str]) -> None:
        """Have the first question of `preload` asked with the next one."""
        _OF.foresee(connection, list(containers))

    def of(self, container_number: str) -> Seal | None:
        """The container's seal; None when nothing of it is sealed.  Preloaded."""
        return self._seals.get(container_number)

    def is_reached(self, container_number: str, trigger: Recorded, calls: Iterable[Recorded]) -> bool:
        """Whether the new fact may concern what is sealed; `calls` are the vessel calls joined to the one it names."""
        seal = self._seals.get(container_number)
        if seal is None:
            return False
        fact = trigger.fact
        if fact.kind in _CORRECTING or (fact.kind == "equipment" and _corrects(fact)):
            return True
        at, over = own_date(fact), seal.until + self._window
        if fact.kind == "equipment":
            # A box whose exit nobody told was in until the next visit began.
            over = max(over, seal.next_begun_at)
        if at is not None and at < over:
            return True
        named = set(references_of(fact)).union(*(references_of(call.fact) for call in calls))
        return self._names(container_number, named)

    def _names(self, container_number: str, references: set[str]) -> bool:
        unknown = references - self._asked
        if unknown:
            self.preload([container_number], references)
        return any((container_number, reference) in self._named for reference in references)


_CORRECTING = frozenset({"withdrawal", "vessel_call"})


def _corrects(fact: EquipmentEvent) -> bool:
    is_original = fact.document is None or fact.document.function is DocumentFunction.ORIGINAL
    return fact.supersedes is not None or not is_original


def longest_window(rules: CutRules) -> timedelta:
    """After so long a movement no longer belongs to what ended before it."""
    windows = (rules.confirm_within, rules.late_discharge, rules.transfer_within, rules.unnamed_call)
    return max(*windows, rules.inner_after_leave, rules.late_transfer_leave) + timedelta(days=1)


def own_date(fact: Event) -> datetime | None:
    """The time an outside fact gives itself; None for our own and for undated papers."""
    if fact.kind == "equipment":
        return fact.event_datetime
    if fact.kind == "manifest":
        return fact.issued_at
    if fact.kind == "carrier_release":
        return fact.released_at
    if fact.kind == "declaration":
        return fact.declared_at
    return fact.notice_datetime if fact.kind == "notice" else None


def references_of(fact: Event) -> Iterator[str]:
    """What a fact may be joined to others by: bills, declaration numbers, calls, and a voyage without its vessel."""
    bill = getattr(fact, "transport_document_reference", None)
    if bill:
        yield f"b:{bill}"
    if fact.kind == "manifest" and fact.master_reference:
        yield f"b:{fact.master_reference}"
    if fact.kind in ("declaration", "notice"):
        yield from declaration_keys(fact)
    if fact.kind in ("equipment", "manifest", "declaration"):
        yield from _calls(fact.vessel)
    elif fact.kind == "vessel_call":
        for alias in call_aliases(fact):
            yield f"v:{alias}"


def _calls(vessel: VesselRef) -> Iterator[str]:
    for alias in vessel_aliases(vessel):
        yield f"v:{alias}"
        yield f"v:/{vessel.voyage}"


class Sealed(Struct, frozen=True):
    """What is to be sealed of one container: how many of its cut visits, and by what they are known."""

    visits: Sequence[Visit]
    seal: Seal | None
    references: frozenset[str]

    @property
    def event_ids(self) -> frozenset[str]:
        """The facts that are filed away."""
        return frozenset().union(*(visit.event_ids for visit in self.visits))


NOTHING = Sealed((), None, frozenset())


def closed(visits: Sequence[Visit], facts: Iterable[Recorded], rules: CutRules) -> Sealed:
    """The visits, in time order, that are over and well apart from the next one, sharing nothing with it.

    The last cut visit is never sealed.  `facts` are all that the visits were folded from.
    """
    cut = [visit for visit in visits if visit.movements]
    if len(cut) <= 1:
        return NOTHING
    count = _count_apart(cut, longest_window(rules))
    everything = list(facts) if count else []
    while count:
        inside = frozenset[str]().union(*(visit.event_ids for visit in cut[:count]))
        old = _references(recorded for recorded in everything if recorded.event_id in inside)
        if old.isdisjoint(_references(recorded for recorded in everything if recorded.event_id not in inside)):
            until = max(_ended(visit) or visit.movements[-1].at for visit in cut[:count])
            return Sealed(cut[:count], Seal(until, cut[count].movements[0].at), old)
        count -= 1
    return NOTHING


def _references(facts: Iterable[Recorded]) -> frozenset[str]:
    return frozenset(reference for recorded in facts for reference in references_of(recorded.fact))


def _count_apart(cut: Sequence[Visit], window: timedelta) -> int:
    for place, (visit, after) in enumerate(pairwise(cut)):
        ended = _ended(visit)
        if ended is None or after.movements[0].at - ended < window:
            return place
    return max(0, len(cut) - 1)


def _ended(visit: Visit) -> datetime | None:
    if visit.is_exit_missing:
        return visit.movements[-1].at
    return visit.ended_at


def save(connection: Connection, container_number: str, sealed: Sealed, *, is_whole: bool) -> None:
    """Write a container's seal: in place of the last one when its whole story was read, else beside what is sealed."""
    if is_whole:
        _UNSEAL.run(connection, container_number)
        _UNNAME.run(connection, container_number)
    if sealed.seal is None:
        return
    _SAVE.write_tuples(connection, [(container_number, sealed.seal.until, sealed.seal.next_begun_at)])
    known = () if is_whole else _NAMED.rows(connection, [container_number], sorted(sealed.references))
    fresh = sealed.references - {row[1] for row in known}
    _NAME.write_tuples(connection, [(container_number, reference) for reference in sorted(fresh)])
