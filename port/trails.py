"""Trails: where in the log something may have happened to what is asked for, so that a page reads no more than it
tells.

A step says that the fact at `position` may have changed the tracks of `subject` ("c:" a container, "v:" a call alias).
A question about a box or a bill, or a party's about its own boxes, begins at the few visits it concerns; one about the
whole port, by somebody who sees most of it, begins at the log.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, bindparam, select, union

from events import log
from events.types import (
    CarrierReleaseReported,
    CustomsNotice,
    DeclarationLodged,
    EquipmentEvent,
    Recorded,
    VesselCallReported,
    Withdrawal,
)
from port import access, register
from port.actor import Actor
from port.calls import ALIASES
from port.evidence import Evidence
from port.filing import PAPERS, call_aliases, document_key, event_named, leads, ways_from
from port.register import REFERENCES, VISITS
from port.sighting import sights
from port.tracks import TracksWanted

# Facts heard together may be stored a little out of order.
_SLACK = timedelta(minutes=1)
_TRACKED = (EquipmentEvent, Withdrawal, CarrierReleaseReported, DeclarationLodged, CustomsNotice)
_PAPERS = ("b:", "n:", "s:", "q:")
# What happened on earlier stays may be filed away.
_BOXES = ("c:", "o:")
_POSITION = log.KEYS.c.position
_HEARD = select(log.EVENTS.c.received_at).where(log.EVENTS.c.position == bindparam("at"))


class Step(NamedTuple):
    """A position of the log and whose tracks it may have changed."""

    position: int
    subject: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """Every step with a position up to `reached`, in log order; `is_last` when the log has no more."""

    steps: tuple[Step, ...]
    reached: int
    is_last: bool


def begin(connection: Connection, actor: Actor, wanted: TracksWanted) -> Trail:
    """Where to look for what is asked for."""
    if wanted.container_number is not None or wanted.bill is not None:
        return Trail(_of_visits(_ids(_visits_named(connection, actor, wanted))))
    if wanted.vessel_imo_number is not None:
        return Trail(_of_vessel(wanted.vessel_imo_number))
    visits = access.on_which(actor)
    return Trail(None if visits is None else _of_visits(visits))


def _visits_named(connection: Connection, actor: Actor, wanted: TracksWanted) -> list[str]:
    """The visits that a question names by container or bill, only those which may be told of at all: a ship's call is
    no secret, that a box comes by it is."""
    bill = wanted.bill
    registered = register.of_containers(connection, _containers_named(connection, wanted))
    found = sights(connection, actor, registered)
    return [row.visit_id for row, sight in found if bill is None or access.may_find_by(sight.view, sight.dossier, bill)]


def _containers_named(connection: Connection, wanted: TracksWanted) -> list[str]:
    if wanted.container_number is not None:
        return [wanted.container_number]
    on_visit = REFERENCES.c.visit_id == VISITS.c.visit_id
    named = select(VISITS.c.container_number).join(REFERENCES, on_visit).where(REFERENCES.c.reference == wanted.bill)
    return sorted(set(connection.scalars(named)))


def _ids(visit_ids: Sequence[str]) -> Select[tuple[str]]:
    return select(VISITS.c.visit_id).where(VISITS.c.visit_id.in_(visit_ids))


@dataclass(frozen=True, slots=True)
class Trail:
    """The questions that find the steps, each with its own way into the index; None where one must begin at the log."""

    told: Sequence[Select[tuple[int, str]]] | None

    def stretch(self, connection: Connection, evidence: Evidence, *, after: int, size: int) -> Stretch:
        """The next steps after a position, about `size` of them, whole positions only."""
        if self.told is None:
            return _of_log(connection, evidence, after=after, size=size)
        return _read(connection, self.told, after=after, size=size)


def positions_heard(connection: Connection, since: datetime | None, until: datetime | None) -> tuple[int, int | None]:
    """A position before all that was heard from `since` on, and one that all heard up to `until` lies before; None
    without an end.  Found in as many questions as the log's length has binary digits."""
    begin = 0 if since is None else _heard_before(connection, since - _SLACK)
    end = None if until is None else _heard_before(connection, until + _SLACK) + 1
    return begin, end


def _heard_before(connection: Connection, at: datetime) -> int:
    low, high = 0, log.head(connection)[0]
    while low < high:
        middle = (low + high + 1) // 2
        heard = connection.scalar(_HEARD, {"at": middle})
        if heard is not None and heard < at:
            low = middle
        else:
            high = middle - 1
    return low


