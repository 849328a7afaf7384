"""Two people stand behind what decides: over HTTP, at the console, and whatever is written into the database itself."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from build_parties import key_wanted
from build_port import NOW, TestPort, running_port
from build_rules import AUTHOR, SECOND, WAIVED, active, announced, approved, discharge, kept, step, table
from events.columns import to_microseconds
from port.database import open_database
from port.diversion.loading import load_default
from port.keys import create_key, find_actor
from web.cli import main

FOUNDED = load_default().content_hash


@contextmanager
def writing(url: str) -> Iterator[Connection]:
    """The database as anybody with its password has it, the writer's own way in."""
    with closing(open_database(url)) as database, database.write() as connection:
        yield connection


def person(port: TestPort, party: str) -> str:
    told: str = port.get("/v1/session", role="customs", party=party).json()["person"]
    return told


def refused(url: str, statement: str, **values: Any) -> bool:
    """Whether the database itself refuses it."""
    try:
        with writing(url) as connection:
            connection.execute(text(statement), values)
    except IntegrityError:
        return True
    return False


APPROVAL = (
    "INSERT INTO ruleset_approval (content_hash, author, approver, party, at, why, waived)"
    " VALUES (:hash, :author, :approver, 'P', :at, 'by hand', '[]')"
)
ACTIVATION = (
    "INSERT INTO ruleset_activation"
    " (number, content_hash, approval, restores, withdraws, effective_at, at, party, why, position, sites)"
    " VALUES (:number, :hash, :approval, :restores, :withdraws, :at, :at, '', 'by hand', 0, '[]')"
)


def activation(content_hash: str, number: int = 2, **more: Any) -> dict[str, Any]:
    given = {"approval": None, "restores": None, "withdraws": None} | more
    return {"number": number, "hash": content_hash, "at": to_microseconds(NOW), **given}


def test_the_author_approves_nothing_of_her_own_over_http(either_port: TestPort):
    port = either_port
    content_hash = kept(port, table("INSPECTION"))
    own = step(port, content_hash, "approve", party=AUTHOR, **WAIVED)
    assert (own.status_code, own.json()["reason"]) == (403, "SECOND_OFFICER_NEEDED")
    early = step(port, content_hash, "activate", party=AUTHOR)
    assert (early.status_code, early.json()["reason"]) == (409, "RULESET_NOT_APPROVED")
    assert active(port) == FOUNDED
    assert step(port, content_hash, "approve", **WAIVED).status_code == 200
    assert step(port, content_hash, "activate", party=AUTHOR).status_code == 200
    assert active(port) == content_hash


def test_a_rotated_key_and_a_key_she_makes_herself_are_the_same_person(port: TestPort):
    content_hash = kept(port, table("INSPECTION"))
    key_id = port.key("customs").split("_")[1]
    rotated = port.post(f"/v1/keys/{key_id}/rotate", role="customs").json()["key"]
    made = port.post("/v1/keys", {}, role="customs").json()["key"]
    made_of_made = port.client.post("/v1/keys", json={}, headers={"Authorization": f"Bearer {made}"}).json()["key"]
    for key in (rotated, made, made_of_made):
        body = {"why": "as agreed", **WAIVED}
        headers = {"Authorization": f"Bearer {key}"}
        answer = port.client.post(f"/v1/rulesets/{content_hash}/approve", json=body, headers=headers)
        assert (answer.status_code, answer.json()["reason"]) == (403, "SECOND_OFFICER_NEEDED")


def test_a_browser_session_is_the_person_whose_key_opened_it(port: TestPort):
    content_hash = kept(port, table("INSPECTION"))
    entered = port.client.post("/v1/session", json={"key": port.key("customs")})
    assert entered.json()["person"] == person(port, AUTHOR)
    cookies = {"Cookie": f"dp={entered.cookies['dp']}", "Sec-Fetch-Site": "same-origin"}
    answer = port.client.post(
        f"/v1/rulesets/{content_hash}/approve", json={"why": "as agreed", **WAIVED}, headers=cookies
    )
    assert (answer.status_code, answer.json()["reason"]) == (403, "SECOND_OFFICER_NEEDED")


def test_no_officer_takes_another_officer_s_place(port: TestPort):
    with writing(port.url) as connection:
        colleague = create_key(connection, key_wanted("CUSTOMS", role="customs"), now=NOW, draw=secrets.token_bytes)
    answer = port.post(f"/v1/keys/{colleague.key_id}/rotate", role="customs")
    assert (answer.status_code, answer.json()["reason"]) == (403, "ANOTHER_PERSON")
    by_admin = port.post(f"/v1/keys/{colleague.key_id}/rotate", role="admin").json()["key"]
    with writing(port.url) as connection:
        found = find_actor(connection, by_admin)
    assert found is not None
    assert found.person == colleague.key_id


