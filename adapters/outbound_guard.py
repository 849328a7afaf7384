"""Where we let a stranger send us: addresses are read strictly, names resolved anew for every attempt, and only what is
public on the whole internet is connected to, at the very address that was looked at.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a name, as text; raises OSError."""

MOST_CHARACTERS = 2_000
_HTTPS = 443
_LEAST_FREE_PORT = 1024
_NAME = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?\Z")
_PATH = re.compile(r"[!-~]*\Z")
_V6_PUBLIC = ip_network("2000::/3")
# What no setting opens: hosts that tell a machine its own secrets, and what is no host at all.
_NEVER = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8", "100.64.0.0/10", "168.63.129.16/32", "169.254.0.0/16", "192.0.0.0/24", "192.0.2.0/24",
        "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "::/128", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32",
        "2002::/16", "3fff::/20", "fe80::/10", "fec0::/10", "ff00::/8", "fd00:ec2::254/128", "fd20:ce::254/128",
    )
)  # fmt: skip
_PRIVATE = tuple(
    ip_network(text) for text in ("10.0.0.0/8", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7")
)


class AddressRefused(ValueError):
    """We do not send there; the message says why, `fix` what would do."""

    def __init__(self, message: str, *, fix: str = "give the https address of a server on the internet") -> None:
        super().__init__(message)
        self.fix = fix


@dataclass(frozen=True, slots=True)
class Place:
    """An address taken apart: what is asked for is `path`, of `host`, whatever it resolves to."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def is_safe(self) -> bool:
        """Whether it is spoken to by TLS."""
        return self.scheme == "https"

    @property
    def authority(self) -> str:
        """As the Host header says it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == {"https": _HTTPS, "http": 80}[self.scheme] else f"{host}:{self.port}"

    def at(self, address: str) -> str:
        """The URL with its name replaced by an address it has."""
        shown = f"[{address}]" if ":" in address else address
        return f"{self.scheme}://{shown}:{self.port}{self.path}"


def read_address(url: str, *, allows_private: bool) -> Place:
    """The address taken apart.  Raises AddressRefused.

    `allows_private` lets plain http, names without a dot and any port through, for who tests on his own machine.
    """
    if len(url) > MOST_CHARACTERS or not _PATH.match(url) or "\\" in url:
        raise AddressRefused(
            "the address has characters an address may not have, or too many of them",
            fix="write it in ASCII: %-escapes in the path, xn--… for a name in other letters",
        )
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise AddressRefused("this is no address") from None
    if parts.scheme not in ("https", "http") or (parts.scheme == "http" and not allows_private):
        raise AddressRefused("only https is sent to")
    # An "@" without a name before it, and a "#" without anything after it, are gone once the parts are taken.
    if "@" in parts.netloc or "#" in url:
        raise AddressRefused("an address with a login or a fragment is not taken", fix="leave it out")
    port = port if port is not None else {"https": _HTTPS, "http": 80}[parts.scheme]
    if not allows_private and port != _HTTPS and port < _LEAST_FREE_PORT:
        raise AddressRefused(f"port {port} is not sent to", fix=f"use {_HTTPS}, or {_LEAST_FREE_PORT} and above")
    _check_host(host, allows_private=allows_private)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Place(parts.scheme, host, port, path)


def _check_host(host: str, *, allows_private: bool) -> None:
    literal = _literal(host)
    if literal is not None:
        check_addresses([host], allows_private=allows_private)
        return
    if not _NAME.match(host):
        raise AddressRefused("this is no name of a host")
    if not allows_private and ("." not in host or host.endswith((".localhost", ".local", ".internal"))):
        raise AddressRefused("this name is not one of the internet")


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(host)
    except ValueError:
        return None
    return None if "%" in host else found


def check_addresses(addresses: Sequence[str], *, allows_private: bool, is_safe: bool = True) -> None:
    """Nothing, when all of these may be connected to: one that may not be spoils them all.  Raises AddressRefused.

    Without TLS (`is_safe`) only to private ones.
    """
    if not addresses:
        raise AddressRefused("the name has no address")
    for text in addresses:
        found = _literal(text)
        if found is None or not _may_be_connected(found, allows_private=allows_private, is_safe=is_safe):
            raise AddressRefused("the name leads to an address that is not public")


def _may_be_connected(found: IPv4Address | IPv6Address, *, allows_private: bool, is_safe: bool) -> bool:
    if _is_in(found, _NEVER):
        return False
    if _is_in(found, _PRIVATE):
        return allows_private
    is_public = found in _V6_PUBLIC if isinstance(found, IPv6Address) else True
    return is_public and is_safe


def _is_in(found: IPv4Address | IPv6Address, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    return any(found in network for network in networks)
