"""Bills of lading out of manifests: united per (bill, call, direction), and which of them speak of one container."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from events.types import CarrierReleaseReported, Direction, ManifestReported, Recorded, VesselRef
from port.vessel import Stays
from port.visit.corrections import OLDEST
from port.visit.declarations import Declared
from port.visit.model import DocumentParty
from port.visit.span import NO_CALL, is_named

Manifest = tuple[Recorded, ManifestReported]
Release = tuple[Recorded, CarrierReleaseReported]
BillKey = tuple[str, str | None, Direction]


class Calls:
    """The calls a container's documents name, tellings of one call under one key."""

    def __init__(self, stays: Stays, named: Iterable[VesselRef]) -> None:
        self._stays = stays
        self._whole: dict[str, VesselRef] = {}
        self._also: dict[str, str] = {}
        for ref in sorted((ref for ref in named if _is_whole(ref)), key=lambda ref: stays.call_key(ref) or ""):
            self._add(ref)

    def _add(self, ref: VesselRef) -> None:
        key = self._stays.call_key(ref)
        if key is not None and key not in self._whole and key not in self._also:
            known = next((known for known, other in self._whole.items() if self._stays.same(ref, other)), None)
            if known is None:
                self._whole[key] = ref
            else:
                self._also[key] = known

    def key(self, ref: VesselRef) -> str | None:
        """None when it names nothing; a part of a name means the one whole name it agrees with."""
        if not is_named(ref):
            return None
        key = self._stays.call_key(ref)
        if key is None or _is_whole(ref):
            return self._also.get(key or "", key)
        agreeing = [known for known, whole in self._whole.items() if self._stays.agree(ref, whole)]
        return agreeing[0] if len(agreeing) == 1 else key


def _is_whole(ref: VesselRef) -> bool:
    return bool(ref.voyage and (ref.vessel_imo_number or ref.call_sign))


@dataclass(slots=True)
class Bill:
    """A bill on one call in one direction, out of every manifest that tells of it.

    Of dated manifests the one issued last holds whole; undated ones have no order and are united with it.
    """

    reference: str
    call_key: str | None
    direction: Direction
    tellings: list[Manifest]
    in_force: list[Manifest]
    call: VesselRef
    master_reference: str | None
    issued_at: datetime | None
    has_containers: bool

    def lists(self, container_number: str) -> bool:
        return any(container_number in fact.containers for _, fact in self.in_force)

    def parties(self) -> list[DocumentParty]:
        return [
            DocumentParty(role, party.code, party.name)
            for _, fact in self.in_force
            for role, party in (
                ("consignee", fact.consignee),
                ("forwarder", fact.forwarder),
                ("notify", fact.notify_party),
            )
            if party is not None
        ]


def bills(manifests: list[Manifest], calls: Calls) -> list[Bill]:
    """Every bill, by (reference, call, direction); a manifest without a call takes the one its bill has elsewhere."""
    with_call: dict[tuple[str, Direction], set[str]] = defaultdict(set)
    for _, fact in manifests:
        if (key := calls.key(fact.vessel)) is not None:
            with_call[fact.transport_document_reference, fact.direction].add(key)
    grouped: dict[BillKey, list[Manifest]] = defaultdict(list)
    for recorded, fact in manifests:
        reference, direction = fact.transport_document_reference, fact.direction
        others = with_call[reference, direction]
        key = calls.key(fact.vessel) or (next(iter(others)) if len(others) == 1 else None)
        grouped[reference, key, direction].append((recorded, fact))
    ordered = sorted(grouped.items(), key=lambda item: (item[0][0], item[0][1] or "", item[0][2]))
    return [_bill(key, tellings) for key, tellings in ordered]


def _bill(key: BillKey, tellings: list[Manifest]) -> Bill:
    reference, call_key, direction = key
    in_force = _in_force(tellings)
    facts = [fact for _, fact in in_force]
    masters = [fact.master_reference for fact in facts if fact.master_reference not in (None, reference)]
    return Bill(
        reference=reference,
        call_key=call_key,
        direction=direction,
        tellings=tellings,
        in_force=in_force,
        call=next((fact.vessel for fact in facts if is_named(fact.vessel)), NO_CALL),
        master_reference=masters[0] if masters else None,
        issued_at=min((fact.issued_at for fact in facts if fact.issued_at), default=None),
        has_containers=any(fact.containers for fact in facts),
    )


def _in_force(tellings: list[Manifest]) -> list[Manifest]:
    if len(tellings) == 1:
        return tellings
    dated = [telling for telling in tellings if telling[1].issued_at is not None]
    undated = sorted((t for t in tellings if t[1].issued_at is None), key=lambda t: t[0].event_id)
    latest = max(dated, key=lambda t: (t[1].issued_at or OLDEST, t[0].event_id), default=None)
    return ([latest] if latest else []) + undated


@dataclass(frozen=True, slots=True)
class Papers:
    """What speaks of one container: bills, declarations, delivery orders; `named` is every bill it goes under."""

    container_number: str
    bills: list[Bill]
    declared: list[Declared]
    releases: list[Release]
    named: frozenset[str]

    def names(self, reference: str | None, containers: Iterable[str]) -> bool:
        """Lists the container, or lists none and is about one of its bills."""
        listed = tuple(containers)
        return self.container_number in listed if listed else reference in self.named


def papers(
    container_number: str,
    *,
    all_bills: list[Bill],
    all_declared: Iterable[Declared],
    all_releases: list[Release],
    reported: Iterable[str],
) -> Papers:
    """Those that list the container, or list none and are about a bill it goes under; `reported` by its movements."""
    named = set(reported)
    named |= {bill.reference for bill in all_bills if bill.lists(container_number)}
    declared = list(all_declared)
    named |= {
        d.content.transport_document_reference or "" for d in declared if container_number in d.content.containers
    }
    named |= {fact.transport_document_reference for _, fact in all_releases if container_number in fact.containers}
    found = Papers(container_number, [], [], [], frozenset(_with_kin(named - {""}, all_bills)))
    return Papers(
        container_number,
        [b for b in all_bills if b.lists(container_number) or (not b.has_containers and b.reference in found.named)],
        [d for d in declared if found.names(d.content.transport_document_reference, d.content.containers)],
        [r for r in all_releases if found.names(r[1].transport_document_reference, r[1].containers)],
        found.named,
    )


def _with_kin(named: set[str], all_bills: list[Bill]) -> set[str]:
    """The masters of its houses, and of its masters those houses that list no container."""
    if not any(bill.master_reference for bill in all_bills):
        return named
    while True:
        masters = {bill.master_reference for bill in all_bills if bill.reference in named and bill.master_reference}
        houses = {bill.reference for bill in all_bills if bill.master_reference in named and not bill.has_containers}
        if masters | houses <= named:
            return named
        named = named | masters | houses
