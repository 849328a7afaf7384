"""Posting to a service that whoever runs the port named in the settings, and nobody else."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from functools import cache

import httpx

SECONDS = 15.0


@cache
def _authorities() -> ssl.SSLContext:
    # Reading them takes 20 ms of processor, as much as all else of a message.
    return httpx.create_ssl_context(trust_env=False)


async def post(url: str, headers: Mapping[str, str]) -> tuple[int, bytes]:
    """POST without a body; no proxy of the environment, no redirect."""
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=SECONDS, verify=_authorities()) as client:
            answer = await client.post(url, headers=dict(headers))
    except httpx.TimeoutException:
        raise TimeoutError from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ConnectionError(type(error).__name__) from None
    return answer.status_code, answer.content