def test_whom_an_admin_lets_in_is_somebody_new(port: TestPort):
    body = {"party": "CUSTOMS", "name": "Customs", "role": "customs"}
    keys = [port.post("/v1/keys", body, role="admin").json()["key"] for _ in range(2)]
    with writing(port.url) as connection:
        people = {actor.person for key in keys if (actor := find_actor(connection, key)) is not None}
    assert len(people) == 2


def test_the_database_takes_no_approval_by_the_author_nor_in_another_s_name(either_port: TestPort):
    port = either_port
    content_hash = kept(port, table("INSPECTION"))
    author, second = person(port, AUTHOR), person(port, SECOND)
    given = {"hash": content_hash, "at": to_microseconds(NOW)}
    assert refused(port.url, APPROVAL, author=author, approver=author, **given)
    assert refused(port.url, APPROVAL, author=second, approver=author, **given)
    assert refused(port.url, APPROVAL, author="nobody", approver=author, **given)
    assert refused(port.url, APPROVAL, author=author, approver="nobody", **given)
    assert refused(port.url, APPROVAL, author="", approver=second, **given)
    own = "UPDATE ruleset_version SET author = :who WHERE content_hash = :hash"
    assert refused(port.url, own, who=second, hash=content_hash)
    assert refused(port.url, "UPDATE ruleset_version SET author = NULL WHERE content_hash = :hash", hash=content_hash)
    assert not refused(port.url, APPROVAL, author=author, approver=second, **given)
    assert refused(port.url, "UPDATE ruleset_approval SET approver = author")
    assert refused(port.url, "DELETE FROM ruleset_approval")


def test_the_database_activates_nothing_that_two_people_do_not_stand_behind(either_port: TestPort):
    port = either_port
    draft, good = kept(port, table("SCAN", name="draft")), approved(port, table("INSPECTION"))
    assert refused(port.url, ACTIVATION, **activation(draft))
    assert refused(port.url, ACTIVATION, **activation(draft, approval=draft))
    assert refused(port.url, ACTIVATION, **activation(draft, approval=good))
    assert refused(port.url, ACTIVATION, **activation(draft, restores=1))
    assert refused(port.url, ACTIVATION, **activation(draft, withdraws=1))
    assert refused(port.url, ACTIVATION, **activation(draft, number=1))
    assert refused(port.url, "UPDATE ruleset_activation SET content_hash = :hash", hash=draft)
    assert refused(port.url, "DELETE FROM ruleset_activation")
    assert active(port) == FOUNDED
    announced(port)
    assert not refused(port.url, ACTIVATION, **activation(good, approval=good))
    assert active(port) == good
    port.clock.forward(seconds=1)
    assert discharge(port)["route"] == "INSPECTION"


def test_a_program_that_asks_after_no_foreign_keys_gets_no_further(port: TestPort):
    draft, good = kept(port, table("SCAN", name="draft")), approved(port, table("INSPECTION"))
    author, second = person(port, AUTHOR), person(port, SECOND)
    forged = [
        (APPROVAL, {"hash": draft, "author": second, "approver": author, "at": 1}),
        (APPROVAL, {"hash": draft, "author": author, "approver": "nobody", "at": 1}),
        (APPROVAL.replace("INSERT", "REPLACE", 1), {"hash": good, "author": author, "approver": second, "at": 1}),
        (ACTIVATION, activation(draft, approval=draft)),
        (ACTIVATION, activation(draft, restores=1)),
        (ACTIVATION, activation(draft, withdraws=1)),
        (ACTIVATION.replace("INSERT", "REPLACE", 1), activation(draft, number=1)),
        ("UPDATE ruleset_version SET author = :who WHERE content_hash = :hash", {"who": second, "hash": draft}),
        (
            (
                "REPLACE INTO ruleset_version"
                " SELECT content_hash, name, kept_at, body, :who, party, based_on, note, tests, position"
                " FROM ruleset_version WHERE content_hash = :hash"
            ),
            {"who": second, "hash": draft},
        ),
    ]
    with closing(sqlite3.connect(port.url.removeprefix("sqlite:///"), timeout=30)) as plain:
        for statement, values in forged:
            with pytest.raises(sqlite3.IntegrityError):
                plain.execute(statement, values)
            plain.rollback()
    assert active(port) == FOUNDED


def test_calling_the_active_version_off_by_hand_changes_nothing(either_port: TestPort):
    port = either_port
    good = approved(port, table("INSPECTION"))
    assert step(port, good, "activate").status_code == 200
    assert not refused(port.url, ACTIVATION, **activation(good, number=3, withdraws=2))
    assert active(port) == good


