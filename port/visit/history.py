"""A container's stored events sorted by what they are, each once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from events.types import (
    AlertRaised,
    CarrierReleaseReported,
    CustomsNotice,
    DeclarationLodged,
    DiversionDecided,
    EquipmentEvent,
    InstructionChanged,
    InstructionIssued,
    ManifestReported,
    PartyNominated,
    Recorded,
    Withdrawal,
)
from port.visit.bills import Manifest, Release
from port.visit.corrections import TakenBack, Told
from port.visit.declarations import Lodging, Notice

Ours = DiversionDecided | InstructionIssued | InstructionChanged | AlertRaised | PartyNominated


@dataclass(slots=True)
class History:
    """`told` also holds other containers' movements, which correct and are corrected with this container's."""

    told: list[Told] = field(default_factory=list)
    withdrawals: list[TakenBack] = field(default_factory=list)
    manifests: list[Manifest] = field(default_factory=list)
    releases: list[Release] = field(default_factory=list)
    lodgings: list[Lodging] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    ours: list[tuple[Recorded, Ours]] = field(default_factory=list)

    def take(self, recorded: Recorded) -> None:
        match recorded.fact:
            case EquipmentEvent() as fact:
                self.told.append((recorded, fact))
            case Withdrawal() as fact:
                self.withdrawals.append((recorded, fact))
            case ManifestReported() as fact:
                self.manifests.append((recorded, fact))
            case CarrierReleaseReported() as fact:
                self.releases.append((recorded, fact))
            case DeclarationLodged() as fact:
                self.lodgings.append((recorded, fact))
            case CustomsNotice() as fact:
                self.notices.append((recorded, fact))
            case (
                DiversionDecided()
                | InstructionIssued()
                | InstructionChanged()
                | AlertRaised()
                | PartyNominated() as fact
            ):
                self.ours.append((recorded, fact))
            case _:
                pass


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
