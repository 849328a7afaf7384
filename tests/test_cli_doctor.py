"""`doctor`: what is not as it should be, in plain words, with what to do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from build_port import BOX, TestPort, moved, running_port
from port.state import State
from web.cli import main


@pytest.fixture
def port(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestPort]:
    """A port whose clock is right, on SQLite and on PostgreSQL."""
    monkeypatch.setenv("DIGITAL_PORT_DATABASE_URL", database_url)
    with running_port(database_url) as running:
        running.clock.now = datetime.now(UTC)
        yield running


def now(**more: Any) -> dict[str, Any]:
    return moved("DROP", **more) | {"eventDateTime": datetime.now(UTC).isoformat()}


def asked() -> tuple[int, dict[str, Any]]:
    done = CliRunner().invoke(main, ["doctor", "--json"])
    return done.exit_code, json.loads(done.stdout)


def finding(told: dict[str, Any], name: str) -> tuple[bool, str, str | None]:
    [found] = [one for one in told["findings"] if one["name"] == name]
    return found["isWell"], found["found"], found["remedy"]


def test_all_is_well_where_nothing_was_refused_and_everything_agrees(port: TestPort) -> None:
    port.clock.forward(hours=-2)
    port.gate(moved("DROP") | {"eventDateTime": port.clock.now.isoformat()})
    port.clock.forward(hours=2)
    assert port.run_job("reconcile") == 1
    code, told = asked()
    assert (code, [one for one in told["findings"] if not one["isWell"]]) == (0, [])
    assert finding(told, "reconciliation") == (
        True, "all hours of the last 7 days agree; 0 messages with a wrong control count", None,
    )  # fmt: skip
    assert told["refusals"] == []


def test_refusals_are_told_by_sender_and_reason_with_what_to_do(port: TestPort, monkeypatch) -> None:
    port.gate(now(box="CSQU3054384"), now(box="CSQU3054384"))
    with monkeypatch.context() as patched:
        patched.setattr(State, "judge_fact", lambda state, recorded: 1 / 0)
        port.gate(now())
    code, told = asked()
    assert code == 1
    assert [(row["sender"], row["reason"], row["items"]) for row in told["refusals"]] == [
        ("TERMINAL", "BAD_CONTAINER_NUMBER", 2), ("TERMINAL", "INTERNAL_ERROR", 1),
    ]  # fmt: skip
    is_well, _, remedy = finding(told, "refused TERMINAL INTERNAL_ERROR")
    assert (is_well, remedy and remedy.endswith("replay --state rejected --reason INTERNAL_ERROR")) == (False, True)
    is_well, found, remedy = finding(told, "refused TERMINAL BAD_CONTAINER_NUMBER")
    assert (is_well, found) == (True, "2 items kept, the oldest 0.0 h")
    assert remedy == "its sender must mend it, and was told how. This is not a container number."
    assert BOX not in json.dumps(told)


def test_a_difference_is_told_and_so_is_that_nobody_counts(port: TestPort) -> None:
    port.clock.forward(hours=-4)
    port.gate(moved("DROP") | {"eventDateTime": port.clock.now.isoformat()})
    port.clock.forward(hours=4)
    is_well, found, remedy = finding(asked()[1], "reconciliation")
    assert (is_well, found.startswith("an hour that ended"), remedy) == (
        False, True, "no process runs the jobs: start one",
    )  # fmt: skip
    with port.client.app.state.port.database.write() as connection:
        connection.execute(text("DELETE FROM visit"))
    port.run_job("reconcile")
    is_well, found, remedy = finding(asked()[1], "reconciliation")
    assert (is_well, found.startswith("1 hours of the last 7 days")) == (False, True)
    assert remedy == "see GET /v1/reconciliations?differs=true, then run: digital-port rebuild --check"


def test_a_silent_source_is_told_from_what_was_counted_and_what_was_not(port: TestPort) -> None:
    began = port.clock.now
    port.clock.now = began - timedelta(days=3)
    port.gate(moved("DROP") | {"eventDateTime": port.clock.now.isoformat()})
    port.clock.forward(hours=2)
    assert port.run_job("reconcile") == 1
    port.gate(moved("DROP", box="TGHU1643396") | {"eventDateTime": port.clock.now.isoformat()})
    port.clock.now = began
    told = asked()[1]
    assert [(row["sender"], row["format"], row["messages"]) for row in told["sources"]] == [("TERMINAL", "gate", 2)]
    assert finding(told, "source TERMINAL gate") == (
        False, "last heard 70.0 h ago", "ask the sender whether its line is down",
    )  # fmt: skip
