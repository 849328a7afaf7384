"""`replay`: after a fault is mended, everything that was kept for it is taken, once."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from build_port import BOX, TestPort, at, moved, running_port
from port.state import State
from web.cli import main

OTHER = "TGHU1643396"


@pytest.fixture
def port(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestPort]:
    monkeypatch.setenv("DIGITAL_PORT_DATABASE_URL", database_url)
    with running_port(database_url) as running:
        yield running


def replay(*options: str) -> Result:
    return CliRunner().invoke(main, ["replay", "--state", "rejected", *options])


def told(*options: str) -> dict[str, object]:
    return json.loads(replay("--json", *options).stdout)


def poison(port: TestPort, monkeypatch: pytest.MonkeyPatch, *boxes: str) -> None:
    """Messages met by a fault of ours, one box each."""
    with monkeypatch.context() as patched:
        patched.setattr(State, "judge_fact", lambda state, recorded: 1 / 0)
        for box in boxes:
            assert port.gate(moved("DROP", box=box))["results"][0]["error"]["reason"] == "INTERNAL_ERROR"


def test_what_our_fault_refused_is_taken_once_the_fault_is_mended(port: TestPort, monkeypatch) -> None:
    poison(port, monkeypatch, BOX, OTHER)
    assert told() == {"messages": 2, "items": 2, "taken": 2, "refused": {}, "withoutKey": []}
    assert {port.container(box)["facets"]["movement"] for box in (BOX, OTHER)} == {"IN_YARD"}
    assert told() == {"messages": 0, "items": 0, "taken": 0, "refused": {}, "withoutKey": []}


def test_what_is_wrong_in_itself_stays_refused_and_what_was_taken_is_not_taken_twice(port: TestPort) -> None:
    port.gate(moved("DROP"), moved("DROP", box="CSQU3054384"))
    events = "SELECT count(*) FROM stored_event"
    before = port.client.app.state.port.ask(lambda c: c.execute(text(events)).scalar())
    done = replay()
    assert done.exit_code == 1
    assert done.stdout.splitlines()[-2:] == [
        "1 messages tried again: 0 of 1 refused items taken",
        "  1 still refused: BAD_CONTAINER_NUMBER",
    ]
    assert port.client.app.state.port.ask(lambda c: c.execute(text(events)).scalar()) == before


def test_only_what_was_asked_for_is_tried(port: TestPort, monkeypatch) -> None:
    poison(port, monkeypatch, BOX)
    port.gate(moved("DROP", box="CSQU3054384"))
    port.gate(moved("GTIN") | {"eventDateTime": at(-600)}, role="terminal", party="XMSYD")
    assert told("--reason", "FUTURE_TIME") == {
        "messages": 1, "items": 1, "taken": 0, "refused": {"FUTURE_TIME": 1}, "withoutKey": [],
    }  # fmt: skip
    assert told("--sender", "XMSYD", "--reason", "INTERNAL_ERROR")["messages"] == 0
    assert told("--sender", "TERMINAL", "--reason", "INTERNAL_ERROR")["taken"] == 1


def test_the_messages_of_a_sender_without_a_key_wait(port: TestPort, monkeypatch) -> None:
    poison(port, monkeypatch, BOX)
    with port.client.app.state.port.database.write() as connection:
        connection.execute(text("UPDATE api_key SET revoked_at = 0 WHERE party = 'TERMINAL'"))
    assert told()["withoutKey"] == ["TERMINAL"]
    done = replay()
    assert (done.exit_code, "TERMINAL has no live key" in done.stdout) == (1, True)
