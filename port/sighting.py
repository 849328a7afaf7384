"""Sighting: one fact of a box as one viewer sees it, judged by the policy row of its timeline line."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Connection

from events.types import Recorded
from port import access, dossier, register, views
from port.access import CallFacts, View
from port.actor import Actor
from port.dossier import Dossier
from port.register import Registered
from port.timelines import may_see, shows_detail, shows_place
from port.visit import Mark, Placed, TimelineLine, timeline

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Sight:
    """A visit of the box as the viewer sees it; `since` is the log position at which the visit got its id."""

    dossier: Dossier
    view: View
    call: CallFacts
    since: int

    @property
    def own_bills(self) -> tuple[str, ...]:
        """The bills on the visit whose contents are the viewer's to see."""
        return tuple(document.reference for document in self.dossier.documents if self.view.owns(document))

    @property
    def asked_by(self) -> frozenset[str]:
        """By which bills the viewer may ask for what happened on the visit: its own, and their masters."""
        own = [document for document in self.dossier.documents if self.view.owns(document)]
        return frozenset(n for d in own for n in (d.reference, d.master_reference) if n)


def sights(connection: Connection, actor: Actor, numbers: Iterable[str]) -> list[tuple[Registered, Sight]]:
    """Every visit of these containers that the viewer may see, with its row of the register."""
    rows = [row for row in register.of_containers(connection, numbers) if row.alias_of is None and row.record]
    dossiers = [dossier.from_json(row.record) for row in rows]
    joined = views.call_facts(connection, dossiers) if dossiers else []
    return [
        (row, Sight(one, view, call, row.minted_position))
        for row, one, call in zip(rows, dossiers, joined, strict=True)
        if (view := access.view(actor, one, call)) is not None
    ]


@dataclass(frozen=True, slots=True)
class Telling:
    """A fact in its place, and the sight of the visit it is on; without one it is nobody's business."""

    placed: Placed
    sight: Sight | None

    @property
    def recorded(self) -> Recorded:
        return self.placed.recorded

    @property
    def stands(self) -> bool:
        """Neither superseded nor retracted."""
        return self.placed.mark is Mark.CURRENT

    @property
    def line(self) -> TimelineLine:
        """The fact as the only telling of its line."""
        [line] = timeline([self.placed])
        return line

    @property
    def is_visible(self) -> bool:
        """Whether the viewer may read its line."""
        sight = self.sight
        return sight is not None and may_see(self.line, sight.view, sight.dossier, sight.call)

    @property
    def shows_place(self) -> bool:
        """Whether the viewer may know where."""
        sight = self.sight
        return sight is not None and shows_place(self.line, sight.view, sight.dossier, sight.call)

    def shown(self, name: str, value: V) -> V | None:
        """The detail when it is the viewer's to see, else None."""
        return value if self.sight is not None and shows_detail(name, self.line, self.sight.view) else None


class Known:
    """All facts about a box, by event id and by position."""

    def __init__(self, facts: Iterable[Recorded]) -> None:
        self.in_order = sorted(facts, key=lambda recorded: recorded.position)
        self.by_id = {recorded.event_id: recorded for recorded in self.in_order}
        self._at = {recorded.position: recorded for recorded in self.in_order}

    def last_change(self, telling: Telling) -> Recorded:
        """The fact since which the telling is as it is: itself, what took it back, or what made its visit."""
        by = self.by_id.get(telling.placed.corrected_by or "")
        # A visit that a ship's call made, by dividing another, is not told of anew.
        made = self._at.get(telling.sight.since) if telling.sight is not None else None
        return max((r for r in (telling.recorded, by, made) if r is not None), key=lambda r: r.position)


def latest(tellings: list[Telling], field: Callable[[Telling], V | None]) -> V | None:
    """The field from the last of these tellings that has it."""
    return next((value for told in reversed(tellings) if (value := field(told)) not in (None, ())), None)
