"""The key pair by which push services know this port (RFC 8292): drawn at founding, its public half made of the other.

In plain Python, since the process that answers must not load a cryptography library for one number that never changes;
whatever signs or encrypts runs in a process of its own, with a real one.
"""

from __future__ import annotations

import base64

VAPID = "vapid"
"""The name of the salt that the private key is made of."""
# NIST P-256 (FIPS 186-4, D.1.2.3).
_P = 2**256 - 2**224 + 2**192 + 2**96 - 1
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_BASE = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)

_Point = tuple[int, int] | None


def private_number(drawn: bytes) -> int:
    """The private key of 32 drawn bytes: between 1 and the group's order, whatever was drawn."""
    return int.from_bytes(drawn, "big") % (_ORDER - 1) + 1


def public_key(drawn: bytes) -> str:
    """The public key of these drawn bytes as browsers want it: the uncompressed point in base64url without padding."""
    point = _times(private_number(drawn), _BASE)
    assert point is not None
    told = b"\x04" + point[0].to_bytes(32, "big") + point[1].to_bytes(32, "big")
    return base64.urlsafe_b64encode(told).decode().rstrip("=")


def is_on_curve(point: bytes) -> bool:
    """Whether these are the 65 bytes of an uncompressed point of the curve: what a browser gives as its own key."""
    if len(point) != 65 or point[0] != 4:
        return False
    x, y = int.from_bytes(point[1:33], "big"), int.from_bytes(point[33:], "big")
    b = (_BASE[1] ** 2 - _BASE[0] ** 3 + 3 * _BASE[0]) % _P
    return x < _P and y < _P and (y * y - x**3 + 3 * x - b) % _P == 0


def _times(number: int, point: _Point) -> _Point:
    total: _Point = None
    while number:
        if number & 1:
            total = _plus(total, point)
        point = _plus(point, point)
        number >>= 1
    return total


def _plus(one: _Point, other: _Point) -> _Point:
    if one is None or other is None:
        return one or other
    if one[0] == other[0] and (one[1] + other[1]) % _P == 0:
        return None
    if one == other:
        slope = (3 * one[0] ** 2 - 3) * pow(2 * one[1], -1, _P)
    else:
        slope = (other[1] - one[1]) * pow(other[0] - one[0], -1, _P)
    x = (slope * slope - one[0] - other[0]) % _P
    return x, (slope * (one[0] - x) - one[1]) % _P
