"""Who follows the port in tests, holding what is told to be exact as it comes; and who tells the port."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import count

import httpx

from build_port import BOX, discharged, manifest, moved
from server import Server
from web.client import Cursor, Ended, Event, Following, Gap, Snapshot, Stub, Telling

KEY = f"container:{BOX}"
SECONDS = 60.0
_numbers = count(1)


class Told:
    """Everything that was handed over of some keys, held to be exact as it comes."""

    def __init__(self) -> None:
        self.cursors: dict[str, Cursor | None] = {}
        self.tellings: list[Telling] = []

    def take(self, telling: Telling) -> Telling:
        self.tellings.append(telling)
        match telling:
            case Event(key, cursor) | Stub(key, cursor):
                before = self.cursors[key]
                assert before is not None
                assert cursor == Cursor(before.epoch, before.version + 1)
                self.cursors[key] = cursor
            case Snapshot(key, cursor):
                self.cursors[key] = cursor
            case Gap():
                raise AssertionError(telling)
        return telling

    def kinds(self) -> list[str]:
        return [type(telling).__name__ for telling in self.tellings]

    async def until(self, following: Following, holds: Callable[[Telling], bool]) -> Telling:
        async with asyncio.timeout(SECONDS):
            async for telling in following:
                if holds(self.take(telling)):
                    return telling
        raise AssertionError("it ended before that")


def at_version(version: int) -> Callable[[Telling], bool]:
    return lambda telling: not isinstance(telling, Ended | Gap) and telling.cursor.version == version


class Desk:
    """Who tells the port, and how many versions that made."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.customs = server.create_key(party="CUSTOMS", role="customs")
        self.terminal = server.create_key(party="HT", role="terminal", facilities=("XMHT",))
        self.versions = 0
        with server.client(self.customs) as client:
            body = {"messageID": f"M-{next(_numbers)}", "manifests": [manifest()]}
            assert client.post("/v1/messages/customs", json=body).is_success
        self.versions += 1

    def move(self, times: int = 1) -> None:
        """So many new versions of the box."""
        with self.server.client(self.terminal) as client:
            for _ in range(times):
                n = next(_numbers)
                event = discharged() if self.versions == 1 else moved("DROP", minutes_ago=-n, position=f"A{n}")
                answer = client.post("/v1/messages/gate", json={"messageID": f"G-{n}", "events": [event]})
                assert answer.status_code == httpx.codes.OK, answer.text
                self.versions += 1
