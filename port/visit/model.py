"""What a visit is once folded: frozen, comparable, and without a clock or an identity of its own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from events.types import (
    CarrierReleaseStatus,
    Consignee,
    DangerousGoods,
    DeclarationLine,
    DeclarationMode,
    Direction,
    EquipmentEvent,
    EquipmentEventType,
    InspectAt,
    InspectionResult,
    MovementType,
    NoticeStatus,
    PartyRef,
    Recorded,
    VesselRef,
)
from port.vessel import StayKey
from port.visit.status import IN_PORT, Carrier, Charges, Customs, CustomsArrival, Mark, MovementState


class Movement(Struct, frozen=True):
    """One standing ACT movement of the container, as told in one event."""

    event_id: str
    sender: str
    fact: EquipmentEvent

    @property
    def at(self) -> datetime:
        return self.fact.event_datetime

    @property
    def type_code(self) -> EquipmentEventType:
        return self.fact.type_code

    @property
    def facility_code(self) -> str | None:
        return self.fact.facility_code


class FacetFact(Struct, frozen=True):
    """What a facet rests on: when it happened, who said so, in which event."""

    at: datetime | None
    sender: str
    event_id: str


class FacetFacts(Struct, frozen=True):
    movement: FacetFact | None = None
    customs: FacetFact | None = None
    customs_arrival: FacetFact | None = None
    carrier: FacetFact | None = None
    charges: FacetFact | None = None

    def __iter__(self) -> Iterator[tuple[str, FacetFact]]:
        """(facet name, what it rests on), only those that rest on something."""
        for name in ("movement", "customs", "customs_arrival", "carrier", "charges"):
            if (resting := getattr(self, name)) is not None:
                yield name, resting


class DeclarationView(Struct, frozen=True):
    """One declaration as it bears on this container: its latest content and the latest notice that counts.

    `key` is the declaration's identity (its number, else its seqNo or cusCiqNo).  `resting` is what `status` rests on:
    the notice, or the lodging when there is none.  `site` is the one a notice named last, `ordered_site` the one the
    order in force names.
    """

    key: str
    declaration_number: str | None
    seq_no: str | None
    cus_ciq_no: str | None
    direction: Direction
    mode: DeclarationMode | None
    inspect_at: InspectAt
    declared_at: datetime | None
    declarant: PartyRef | None
    consignee: Consignee | None
    transport_document_reference: str | None
    lines: tuple[DeclarationLine, ...]
    event_id: str
    sender: str
    status: Customs
    resting: FacetFact
    latest_notice: NoticeStatus | None
    latest_notice_at: datetime | None
    site: str | None
    ordered_site: str | None
    arrival: FacetFact | None

    @property
    def is_active(self) -> bool:
        return self.status not in (Customs.REJECTED, Customs.VOID)

    @property
    def has_arrival(self) -> bool:
        return self.arrival is not None


class DocumentParty(Struct, frozen=True):
    """A party a document names, and as what: consignee, forwarder, notify, declarant, haulier."""

    role: str
    code: str
    name: str | None = None


class VisitDocument(Struct, frozen=True):
    """A transport document on a visit, or a declaration that stands without one.

    `declarations` are those that stand on it, a master's among its houses'.  `is_counted` is false for a master whose
    houses are on the visit, for a bill known only by its delivery order, and for an ended declaration without a bill
    when another one is active: such a document takes no part in the customs facet.
    """

    reference: str
    is_declared: bool
    is_manifested: bool
    is_counted: bool
    master_reference: str | None
    directions: tuple[Direction, ...]
    vessel: VesselRef
    stay: StayKey | None
    customs: Customs
    customs_resting: FacetFact | None
    carrier: CarrierReleaseStatus | None
    carrier_resting: FacetFact | None
    parties: tuple[DocumentParty, ...]
    declarations: tuple[DeclarationView, ...]
    senders: frozenset[str]

    @property
    def haulier_codes(self) -> tuple[str, ...]:
        return tuple(party.code for party in self.parties if party.role == "haulier")


class PartyOnVisit(Struct, frozen=True):
    """A party by code, as what, and which documents name it so."""

    code: str
    name: str | None
    role: str
    references: tuple[str, ...]


class Equipment(Struct, frozen=True):
    """The box itself, each field from the latest telling that has it."""

    position: str | None = None
    seals: tuple[str, ...] = ()
    iso_equipment_code: str | None = None
    gross_mass_kg: float | None = None
    vgm_kg: float | None = None
    dangerous_goods: tuple[DangerousGoods, ...] = ()
    reefer_set_point_celsius: float | None = None
    truck_plate: str | None = None


class InspectionFacts(Struct, frozen=True):
    """The box's place in the inspection queue: since when ordered, at the site, begun, finished."""

    site: str | None
    ordered_at: datetime | None
    at_site_since: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    result: InspectionResult | None


