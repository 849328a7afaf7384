"""The doors that fetch instead of being called: the inbox folder, and the broker that gate cameras speak to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from web import roles
from web.inbox import Inbox
from web.mqtt import Mqtt
from web.mqtt_address import parse_broker, parse_senders
from web.mqtt_gate import Cameras
from web.port import Port


class Door(Protocol):
    """A door with a task of its own, from the server's start to its stop."""

    def start(self) -> None:
        """Begin to fetch."""

    async def stop(self) -> None:
        """End; what was fetched and not committed stays with its sender."""

    def gauges(self) -> list[str]:
        """How it fares, as lines for /metrics."""

    def counters(self) -> list[str]:
        """How much came through it, which is an admin's to know."""


@dataclass(frozen=True, slots=True)
class Doors:
    """Those of one server process that its settings ask for."""

    opened: tuple[Door, ...] = ()

    def start(self) -> None:
        """Open them."""
        for door in self.opened:
            door.start()

    async def stop(self) -> None:
        """Close them."""
        for door in self.opened:
            await door.stop()

    def gauges(self) -> list[str]:
        """How they fare, as lines for /metrics; nothing in them tells what the port moves."""
        return [line for door in self.opened for line in door.gauges()]

    def counters(self) -> list[str]:
        """How much came through each, as lines for /metrics, for those who may know what the port moves."""
        return [line for door in self.opened for line in door.counters()]


def doors_of(port: Port) -> Doors:
    """The doors that the settings ask for, not yet open; none on a node that takes no messages."""
    settings = port.settings
    if not roles.takes_messages(settings.role):
        return Doors()
    opened: list[Door] = []
    if settings.inbox is not None:
        opened.append(
            Inbox(
                port,
                settings.inbox,
                poll_seconds=settings.inbox_poll_seconds,
                stable_seconds=settings.inbox_stable_seconds,
            )
        )
    if settings.mqtt_url is not None:
        cameras = Cameras(settings.mqtt_prefix, parse_senders(settings.mqtt_senders))
        opened.append(
            Mqtt(
                port,
                parse_broker(settings.mqtt_url),
                cameras,
                client_id=settings.mqtt_client_id,
                version=settings.mqtt_version,
            )
        )
    return Doors(tuple(opened))
