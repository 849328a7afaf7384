"""A message on its way into the log, and the receipt it is answered with.

`adapters.intake` builds a Draft (decoded, nothing judged yet); the Recorder answers a Receipt with one result per item.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from functools import lru_cache

import msgspec
from msgspec import Struct

from events.types import OutsideFact


class Note(Struct, frozen=True):
    """A warning on an item: taken, but look at it."""

    reason: str
    where: str


class Refusal(Struct, frozen=True):
    """Why an item was not taken, where, and how to mend it."""

    reason: str
    where: str
    message: str
    fix: str


class DraftItem(Struct, frozen=True):
    """One item of a message: a fact, or the reason there is none."""

    path: str
    fact: OutsideFact | None
    warnings: tuple[Note, ...] = ()
    error: Refusal | None = None


class Draft(Struct, frozen=True):
    """A decoded message.  `identity` tells a repeat from a new message of this sender and format; `reference` is the
    interchange's own control reference, which senders reuse by mistake."""

    sender: str
    role: str
    key_id: str
    format: str
    identity: str
    sha256: str
    content_type: str
    received_at: datetime
    body: bytes
    items: tuple[DraftItem, ...]
    reference: str = ""
    replay_of: str = ""


class GivenInstruction(Struct, frozen=True):
    """The instruction in an item's answer."""

    instruction_id: str
    point: str
    route: str
    place: str | None
    reason: str


class ItemResult(Struct, frozen=True):
    """What became of one item.  `outcome` is accepted, duplicate, stale or rejected; `sequence` counts the sender's
    taken items."""

    item: int
    path: str
    outcome: str
    event_id: str | None = None
    sequence: int | None = None
    visit_ids: tuple[str, ...] = ()
    instruction: GivenInstruction | None = None
    warnings: tuple[Note, ...] = ()
    error: Refusal | None = None


class Receipt(Struct, frozen=True):
    """The answer to a message; what a repeat is answered with too."""

    receipt_id: str
    sha256: str
    received_at: datetime
    is_duplicate: bool
    results: tuple[ItemResult, ...]

    @property
    def is_refused(self) -> bool:
        """Every item was rejected."""
        return all(result.outcome == "rejected" for result in self.results)


_ENCODE, _DECODE = msgspec.json.Encoder().encode, msgspec.json.Decoder(tuple[ItemResult, ...]).decode


def results_to_json(results: tuple[ItemResult, ...]) -> str:
    """The text kept with the message, from which a repeat is answered."""
    return _ENCODE(results).decode()


def results_from_json(text: str) -> tuple[ItemResult, ...]:
    """The results as first given."""
    return _DECODE(text)


def derived_id(*parts: str) -> str:
    """An id that follows from the content alone, in UUID form (version 8, RFC 9562)."""
    return _uuid(hashlib.sha256("\x1f".join(parts).encode()).hexdigest())


def opaque_id(salt: bytes, *parts: str) -> str:
    """As `derived_id`, keyed: it follows from the content, and nobody without the salt can tell of what."""
    return _uuid(hmac.digest(salt, "\x1f".join(parts).encode(), hashlib.sha256).hex())


def dated_id(at: datetime, *parts: str) -> str:
    """As `derived_id`, and beginning with when (seconds since 1970), for what tells its readers that time anyway.

    What is made together lies together in an index, which then grows at its end instead of everywhere.
    """
    # A date from outside may be any.
    return f"{int(at.timestamp()) & 0xFFFFFFFF:08x}{derived_id(*parts)[8:]}"


def gathered_id(salt: bytes, at: datetime, position: int, *parts: str) -> str:
    """As `opaque_id`, and beginning alike for all of one minute, within it for what lies near that position of the log:
    together in an index as those of `dated_id` are, but nobody without the salt can tell of when."""
    gathered = _gathered(salt, int(at.timestamp()) // 60, position // _NEAR)
    return f"{gathered}{opaque_id(salt, *parts)[len(gathered) :]}"


# About what a full batch appends.
_NEAR = 256


@lru_cache(maxsize=4)
def _gathered(salt: bytes, minute: int, place: int) -> str:
    return f"{opaque_id(salt, 'minute', str(minute))[:8]}-{opaque_id(salt, 'place', str(place))[:4]}"


_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


def _uuid(h: str) -> str:
    # By hand: several ids are made of every event, and the standard library's class costs as much as the hash.
    return f"{h[:8]}-{h[8:12]}-8{h[13:16]}-{_VARIANT[h[16]]}{h[17:20]}-{h[20:32]}"
