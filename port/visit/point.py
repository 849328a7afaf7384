"""Whether an event is the diversion point of its visit."""

from __future__ import annotations

from enum import StrEnum

from events.types import MovementType
from port.visit.corrections import minute
from port.visit.model import Movement, Visit
from port.visit.span import DISC

UNDIVERTED = frozenset({MovementType.TRANSSHIPMENT, MovementType.RESTOW, MovementType.DOMESTIC, MovementType.STORAGE})


class PointVerdict(StrEnum):
    """DISCHARGE and GATE_IN are points; DIRECTION_UNKNOWN is one that routes to the yard; the others carry nothing."""

    DISCHARGE = "DISCHARGE"
    GATE_IN = "GATE_IN"
    DIRECTION_UNKNOWN = "DIRECTION_UNKNOWN"
    LATE_REPORT = "LATE_REPORT"
    NONE = "NONE"


def point_of(visit: Visit, event_id: str) -> PointVerdict:
    """The verdict on one event after the fold.

    Only the movement that opened the visit is a point, whichever telling of it this is; LATE_REPORT when the box has
    moved on since.  A box that does not say it is empty counts as laden.
    """
    opening = visit.opening
    if opening is None or not _tells_opening(visit, opening, event_id) or visit.is_laden is False:
        return PointVerdict.NONE
    verdict = _by_direction(visit, opening)
    if verdict is not PointVerdict.NONE and not _is_latest(visit, opening):
        return PointVerdict.LATE_REPORT
    return verdict


def _tells_opening(visit: Visit, opening: Movement, event_id: str) -> bool:
    return event_id == opening.event_id or event_id in visit.opening_tellings


def _is_latest(visit: Visit, opening: Movement) -> bool:
    latest = visit.latest_movement
    if latest is None or visit.is_exit_missing:
        return False
    return latest.type_code is opening.type_code and minute(latest.at) == minute(opening.at)


def _by_direction(visit: Visit, opening: Movement) -> PointVerdict:
    if visit.came_by_barge_or_rail and visit.direction not in (MovementType.IMPORT, *UNDIVERTED):
        return PointVerdict.DIRECTION_UNKNOWN
    if opening.type_code is DISC:
        return PointVerdict.DISCHARGE if visit.direction is MovementType.IMPORT else PointVerdict.NONE
    return PointVerdict.GATE_IN if visit.direction is MovementType.EXPORT else PointVerdict.NONE
