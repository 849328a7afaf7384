"""`take` and `doctor`: messages from files, and whether all is well."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from build_port import BOX, moved
from web.cli import main


@pytest.fixture
def run(sqlite_url: str, monkeypatch: pytest.MonkeyPatch):
    """Run a command on an empty database of its own."""
    monkeypatch.setenv("DIGITAL_PORT_DATABASE_URL", sqlite_url)

    def command(*arguments: str) -> Result:
        return CliRunner().invoke(main, list(arguments))

    return command


@pytest.fixture
def gate_file(tmp_path: Path) -> Path:
    """A gate message in a file: one good event and one with a wrong check digit."""
    now = {"eventDateTime": datetime.now(UTC).isoformat()}
    events = [moved("GTIN") | now, moved("GTIN", box="CSQU3054384") | now]
    path = tmp_path / "gate.json"
    path.write_text(json.dumps({"messageID": "FILE-1", "events": events}))
    return path


def test_a_file_is_taken_as_if_its_sender_had_pushed_it(run, gate_file: Path) -> None:
    run("keys", "create", "--party", "XMHT", "--name", "Haitian", "--role", "terminal", "--facility", "XMHT")
    done = run("take", str(gate_file), "--format", "gate", "--sender", "XMHT", "--json")
    assert done.exit_code == 1
    receipt = json.loads(done.stdout)
    assert [(result["outcome"], result["error"] and result["error"]["reason"]) for result in receipt["results"]] == [
        ("accepted", None),
        ("rejected", "BAD_CONTAINER_NUMBER"),
    ]
    again = run("take", str(gate_file), "--format", "gate", "--sender", "XMHT")
    assert "1 of 2 taken (a repeat)" in again.stdout


def test_a_sender_without_a_key_is_told_to_get_one(run, gate_file: Path) -> None:
    done = run("take", str(gate_file), "--format", "gate", "--sender", "NOBODY")
    assert done.exit_code == 1
    assert "keys create" in done.output


def test_a_file_its_sender_may_not_send_is_refused_with_words(run, gate_file: Path) -> None:
    run("keys", "create", "--party", "BROKER", "--name", "Broker", "--role", "broker")
    done = run("take", str(gate_file), "--format", "gate", "--sender", "BROKER")
    assert done.exit_code == 1
    assert "NOT_ALLOWED A broker may not send gate." in done.stdout


def test_a_file_over_the_limit_is_refused_unread(run, tmp_path: Path) -> None:
    run("keys", "create", "--party", "XMHT", "--name", "Haitian", "--role", "terminal", "--facility", "XMHT")
    with (tmp_path / "big.json").open("wb") as file:
        file.seek(50 * 1024**3)  # a hole
        file.write(b"}")
    done = run("take", str(tmp_path / "big.json"), "--format", "gate", "--sender", "XMHT")
    assert (done.exit_code, "OVERSIZE" in done.stdout) == (1, True)


def test_a_sender_may_be_named_by_a_key_of_its_own_even_once_it_was_rotated(run, gate_file: Path) -> None:
    keys = ("keys", "create", "--party", "XMHT", "--name", "Haitian", "--role", "terminal", "--facility", "XMHT")
    key_id = json.loads(run(*keys, "--json").stdout)["keyID"]
    run("keys", "rotate", key_id)
    run("keys", "revoke", key_id)
    done = run("take", str(gate_file), "--format", "gate", "--sender", key_id)
    assert "1 of 2 taken" in done.stdout


def test_doctor_tells_what_an_empty_database_wants(run) -> None:
    done = run("doctor", "--json")
    assert done.exit_code == 1
    [finding] = json.loads(done.stdout)["findings"]
    assert finding == {"name": "tables", "isWell": False, "found": "empty", "remedy": "run: digital-port migrate"}


def test_doctor_tells_how_old_each_source_is_and_what_was_refused(run, gate_file: Path) -> None:
    run("keys", "create", "--party", "XMHT", "--name", "Haitian", "--role", "terminal", "--facility", "XMHT")
    run("take", str(gate_file), "--format", "gate", "--sender", "XMHT")
    told = json.loads(run("doctor", "--json").stdout)
    assert told["counts"]["visits"] == 1
    assert told["counts"]["instructions_open"] == 1
    [source] = told["sources"]
    assert (source["sender"], source["format"], source["messages"], source["refused"]) == ("XMHT", "gate", 1, 1)
    assert 0 <= source["ageSeconds"] < 600
    refusals = next(finding for finding in told["findings"] if finding["name"] == "refusals")
    assert refusals["isWell"] is False
    assert BOX not in json.dumps(told)
