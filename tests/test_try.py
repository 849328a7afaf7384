"""Try a box: what a table would make of it, why not for every row, the facts, the moves; and nothing is kept."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from build_diverting import decisions, declare
from build_lab import IMPORTS, asks, keep_version, row, table
from build_port import BOX, NUMBER, TestPort, declaration, discharged, manifest, notice
from port.diversion.loading import load_default

DEFAULT = load_default().content_hash
STRICT = table(
    row("INSPECTION", IMPORTS, asks("hs_code", "prefix", ["9403"]), id="furniture"), row("YARD", IMPORTS, id="rest")
)


def tried(port: TestPort, **asked: Any) -> Any:
    """The answer to a try."""
    return port.post("/v1/rulesets/try", asked, role="customs")


def only(port: TestPort, **asked: Any) -> dict[str, Any]:
    answer = tried(port, **asked)
    assert answer.status_code == 200, answer.text
    [case] = answer.json()["cases"]
    return case


def head(port: TestPort) -> int:
    with port.client.app.state.port.database.read() as connection:
        return int(connection.scalar(text("SELECT position FROM log_head")) or 0)


def test_a_container_is_decided_as_it_stands_now_by_the_version_that_is_named(either_port: TestPort) -> None:
    declare(either_port)
    case = only(either_port, hash=DEFAULT[:8], container=f" {BOX.lower()} ")
    assert (case["containerNumber"], case["isRouted"]) == (BOX, True)
    assert case["decision"] == {
        "route": "DIRECT_RELEASE", "reason": "RULE", "place": None, "matchedRow": "ordinary-in-advance", "risk": None,
        "isAwaitingSite": False, "alerts": [],
    }  # fmt: skip
    assert case["declarations"] == [{"document": "COSU6123456780", "declaration": NUMBER, "status": "DECLARED"}]
    assert case["moves"] == {"traditional": 4.4, "now": 1.0, "avoided": 3.4}


def test_every_row_says_why_not_and_every_fact_its_unit(port: TestPort) -> None:
    declare(port)
    case = only(port, ruleset=STRICT, container=BOX)
    verdicts = {one["row"]: (one["verdict"], one["matched"]) for one in case["rows"]}
    assert verdicts == {"furniture": ("MATCHED", True), "rest": ("MATCHED", False), "default": ("MATCHED", False)}
    case = only(port, hash=DEFAULT, container=BOX)
    [stone] = [one for one in case["rows"] if one["row"] == "stone-under-watch"]
    assert [why["en"].split(";")[0] for why in stone["whyNot"]] == [
        "HS code: 9403600000", "country of origin: VN",
    ]  # fmt: skip
    facts = {one["name"]: one for one in case["facts"]}
    assert facts["net_mass_kg"] == {
        "name": "net_mass_kg", "zh": "净重", "en": "net mass", "value": 9800.0, "unit": "kg", "level": "LINE",
        "isAsked": False, "declaration": NUMBER, "line": 1,
    }  # fmt: skip
    assert facts["hs_code"]["isAsked"]


def test_a_fact_that_is_asked_for_and_that_nobody_told_is_shown_as_missing(port: TestPort) -> None:
    declare(port)
    heavy = table(row("SCAN", asks("gross_mass_kg", "at_least", 30000), id="heavy"), row("DIRECT_RELEASE", IMPORTS))
    case = only(port, ruleset=heavy, container=BOX)
    assert case["decision"]["reason"] == "FACTS_MISSING"
    assert [one["value"] for one in case["facts"] if one["name"] == "gross_mass_kg"] == [None]


def test_a_decision_is_tried_on_exactly_what_was_stored_with_it(port: TestPort) -> None:
    declare(port)
    port.gate(discharged())
    decided = decisions(port)[0]
    port.customs(notices=[notice("HELD")])
    case = only(port, hash=DEFAULT, decisionID=decided["decisionID"])
    assert (case["decision"]["route"], case["declarations"][0]["status"]) == (decided["route"], "DECLARED")
    assert only(port, hash=DEFAULT, container=BOX)["decision"]["route"] == "HOLD"


def test_a_message_is_tried_as_if_it_had_come_and_is_not_kept(port: TestPort) -> None:
    declare(port)
    before = head(port)
    held = {"messageID": "X", "notices": [notice("HELD")]}
    assert only(port, hash=DEFAULT, message={"format": "customs", "body": held})["decision"]["route"] == "HOLD"
    move = {"messageID": "Y", "events": [discharged(facilityCode="XMHT")]}
    case = only(port, ruleset=STRICT, message={"format": "gate", "body": move})
    assert case["decision"]["route"] == "INSPECTION"
    facts = {one["name"]: one["value"] for one in case["facts"]}
    assert facts["facility_code"] == "XMHT"
    assert head(port) == before
    assert port.get("/v1/messages?state=all", role="customs").json()["messages"][0]["messageID"] not in ("X", "Y")
    assert only(port, hash=DEFAULT, container=BOX)["decision"]["route"] == "DIRECT_RELEASE"


def test_a_declaration_is_tried_with_its_box_and_without_any(port: TestPort) -> None:
    port.customs(manifests=[manifest()])
    assert only(port, ruleset=STRICT, declaration=declaration())["containerNumber"] == BOX
    alone = declaration(containers=[], transportDocumentReference=None)
    case = only(port, ruleset=STRICT, declaration=alone)
    assert (case["containerNumber"], case["decision"]["route"]) == (None, "INSPECTION")


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"hash": DEFAULT}, "VALUE_INVALID"),
        ({"hash": DEFAULT, "ruleset": STRICT, "container": BOX}, "VALUE_INVALID"),
        ({"hash": "0" * 64, "container": BOX}, "RULESET_UNKNOWN"),
        ({"hash": DEFAULT, "container": BOX}, "NOTHING_THERE"),
        ({"hash": DEFAULT, "decisionID": "none"}, "NOTHING_THERE"),
        ({"ruleset": table(row("YARD")), "container": BOX}, "RULESET_INVALID"),
        ({"hash": DEFAULT, "message": {"format": "tea", "body": ""}}, "BAD_VALUE"),
        ({"hash": DEFAULT, "message": {"format": "gate", "body": "no JSON"}}, "NOT_JSON"),
    ],
)
def test_what_cannot_be_tried_is_refused_with_its_reason(port: TestPort, asked: dict[str, Any], reason: str) -> None:
    answer = tried(port, **asked)
    assert (answer.status_code in (404, 422), answer.json()["reason"]) == (True, reason)


def test_only_customs_may_try(port: TestPort) -> None:
    for role in ("terminal", "forwarder", "carrier", "authority", "admin"):
        answer = port.post("/v1/rulesets/try", {"hash": DEFAULT, "container": BOX}, role=role)
        assert (answer.status_code, answer.json()["reason"]) == (403, "WRONG_ROLE")


def test_a_version_asks_the_profiles_of_a_box_it_tries(port: TestPort) -> None:
    declare(port)
    candidate = keep_version(port, table(row("HOLD", asks("hs_origin_find_rate", "at_least", 0.9)), name="risky"))
    facts = {one["name"]: one for one in only(port, hash=candidate, container=BOX)["facts"]}
    assert (facts["hs_origin_find_rate"]["value"], facts["hs_origin_find_rate"]["isAsked"]) == (None, True)
