"""Declarations by identity, the notices that follow each, and what customs says of each for one container."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from events.types import CustomsNotice, DeclarationLodged, InspectAt, InspectionResult, NoticeStatus, Recorded
from port.visit.corrections import OLDEST
from port.visit.model import DeclarationView, FacetFact
from port.visit.status import SEVERITY, Customs

Lodging = tuple[Recorded, DeclarationLodged]
Notice = tuple[Recorded, CustomsNotice]

SAID = {
    NoticeStatus.ACCEPTED: Customs.DECLARED,
    NoticeStatus.UNDER_REVIEW: Customs.UNDER_REVIEW,
    NoticeStatus.NO_INSPECTION: Customs.NO_INSPECTION,
    NoticeStatus.SCAN_ORDERED: Customs.SCAN_ORDERED,
    NoticeStatus.INSPECTION_ORDERED: Customs.INSPECTION_ORDERED,
    NoticeStatus.INSPECTION_STARTED: Customs.INSPECTING,
    NoticeStatus.RELEASED: Customs.RELEASED,
    NoticeStatus.HELD: Customs.HELD,
    NoticeStatus.REJECTED: Customs.REJECTED,
    NoticeStatus.CANCELLED: Customs.VOID,
}
INSPECTION_NOTICES = frozenset(
    {
        NoticeStatus.SCAN_ORDERED,
        NoticeStatus.INSPECTION_ORDERED,
        NoticeStatus.INSPECTION_STARTED,
        NoticeStatus.INSPECTION_FINISHED,
    }
)
_ORDERED_BY = {
    NoticeStatus.SCAN_ORDERED: NoticeStatus.SCAN_ORDERED,
    NoticeStatus.INSPECTION_ORDERED: NoticeStatus.INSPECTION_ORDERED,
    NoticeStatus.INSPECTION_STARTED: NoticeStatus.INSPECTION_ORDERED,
}
_DECLARANTS = frozenset({"broker", "forwarder"})
ENDING = frozenset({NoticeStatus.REJECTED, NoticeStatus.CANCELLED})


@dataclass(slots=True)
class Declared:
    """One declaration: every lodging of it, the one in force first, and every notice about it."""

    key: str
    lodgings: list[Lodging]
    notices: list[Notice] = field(default_factory=list)

    @property
    def recorded(self) -> Recorded:
        return self.lodgings[0][0]

    @property
    def content(self) -> DeclarationLodged:
        return self.lodgings[0][1]

    def about(self, container_number: str) -> list[Notice]:
        """The notices that are not narrowed to other containers."""
        return [n for n in self.notices if not n[1].containers or container_number in n[1].containers]


class _Names:
    """Which declaration a number, seqNo or cusCiqNo means: early receipts know only the latter two."""

    def __init__(self, named: Iterable[DeclarationLodged | CustomsNotice]) -> None:
        self._linked: dict[str, set[str]] = defaultdict(set)
        self._numbers: dict[str, set[str]] = defaultdict(set)
        for fact in named:
            early = _early_names(fact)
            for name in early:
                self._linked[name].update(early)
                if fact.declaration_number:
                    self._numbers[name].add(fact.declaration_number)

    def key(self, fact: DeclarationLodged | CustomsNotice) -> str | None:
        """Its number; else the one number its early names lead to; else the smallest of those names."""
        if fact.declaration_number:
            return fact.declaration_number
        reached = self._reach(_early_names(fact))
        numbers = {number for name in reached for number in self._numbers.get(name, ())}
        return next(iter(numbers)) if len(numbers) == 1 else min(reached, default=None)

    def _reach(self, names: list[str]) -> set[str]:
        reached: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name not in reached:
                reached.add(name)
                waiting.extend(self._linked.get(name, ()))
        return reached


def _early_names(fact: DeclarationLodged | CustomsNotice) -> list[str]:
    return [f"{kind}{name}" for kind, name in (("SEQ", fact.seq_no), ("CIQ", fact.cus_ciq_no)) if name]


def declared(lodgings: list[Lodging], notices: list[Notice]) -> dict[str, Declared]:
    """By identity; of several lodgings the latest (declared_at, event id) is in force.  A notice without one waits.

    Who hands on customs' receipts as a declarant is heard on its own declarations only.
    """
    if not lodgings:
        return {}
    naming = [fact for recorded, fact in notices if _may_hand_on(recorded, _of_one_name(fact, lodgings))]
    names = _Names([*(fact for _, fact in lodgings), *naming])
    found: dict[str, Declared] = {}
    for lodging in sorted(lodgings, key=_lodged, reverse=True):
        if (key := names.key(lodging[1])) is not None:
            found.setdefault(key, Declared(key, [])).lodgings.append(lodging)
    for notice in notices:
        declaration = found.get(names.key(notice[1]) or "")
        if declaration is not None and _may_hand_on(notice[0], declaration.lodgings):
            declaration.notices.append(notice)
    for declaration in found.values():
        declaration.notices.sort(key=_rank)
    return found


def _of_one_name(fact: CustomsNotice, lodgings: Iterable[Lodging]) -> list[Lodging]:
    """Those that the notice itself names."""
    number, early = fact.declaration_number, _early_names(fact)
    return [
        lodging
        for lodging in lodgings
        if (number and lodging[1].declaration_number == number) or not set(early).isdisjoint(_early_names(lodging[1]))
    ]


def _may_hand_on(recorded: Recorded, lodgings: Iterable[Lodging]) -> bool:
    if recorded.sender_role not in _DECLARANTS:
        return True
    return any(fact.declarant is not None and fact.declarant.code == recorded.sender for _, fact in lodgings)


def _lodged(lodging: Lodging) -> tuple[datetime, str]:
    return lodging[1].declared_at or OLDEST, lodging[0].event_id


def _rank(notice: Notice) -> tuple[datetime, int, str]:
    said = _said(notice[1])
    return notice[1].notice_datetime, SEVERITY[said] if said else 0, notice[0].event_id


def _said(notice: CustomsNotice) -> Customs | None:
    """None for what changes no status: arrival reports and receipts that are only shown."""
    if notice.status is NoticeStatus.INSPECTION_FINISHED:
        return Customs.UNDER_REVIEW if notice.result is InspectionResult.PASS else Customs.HELD
    return SAID.get(notice.status)


def _counting(declaration: Declared, notices: list[Notice]) -> list[Notice]:
    counting = [notice for notice in notices if _said(notice[1]) is not None]
    if declaration.content.inspect_at is InspectAt.DESTINATION and any(
        notice.status is NoticeStatus.RELEASED for _, notice in counting
    ):
        counting = [notice for notice in counting if notice[1].status not in INSPECTION_NOTICES]
    return [notice for notice in counting if not _is_overtaken(declaration, notice[1])]


def _is_overtaken(declaration: Declared, notice: CustomsNotice) -> bool:
    """An end told between two lodgings ended the first: the declaration lodged again is alive."""
    again = declaration.content.declared_at
    return (
        notice.status in ENDING
        and again is not None
        and again > notice.notice_datetime
        and any(_lodged(lodging)[0] <= notice.notice_datetime for lodging in declaration.lodgings[1:])
    )


def view(declaration: Declared, container_number: str, *, until: datetime | None = None) -> DeclarationView:
    """The declaration as it bears on the container, by the notices given not later than `until`."""
    notices = declaration.about(container_number)
    if until is not None:
        notices = [notice for notice in notices if notice[1].notice_datetime <= until]
    counting = _counting(declaration, notices)
    content, recorded = declaration.content, declaration.recorded
    latest = counting[-1] if counting else None
    arrivals = [notice for notice in notices if notice[1].status is NoticeStatus.ARRIVAL_REPORTED]
    lodged = FacetFact(content.declared_at, recorded.sender, recorded.event_id)
    return DeclarationView(
        key=declaration.key,
        declaration_number=_first(declaration, "declaration_number"),
        seq_no=_first(declaration, "seq_no"),
        cus_ciq_no=_first(declaration, "cus_ciq_no"),
        direction=content.direction,
        mode=content.mode,
        inspect_at=content.inspect_at,
        declared_at=content.declared_at,
        declarant=content.declarant,
        consignee=content.consignee,
        transport_document_reference=content.transport_document_reference,
        lines=content.lines,
        event_id=recorded.event_id,
        sender=recorded.sender,
        status=(_said(latest[1]) if latest else None) or Customs.DECLARED,
        resting=_resting(latest) if latest else lodged,
        latest_notice=latest[1].status if latest else None,
        latest_notice_at=latest[1].notice_datetime if latest else None,
        site=next((notice.site for _, notice in reversed(notices) if notice.site), None),
        ordered_site=_ordered_site(latest, counting),
        arrival=_resting(arrivals[0]) if arrivals else None,
    )


def _ordered_site(latest: Notice | None, counting: list[Notice]) -> str | None:
    """Where the order in force wants the container: what an earlier order of another kind said does not count."""
    order = _ORDERED_BY.get(latest[1].status) if latest else None
    return next((notice.site for _, notice in reversed(counting) if notice.site and notice.status is order), None)


def _first(declaration: Declared, name: str) -> str | None:
    """From the lodging in force, else from whatever said it."""
    for _, fact in [*declaration.lodgings, *declaration.notices]:
        if value := getattr(fact, name):
            return str(value)
    return None


def _resting(notice: Notice) -> FacetFact:
    return FacetFact(notice[1].notice_datetime, notice[0].sender, notice[0].event_id)


def sites(declarations: Iterable[Declared], container_number: str) -> set[str]:
    """Where customs' notices about this container send it."""
    return {
        notice.site for declaration in declarations for _, notice in declaration.about(container_number) if notice.site
    }
