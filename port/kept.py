"""The queries behind the lists: kept messages, instructions, decisions, alerts; each narrowed to what the caller may
see."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Generic, TypeVar

from sqlalchemy import Connection, case, literal, or_, select, tuple_

from events.columns import UtcDateTime
from events.log import MESSAGES, REFUSED
from events.log_parts import BODY
from port import access, instruction_walks, orders
from port.actor import Actor
from port.draft import Receipt, results_from_json
from port.errors import NotAllowed, NothingThere
from port.instruction_walks import Facilities
from port.intake_rows import BEGUN, answers_so_far
from port.orders import (
    ALERTS,
    DECISIONS,
    INSTRUCTIONS,
    OPEN,
    OPEN_STATES,
    Alert,
    Decided,
    Decision,
    Instruction,
    find_decision,
    find_instruction,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Rows, and the cursor of the next page; None on the last."""

    rows: tuple[T, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class KeptMessage:
    """A message as kept."""

    receipt_id: str
    sender: str
    format: str
    identity: str
    sha256: str
    content_type: str
    key_id: str
    received_at: datetime
    body: bytes
    state: str
    items: int
    rejected: int
    answer: str

    @property
    def receipt(self) -> Receipt:
        """The answer it got."""
        return Receipt(self.receipt_id, self.sha256, self.received_at, False, results_from_json(self.answer))


MESSAGE = tuple(BODY if name == "body" else MESSAGES.c[name] for name in KeptMessage.__slots__)
# A list shows no bytes, and of the answer what was refused: a page of long files would be most of the memory.
_IS_TOLD = or_(MESSAGES.c.rejected > 0, MESSAGES.c.state == BEGUN)
_UNSHOWN = {
    "body": literal(b"").label("body"),
    "answer": case((_IS_TOLD, MESSAGES.c.answer), else_="[]").label("answer"),
}
_LISTED = tuple(_UNSHOWN.get(name, MESSAGES.c[name]) for name in KeptMessage.__slots__)


def list_messages(
    connection: Connection, actor: Actor, *, only_refused: bool, before: str | None, limit: int
) -> Page[KeptMessage]:
    """Kept messages, newest first: the caller's own, for customs everybody's; without their bytes, and with what was
    refused of those that have such.  `before` is the cursor of a page before."""
    order = (MESSAGES.c.received_at, MESSAGES.c.receipt_id)
    query = select(*_LISTED).order_by(*(column.desc() for column in order)).limit(limit + 1)
    if not access.may_see_officers(actor):
        query = query.where(MESSAGES.c.sender == actor.party)
    if only_refused:
        query = query.where(REFUSED)
    if before is not None:
        at = connection.scalar(select(MESSAGES.c.received_at).where(MESSAGES.c.receipt_id == before))
        query = query.where(tuple_(*order) < tuple_(literal(at, UtcDateTime), literal(before)))
    rows = _as_they_stand(connection, [KeptMessage(*row) for row in connection.execute(query)])
    return Page(tuple(rows[:limit]), rows[limit - 1].receipt_id if len(rows) > limit else None)


def get_message(connection: Connection, actor: Actor, receipt_id: str) -> KeptMessage:
    """One kept message of the caller's.  Raises NothingThere."""
    row = connection.execute(select(*MESSAGE).where(MESSAGES.c.receipt_id == receipt_id)).one_or_none()
    if row is None or not (row.sender == actor.party or access.may_see_officers(actor)):
        raise NothingThere("there is no such message of yours", fix="list your messages at GET /v1/messages")
    return _as_they_stand(connection, [KeptMessage(*row)])[0]


def _as_they_stand(connection: Connection, rows: list[KeptMessage]) -> list[KeptMessage]:
    """With the answers so far of those that are still being taken, which are not in their rows yet."""
    begun = {row.receipt_id: row.answer for row in rows if row.state == BEGUN}
    answers = answers_so_far(connection, begun) if begun else {}
    return [replace(row, answer=answers.get(row.receipt_id, row.answer)) for row in rows] if begun else rows


def list_instructions(
    connection: Connection, actor: Actor, *, state: str | None, facility: str | None, after: str | None, limit: int
) -> Page[Instruction]:
    """Instructions of the caller's facilities, oldest first; `state` "ended" has those done with, newest first.

    Raises NotAllowed for a role that works no boxes.
    """
    if not access.has_instructions(actor):
        raise NotAllowed("instructions are for terminals, depots and customs")
    is_ended, query, beyond = state == "ended", select(INSTRUCTIONS), None
    if state is not None:
        # What is open is few and has an index; all others are walked in their order until the page is full.
        query = query.where(INSTRUCTIONS.c.state.not_in(OPEN_STATES) if is_ended else INSTRUCTIONS.c.state == state)
        query = query.where(OPEN) if state in OPEN_STATES else query
    if after is not None:
        last = find_instruction(connection, after)
        if last is None:
            return Page((), None)
        beyond = last.position
    where = _where(connection, actor, facility, is_open=state in OPEN_STATES)
    rows = instruction_walks.walk(connection, query, where, beyond=beyond, is_backwards=is_ended, limit=limit + 1)
    return Page(tuple(rows[:limit]), rows[limit - 1].instruction_id if len(rows) > limit else None)


def _where(connection: Connection, actor: Actor, facility: str | None, *, is_open: bool) -> Facilities | None:
    """The facilities whose instructions are asked for and the caller's to see; None for all."""
    if access.may_see_instructions(actor, None):
        if facility is not None:
            return [facility]
        return instruction_walks.open_at(connection) if is_open else None
    own = sorted(actor.facilities)
    return own if facility is None else [code for code in own if code == facility]


def get_instruction(connection: Connection, actor: Actor, instruction_id: str) -> Instruction:
    """One instruction of the caller's facilities.  Raises NothingThere for absent and foreign alike."""
    found = find_instruction(connection, instruction_id)
    if found is None or not access.may_see_instructions(actor, found.facility_code):
        raise NothingThere("there is no such instruction for you", fix="list yours at GET /v1/instructions")
    return found


def list_decisions(connection: Connection, *, state: str | None, before: int | None, limit: int) -> Page[Decided]:
    """Decisions, newest first; `state` current, waiting (HOLD, or for a bay) or None for all."""
    query = select(DECISIONS).order_by(DECISIONS.c.position.desc()).limit(limit + 1)
    if state == "current":
        query = query.where(DECISIONS.c.is_current.is_(True))
    if state == "waiting":
        query = query.where(orders.WAITING)
    if before is not None:
        query = query.where(DECISIONS.c.position < before)
    rows = [Decision(**row) for row in connection.execute(query).mappings()]
    told = orders.with_facts(connection, rows[:limit])
    return Page(tuple(told), str(rows[limit - 1].position) if len(rows) > limit else None)


def get_decision(connection: Connection, decision_id: str) -> Decided:
    """One decision.  Raises NothingThere."""
    found = find_decision(connection, decision_id)
    if found is None:
        raise NothingThere("there is no such decision", fix="list them at GET /v1/decisions")
    return orders.with_facts(connection, [found])[0]


def list_alerts(connection: Connection, *, before: int | None, limit: int) -> Page[Alert]:
    """Alerts, newest first."""
    query = select(ALERTS).order_by(ALERTS.c.position.desc()).limit(limit + 1)
    if before is not None:
        query = query.where(ALERTS.c.position < before)
    rows = [Alert(**row) for row in connection.execute(query).mappings()]
    return Page(tuple(rows[:limit]), str(rows[limit - 1].position) if len(rows) > limit else None)
