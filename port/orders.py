"""Instructions to terminals, the decisions behind them, the bay slots they hold and the alerts officers see: the
tables.

Each row mirrors facts in the log (DiversionDecided, InstructionIssued, InstructionChanged, AlertRaised); the log is the
truth and these are how it is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Connection, Index, Table, Text, bindparam, select
from sqlmodel import Field, SQLModel

from events.columns import UtcDateTime, WideInteger
from port.upserting import upsert

_CHUNK = 500


class DecisionRow(SQLModel, table=True):
    """A decision; `body` is the stored fact.  Of a visit's decisions one is current.  `reserves` names the site whose
    slot it holds while `holds_slot`."""

    __tablename__ = "decision"
    __table_args__ = (Index("ix_decision_visit", "visit_id"), Index("ix_decision_site", "holds_slot", "reserves"))

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
    body: str = Field(sa_column=Column(Text, nullable=False))


class InstructionRow(SQLModel, table=True):
    """What a terminal must do, and how far it is."""

    __tablename__ = "instruction"
    __table_args__ = (
        Index("ix_instruction_visit", "visit_id"),
        Index("ix_instruction_facility", "facility_code", "state"),
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


@dataclass(frozen=True, slots=True)
class Decision:
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
    body: str


@dataclass(frozen=True, slots=True)
class Instruction:
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


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert as raised."""

    alert_id: str
    position: int
    code: str
    visit_id: str | None
    container_number: str | None
    at: datetime
    detail: str


Row = Decision | Instruction | Alert


def decisions_of(connection: Connection, visit_ids: Iterable[str]) -> list[Decision]:
    """All decisions of these visits, oldest first."""
    return [Decision(**row) for row in _of_visits(connection, DECISIONS, visit_ids)]


def instructions_of(connection: Connection, visit_ids: Iterable[str]) -> list[Instruction]:
    """All instructions of these visits, oldest first."""
    return [Instruction(**row) for row in _of_visits(connection, INSTRUCTIONS, visit_ids)]


def find_instruction(connection: Connection, instruction_id: str) -> Instruction | None:
    """One instruction by its id."""
    statement = select(INSTRUCTIONS).where(INSTRUCTIONS.c.instruction_id == instruction_id)
    row = connection.execute(statement).mappings().one_or_none()
    return None if row is None else Instruction(**row)


def find_decision(connection: Connection, decision_id: str) -> Decision | None:
    """One decision by its id."""
    row = connection.execute(select(DECISIONS).where(DECISIONS.c.decision_id == decision_id)).mappings().one_or_none()
    return None if row is None else Decision(**row)


def holding_slots(connection: Connection) -> list[Decision]:
    """Every decision that holds a bay slot now."""
    statement = select(DECISIONS).where(DECISIONS.c.holds_slot.is_(True)).order_by(DECISIONS.c.position)
    return [Decision(**row) for row in connection.execute(statement).mappings()]


def save_decisions(connection: Connection, rows: Sequence[Decision]) -> None:
    """Insert or replace decisions; what was decided never changes, only whether it is current and holds a slot."""
    _upsert(connection, DECISIONS, rows, key="decision_id", changing=("is_current", "holds_slot", "visit_id"))


def save_instructions(connection: Connection, rows: Sequence[Instruction]) -> None:
    """Insert or replace instructions."""
    changing = (
        "visit_id", "state", "acknowledged_at", "executed_at", "ended_at", "why", "superseded_by", "reason",
        "decision_id",
    )  # fmt: skip
    _upsert(connection, INSTRUCTIONS, rows, key="instruction_id", changing=changing)


def save_alerts(connection: Connection, rows: Sequence[Alert]) -> None:
    """Insert alerts."""
    _upsert(connection, ALERTS, rows, key="alert_id", changing=("detail",))


def _of_visits(connection: Connection, table, visit_ids: Iterable[str]):  # type: ignore[no-untyped-def]  # see callers
    wanted = sorted(set(visit_ids))
    for start in range(0, len(wanted), _CHUNK):
        statement = (
            select(table).where(table.c.visit_id.in_(bindparam("ids", expanding=True))).order_by(table.c.position)
        )
        yield from connection.execute(statement, {"ids": wanted[start : start + _CHUNK]}).mappings()


def _upsert(connection: Connection, table: Table, rows: Sequence[Row], *, key: str, changing: tuple[str, ...]) -> None:
    values = [{name: getattr(row, name) for name in type(row).__slots__} for row in rows]
    upsert(connection, table, values, key=key, changing=changing)
