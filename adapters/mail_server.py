"""Where mails are handed over, as a setting names it; without what only sending them needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import unquote, urlsplit


class Security(StrEnum):
    """How the way to the mail server is kept: TLS from the beginning, STARTTLS or nothing sent, or plain."""

    TLS = "smtps"
    STARTTLS = "smtp"
    PLAIN = "smtp-plain"


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mails are handed over."""

    security: Security
    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)


_PORTS = {Security.TLS: 465, Security.STARTTLS: 587, Security.PLAIN: 25}


def parse_server(url: str) -> MailServer:
    """A server from smtp://USER:PASSWORD@HOST:587, smtps:// or smtp-plain://.  Raises ValueError, repeating nothing."""
    parts = urlsplit(url)
    if parts.scheme not in list(Security) or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError("a mail server is smtp://USER:PASSWORD@HOST:587, smtps:// with TLS at once, or smtp-plain://")
    security = Security(parts.scheme)
    if security is Security.PLAIN and parts.username:
        raise ValueError("a password is not sent in the clear: use smtp:// or smtps://")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return MailServer(security, parts.hostname, parts.port or _PORTS[security], user, password)
