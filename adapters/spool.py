"""The spool: a folder where messages are laid that no provider is configured for; one file each, for people and tests.

A message laid twice, since nobody knows whether the first time was the last, is one file.
"""

from __future__ import annotations

import re
from pathlib import Path

_PLAIN = re.compile(r"[A-Za-z0-9._-]{1,100}")


def lay(folder: Path, name: str, content: bytes) -> Path:
    """Write the file whole or not at all, for its owner's eyes only; returns where.  Raises OSError."""
    if _PLAIN.fullmatch(name) is None or name.startswith("."):
        raise ValueError("a spool's file has a plain name")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    begun, there = folder / f".{name}", folder / name
    begun.touch(mode=0o600)
    begun.write_bytes(content)
    begun.replace(there)
    return there
