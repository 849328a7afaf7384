"""Instructions to terminals, the decisions behind them, the bay slots they hold and the alerts officers see: the
tables.

Each row mirrors facts in the log (DiversionDecided, InstructionIssued, InstructionChanged, AlertRaised); the log is the
truth and these are how it is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct
from sqlalchemy import Column, Connection, Index, select, text
from sqlmodel import Field, SQLModel

from events import log
from events.columns import UtcDateTime, WideInteger, reader
from events.statements import AMONG, Insert, Statement
from events.types import DiversionDecided
from port.diversion.capacity import Reservation

# The few of all decisions that somebody must still look at, of all instructions those still to be done.  A partial
# index serves only a question that says its condition in the same words.
WAITING = text("is_current AND (route = 'HOLD' OR is_awaiting_site)")
OPEN = text("state IN ('ISSUED', 'ACKNOWLEDGED')")
OPEN_STATES = ("ISSUED", "ACKNOWLEDGED")


class DecisionRow(SQLModel, table=True):
    """A decision; the fact is in the log at `position`.  Of a visit's decisions one is current.

    `reserves` names the site whose slot it holds while `holds_slot`.
    """

    __tablename__ = "decision"
    __table_args__ = (
        Index("ix_decision_visit", "visit_id"),
        Index("ix_decision_site", "holds_slot", "reserves"),
        Index("ix_decision_waiting", "position", sqlite_where=WAITING, postgresql_where=WAITING),
    )

    decision_id: str = Field(primary_key=True)
    position: int = Field(sa_column=Column(WideInteger, nullable=False, index=True))
    visit_id: str
    container_number: str
    decided_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    point: str | None = None
    route: str
    reason: str
    place: str | None = None
    is_current: bool = True
    is_awaiting_site: bool = False
    reserves: str | None = None
    holds_slot: bool = False
    has_plug: bool = False
    because_of: str = "[]"


class InstructionRow(SQLModel, table=True):
    """What a terminal must do, and how far it is."""

    __tablename__ = "instruction"
    __table_args__ = (
        Index("ix_instruction_visit", "visit_id"),
        Index("ix_instruction_facility", "facility_code", "position"),
        Index("ix_instruction_open", "facility_code", "position", sqlite_where=OPEN, postgresql_where=OPEN),
    )

    instruction_id: str = Field(primary_key=True)
    position: int = Field(sa_column=Column(WideInteger, nullable=False, index=True))
    decision_id: str
    visit_id: str
    container_number: str
    facility_code: str | None = None
    point: str
    point_event_id: str | None = None
    route: str
    place: str | None = None
    reason: str
    state: str
    issued_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    acknowledged_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, nullable=True))
    executed_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, nullable=True))
    ended_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, nullable=True))
    why: str | None = None
    supersedes: str | None = None
    superseded_by: str | None = None


class AlertRow(SQLModel, table=True):
    """Something an officer must look at."""

    __tablename__ = "alert"

    alert_id: str = Field(primary_key=True)
    position: int = Field(sa_column=Column(WideInteger, nullable=False, index=True))
    code: str
    visit_id: str | None = Field(default=None, index=True)
    container_number: str | None = None
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    detail: str = ""


DECISIONS = DecisionRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it at class creation
INSTRUCTIONS = InstructionRow.__table__  # type: ignore[attr-defined]  # likewise
ALERTS = AlertRow.__table__  # type: ignore[attr-defined]  # likewise


class Decision(Struct, frozen=True):
    """A decision as it stands."""

    decision_id: str
    position: int
    visit_id: str
    container_number: str
    decided_at: datetime
    point: str | None
    route: str
    reason: str
    place: str | None
    is_current: bool
    is_awaiting_site: bool
    reserves: str | None
    holds_slot: bool
    has_plug: bool
    because_of: str


class Decided(Struct, frozen=True):
    """A decision's row with the fact it mirrors."""

    row: Decision
    fact: DiversionDecided


class Instruction(Struct, frozen=True):
    """An instruction as it stands; `state` is ISSUED, ACKNOWLEDGED, EXECUTED, CANCELLED or EXPIRED."""

    instruction_id: str
    position: int
    decision_id: str
    visit_id: str
    container_number: str
    facility_code: str | None
    point: str
    point_event_id: str | None
    route: str
    place: str | None
    reason: str
    state: str
    issued_at: datetime
    acknowledged_at: datetime | None = None
    executed_at: datetime | None = None
    ended_at: datetime | None = None
    why: str | None = None
    supersedes: str | None = None
    superseded_by: str | None = None

    @property
    def is_open(self) -> bool:
        """Still to be done."""
        return self.state in ("ISSUED", "ACKNOWLEDGED")


class Alert(Struct, frozen=True):
    """An alert as raised."""

    alert_id: str
    position: int
    code: str
    visit_id: str | None
    container_number: str | None
    at: datetime
    detail: str


