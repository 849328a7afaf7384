"""web.sessions and web.keys: logging in and out, tickets, links, and who may make which key."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from zlib import crc32

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import insert

from build_client import Client
from build_database import database_with_tables
from build_doors import HandClock
from build_parties import NOON, new_key
from events import log
from events.feed import LocalFeed
from port.actor import Role
from port.database import Database
from port.diversion.loading import load_default
from port.judging import Judge
from port.keys import CreatedKey
from port.record import Recorder
from port.sessions import redeem_ticket
from web import keys, sessions
from web.app import STATUSES
from web.port import Port
from web.problems import add_problems
from web.security import Doorkeeper
from web.settings import Settings

TWELVE_HOURS = 12 * 60 * 60


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with database_with_tables(database_url) as opened:
        with opened.write() as connection:
            connection.execute(insert(log.HEAD).values(id=1, position=0, database_id="database"))
        yield opened


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def client(database: Database, clock: HandClock) -> Iterator[Client]:
    with served(database, clock) as opened:
        yield opened


@contextmanager
def served(database: Database, clock: HandClock, settings: Settings | None = None) -> Iterator[Client]:
    settings = settings or Settings()
    judge, feed = Judge(ruleset=load_default(), draw_salt=b"s" * 32, id_salt=b"s" * 32), LocalFeed()
    recorder = Recorder(database, judge, feed, clock=clock)
    doorkeeper = Doorkeeper(database, settings, clock=clock, tick=clock.tick)
    app = FastAPI()
    app.state.port = Port(settings, database, judge, recorder, feed, doorkeeper, clock, "database")
    add_problems(app, STATUSES)
    app.include_router(sessions.router)
    app.include_router(keys.router)
    recorder.start()
    try:
        yield Client(app)
    finally:
        recorder.stop()


def key_of(database: Database, party: str = "XMHT", role: Role = Role.TERMINAL, **given: object) -> CreatedKey:
    with database.write() as connection:
        return new_key(connection, party, role=role, seed=crc32(f"{party} {role}".encode()), **given)  # type: ignore[arg-type]


def bearer(key: CreatedKey) -> dict[str, str]:
    return {"Authorization": f"Bearer {key.key}"}


def told(answer: httpx.Response) -> tuple[int, object]:
    """Status and reason of a refusal."""
    return answer.status_code, answer.json().get("reason")


def test_a_key_is_exchanged_for_a_session_cookie_that_scripts_cannot_read(client: Client, database: Database) -> None:
    answer = client.post("/v1/session", json={"key": key_of(database, facilities=("XMHT",)).key})
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "party": "XMHT",
            "partyName": "海天码头",
            "role": "terminal",
            "facilities": ["XMHT"],
            "expiresAt": "2026-11-22T00:00:00Z",
        },
    )
    name, _, attributes = answer.headers["set-cookie"].partition("=")
    assert (name, attributes.partition("; ")[2]) == ("dp", f"HttpOnly; Max-Age={TWELVE_HOURS}; Path=/; SameSite=lax")
    assert client.get("/v1/session").json() == answer.json()


def test_on_https_the_cookie_is_bound_to_host_and_https(database: Database, clock: HandClock) -> None:
    with served(database, clock, Settings(public_url="https://port.example")) as client:
        cookie = client.post("/v1/session", json={"key": key_of(database).key}).headers["set-cookie"]
    assert cookie.startswith("__Host-dp=")
    assert cookie.endswith(f"HttpOnly; Max-Age={TWELVE_HOURS}; Path=/; SameSite=lax; Secure")


def test_a_hub_is_told_as_a_star_and_a_key_has_no_end(client: Client, database: Database) -> None:
    answer = client.get("/v1/session", headers=bearer(key_of(database, facilities=("*",)))).json()
    assert (answer["facilities"], answer["expiresAt"]) == (["*"], None)


def test_a_link_logs_a_browser_in_once(client: Client, database: Database) -> None:
    drawn = client.post("/v1/entry-codes", headers=bearer(key_of(database)))
    assert (drawn.status_code, drawn.json()["path"], drawn.json()["expiresAt"]) == (
        201,
        f"/enter#{drawn.json()['code']}",
        "2026-11-22T12:00:00Z",
    )
    answers = [client.post("/v1/session", json={"code": drawn.json()["code"]}) for _ in range(2)]
    assert (answers[0].status_code, answers[0].json()["party"], told(answers[1])) == (200, "XMHT", (401, "CODE_USED"))


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"key": "dp_nobody_nothing"}, (401, "KEY_UNKNOWN")),
        ({"code": "nothing"}, (401, "CODE_UNKNOWN")),
        ({}, (422, "VALUE_INVALID")),
        ({"key": "x", "code": "y"}, (422, "VALUE_INVALID")),
        ({"key": "x", "colour": "red"}, (422, "VALUE_INVALID")),
    ],
)
def test_what_opens_nothing_logs_nobody_in(client: Client, body: object, refusal: tuple[int, str]) -> None:
    answer = client.post("/v1/session", json=body)
    assert (told(answer), "set-cookie" in answer.headers) == (refusal, False)


def test_another_site_can_neither_log_a_browser_in_nor_out(client: Client, database: Database) -> None:
    key = key_of(database).key
    client.post("/v1/session", json={"key": key})
    evil = {"Origin": "http://evil.example"}
    answers = [client.post("/v1/session", json={"key": key}, headers=evil), client.delete("/v1/session", headers=evil)]
    assert [told(answer) for answer in answers] == [(403, "FOREIGN_ORIGIN")] * 2
    assert client.get("/v1/session").status_code == 200


def test_logging_out_ends_the_session_and_takes_the_cookie_back(client: Client, database: Database) -> None:
    client.post("/v1/session", json={"key": key_of(database).key})
    stolen = dict(client.cookies)
    answer = client.delete("/v1/session")
    assert (answer.status_code, "Max-Age=0" in answer.headers["set-cookie"], dict(client.cookies)) == (204, True, {})
    client.cookies.update(stolen)
    assert client.get("/v1/session").status_code == 401
    assert client.delete("/v1/session").status_code == 204


def test_a_ticket_opens_the_stream_once_for_the_session_that_drew_it(
    client: Client, database: Database, clock: HandClock
) -> None:
    client.post("/v1/session", json={"key": key_of(database).key})
    drawn = client.post("/v1/stream-tickets").json()
    assert drawn == {"ticket": drawn["ticket"], "expiresAt": "2026-11-21T12:01:00Z"}
    with database.write() as connection:
        admission = redeem_ticket(connection, drawn["ticket"], now=clock.now)
    assert (admission.actor.party, admission.session_id is not None) == ("XMHT", True)


def test_nobody_draws_no_ticket(client: Client) -> None:
    assert told(client.post("/v1/stream-tickets")) == (401, "KEY_MISSING")


def test_an_admin_makes_keys_for_everybody(client: Client, database: Database) -> None:
    admin = bearer(key_of(database, "ADMIN", Role.ADMIN))
    body = {"party": "XMST", "name": "嵩屿码头", "role": "terminal", "facilities": ["XMST"]}
    created = client.post("/v1/keys", json=body, headers=admin)
    assert (created.status_code, created.json()["party"], created.json()["role"]) == (201, "XMST", "terminal")
    shown = client.get("/v1/session", headers={"Authorization": f"Bearer {created.json()['key']}"}).json()
    assert (shown["partyName"], shown["facilities"]) == ("嵩屿码头", ["XMST"])
    assert {key["party"] for key in client.get("/v1/keys", headers=admin).json()["keys"]} == {"ADMIN", "XMST"}


def test_a_party_makes_keys_of_its_own_kind_only(client: Client, database: Database) -> None:
    own = bearer(key_of(database, facilities=("XMHT", "XMH2")))
    bodies: list[dict[str, object]] = [
        {},
        {"facilities": ["XMH2"]},
        {"facilities": ["XMST"]},
        {"facilities": ["*"]},
        {"party": "XMST"},
        {"role": "customs"},
    ]
    answers = [client.post("/v1/keys", json=body, headers=own) for body in bodies]
    assert [answer.status_code for answer in answers] == [201, 201, 403, 403, 403, 403]
    listed = client.get("/v1/keys", headers=own).json()["keys"]
    assert sorted(key["facilities"] for key in listed) == [["XMH2"], ["XMH2", "XMHT"], ["XMH2", "XMHT"]]


def test_a_facility_of_another_party_is_a_conflict(client: Client, database: Database) -> None:
    key_of(database, facilities=("XMHT",))
    admin = bearer(key_of(database, "ADMIN", Role.ADMIN))
    body = {"party": "RIVAL", "name": "R", "role": "depot", "facilities": ["XMHT"]}
    assert told(client.post("/v1/keys", json=body, headers=admin)) == (409, "FACILITY_TAKEN")
    assert [party["party"] for party in client.get("/v1/parties", headers=admin).json()["parties"]] == ["ADMIN", "XMHT"]


def test_a_revoked_key_opens_nothing_from_that_moment(client: Client, database: Database) -> None:
    admin, key = bearer(key_of(database, "ADMIN", Role.ADMIN)), key_of(database)
    before = client.get("/v1/session", headers=bearer(key)).status_code
    ended = client.delete(f"/v1/keys/{key.key_id}", headers=admin).status_code
    assert (before, ended, client.get("/v1/session", headers=bearer(key)).status_code) == (200, 204, 401)


def test_a_foreign_key_is_as_absent_as_one_that_never_was(client: Client, database: Database) -> None:
    own, foreign = bearer(key_of(database)), key_of(database, "FWD", Role.FORWARDER)
    answers = [client.delete(f"/v1/keys/{key_id}", headers=own) for key_id in (foreign.key_id, "nobody")]
    assert [told(answer) for answer in answers] == [(404, "KEY_UNKNOWN")] * 2
    assert answers[0].text.replace(foreign.key_id, "nobody") == answers[1].text
    assert client.get("/v1/session", headers=bearer(foreign)).status_code == 200


def test_a_party_rotates_its_own_key_and_both_live(client: Client, database: Database) -> None:
    key = key_of(database)
    rotated = client.post(f"/v1/keys/{key.key_id}/rotate", headers=bearer(key))
    assert rotated.status_code == 201
    alive = [
        client.get("/v1/session", headers={"Authorization": f"Bearer {one}"}).status_code
        for one in (key.key, rotated.json()["key"])
    ]
    assert alive == [200, 200]


def test_parties_see_their_own_name_and_customs_all(client: Client, database: Database) -> None:
    officer = bearer(key_of(database, "CIQ", Role.CUSTOMS, facilities=("XMCIQ",)))
    terminal = bearer(key_of(database, facilities=("XMHT",)))
    own = {
        "party": "XMHT",
        "name": "海天码头",
        "roles": ["terminal"],
        "facilities": [{"code": "XMHT", "name": "XMHT", "kind": "TERMINAL"}],
    }
    assert client.get("/v1/parties", headers=terminal).json() == {"parties": [own]}
    assert [party["party"] for party in client.get("/v1/parties", headers=officer).json()["parties"]] == ["CIQ", "XMHT"]


def test_many_callers_at_once_ask_for_the_rights_version_once(database: Database, clock: HandClock) -> None:
    key = key_of(database)
    with served(database, clock) as client:
        keeper: Doorkeeper = client.app.state.port.doorkeeper

        async def ask_together() -> list[object]:
            return await asyncio.gather(*(keeper.find_actor(key.key) for _ in range(50)))

        found = asyncio.run(ask_together())
    assert {actor and actor.party for actor in found} == {"XMHT"}  # type: ignore[attr-defined]


def test_a_session_lives_as_long_as_the_setting_says(database: Database, clock: HandClock) -> None:
    with served(database, clock, Settings(session_hours=1)) as client:
        client.post("/v1/session", json={"key": key_of(database).key})
        clock.now = NOON + timedelta(minutes=59)
        before = client.get("/v1/session").status_code
        clock.now = NOON + timedelta(minutes=60)
        assert (before, client.get("/v1/session").status_code) == (200, 401)
