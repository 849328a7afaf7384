"""Telling people, as tests use it: browsers with their own keys, a push service, a spool, and a clock set by hand."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import http_ece
import httpx
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from adapters.outbound import Deliver, Outcome, Parcel
from adapters.outbound_http import Dress, Mean
from build_port import TestPort, running_port
from port import noticing, outbox_queue
from port.database import Database
from web import outbound_people
from web.clock import wall_clock
from web.outbound_sending import Sender
from web.settings import Settings

SHANGHAI = ZoneInfo("Asia/Shanghai")
PHONE, MAILBOX = "+8613800138000", "lin@forwarder.example"


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@dataclass
class Browser:
    """A browser that subscribed: it alone can open what is sent to its endpoint."""

    name: str = "one"
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    auth: bytes = field(default_factory=lambda: os.urandom(16))

    @property
    def endpoint(self) -> str:
        return f"https://push.example/send/{self.name}"

    @property
    def subscription(self) -> dict[str, Any]:
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        keys = {"p256dh": base64url(point), "auth": base64url(self.auth)}
        return {"endpoint": self.endpoint, "expirationTime": None, "keys": keys}

    def open(self, body: bytes) -> dict[str, Any]:
        """As the browser does before it wakes the service worker."""
        opened = http_ece.decrypt(body, private_key=self.key, auth_secret=self.auth, version="aes128gcm")
        return cast("dict[str, Any]", json.loads(opened))


@dataclass
class PushService:
    """What came to each endpoint, and the status it answers with."""

    came: list[tuple[str, bytes, dict[str, str]]] = field(default_factory=list)
    status: int = 201

    def post(self, dress: Dress, mean: Mean, _settings: Settings) -> Deliver:
        async def deliver(parcel: Parcel, now: datetime) -> Outcome:
            body, headers = dress(parcel, now)
            self.came.append((parcel.address, body, headers))
            return mean(self.status, "", now)

        return deliver


@dataclass
class Desk:
    """A port whose outbound child is kept from starting: followed and sent by hand, at a time set by hand."""

    port: TestPort
    spool: Path
    settings: Settings
    now: datetime
    service: PushService = field(default_factory=PushService)

    @property
    def database(self) -> Database:
        found: Database = self.port.client.app.state.port.database
        return found

    def follow(self) -> None:
        while noticing.follow(self.database, self.now, zone=SHANGHAI):
            pass

    def send(self) -> None:
        """Follow, then send until nothing is due at this time."""
        self.follow()
        asyncio.run(self._send())

    async def _send(self) -> None:
        bringers = outbound_people.bringers(self.settings, self.database, post=self.service.post)
        with ThreadPoolExecutor(2) as executor:
            sender = Sender(
                self.database, bringers, "test", clock=lambda: self.now, stopwatch=lambda: 0.0, chance=lambda: 0.0,
                executor=executor, sleep=_no_sleep,
            )  # fmt: skip
            while await sender.begin_due():
                await sender.finish()

    def forward(self, **by: float) -> None:
        """Let time pass, sending whenever something is due."""
        end = self.now + timedelta(**by)
        self.send()
        while (due := self.next_at()) is not None and due <= end:
            self.now = max(self.now, due)
            self.send()
        self.now = end

    def next_at(self) -> datetime | None:
        with self.database.read() as connection:
            return outbox_queue.next_at(connection)

    def messages(self) -> list[dict[str, Any]]:
        """The short messages in the spool, oldest first."""
        return [json.loads(path.read_bytes()) for path in self._laid("*.sms.json")]

    def mails(self) -> list[EmailMessage]:
        """The mails in the spool, oldest first."""
        laid = self._laid("*.eml")
        return [cast("EmailMessage", message_from_bytes(path.read_bytes(), policy=default)) for path in laid]

    def _laid(self, pattern: str) -> list[Path]:
        return sorted(self.spool.glob(pattern), key=lambda path: path.stat().st_mtime_ns)

    def pushes(self, browser: Browser) -> list[dict[str, Any]]:
        """What this browser could open of what came for it."""
        return [browser.open(body) for endpoint, body, _ in self.service.came if endpoint == browser.endpoint]

    def ask(self, method: str, path: str, body: Any = None, *, role: str = "forwarder") -> httpx.Response:
        headers = self.port.headers(role)
        return self.port.client.request(method, f"/v1/notifications{path}", json=body, headers=headers)

    def choose(self, choices: dict[str, list[str]], *, role: str = "forwarder", **more: Any) -> None:
        answer = self.ask("PUT", "/settings", {"choices": choices, **more}, role=role)
        assert answer.status_code == 200, answer.text

    def watch(self, *numbers: str, role: str = "forwarder", **more: Any) -> None:
        answer = self.port.post("/v1/watchlist", {"containers": numbers, **more}, role=role)
        assert answer.is_success, answer.text

    def subscribe(self, browser: Browser, *, role: str = "forwarder") -> None:
        answer = self.ask("POST", "/push", {"subscription": browser.subscription}, role=role)
        assert answer.status_code == 201, answer.text

    def give(self, channel: str, address: str, *, role: str = "forwarder") -> str:
        """An address given; the code that came there."""
        answer = self.ask("POST", "/addresses", {"channel": channel, "address": address}, role=role)
        assert answer.status_code == 202, answer.text
        self.send()
        text = self.messages()[-1]["text"] if channel == "SMS" else str(self.mails()[-1]["Subject"])
        [code] = re.findall(r"\b\d{6}\b", text)
        return str(code)

    def verify(self, channel: str, address: str, *, role: str = "forwarder") -> None:
        code = self.give(channel, address, role=role)
        answer = self.ask("POST", "/addresses/verify", {"channel": channel, "code": code}, role=role)
        assert answer.status_code == 200, answer.text
        for path in self.spool.iterdir():
            path.unlink()


async def _no_sleep(_seconds: float) -> None:
    await asyncio.sleep(0)


@contextmanager
def running_desk(url: str, folder: Path, **settings: Any) -> Iterator[Desk]:
    """A port with its notices in the test's hands."""
    given = {"spool": folder / "spool", "public_url": "https://port.example", **settings}
    with running_port(url, **given) as port:
        port.client.app.state.port.outbound.rests_until = float("inf")
        yield Desk(port, folder / "spool", Settings(database_url=url, **given), wall_clock() + timedelta(minutes=5))
