"""What a sweep finds due: boxes past their point that nobody decided for."""

from __future__ import annotations

from sqlalchemy import select

from port.batch import Work
from port.dossier import from_json
from port.orders import DECISIONS
from port.register import VISITS

_IN_PORT = ("DISCHARGED", "IN_YARD", "GATED_IN", "AT_INSPECTION", "IN_TRANSFER")


def decide_overdue(work: Work, *, limit: int = 100) -> int:
    """Decide for declared boxes in port that have no decision (a late report, a missed revision); how many."""
    undecided = (
        select(VISITS.c.container_number, VISITS.c.record)
        .where(VISITS.c.alias_of.is_(None), VISITS.c.begun_at.is_not(None))
        .where(VISITS.c.visit_id.not_in(select(DECISIONS.c.visit_id)))
        .order_by(VISITS.c.begun_at.desc())
        .limit(limit)
    )
    decided = 0
    for row in work.connection.execute(undecided).all():
        one = from_json(row.record)
        if one.movement in _IN_PORT and one.direction in ("IMPORT", "EXPORT") and one.customs != "NOT_DECLARED":
            decided += work.state.decide_late(one.visit_id, work.next_trigger(row.container_number))
    return decided
