"""Filing: under which short keys a fact is found, and which keys lead on to more about the same cargo."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from events.types import (
    CarrierReleaseReported,
    CertificateStepped,
    CourierScan,
    CustomsNotice,
    DeclarationLodged,
    DocumentFunction,
    EquipmentEvent,
    Event,
    ManifestReported,
    OurFact,
    Recorded,
    ReportedDocument,
    RulesetStepped,
    VesselCallReported,
    VesselRef,
    Withdrawal,
)

Paper = ManifestReported | CarrierReleaseReported | DeclarationLodged | CustomsNotice
PAPERS = (ManifestReported, CarrierReleaseReported, DeclarationLodged, CustomsNotice)
EVERY_RULESET = "l:"
"""The key under which every step of every version of the rules is filed."""


def keys_of(recorded: Recorded) -> Iterator[str]:
    """The keys a fact is filed under: c: container, b: bill, n: s: q: declaration numbers, v: call alias, u: use of
    one, e: event corrected, d: EDIFACT document, r: its replacement, p: postal item, m: mailing,
    l: version of the rules, and all of them."""
    fact = recorded.fact
    if isinstance(fact, EquipmentEvent):
        yield from _movement_keys(fact, recorded.sender)
    elif isinstance(fact, Withdrawal):
        yield from _withdrawal_keys(fact, recorded.sender)
    elif isinstance(fact, VesselCallReported):
        yield from dict.fromkeys(
            key for alias in call_aliases(fact) for key in (f"v:{alias}", f"v:/{alias.split('/')[1]}")
        )
    elif isinstance(fact, PAPERS):
        yield from paper_keys(fact)
    elif isinstance(fact, CourierScan):
        yield f"p:{fact.item_id}"
    else:
        yield from _own_keys(fact)


def call_aliases(fact: VesselCallReported) -> Iterator[str]:
    """Every "<vessel>/<voyage>" a call is known by; a part not reported is empty."""
    voyages = dict.fromkeys(v for v in (fact.import_voyage, fact.export_voyage, fact.voyage) if v)
    for vessel in [name for name in (fact.vessel_imo_number, fact.call_sign) if name] or [""]:
        yield from (f"{vessel}/{voyage}" for voyage in voyages or [""])


def vessel_aliases(vessel: VesselRef) -> Iterator[str]:
    """Every "<vessel>/<voyage>" a use of a call names; nothing without a voyage, since then it names no call."""
    if vessel.voyage:
        names = [name for name in (vessel.vessel_imo_number, vessel.call_sign) if name]
        yield from (f"{name}/{vessel.voyage}" for name in names or [""])


def document_key(document: ReportedDocument, sender: str) -> str:
    """A sender's EDIFACT document: references are the sender's own."""
    return f"{sender}|{document.message_type}|{document.reference}"


def containers_named(fact: Event) -> tuple[str, ...]:
    """The containers a fact names itself."""
    if isinstance(fact, PAPERS):
        return fact.containers
    number = getattr(fact, "container_number", None)
    return (number,) if number else ()


def vessels_named(facts: Iterable[Recorded]) -> set[str]:
    """The call aliases that a set of facts uses."""
    return {alias for r in facts if isinstance(r.fact, _WITH_VESSEL) for alias in _uses(r.fact)}


def _uses(fact: EquipmentEvent | ManifestReported | DeclarationLodged | VesselCallReported) -> Iterator[str]:
    return call_aliases(fact) if isinstance(fact, VesselCallReported) else vessel_aliases(fact.vessel)


_WITH_VESSEL = (EquipmentEvent, ManifestReported, DeclarationLodged, VesselCallReported)


def leads(fact: Event) -> Iterator[str]:
    """The keys under which more about the same cargo is filed."""
    if isinstance(fact, EquipmentEvent):
        if fact.transport_document_reference:
            yield f"b:{fact.transport_document_reference}"
    elif isinstance(fact, ManifestReported):
        yield f"b:{fact.transport_document_reference}"
        if fact.master_reference:
            yield f"b:{fact.master_reference}"
    elif isinstance(fact, CarrierReleaseReported):
        yield f"b:{fact.transport_document_reference}"
    elif isinstance(fact, DeclarationLodged):
        yield from (key for key in paper_keys(fact) if key[:2] in ("b:", "n:", "s:", "q:"))
    elif isinstance(fact, CustomsNotice):
        yield from declaration_keys(fact)


def ways_from(paper: Paper) -> Iterator[str]:
    """The keys by which the containers that a paper concerns are found.

    A bill or declaration told again may leave out a container it named before; one that lists containers says nothing
    of the bill's others.
    """
    if isinstance(paper, ManifestReported | CustomsNotice) or not paper.containers:
        yield from leads(paper)
    elif isinstance(paper, DeclarationLodged):
        yield from declaration_keys(paper)


def declaration_keys(fact: DeclarationLodged | CustomsNotice) -> Iterator[str]:
    """A declaration is known by its number, and before it has one by others."""
    numbers = (("n", fact.declaration_number), ("s", fact.seq_no), ("q", fact.cus_ciq_no))
    return (f"{prefix}:{number}" for prefix, number in numbers if number)


def applies(fact: Event, container_number: str) -> bool:
    """False when a document or notice lists containers and this is not one of them."""
    if isinstance(fact, PAPERS) and fact.containers:
        return container_number in fact.containers
    return True


def event_named(fact: Event) -> str | None:
    if isinstance(fact, EquipmentEvent):
        return fact.supersedes
    return fact.retracts if isinstance(fact, Withdrawal) else None


def _own_keys(fact: OurFact) -> Iterator[str]:
    if isinstance(fact, CertificateStepped):
        yield f"m:{fact.mailing_id}"
    elif isinstance(fact, RulesetStepped):
        yield f"l:{fact.ruleset_hash}"
        yield EVERY_RULESET
    elif fact.container_number:
        yield f"c:{fact.container_number}"


def _movement_keys(fact: EquipmentEvent, sender: str) -> Iterator[str]:
    yield f"c:{fact.container_number}"
    yield from (f"u:{alias}" for alias in vessel_aliases(fact.vessel))
    yield from leads(fact)
    if fact.supersedes:
        yield f"e:{fact.supersedes}"
    if fact.document:
        yield from _reported_in(fact.document, sender)


def _withdrawal_keys(fact: Withdrawal, sender: str) -> Iterator[str]:
    if fact.container_number:
        yield f"c:{fact.container_number}"
    if fact.retracts:
        yield f"e:{fact.retracts}"
    if fact.document:
        yield from _reported_in(fact.document, sender)


def _reported_in(document: ReportedDocument, sender: str) -> Iterator[str]:
    key = document_key(document, sender)
    yield f"d:{key}"
    if document.function is not DocumentFunction.ORIGINAL:
        yield f"r:{key}"


def paper_keys(fact: Paper) -> Iterator[str]:
    if not isinstance(fact, CustomsNotice):
        yield from (f"c:{number}" for number in fact.containers)
        if fact.transport_document_reference:
            yield f"b:{fact.transport_document_reference}"
    if isinstance(fact, ManifestReported) and fact.master_reference:
        yield f"b:{fact.master_reference}"
    if isinstance(fact, ManifestReported | DeclarationLodged):
        yield from (f"u:{alias}" for alias in vessel_aliases(fact.vessel))
    if isinstance(fact, DeclarationLodged | CustomsNotice):
        yield from declaration_keys(fact)
