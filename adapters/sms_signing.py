"""Signing a request to a short-message service by "ACS3-HMAC-SHA256", as Alibaba Cloud publishes it (signature V3)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import quote

_ALGORITHM = "ACS3-HMAC-SHA256"
_EMPTY = hashlib.sha256(b"").hexdigest()


def query_of(parameters: Mapping[str, str]) -> str:
    """The parameters as the canonical query string: sorted by name, everything but unreserved characters escaped."""
    return "&".join(f"{_escaped(name)}={_escaped(parameters[name])}" for name in sorted(parameters))


def signed_headers(
    *, host: str, action: str, version: str, query: str, date: str, nonce: str, key_id: str, key_secret: str
) -> dict[str, str]:
    """The headers of a POST without a body; `date` is like 2023-10-26T10:22:32Z, and `nonce` is never used twice."""
    headers = {
        "host": host,
        "x-acs-action": action,
        "x-acs-content-sha256": _EMPTY,
        "x-acs-date": date,
        "x-acs-signature-nonce": nonce,
        "x-acs-version": version,
    }
    names = ";".join(sorted(headers))
    canonical = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    request = f"POST\n/\n{query}\n{canonical}\n{names}\n{_EMPTY}"
    to_sign = f"{_ALGORITHM}\n{hashlib.sha256(request.encode()).hexdigest()}"
    signature = hmac.digest(key_secret.encode(), to_sign.encode(), "sha256").hex()
    return headers | {"authorization": f"{_ALGORITHM} Credential={key_id},SignedHeaders={names},Signature={signature}"}


def _escaped(text: str) -> str:
    return quote(text, safe="-_.~")
