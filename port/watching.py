"""Watching: what one viewer may see of many containers at once, in a number of queries that does not grow with them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, select

from port import access, dossier
from port.access import CallFacts, View
from port.actor import Actor
from port.dossier import Dossier
from port.projecting import project
from port.register import VISITS
from port.views import call_facts, preference

Told = dict[str, Any]  # JSON as it leaves

_LONGEST_CHAIN = 50


def statuses(connection: Connection, actor: Actor, numbers: Iterable[str]) -> dict[str, Told]:
    """By container the status of the visit that `views.find_seen` would choose, without what is only planned.

    A container of which the viewer may see nothing has no entry.  Visits set aside as history are read only of
    containers that show the viewer no later stay, and of these all in one query.
    """
    wanted = sorted(set(numbers))
    best: dict[str, _Shown] = {}
    for are_sealed in (False, True):
        asked = [number for number in wanted if number not in best or best[number].dossier.is_expected]
        of_these = and_(VISITS.c.container_number.in_(asked), VISITS.c.is_sealed.is_(are_sealed))
        for shown in _read(connection, actor, of_these) if asked else ():
            number = shown.dossier.container_number
            if number not in best or preference(shown.dossier) > preference(best[number].dossier):
                best[number] = shown
    return {number: _told(shown) for number, shown in best.items()}


def visits(connection: Connection, actor: Actor, visit_ids: Iterable[str]) -> dict[str, Told]:
    """By visit id the status as the viewer may see it now; an id merged into another is answered by that one.

    A visit of which the viewer may see nothing has no entry.
    """
    standing = _standing(connection, sorted(set(visit_ids)))
    told: dict[str, Told] = {}
    for shown in _read(connection, actor, VISITS.c.visit_id.in_(sorted(set(standing.values())))):
        told[shown.dossier.visit_id] = _told(shown)
    return {asked: told[visit_id] for asked, visit_id in standing.items() if visit_id in told}


def _standing(connection: Connection, asked: Sequence[str]) -> dict[str, str]:
    """By id the one that answers for it."""
    standing = {visit_id: visit_id for visit_id in asked}
    for _ in range(_LONGEST_CHAIN):
        merged = select(VISITS.c.visit_id, VISITS.c.alias_of).where(
            VISITS.c.visit_id.in_(sorted(set(standing.values()))), VISITS.c.alias_of.is_not(None)
        )
        survivors = {row.visit_id: row.alias_of for row in connection.execute(merged)}
        if not survivors:
            break
        standing = {one: survivors.get(visit_id, visit_id) for one, visit_id in standing.items()}
    return standing


@dataclass(frozen=True, slots=True)
class _Shown:
    version: int
    dossier: Dossier
    view: View
    call: CallFacts


def _told(shown: _Shown) -> Told:
    return project(shown.dossier, shown.view, shown.call, version=shown.version)


def _read(connection: Connection, actor: Actor, those: ColumnElement[bool]) -> list[_Shown]:
    visible = access.visible(actor).subquery()
    query = (
        select(VISITS.c.version, VISITS.c.record)
        .join(visible, visible.c.visit_id == VISITS.c.visit_id)
        .where(those, VISITS.c.record != "")
    )
    rows = [(row.version, dossier.from_json(row.record)) for row in connection.execute(query)]
    joined = call_facts(connection, [one for _, one in rows]) if rows else []
    found = ((row, access.view(actor, row[1], call), call) for row, call in zip(rows, joined, strict=True))
    return [_Shown(version, one, view, call) for (version, one), view, call in found if view is not None]
