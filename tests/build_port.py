"""A whole port in this process, reached through its public doors, with a key per role and a clock set by hand."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi import FastAPI

from migrated import make_tables
from port.actor import Role
from port.keys import KeyWanted, create_key
from web.app import create_app
from web.settings import Settings

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@dataclass
class Hands:
    """The port's clock, moved by hand."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass(slots=True)
class PortClient:
    """Asks a running app, one request after another, through every layer but the socket."""

    portal: BlockingPortal
    http: httpx.AsyncClient
    app: FastAPI

    def get(self, path: str, **given: Any) -> httpx.Response:
        return self.request("GET", path, **given)

    def post(self, path: str, **given: Any) -> httpx.Response:
        return self.request("POST", path, **given)

    def delete(self, path: str, **given: Any) -> httpx.Response:
        return self.request("DELETE", path, **given)

    def request(self, method: str, path: str, **given: Any) -> httpx.Response:
        return self.portal.call(partial(self.http.request, method, path, **given))


@contextmanager
def running_client(app: FastAPI) -> Iterator[PortClient]:
    """The app with its lifespan, in an event loop of its own."""
    with start_blocking_portal() as portal:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        http = httpx.AsyncClient(transport=transport, base_url="http://port.example")
        with (
            portal.wrap_async_context_manager(app.router.lifespan_context(app)),
            portal.wrap_async_context_manager(http),
        ):
            yield PortClient(portal, http, app)


@dataclass
class TestPort:
    """Push and ask as any partner would; `keys` are made when first asked for."""

    __test__ = False

    client: PortClient
    url: str
    clock: Hands
    keys: dict[tuple[str, str], str] = field(default_factory=dict)

    def key(self, role: str, party: str | None = None, *facilities: str) -> str:
        """A key of the role; the terminal's and the tally's speak for XMHT, another party's for its own name."""
        code = party or role.upper()
        if (role, code) not in self.keys:
            if role in ("terminal", "depot", "tally") and not facilities:
                facilities = ("XMHT",) if code in ("TERMINAL", "TALLY") else (code,)
            wanted = KeyWanted(party=code, name=code.title(), role=Role(role), facilities=facilities)
            with self.client.app.state.port.database.write() as connection:
                created = create_key(connection, wanted, now=self.clock(), draw=secrets.token_bytes)
            self.keys[role, code] = created.key
        return self.keys[role, code]

    def headers(self, role: str, party: str | None = None) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key(role, party)}"}

    def push(self, format: str, body: Any, *, role: str, party: str | None = None, **headers: str) -> httpx.Response:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.post(f"/v1/messages/{format}", content=raw, headers=self.headers(role, party) | headers)

    def gate(
        self, *events: dict[str, Any], role: str = "terminal", party: str | None = None, **more: Any
    ) -> dict[str, Any]:
        answer = self.push("gate", {"messageID": _unique("G"), "events": list(events), **more}, role=role, party=party)
        return answer.json()

    def customs(self, role: str = "customs", party: str | None = None, **arrays: Any) -> dict[str, Any]:
        return self.push("customs", {"messageID": _unique("C"), **arrays}, role=role, party=party).json()

    def get(self, path: str, *, role: str, party: str | None = None) -> httpx.Response:
        return self.client.get(path, headers=self.headers(role, party))

    def post(self, path: str, body: Any = None, *, role: str, party: str | None = None) -> httpx.Response:
        return self.client.post(path, json=body, headers=self.headers(role, party))

    def at_once(self, *asked: tuple[str, str, Any, str]) -> list[httpx.Response]:
        """The answers to (method, path, body, role), all sent before any is answered."""
        given = [(method, path, {"json": body, "headers": self.headers(role)}) for method, path, body, role in asked]
        return self.client.portal.call(self._gather, given)

    async def _gather(self, given: list[tuple[str, str, dict[str, Any]]]) -> list[httpx.Response]:
        return await asyncio.gather(*(self.client.http.request(m, path, **more) for m, path, more in given))

    def run_job(self, name: str) -> int:
        """Run a job of the leading process now; how much it did."""
        did: int = self.client.app.state.jobs.run(name)
        assert self.client.app.state.jobs.states[name].failure == ""
        return did

    def container(self, number: str, *, role: str = "customs", party: str | None = None) -> dict[str, Any]:
        return self.get(f"/v1/containers/{number}", role=role, party=party).json()


@contextmanager
def running_port(url: str, **settings: Any) -> Iterator[TestPort]:
    """The port on an empty database.  Its draws are the same in every run: a random inspection surprises no test."""
    make_tables(url)
    clock = Hands()
    given = {"salt": "the tests draw alike"} | settings
    with running_client(create_app(Settings(database_url=url, **given), clock=clock)) as client:
        yield TestPort(client, url, clock)


_count = iter(range(1, 1_000_000))


def _unique(prefix: str) -> str:
    return f"{prefix}-{next(_count):06d}"


BOX = "CSQU3054383"
BILL = "COSU6123456780"
IMO = "9074729"
NUMBER = "371120261001234567"


def at(minutes: float = 0) -> str:
    """A time that many minutes before the clock's start, in Shanghai's offset."""
    return (NOW - timedelta(minutes=minutes)).astimezone(UTC).isoformat().replace("+00:00", "Z")


def moved(code: str, *, minutes_ago: float = 0, box: str = BOX, **more: Any) -> dict[str, Any]:
    """A gate JSON event."""
    return {
        "eventType": "EQUIPMENT",
        "equipmentEventTypeCode": code,
        "eventClassifierCode": "ACT",
        "eventDateTime": at(minutes_ago),
        "equipmentReference": box,
        "emptyIndicatorCode": "LADEN",
        **more,
    }


def discharged(**more: Any) -> dict[str, Any]:
    """An import box off the vessel."""
    return moved("DISC", **{"vesselIMONumber": IMO, "voyage": "031W", **more})


def manifest(**more: Any) -> dict[str, Any]:
    """An import bill of one box."""
    return {
        "transportDocumentReference": BILL,
        "vesselIMONumber": IMO,
        "voyage": "031W",
        "direction": "IMPORT",
        "containers": [BOX],
        "consignee": {"code": "CONSIGNEE", "name": "Lujiang Furniture"},
        "forwarder": {"code": "FORWARDER", "name": "Egret Forwarding"},
        **more,
    }


def declaration(**more: Any) -> dict[str, Any]:
    """An advance import declaration of ordinary goods."""
    return {
        "declarationNumber": NUMBER,
        "direction": "IMPORT",
        "mode": "ADVANCE",
        "inspectAt": "PORT",
        "declaredAt": at(60 * 24),
        "declarant": {"code": "BROKER", "name": "Gulangyu Brokers"},
        "consignee": {"code": "CONSIGNEE", "name": "Lujiang Furniture", "creditGrade": "GENERAL"},
        "transportDocumentReference": BILL,
        "vesselIMONumber": IMO,
        "voyage": "031W",
        "containers": [BOX],
        "lines": [
            {
                "hsCode": "9403600000",
                "originCountry": "VN",
                "quantity": 400,
                "netMassKg": 9800,
                "declaredValue": 42000,
                "currency": "USD",
            }
        ],
        **more,
    }


def notice(status: str, *, minutes_ago: float = 0, **more: Any) -> dict[str, Any]:
    """A customs notice on the declaration."""
    return {"declarationNumber": NUMBER, "status": status, "noticeDateTime": at(minutes_ago), **more}
