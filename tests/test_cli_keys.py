"""The console script: keys on an empty database, migrate, exit codes, JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from port.actor import Actor, Role
from port.database import open_database
from port.keys import find_actor
from port.sessions import redeem_entry_code
from port.tables import SchemaState, schema_state
from web.cli import COMMANDS, main
from web.clock import wall_clock
from web.settings import unknown_variables

CREATE = ("keys", "create", "--party", "XMHT", "--name", "海天码头", "--role", "terminal")


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, database_url: str) -> None:
    for name in unknown_variables():
        monkeypatch.delenv(name)
    monkeypatch.setenv("DIGITAL_PORT_DATABASE_URL", database_url)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def told(*arguments: str) -> dict[str, str]:
    """The JSON answer of a command that succeeds."""
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    answer: dict[str, str] = json.loads(result.stdout)
    return answer


def actor_of(database_url: str, key: str) -> Actor | None:
    with closing(open_database(database_url)) as database, database.read() as connection:
        return find_actor(connection, key)


def test_a_key_is_created_on_an_empty_database(database_url: str) -> None:
    created = told(*CREATE, "--facility", "XMHT")
    assert created == {"keyID": created["keyID"], "key": created["key"], "party": "XMHT", "role": "terminal"}
    assert actor_of(database_url, created["key"]) == Actor(
        created["keyID"], "XMHT", "海天码头", Role.TERMINAL, frozenset({"XMHT"}), person=created["keyID"]
    )


def test_without_json_the_key_alone_is_printed(database_url: str) -> None:
    printed = run(*CREATE).stdout.strip()
    assert actor_of(database_url, printed) is not None


def test_a_star_makes_a_hub(database_url: str) -> None:
    actor = actor_of(database_url, told(*CREATE, "--facility", "*")["key"])
    assert actor is not None
    assert actor.is_hub


def test_a_party_that_is_known_keeps_its_name(database_url: str) -> None:
    run(*CREATE)
    result = run("keys", "create", "--party", "XMHT", "--name", "another", "--role", "carrier")
    assert (result.exit_code, result.stderr) == (0, "note: XMHT is known as 海天码头\n")


def test_a_foreign_facility_is_refused(database_url: str) -> None:
    told(*CREATE, "--facility", "XMHT")
    result = run("keys", "create", "--party", "RIVAL", "--name", "R", "--role", "depot", "--facility", "XMHT")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "facility XMHT belongs to another party" in result.stderr


@pytest.mark.parametrize(
    "wrong",
    [
        ("keys", "create"),
        ("keys", "create", "--party", "X", "--name", "N", "--role", "king"),
        ("keys", "create", "--party", "a b", "--name", "N", "--role", "terminal"),
        (*CREATE, "--facility", "*", "--facility", "XMHT"),
        ("keys", "forget"),
        ("nothing",),
    ],
)
def test_wrong_usage_ends_with_code_2(wrong: tuple[str, ...]) -> None:
    result = run(*wrong)
    assert (result.exit_code, result.stdout) == (2, "")


def test_keys_are_listed_without_their_secrets_and_the_ended_ones_on_demand(database_url: str) -> None:
    first, second = told(*CREATE), told(*CREATE, "--facility", "XMHT")
    revoked = told("keys", "revoke", first["keyID"])
    live, every = run("keys", "list", "--json").stdout, run("keys", "list", "--revoked", "--json").stdout
    assert [key["keyID"] for key in json.loads(live)["keys"]] == [second["keyID"]]
    assert [key["revokedAt"] for key in json.loads(every)["keys"]] == [revoked["revokedAt"], None]
    assert not any(key["key"].rpartition("_")[2] in every for key in (first, second))
    assert actor_of(database_url, first["key"]) is None


def test_an_unknown_key_can_be_neither_revoked_nor_rotated_nor_entered_with() -> None:
    results = [run("keys", verb, "nobody") for verb in ("revoke", "rotate", "enter")]
    assert [(result.exit_code, result.stdout) for result in results] == [(1, "")] * 3


def test_a_rotated_key_has_a_successor_beside_it(database_url: str) -> None:
    first = told(*CREATE)
    second = told("keys", "rotate", first["keyID"])
    assert [actor_of(database_url, key["key"]) is not None for key in (first, second)] == [True, True]


def test_a_link_logs_in_with_the_key_once(database_url: str) -> None:
    created = told(*CREATE)
    link = told("keys", "enter", created["keyID"])
    assert link["path"] == f"/enter#{link['code']}"
    with closing(open_database(database_url)) as database, database.write() as connection:
        assert redeem_entry_code(connection, link["code"], now=wall_clock()).key_id == created["keyID"]


def test_migrate_creates_the_tables_and_says_so(database_url: str) -> None:
    checks = [run("migrate", "--check", "--json"), run("migrate", "--json"), run("migrate", "--check", "--json")]
    assert [(check.exit_code, json.loads(check.stdout)) for check in checks] == [
        (1, {"before": "EMPTY", "after": "EMPTY"}),
        (0, {"before": "EMPTY", "after": "CURRENT"}),
        (0, {"before": "CURRENT", "after": "CURRENT"}),
    ]
    assert schema_state(database_url) is SchemaState.CURRENT


def test_a_wrong_setting_is_told_and_its_value_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGITAL_PORT_DATABASE_URL", "mysql://root:hidden@127.0.0.1/x")
    result = run("keys", "list")
    assert (result.exit_code, result.stderr) == (
        2,
        "Error: DIGITAL_PORT_DATABASE_URL: mysql: only sqlite:/// and postgresql:// are known\n",
    )


def test_a_misspelt_setting_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGITAL_PORT_DATABSE_URL", "x")
    assert "warning: DIGITAL_PORT_DATABSE_URL is not a setting" in run("keys", "list").stderr


@pytest.mark.parametrize("url", ["sqlite:///{folder}/nowhere/port.db", "postgresql://postgres@127.0.0.1:9/port"])
def test_a_database_that_cannot_be_reached_ends_with_code_3(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, url: str
) -> None:
    monkeypatch.setenv("DIGITAL_PORT_DATABASE_URL", url.format(folder=tmp_path))
    result = run("keys", "list")
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr.startswith("Error: the database does not answer: ")


def test_the_script_runs_as_a_module_too() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "web.cli", *CREATE, "--json"], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout)["party"] == "XMHT"


@pytest.mark.parametrize("name", ["keys", "migrate"])
def test_every_command_explains_itself(name: str) -> None:
    command = main.get_command(click.Context(main), name)
    assert command is not None
    every = list(command.commands.values()) if isinstance(command, click.Group) else [command]
    for one in every:
        assert one.help
        assert any(parameter.name == "as_json" for parameter in one.params), one.name
    assert COMMANDS[name] in run("--help").stdout
