"""What happened to the visits a party may see, in the order of commits: for systems that poll instead of listening."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from port import access, dossier, following, views
from port.access import View
from port.actor import Actor
from port.cursors import seal, unseal
from port.dossier import Dossier
from port.projecting import iso, project
from port.register import CHANGES, KeyChange

Told = dict[str, Any]  # JSON as it leaves

# How many log positions are looked through at once, and in one call at most: what a party that is on few visits waits
# for grows with that, and not with what is stored.
_WINDOW = 500
_MOST_LOOKED_THROUGH = 50_000
_AFTER_PREFIX = len("visit:") + 1


@dataclass(frozen=True, slots=True)
class _Version:
    change: KeyChange
    now: Dossier
    before: Dossier | None


def events_after(connection: Connection, actor: Actor, *, after: str | None, limit: int, salt: bytes) -> Told:
    """At most `limit` events after the cursor, and the cursor to go on from.

    One event per version of a visible visit whose visible part changed; a visit that became visible comes first as a
    `visit.disclosed` snapshot.  A call looks through a bounded stretch of the log: a page may be empty and its cursor
    have moved all the same, and then there may be more.  Raises CursorForeign.
    """
    position = unseal(salt, actor.party, after) if after else 0
    told: list[Told] = []
    reached, last, window = position, following.last_position(connection), max(_WINDOW, 2 * limit)
    furthest = min(last, position + _MOST_LOOKED_THROUGH)
    while reached < furthest:
        start, reached, window = reached, min(reached + window, furthest), 4 * window
        for version in _versions(connection, _changes(connection, actor, start, reached)):
            # A commit is told whole or not at all, or a cursor between two of its versions would lose the second.
            if len(told) >= limit and version.change.position != position:
                return {"events": told, "next": seal(salt, actor.party, position)}
            event = _event(connection, actor, version)
            if event is not None:
                told.append(event)
            position = version.change.position
    # The next commit may share the last position, when it has no event of its own.
    position = max(position, reached - 1 if reached == last else reached)
    return {"events": told, "next": seal(salt, actor.party, position)}


def _changes(connection: Connection, actor: Actor, after: int, until: int) -> list[KeyChange]:
    """The versions of visible visits in a stretch of the log, in its order."""
    shown = access.visible(actor)
    is_shown = shown.where(shown.selected_columns.visit_id == func.substr(CHANGES.c.key, _AFTER_PREFIX))
    query = (
        select(CHANGES)
        .where(CHANGES.c.position > after, CHANGES.c.position <= until, is_shown.correlate(CHANGES).exists())
        .order_by(CHANGES.c.position, CHANGES.c.key, CHANGES.c.version)
    )
    return [KeyChange(**row) for row in connection.execute(query).mappings()]


def _versions(connection: Connection, changes: Iterable[KeyChange]) -> Iterable[_Version]:
    for change in changes:
        earlier = select(CHANGES.c.record).where(CHANGES.c.key == change.key, CHANGES.c.version == change.version - 1)
        record = connection.scalar(earlier)
        yield _Version(change, dossier.from_json(change.record), dossier.from_json(record) if record else None)


def _event(connection: Connection, actor: Actor, version: _Version) -> Told | None:
    joined = views.call_facts(connection, [version.now])[0]
    view = access.view(actor, version.now, joined)
    if view is None:
        return None
    data = project(version.now, view, joined, version=version.change.version)
    seen_before = version.before is not None and access.view(actor, version.before, joined) is not None
    if seen_before and version.before is not None and _is_same(version.before, view, data, version, joined):
        return None
    return {
        "eventID": version.change.event_id,
        "type": version.change.type if seen_before else "visit.disclosed",
        "visitID": version.now.visit_id,
        "equipmentReference": version.now.container_number,
        "version": version.change.version,
        "at": iso(version.change.at),
        "data": data,
    }


def _is_same(before: Dossier, view: View, data: Told, version: _Version, joined: access.CallFacts) -> bool:
    """Nothing that this viewer may see has changed."""
    return project(before, view, joined, version=version.change.version) == data
