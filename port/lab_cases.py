"""Recorded cases for a back-test: each box as it was decided at its point, and what an inspection found in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from events import log
from events.types import CustomsNotice, DiversionDecided, NoticeStatus, Reason, Recorded, Route
from port.diversion.case import Case
from port.diversion.outcomes import PastCase, Stratum
from port.finding_outcomes import declarations_of, facts_under, is_finished, keys_of_standing, outcome_for_box
from port.orders import DECISIONS
from port.visit.declarations import Declared

_CHUNK = 500
_NOT_YET = frozenset({Reason.NOT_DECLARED.value, Reason.DIRECTION_UNKNOWN.value})
_AT_SITES = frozenset({Route.INSPECTION, Route.SCAN})
_BECAUSE = {
    Reason.RANDOM: Stratum.RANDOM,
    Reason.RULE: Stratum.BY_RULES,
    Reason.CUSTOMS_ORDER: Stratum.ORDERED,
    Reason.OVERRIDE: Stratum.ORDERED,
}
_ORDERS = frozenset({NoticeStatus.INSPECTION_ORDERED, NoticeStatus.SCAN_ORDERED})
_OPENED = frozenset({NoticeStatus.INSPECTION_STARTED, NoticeStatus.INSPECTION_FINISHED})

Tell = Callable[[int, int], None]
"""(cases read, cases to read)"""


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The decision of a visit that a back-test looks at."""

    position: int
    is_made: bool


def past_cases(
    connection: Connection, *, since: datetime | None, until: datetime | None, tell: Tell
) -> Iterator[PastCase]:
    """One case per visit that came to its point in that time (until excluded), in the order of the log.

    It is the case decided on at the point; where nothing was declared by then, that of the first decision once it was.
    """
    positions = _positions(connection, since=since, until=until)
    for start in range(0, len(positions), _CHUNK):
        tell(start, len(positions))
        yield from _with_outcomes(connection, log.find_at(connection, positions[start : start + _CHUNK]))


def _positions(connection: Connection, *, since: datetime | None, until: datetime | None) -> list[int]:
    d = DECISIONS.c
    query = select(d.visit_id, d.position, d.reason).where(d.point.is_not(None)).order_by(d.position)
    if since is not None:
        query = query.where(d.decided_at >= since)
    if until is not None:
        query = query.where(d.decided_at < until)
    chosen: dict[str, _Chosen] = {}
    for visit_id, position, reason in connection.execute(query):
        known = chosen.get(visit_id)
        if known is None or (not known.is_made and reason not in _NOT_YET):
            chosen[visit_id] = _Chosen(position, reason not in _NOT_YET)
    return sorted(one.position for one in chosen.values())


def _with_outcomes(connection: Connection, decisions: Sequence[Recorded]) -> Iterator[PastCase]:
    facts = [recorded.fact for recorded in decisions]
    decided = [(fact, Case.from_json(fact.case)) for fact in facts if isinstance(fact, DiversionDecided)]
    named = {one.declaration for _, case in decided for one in case.standings if one.declaration is not None}
    known = declarations_of(facts_under(connection, map(keys_of_standing, named)))
    for fact, case in decided:
        keys = [one.declaration for one in case.standings if one.declaration is not None]
        yield _past_case(fact, case, [known[key] for key in keys if key in known])


def _past_case(fact: DiversionDecided, case: Case, declarations: Sequence[Declared]) -> PastCase:
    outcomes = [outcome_for_box(one, fact.container_number) for one in declarations]
    told = [outcome for outcome in outcomes if outcome is not None]
    notices = [notice for one in declarations for _, notice in one.about(fact.container_number)]
    return PastCase(
        case=case,
        at=fact.decided_at,
        stratum=_stratum(fact, notices, is_told=bool(told)),
        found=any(told) if told else None,
        known_at=max((one.notice_datetime for one in notices if is_finished(one)), default=None),
        draws=dict(fact.draws),
        decision_id=fact.decision_id,
    )


def _stratum(fact: DiversionDecided, notices: Sequence[CustomsNotice], *, is_told: bool) -> Stratum:
    """Why it was opened: by the decision that sent it to a site, else by an order that came later."""
    if fact.route in _AT_SITES and fact.reason in _BECAUSE:
        return _BECAUSE[fact.reason]
    said = {notice.status for notice in notices}
    if said & _ORDERS and (is_told or said & _OPENED):
        return Stratum.ORDERED
    return Stratum.UNKNOWN if is_told or said & _OPENED else Stratum.NOT_INSPECTED
