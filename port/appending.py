"""The facts that one batch appends to the log, each numbered and filed as it comes."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from events.types import Event, Recorded
from port.evidence import Evidence


class Teller(Struct, frozen=True):
    """Who told a fact, in which role and message, heard when; nobody for our own facts, heard now."""

    sender: str = ""
    role: str = ""
    receipt_id: str = ""
    received_at: datetime | None = None


NOBODY = Teller()


class Facts:
    """Facts in the order in which they came.

    Batch and state hold it, and not each other: so what a batch made is gone with it, and does not wait for the
    collector.
    """

    def __init__(self, first: int, evidence: Evidence, *, now: datetime) -> None:
        self._first = first
        self._evidence = evidence
        self._now = now
        self.appended: list[Recorded] = []

    @property
    def next_position(self) -> int:
        """The position the next fact gets."""
        return self._first + len(self.appended) + 1

    def append(self, fact: Event, teller: Teller = NOBODY, *, event_id: str) -> Recorded:
        """One more, filed under what it concerns; not judged.  Our own facts are told by nobody and change no cut."""
        recorded = Recorded(
            position=self.next_position,
            event_id=event_id,
            sender=teller.sender,
            sender_role=teller.role,
            received_at=teller.received_at or self._now,
            receipt_id=teller.receipt_id,
            fact=fact,
        )
        self.appended.append(recorded)
        self._evidence.add(recorded)
        return recorded
