"""The door for gate cameras: an MQTT broker hands their messages on, and hears that one is taken after its commit.

The broker keeps what we have not acknowledged, while we are away too: a session of its own outlives the connection.
Each message is acknowledged in the order it came, as MQTT wants it, though several are in hand at once.
"""

from __future__ import annotations

import asyncio
import logging
import random
import ssl
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field

import aiomqtt
import orjson
from paho.mqtt.client import MQTT_CLEAN_START_FIRST_ONLY
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from port.database import BROKER_LOCK
from port.record import QueueFull, StoreUnavailable
from web import taking, wire
from web.live_tasks import Tasks
from web.mqtt_address import Broker
from web.mqtt_gate import Answer, Cameras, Heard
from web.port import Port
from web.settings import MqttVersion

_log = logging.getLogger("digital_port.mqtt")
# What the broker may have handed us without our word for it: the bound of what waits here.
_IN_HAND = 64
# Without a promise (QoS 0) the broker sends as fast as it likes.
_UNPROMISED = 1000
# So long the broker keeps what came while we were away.
_SESSION_SECONDS = 7 * 24 * 3600
_PACKET_BYTES = 16 * 1024 * 1024
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0
_LEAD_SECONDS = 5.0
_BUSY_SECONDS = 1.0
_BUSY = (QueueFull, StoreUnavailable, SQLAlchemyError)


class _Incoming(asyncio.Queue[aiomqtt.Message]):
    """Bounded for messages that the broker does not count."""

    def put_nowait(self, item: aiomqtt.Message) -> None:
        if item.qos == 0 and self.qsize() >= _UNPROMISED:
            raise asyncio.QueueFull
        super().put_nowait(item)


@dataclass(slots=True)
class _InHand:
    """A message not yet acknowledged, and the work on it."""

    message: aiomqtt.Message
    work: asyncio.Task[Answer]
    since: float = field(default_factory=time.monotonic)
    # Not once its number stands for another message.
    is_owed: bool = True


