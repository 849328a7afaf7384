"""The seam between the doors and the formats: what a decoder is given, what it gives back, and the rules all share."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pydantic_core import from_json

from adapters.rejection import Reason, Rejected, Warned
from events.types import OutsideFact
from port.actor import Role

_log = logging.getLogger("digital_port.adapters")
MAX_ITEMS = 10_000
# A sender's clock may be this much ahead of ours.
CLOCK_TOLERANCE = timedelta(minutes=15)
CHINA = ZoneInfo("Asia/Shanghai")

# Whose movements happen at one of their own facilities, and must say at which.
_FACILITY_KEEPERS = frozenset({Role.TERMINAL, Role.DEPOT, Role.TALLY})
_AT_PORT = _FACILITY_KEEPERS | {Role.CUSTOMS}


@dataclass(frozen=True)
class Message:
    """A body as it came in; what several ask of it is worked out once."""

    body: bytes
    content_type: str | None
    received_at: datetime

    @property
    def sha256(self) -> str:
        """The body's fingerprint, in hex."""
        found: str | None = self.__dict__.get("_sha256")
        if found is None:
            found = self.__dict__["_sha256"] = hashlib.sha256(self.body).hexdigest()
        return found

    @property
    def json(self) -> Any:  # JSON: anything may stand here
        """The body read as JSON; raises ValueError.

        NaN and infinity are let through here, so that they refuse the item they stand in and not its neighbours.
        """
        # cached_property takes a lock, which costs more than the reading.
        if "_json" not in self.__dict__:
            self.__dict__["_json"] = from_json(self.body.removeprefix(b"\xef\xbb\xbf"), cache_strings="keys")
        return self.__dict__["_json"]


@dataclass(frozen=True, slots=True)
class SenderProfile:
    """What is known of the sender before its message is read.

    `facilities` are those its key speaks for; a hub (`is_hub`) speaks for any.  `known_facilities` are all of this
    platform: an EDIFACT terminal code counts as naming a facility only if it is one of them.  `time_zone` is applied to
    times without one, with a warning unless `is_time_zone_agreed`.
    """

    party: str
    role: Role
    facilities: frozenset[str] = frozenset()
    is_hub: bool = False
    time_zone: ZoneInfo = CHINA
    is_time_zone_agreed: bool = False
    port_un_location_code: str = "CNXMN"
    known_facilities: frozenset[str] = frozenset()

    def is_at_port(self, un_location_code: str | None) -> bool:
        """Whether a movement it reports happened in this port: always for those who work here."""
        return self.role in _AT_PORT or un_location_code == self.port_un_location_code

    def is_here(self, un_location_code: str | None) -> bool:
        """The same for what tells of other ports too: a place named elsewhere is elsewhere, whoever tells of it."""
        return un_location_code == self.port_un_location_code if un_location_code else self.role in _AT_PORT

    def knows_facility(self, code: str) -> bool:
        """Whether a terminal code in its message names a facility of this platform rather than one of its own lists."""
        return code in self.facilities or code in self.known_facilities or self.is_hub


@dataclass(frozen=True, slots=True)
class Accepted:
    """One item of a message, read; `path` says which."""

    fact: OutsideFact
    path: str
    warnings: tuple[Warned, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """One item of a message that is not taken."""

    rejected: Rejected
    path: str
    warnings: tuple[Warned, ...] = ()


Item = Accepted | Refused
# Items in the order of CONTRACT; raising Rejected, however late, refuses the whole message.
Decode = Callable[[Message, SenderProfile], Iterator[Item]]


def limited(items: Iterator[Item]) -> Iterator[Item]:
    """The items as they come; raises Rejected(TOO_MANY_ITEMS) when there are more than a message may have."""
    for count, item in enumerate(items):
        if count == MAX_ITEMS:
            raise Rejected(Reason.TOO_MANY_ITEMS)
        yield item


def facility_of(named: str | None, sender: SenderProfile, *, where: str) -> str | None:
    """The facility an item is about: the one it names, else the key's single one; None for a hub that names none.

    Those who keep no facility (an agent telling of a vessel) may name any, or none.  Raises Rejected(FOREIGN_FACILITY)
    for one the key does not speak for, Rejected(FACILITY_MISSING) where none follows.
    """
    if sender.is_hub or sender.role not in _FACILITY_KEEPERS:
        return named or None
    if named in sender.facilities:
        return named
    if named:
        raise Rejected(
            Reason.FOREIGN_FACILITY, where, message=f"Your key does not speak for the facility {named[:40]}."
        )
    if len(sender.facilities) != 1:
        raise Rejected(Reason.FACILITY_MISSING, where)
    return next(iter(sender.facilities))


def refuse_future(at: datetime | None, received_at: datetime, *, where: str) -> None:
    """Raises Rejected(FUTURE_TIME) for a time more than the clocks' tolerance after `received_at`."""
    if at is not None and at > received_at + CLOCK_TOLERANCE:
        raise Rejected(
            Reason.FUTURE_TIME,
            where,
            message=f"{at.isoformat()} is after the time we received it, {received_at.isoformat(timespec='seconds')}.",
        )


def guarded(items: Iterator[Item], *, path: str, warnings: tuple[Warned, ...] = ()) -> Iterator[Item]:
    """The items of one message; what it raises refuses that message alone, and a fault of ours is told as ours.

    The broad except that ARCHITECTURE grants to one message of an interchange, a body of JSON being an interchange of
    one: whatever a decoder does wrong, the message is kept, and the others do not suffer for it.
    """
    try:
        yield from items
    except Rejected as refusal:
        yield Refused(refusal, path, warnings)
    except Exception:  # noqa: BLE001  # see above
        _log.exception("a message could not be read: %s", path or "the whole body")
        yield Refused(Rejected(Reason.INTERNAL_ERROR, path), path, warnings)