class HeldSlot(Struct, frozen=True):
    """The bay slot that a decision holds."""

    decision_id: str
    reservation: Reservation


_ENCODE, _DECODE = msgspec.json.Encoder().encode, msgspec.json.Decoder(Instruction).decode
_SAVE_DECISIONS = Insert(
    DECISIONS, Decision.__struct_fields__, key="decision_id", changing=("is_current", "holds_slot", "visit_id")
)
_SAVE_INSTRUCTIONS = Insert(
    INSTRUCTIONS,
    Instruction.__struct_fields__,
    key="instruction_id",
    changing=(
        "visit_id", "state", "acknowledged_at", "executed_at", "ended_at", "why", "superseded_by", "reason",
        "decision_id",
    ),
)  # fmt: skip
_SAVE_ALERTS = Insert(ALERTS, Alert.__struct_fields__, key="alert_id", changing=("detail",))
_DECISION_COLUMNS, _INSTRUCTION_COLUMNS = (
    ", ".join(Decision.__struct_fields__),
    ", ".join(Instruction.__struct_fields__),
)
_DECISION, _INSTRUCTION = reader(Decision), reader(Instruction)
_DECISIONS_OF = Statement(f"SELECT {_DECISION_COLUMNS} FROM decision WHERE visit_id {AMONG} ORDER BY position")
_ALERTS_AMONG = Statement(f"SELECT alert_id FROM alert WHERE alert_id {AMONG}")
_HOLDING_SLOTS = Statement(
    "SELECT decision_id, visit_id, reserves, has_plug FROM decision WHERE holds_slot = ? AND reserves IS NOT NULL"
)
_INSTRUCTIONS_OF = Statement(f"SELECT {_INSTRUCTION_COLUMNS} FROM instruction WHERE visit_id {AMONG} ORDER BY position")


def decisions_of(connection: Connection, visit_ids: Iterable[str]) -> list[Decision]:
    """All decisions of these visits, oldest first."""
    wanted = list(visit_ids)
    return [_DECISION(row) for row in _DECISIONS_OF.rows(connection, wanted)] if wanted else []


def instructions_of(connection: Connection, visit_ids: Iterable[str]) -> list[Instruction]:
    """All instructions of these visits, oldest first."""
    wanted = list(visit_ids)
    return [_INSTRUCTION(row) for row in _INSTRUCTIONS_OF.rows(connection, wanted)] if wanted else []


def find_instruction(connection: Connection, instruction_id: str) -> Instruction | None:
    """One instruction by its id."""
    statement = select(INSTRUCTIONS).where(INSTRUCTIONS.c.instruction_id == instruction_id)
    row = connection.execute(statement).mappings().one_or_none()
    return None if row is None else Instruction(**row)


def find_decision(connection: Connection, decision_id: str) -> Decision | None:
    """One decision by its id."""
    row = connection.execute(select(DECISIONS).where(DECISIONS.c.decision_id == decision_id)).mappings().one_or_none()
    return None if row is None else Decision(**row)


def with_facts(connection: Connection, rows: Sequence[Decision]) -> list[Decided]:
    """Each decision with what was decided and why."""
    if not rows:
        return []
    told = {recorded.position: recorded.fact for recorded in log.find_at(connection, [row.position for row in rows])}
    decided = [(row, told[row.position]) for row in rows]
    return [Decided(row, fact) for row, fact in decided if isinstance(fact, DiversionDecided)]


def instruction_to_json(row: Instruction) -> str:
    """The text kept with a version of a terminal's instructions."""
    return _ENCODE(row).decode()


def instruction_from_json(text: str) -> Instruction:
    """The instruction of a kept version."""
    return _DECODE(text)


def holding_slots(connection: Connection) -> list[HeldSlot]:
    """Every bay slot held now."""
    rows = _HOLDING_SLOTS.rows(connection, True)
    return [HeldSlot(row[0], Reservation(row[1], row[2], bool(row[3]))) for row in rows]


def save_decisions(connection: Connection, rows: Sequence[Decision]) -> None:
    """Insert or replace decisions; what was decided never changes, only whether it is current and holds a slot."""
    _SAVE_DECISIONS.write(connection, rows)


def save_instructions(connection: Connection, rows: Sequence[Instruction]) -> None:
    """Insert or replace instructions."""
    _SAVE_INSTRUCTIONS.write(connection, rows)


def count_new(connection: Connection, alerts: Sequence[Alert]) -> int:
    """How many of these alerts are not saved yet."""
    ids = sorted({alert.alert_id for alert in alerts})
    return len(ids) - len(_ALERTS_AMONG.rows(connection, ids)) if ids else 0


def save_alerts(connection: Connection, rows: Sequence[Alert]) -> None:
    """Insert alerts."""
    _SAVE_ALERTS.write(connection, rows)
