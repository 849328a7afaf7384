"""An active version that this program cannot read: the port goes on, and holds what the table is asked of."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest

from build_port import NUMBER, TestPort, notice, running_port
from build_rules import activated, active, announced, decision, discharge, step, table

SPOILT: dict[str, Callable[[str], str]] = {
    "no JSON": lambda body: "{{{",
    "no table": lambda body: "[]",
    "facts of another program": lambda body: body.replace('"direction"', '"of_tomorrow"'),
    "another table under its hash": lambda body: body.replace('"SCAN"', '"DIRECT_RELEASE"'),
}
CHANGED = "SELECT sql FROM sqlite_master WHERE name = 'ruleset_version_changed'"


def spoil(url: str, content_hash: str, how: str) -> None:
    """What the database itself does not let anybody do, done by hand."""
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as database:
        [guard] = database.execute(CHANGED).fetchone()
        named = "WHERE content_hash = ?"
        [body] = database.execute(f"SELECT body FROM ruleset_version {named}", [content_hash]).fetchone()
        spoilt = SPOILT[how](body)
        assert spoilt != body
        database.execute("DROP TRIGGER ruleset_version_changed")
        database.execute(f"UPDATE ruleset_version SET body = ? {named}", [spoilt, content_hash])
        database.execute(guard)
        database.commit()


def alerts(port: TestPort) -> set[str]:
    """The codes of all alerts."""
    return {one["code"] for one in port.get("/v1/alerts", role="customs").json()["alerts"]}


@pytest.mark.parametrize("how", SPOILT)
def test_boxes_are_held_with_an_alert_and_the_port_goes_on(sqlite_url: str, how: str) -> None:
    with running_port(sqlite_url) as port:
        content_hash = activated(port, table("SCAN"))
    spoil(sqlite_url, content_hash, how)
    with running_port(sqlite_url) as port:
        announced(port, 0)
        assert (discharge(port, 0)["route"], decision(port)["reason"]) == ("HOLD", "RULE_FAULT")
        assert decision(port)["rulesetHash"] == content_hash
        assert "RULE_FAULT" in alerts(port)
        assert active(port) == content_hash
        told = port.get(f"/v1/rulesets/{content_hash}", role="customs")
        assert (told.status_code, told.json()["reason"]) == (409, "RULESET_UNREADABLE")
        tried = port.post("/v1/rulesets/try", {"ruleset": table("YARD"), "decisionID": decision(port)["decisionID"]},
                          role="customs")  # fmt: skip
        assert tried.json()["cases"][0]["decision"]["route"] == "YARD", tried.text
        assert step(port, content_hash, "rollback").status_code == 200
        announced(port, 1)
        assert decision(port, 1)["reason"] != "RULE_FAULT"


def test_customs_word_counts_without_a_readable_version(sqlite_url: str) -> None:
    with running_port(sqlite_url) as port:
        content_hash = activated(port, table("SCAN"))
    spoil(sqlite_url, content_hash, "no JSON")
    with running_port(sqlite_url) as port:
        announced(port, 0)
        port.customs(notices=[notice("RELEASED", minutes_ago=30, declarationNumber=NUMBER[:-1] + "0")])
        discharge(port, 0)
        assert decision(port)["route"] == "DIRECT_RELEASE"
