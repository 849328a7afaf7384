"""Following keys over one line after another: what `PortClient.follow` gives.

One task has the line and puts tellings into a short queue; while nobody takes them it reads no more, so the port
notices and memory stays bounded.  A cursor is what was handed over, not what was read.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from types import TracebackType
from typing import Self

from web.client import rest
from web.client.conversation import Conversation, Parting, Turn
from web.client.event_line import open_events
from web.client.lines import LOST, SILENCE_FACTOR, Line, Parted, Transport
from web.client.reach import Reach
from web.client.rest import NotReached, Refused
from web.client.returning import RIGHTS_ENDED, Returning, StreamEnded
from web.client.socket_line import NoWebsocket, open_socket
from web.client.tellings import Cursor, Ended, Gap, Phase, Telling

TELLINGS_AHEAD = 64
_TRIES_OF_A_SOCKET = 2
_UNAUTHORIZED = 401
_Told = tuple[int, Telling]


class Following:
    """An endless iterator of tellings; it ends when no key is followed any more.

    Iterating raises StreamEnded or Refused where coming back will not help.  Leave it by `aclose`, by `async with`, or
    with its client.
    """

    def __init__(
        self, reach: Reach, keys: Mapping[str, Cursor | None], *, on_phase: Callable[[Phase, str], None] | None
    ) -> None:
        self._reach = reach
        self._conversation = Conversation(keys)
        self._cursors = {key: cursor for key, cursor in keys.items() if cursor is not None}
        # A key that was left and asked for again is another one: what was queued of the first is not handed over.
        self._turns = dict.fromkeys(keys, 0)
        self._queue: asyncio.Queue[_Told | None] = asyncio.Queue(TELLINGS_AHEAD)
        self._returning = Returning(reach.world.chance)
        self._line: Line | None = None
        self._task: asyncio.Task[None] | None = None
        self._on_phase = on_phase or (lambda phase, reason: None)
        self._refused_sockets = 0

    @property
    def cursors(self) -> dict[str, Cursor]:
        """Up to where each key was handed over; give them as `since` to go on there, in this process or another."""
        return dict(self._cursors)

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that are followed."""
        return self._conversation.keys

    async def subscribe(self, *keys: str, since: Mapping[str, Cursor] | None = None) -> None:
        """Follow more keys on the same line.  Raises TooManyKeys over 128."""
        for key in keys:
            if key in self._conversation.keys:
                continue
            cursor = (since or {}).get(key)
            turn = self._conversation.subscribe(key, cursor)
            self._turns[key] = self._turns.get(key, 0) + 1
            if cursor is not None:
                self._cursors[key] = cursor
            await self._say(turn)

    async def unsubscribe(self, *keys: str) -> None:
        """Follow keys no longer; nothing more of them is handed over."""
        for key in keys:
            turn = self._conversation.unsubscribe(key)
            self._turns[key] = self._turns.get(key, 0) + 1
            self._cursors.pop(key, None)
            await self._say(turn)
        self._nudge()

    async def aclose(self) -> None:
        """End it and its line; cursors stay."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def __aenter__(self) -> Self:
        """Leave it with the block."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it."""
        await self.aclose()

    def __aiter__(self) -> AsyncIterator[Telling]:
        """Itself."""
        return self

    async def __anext__(self) -> Telling:
        """The next telling; a wait that is cancelled loses none."""
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="follow the port")
            self._task.add_done_callback(lambda _: self._nudge())
        while True:
            if self._queue.empty():
                self._raise_if_over()
            told = await self._queue.get()
            if told is None:
                continue
            turn, telling = told
            if turn == self._turns.get(telling.key):
                self._hand_over(telling)
                return telling

    def _raise_if_over(self) -> None:
        assert self._task is not None
        if self._task.done():
            if not self._task.cancelled() and (error := self._task.exception()) is not None:
                raise error
            raise StopAsyncIteration
        if not self._conversation.keys:
            self._task.cancel()
            raise StopAsyncIteration

    def _hand_over(self, telling: Telling) -> None:
        if isinstance(telling, Ended | Gap):
            # Where a key was told wrongly, a snapshot follows: who comes back before it wants one.
            self._cursors.pop(telling.key, None)
        else:
            self._cursors[telling.key] = telling.cursor

    def _nudge(self) -> None:
        with suppress(asyncio.QueueFull):
            self._queue.put_nowait(None)

    async def _run(self) -> None:
        while True:
            self._on_phase(Phase.CONNECTING, "")
            at_least = 0.0
            try:
                parting = await self._one_line()
            except Parted as parted:
                parting = parted.parting
            except NotReached as away:
                parting, at_least = Parting(LOST, str(away), is_final=False), away.retry_after
            except Refused as refused:
                parting = self._of(refused)
            finally:
                self._line, self._conversation.is_connected = None, False
            delay = self._returning.delay(parting, now=self._reach.world.clock(), at_least=at_least)
            self._on_phase(Phase.WAITING, parting.reason)
            await self._reach.world.sleep(delay)

    def _of(self, refused: Refused) -> Parting:
        if refused.status == _UNAUTHORIZED:
            raise StreamEnded(Parting(RIGHTS_ENDED, refused.reason, is_final=True)) from refused
        raise refused

    async def _one_line(self) -> Parting:
        """Hear one line from its beginning to its end."""
        async with self._open() as (line, ticket):
            self._line = line
            await self._say(self._conversation.begin(ticket))
            while True:
                frame = await line.hear(patience=self._conversation.heartbeat_seconds * SILENCE_FACTOR)
                try:
                    turn = self._conversation.hear(frame)
                except (KeyError, TypeError, ValueError):
                    return Parting(LOST, "UNREADABLE", is_final=False)
                if "connected" in frame:
                    self._returning.connected(self._reach.world.clock())
                    self._on_phase(Phase.LIVE, "")
                await self._say(turn)
                for telling in turn.tell:
                    await self._queue.put((self._turns.get(telling.key, 0), telling))
                if turn.parting is not None:
                    return turn.parting

    def _open(self) -> AbstractAsyncContextManager[tuple[Line, str]]:
        is_refused = self._reach.transport is Transport.AUTO and self._refused_sockets >= _TRIES_OF_A_SOCKET
        return self._events() if is_refused or self._reach.transport is Transport.SSE else self._socket()

    @asynccontextmanager
    async def _socket(self) -> AsyncIterator[tuple[Line, str]]:
        reach = self._reach
        ticket = await rest.draw_ticket(reach.http)
        try:
            async with open_socket(reach.stream_url, ssl=reach.ssl, trust_env=reach.trust_env) as line:
                self._refused_sockets = 0
                yield line, ticket
        except NoWebsocket as no:
            self._refused_sockets += 1
            raise Parted(LOST, f"NO_WEBSOCKET {no}") from None

    @asynccontextmanager
    async def _events(self) -> AsyncIterator[tuple[Line, str]]:
        async with open_events(self._reach.http) as line:
            yield line, ""

    async def _say(self, turn: Turn) -> None:
        if self._line is not None and turn.say:
            await self._line.say(turn.say)
