"""`customs`: vessel calls, manifests, carrier releases, declarations and notices as JSON, taken in this order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from adapters.customs_wire import CarrierReleaseWire, DeclarationWire, ManifestWire, NoticeWire, VesselCallWire
from adapters.rejection import Reason, Rejected, Warned
from adapters.seam import Item, Message, Refused, SenderProfile, facility_of, limited, refuse_future
from adapters.wire import PartyWire, Wire, list_at, read_item, read_object, refuse_unknown, vessel_warnings, within
from events.types import (
    CarrierReleaseReported,
    Consignee,
    CustomsNotice,
    DeclarationLine,
    DeclarationLodged,
    InspectAt,
    ManifestReported,
    OutsideFact,
    PartyRef,
    VesselCallReported,
    VesselRef,
)
from port.actor import Role


@dataclass(frozen=True, slots=True)
class _Context:
    """One element's place, and whose message it is in."""

    path: str
    message: Message
    sender: SenderProfile

    def refuse_future(self, **times: datetime | None) -> None:
        for name, at in times.items():
            refuse_future(at, self.message.received_at, where=within(self.path, name))


@dataclass(frozen=True, slots=True)
class _Array:
    """One of the five arrays: what its elements are, and who may send them."""

    model: type[Wire]
    build: Callable[[Any, _Context], OutsideFact]  # each takes its own model
    roles: frozenset[Role]


def decode(message: Message, sender: SenderProfile) -> Iterator[Item]:
    """One item per element, the five arrays in their order.

    Refused items: NOT_ALLOWED for an array the role may not send, FOREIGN_DECLARANT, FOREIGN_FACILITY,
    FACILITY_MISSING, BAD_CONTAINER_NUMBER, UNKNOWN_CODE, UNKNOWN_FIELD, FIELD_MISSING, BAD_VALUE, TIME_MISSING,
    TIME_WITHOUT_ZONE, DATE_WITHOUT_TIME, FUTURE_TIME.  Raises Rejected: NOT_JSON, BAD_VALUE, UNKNOWN_FIELD (of the
    envelope), NO_ITEMS, TOO_MANY_ITEMS.
    """
    body = read_object(message)
    refuse_unknown(body, tuple(_ARRAYS))
    told = {name: list_at(body, name) for name in _ARRAYS}
    if not any(told.values()):
        raise Rejected(Reason.NO_ITEMS, "$", fix=f"Fill one of {', '.join(_ARRAYS)}.")
    return limited(
        _read(array, element, _Context(f"{name}[{n}]", message, sender))
        for name, array in _ARRAYS.items()
        for n, element in enumerate(told[name])
    )


def _read(array: _Array, told: object, context: _Context) -> Item:
    if context.sender.role not in array.roles:
        name = context.path.partition("[")[0]
        refusal = Rejected(
            Reason.NOT_ALLOWED, context.path, message=f"A {context.sender.role} key may not send {name}."
        )
        return Refused(refusal, context.path)
    return read_item(
        array.model,
        told,
        context.path,
        build=lambda wire: array.build(wire, context),
        warn=partial(_warnings_of, path=context.path),
    )


def _warnings_of(wire: Wire, path: str) -> tuple[Warned, ...]:
    return vessel_warnings(getattr(wire, "vessel_imo_number", None), path)


def _vessel_call(wire: VesselCallWire, context: _Context) -> VesselCallReported:
    names = (wire.vessel_imo_number, wire.call_sign, wire.import_voyage, wire.export_voyage, wire.voyage)
    if not any(names):
        raise Rejected(
            Reason.FIELD_MISSING,
            within(context.path, "vesselIMONumber"),
            message="Nothing says which vessel or voyage this is.",
            fix="Send vesselIMONumber, callSign or a voyage.",
        )
    context.refuse_future(ata=wire.ata, atb=wire.atb, atd=wire.atd)
    return VesselCallReported(
        vessel_imo_number=wire.vessel_imo_number,
        call_sign=wire.call_sign or None,
        vessel_name=wire.vessel_name or None,
        import_voyage=wire.import_voyage or None,
        export_voyage=wire.export_voyage or None,
        voyage=wire.voyage or None,
        facility_code=facility_of(wire.facility_code, context.sender, where=within(context.path, "facilityCode")),
        eta=wire.eta,
        ata=wire.ata,
        atb=wire.atb,
        atd=wire.atd,
    )


def _manifest(wire: ManifestWire, context: _Context) -> ManifestReported:
    context.refuse_future(issuedAt=wire.issued_at)
    return ManifestReported(
        transport_document_reference=wire.transport_document_reference,
        master_reference=wire.master_reference or None,
        vessel=_vessel_of(wire),
        direction=wire.direction,
        containers=_once(wire.containers),
        consignee=_party_of(wire.consignee),
        forwarder=_party_of(wire.forwarder),
        notify_party=_party_of(wire.notify_party),
        issued_at=wire.issued_at,
    )


