"""Which tellings still stand: corrections, withdrawals and replaced documents, in whatever order they came.

Only the sender of a telling corrects it.  What is superseded stays so, even when its correction is taken back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain

from events.types import DocumentFunction, EquipmentEvent, Recorded, ReportedDocument, Withdrawal
from port.visit.status import Mark

OLDEST = datetime.min.replace(tzinfo=UTC)
Told = tuple[Recorded, EquipmentEvent]
TakenBack = tuple[Recorded, Withdrawal]
Strikes = dict[str, "Strike"]
DocumentKey = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Strike:
    """Why a telling no longer stands, and the event that says so."""

    mark: Mark
    by: str


def minute(at: datetime) -> int:
    """The minute since 1970: two tellings of one fact share it."""
    return int(at.timestamp() // 60)


def created(fact: EquipmentEvent | Withdrawal) -> datetime:
    """When the sender said so; saying nothing counts as the oldest."""
    return fact.event_created_datetime or OLDEST


def strikes(told: list[Told], withdrawals: list[TakenBack]) -> Strikes:
    """By event id, the tellings among `told` that no longer stand.

    `told` includes other containers' events of the same documents, and corrections that moved to another container.
    """
    struck: Strikes = {}
    if any(fact.supersedes for _, fact in told):
        _strike_superseded(told, struck)
    if withdrawals:
        _strike_retracted(told, withdrawals, struck)
    if withdrawals or any(fact.document and fact.document.function != DocumentFunction.ORIGINAL for _, fact in told):
        _strike_documents(told, withdrawals, struck)
    return struck


def _strike_superseded(told: list[Told], struck: Strikes) -> None:
    children: dict[tuple[str, str], list[Told]] = defaultdict(list)
    for recorded, fact in told:
        if fact.supersedes:
            children[recorded.sender, fact.supersedes].append((recorded, fact))
    for recorded, _ in told:
        if corrections := children.get((recorded.sender, recorded.event_id)):
            struck[recorded.event_id] = Strike(Mark.SUPERSEDED, _winner(corrections, children))
    for corrections in children.values():
        winner = _winner(corrections, children)
        losers = [correction for correction in corrections if correction[0].event_id != winner]
        for recorded, _ in chain.from_iterable(_descent(loser, children) for loser in losers):
            struck[recorded.event_id] = Strike(Mark.SUPERSEDED, winner)


def _winner(corrections: list[Told], children: dict[tuple[str, str], list[Told]]) -> str:
    """Of several corrections of one event the one created last, itself or by a later correction of it."""
    return max(corrections, key=lambda told: max(map(_rank, _descent(told, children))))[0].event_id


def _rank(told: Told) -> tuple[datetime, str]:
    return created(told[1]), told[0].event_id


def _descent(root: Told, children: dict[tuple[str, str], list[Told]]) -> Iterator[Told]:
    seen: set[str] = set()
    waiting = [root]
    while waiting:
        recorded, fact = waiting.pop()
        if recorded.event_id not in seen:
            seen.add(recorded.event_id)
            waiting.extend(children.get((recorded.sender, recorded.event_id), ()))
            yield recorded, fact


def _strike_retracted(told: list[Told], withdrawals: list[TakenBack], struck: Strikes) -> None:
    for recorded, withdrawal in sorted(withdrawals, key=lambda w: (created(w[1]), w[0].event_id)):
        if withdrawal.document is not None:
            continue
        for target, fact in told:
            if target.sender == recorded.sender and _takes_back(withdrawal, target.event_id, fact):
                _retract(struck, target.event_id, recorded.event_id)


def _retract(struck: Strikes, event_id: str, by: str) -> None:
    earlier = struck.get(event_id)
    if earlier is None or earlier.mark is Mark.RETRACTED:
        struck[event_id] = Strike(Mark.RETRACTED, by)


def _takes_back(withdrawal: Withdrawal, event_id: str, fact: EquipmentEvent) -> bool:
    if withdrawal.retracts is not None:
        return withdrawal.retracts == event_id
    return (
        withdrawal.container_number == fact.container_number
        and withdrawal.type_code == fact.type_code
        and withdrawal.event_datetime is not None
        and minute(withdrawal.event_datetime) == minute(fact.event_datetime)
        and (withdrawal.facility_code or fact.facility_code) == (fact.facility_code or withdrawal.facility_code)
        and not _is_later(fact, withdrawal)
    )


def _is_later(fact: EquipmentEvent, than: EquipmentEvent | Withdrawal) -> bool:
    """Said after it, as far as both tell when they were said."""
    return (
        fact.event_created_datetime is not None
        and than.event_created_datetime is not None
        and fact.event_created_datetime > than.event_created_datetime
    )


@dataclass(frozen=True, slots=True)
class _Item:
    """A telling or a withdrawal in an EDIFACT document."""

    recorded: Recorded
    fact: EquipmentEvent | Withdrawal
    document: ReportedDocument

    @property
    def message(self) -> tuple[str, str, datetime]:
        """Items of one message share its receipt, function and creation time."""
        return self.recorded.receipt_id, self.document.function, created(self.fact)

    @property
    def rank(self) -> tuple[datetime, str]:
        return created(self.fact), self.recorded.event_id


def _strike_documents(told: list[Told], withdrawals: list[TakenBack], struck: Strikes) -> None:
    documents: dict[DocumentKey, list[_Item]] = defaultdict(list)
    for item in _items([*told, *withdrawals]):
        documents[item.recorded.sender, item.document.message_type, item.document.reference].append(item)
    for items in documents.values():
        later = [item for item in items if item.document.function != DocumentFunction.ORIGINAL]
        if later:
            _strike_earlier(items, max(later, key=lambda item: item.rank), struck)


def _items(stored: Iterable[Told | TakenBack]) -> Iterator[_Item]:
    for recorded, fact in stored:
        if fact.document is not None:
            yield _Item(recorded, fact, fact.document)


def _strike_earlier(items: list[_Item], last: _Item, struck: Strikes) -> None:
    """The last replacement or cancellation of a document holds; all said before it in other messages falls."""
    is_cancelled = last.document.function == DocumentFunction.CANCEL
    replacing = {item.fact.container_number: item.recorded.event_id for item in items if item.message == last.message}
    for item in items:
        fact = item.fact
        if isinstance(fact, Withdrawal) or item.message == last.message or _is_later(fact, last.fact):
            continue
        by = replacing.get(fact.container_number, last.recorded.event_id)
        if is_cancelled:
            _retract(struck, item.recorded.event_id, by)
        else:
            struck.setdefault(item.recorded.event_id, Strike(Mark.SUPERSEDED, by))
