"""The whole port at a glance, for a big screen: what the latest facts changed, line by line, and how the boxes stand.

It counts in positions of the log.  A position has lines where its fact changed something that the viewer may see of a
visit, and none otherwise.  Whatever is read is bounded, however large the port or a commit is.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, select, tuple_

from events.log import EVENTS
from port import access, dossier, following, views
from port.access import View
from port.actor import Actor
from port.dossier import Dossier
from port.projecting import project
from port.register import CHANGES, KeyChange

Told = dict[str, Any]  # JSON as it leaves

LINES = 50
BOXES = 300
_MOST_CHANGES = 200
_LOOKED_THROUGH = 3 * BOXES
_SHOWN = ("equipmentReference", "visitID", "direction", "headline", "location", "place", "lastFactAt")
_VISIT = "visit:"


@dataclass(frozen=True, slots=True)
class Step:
    """One position of the log: the lines it changed, each a box as it stands since; none where nothing is to be seen.

    `event_id` and `type` name its fact where it has lines.
    """

    position: int
    at: datetime
    event_id: str = ""
    type: str = ""
    lines: tuple[Told, ...] = ()


@dataclass(frozen=True, slots=True)
class _Line:
    """A line, the view it was cut by and the record it was cut from."""

    told: Told
    view: View
    dossier: Dossier


def last_position(connection: Connection) -> int:
    """Up to where the log has been told of."""
    return following.last_position(connection)


def glance(connection: Connection, actor: Actor) -> Told:
    """The boxes that the log told of last, at most `BOXES`: how many stand how and where, and a line for the latest."""
    ids = _latest_visits(connection)
    shown = access.visible(actor)
    rows = connection.execute(shown.where(shown.selected_columns.visit_id.in_(ids)))
    kept = {str(row.visit_id): dossier.from_json(row.record) for row in rows if row.record}
    lines = [line.told for line in _lines(connection, actor, [kept[one] for one in ids if one in kept]) if line]
    words = {line["headline"]["code"]: line["headline"] for line in lines}
    headlines = Counter(line["headline"]["code"] for line in lines)
    facilities = Counter(line["location"]["facilityCode"] for line in lines)
    return {
        "boxes": len(lines),
        "headlines": [{**words[code], "count": count} for code, count in _by_count(headlines)],
        "facilities": [{"facilityCode": code, "count": count} for code, count in _by_count(facilities)],
        "lines": lines[:LINES],
    }


def steps_after(connection: Connection, actor: Actor, position: int, limit: int) -> list[Step]:
    """One step per position after that one, in order, at most `limit`; [] when they change more than can be told."""
    until = min(last_position(connection), position + limit)
    in_range = CHANGES.c.position > position
    changes = _versions(
        connection, _of_visits(in_range).order_by(CHANGES.c.position, CHANGES.c.key).limit(_MOST_CHANGES + 1)
    )
    if len(changes) > _MOST_CHANGES:
        return []
    commits = select(CHANGES.c.position, CHANGES.c.at).where(in_range).distinct().order_by(CHANGES.c.position)
    times = [(row.position, row.at) for row in connection.execute(commits)]
    found = _steps(connection, actor, changes)
    return [
        found.get(one) or Step(one, times[bisect_left(times, one, key=lambda time: time[0])][1])
        for one in range(position + 1, until + 1)
    ]


def _steps(connection: Connection, actor: Actor, changes: Sequence[KeyChange]) -> dict[int, Step]:
    """The positions that have lines.  A commit keeps its versions at its last position; a line stands at its fact's."""
    positions = _positions(connection, {change.event_id for change in changes})
    earlier = _before(connection, changes)
    lines = _lines(connection, actor, [dossier.from_json(change.record) for change in changes])
    before = _lines(connection, actor, [dossier.from_json(change.record) for change in earlier.values()])
    shown = dict(zip(earlier, before, strict=True))
    steps: dict[int, Step] = {}
    for change, line in zip(changes, lines, strict=True):
        was = shown.get((change.key, change.version - 1))
        if line is None or (was is not None and was.told == line.told):
            continue
        position = positions.get(change.event_id, change.position)
        event_id, type = _cause(line, change)
        told = steps.get(position, Step(position, change.at, event_id, type))
        steps[position] = Step(position, told.at, told.event_id, told.type, (*told.lines, line.told))
    return steps


def _cause(line: _Line, change: KeyChange) -> tuple[str, str]:
    return (
        (change.event_id, change.type)
        if access.may_see_cause(line.view, line.dossier, change.type)
        else ("", "UPDATED")
    )


def _lines(connection: Connection, actor: Actor, dossiers: Sequence[Dossier]) -> list[_Line | None]:
    """What the viewer is shown of each, in the words of its status; None where it may see nothing."""
    joined = views.call_facts(connection, dossiers) if dossiers else []
    lines: list[_Line | None] = []
    for one, call in zip(dossiers, joined, strict=True):
        view = access.view(actor, one, call)
        told = None if view is None else project(one, view, call, version=0)
        lines.append(None if view is None or told is None else _Line({name: told[name] for name in _SHOWN}, view, one))
    return lines


def _latest_visits(connection: Connection) -> list[str]:
    query = (
        select(CHANGES.c.key)
        .where(_is_visit())
        .order_by(CHANGES.c.position.desc(), CHANGES.c.key)
        .limit(_LOOKED_THROUGH)
    )
    keys = dict.fromkeys(str(key) for key in connection.scalars(query))
    return [key.removeprefix(_VISIT) for key in keys][:BOXES]


def _before(connection: Connection, changes: Sequence[KeyChange]) -> dict[tuple[str, int], KeyChange]:
    """The version before each, where there was one."""
    wanted = {(change.key, change.version - 1) for change in changes if change.version > 1}
    query = select(CHANGES).where(tuple_(CHANGES.c.key, CHANGES.c.version).in_(sorted(wanted)))
    return {(one.key, one.version): one for one in _versions(connection, query)} if wanted else {}


def _positions(connection: Connection, event_ids: Iterable[str]) -> dict[str, int]:
    query = select(EVENTS.c.event_id, EVENTS.c.position).where(EVENTS.c.event_id.in_(sorted(set(event_ids) - {""})))
    return {str(row.event_id): int(row.position) for row in connection.execute(query)}


def _versions(connection: Connection, query: Select[Any]) -> list[KeyChange]:
    return [KeyChange(**row) for row in connection.execute(query).mappings()]


def _of_visits(condition: ColumnElement[bool]) -> Select[Any]:
    return select(CHANGES).where(condition, _is_visit())


def _is_visit() -> ColumnElement[bool]:
    # As a range: LIKE reads its pattern differently on the two databases.
    return and_(CHANGES.c.key >= _VISIT, CHANGES.c.key < "visit;")


def _by_count(counted: Counter[Any]) -> list[tuple[Any, int]]:
    """Most first; ties in the order of the alphabet, so that everybody is told alike."""
    return sorted(counted.items(), key=lambda one: (-one[1], str(one[0])))
