"""Cursors: a log position sealed for one party, so that it tells nobody the port's volume and serves nobody else."""

from __future__ import annotations

import base64
import hashlib
import hmac

from port.errors import BadRequest

_NONCE, _NUMBER, _SEAL = 8, 8, 12


class CursorForeign(BadRequest):
    """The cursor was not made here for this party."""

    def __init__(self) -> None:
        super().__init__(
            "this cursor is not yours",
            where="after",
            fix="begin without one, then use `next` as it is",
            reason="BAD_CURSOR",
        )


def seal(salt: bytes, party: str, position: int) -> str:
    """The position as a text that only this party can use; equal positions give equal cursors."""
    return seal_mark(salt, party, position, b"")


def unseal(salt: bytes, party: str, cursor: str) -> int:
    """The position.  Raises CursorForeign."""
    return unseal_mark(salt, party, cursor, length=0)[0]


def seal_mark(salt: bytes, party: str, position: int, mark: bytes) -> str:
    """As `seal`, with a mark of at most 24 bytes: how far into the position one has come."""
    content = position.to_bytes(_NUMBER, "big") + mark
    nonce = _digest(salt, b"nonce", party.encode(), content)[:_NONCE]
    hidden = _xor(content, _digest(salt, b"pad", party.encode(), nonce)[: len(content)])
    mac = _digest(salt, b"seal", party.encode(), nonce + hidden)[:_SEAL]
    return base64.urlsafe_b64encode(nonce + hidden + mac).decode().rstrip("=")


def unseal_mark(salt: bytes, party: str, cursor: str, *, length: int) -> tuple[int, bytes]:
    """The position and its mark of `length` bytes.  Raises CursorForeign."""
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except ValueError:
        raise CursorForeign from None
    if len(raw) != _NONCE + _NUMBER + length + _SEAL:
        raise CursorForeign
    nonce, hidden, mac = raw[:_NONCE], raw[_NONCE:-_SEAL], raw[-_SEAL:]
    if not hmac.compare_digest(mac, _digest(salt, b"seal", party.encode(), nonce + hidden)[:_SEAL]):
        raise CursorForeign
    content = _xor(hidden, _digest(salt, b"pad", party.encode(), nonce)[: len(hidden)])
    return int.from_bytes(content[:_NUMBER], "big"), content[_NUMBER:]


def _digest(salt: bytes, purpose: bytes, party: bytes, content: bytes) -> bytes:
    return hmac.digest(salt, purpose + len(party).to_bytes(4, "big") + party + content, hashlib.sha256)


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
