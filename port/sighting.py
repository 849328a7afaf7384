"""Sighting: one fact of a box as one viewer sees it, judged by the policy row of its timeline line."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Connection

from events.types import PartyNominated, Recorded
from port import access, dossier, views
from port.access import CallFacts, View
from port.actor import Actor
from port.dossier import Dossier
from port.register import Registered
from port.timelines import may_see, shows_detail, shows_place
from port.visit import Mark, Placed, TimelineLine, timeline

V = TypeVar("V")
# Those that put a bill on a visit, or move it to another.
_PAPERS = frozenset({"manifest", "declaration", "carrier_release"})


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


def sights(connection: Connection, actor: Actor, registered: Iterable[Registered]) -> list[tuple[Registered, Sight]]:
    """Which of these visits the viewer may see, each with its row."""
    rows = [row for row in registered if row.alias_of is None and row.record]
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
    """All facts about a box, by event id and by position; `told`, where each has its place; for the party `viewer`."""

    def __init__(self, facts: Iterable[Recorded], told: Iterable[Telling], viewer: str) -> None:
        self.in_order = sorted(facts, key=lambda recorded: recorded.position)
        self.by_id = {recorded.event_id: recorded for recorded in self.in_order}
        self._at = {recorded.position: recorded for recorded in self.in_order}
        self._let_in = [r for r in self.in_order if isinstance(r.fact, PartyNominated) and r.fact.nominee == viewer][
            -1:
        ]
        papers = [telling for telling in told if telling.recorded.fact.kind in _PAPERS]
        ordered = sorted(papers, key=lambda telling: telling.recorded.position)
        self._of_bill = {bill: telling.recorded for telling in ordered for bill in telling.placed.references}

    def last_change(self, telling: Telling, bills: Iterable[str]) -> Recorded:
        """The fact since which it is told as it is, with these bills: itself, what took it back, what made its visit,
        what put the bills there, what let the viewer in."""
        found = [telling.recorded, *self._let_in, *(self._of_bill[bill] for bill in bills if bill in self._of_bill)]
        if telling.placed.corrected_by in self.by_id:
            found.append(self.by_id[telling.placed.corrected_by])
        # A visit that a ship's call made, by dividing another, is not told of anew.
        if telling.sight is not None and telling.sight.since in self._at:
            found.append(self._at[telling.sight.since])
        return max(found, key=lambda recorded: recorded.position)


def latest(tellings: list[Telling], field: Callable[[Telling], V | None]) -> V | None:
    """The field from the last of these tellings that has it."""
    return next((value for told in reversed(tellings) if (value := field(told)) not in (None, ())), None)
