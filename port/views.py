"""The queries behind the screens of a visit: which one a viewer sees, its timeline, and what a search finds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from port import access, calls, dossier, orders, register
from port.access import NO_CALL, CallFacts, View
from port.actor import Actor
from port.calls import Call
from port.dossier import Dossier
from port.errors import NothingThere
from port.register import REFERENCES, VISITS, Registered

_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Planned:
    """The decision in force of a box that has not reached its point: no part of the public record."""

    route: str
    place: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Seen:
    """A visit as one viewer sees it: the record, in which capacity, and the vessel call joined now."""

    visit_id: str
    version: int
    dossier: Dossier
    view: View
    call: CallFacts
    planned: Planned | None = None

    def epoch(self, database_id: str) -> str:
        """Names this history for this grant: the same on every node and after every restart."""
        return epoch_of(database_id, self.visit_id, self.view)


class NothingReported(NothingThere):
    """A valid number of which this viewer may know nothing; foreign and absent are told alike."""

    reason = "NOTHING_REPORTED_TO_YOU"
    fix = "ask a party on the shipment to nominate you, with the bill of lading and the container number"

    def __init__(self) -> None:
        super().__init__("nothing has been reported to you about this 尚无数据")


def epoch_of(database_id: str, visit_id: str, view: View) -> str:
    """Hash of database, visit and grant."""
    return hashlib.sha256(f"{database_id}|{visit_id}|{view.grant}".encode()).hexdigest()[:24]


def find_seen(connection: Connection, actor: Actor, number: str, visit_id: str | None = None) -> Seen | None:
    """The viewer's open visit of a container, else the latest begun, an EXPECTED one only if there is no other.

    `visit_id` asks for that visit; an alias finds the one that answers for it.
    """
    if visit_id is not None:
        wanted = register.find(connection, visit_id)
        is_its_own = wanted is not None and wanted.container_number == number and bool(wanted.record)
        return next(iter(_seen(connection, actor, [wanted])), None) if is_its_own and wanted is not None else None
    latest = _latest_seen(connection, actor, register.by_seal(connection, [number], is_sealed=False))
    if latest is not None and not latest.dossier.is_expected:
        return latest
    # What is set aside as history is earlier than all else, and never open; a box that came for years has hundreds.
    before = _latest_seen(connection, actor, register.by_seal(connection, [number], is_sealed=True))
    return max((one for one in (latest, before) if one), key=lambda one: preference(one.dossier), default=None)


def _latest_seen(connection: Connection, actor: Actor, found: Iterable[Registered]) -> Seen | None:
    """Of these visits the one the viewer is shown: a few at a time are read, the latest first."""
    rows = [row for row in found if row.alias_of is None and row.record]
    rows.sort(key=lambda row: (row.minted_position, row.visit_id))
    rows.sort(key=_lateness, reverse=True)
    for start in range(0, len(rows), _AT_ONCE):
        seen = _seen(connection, actor, rows[start : start + _AT_ONCE])
        if seen:
            return max(seen, key=lambda one: preference(one.dossier))
    return None


def get_seen(connection: Connection, actor: Actor, number: str, visit_id: str | None = None) -> Seen:
    """As `find_seen`; raises NothingReported."""
    found = find_seen(connection, actor, number, visit_id)
    if found is None:
        raise NothingReported
    return found


def get_visit(connection: Connection, actor: Actor, visit_id: str) -> Seen:
    """A visit by its id, aliases resolved.  Raises NothingReported."""
    row = register.find(connection, visit_id)
    seen = _seen(connection, actor, [row] if row is not None and row.record else [])
    if not seen:
        raise NothingReported
    return seen[0]


def find_by_reference(connection: Connection, actor: Actor, reference: str, limit: int = 50) -> list[Seen]:
    """The visits of a bill, declaration or vessel alias that the viewer may see, latest first."""
    visible = access.visible(actor).subquery()
    query = (
        select(*(VISITS.c[name] for name in Registered.__struct_fields__))
        .join(REFERENCES, REFERENCES.c.visit_id == VISITS.c.visit_id)
        .join(visible, visible.c.visit_id == VISITS.c.visit_id)
        .where(REFERENCES.c.reference == reference)
        .order_by(VISITS.c.minted_position.desc())
        .limit(limit)
    )
    seen = _seen(connection, actor, [Registered(**row) for row in connection.execute(query).mappings()])
    return [one for one in seen if access.may_find_by(one.view, one.dossier, reference)]


def call_facts(connection: Connection, dossiers: Sequence[Dossier]) -> list[CallFacts]:
    """The vessel call of each dossier as it stands now, joined by alias in one query."""
    named = [dossier_aliases(one) for one in dossiers]
    found = calls.find_by_aliases(connection, {alias for aliases in named for alias in aliases})
    facts = {call.call_id: _facts_of(call) for call in found.values()}
    of_each = (next((found[alias] for alias in aliases if alias in found), None) for aliases in named)
    return [facts[call.call_id] if call is not None else NO_CALL for call in of_each]


def _facts_of(call: Call) -> CallFacts:
    record = call.read()
    return CallFacts(call.call_id, record.ata, record.atb, record.atd, record.facilities, frozenset(record.senders))


def dossier_aliases(one: Dossier) -> tuple[str, ...]:
    """The aliases of the call a visit joins."""
    return one.joined_call.aliases if one.joined_call else ()


def _seen(connection: Connection, actor: Actor, rows: Iterable[Registered]) -> list[Seen]:
    kept = list(rows)
    dossiers = [dossier.from_json(row.record) for row in kept]
    joined = call_facts(connection, dossiers) if dossiers else []
    seen = []
    for row, one, call in zip(kept, dossiers, joined, strict=True):
        view = access.view(actor, one, call)
        if view is not None:
            seen.append(Seen(row.visit_id, row.version, one, view, call, _planned(connection, one, view)))
    return seen


def _planned(connection: Connection, one: Dossier, view: View) -> Planned | None:
    if one.is_past_point or view.capacity not in ("customs", "terminal"):
        return None
    made = [d for d in orders.decisions_of(connection, [one.visit_id]) if d.is_current]
    return Planned(made[-1].route, made[-1].place, made[-1].reason) if made else None


def _lateness(row: Registered) -> tuple[bool, float]:
    return (not row.is_expected, row.begun_at.timestamp() if row.begun_at else 0.0)


def preference(one: Dossier) -> tuple[bool, bool, float]:
    """Open before ended before expected; of several the latest begun.  One left without a report is ended."""
    is_open = one.begun_at is not None and one.ended_at is None and one.movement != "EXIT_NOT_REPORTED"
    begun = one.begun_at.timestamp() if one.begun_at else 0.0
    return (is_open, not one.is_expected, begun)
