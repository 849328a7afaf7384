"""How this process stays in touch with the other nodes of its database: by NATS where the settings name one."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

from events.feed import Feed, LocalFeed
from port.database import Database
from web.live_tasks import Tasks
from web.settings import Settings

if TYPE_CHECKING:
    from events.jetstream import JetStreamFeed

_FLUSH_SECONDS = 1.0


@dataclass(slots=True)
class Nodes:
    """The joining of one server process; `wakeups` counts why its streams looked, by source."""

    feed: Feed = field(default_factory=LocalFeed)
    joined: JetStreamFeed | None = None
    wakeups: Counter[str] = field(default_factory=Counter)
    is_notified: bool = False
    _tasks: Tasks = field(default_factory=Tasks)

    @property
    def is_joined(self) -> bool:
        """Whether the other nodes are heard by NATS at present."""
        return self.joined is not None and self.joined.is_connected

    def start(self) -> None:
        """Begin to join; nothing waits for it."""
        if self.joined is not None:
            self._tasks.begin(self.joined.run, "the feed to other nodes")

    async def stop(self) -> None:
        """Tell the others what is still to be told, for a moment, and leave."""
        if self.joined is not None:
            await self.joined.flush(_FLUSH_SECONDS)
            self.joined.end()
        await self._tasks.stop()

    def gauges(self) -> list[str]:
        """How it fares, as lines for /metrics; nothing in them tells what the port moves."""
        return [] if self.joined is None else [f"digital_port_nats_connected {int(self.is_joined)}"]

    def counters(self) -> list[str]:
        """What came by it, for those who may know what the port moves."""
        lines = [f'digital_port_live_wakeups_total{{source="{name}"}} {n}' for name, n in sorted(self.wakeups.items())]
        lines.append(f"digital_port_notify_listening {int(self.is_notified)}")
        if self.joined is None:
            return lines
        relay = self.joined.relay
        return [
            *lines,
            f"digital_port_nats_connections_total {self.joined.connections}",
            f"digital_port_nats_heard_total {self.joined.heard}",
            f"digital_port_nats_gaps_total {self.joined.gaps}",
            f"digital_port_relay_lag_positions {relay.lag}",
            f"digital_port_relay_told_total {relay.told}",
            f"digital_port_relay_catch_ups_total {relay.catch_ups}",
        ]


def nodes_of(settings: Settings, database: Database, database_id: str) -> Nodes:
    """What the settings ask for, not yet begun."""
    if settings.nats_url is None:
        return Nodes()
    joined: JetStreamFeed = _joining().join(settings, database, database_id)
    return Nodes(joined, joined)


def look_at_nats(settings: Settings, database_id: str, *, position: int) -> tuple[bool, str]:
    """Whether NATS answers, and what it keeps, in words; `position` is the log's.  For the console."""
    joining = _joining()
    try:
        seen = asyncio.run(joining.look(joining.broker_of(settings), database_id))
    except joining.NotReached as why:
        return False, f"NATS does not answer ({why})"
    if seen.position is None:
        return True, "NATS answers; nothing was told in the last minutes"
    return True, f"NATS answers; {seen.hints} hints, the latest of position {seen.position}, the log is at {position}"


def _joining() -> ModuleType:
    with _without_aiohttp():
        return import_module("web.nodes_joined")


@contextmanager
def _without_aiohttp() -> Iterator[None]:
    """Keep nats-py from loading aiohttp, 11 MB, which it wants only to reach NATS through a websocket."""
    if "aiohttp" in sys.modules:
        yield
        return
    sys.modules["aiohttp"] = None  # type: ignore[assignment]  # so an import of it fails, as if it were not installed
    try:
        yield
    finally:
        del sys.modules["aiohttp"]
