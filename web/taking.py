"""What the doors without HTTP share: whose rights a message has, and what it is answered with before a decoder sees it.

A file, or what a broker hands on, brings no key: a folder, a setting or an option names the sender, and a live key of
that sender lends its rights, asked for anew each time.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import Connection

from adapters.intake import WHOLE_BODY
from adapters.registry import FORMATS, may_send, may_send_body
from adapters.rejection import TEXTS, Reason
from port.actor import Actor
from port.draft import Draft, DraftItem, ItemResult, Receipt, Refusal
from port.errors import PortError
from port.keys import list_speakers
from web.port import Port
from web.problems import problem_of

_REMEMBERED = 10_000


def find_sender(connection: Connection, named: str, format_name: str, facility_code: str | None = None) -> Actor | None:
    """The newest live key of that party, or of that key's line, whose role may send the format.

    One that speaks for the facility, if one is given, comes first.  Where none fits it is a key that does not, to be
    refused with words; None when there is no live key.
    """
    speakers = list_speakers(connection, named)
    fitting = [actor for actor in speakers if may_send(actor.role, format_name)]
    there = [actor for actor in fitting if facility_code is not None and actor.may_speak_for(facility_code)]
    return next(iter([*there, *fitting, *speakers]), None)


class Senders:
    """Who sends, remembered for as long as nobody's rights change: a revoked key lends none from that moment."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self._found: dict[tuple[str, str, str | None], Actor | None] = {}
        self._version = -1

    async def find(self, named: str, format_name: str, facility_code: str | None = None) -> Actor | None:
        """As `find_sender`."""
        version = await self._port.doorkeeper.current_version()
        if version != self._version or len(self._found) > _REMEMBERED:
            self._found, self._version = {}, version
        asked = (named, format_name, facility_code)
        if asked not in self._found:
            found = await self._port.read(find_sender, *asked)
            if version != self._version:
                return found
            self._found[asked] = found
        return self._found[asked]


def refusal_of(actor: Actor, format_name: str, body: bytes) -> Refusal | None:
    """Why nothing of this body may come from that sender; None when it may, as far as can be told before reading it."""
    limit = FORMATS[format_name].max_body_bytes
    if len(body) > limit:
        return too_large(len(body), limit)
    if not may_send(actor.role, format_name):
        return refusal(Reason.NOT_ALLOWED, message=f"A {actor.role} may not send {format_name}.")
    if not may_send_body(actor.role, format_name, body):
        return refusal(Reason.NOT_ALLOWED, message=f"A {actor.role} may send none of these messages.")
    return None


def too_large(size: int, limit: int) -> Refusal:
    """The refusal of a body over its format's limit, both in bytes."""
    return refusal(Reason.OVERSIZE, message=f"It has {size:,} bytes; {limit:,} are the limit.")


def refusal(reason: Reason, where: str = WHOLE_BODY, *, message: str = "", fix: str = "") -> Refusal:
    """A refusal of the whole body, in the reason's usual words where no others are given."""
    usual_message, usual_fix = TEXTS[reason]
    return Refusal(reason.value, where, message or usual_message, fix or usual_fix)


def refusal_by_port(error: PortError) -> Refusal:
    """What the Recorder raised, in its own words: another body came under the same message id."""
    problem = problem_of(error, 409)
    return Refusal(problem.reason, problem.where or WHOLE_BODY, problem.detail, problem.fix)


def sha256(body: bytes) -> str:
    """A body's SHA-256 as receipts show it."""
    return hashlib.sha256(body).hexdigest()


def refused_receipt(why: Refusal, *, sha256: str = "", received_at: datetime) -> Receipt:
    """The answer to what was not even kept: one refused item, and no receipt id."""
    return Receipt("", sha256, received_at, False, (ItemResult(1, WHOLE_BODY, "rejected", error=why),))


def refused_draft(
    body: bytes, why: Refusal, *, actor: Actor, format_name: str, received_at: datetime, keep_bytes: int | None = None
) -> Draft:
    """A body kept as refused without being decoded, only its first `keep_bytes` where it is too large.

    It is known by a name of its own, so that the same body is read once the reason is gone.
    """
    hashed = sha256(body)
    return Draft(
        sender=actor.party,
        role=actor.role.value,
        key_id=actor.key_id,
        format=format_name,
        identity=f"refused:{why.reason}:{hashed}",
        sha256=hashed,
        content_type="",
        received_at=received_at,
        body=body[:keep_bytes],
        items=(DraftItem(WHOLE_BODY, None, error=why),),
    )
