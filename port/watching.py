"""Watching: what one viewer may see of many containers at once, in a number of queries that does not grow with them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from port import access, dossier
from port.access import CallFacts, View
from port.actor import Actor
from port.dossier import Dossier
from port.projecting import project
from port.register import VISITS
from port.views import call_facts, preference

Told = dict[str, Any]  # JSON as it leaves

_Row = tuple[int, Dossier]


@dataclass(frozen=True, slots=True)
class _Shown:
    version: int
    dossier: Dossier
    view: View
    call: CallFacts

    @property
    def is_begun(self) -> bool:
        return not self.dossier.is_expected


def statuses(connection: Connection, actor: Actor, numbers: Iterable[str]) -> dict[str, Told]:
    """By container the status of the visit that `views.find_seen` would choose, without what is only planned.

    A container of which the viewer may see nothing has no entry.  Visits set aside as history are read only of
    containers that show the viewer no later stay, and of these all in one query.
    """
    wanted = sorted(set(numbers))
    best: dict[str, _Shown] = {}
    for are_sealed in (False, True):
        asked = [number for number in wanted if number not in best or not best[number].is_begun]
        for shown in _shown(connection, actor, asked, are_sealed=are_sealed):
            number = shown.dossier.container_number
            if number not in best or preference(shown.dossier) > preference(best[number].dossier):
                best[number] = shown
    return {number: project(one.dossier, one.view, one.call, version=one.version) for number, one in best.items()}


def _shown(connection: Connection, actor: Actor, numbers: Sequence[str], *, are_sealed: bool) -> Iterable[_Shown]:
    rows = _visible(connection, actor, numbers, are_sealed=are_sealed) if numbers else []
    joined = call_facts(connection, [one for _, one in rows]) if rows else []
    for (version, one), call in zip(rows, joined, strict=True):
        view = access.view(actor, one, call)
        if view is not None:
            yield _Shown(version, one, view, call)


def _visible(connection: Connection, actor: Actor, numbers: Sequence[str], *, are_sealed: bool) -> list[_Row]:
    shown = access.visible(actor).subquery()
    query = (
        select(VISITS.c.version, VISITS.c.record)
        .join(shown, shown.c.visit_id == VISITS.c.visit_id)
        .where(VISITS.c.container_number.in_(numbers), VISITS.c.is_sealed.is_(are_sealed), VISITS.c.record != "")
    )
    return [(row.version, dossier.from_json(row.record)) for row in connection.execute(query)]
