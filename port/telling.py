"""What happened to the visits a party may see, in the order of commits: for systems that poll instead of listening."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from port import access, dossier, views
from port.access import View
from port.actor import Actor
from port.cursors import seal, unseal
from port.dossier import Dossier
from port.projecting import iso, project
from port.register import CHANGES, KeyChange

Told = dict[str, Any]  # JSON as it leaves

_PAGE = 500
_MOST_PAGES = 20


@dataclass(frozen=True, slots=True)
class _Version:
    change: KeyChange
    now: Dossier
    before: Dossier | None


def events_after(connection: Connection, actor: Actor, *, after: str | None, limit: int, salt: bytes) -> Told:
    """At most `limit` events after the cursor, and the cursor to go on from.

    One event per version of a visible visit whose visible part changed; a visit that became visible comes first as a
    `visit.disclosed` snapshot.  Raises CursorForeign.
    """
    position = unseal(salt, actor.party, after) if after else 0
    told: list[Told] = []
    for _ in range(_MOST_PAGES):
        changes = _changes(connection, actor, position)
        for version in _versions(connection, changes):
            if len(told) >= limit and version.change.position != position:
                return {"events": told, "next": seal(salt, actor.party, position)}
            event = _event(connection, actor, version)
            if event is not None:
                told.append(event)
            position = version.change.position
        if len(changes) < _PAGE:
            break
    return {"events": told, "next": seal(salt, actor.party, position)}


def _changes(connection: Connection, actor: Actor, position: int) -> list[KeyChange]:
    visible = access.visible(actor).subquery()
    query = (
        select(CHANGES)
        .join(visible, CHANGES.c.key == "visit:" + visible.c.visit_id)
        .where(CHANGES.c.position > position)
        .order_by(CHANGES.c.position, CHANGES.c.key, CHANGES.c.version)
        .limit(_PAGE)
    )
    rows = [KeyChange(**row) for row in connection.execute(query).mappings()]
    # A commit is told whole or not at all, or a cursor between two of its versions would lose the second.
    if len(rows) == _PAGE and rows[0].position != rows[-1].position:
        last = rows[-1].position
        rows = [row for row in rows if row.position != last]
    return rows


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
