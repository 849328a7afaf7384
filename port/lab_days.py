"""A recorded day for the simulation: the port's own decisions, and when each visit came to its point."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from events import log
from events.types import DiversionDecided, EquipmentEvent
from port.diversion.moves.recorded import RecordedBox, boxes_of
from port.orders import DECISIONS

MOST_BOXES = 20_000
_CHUNK = 500


class TooManyBoxes(ValueError):
    """More boxes came in that time than a simulation is asked to play."""

    def __init__(self) -> None:
        super().__init__(f"more than {MOST_BOXES:,} boxes came to their point in that time: ask for less of it")


def recorded_boxes(connection: Connection, *, since: datetime, until: datetime) -> tuple[RecordedBox, ...]:
    """The boxes routed at their point in that time (until excluded), with all that was decided of them.

    Raises TooManyBoxes.
    """
    d = DECISIONS.c
    inside = select(d.visit_id).where(d.point.is_not(None), d.decided_at >= since, d.decided_at < until).distinct()
    visits = sorted(connection.scalars(inside.limit(MOST_BOXES + 1)))
    if len(visits) > MOST_BOXES:
        raise TooManyBoxes
    decisions: list[DiversionDecided] = []
    for start in range(0, len(visits), _CHUNK):
        query = select(d.position).where(d.visit_id.in_(visits[start : start + _CHUNK]))
        facts = (recorded.fact for recorded in log.find_at(connection, list(connection.scalars(query))))
        decisions += [fact for fact in facts if isinstance(fact, DiversionDecided)]
    points = _points(connection, decisions)
    return boxes_of(decisions, points={visit: at for visit, at in points.items() if since <= at < until})


def _points(connection: Connection, decisions: list[DiversionDecided]) -> dict[str, datetime]:
    """When each visit was discharged or stood at the gate, by the event that was its point."""
    named = {one.point_event_id: one.visit_id for one in decisions if one.point_event_id is not None}
    found = log.find_by_ids(connection, named)
    return {named[r.event_id]: r.fact.event_datetime for r in found if isinstance(r.fact, EquipmentEvent)}
