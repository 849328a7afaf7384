"""Mail addresses as we take them: plain characters, and nothing but the address."""

from __future__ import annotations

import re

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_LONGEST_LOCAL, _LONGEST = 64, 254


def is_address(text: str) -> bool:
    """Whether every mail server takes it as one address, and no header can be ended by it."""
    local, _, domain = text.rpartition("@")
    if len(text) > _LONGEST or len(local) > _LONGEST_LOCAL:
        return False
    return _LOCAL.fullmatch(local) is not None and _DOMAIN.fullmatch(domain) is not None


def is_public(address: str) -> bool:
    """Whether an address has a domain of the internet: a name with a dot, not a machine's own name or its number."""
    above, dot, last = address.rpartition("@")[2].rpartition(".")
    return bool(above and dot) and not last.isdigit()
