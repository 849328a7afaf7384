"""The reasons a docstring names, and those that bodies are refused for."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable

from adapters.rejection import Reason, Rejected
from adapters.seam import Refused, SenderProfile
from build_formats import decode, sender

Case = tuple[bytes | object, SenderProfile]
TWO = sender(facilities=frozenset({"XMEG", "XMNW"}))
NAMED = re.compile(r"\b[A-Z]+(?:_[A-Z]+)+\b|\bOVERSIZE\b|\bTRUNCATED\b")


def named(*documented: Callable[..., object]) -> set[str]:
    """The reasons that docstrings name."""
    words = {word for one in documented for word in NAMED.findall(inspect.getdoc(one) or "")}
    return words & set(Reason.__members__)


def refused(format_name: str, body: bytes | object, by: SenderProfile) -> set[str]:
    """Why the body, or items of it, are refused."""
    try:
        items = decode(format_name, body, by)
    except Rejected as rejected:
        return {rejected.reason.value}
    return {item.rejected.reason.value for item in items if isinstance(item, Refused)}
