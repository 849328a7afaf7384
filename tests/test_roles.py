"""web.roles: every address, and which nodes answer it; the others name them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from web import pages, roles
from web.app import create_app
from web.settings import ServerRole, Settings

ALL, API, INGEST, FEED = ServerRole
NOWHERE = "postgresql://nobody@127.0.0.1:1/never_opened"
PEOPLE, PARTNERS, BOTH, STREAM = {ALL, API}, {ALL, INGEST}, {ALL, API, INGEST}, {ALL, FEED}

# What is not only for people.
TABLE: dict[tuple[str, str], set[ServerRole]] = {
    ("GET", "/healthz"): set(ServerRole),
    ("GET", "/readyz"): set(ServerRole),
    ("GET", "/metrics"): set(ServerRole),
    ("POST", "/v1/messages/{format}"): PARTNERS,
    ("GET", "/v1/messages"): BOTH,
    ("GET", "/v1/messages/{receipt_id}"): BOTH,
    ("POST", "/v1/messages/{receipt_id}/replay"): BOTH,
    ("GET", "/v1/instructions"): BOTH,
    ("GET", "/v1/instructions/{instruction_id}"): BOTH,
    ("POST", "/v1/instructions/{instruction_id}/acknowledge"): BOTH,
    ("POST", "/v1/instructions/{instruction_id}/execute"): BOTH,
    ("POST", "/v1/stream-tickets"): STREAM,
    ("GET", "/v1/stream/sse"): STREAM,
}
SCREENS = [*pages.PAGES, "/docs", "/openapi.json", "/static/style.css"]


def settings(role: ServerRole) -> Settings:
    return Settings(database_url=NOWHERE, role=role)


def addresses() -> Iterator[tuple[str, str]]:
    for path, methods in create_app(settings(ALL)).openapi()["paths"].items():
        yield from ((method.upper(), path) for method in methods)
    yield from (("GET", path) for path in SCREENS)


def answering(*asked: tuple[str, str]) -> dict[tuple[str, str], set[ServerRole]]:
    """Which roles let each of these in; nothing is behind the doors, so what is let in fails, and that is enough."""

    async def knock() -> dict[tuple[str, str], set[ServerRole]]:
        found: dict[tuple[str, str], set[ServerRole]] = {one: set() for one in asked}
        for role in ServerRole:
            transport = httpx.ASGITransport(create_app(settings(role)), raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://port.example") as client:
                for method, path in asked:
                    answer = await client.request(method, path.replace("{", "").replace("}", ""))
                    if b"WRONG_NODE" not in answer.content:
                        found[method, path].add(role)
        return found

    return asyncio.run(knock())


def test_every_address_is_answered_by_the_roles_of_its_row_and_by_people_where_it_has_none():
    asked = list(addresses())
    assert TABLE.keys() <= set(asked)
    assert answering(*asked) == {one: TABLE.get(one, PEOPLE) for one in asked}


def test_a_closed_door_names_the_role_that_is_here_and_those_that_answer():
    async def knock() -> httpx.Response:
        transport = httpx.ASGITransport(create_app(settings(FEED)))
        async with httpx.AsyncClient(transport=transport, base_url="http://port.example") as client:
            return await client.post("/v1/messages/gate", json={})

    answer = asyncio.run(knock())
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert answer.json() == {
        "type": "urn:digital-port:problem:wrong-node",
        "title": "Not Found",
        "status": 404,
        "detail": "this node has the role feed; nodes with the role all or ingest answer this",
        "reason": "WRONG_NODE",
        "fix": "use the address of the whole port, which the proxy before the nodes knows, or of such a node",
    }
    assert "x-request-id" in answer.headers


def test_an_address_that_is_nowhere_is_simply_not_found():
    async def knock() -> httpx.Response:
        transport = httpx.ASGITransport(create_app(settings(INGEST)))
        async with httpx.AsyncClient(transport=transport, base_url="http://port.example") as client:
            return await client.get("/v1/no-such-thing")

    assert asyncio.run(knock()).json()["reason"] == "NOT_FOUND"


@pytest.mark.parametrize("role", [API, INGEST])
def test_a_stream_knocks_in_vain_where_none_is(role: ServerRole):
    said: list[dict[str, Any]] = []

    async def knock() -> None:
        scope = {
            "type": "websocket",
            "path": "/v1/stream",
            "raw_path": b"/v1/stream",
            "query_string": b"",
            "headers": [],
        }

        async def receive() -> dict[str, Any]:
            return {"type": "websocket.connect"}

        async def send(message: Any) -> None:
            said.append(message)

        await create_app(settings(role))(scope, receive, send)

    asyncio.run(knock())
    assert [message["type"] for message in said] == ["websocket.http.response.start", "websocket.http.response.body"]
    assert said[0]["status"] == 404
    assert b"the role all or feed answer this" in said[1]["body"]


def test_each_role_runs_what_it_is_for():
    parts = {role: (roles.takes_messages(role), roles.has_stream(role), roles.may_lead(role)) for role in ServerRole}
    assert parts == {
        ALL: (True, True, True),
        API: (False, False, True),
        INGEST: (True, False, True),
        FEED: (False, True, False),
    }
