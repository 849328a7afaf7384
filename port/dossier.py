"""The dossier: one visit's whole public record as it stood after a commit, from which every viewer's share is cut.

It is what a version of a visit *is*: two dossiers that differ are two versions.  Facts only officers may know
(decisions before the point, rules, draws) are not in it, so they add no version that others could count.  Times of the
vessel call
are not in it either: they are joined when read.
"""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec import Struct

from port.visit import IN_PORT

_UNDECLARED = ("NOT_DECLARED", "REJECTED", "VOID")


class Stamp(Struct, frozen=True):
    """When a fact happened and in which role it was told: who told it is no third party's business."""

    at: datetime | None
    source: str


class NamedParty(Struct, frozen=True):
    """A party a document names."""

    code: str
    name: str | None


class DossierDeclaration(Struct, frozen=True):
    """A declaration as it counts on this visit; `lines` only for customs and the declaration's own parties."""

    number: str | None
    seq_no: str | None
    cus_ciq_no: str | None
    status: str
    is_active: bool
    mode: str | None
    inspect_at: str
    declared_at: datetime | None
    declarant: NamedParty | None
    consignee: NamedParty | None
    credit_grade: str | None
    site: str | None
    has_arrival: bool = False
    lines: tuple[dict[str, object], ...] = ()

    @property
    def key(self) -> str:
        """What the declaration is known by."""
        return self.number or self.seq_no or self.cus_ciq_no or ""


class DossierDocument(Struct, frozen=True):
    """A bill of lading on the visit: its customs and carrier status, its parties, its declarations, who reported it."""

    reference: str
    master_reference: str | None
    direction: str
    is_counted: bool
    customs: str
    carrier: str
    consignee: NamedParty | None
    forwarder: NamedParty | None
    notify_party: NamedParty | None
    hauliers: tuple[str, ...]
    senders: tuple[str, ...]
    declarations: tuple[DossierDeclaration, ...]

    @property
    def has_arrival(self) -> bool:
        """Whether the arrival of its cargo was reported to customs (运抵)."""
        return any(declaration.has_arrival for declaration in self.declarations if declaration.is_active)

    @property
    def names(self) -> frozenset[str]:
        """Everything the document is found by: its own reference, its master's, its declarations' numbers."""
        numbers = {n for d in self.declarations for n in (d.number, d.seq_no, d.cus_ciq_no) if n}
        return frozenset(numbers | {self.reference} | ({self.master_reference} if self.master_reference else set()))

    @property
    def parties(self) -> frozenset[str]:
        """Codes of the cargo parties that the document or its declarations name."""
        named = [self.consignee, self.forwarder, self.notify_party]
        for declaration in self.declarations:
            named += [declaration.declarant, declaration.consignee]
        return frozenset(party.code for party in named if party is not None)


class DossierInstruction(Struct, frozen=True):
    """The instruction in force, or the last one given.  `because_of` are the bills whose status or rule made the
    route."""

    instruction_id: str
    decision_id: str
    facility_code: str | None
    point: str
    route: str
    place: str | None
    reason: str
    state: str
    issued_at: datetime
    because_of: tuple[str, ...] = ()


class DossierCall(Struct, frozen=True):
    """A vessel call the visit names: by vessel and voyage as told, and by its resolved port stay's aliases."""

    vessel_imo_number: str | None
    call_sign: str | None
    vessel_name: str | None
    voyage: str | None
    aliases: tuple[str, ...] = ()


class Nominee(Struct, frozen=True):
    """A party let in by a party on the visit; `role` decides what it sees."""

    nomination_id: str
    code: str
    role: str
    nominator: str


class Dossier(Struct, frozen=True):
    """One visit.  `movement` is the facet before the vessel's arrival and departure are joined."""

    visit_id: str
    container_number: str
    direction: str | None
    is_laden: bool | None
    movement: str
    customs: str
    customs_arrival: str
    carrier: str
    charges: str
    facet_facts: dict[str, Stamp]
    is_past_point: bool
    is_withdrawn: bool
    is_expected: bool
    left_without_release: bool
    begun_at: datetime | None
    ended_at: datetime | None
    facilities: tuple[str, ...]
    facility_code: str | None
    to_facility_code: str | None
    position: str | None
    iso_equipment_code: str | None
    seals: tuple[str, ...]
    gross_mass_kg: float | None
    documents: tuple[DossierDocument, ...]
    instruction: DossierInstruction | None
    entry_call: DossierCall | None
    exit_call: DossierCall | None
    movement_senders: tuple[str, ...]
    nominees: tuple[Nominee, ...]
    last_fact: Stamp | None
    holder_since: datetime | None = None

    @property
    def joined_call(self) -> DossierCall | None:
        """The call whose times are joined when read: the one it leaves by once loaded, else the one it comes by."""
        is_outbound = self.movement == "LOADED" or self.direction == "EXPORT"
        first, second = (self.exit_call, self.entry_call) if is_outbound else (self.entry_call, self.exit_call)
        return first or second

    @property
    def is_overdue(self) -> bool:
        """In port and declared, so that it could be decided for, and nobody was ever told where to put it."""
        is_routable = self.direction in ("IMPORT", "EXPORT") and self.is_laden is not False
        is_known = is_routable and self.movement in IN_PORT and self.customs not in _UNDECLARED
        return is_known and self.instruction is None


_ENCODE, _DECODE = msgspec.json.Encoder(order="sorted").encode, msgspec.json.Decoder(Dossier).decode


def to_json(dossier: Dossier) -> str:
    """The text kept with a version; equal dossiers give equal text."""
    return _ENCODE(dossier).decode()


def from_json(text: str) -> Dossier:
    """The dossier of a kept version."""
    return _DECODE(text)
