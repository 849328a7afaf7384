"""Joining documents to visits: grouped by call, else bill; joined by that call, else that bill, else their own date.

When a document was received decides nothing here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from events.types import Direction, MovementType, VesselRef
from port.vessel import Stays
from port.visit.bills import Bill, Calls, Papers, Release
from port.visit.declarations import Declared
from port.visit.span import NO_CALL, Cut, is_named
from port.visit.status import CutRules

GroupKey = tuple[str, str, Direction]
BY_CALL, BY_BILL, BY_ITSELF = "CALL", "BILL", "ITSELF"
KINDS = (BY_CALL, BY_BILL, BY_ITSELF)


@dataclass(slots=True)
class Group:
    """Documents that go together: of one call, else of one bill, else declarations that name neither."""

    key: GroupKey
    call: VesselRef = NO_CALL
    references: set[str] = field(default_factory=set)
    known_as: set[str] = field(default_factory=set)
    date: datetime | None = None
    bills: list[Bill] = field(default_factory=list)
    declared: list[Declared] = field(default_factory=list)
    releases: list[Release] = field(default_factory=list)

    @property
    def direction(self) -> Direction:
        return self.key[2]

    def dated(self, at: datetime | None) -> None:
        if at is not None:
            self.date = at if self.date is None else min(self.date, at)


@dataclass(slots=True)
class Candidate:
    """A cut visit as documents look at it."""

    cut: Cut
    direction: MovementType | None
    calls: list[VesselRef]
    references: set[str]


@dataclass(slots=True)
class Joined:
    """The groups of each cut visit, in the visits' order, and those of each expected one."""

    of_visits: list[list[Group]]
    expected: list[list[Group]]


def candidate(visit: Cut, direction: MovementType | None) -> Candidate:
    references = {told.fact.transport_document_reference for told in visit.movements}
    return Candidate(visit, direction, visit.calls, {reference for reference in references if reference})


# Grouping


def groups(found: Papers, calls: Calls) -> list[Group]:
    """The container's documents in their groups, in a fixed order."""
    made: dict[GroupKey, Group] = {}
    for bill in found.bills:
        group = _group(made, bill.call_key, _root(bill.reference, found.bills), bill.direction)
        group.bills.append(bill)
        group.call = bill.call if is_named(bill.call) else group.call
        group.references.add(bill.reference)
        group.known_as |= {bill.reference, bill.master_reference or bill.reference}
        group.dated(bill.issued_at)
    for declaration in sorted(found.declared, key=lambda declaration: declaration.key):
        _group_declaration(made, declaration, found, calls)
    for release in sorted(found.releases, key=lambda release: release[0].event_id):
        _group_release(made, release, found)
    return sorted(made.values(), key=lambda group: (KINDS.index(group.key[0]), *group.key[1:]))


def _group(made: dict[GroupKey, Group], call: str | None, reference: str | None, direction: Direction) -> Group:
    if call is not None:
        key: GroupKey = (BY_CALL, call, direction)
    else:
        key = (BY_BILL, reference, direction) if reference else (BY_ITSELF, "", direction)
    return made.setdefault(key, Group(key))


def _group_declaration(made: dict[GroupKey, Group], declaration: Declared, found: Papers, calls: Calls) -> None:
    content = declaration.content
    reference = content.transport_document_reference
    call = calls.key(content.vessel) or _call_of_bill(reference, content.direction, found.bills)
    group = _group(made, call, _root(reference, found.bills), content.direction)
    group.declared.append(declaration)
    group.call = group.call if is_named(group.call) else content.vessel
    if reference:
        group.references.add(reference)
        group.known_as.add(reference)
    group.dated(content.declared_at)


def _group_release(made: dict[GroupKey, Group], release: Release, found: Papers) -> None:
    """A delivery order says no direction: its bill's, inbound first, else its declaration's, else inbound."""
    fact = release[1]
    reference = fact.transport_document_reference
    bills = _about(reference, Direction.IMPORT, found.bills)
    directions = [bill.direction for bill in bills] or sorted(
        declaration.content.direction
        for declaration in found.declared
        if declaration.content.transport_document_reference == reference
    )
    direction = directions[0] if directions and Direction.IMPORT not in directions else Direction.IMPORT
    group = _group(made, _one_call(bills), _root(reference, found.bills), direction)
    group.releases.append(release)
    group.references.add(reference)
    group.known_as.add(reference)
    group.dated(fact.released_at)


def _about(reference: str | None, direction: Direction, bills: list[Bill]) -> list[Bill]:
    """The bills of that reference, else the houses under it; only those of the direction when there are such."""
    named = [bill for bill in bills if bill.reference == reference]
    named = named or [bill for bill in bills if reference and bill.master_reference == reference]
    return [bill for bill in named if bill.direction is direction] or named