def test_the_database_lets_no_version_change_once_it_is_written(either_port: TestPort):
    port = either_port
    content_hash = kept(port, table("INSPECTION"))
    for change in ("body = '{}'", "content_hash = 'x'", "name = 'x'", "kept_at = 0"):
        assert refused(port.url, f"UPDATE ruleset_version SET {change} WHERE content_hash = :hash", hash=content_hash)
    assert refused(port.url, "DELETE FROM ruleset_version WHERE content_hash = :hash", hash=content_hash)


@pytest.mark.parametrize("emptied", ["ruleset_version", "ruleset_approval", "ruleset_activation"])
def test_nobody_empties_what_holds_four_eyes(postgresql_url: str, emptied: str):
    with running_port(postgresql_url) as port:
        approved(port, table("INSPECTION"))
        assert refused(port.url, f"TRUNCATE {emptied} CASCADE")


@pytest.fixture
def console(sqlite_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A file with a table, and settings that name the database."""
    monkeypatch.setenv("DIGITAL_PORT_DATABASE_URL", sqlite_url)
    # Of `.ci/run`, and no setting: the console would say so.
    monkeypatch.delenv("DIGITAL_PORT_REQUIRE_ALL", raising=False)
    path = tmp_path / "rules.json"
    path.write_text(json.dumps(table("INSPECTION")), encoding="utf-8")
    return path


def run(*arguments: str, key: str | None = None, **more: Any) -> Result:
    given = [] if key is None else ["--key", key]
    return CliRunner().invoke(main, [*arguments, *given], **more)


def officer() -> str:
    created = run("keys", "create", "--party", "CUSTOMS", "--name", "Customs", "--role", "customs")
    return created.stdout.strip()


def test_four_eyes_hold_at_the_console_too(console: Path):
    author, second = officer(), officer()
    content_hash = run("rules", "propose", str(console), "--why", "to try it", key=author).stdout.strip()
    without = ("--without", "backtest", "--without", "shadow")
    own = run("rules", "approve", content_hash[:8], "--why", "as agreed", *without, key=author)
    early = run("rules", "activate", content_hash[:8], "--why", "as agreed", key=second)
    assert [(done.exit_code, done.stderr.splitlines()[0]) for done in (own, early)] == [
        (1, "Error: whoever wrote a version cannot approve it"),
        (1, "Error: a version needs a second officer's approval before it decides"),
    ]
    untried = run("rules", "approve", content_hash[:8], "--why", "as agreed", key=second)
    assert "before an approval is missing: BACKTEST, SHADOW" in untried.stderr
    assert run("rules", "approve", content_hash[:8], "--why", "as agreed", *without, key=second).exit_code == 0
    done = run("rules", "activate", content_hash[:8], "--why", "as agreed", "--json", key=author)
    assert (json.loads(done.stdout)["state"], json.loads(done.stdout)["waived"]) == ("ACTIVE", ["BACKTEST", "SHADOW"])
    assert run("rules", "rollback", content_hash, "--why", "not now", key=second).stdout.startswith(FOUNDED[:12])
    assert run("rules", "activate", content_hash[:8], "--why", "as agreed", key=author).exit_code == 0
    listed = json.loads(run("rules", "list", "--json").stdout)
    assert listed["active"]["hash"] == content_hash
    assert run("rules", "list").stdout.splitlines()[0].startswith(f"{content_hash[:12]}  trial  ACTIVE")


def test_who_acts_at_the_console_is_asked_for_and_must_be_an_officer(console: Path, monkeypatch: pytest.MonkeyPatch):
    author = officer()
    propose = ("rules", "propose", str(console), "--why", "to try it")
    admin = run("keys", "create", "--party", "A", "--name", "A", "--role", "admin").stdout.strip()
    assert "rules are for customs officers" in run(*propose, key=admin).stderr
    assert "this key opens nothing here" in run(*propose, key="dp_no_key").stderr
    asked = run(*propose, input=f"{author}\n")
    assert (asked.exit_code, author in asked.output) == (0, False)
    monkeypatch.setenv("DIGITAL_PORT_KEY", author)
    again = run(*propose)
    assert (again.exit_code, "this table is kept already" in again.stderr) == (1, True)


def test_a_time_at_the_console_needs_its_offset(console: Path):
    key = officer()
    for told in ("2027-01-01T00:00", "tomorrow"):
        done = run("rules", "activate", FOUNDED[:8], "--why", "as agreed", "--at", told, key=key)
        assert done.exit_code == 2
