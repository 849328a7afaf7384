"""A client of the port for programs: it reads, and follows the stream."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from ssl import SSLContext
from types import TracebackType
from typing import Self
from urllib.parse import quote

import httpx

from web.client import rest
from web.client.following import Following
from web.client.lines import Transport
from web.client.reach import Reach, World
from web.client.tellings import Cursor, Phase, Wire

_PATIENCE_SECONDS = 20.0
_DEFAULT_WORLD = World()


class PortClient:
    """The port at `base_url` as the holder of `key` sees it; to be used as an async context manager.

    `ssl` is for a certificate of one's own; `trust_env` lets proxies be named in the environment.
    """

    def __init__(
        self,
        base_url: str,
        key: str,
        *,
        transport: Transport = Transport.AUTO,
        ssl: SSLContext | None = None,
        trust_env: bool = True,
        world: World = _DEFAULT_WORLD,
    ) -> None:
        url = httpx.URL(base_url.rstrip("/"))
        if url.scheme not in ("http", "https"):
            raise ValueError(f"{base_url!r} is no http(s) address")
        http = httpx.AsyncClient(
            base_url=url,
            headers={"Authorization": f"Bearer {key}"},
            timeout=_PATIENCE_SECONDS,
            limits=httpx.Limits(max_connections=None),
            verify=ssl or True,
            trust_env=trust_env,
        )
        stream_url = f"{'wss' if url.scheme == 'https' else 'ws'}{str(url).removeprefix(url.scheme)}/v1/stream"
        self._reach = Reach(http, stream_url, ssl, trust_env, transport, world)
        self._followings: list[Following] = []

    async def __aenter__(self) -> Self:
        """Close it with the block."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End what is followed, and all connections."""
        for following in self._followings:
            await following.aclose()
        await self._reach.http.aclose()

    def follow(
        self,
        *keys: str,
        since: Mapping[str, Cursor] | None = None,
        on_phase: Callable[[Phase, str], None] | None = None,
    ) -> Following:
        """Up to 128 keys on one line: of each a Snapshot, then every later version, without a hole or a repeat.

        With `since`, a key goes on after that cursor as far as the port can tell.  `on_phase` hears how the line is.
        """
        following = Following(self._reach, {key: (since or {}).get(key) for key in keys}, on_phase=on_phase)
        self._followings.append(following)
        return following

    async def container(self, number: str) -> Wire:
        """The status of a container.  Raises Refused (404 while nothing is reported to you) or NotReached."""
        return await self.get(f"/v1/containers/{quote(number, safe='')}")

    async def get(self, path: str) -> Wire:
        """Any answer of the port to GET.  Raises Refused or NotReached."""
        return await rest.ask(self._reach.http, "GET", path)