def _call_of_bill(reference: str | None, direction: Direction, bills: list[Bill]) -> str | None:
    return _one_call(_about(reference, direction, bills))


def _one_call(bills: list[Bill]) -> str | None:
    calls = {bill.call_key for bill in bills if bill.call_key is not None}
    return next(iter(calls)) if len(calls) == 1 else None


def _root(reference: str | None, bills: list[Bill]) -> str | None:
    """The topmost master: house and master without a call are one group."""
    masters = {bill.reference: bill.master_reference for bill in bills if bill.master_reference}
    if reference not in masters:
        return reference
    seen: set[str] = set()
    while reference in masters and reference not in seen:
        seen.add(reference)
        reference = masters[reference]
    return min(seen | {reference}) if reference in seen else reference


# Joining


def join(all_groups: list[Group], candidates: list[Candidate], *, stays: Stays, rules: CutRules) -> Joined:
    """Which visit each group is on; what none takes is expected, one expected visit to a call or bill."""
    joined = Joined([[] for _ in candidates], [])
    waiting: list[Group] = []
    for group in all_groups:
        named = _first_or_last(group, _naming(group, candidates, stays, rules))
        if named is None:
            waiting.append(group)
        else:
            joined.of_visits[named].append(group)
    waiting = [group for group in waiting if not _joins_its_bill(group, joined)]
    claimed = {index for index, on in enumerate(joined.of_visits) if on}
    for group in waiting:
        companion = _companion(group, joined.expected)
        dated = _by_date(group, candidates, claimed, rules)
        if companion is not None and (group.key[0] == BY_BILL or dated is None):
            companion.append(group)
        elif dated is not None:
            joined.of_visits[dated].append(group)
        else:
            joined.expected.append([group])
    return joined


def _naming(group: Group, candidates: list[Candidate], stays: Stays, rules: CutRules) -> list[int]:
    """The visits that name the group's call; failing such, its vessel without a voyage; failing those, its bill."""
    if group.key[0] == BY_CALL:
        for names in (stays.same, lambda one, two: stays.share_vessel(one, two) and stays.agree(one, two)):
            found = [
                place
                for place, visit in enumerate(candidates)
                if _is_of_its_time(group, visit, rules) and any(names(call, group.call) for call in visit.calls)
            ]
            if found:
                return found
    return [place for place, visit in enumerate(candidates) if visit.references & group.known_as]


def _is_of_its_time(group: Group, visit: Candidate, rules: CutRules) -> bool:
    return group.date is None or abs(visit.cut.begun_at - group.date) <= rules.voyage_recurs


def _first_or_last(group: Group, found: list[int]) -> int | None:
    if not found:
        return None
    return found[0] if group.direction is Direction.IMPORT else found[-1]


def _joins_its_bill(group: Group, joined: Joined) -> bool:
    """A group without a call goes where another group has its bill (rolled cargo: one bill on two calls)."""
    if group.key[0] != BY_BILL:
        return False
    held = [i for i, on in enumerate(joined.of_visits) if any(other.references & group.references for other in on)]
    index = _first_or_last(group, held)
    if index is None:
        return False
    joined.of_visits[index].append(group)
    return True


def _by_date(group: Group, candidates: list[Candidate], claimed: set[int], rules: CutRules) -> int | None:
    """The first visit of its direction that ends after its date, begins near it, and that no other document names."""
    if group.date is None:
        return None
    for index, visit in enumerate(candidates):
        # A declaration with neither call nor bill contradicts no document: it may be the one the others lack.
        is_free = index not in claimed or group.key[0] == BY_ITSELF
        if is_free and _suits(group, visit) and _is_near(group.date, visit.cut, rules):
            return index
    return None


def _suits(group: Group, visit: Candidate) -> bool:
    names_another_call = group.key[0] == BY_CALL and bool(visit.calls)
    is_its_way = visit.direction is None or visit.direction == group.direction.value
    return is_its_way and not names_another_call


def _is_near(date: datetime, visit: Cut, rules: CutRules) -> bool:
    ended = visit.ended_at
    return (ended is None or ended > date) and abs(visit.begun_at - date) <= rules.document_within


def _companion(group: Group, expected: list[list[Group]]) -> list[Group] | None:
    """The expected visit with the same bill or, for what names neither call nor bill, the only one of its way."""
    same_way = [on for on in expected if on[0].direction is group.direction]
    if group.key[0] == BY_BILL:
        return next((on for on in same_way if _references(on) & group.references), None)
    return same_way[0] if group.key[0] == BY_ITSELF and len(same_way) == 1 else None


def _references(on: Iterable[Group]) -> set[str]:
    return {reference for group in on for reference in group.references}
