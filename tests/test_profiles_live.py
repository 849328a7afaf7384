"""Profile facts in live decisions: learnt from past inspections, stored with what was decided on, asked for only when
a version wants them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from build_diverting import decisions, override
from build_lab import IMPORTS, asks, keep_version, row, shadow, table
from build_port import TestPort, declaration, discharged, manifest, notice, running_port
from web.lab_following import learn_findings

STONE = {
    "hsCode": "6802230000",
    "originCountry": "IN",
    "netMassKg": 20000.0,
    "declaredValue": 9000.0,
    "currency": "USD",
}
CHAIR = STONE | {"hsCode": "9403600000", "originCountry": "VN"}
BOXES = ("CSQU3054383", "MSCU6639870", "TGHU7654320")
OFTEN_FOUND = row("INSPECTION", IMPORTS, asks("hs_origin_find_rate", "at_least", 0.5), id="often-found")
RELEASED = row("DIRECT_RELEASE", IMPORTS, id="imports")


@contextmanager
def port_with(folder: Path, *rows: dict[str, Any]) -> Iterator[TestPort]:
    rules = folder / "rules.json"
    rules.write_text(json.dumps(table(*rows)), encoding="utf-8")
    with running_port(f"sqlite:///{folder / 'port.db'}", ruleset=rules) as running:
        yield running


def papers(n: int, line: dict[str, Any], *, box: str | None = None) -> dict[str, Any]:
    """The papers of the nth box."""
    own = {"containers": [box or BOXES[n]], "transportDocumentReference": f"COSU61234567{n:02d}"}
    lodged = declaration(declarationNumber=number(n), lines=[line], **own)
    return {"manifests": [manifest(**own)], "declarations": [lodged]}


def number(n: int) -> str:
    return f"3711202610012345{n:02d}"


def inspected(port: TestPort, n: int, line: dict[str, Any], result: str) -> None:
    told = papers(n, line) | {"notices": [notice("INSPECTION_FINISHED", declarationNumber=number(n), result=result)]}
    port.customs(**told)
    learn_findings(port.client.app.state.port)


@contextmanager
def asked_profiles(port: TestPort) -> Iterator[list[str]]:
    """Every question put to the profiles meanwhile."""
    asked: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_more: object) -> None:
        if "FROM finding_profile" in statement and '"key"' in statement:
            asked.append(statement)

    engine = port.client.app.state.port.database._writer
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", note)


def facts_of(port: TestPort, decision_id: str) -> dict[str, Any]:
    told = port.get(f"/v1/decisions/{decision_id}", role="customs").json()["facts"]["standings"][0]
    return {**told["facts"], **told["lines"][0]}


def test_goods_that_were_caught_before_are_inspected_and_the_decision_says_by_which_rate(tmp_path: Path) -> None:
    with port_with(tmp_path, OFTEN_FOUND, RELEASED) as port:
        inspected(port, 0, STONE, "ABNORMAL")
        inspected(port, 1, CHAIR, "PASS")
        port.customs(**papers(2, STONE))
        [given] = port.gate(discharged(box=BOXES[2]))["results"]
        assert given["instruction"]["route"] == "INSPECTION"
        facts = facts_of(port, decisions(port)[0]["decisionID"])
        # One find in one inspection, and the general rate of a half counted as if seen twice.
        assert facts["hs_origin_find_rate"] == pytest.approx((1 + 2 * 0.5) / (1 + 2))
        assert facts["hs_origin_inspections"] == 1


def test_what_was_decided_stands_when_the_profile_changes_afterwards(tmp_path: Path) -> None:
    with port_with(tmp_path, OFTEN_FOUND, RELEASED) as port:
        inspected(port, 0, STONE, "ABNORMAL")
        port.customs(**papers(2, STONE))
        port.gate(discharged(box=BOXES[2]))
        before = decisions(port)[0]
        inspected(port, 1, STONE, "PASS")
        assert before in decisions(port)
        assert facts_of(port, before["decisionID"])["hs_origin_inspections"] == 1


def test_an_override_is_kept_with_the_profile_facts_that_the_rules_would_have_asked(tmp_path: Path) -> None:
    with port_with(tmp_path, OFTEN_FOUND, RELEASED) as port:
        inspected(port, 0, STONE, "ABNORMAL")
        port.customs(**papers(2, STONE))
        port.gate(discharged(box=BOXES[2]))
        made = override(port, "YARD").json()
        assert made["reason"] == "OVERRIDE"
        assert facts_of(port, made["decisionID"])["hs_origin_inspections"] == 1


def test_before_anything_was_inspected_the_fact_is_missing_and_nothing_is_released_on_it(tmp_path: Path) -> None:
    with port_with(tmp_path, OFTEN_FOUND, RELEASED) as port:
        port.customs(**papers(0, STONE))
        [given] = port.gate(discharged())["results"]
        assert (given["instruction"]["route"], given["instruction"]["reason"]) == ("YARD", "FACTS_MISSING")


def test_nobody_asks_the_profiles_while_no_version_wants_them(tmp_path: Path) -> None:
    with port_with(tmp_path, RELEASED) as port, asked_profiles(port) as asked:
        port.customs(**papers(0, STONE))
        port.gate(discharged())
        assert decisions(port)[0]["route"] == "DIRECT_RELEASE"
        assert "hs_origin_find_rate" not in facts_of(port, decisions(port)[0]["decisionID"])
        assert asked == []


def test_a_batch_of_many_boxes_asks_once(tmp_path: Path) -> None:
    with port_with(tmp_path, OFTEN_FOUND, RELEASED) as port:
        inspected(port, 0, CHAIR, "ABNORMAL")
        told = [papers(n, STONE | {"netMassKg": 1000.0 + n}) for n in (1, 2)]
        with asked_profiles(port) as asked:
            port.customs(**{name: [one for paper in told for one in paper[name]] for name in told[0]})
        assert len(asked) == 1
        with asked_profiles(port) as asked:
            port.gate(discharged(box=BOXES[1]), discharged(box=BOXES[2]))
        assert len(asked) == 1
        rates = {facts_of(port, one["decisionID"])["hs_origin_inspections"] for one in decisions(port)[:2]}
        assert rates == {0}


def test_a_version_in_shadow_has_its_profile_facts_in_live_cases_from_then_on(tmp_path: Path) -> None:
    with port_with(tmp_path, RELEASED) as port:
        inspected(port, 0, STONE, "ABNORMAL")
        candidate = keep_version(port, table(OFTEN_FOUND, RELEASED, name="candidate"))
        assert shadow(port, candidate).status_code == 200
        port.customs(**papers(1, STONE))
        port.gate(discharged(box=BOXES[1]))
        assert facts_of(port, decisions(port)[0]["decisionID"])["hs_origin_inspections"] == 1
        assert shadow(port, candidate, on=False).json()["since"] is None
        port.customs(**papers(2, STONE))
        port.gate(discharged(box=BOXES[2]))
        assert "hs_origin_inspections" not in facts_of(port, decisions(port)[0]["decisionID"])
