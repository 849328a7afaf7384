"""The random draw for an inspection: a keyed hash, checked by anybody who has the key, foretold by nobody else."""

from __future__ import annotations

import hashlib
import hmac

_BITS = 53
"""What a float holds exactly, so that every draw is below 1 and a rate is met to the last bit."""
_SHORTEST_SALT = 16


def draw(salt: bytes, container_number: str, *, subject: str) -> float:
    """A number in [0, 1), the same for the same salt, container and subject; HMAC-SHA-256 under the secret salt.

    `subject` is the declaration's number or, where it has none yet, the id of the point event.  ValueError for a salt
    of less than 16 bytes: a guessed one tells who will be inspected.
    """
    if len(salt) < _SHORTEST_SALT:
        raise ValueError("the salt of the draws is too short")
    # The length keeps (AB, C) and (A, BC) apart.
    told = f"{len(container_number)}:{container_number}{subject}".encode()
    digest = hmac.digest(salt, told, hashlib.sha256)
    return (int.from_bytes(digest[:8], "big") >> (64 - _BITS)) / (1 << _BITS)
