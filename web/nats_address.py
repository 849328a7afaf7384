"""Where NATS is and what it is shown, out of the settings that say so."""

from __future__ import annotations

import ssl
from pathlib import Path
from urllib.parse import urlsplit

_SCHEMES = ("nats", "tls")
_WANTED = "NATS' address, such as tls://user:password@nats.example:4222; several with commas between"


def parse_servers(told: str) -> tuple[str, ...]:
    """The addresses in `nats://HOST:4222,nats://OTHER:4222`.  Raises ValueError, without a secret."""
    servers = tuple(one.strip() for one in told.split(",") if one.strip())
    for server in servers:
        parts = urlsplit(server)
        try:
            has_port = parts.port is None or parts.port > 0
        except ValueError:
            has_port = False
        if parts.scheme not in _SCHEMES or not parts.hostname or not has_port or parts.path.strip("/") or parts.query:
            raise ValueError(
                "NATS' address, such as tls://user:password@nats.example:4222; several with commas between"
            )
    if not servers:
        raise ValueError("NATS' address, such as nats://nats.example:4222")
    return servers


def tls_context(ca: Path | None, certificate: Path | None, key: Path | None) -> ssl.SSLContext | None:
    """How a `tls://` server is known and what it is shown; None for what every program trusts.  Raises OSError."""
    if ca is None and certificate is None:
        return None
    context = ssl.create_default_context(cafile=ca)
    if certificate is not None:
        context.load_cert_chain(certificate, key)
    return context
