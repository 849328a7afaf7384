"""What is told outside, as tests use it: a wall clock set by hand, a sender that runs in this process, a receiver."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson

from adapters.outbound import Outcome, Parcel, Verdict
from build_port import BILL, TestPort, at, declaration, discharged, manifest, moved, notice, running_port
from port import outbox_queue, webhooks_following, webhooks_sending
from port.database import Database
from port.outbox import Channel
from web.clock import wall_clock
from web.outbound_sending import Bringer, Sender

DELIVERED = Outcome(Verdict.DELIVERED, 200)
AWAY = Outcome(Verdict.RETRY, detail="NOT_REACHED")


@dataclass
class Receiver:
    """Whoever is told: what it was sent and when, and how it answers, by the URL's last part."""

    sent: list[tuple[datetime, Parcel]] = field(default_factory=list)
    answers: dict[str, Callable[[datetime], Outcome]] = field(default_factory=dict)

    async def bring(self, parcel: Parcel, now: datetime) -> Outcome:
        self.sent.append((now, parcel))
        await asyncio.sleep(0)
        return self.answers.get(parcel.address.rpartition("/")[2], lambda _now: DELIVERED)(now)

    def told(self, name: str = "") -> list[dict[str, Any]]:
        """The bodies that came to this URL."""
        return [orjson.loads(p.body) for _, p in self.sent if p.address.endswith(name)]

    def types(self, name: str = "") -> list[str]:
        return [one["type"] for one in self.told(name)]


@dataclass
class Outbox:
    """The outbox of a port whose child is kept from starting: followed and sent by hand, at a time set by hand."""

    port: TestPort
    receiver: Receiver
    now: datetime
    naps: list[float] = field(default_factory=list)
    chance: Callable[[], float] = lambda: 0.0
    bring: Callable[[Parcel, datetime], Awaitable[Outcome]] | None = None

    @property
    def database(self) -> Database:
        found: Database = self.port.client.app.state.port.database
        return found

    def follow(self) -> None:
        """Make all deliveries there are to be made."""
        while webhooks_following.follow(self.database, self.now):
            pass

    def send(self) -> None:
        """Follow, then send until nothing is due at this time."""
        self.follow()
        asyncio.run(self._send())

    async def _send(self) -> None:
        with ThreadPoolExecutor(2) as executor:
            sender = self.sender(executor)
            while await sender.begin_due():
                await sender.finish()

    def sender(self, executor: ThreadPoolExecutor, token: str = "test") -> Sender:
        bringer = Bringer(webhooks_sending.compose, self.bring or self.receiver.bring, webhooks_sending.settle)
        return Sender(
            self.database, {Channel.WEBHOOK: bringer}, token, clock=lambda: self.now, stopwatch=lambda: 0.0,
            chance=self.chance, executor=executor, sleep=self._nap,
        )  # fmt: skip

    async def _nap(self, seconds: float) -> None:
        self.naps.append(seconds)
        await asyncio.sleep(0)

    def until(self, end: datetime) -> None:
        """Let time pass to `end`, sending whenever something is due."""
        self.send()
        while (due := self.next_at()) is not None and due <= end:
            self.now = max(self.now, due)
            self.send()
        self.now = end

    def next_at(self) -> datetime | None:
        with self.database.read() as connection:
            return outbox_queue.next_at(connection)

    def forward(self, **by: float) -> None:
        self.until(self.now + timedelta(**by))


@contextmanager
def running_outbox(url: str) -> Iterator[Outbox]:
    """A port with its outbox in the test's hands."""
    with running_port(url) as port:
        port.client.app.state.port.outbound.rests_until = float("inf")
        # The doors go by the real one.
        yield Outbox(port, Receiver(), wall_clock() + timedelta(minutes=5))


def endpoint(
    port: TestPort, name: str = "hook", *, role: str = "forwarder", party: str | None = None, **more: Any
) -> dict[str, Any]:
    """An endpoint of the party, as it was answered."""
    body = {"url": f"https://hooks.example/{name}", "types": [], "description": name} | more
    answer = port.post("/v1/webhooks", body, role=role, party=party)
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


def seeded(seed: int = 5) -> Callable[[], float]:
    return random.Random(seed).random


CALL = {"vesselIMONumber": "9074729", "importVoyage": "031W", "facilityCode": "XMHT", "eta": at(90)}
CARRIER_RELEASE = {"transportDocumentReference": BILL, "status": "RELEASED", "releasedAt": at(5)}


def announce(port: TestPort) -> None:
    port.customs(vesselCalls=[CALL])
    port.customs(manifests=[manifest()])
    port.customs(declarations=[declaration()])


def bring_in(port: TestPort) -> None:
    announce(port)
    port.gate(discharged(minutes_ago=30, facilityCode="XMHT"))


def release(port: TestPort) -> None:
    port.customs(notices=[notice("RELEASED", minutes_ago=10)], carrierReleases=[CARRIER_RELEASE])


def whole_walk(port: TestPort) -> None:
    bring_in(port)
    release(port)
    port.gate(moved("GTOT", facilityCode="XMHT"))


def events(port: TestPort, role: str = "forwarder", after: str = "") -> dict[str, Any]:
    told: dict[str, Any] = port.get(f"/v1/events{after and '?after='}{after}", role=role).json()
    return told


def deliveries(port: TestPort, webhook_id: str, **asked: str) -> list[dict[str, Any]]:
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    told = port.get(f"/v1/webhooks/{webhook_id}/deliveries?{query}", role="forwarder")
    found: list[dict[str, Any]] = told.json()["deliveries"]
    return found


WALK = [
    "container.expected", "container.discharged", "container.diverted", "container.customs_released",
    "container.carrier_released", "container.ready_for_pickup", "container.gated_out",
]  # fmt: skip