class Placed(Struct, frozen=True):
    """A stored event on a visit (or on none), whether it stands, and which event took it back.

    `references` are the documents on the visit it speaks of, `declaration` the declaration's key: whose eyes it is for.
    """

    recorded: Recorded
    mark: Mark = Mark.CURRENT
    corrected_by: str | None = None
    references: tuple[str, ...] = ()
    declaration: str | None = None


class Visit(Struct, frozen=True):
    """One stay of one container in the port, or one that is expected."""

    visit_key: str
    container_number: str
    direction: MovementType | None
    is_laden: bool | None
    movements: tuple[Movement, ...]
    opening: Movement | None
    opening_tellings: frozenset[str]
    latest_movement: Movement | None
    ended_at: datetime | None
    came_by_barge_or_rail: bool
    movement: MovementState
    customs: Customs
    customs_arrival: CustomsArrival
    carrier: Carrier
    charges: Charges
    facet_facts: FacetFacts
    left_without_release: bool
    documents: tuple[VisitDocument, ...]
    facility_code: str | None
    to_facility_code: str | None
    equipment: Equipment
    inspection: InspectionFacts | None
    entry_call: VesselRef
    exit_call: VesselRef
    entry_stay: StayKey | None
    exit_stay: StayKey | None
    last_fact: FacetFact | None
    events: tuple[Placed, ...]
    event_ids: frozenset[str]

    @property
    def is_expected(self) -> bool:
        return not self.movements

    @property
    def begun_at(self) -> datetime | None:
        return self.movements[0].at if self.movements else None

    @property
    def is_entry_reported(self) -> bool:
        return self.opening is not None

    @property
    def is_exit_missing(self) -> bool:
        return self.movement is MovementState.EXIT_NOT_REPORTED

    @property
    def is_exit_reported(self) -> bool:
        return self.ended_at is not None and not self.is_exit_missing

    @property
    def facility_codes(self) -> tuple[str, ...]:
        """Every facility it was told at, in order."""
        return tuple(dict.fromkeys(told.facility_code for told in self.movements if told.facility_code))

    @property
    def is_in_port(self) -> bool:
        return self.movement in IN_PORT

    @property
    def declarations(self) -> tuple[DeclarationView, ...]:
        """Each declaration once, however many documents it stands on."""
        return tuple({view.key: view for document in self.documents for view in document.declarations}.values())

    @property
    def parties(self) -> tuple[PartyOnVisit, ...]:
        """Who is on the visit, as what, by which documents."""
        named: dict[tuple[str, str], tuple[DocumentParty, list[str]]] = {}
        for document in self.documents:
            for party in document.parties:
                known, references = named.setdefault((party.code, party.role), (party, []))
                references.append(document.reference)
                if known.name is None:
                    named[party.code, party.role] = party, references
        return tuple(
            PartyOnVisit(party.code, party.name, party.role, tuple(references))
            for _, (party, references) in sorted(named.items())
        )

    @property
    def joined_stay(self) -> StayKey | None:
        """The stay whose times the movement facet takes: the one it is loaded on, else the one it comes by."""
        return self.exit_stay if self.movement is MovementState.LOADED else self.entry_stay


class Folded(Struct, frozen=True):
    """Every visit of one container, in time order with the expected ones last, and what belongs to none.

    A visit whose only movement was taken back is no longer cut: its events are `unplaced`, and whoever held an id
    founded on one of them is shown that (`port.headline.withdrawn`).
    """

    container_number: str
    visits: tuple[Visit, ...]
    unplaced: tuple[Placed, ...]

    def find_visit(self, event_id: str) -> Visit | None:
        """The visit an event belongs to."""
        return next((visit for visit in self.visits if event_id in visit.event_ids), None)
