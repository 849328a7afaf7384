"""The feeds of several nodes joined by NATS: what one commits wakes the others' listeners within a millisecond.

NATS is a hint beside the log.  Nobody waits for it, no version or right is taken from it, and after every doubt (it was
away, a number is missing, the stream is a new one) the listeners are told to ask the log.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress

import msgspec
import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DeliverPolicy,
)

from events.feed import Change, Hint, Listener, LocalFeed, Missed, hints_of
from events.nats_stream import AWAY, Broker, connect, make_stream, read_hint, stream_of, subject_of
from events.relaying import Read, Relay

_log = logging.getLogger("digital_port.feed")
_HEARTBEAT_SECONDS, _SILENT_HEARTBEATS = 1.0, 3
_ANSWER_SECONDS, _CLOSE_SECONDS = 5.0, 1.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 5.0
_OWN = 4096
_ENCODE = msgspec.json.Encoder().encode


class JetStreamFeed:
    """A LocalFeed that also tells other nodes, and hears them where it `hears`.

    `run` keeps it joined for as long as it runs; without it, this is a LocalFeed.  `read` asks the log for what a relay
    no longer holds; `spread` draws a pause between two bounds.
    """

    def __init__(
        self,
        broker: Broker,
        *,
        database_id: str,
        hears: bool,
        read: Read,
        spread: Callable[[float, float], float],
    ) -> None:
        self._broker = broker
        self._database_id = database_id
        self._subject, self._stream = subject_of(database_id), stream_of(database_id)
        self._hears = hears
        self._spread = spread
        self._local = LocalFeed()
        self._relay = Relay(read)
        self._own: OrderedDict[tuple[str, int], None] = OrderedDict()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._sequence = 0
        self._alive_at = 0.0
        self._trouble = ""
        self._lost: asyncio.Future[Exception] | None = None
        self._is_ending = False
        self.is_connected = False
        self.connections = 0
        self.heard = 0
        self.gaps = 0

    @property
    def relay(self) -> Relay:
        """What this node has still to tell, and what it has told."""
        return self._relay

    def publish(self, changes: tuple[Change, ...]) -> None:
        """Tell the listeners here at once, and put the rest in the way."""
        if not changes:
            return
        hints = hints_of(changes)
        if self._loop is not None:
            # First: a listener that fails must not keep it from the others.
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._hand_over, hints)
        self._local.tell(hints)

    def listen(self, listener: Listener, *, missed: Missed | None = None) -> Callable[[], None]:
        """Add a listener; the returned function takes it away again.  Others' commits it hears on the event loop."""
        return self._local.listen(listener, missed=missed)

    async def run(self) -> None:
        """Stay joined with the other nodes, for ever, however often NATS goes away."""
        self._loop = asyncio.get_running_loop()
        pause = _FIRST_PAUSE
        while True:
            began = self.connections
            try:
                await self._stay_joined()
            except* AWAY as group:
                if not self._is_ending:
                    self._report(_name(group))
            finally:
                self.is_connected = False
            if self._is_ending:
                return
            pause = _FIRST_PAUSE if self.connections > began else min(2 * pause, _LONGEST_PAUSE)
            # All nodes lost it at the same moment.
            await asyncio.sleep(self._spread(0, pause))

    def end(self) -> None:
        """Let `run` return; before it is cancelled, because nats-py swallows a cancellation where it cleans up."""
        self._is_ending = True
        if self._lost is not None and not self._lost.done():
            self._lost.set_result(nats.errors.ConnectionClosedError())

    async def flush(self, seconds: float) -> bool:
        """Wait so long until all is told; whether it is."""
        # What a last commit handed over is on its way to this loop.
        await asyncio.sleep(0)
        if self.is_connected:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._relay.until_idle()
        return self._relay.is_idle

    def _hand_over(self, hints: Sequence[Hint]) -> None:
        if self._hears:
            self._own.update(((hint.key, hint.version), None) for hint in hints)
            while len(self._own) > _OWN:
                self._own.popitem(last=False)
        self._relay.hand_over(hints)

    async def _stay_joined(self) -> None:
        async with self._connected() as (client, lost):
            context = client.jetstream(timeout=_ANSWER_SECONDS)
            await make_stream(context, self._database_id)
            if self._hears:
                await self._listen(client, context)
            self.is_connected, self._trouble = True, ""
            self.connections += 1
            _log.info("joined with the other nodes by NATS")
            # What came while nobody listened here is in the log only.
            self._local.tell_of_a_gap()

            async def publish(hint: Hint) -> Awaitable[object]:
                named = {"Nats-Msg-Id": f"{self._database_id}:{hint.key}:{hint.version}"}
                return await context.publish_async(self._subject, _ENCODE(hint), stream=self._stream, headers=named)

            async with asyncio.TaskGroup() as group:
                group.create_task(self._relay.run(publish), name="feed relay")
                group.create_task(_fail_with(lost), name="feed connection")
                group.create_task(self._watch_for_life(), name="feed heartbeats")

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[tuple[Client, asyncio.Future[Exception]]]:
        """A connection, and what ends it: nats-py's own reconnecting would hide that something may have been missed."""
        client = Client()

        async def end(error: Exception | None = None) -> None:
            if self._lost is not None and not self._lost.done():
                self._lost.set_result(error or nats.errors.ConnectionClosedError())

        try:
            # What goes wrong before it is connected ends nothing: another server may be there.
            self._lost = None
            await connect(client, self._broker, end)
            self._lost = asyncio.get_running_loop().create_future()
            if self._is_ending or not client.is_connected:
                raise nats.errors.ConnectionClosedError
            yield client, self._lost
        finally:
            with suppress(*AWAY):
                # In a task of its own: nats-py swallows a cancellation there, and `end` has come before ours.
                await asyncio.wait_for(client.close(), _CLOSE_SECONDS)  # noqa: TID251

    async def _listen(self, client: Client, context: JetStreamContext) -> None:
        """Have the stream's news sent here in order, with a sign of life every second.

        nats-py's own ordered consumer would begin again behind the last number it had, and so step over what a new
        stream counts from 1; what is missed here is in the log, and nothing need be sent again.
        """
        self._sequence, self._alive_at = 0, self._time()
        inbox = client.new_inbox()
        await client.subscribe(inbox, cb=self._arrived)
        wanted = ConsumerConfig(
            deliver_subject=inbox,
            deliver_policy=DeliverPolicy.NEW,
            ack_policy=AckPolicy.NONE,
            max_deliver=1,
            idle_heartbeat=_HEARTBEAT_SECONDS,
            mem_storage=True,
            num_replicas=1,
        )
        await context.add_consumer(self._stream, wanted)

    async def _watch_for_life(self) -> None:
        while self._hears:
            await asyncio.sleep(_HEARTBEAT_SECONDS)
            if self._time() - self._alive_at > _SILENT_HEARTBEATS * _HEARTBEAT_SECONDS:
                raise nats.errors.StaleConnectionError

    async def _arrived(self, message: Msg) -> None:
        self._alive_at = self._time()
        if message.headers and message.headers.get("Status"):
            # A sign of life, with the number of the last one sent.
            self._reach(int(message.headers.get("Nats-Last-Consumer", self._sequence)), expected=self._sequence)
        else:
            self._reach(message.metadata.sequence.consumer, expected=self._sequence + 1)
            self._take(message.data)

    def _reach(self, number: int, *, expected: int) -> None:
        if number != expected:
            self._miss()
        self._sequence = number

    def _take(self, body: bytes) -> None:
        try:
            hint = read_hint(body)
        except msgspec.DecodeError:
            self._miss()
            return
        if (hint.key, hint.version) not in self._own:
            self.heard += 1
            self._local.tell((hint,))

    def _time(self) -> float:
        return asyncio.get_running_loop().time()

    def _miss(self) -> None:
        self.gaps += 1
        self._local.tell_of_a_gap()

    def _report(self, trouble: str) -> None:
        """Log what is not the trouble already known; never an address, which may hold a password."""
        if trouble != self._trouble:
            _log.warning("NATS is away, the log is asked instead: %s", trouble)
        self._trouble = trouble


def _name(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return type(error).__name__


async def _fail_with(lost: asyncio.Future[Exception]) -> None:
    raise await lost
