"""What a sweep finds due: boxes past their point that nobody was told where to put."""

from __future__ import annotations

from sqlalchemy import select

from port.batch import Work
from port.register import OVERDUE, VISITS


def decide_overdue(work: Work, *, limit: int = 100) -> int:
    """Decide for declared boxes in port without an instruction (a late report, a missed revision); how many."""
    overdue = (
        select(VISITS.c.visit_id, VISITS.c.container_number)
        .where(OVERDUE, VISITS.c.alias_of.is_(None))
        .order_by(VISITS.c.minted_position)
        .limit(limit)
    )
    rows = work.connection.execute(overdue).all()
    return sum(work.state.decide_late(row.visit_id, work.next_trigger(row.container_number)) for row in rows)
