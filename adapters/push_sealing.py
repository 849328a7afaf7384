"""What a push service must be given: a message only the browser can open (RFC 8291), and who it is from (RFC 8292).

Over http-ece and py-vapid, without pywebpush above them, whose own way of sending knows no guard and no pinned address
(see docs/decisions).
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02, VapidException

from port.tokens import Draw
from port.vapid import private_number

RECORD_BYTES = 4096
"""The one record of RFC 8291; a service need not take more."""
MOST_BYTES = RECORD_BYTES - 103
_SALT_BYTES, _KEY_BYTES = 16, 32
_TOKEN_LIFETIME = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Browser:
    """Where a browser's push service is, and the browser's own key and secret, as it gave them (base64url)."""

    endpoint: str
    p256dh: str
    auth: str


def seal(message: bytes, browser: Browser, *, draw: Draw) -> bytes:
    """The message as the body of the request, "aes128gcm"; it has at most `MOST_BYTES`.

    Raises ValueError where the browser's keys are none.
    """
    try:
        sealed: bytes = http_ece.encrypt(
            message,
            salt=draw(_SALT_BYTES),
            private_key=_private(draw(_KEY_BYTES)),
            dh=from_base64(browser.p256dh),
            auth_secret=from_base64(browser.auth),
            rs=RECORD_BYTES,
            version="aes128gcm",
        )
    except http_ece.ECEException as error:
        raise ValueError("this cannot be sealed for the browser") from error
    return sealed


def signature(endpoint: str, drawn_key: bytes, *, subject: str, now: datetime) -> str:
    """The Authorization header: signed for this push service alone, for some hours; `subject` is whom to write to.

    Raises ValueError for an endpoint or a subject that no service would take.
    """
    parts = urlsplit(endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int((now + _TOKEN_LIFETIME).timestamp()),
        "sub": subject,
    }
    try:
        headers: dict[str, str] = Vapid02(private_key=_private(drawn_key)).sign(claims)
    except VapidException as error:
        raise ValueError("this cannot be signed for the push service") from error
    return headers["Authorization"]


def from_base64(text: str) -> bytes:
    """The bytes of base64url, with padding or without."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _private(drawn: bytes) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(private_number(drawn), ec.SECP256R1())
