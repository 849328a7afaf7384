"""The real server with boxes in it, for the pages that follow many: who speaks, and people who look."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser

from build_middleman import between
from build_pages import PHONE, Tab, tab
from build_port import declaration, discharged, manifest
from canned import Json
from events.identifiers import check_digit
from server import Key, Server, serve

_numbers = count(1)


def box(n: int) -> str:
    """The n-th of many right container numbers."""
    ten = f"CSQU{300000 + n:06d}"
    return ten + str(check_digit(ten))


@dataclass
class Port:
    """A running server; `forwarder` gives a key of another person each time, of the party that the bills name."""

    server: Server
    customs: Key
    terminal: Key
    front: str = ""

    @property
    def url(self) -> str:
        return self.front or self.server.base_url

    def person(self) -> Key:
        return self.server.create_key(party="FORWARDER", role="forwarder")

    def push(self, key: Key, format: str, **body: Any) -> None:
        with self.server.client(key) as client:
            answer = client.post(f"/v1/messages/{format}", json={"messageID": f"B-{next(_numbers)}", **body})
        assert answer.status_code == httpx.codes.OK, answer.text

    def announce(self, *boxes: str) -> None:
        """On a bill, declared, and by each box a declaration of its own."""
        bill = f"COSU61{next(_numbers):08d}"
        self.push(self.customs, "customs", manifests=[manifest(transportDocumentReference=bill, containers=[*boxes])])

    def discharge(self, number: str) -> None:
        self.push(self.terminal, "gate", events=[discharged(equipmentReference=number, facilityCode="XMHT")])

    def declare(self, number: str, *statuses: str) -> None:
        """A declaration of the box, and customs' notices about it."""
        told = f"3711202610{next(_numbers):08d}"
        bill = f"COSU62{next(_numbers):08d}"
        paper = declaration(declarationNumber=told, containers=[number], transportDocumentReference=bill)
        at = "2026-11-21T12:30:00Z"
        notices = [{"declarationNumber": told, "status": status, "noticeDateTime": at} for status in statuses]
        bills = [manifest(transportDocumentReference=bill, containers=[number])]
        self.push(self.customs, "customs", manifests=bills, declarations=[paper], notices=notices)

    def watch(self, key: Key, *boxes: str, label: str = "") -> None:
        with self.server.client(key) as client:
            answer = client.post("/v1/watchlist", json={"containers": [*boxes], "label": label})
        assert answer.is_success, answer.text

    def asked(self, key: Key, path: str) -> Json:
        with self.server.client(key) as client:
            answer: Json = client.get(path).json()
        return answer


@contextlib.contextmanager
def running(folder: Path, **settings: str) -> Iterator[Port]:
    """The server, with a terminal and customs known to it."""
    with serve(f"sqlite:///{folder / 'port.db'}", salt="the tests draw alike", **settings) as server:
        customs = server.create_key(party="CUSTOMS", role="customs")
        terminal = server.create_key(party="HT", role="terminal", facilities=("XMHT",))
        yield Port(server, customs, terminal)


@contextlib.contextmanager
def signed_in(chromium: Browser, port: Port, key: Key, *, size: dict[str, int] = PHONE, **looks: str) -> Iterator[Tab]:
    """A tab in which that person is logged in."""
    with port.server.client() as client:
        answer = client.post("/v1/session", json={"key": key.secret})
        assert answer.is_success, answer.text
        session = client.cookies["dp"]
    with tab(chromium, port, key=session, size=size, **looks) as opened:  # type: ignore[arg-type]  # it has a url
        yield opened


class Fronted:
    """A middleman with a loop of its own, so that a page keeps its address while servers come and go."""

    def __init__(self, target: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._between = between(target)
        self.middleman = self._run(self._between.__aenter__())
        self.url = self.middleman.url

    def cut(self) -> None:
        """Break every connection."""
        self._loop.call_soon_threadsafe(self.middleman.cut)

    def close(self) -> None:
        """Forward no more."""
        self._run(self._between.__aexit__(None, None, None))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)
