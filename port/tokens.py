"""Drawing secrets and keeping only their hashes."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable

# Random bytes, as many as asked for: `secrets.token_bytes`, or a seeded stand-in for a test.
Draw = Callable[[int], bytes]


def new_token(draw: Draw, length: int = 32) -> str:
    """`length` random bytes in lower-case letters and digits: nothing in it needs escaping anywhere."""
    return base64.b32encode(draw(length)).decode().rstrip("=").lower()


def sha256(token: str) -> str:
    """What is stored of a token.  A plain hash will do: a token is random and too long to be guessed."""
    return hashlib.sha256(token.encode()).hexdigest()
