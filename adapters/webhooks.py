"""Bringing a webhook: signed as Standard Webhooks 1.0 says, and what its receiver's answer means."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from standardwebhooks.webhooks import Webhook

from adapters.outbound import Outcome, Parcel, Verdict
from adapters.outbound_http import Poster, pause

_OK, _GONE, _REDIRECTED, _FAILED = 200, 410, 300, 400
_AGENT = "digital-port-webhooks/1"


def signed(parcel: Parcel, now: datetime) -> dict[str, str]:
    """The headers by which a receiver knows who sent this, when, and whether it had it before: a signature for each
    secret, the newest first."""
    body = parcel.body.decode()
    signatures = [Webhook(secret).sign(parcel.delivery_id, now, body) for secret in parcel.secrets]
    return {
        "webhook-id": parcel.delivery_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
        "content-type": "application/json",
        "user-agent": _AGENT,
    }


def outcome_of(status: int, retry_after: str, now: datetime) -> Outcome:
    """What a status means: 2xx delivered, 410 gone, anything else is tried again."""
    if _OK <= status < _REDIRECTED:
        return Outcome(Verdict.DELIVERED, status)
    if status == _GONE:
        return Outcome(Verdict.GONE, status, "GONE")
    detail = "REDIRECTED" if _REDIRECTED <= status < _FAILED else "REFUSED"
    return Outcome(Verdict.RETRY, status, detail, retry_after=pause(retry_after, now))


def dressed(parcel: Parcel, now: datetime) -> tuple[bytes, dict[str, str]]:
    """The request of a webhook."""
    return parcel.body, signed(parcel, now)


Bringer = partial(Poster, dressed, outcome_of)
"""Brings webhooks: a Poster's `resolve`, `allows_private` and `trusted`."""