class Mqtt:
    """Listens to one broker for one server process; of several processes on one database only one does."""

    def __init__(self, port: Port, broker: Broker, cameras: Cameras, *, client_id: str, version: MqttVersion) -> None:
        self._port = port
        self._broker = broker
        self._cameras = cameras
        self._senders = taking.Senders(port)
        self._client_id = client_id
        self._version = version
        self._leadership = port.database.leadership(BROKER_LOCK)
        self._tasks = Tasks()
        self._in_hand: deque[_InHand] = deque()
        self._trouble = ""
        self.is_leading = False
        self.is_up = False
        self.taken = 0
        self.refused = 0
        self.stuck = 0

    def start(self) -> None:
        """Begin to listen, and to look for the broker while it is away."""
        self._tasks.begin(self._listen, "the broker's door")

    async def stop(self) -> None:
        """Leave the broker; what was not acknowledged comes again."""
        await self._tasks.stop()
        await run_in_threadpool(self._leadership.release)

    def gauges(self) -> list[str]:
        """How this door fares, as lines for /metrics; a process that leaves it to another says so and no more."""
        lines = [f"digital_port_mqtt_leading {int(self.is_leading)}"]
        if not self.is_leading:
            return lines
        oldest = time.monotonic() - self._in_hand[0].since if self._in_hand else 0
        return [
            *lines,
            f"digital_port_mqtt_up {int(self.is_up)}",
            f"digital_port_mqtt_waiting {len(self._in_hand)}",
            f"digital_port_mqtt_oldest_seconds {oldest:.0f}",
            f"digital_port_mqtt_stuck {self.stuck}",
        ]

    def counters(self) -> list[str]:
        """How many messages this process has taken and refused, for those who may know what the port moves."""
        return [
            f"digital_port_mqtt_taken_total {self.taken}",
            f"digital_port_mqtt_refused_total {self.refused}",
        ]

    async def _listen(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            self.is_leading = await run_in_threadpool(self._leadership.is_held)
            if self.is_leading:
                try:
                    await self._stay_connected()
                except* aiomqtt.MqttError as group:
                    self._report(f"the broker is away: {group.exceptions[0]}")
                finally:
                    pause = _FIRST_PAUSE if self.is_up else min(2 * pause, _LONGEST_PAUSE)
                    self._let_go()
            # Not all at once, after the broker was away for everybody.
            await asyncio.sleep(pause * random.uniform(0.5, 1))

    async def _stay_connected(self) -> None:
        async with self._client() as client:
            for topic in self._cameras.topics:
                await self._subscribe(client, topic)
            self.is_up, self._trouble = True, ""
            _log.info("listening to the broker")
            async with asyncio.TaskGroup() as group:
                arrived = asyncio.Semaphore(0)
                group.create_task(self._acknowledge(client, arrived))
                group.create_task(self._keep_leading())
                async for message in client.messages:
                    if self._is_news(message):
                        work = asyncio.create_task(self._take(client, message))
                        self._in_hand.append(_InHand(message, work))
                        arrived.release()

    def _client(self) -> aiomqtt.Client:
        is_five = self._version is MqttVersion.FIVE
        properties = None
        if is_five:
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho gives it no types
            properties.SessionExpiryInterval = _SESSION_SECONDS
            properties.ReceiveMaximum = _IN_HAND
            properties.MaximumPacketSize = _PACKET_BYTES
        client = aiomqtt.Client(
            self._broker.host,
            self._broker.port,
            username=self._broker.username,
            password=self._broker.password,
            identifier=self._client_id,
            protocol=aiomqtt.ProtocolVersion.V5 if is_five else aiomqtt.ProtocolVersion.V311,
            clean_session=None if is_five else False,
            clean_start=False if is_five else MQTT_CLEAN_START_FIRST_ONLY,
            properties=properties,
            queue_type=_Incoming,
            tls_context=ssl.create_default_context() if self._broker.is_tls else None,
            logger=_log,
        )
        # aiomqtt has no word for it; paho, which it wraps, has.  Before connecting: what the broker kept comes at once.
        client._client.manual_ack_set(True)
        client.pending_calls_threshold = 2 * _IN_HAND
        return client

    async def _subscribe(self, client: aiomqtt.Client, topic: str) -> None:
        granted = await client.subscribe(topic, qos=1)
        if any((code if isinstance(code, int) else code.value) >= 0x80 for code in granted):
            raise aiomqtt.MqttError(f"it refuses the subscription to {topic}")

    async def _keep_leading(self) -> None:
        while True:
            await asyncio.sleep(_LEAD_SECONDS)
            if not await run_in_threadpool(self._leadership.is_held):
                raise aiomqtt.MqttError("another server process listens to it now")

    async def _take(self, client: aiomqtt.Client, message: aiomqtt.Message) -> Answer:
        """Record one message and tell its sender; waits as long as the queue is full or the database away."""
        heard = _heard(message)
        while True:
            try:
                answer = await self._cameras.record(self._port, heard, self._senders)
                break
            except _BUSY as error:
                self._report(f"messages wait: {type(error).__name__}")
                await asyncio.sleep(_BUSY_SECONDS)
        # A sender that misses the answer sends again, and gets the same one.
        with suppress(aiomqtt.MqttError, ValueError):
            told = orjson.dumps(wire.receipt(answer.receipt))
            await client.publish(answer.topic, told, qos=1, properties=_answering(message))
        return answer

    async def _acknowledge(self, client: aiomqtt.Client, arrived: asyncio.Semaphore) -> None:
        """Tell the broker of each message that is done with, in the order they came."""
        while True:
            await arrived.acquire()
            first = self._in_hand[0]
            await asyncio.wait([first.work])
            error = first.work.exception()
            if error is None:
                self._count(first.work.result())
                if first.is_owed:
                    client._client.ack(first.message.mid, first.message.qos)
            else:
                # A fault of ours: it stays with the broker until we connect anew, and keeps nobody else waiting.
                self.stuck += 1
                _log.error("a message could not be taken", exc_info=error)
            self._in_hand.popleft()

    def _is_news(self, message: aiomqtt.Message) -> bool:
        """False for what is in hand already: some brokers say it again when our word for it takes long.

        A number counts for one message until we acknowledge it, so to acknowledge the repeat too would be to
        acknowledge whichever message has the number next.
        """
        same = [one for one in self._in_hand if message.qos and one.message.mid == message.mid]
        if any(_heard(one.message) == _heard(message) for one in same):
            return False
        for one in same:
            one.is_owed = False
        return True

    def _count(self, answer: Answer) -> None:
        if answer.receipt.is_refused:
            self.refused += 1
        else:
            self.taken += 1
        if not answer.receipt.receipt_id:
            self._report("a message came for a facility that no live key may send for")

    def _let_go(self) -> None:
        self.is_up = False
        self.stuck = 0
        for one in self._in_hand:
            one.work.cancel()
        self._in_hand.clear()

    def _report(self, trouble: str) -> None:
        """Log what is not the trouble already known."""
        if trouble != self._trouble:
            _log.warning("mqtt: %s", trouble)
        self._trouble = trouble


def _heard(message: aiomqtt.Message) -> Heard:
    payload = message.payload
    return Heard(
        topic=message.topic.value,
        body=bytes(payload),
        response_topic=getattr(message.properties, "ResponseTopic", None),
        content_type=getattr(message.properties, "ContentType", None),
    )


def _answering(message: aiomqtt.Message) -> Properties | None:
    """The properties of the answer to a message of MQTT 5."""
    if message.properties is None:
        return None
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]  # likewise
    properties.ContentType = "application/json"
    asked = getattr(message.properties, "CorrelationData", None)
    if asked is not None:
        properties.CorrelationData = asked
    return properties
