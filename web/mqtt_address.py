"""Where the broker is and whose cameras speak there, out of the two settings that say so."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

EVERY_FACILITY = "*"
_PORTS = {"mqtt": 1883, "mqtts": 8883}
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Broker:
    """A broker's address, and who we are to it."""

    host: str
    port: int
    is_tls: bool
    username: str | None = None
    password: str | None = field(default=None, repr=False)


def parse_broker(url: str) -> Broker:
    """`mqtt://` or `mqtts://` with `USER:PASSWORD@` where it wants them.  Raises ValueError, without a secret."""
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        raise ValueError("the port of the broker is no number") from None
    if parts.scheme not in _PORTS or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError("a broker's address, such as mqtts://user:password@broker.example:8883")
    return Broker(
        host=parts.hostname,
        port=port or _PORTS[parts.scheme],
        is_tls=parts.scheme == "mqtts",
        username=None if parts.username is None else unquote(parts.username),
        password=None if parts.password is None else unquote(parts.password),
    )


def parse_senders(told: str) -> Mapping[str, str]:
    """Facility to sender from `XMHT=XMHT,XMSC=HUB`; the facility `*` is every other.  Raises ValueError."""
    pairs = [pair.strip().partition("=") for pair in told.split(",") if pair.strip()]
    senders = {facility.strip(): sender.strip() for facility, _, sender in pairs}
    named = [*senders.values(), *(facility for facility in senders if facility != EVERY_FACILITY)]
    if len(senders) != len(pairs) or not all(_CODE.fullmatch(name) for name in named):
        raise ValueError("facility=sender, each facility once, with commas between: XMHT=XMHT,XMSC=HUB or *=HUB")
    return senders
