"""Terminals that tell without pause: several connections to a real server, each with one message under way.

Plain sockets and one event loop in a thread: what is measured and broken here is the server, not a client library.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from events.identifiers import check_digit

PATIENCE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Told:
    """A message as a terminal sends it, again and again the same bytes."""

    message_id: str
    body: bytes
    format: str = "gate"

    @property
    def identity(self) -> str:
        """As the server keeps it."""
        return f"id:{self.message_id}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: read to its last byte, `seconds` after it was sent."""

    told: Told
    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float

    @property
    def is_acknowledgement(self) -> bool:
        return self.status == 200

    def json(self) -> Any:
        return json.loads(self.body)


def box(number: int, *, owner: str = "TSTU") -> str:
    """The container number with that serial number."""
    ten = f"{owner}{number:06d}"
    return f"{ten}{check_digit(ten)}"


def gate_in(number: int, *, message_id: str | None = None, minutes_ago: float = 5, **more: Any) -> Told:
    """A laden export box at the gate, of which the driver must be told where to put it."""
    event = {
        "eventType": "EQUIPMENT",
        "equipmentEventTypeCode": "GTIN",
        "eventClassifierCode": "ACT",
        "eventDateTime": (datetime.now(UTC) - timedelta(minutes=minutes_ago)).isoformat(),
        "equipmentReference": box(number),
        "emptyIndicatorCode": "LADEN",
        "movementType": "EXPORT",
        **more,
    }
    name = message_id or f"M{number:07d}"
    return Told(name, json.dumps({"messageID": name, "events": [event]}).encode())


def gate_ins(start: int = 0) -> Iterator[Told]:
    """One box after another, without end."""
    return (gate_in(number) for number in itertools.count(start))


@dataclass
class Senders:
    """`connections` that send what is in `messages`; `answers` in the order in which they came.

    A message whose answer did not come (the connection broke, or 429 or 503 was told) goes back to the others when
    `is_stubborn`, and to `unanswered` if not.
    """

    address: Callable[[], str | None]
    key: str
    messages: Iterator[Told]
    connections: int = 8
    is_stubborn: bool = False
    answers: list[Answer] = field(default_factory=list)
    unanswered: list[Told] = field(default_factory=list)
    refusals: list[Answer] = field(default_factory=list)
    _again: deque[Told] = field(default_factory=deque)
    _is_over: bool = False

    def run(self) -> None:
        """Send until there is nothing left, or `stop` is called."""
        asyncio.run(self._run())

    def stop(self) -> None:
        """Begin nothing new."""
        self._is_over = True

    @property
    def acknowledged(self) -> list[Answer]:
        """What was answered with 200 by now; an answer read later is not in it."""
        return [answer for answer in list(self.answers) if answer.is_acknowledgement]

    def wait_for(self, count: int, *, seconds: float = PATIENCE_SECONDS) -> None:
        """Until that many answers came; fails when they do not."""
        _wait_for(self.answers, count, seconds)

    def wait_for_refusals(self, count: int, *, seconds: float = PATIENCE_SECONDS) -> None:
        """Until so many were told 429 or 503; fails when they are not."""
        _wait_for(self.refusals, count, seconds)

    async def _run(self) -> None:
        await asyncio.gather(*(self._one() for _ in range(self.connections)))

    async def _one(self) -> None:
        while not self._is_over:
            address = self.address()
            if address is None:
                await asyncio.sleep(0.02)
                continue
            parts = urlsplit(address)
            try:
                reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
            except OSError:
                await asyncio.sleep(0.02)
                continue
            with contextlib.suppress(OSError, EOFError):
                if await self._converse(reader, writer):
                    return
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Send one after another; whether there is nothing left.  Raises when the connection breaks."""
        while not self._is_over:
            told = self._again.popleft() if self._again else next(self.messages, None)
            if told is None:
                writer.close()
                return True
            try:
                answer = await self._ask(told, reader, writer)
            except (OSError, EOFError):
                (self._again if self.is_stubborn else self.unanswered).append(told)
                raise
            if answer.status in (429, 503):
                self.refusals.append(answer)
                if self.is_stubborn:
                    self._again.append(told)
                await asyncio.sleep(0.05)
            else:
                self.answers.append(answer)
        writer.close()
        return True

    async def _ask(self, told: Told, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Answer:
        sent_at = time.monotonic()
        writer.write(
            f"POST /v1/messages/{told.format} HTTP/1.1\r\nHost: port.example\r\nAuthorization: Bearer {self.key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(told.body)}\r\n\r\n".encode()
            + told.body
        )
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines) if name}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        return Answer(told, int(first.split()[1]), headers, body, time.monotonic() - sent_at)


def _wait_for(coming: list[Answer], count: int, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while len(coming) < count:
        assert time.monotonic() < deadline, f"{len(coming)} answers in {seconds} s, {count} wanted"
        time.sleep(0.005)


@contextlib.contextmanager
def sending(
    address: str | Callable[[], str | None],
    *,
    key: str,
    messages: Iterable[Told],
    connections: int = 8,
    is_stubborn: bool = False,
) -> Iterator[Senders]:
    """Senders at work in a thread until the block ends."""
    where = address if callable(address) else lambda: address
    senders = Senders(where, key, iter(messages), connections, is_stubborn)
    thread = threading.Thread(target=senders.run, name="senders", daemon=True)
    thread.start()
    try:
        yield senders
    finally:
        senders.stop()
        thread.join(PATIENCE_SECONDS)


def send_all(address: str, messages: Iterable[Told], *, key: str, connections: int = 8) -> Senders:
    """Every message once; returns when each was answered or lost."""
    senders = Senders(lambda: address, key, iter(messages), connections)
    senders.run()
    return senders
