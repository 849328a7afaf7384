"""Boxes to try a table on: as they stand in the port, as a message would make them, or as one was decided.

Nothing is written.  What a message says is laid beside what the log holds, and only looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from events import log
from events.types import AlertRaised, DeclarationLodged, Event, Recorded
from port import judging, kept, rulesets
from port.book import Book
from port.diversion import gather
from port.diversion.capacity import SiteState
from port.diversion.case import Case, Needs
from port.diversion.draw import draw
from port.diversion.facts import CustomsStatus
from port.diversion.shadow import sites_as_stored
from port.diversion.table import Ruleset
from port.draft import derived_id
from port.errors import NothingThere
from port.evidence import Evidence
from port.finding_live import LiveProfiles
from port.judging import Judge
from port.naming import Named
from port.orders import DECISIONS
from port.stories import Stories
from port.story import Story

MOST_BOXES = 20
_PORTS_OWN = ("IMPORT", "EXPORT")


@dataclass(frozen=True, slots=True)
class Trial:
    """A box to try a table on, with its draws and the sites as they are; unless `is_routed` the port gives such a box
    no route, whatever the table says (an empty one, a transhipment)."""

    case: Case
    draws: Mapping[str, float]
    sites: SiteState
    direction: str | None = None
    is_routed: bool = True


def of_decision(connection: Connection, decision_id: str, ruleset: Ruleset) -> Trial:
    """The box exactly as it was decided.  Raises NothingThere."""
    fact = kept.get_decision(connection, decision_id).fact
    live = rulesets.find_readable(connection, fact.ruleset_hash)
    case = _with_profiles(connection, Case.from_json(fact.case), ruleset)
    return Trial(case, dict(fact.draws), sites_as_stored(fact.sites_seen, ruleset, live=live), _direction(case))


def of_container(
    connection: Connection, container_number: str, judge: Judge, ruleset: Ruleset, *, now: datetime
) -> list[Trial]:
    """The box as it stands now; one that has left, as it was decided last.  Raises NothingThere."""
    desk = _Desk(connection, judge, ruleset, now)
    trials = list(desk.trials([container_number]))
    if trials:
        return trials
    d = DECISIONS.c
    query = select(d.decision_id).where(d.container_number == container_number).order_by(d.position.desc()).limit(1)
    decision_id = connection.scalar(query)
    if decision_id is None:
        raise NothingThere("nothing is known of this container", fix="paste its declaration instead")
    return [of_decision(connection, decision_id, ruleset)]


def of_facts(
    connection: Connection, facts: Iterable[Event], judge: Judge, ruleset: Ruleset, *, role: str, now: datetime
) -> list[Trial]:
    """The boxes that these facts are about, as they would make them; a declaration that leads to no box by itself.

    Raises NothingThere when there is none at all.
    """
    desk = _Desk(connection, judge, ruleset, now)
    touched: dict[str, None] = {}
    told = list(facts)
    for fact in told:
        touched.update(dict.fromkeys(desk.lay_down(fact, role=role)))
    trials = list(desk.trials(list(touched)[:MOST_BOXES]))
    if not trials:
        alone = [fact for fact in told if isinstance(fact, DeclarationLodged)]
        trials = [desk.of_paper(fact) for fact in alone[:MOST_BOXES]]
    if not trials:
        raise NothingThere("this is about no box that comes to the port", fix="paste one that names a container")
    return trials


class _Desk:
    """What is known, and what is laid beside it."""

    def __init__(self, connection: Connection, judge: Judge, ruleset: Ruleset, now: datetime) -> None:
        self._connection, self._judge, self._ruleset, self._now = connection, judge, ruleset, now
        self._evidence = Evidence(connection)
        self._book = Book(connection, _tell_nobody)
        self._stories = Stories(connection, judge, self._evidence, self._book)
        self._last = log.head(connection)[0]

    def lay_down(self, fact: Event, *, role: str) -> list[str]:
        """Take a fact as the latest there is; the containers it touches."""
        recorded = self._recorded(fact, role=role)
        self._evidence.preload([recorded])
        self._evidence.add(recorded)
        return self._evidence.touched_by(recorded)

    def trials(self, containers: Sequence[str]) -> Iterator[Trial]:
        """The visits of these containers that are not over, else the last one told of."""
        for number in containers:
            marker = AlertRaised(alert_id="", code="COMMAND", container_number=number, at=self._now)
            story = self._stories.retell(number, self._recorded(marker, role=""))
            named = story.naming.named
            here = [one for one in named if one.visit.ended_at is None and not one.visit.is_exit_missing]
            yield from (self._trial(one, story) for one in here or named[-1:])

    def of_paper(self, fact: DeclarationLodged) -> Trial:
        """A declaration of a box nobody has told of."""
        key = fact.declaration_number or fact.seq_no or fact.cus_ciq_no or ""
        standing = gather.declared(fact.transport_document_reference or key, fact, CustomsStatus.DECLARED, key=key)
        case = Case("", gather.container_facts((), bill_count=1), (standing,), Needs())
        case = _with_profiles(self._connection, case, self._ruleset)
        draws = {key: draw(self._judge.draw_salt, "", subject=key)}
        return Trial(case, draws, self._book.sites(without=""), fact.direction.value)

    def _trial(self, named: Named, story: Story) -> Trial:
        visit, decision = named.visit, self._book.decision_of(named.row.visit_id)
        return Trial(
            _with_profiles(self._connection, judging.case_of(visit, story.facts), self._ruleset),
            judging.draws_for(self._judge, visit, story.trigger, decision, story.facts.values()),
            self._book.sites(without=named.row.visit_id),
            visit.direction,
            is_routed=visit.direction in _PORTS_OWN and visit.is_laden is not False,
        )

    def _recorded(self, fact: Event, *, role: str) -> Recorded:
        self._last += 1
        return Recorded(
            position=self._last,
            event_id=derived_id("try", str(self._last)),
            sender="",
            sender_role=role,
            received_at=self._now,
            receipt_id="",
            fact=fact,
        )


def _with_profiles(connection: Connection, case: Case, ruleset: Ruleset) -> Case:
    return LiveProfiles(connection).add_to(case, ruleset, (), ())


def _direction(case: Case) -> str | None:
    told = {str(one.facts["direction"]) for one in case.standings if "direction" in one.facts}
    return min(told, default=None)


def _tell_nobody(_key: str, **_news: str) -> None:
    return
