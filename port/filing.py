"""Filing: under which short keys a fact is found, and which keys lead on to more about the same cargo."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from events.types import (
    CarrierReleaseReported,
    CustomsNotice,
    DeclarationLodged,
    DocumentFunction,
    EquipmentEvent,
    Event,
    ManifestReported,
    Recorded,
    ReportedDocument,
    VesselCallReported,
    VesselRef,
    Withdrawal,
)

Paper = ManifestReported | CarrierReleaseReported | DeclarationLodged | CustomsNotice
PAPERS = (ManifestReported, CarrierReleaseReported, DeclarationLodged, CustomsNotice)
PAPER_KINDS = frozenset(paper.kind for paper in PAPERS)
EVERY_RULESET = "l:"
"""The key under which every step of every version of the rules is filed."""


# By kind, not by class: `isinstance` asks a struct's metaclass, and every fold asks of every fact.


def keys_of(recorded: Recorded) -> Sequence[str]:
    """The keys a fact is filed under: c: container, b: bill, n: s: q: declaration numbers, v: call alias, u: use of
    one, e: event corrected, d: EDIFACT document, r: its replacement, p: postal item, m: mailing,
    l: version of the rules, and all of them."""
    fact = recorded.fact
    if fact.kind == "equipment":
        return _movement_keys(fact, recorded.sender)
    if fact.kind == "manifest" or fact.kind == "carrier_release" or fact.kind == "declaration" or fact.kind == "notice":
        return paper_keys(fact)
    if fact.kind == "withdrawal":
        return _withdrawal_keys(fact, recorded.sender)
    if fact.kind == "vessel_call":
        aliases = call_aliases(fact)
        return [*dict.fromkeys(key for alias in aliases for key in (f"v:{alias}", f"v:/{alias.split('/')[1]}"))]
    if fact.kind == "courier_scan":
        return [f"p:{fact.item_id}"]
    if fact.kind == "certificate":
        return [f"m:{fact.mailing_id}"]
    if fact.kind == "ruleset_step":
        return [f"l:{fact.ruleset_hash}", EVERY_RULESET]
    return [f"c:{fact.container_number}"] if fact.container_number else []


def call_aliases(fact: VesselCallReported) -> Sequence[str]:
    """Every "<vessel>/<voyage>" a call is known by; a part not reported is empty."""
    voyages = dict.fromkeys(v for v in (fact.import_voyage, fact.export_voyage, fact.voyage) if v)
    vessels = [name for name in (fact.vessel_imo_number, fact.call_sign) if name] or [""]
    return [f"{vessel}/{voyage}" for vessel in vessels for voyage in voyages or [""]]


def vessel_aliases(vessel: VesselRef) -> Sequence[str]:
    """Every "<vessel>/<voyage>" a use of a call names; nothing without a voyage, since then it names no call."""
    if not vessel.voyage:
        return ()
    names = [name for name in (vessel.vessel_imo_number, vessel.call_sign) if name]
    return [f"{name}/{vessel.voyage}" for name in names or [""]]


def document_key(document: ReportedDocument, sender: str) -> str:
    """A sender's EDIFACT document: references are the sender's own."""
    return f"{sender}|{document.message_type}|{document.reference}"


def containers_named(fact: Event) -> Sequence[str]:
    """The containers a fact names itself."""
    containers: Sequence[str] | None = getattr(fact, "containers", None)
    if containers is not None:
        return containers
    number: str | None = getattr(fact, "container_number", None)
    return (number,) if number else ()


def vessels_named(facts: Iterable[Recorded]) -> set[str]:
    """The call aliases that a set of facts uses."""
    return {alias for recorded in facts for alias in _uses(recorded.fact)}


def _uses(fact: Event) -> Sequence[str]:
    if fact.kind == "equipment" or fact.kind == "manifest" or fact.kind == "declaration":
        return vessel_aliases(fact.vessel)
    return call_aliases(fact) if fact.kind == "vessel_call" else ()


def leads(fact: Event) -> Sequence[str]:
    """The keys under which more about the same cargo is filed."""
    if fact.kind == "equipment" or fact.kind == "carrier_release":
        bill = fact.transport_document_reference
        return (f"b:{bill}",) if bill else ()
    if fact.kind == "declaration" or fact.kind == "notice":
        bill = fact.transport_document_reference if fact.kind == "declaration" else None
        numbers = declaration_keys(fact)
        return (f"b:{bill}", *numbers) if bill else numbers
    if fact.kind == "manifest":
        bills = (fact.transport_document_reference, fact.master_reference)
        return [f"b:{bill}" for bill in bills if bill]
    return ()


def ways_from(paper: Paper) -> Sequence[str]:
    """The keys by which the containers that a paper concerns are found.

    A bill or declaration told again may leave out a container it named before; one that lists containers says nothing
    of the bill's others.
    """
    if paper.kind == "manifest" or paper.kind == "notice" or not paper.containers:
        return leads(paper)
    return declaration_keys(paper) if paper.kind == "declaration" else ()


def declaration_keys(fact: DeclarationLodged | CustomsNotice) -> Sequence[str]:
    """A declaration is known by its number, and before it has one by others."""
    numbers = (("n:", fact.declaration_number), ("s:", fact.seq_no), ("q:", fact.cus_ciq_no))
    return [prefix + number for prefix, number in numbers if number]


def applies(fact: Event, container_number: str) -> bool:
    """False when a document or notice lists containers and this is not one of them."""
    listed: Sequence[str] = getattr(fact, "containers", ())
    return not listed or container_number in listed


def event_named(fact: Event) -> str | None:
    if fact.kind == "equipment":
        return fact.supersedes
    return fact.retracts if fact.kind == "withdrawal" else None


def _movement_keys(fact: EquipmentEvent, sender: str) -> Sequence[str]:
    keys = [f"c:{fact.container_number}", *[f"u:{alias}" for alias in vessel_aliases(fact.vessel)], *leads(fact)]
    if fact.supersedes:
        keys.append(f"e:{fact.supersedes}")
    if fact.document:
        keys += _reported_in(fact.document, sender)
    return keys


def _withdrawal_keys(fact: Withdrawal, sender: str) -> Sequence[str]:
    keys = [f"c:{fact.container_number}"] if fact.container_number else []
    if fact.retracts:
        keys.append(f"e:{fact.retracts}")
    if fact.document:
        keys += _reported_in(fact.document, sender)
    return keys


def _reported_in(document: ReportedDocument, sender: str) -> Sequence[str]:
    key = document_key(document, sender)
    return (f"d:{key}",) if document.function is DocumentFunction.ORIGINAL else (f"d:{key}", f"r:{key}")


def paper_keys(fact: Paper) -> Sequence[str]:
    if fact.kind == "notice":
        return declaration_keys(fact)
    keys = [f"c:{number}" for number in fact.containers]
    if fact.transport_document_reference:
        keys.append(f"b:{fact.transport_document_reference}")
    if fact.kind == "manifest" and fact.master_reference:
        keys.append(f"b:{fact.master_reference}")
    if fact.kind == "manifest" or fact.kind == "declaration":
        keys += [f"u:{alias}" for alias in vessel_aliases(fact.vessel)]
    if fact.kind == "declaration":
        keys += declaration_keys(fact)
    return keys