def _carrier_release(wire: CarrierReleaseWire, context: _Context) -> CarrierReleaseReported:
    context.refuse_future(releasedAt=wire.released_at)
    return CarrierReleaseReported(
        transport_document_reference=wire.transport_document_reference,
        containers=_once(wire.containers),
        status=wire.status,
        released_at=wire.released_at,
        haulier_code=wire.haulier_code or None,
    )


def _declaration(wire: DeclarationWire, context: _Context) -> DeclarationLodged:
    _require_number(wire, context.path)
    context.refuse_future(declaredAt=wire.declared_at)
    consignee = wire.consignee
    return DeclarationLodged(
        declaration_number=wire.declaration_number,
        seq_no=wire.seq_no or None,
        cus_ciq_no=wire.cus_ciq_no or None,
        direction=wire.direction,
        mode=wire.mode,
        inspect_at=wire.inspect_at or InspectAt.PORT,
        declared_at=wire.declared_at,
        declarant=_declarant_of(wire, context),
        consignee=Consignee(code=consignee.code, name=consignee.name or None, credit_grade=consignee.credit_grade)
        if consignee
        else None,
        transport_document_reference=wire.transport_document_reference or None,
        vessel=_vessel_of(wire),
        containers=_once(wire.containers),
        lines=tuple(DeclarationLine(**line.model_dump()) for line in wire.lines or ()),
    )


def _declarant_of(wire: DeclarationWire, context: _Context) -> PartyRef | None:
    """Customs may name anyone; a broker or forwarder is the declarant of what it sends, said or not."""
    told, sender = _party_of(wire.declarant), context.sender
    if sender.role is Role.CUSTOMS:
        return told
    if told is None:
        return PartyRef(code=sender.party)
    if told.code != sender.party:
        raise Rejected(
            Reason.FOREIGN_DECLARANT,
            within(context.path, "declarant.code"),
            message=f"The declarant {told.code} is not you, {sender.party}.",
        )
    return told


def _notice(wire: NoticeWire, context: _Context) -> CustomsNotice:
    _require_number(wire, context.path)
    context.refuse_future(noticeDateTime=wire.notice_date_time)
    return CustomsNotice(
        declaration_number=wire.declaration_number,
        seq_no=wire.seq_no or None,
        cus_ciq_no=wire.cus_ciq_no or None,
        status=wire.status,
        notice_datetime=wire.notice_date_time,
        containers=_once(wire.containers),
        site=wire.site or None,
        result=wire.result,
        note=wire.note or None,
    )


def _require_number(wire: DeclarationWire | NoticeWire, path: str) -> None:
    if not (wire.declaration_number or wire.seq_no or wire.cus_ciq_no):
        raise Rejected(
            Reason.FIELD_MISSING,
            within(path, "declarationNumber"),
            message="Nothing says which declaration this is.",
            fix="Send declarationNumber, or before there is one seqNo or cusCiqNo.",
        )


def _vessel_of(wire: ManifestWire | DeclarationWire) -> VesselRef:
    return VesselRef(
        vessel_imo_number=wire.vessel_imo_number,
        call_sign=wire.call_sign or None,
        vessel_name=wire.vessel_name or None,
        voyage=wire.voyage or None,
    )


def _party_of(wire: PartyWire | None) -> PartyRef | None:
    return PartyRef(code=wire.code, name=wire.name or None) if wire else None


def _once(containers: tuple[str, ...] | None) -> tuple[str, ...]:
    """Each number once, in the order told."""
    return tuple(dict.fromkeys(containers or ()))


_ARRAYS = {
    "vesselCalls": _Array(
        VesselCallWire, _vessel_call, frozenset({Role.CUSTOMS, Role.AGENT, Role.TERMINAL, Role.AUTHORITY})
    ),
    "manifests": _Array(ManifestWire, _manifest, frozenset({Role.CUSTOMS, Role.CARRIER, Role.AGENT})),
    "carrierReleases": _Array(
        CarrierReleaseWire, _carrier_release, frozenset({Role.CUSTOMS, Role.CARRIER, Role.AGENT})
    ),
    "declarations": _Array(DeclarationWire, _declaration, frozenset({Role.CUSTOMS, Role.BROKER, Role.FORWARDER})),
    "notices": _Array(NoticeWire, _notice, frozenset({Role.CUSTOMS})),
}
# Who may send at least one of them.
SENDERS: frozenset[Role] = frozenset().union(*(array.roles for array in _ARRAYS.values()))