def _of_visits(visits: Select[tuple[str]]) -> list[Select[tuple[int, str]]]:
    """What happened to the containers of these visits, to their papers and to the calls they came or go by."""
    of = visits.subquery()
    boxes = (
        select(_POSITION, "c:" + VISITS.c.container_number)
        .select_from(of)
        .join(VISITS, VISITS.c.visit_id == of.c.visit_id)
        .join(log.KEYS, log.KEYS.c.key.in_([prefix + VISITS.c.container_number for prefix in _BOXES]))
    )
    papers = (
        select(_POSITION, "c:" + VISITS.c.container_number)
        .select_from(of)
        .join(VISITS, VISITS.c.visit_id == of.c.visit_id)
        .join(REFERENCES, REFERENCES.c.visit_id == of.c.visit_id)
        .join(log.KEYS, log.KEYS.c.key.in_([prefix + REFERENCES.c.reference for prefix in _PAPERS]))
    )
    ships = (
        select(_POSITION, log.KEYS.c.key)
        .select_from(of)
        .join(REFERENCES, REFERENCES.c.visit_id == of.c.visit_id)
        .join(log.KEYS, log.KEYS.c.key == "v:" + REFERENCES.c.reference)
    )
    return [boxes, papers, ships]


def _of_vessel(vessel_imo_number: str) -> list[Select[tuple[int, str]]]:
    """What was told of the ship's calls, under any of their names."""
    own = select(ALIASES.c.call_id).where(ALIASES.c.alias.startswith(f"{vessel_imo_number}/", autoescape=True))
    named = log.KEYS.c.key == "v:" + ALIASES.c.alias
    return [
        select(_POSITION, log.KEYS.c.key).select_from(ALIASES).join(log.KEYS, named).where(ALIASES.c.call_id.in_(own))
    ]


def _read(connection: Connection, told: Sequence[Select[tuple[int, str]]], *, after: int, size: int) -> Stretch:
    found = _steps_where(connection, told, after < _POSITION, size)
    if len(found) < size:
        return Stretch(tuple(found), found[-1].position if found else after, is_last=True)
    last = found[-1].position
    if found[0].position != last:
        return Stretch(tuple(step for step in found if step.position != last), last - 1, is_last=False)
    # One fact about more boxes than that: all of them or none.
    return Stretch(tuple(_steps_where(connection, told, last == _POSITION)), last, is_last=False)


def _steps_where(
    connection: Connection,
    told: Sequence[Select[tuple[int, str]]],
    which: ColumnElement[bool],
    limit: int | None = None,
) -> list[Step]:
    # The bound stands in each part, where it meets the index.
    of_all = union(*(part.where(which) for part in told)).subquery()
    query = select(of_all).order_by(*of_all.c).limit(limit)
    return [Step(*row) for row in connection.execute(query)]


def _of_log(connection: Connection, evidence: Evidence, *, after: int, size: int) -> Stretch:
    facts = log.since(connection, after, size)
    _gather(evidence, [recorded for recorded in facts if isinstance(recorded.fact, _TRACKED)])
    steps = [step for recorded in facts for step in _steps(recorded, evidence)]
    return Stretch(tuple(steps), facts[-1].position if facts else after, is_last=len(facts) < size)


def _gather(evidence: Evidence, facts: Sequence[Recorded]) -> None:
    """Read what `touched_by` will ask of these facts, a round of keys for all of them at once."""
    keys = {key for recorded in facts for key in _ways_from(recorded)}
    followed: set[str] = set()
    while keys:
        evidence.load(sorted(keys))
        followed |= keys
        met = (recorded.fact for key in keys for recorded in evidence.under(key))
        onward = {key for fact in met if isinstance(fact, PAPERS) and not fact.containers for key in leads(fact)}
        keys = onward - followed


def _ways_from(recorded: Recorded) -> Iterator[str]:
    fact = recorded.fact
    if isinstance(fact, EquipmentEvent | Withdrawal):
        yield f"e:{recorded.event_id}"
        if (named := event_named(fact)) is not None:
            yield f"e:{named}"
        if fact.document is not None:
            yield f"r:{document_key(fact.document, recorded.sender)}"
    elif isinstance(fact, PAPERS):
        yield from ways_from(fact)


def _steps(recorded: Recorded, evidence: Evidence) -> Iterator[Step]:
    for subject in sorted(set(_subjects(recorded, evidence))):
        yield Step(recorded.position, subject)


def _subjects(recorded: Recorded, evidence: Evidence) -> Iterable[str]:
    if isinstance(recorded.fact, VesselCallReported):
        return (f"v:{alias}" for alias in call_aliases(recorded.fact))
    if isinstance(recorded.fact, _TRACKED):
        return (f"c:{number}" for number in evidence.touched_by(recorded))
    return ()
