"""The stream as server-sent events, one response for each key, where no websocket can be had."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus

import httpx

from web.client.conversation import HEARTBEAT_SECONDS, Parting
from web.client.lines import LOST, SILENCE_FACTOR, Parted
from web.client.rest import Refused, refusal_of
from web.client.returning import RIGHTS_ENDED
from web.client.tellings import Wire

_OPEN_SECONDS = 10.0
_FRAMES_AHEAD = 16


class EventLine:
    """Responses being read, as if they were one line; from `open_events`."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http
        self._heard: asyncio.Queue[Wire | Parting] = asyncio.Queue(_FRAMES_AHEAD)
        self._readers: dict[str, asyncio.Task[None]] = {}

    async def say(self, frames: Sequence[Wire]) -> None:
        """Obey what would be said to the port: a key that is asked for is a response to be read."""
        for frame in frames:
            if "connect" in frame:
                await self._heard.put({"connected": {"heartbeatSeconds": HEARTBEAT_SECONDS}})
            elif "unsubscribe" in frame:
                self._leave(frame["unsubscribe"]["key"])
            elif "subscribe" in frame:
                wanted = frame["subscribe"]
                self._leave(wanted["key"])
                self._readers[wanted["key"]] = asyncio.create_task(self._read(wanted, frame["id"]))

    async def hear(self, *, patience: float) -> Wire:
        """The next frame of any response.  Raises Parted; who is silent for too long, its own reader finds."""
        heard = await self._heard.get()
        if isinstance(heard, Parting):
            raise Parted(heard.code, heard.reason)
        return heard

    async def stop(self) -> None:
        """Read no more."""
        readers = tuple(self._readers.values())
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)

    def _leave(self, key: str) -> None:
        reader = self._readers.pop(key, None)
        if reader is not None:
            reader.cancel()

    async def _read(self, wanted: Wire, id: int) -> None:
        since = wanted.get("since")
        headers = {"Accept": "text/event-stream"}
        if since is not None:
            headers["Last-Event-ID"] = f"{since['epoch']}:{since['version']}"
        timeout = httpx.Timeout(_OPEN_SECONDS, read=HEARTBEAT_SECONDS * SILENCE_FACTOR, pool=None)
        path, query = "/v1/stream/sse", {"key": wanted["key"]}
        parting = Parting(LOST, "LOST", is_final=False)
        try:
            async with self._http.stream("GET", path, params=query, headers=headers, timeout=timeout) as response:
                if response.is_success:
                    await self._hear_all(response, wanted["key"], id)
                else:
                    await response.aread()
                    parting = await self._refused(response, id) or parting
                    if response.status_code in _OF_THE_KEY:
                        return
        except httpx.TransportError as error:
            parting = Parting(LOST, type(error).__name__, is_final=False)
        except (ValueError, TypeError):
            parting = Parting(LOST, "UNREADABLE", is_final=False)
        await self._heard.put(parting)

    async def _hear_all(self, response: httpx.Response, key: str, id: int) -> None:
        is_answered = False
        async for frame in _frames(response.aiter_lines()):
            if "subscribed" in frame and not is_answered:
                is_answered = True
                frame["id"] = id
            if "heartbeat" in frame:
                # It speaks of this one key only.
                frame["heartbeat"]["about"] = [key]
            await self._heard.put(frame)

    async def _refused(self, response: httpx.Response, id: int) -> Parting | None:
        why = refusal_of(response)
        if response.status_code == HTTPStatus.UNAUTHORIZED:
            return Parting(RIGHTS_ENDED, "RIGHTS_ENDED", is_final=False)
        if isinstance(why, Refused):
            await self._heard.put({"id": id, "error": {"reason": why.reason, "message": str(why)}})
        return None


_OF_THE_KEY = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY})


async def _frames(lines: AsyncIterator[str]) -> AsyncIterator[Wire]:
    """The frames in the events' text; an event is named as the frame is, so the name says nothing new."""
    parts: list[str] = []
    async for line in lines:
        field, _, value = line.partition(":")
        if field == "data":
            parts.append(value.removeprefix(" "))
        elif not line and parts:
            yield json.loads("\n".join(parts))
            parts = []


@asynccontextmanager
async def open_events(http: httpx.AsyncClient) -> AsyncIterator[EventLine]:
    """A line of server-sent events; each key that is asked for on it opens a response."""
    line = EventLine(http)
    try:
        yield line
    finally:
        await line.stop()
