"""web.security: whom a request comes from, and which requests a browser was tricked into."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from build_client import Client
from build_costs import statements
from build_database import database_with_tables
from build_doors import HandClock, doors
from build_parties import NOON, new_key, seeded
from port.actor import Role
from port.database import Database
from port.keys import CreatedKey, revoke_key, split_key
from port.sessions import create_session
from port.tokens import sha256
from web.security import FRESH_SECONDS
from web.settings import Settings

DAY = timedelta(days=1)


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    with database_with_tables(sqlite_url) as opened:
        yield opened


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def key(database: Database) -> CreatedKey:
    with database.write() as connection:
        return new_key(connection)


@pytest.fixture
def client(database: Database, clock: HandClock) -> Client:
    return doors(database, clock)


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def log_in(database: Database, key: CreatedKey) -> str:
    with database.write() as connection:
        return create_session(connection, key.key_id, now=NOON, lifetime=DAY, draw=seeded(5)).token


def test_a_key_in_the_header_says_who_calls(client: Client, key: CreatedKey) -> None:
    answer = client.get("/who", headers=bearer(key.key))
    assert (answer.status_code, answer.json()) == (200, {"party": "XMHT", "session": None})
    assert client.get("/who", headers={"Authorization": f"bearer  {key.key} "}).status_code == 200


@pytest.mark.parametrize(
    "authorization",
    ["Bearer dp_nobody_nothing", "Bearer", "Bearer x", "Basic eDp5", "", "Bearer dp_{id}_wrong", "Bearer dp_{id}_"],
)
def test_every_key_that_opens_nothing_is_answered_alike(client: Client, key: CreatedKey, authorization: str) -> None:
    given = authorization.replace("{id}", split_key(key.key)[0])
    answer = client.get("/who", headers={"Authorization": given})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer error="invalid_token"')
    assert answer.json() == {
        "type": "urn:digital-port:problem:key-unknown",
        "title": "Unauthorized",
        "status": 401,
        "detail": "this key opens nothing here",
        "reason": "KEY_UNKNOWN",
        "fix": "send Authorization: Bearer dp_<id>_<secret> with a live key, or log in",
    }


def test_nobody_is_asked_for_a_key(client: Client) -> None:
    answer = client.get("/who")
    assert (answer.status_code, answer.headers["www-authenticate"], answer.json()["reason"]) == (
        401,
        "Bearer",
        "KEY_MISSING",
    )


def test_a_wrong_secret_costs_what_an_unknown_key_costs(client: Client, key: CreatedKey) -> None:
    spent = []
    for wrong in (key.key + "x", "dp_nobody_nothing"):
        with statements() as sent:
            client.get("/who", headers=bearer(wrong))
        spent.append([statement for statement in sent if "api_key" in statement])
    assert spent[0] == spent[1] != []


def test_a_known_key_costs_no_query_until_rights_may_have_changed(
    client: Client, key: CreatedKey, clock: HandClock
) -> None:
    client.get("/who", headers=bearer(key.key))
    with statements() as sent:
        client.get("/who", headers=bearer(key.key))
    clock.ticks += FRESH_SECONDS
    with statements() as sent_later:
        client.get("/who", headers=bearer(key.key))
    assert (sent, [statement for statement in sent_later if "api_key" in statement]) == ([], [])
    assert any("rights" in statement for statement in sent_later)


def test_a_key_revoked_by_another_process_soon_opens_nothing(
    client: Client, database: Database, key: CreatedKey, clock: HandClock
) -> None:
    client.get("/who", headers=bearer(key.key))
    with database.write() as connection:
        revoke_key(connection, key.key_id, now=NOON)
    clock.ticks += FRESH_SECONDS
    assert client.get("/who", headers=bearer(key.key)).status_code == 401


def test_a_session_cookie_says_who_calls_until_it_expires(
    client: Client, database: Database, key: CreatedKey, clock: HandClock
) -> None:
    token = log_in(database, key)
    client.cookies.set("dp", token)
    answer = client.get("/who")
    assert (answer.status_code, answer.json()) == (200, {"party": "XMHT", "session": sha256(token)})
    clock.now += DAY
    assert client.get("/who").status_code == 401


def test_a_wrong_key_is_refused_though_the_cookie_is_right(client: Client, database: Database, key: CreatedKey) -> None:
    client.cookies.set("dp", log_in(database, key))
    assert client.get("/who", headers=bearer("dp_nobody_nothing")).status_code == 401


def test_on_https_only_the_host_cookie_counts(database: Database, key: CreatedKey, clock: HandClock) -> None:
    token = log_in(database, key)
    client = doors(database, clock, settings=Settings(public_url="https://port.example"))
    answers = [client.get("/who", headers={"Cookie": f"{name}={token}"}).status_code for name in ("dp", "__Host-dp")]
    assert answers == [401, 200]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "http://port.example"}, 200),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "http://port.example.evil.example"}, 403),
        ({"Origin": "http://port.example:8080"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://port.example"}, 200),
        ({"Sec-Fetch-Site": "same-site", "Origin": "http://other.port.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
def test_a_cookie_writes_only_from_our_own_pages(
    client: Client, database: Database, key: CreatedKey, headers: dict[str, str], status: int
) -> None:
    client.cookies.set("dp", log_in(database, key))
    answer = client.post("/who", headers=headers)
    assert (answer.status_code, answer.json().get("reason")) == (status, None if status == 200 else "FOREIGN_ORIGIN")
    assert client.get("/who", headers=headers).status_code == 200


def test_behind_a_proxy_the_public_address_is_our_own(database: Database, key: CreatedKey, clock: HandClock) -> None:
    token = log_in(database, key)
    headers = {"Cookie": f"__Host-dp={token}", "Origin": "https://public.example"}
    client = doors(database, clock, settings=Settings(public_url="https://public.example"))
    assert client.post("/who", headers=headers).status_code == 200


def test_a_key_may_write_from_anywhere(client: Client, key: CreatedKey) -> None:
    headers = bearer(key.key) | {"Origin": "http://evil.example"}
    assert client.post("/who", headers=headers).status_code == 200


def test_a_door_for_one_role_stays_shut_for_the_others(client: Client, database: Database, key: CreatedKey) -> None:
    with database.write() as connection:
        officer = new_key(connection, "CIQ", role=Role.CUSTOMS, seed=2)
    answers = [client.get("/customs-only", headers=bearer(of.key)) for of in (officer, key)]
    assert [answer.status_code for answer in answers] == [200, 403]
    assert answers[1].json() == {
        "type": "urn:digital-port:problem:wrong-role",
        "title": "Forbidden",
        "status": 403,
        "detail": "this is not for the role terminal",
        "reason": "WRONG_ROLE",
        "fix": "use a key with the role customs",
    }
