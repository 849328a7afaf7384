"""The book of one batch: decisions, the bay slots they hold, instructions and alerts, as our own facts make them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import orjson
from msgspec.structs import replace
from sqlalchemy import Connection

from events.types import InstructionChanged, Recorded
from port import mirror, orders
from port.diversion import capacity
from port.diversion.capacity import Reservation, SiteState
from port.ledger import Ledger
from port.orders import Alert, Decision, Instruction

Announce = Callable[..., None]
_HELD = "held"
OFFICERS = "officers"


class Book:
    """What stands of decisions and instructions.  `announce` gives a feed key its next version."""

    def __init__(self, connection: Connection, announce: Announce) -> None:
        self._connection = connection
        self._announce = announce
        self._are_slots_loaded = False
        self._taken, self._counted_at = SiteState(), -1
        self.decisions: Ledger[str, Decision] = Ledger(lambda decision: decision.visit_id)
        self.slots: Ledger[str, Reservation | None] = Ledger(lambda slot: _HELD if slot else "")
        self.instructions: Ledger[str, Instruction] = Ledger(lambda instruction: instruction.visit_id)
        self.alerts: Ledger[str, Alert] = Ledger()

    def preload(self, visit_ids: Iterable[str]) -> None:
        """Read the decisions and instructions of these visits."""
        ids = list(visit_ids)
        for decision in orders.decisions_of(self._connection, ids):
            self.decisions.seed(decision.decision_id, decision)
        for instruction in orders.instructions_of(self._connection, ids):
            self.instructions.seed(instruction.instruction_id, instruction)

    def decision_of(self, visit_id: str) -> Decision | None:
        """The decision in force."""
        found: Decision | None = None
        for decision in self.decisions.of_group(visit_id):
            if decision.is_current and (found is None or decision.position > found.position):
                found = decision
        return found

    def instructions_of(self, visit_id: str) -> list[Instruction]:
        """Every instruction ever given for a visit, oldest first."""
        given = self.instructions.of_group(visit_id)
        return sorted(given, key=_position) if len(given) > 1 else given

    def instruction_of(self, visit_id: str) -> Instruction | None:
        """The instruction in force: open, or executed and not superseded."""
        for one in reversed(self.instructions_of(visit_id)):
            if one.is_open or (one.state == "EXECUTED" and not one.superseded_by):
                return one
        return None

    def sites(self, *, without: str) -> SiteState:
        """The bay slots held, leaving out the visit's own."""
        if not self._are_slots_loaded:
            self._are_slots_loaded = True
            for held in orders.holding_slots(self._connection):
                known = self.decisions.get(held.decision_id)
                self.slots.seed(held.decision_id, _slot(known) if known else held.reservation)
        if self._counted_at != self.slots.revision:
            self._counted_at = self.slots.revision
            self._taken = capacity.taken(slot for slot in self.slots.of_group(_HELD) if slot is not None)
        own = (self.slots.get(decision.decision_id) for decision in self.decisions.of_group(without))
        return capacity.without(self._taken, [slot for slot in own if slot is not None])

    def hand_over(self, old: str, new: str) -> None:
        """Decisions and instructions of a merged id belong to the survivor."""
        for decision in self.decisions.of_group(old):
            self._put_decision(decision.decision_id, replace(decision, visit_id=new))
        for instruction in self.instructions.of_group(old):
            self.instructions.put(instruction.instruction_id, replace(instruction, visit_id=new))

    def end_decision(self, visit_id: str) -> None:
        """The decision in force is no longer: what it was made for was withdrawn."""
        decision = self.decision_of(visit_id)
        if decision is not None:
            self._put_decision(decision.decision_id, replace(decision, is_current=False, holds_slot=False))

    def free_slot(self, decision: Decision) -> None:
        """The decision's bay is free again."""
        self._put_decision(decision.decision_id, replace(decision, holds_slot=False))

    def mirror(self, recorded: Recorded) -> None:
        """Take one of our own facts into the book; any other fact changes nothing."""
        fact = recorded.fact
        if fact.kind == "diversion_decided":
            previous = self.decision_of(fact.visit_id)
            if previous is not None:
                self._put_decision(previous.decision_id, replace(previous, is_current=False, holds_slot=False))
            row = mirror.decision(fact, recorded.position)
            self._put_decision(row.decision_id, row)
            self._tell_officers(recorded, row.decision_id, row.container_number)
        elif fact.kind == "instruction_issued":
            self._put_instruction(mirror.instruction(fact, recorded.position), recorded)
        elif fact.kind == "instruction_changed":
            row_before = self.instructions.get(fact.instruction_id)
            assert row_before is not None
            self._put_instruction(mirror.stepped(row_before, fact), recorded)
            self._free_slot_if_ended(fact, row_before.decision_id)
        elif fact.kind == "alert" and fact.alert_id not in self.alerts:
            self.alerts.put(fact.alert_id, mirror.alert(fact, recorded.position))
            self._tell_officers(recorded, fact.alert_id, fact.container_number or "")

    def _free_slot_if_ended(self, fact: InstructionChanged, decision_id: str) -> None:
        """The bay of the decision that instructed; one that supersedes it has a bay of its own and keeps it."""
        decision = self.decisions.get(decision_id)
        if fact.step in ("CANCELLED", "EXPIRED") and decision is not None and decision.holds_slot:
            self.free_slot(decision)

    def _tell_officers(self, recorded: Recorded, named: str, container_number: str) -> None:
        told = {"kind": recorded.fact.kind, "id": named, "equipmentReference": container_number}
        record = orjson.dumps(told).decode()
        self._announce(
            OFFICERS, event_id=recorded.event_id, type=recorded.fact.kind, record=record, subject=container_number
        )

    def _put_decision(self, decision_id: str, decision: Decision) -> None:
        self.decisions.put(decision_id, decision)
        slot = _slot(decision)
        if slot is not None or self.slots.get(decision_id) is not None:
            self.slots.put(decision_id, slot)

    def _put_instruction(self, row: Instruction, recorded: Recorded) -> None:
        self.instructions.put(row.instruction_id, row)
        if row.facility_code:
            self._announce(
                f"instructions:{row.facility_code}",
                event_id=recorded.event_id,
                type=recorded.fact.kind,
                record=row.instruction_id,
                subject=row.container_number,
            )


def _position(instruction: Instruction) -> int:
    return instruction.position


def _slot(decision: Decision) -> Reservation | None:
    if not decision.holds_slot or decision.reserves is None:
        return None
    return Reservation(decision.visit_id, decision.reserves, decision.has_plug)
