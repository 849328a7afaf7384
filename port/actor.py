"""Who is asking: the roles a key can have, and the party, role and facilities a caller speaks for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a party does in the port; a key has exactly one."""

    TERMINAL = "terminal"
    DEPOT = "depot"
    TALLY = "tally"
    CUSTOMS = "customs"
    FORWARDER = "forwarder"
    BROKER = "broker"
    CONSIGNEE = "consignee"
    CARRIER = "carrier"
    AGENT = "agent"
    HAULIER = "haulier"
    COURIER = "courier"
    AUTHORITY = "authority"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Actor:
    """The caller behind a key or a session of that key; hashable, so it can stand in a cache and in a View.

    `is_hub` speaks for whichever facility a message names; otherwise `facilities` are all it may speak for.  `person`
    is the same for a key, its successors and what it made for itself: two people have two.
    """

    key_id: str
    party: str
    party_name: str
    role: Role
    facilities: frozenset[str]
    is_hub: bool = False
    person: str = ""

    def may_speak_for(self, facility_code: str) -> bool:
        """Whether a message from this caller may name that facility."""
        return self.is_hub or facility_code in self.facilities

    @property
    def only_facility(self) -> str | None:
        """The facility that a message naming none is about: the key's single one; None for a hub, several or none."""
        return next(iter(self.facilities)) if len(self.facilities) == 1 and not self.is_hub else None
