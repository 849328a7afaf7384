"""Builders for visits: facts with defaults, recorded under readable event ids, and a fold of them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from events.types import (
    CarrierReleaseReported,
    CarrierReleaseStatus,
    Classifier,
    CustomsNotice,
    DeclarationLodged,
    Direction,
    EquipmentEvent,
    EquipmentEventType,
    Fact,
    Ladenness,
    ManifestReported,
    NoticeStatus,
    Recorded,
    VesselCallReported,
    VesselRef,
    Withdrawal,
)
from port.vessel import Stays, stays
from port.visit import CutRules, Folded, Visit, fold

BOX = "CSQU3054383"
OTHER_BOX = "MSKU1234565"
QUAY, QUAY_2, YARD, SITE = "XMHT", "XMYH", "XMDY", "XMCIQ"
RULES = CutRules(customs_facilities=frozenset({SITE}))
LADEN, EMPTY = Ladenness.LADEN, Ladenness.EMPTY
CALL = VesselRef(vessel_imo_number="9074729", voyage="031W")
NEXT_CALL = VesselRef(vessel_imo_number="9074729", voyage="033W")
OTHER_CALL = VesselRef(vessel_imo_number="9839284", voyage="077E")
UNNAMED = VesselRef()
NO_STAYS = Stays()
_START = datetime(2026, 11, 2, tzinfo=UTC)
_ids = itertools.count(1)


def at(day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    """The time on the day-th day of the story (1 is the first)."""
    return _START + timedelta(days=day - 1, hours=hour, minutes=minute, seconds=second)


def recorded(fact: Fact, *, name: str | None = None, sender: str = "HT", receipt: str | None = None) -> Recorded:
    number = next(_ids)
    return Recorded(
        position=number,
        event_id=name or f"e{number:06}",
        sender=sender,
        received_at=_START + timedelta(days=300, seconds=number),
        receipt_id=receipt or f"r{number}",
        fact=fact,  # type: ignore[arg-type]  # the union is discriminated at run time
    )


def told(type_code: str, when: datetime, facility: str | None = QUAY, **more: Any) -> Recorded:
    """An ACT movement of the box; `name`, `sender`, `receipt` go to the record, the rest to the fact."""
    about = {key: more.pop(key) for key in ("name", "sender", "receipt") if key in more}
    more.setdefault("empty_indicator", LADEN)
    fact = EquipmentEvent(
        type_code=EquipmentEventType(type_code),
        container_number=more.pop("box", BOX),
        event_datetime=when,
        facility_code=facility,
        **more,
    )
    return recorded(fact, **about)


def disc(when: datetime, facility: str | None = QUAY, **more: Any) -> Recorded:
    more.setdefault("vessel", CALL)
    return told("DISC", when, facility, **more)


def load(when: datetime, facility: str | None = QUAY, **more: Any) -> Recorded:
    more.setdefault("vessel", CALL)
    return told("LOAD", when, facility, **more)


def gtin(when: datetime, facility: str | None = QUAY, **more: Any) -> Recorded:
    return told("GTIN", when, facility, **more)


def gtot(when: datetime, facility: str | None = QUAY, **more: Any) -> Recorded:
    return told("GTOT", when, facility, **more)


def drop(when: datetime, facility: str | None = QUAY, **more: Any) -> Recorded:
    return told("DROP", when, facility, **more)


def estimated(type_code: str, when: datetime, facility: str | None = QUAY, **more: Any) -> Recorded:
    return told(type_code, when, facility, classifier=Classifier.EST, **more)


def withdrawal(target: Recorded | None = None, **more: Any) -> Recorded:
    about = {key: more.pop(key) for key in ("name", "sender", "receipt") if key in more}
    more.setdefault("container_number", BOX)
    return recorded(Withdrawal(retracts=target.event_id if target else None, **more), **about)


def manifest(bill: str = "BL1", containers: Iterable[str] = (BOX,), **more: Any) -> Recorded:
    about = {key: more.pop(key) for key in ("name", "sender", "receipt") if key in more}
    more.setdefault("vessel", CALL)
    more.setdefault("direction", Direction.IMPORT)
    about.setdefault("sender", "CARRIER")
    return recorded(ManifestReported(transport_document_reference=bill, containers=tuple(containers), **more), **about)


def declaration(number: str | None = "D1", bill: str | None = "BL1", **more: Any) -> Recorded:
    about = {key: more.pop(key) for key in ("name", "sender", "receipt") if key in more}
    more.setdefault("direction", Direction.IMPORT)
    about.setdefault("sender", "BROKER")
    return recorded(DeclarationLodged(declaration_number=number, transport_document_reference=bill, **more), **about)


def notice(status: str, when: datetime, number: str | None = "D1", **more: Any) -> Recorded:
    about = {key: more.pop(key) for key in ("name", "sender", "receipt") if key in more}
    about.setdefault("sender", "CUSTOMS")
    return recorded(
        CustomsNotice(declaration_number=number, status=NoticeStatus(status), notice_datetime=when, **more), **about
    )


def release(bill: str = "BL1", when: datetime | None = None, *, status: str = "RELEASED", **more: Any) -> Recorded:
    about = {key: more.pop(key) for key in ("name", "sender", "receipt") if key in more}
    about.setdefault("sender", "CARRIER")
    fact = CarrierReleaseReported(
        transport_document_reference=bill, status=CarrierReleaseStatus(status), released_at=when, **more
    )
    return recorded(fact, **about)


def vessel_call(**more: Any) -> Recorded:
    return recorded(VesselCallReported(**more), sender="AGENT")


def folded(*events: Recorded, box: str = BOX, rules: CutRules = RULES, known: Stays | None = None) -> Folded:
    """The fold; vessel calls among the events make the stays."""
    return fold(box, events, known or stays(events), rules)


def visits(*events: Recorded, box: str = BOX, rules: CutRules = RULES) -> tuple[Visit, ...]:
    return folded(*events, box=box, rules=rules).visits


def the_visit(*events: Recorded, box: str = BOX, rules: CutRules = RULES) -> Visit:
    [visit] = visits(*events, box=box, rules=rules)
    return visit


def cuts(*events: Recorded) -> list[list[str]]:
    """The movements' event ids, visit by visit."""
    return [[movement.event_id for movement in visit.movements] for visit in visits(*events)]


def ids(*events: Recorded) -> list[str]:
    return [event.event_id for event in events]


def references(visit: Visit) -> list[str]:
    """The visit's documents, by their references."""
    return [document.reference for document in visit.documents]
