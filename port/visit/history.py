"""A container's stored events sorted by what they are, each once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from events.types import (
    AlertRaised,
    DiversionDecided,
    InstructionChanged,
    InstructionIssued,
    PartyNominated,
    Recorded,
)
from port.visit.bills import Manifest, Release
from port.visit.corrections import TakenBack, Told
from port.visit.declarations import Lodging, Notice

OURS = frozenset({"diversion_decided", "instruction_issued", "instruction_changed", "alert", "nomination"})
Ours = DiversionDecided | InstructionIssued | InstructionChanged | AlertRaised | PartyNominated


@dataclass(slots=True)
class History:
    """`told` also holds other containers' movements, which correct and are corrected with this container's.

    `is_corrected` is false only when nothing here can take back anything.
    """

    told: list[Told] = field(default_factory=list)
    withdrawals: list[TakenBack] = field(default_factory=list)
    manifests: list[Manifest] = field(default_factory=list)
    releases: list[Release] = field(default_factory=list)
    lodgings: list[Lodging] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    ours: list[tuple[Recorded, Ours]] = field(default_factory=list)
    is_corrected: bool = False

    @property
    def has_papers(self) -> bool:
        return bool(self.manifests or self.releases or self.lodgings)

    def take(self, recorded: Recorded) -> None:
        # By kind, not by class: a pydantic class answers isinstance slowly, and every fold asks of every event.
        fact = recorded.fact
        if fact.kind == "equipment":
            self.told.append((recorded, fact))
            if fact.supersedes or fact.document:
                self.is_corrected = True
        elif fact.kind == "withdrawal":
            self.withdrawals.append((recorded, fact))
            self.is_corrected = True
        elif fact.kind in OURS:
            self.ours.append((recorded, cast("Ours", fact)))
        else:
            self._take_paper(recorded)

    def _take_paper(self, recorded: Recorded) -> None:
        fact = recorded.fact
        if fact.kind == "manifest":
            self.manifests.append((recorded, fact))
        elif fact.kind == "carrier_release":
            self.releases.append((recorded, fact))
        elif fact.kind == "declaration":
            self.lodgings.append((recorded, fact))
        elif fact.kind == "notice":
            self.notices.append((recorded, fact))


def history(events: Iterable[Recorded]) -> History:
    """In order of event id, so that nothing downstream can see the order they were given in."""
    sorted_out = History()
    once = {recorded.event_id: recorded for recorded in events}
    for event_id in sorted(once):
        sorted_out.take(once[event_id])
    return sorted_out


def said_at(ours: Ours) -> datetime:
    """When we said so."""
    if isinstance(ours, DiversionDecided):
        return ours.decided_at
    return ours.issued_at if isinstance(ours, InstructionIssued) else ours.at
