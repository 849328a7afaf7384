"""Web Push (RFC 8030): a parcel made into the request that a push service takes, and what its answer means."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from adapters.outbound import Outcome, Parcel, Verdict
from adapters.push_sealing import Browser, seal, signature
from port.tokens import Draw

KEPT_FOR = timedelta(hours=24)
URGENT_KEPT_FOR = timedelta(hours=4)
"""How long the service keeps it for a phone that is off; by then what is urgent is too late."""
_TOPIC_CHARACTERS = 32
_OK, _REDIRECTED, _TOO_LARGE = 200, 300, 413
# The browser took its leave, or never was there.
_GONE = frozenset({404, 410})
# Ours to mend, not to be said again: a request, key or signature that the service will not have.
_BAD = frozenset({400, 401, 403})


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends: the drawn key, whom to write to about it, and where chance comes from."""

    key: bytes
    subject: str
    draw: Draw

    def request(self, parcel: Parcel, now: datetime) -> tuple[bytes, dict[str, str]]:
        """Body and headers of a parcel whose secrets are the browser's two keys, and whose title is its tag, after "!"
        where it is urgent."""
        p256dh, auth = (secret.decode() for secret in parcel.secrets)
        browser = Browser(parcel.address, p256dh, auth)
        is_urgent = parcel.title.startswith("!")
        kept = URGENT_KEPT_FOR if is_urgent else KEPT_FOR
        headers = {
            "content-type": "application/octet-stream",
            "content-encoding": "aes128gcm",
            "ttl": str(int(kept.total_seconds())),
            "urgency": "high" if is_urgent else "normal",
            "topic": topic(parcel.title.removeprefix("!"), self.key),
            "authorization": signature(parcel.address, self.key, subject=self.subject, now=now),
        }
        return seal(parcel.body, browser, draw=self.draw), headers


def topic(tag: str, key: bytes) -> str:
    """What a push service knows a tag by: it keeps the latest of each topic, and learns no container number."""
    hidden = hashlib.blake2b(tag.encode(), key=key, digest_size=24).digest()
    return base64.urlsafe_b64encode(hidden).decode()[:_TOPIC_CHARACTERS]


def outcome_of(
    status: int, retry_after: str, now: datetime, *, pause: Callable[[str, datetime], timedelta | None]
) -> Outcome:
    """2xx is taken; 404 and 410 end the subscription; 413 will never be taken; anything else is tried again."""
    if _OK <= status < _REDIRECTED:
        return Outcome(Verdict.DELIVERED, status)
    if status in _GONE:
        return Outcome(Verdict.GONE, status, "GONE")
    if status == _TOO_LARGE or status in _BAD:
        return Outcome(Verdict.REFUSED, status, "REFUSED")
    return Outcome(Verdict.RETRY, status, "REFUSED", retry_after=pause(retry_after, now))
