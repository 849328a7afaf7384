"""A client of an app in this very process: every layer but the socket."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import httpx
from fastapi import FastAPI


@dataclass(slots=True)
class Client:
    """Sends one request after another, keeping cookies as a browser would; the app's lifespan is not run."""

    app: FastAPI
    base_url: str = "http://port.example"
    cookies: httpx.Cookies = field(default_factory=httpx.Cookies)

    def get(self, path: str, **given: Any) -> httpx.Response:
        return self.request("GET", path, **given)

    def post(self, path: str, **given: Any) -> httpx.Response:
        return self.request("POST", path, **given)

    def delete(self, path: str, **given: Any) -> httpx.Response:
        return self.request("DELETE", path, **given)

    def request(self, method: str, path: str, **given: Any) -> httpx.Response:
        return asyncio.run(self._request(method, path, given))

    async def _request(self, method: str, path: str, given: dict[str, Any]) -> httpx.Response:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=self.base_url, cookies=self.cookies) as client:
            answer = await client.request(method, path, **given)
            self.cookies = client.cookies
            return answer
