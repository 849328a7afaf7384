"""Posting to a service that whoever runs the port named in the settings, and nobody else."""

from __future__ import annotations

from collections.abc import Mapping

import httpx

SECONDS = 15.0


async def post(url: str, headers: Mapping[str, str]) -> tuple[int, bytes]:
    """POST without a body; no proxy of the environment, no redirect."""
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=SECONDS) as client:
            answer = await client.post(url, headers=dict(headers))
    except httpx.TimeoutException:
        raise TimeoutError from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ConnectionError(type(error).__name__) from None
    return answer.status_code, answer.content
