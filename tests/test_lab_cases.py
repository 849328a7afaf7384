"""port.lab_cases: recorded boxes as a back-test takes them, honest about what nobody knows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from build_diverting import gated_in
from build_lab import IMPORTS, asks, row, table
from build_port import NOW, TestPort, declaration, discharged, manifest, notice, running_port
from port.diversion.facts import CustomsStatus
from port.diversion.outcomes import PastCase, Stratum
from port.lab_cases import past_cases

BOXES = ("CSQU3054383", "MSCU6639870", "TGHU7654320", "MSKU0000006", "HLXU1234567")
STONE = {
    "hsCode": "6802230000",
    "originCountry": "IN",
    "netMassKg": 20000.0,
    "declaredValue": 9000.0,
    "currency": "USD",
}
RULES = table(
    row("INSPECTION", IMPORTS, asks("hs_code", "prefix", ["6802"]), id="stone"),
    row("DIRECT_RELEASE", IMPORTS, id="rest"),
)


@pytest.fixture
def port(tmp_path: Path) -> Iterator[TestPort]:
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps(RULES), encoding="utf-8")
    with running_port(f"sqlite:///{tmp_path / 'port.db'}", ruleset=rules) as running:
        yield running


def number(n: int) -> str:
    return f"3711202610012345{n:02d}"


def papers(n: int, **more: Any) -> dict[str, Any]:
    own = {"containers": [BOXES[n]], "transportDocumentReference": f"COSU61234567{n:02d}"}
    lodged = declaration(declarationNumber=number(n), **{**own, **more})
    return {"manifests": [manifest(**own)], "declarations": [lodged]}


def arrive(port: TestPort, n: int, **more: Any) -> None:
    port.customs(**papers(n, **more))
    port.gate(discharged(box=BOXES[n]))


def finish(port: TestPort, n: int, result: str | None) -> None:
    told = {"result": result} if result else {}
    port.customs(notices=[notice("INSPECTION_FINISHED", declarationNumber=number(n), **told)])


def cases(port: TestPort, **window: Any) -> list[PastCase]:
    with port.client.app.state.port.database.read() as connection:
        asked = {"since": None, "until": None, **window}
        return list(past_cases(connection, tell=lambda done, of: None, **asked))


def known(port: TestPort) -> dict[str, tuple[Stratum, bool | None]]:
    return {one.case.container_number: (one.stratum, one.found) for one in cases(port)}


def test_what_was_opened_has_its_outcome_and_what_was_released_is_unknown(port: TestPort) -> None:
    for n, line in enumerate([STONE, STONE, STONE]):
        arrive(port, n, lines=[line])
    arrive(port, 3)
    finish(port, 0, "ABNORMAL")
    finish(port, 1, "PASS")
    assert known(port) == {
        BOXES[0]: (Stratum.BY_RULES, True),
        BOXES[1]: (Stratum.BY_RULES, False),
        BOXES[2]: (Stratum.BY_RULES, None),
        BOXES[3]: (Stratum.NOT_INSPECTED, None),
    }


def test_an_order_that_came_later_is_why_it_was_opened(port: TestPort) -> None:
    arrive(port, 0)
    port.customs(notices=[notice("INSPECTION_ORDERED", declarationNumber=number(0), minutes_ago=3)])
    finish(port, 0, "ABNORMAL")
    arrive(port, 1)
    finish(port, 1, "PASS")
    assert known(port) == {BOXES[0]: (Stratum.ORDERED, True), BOXES[1]: (Stratum.UNKNOWN, False)}


def test_a_finished_inspection_without_a_result_says_nothing_of_what_was_found(port: TestPort) -> None:
    arrive(port, 0, lines=[STONE])
    finish(port, 0, None)
    assert known(port) == {BOXES[0]: (Stratum.BY_RULES, None)}


def test_each_visit_is_one_case_as_it_was_at_its_point(port: TestPort) -> None:
    arrive(port, 0)
    port.customs(notices=[notice("HELD", declarationNumber=number(0))])
    [case] = cases(port)
    assert [one.status for one in case.case.standings] == [CustomsStatus.DECLARED]
    assert (case.at, case.decision_id is not None, len(case.draws)) == (NOW, True, 1)


def test_a_box_declared_after_its_point_is_the_case_it_was_then(port: TestPort) -> None:
    port.customs(manifests=papers(0)["manifests"])
    port.gate(discharged())
    assert [one.case.standings[0].declaration for one in cases(port)] == [None]
    port.customs(declarations=papers(0)["declarations"])
    assert [one.case.standings[0].declaration for one in cases(port)] == [number(0)]


def test_what_never_came_to_its_point_is_no_case(port: TestPort) -> None:
    port.customs(**papers(0))
    assert cases(port) == []


def test_cases_are_those_of_the_time_asked_for(port: TestPort) -> None:
    arrive(port, 0)
    port.clock.forward(hours=1)
    port.gate(gated_in(box=BOXES[1]))
    arrive(port, 2)
    assert len(cases(port)) == 3
    boundary = NOW + timedelta(hours=1)
    assert [one.case.container_number for one in cases(port, until=boundary)] == [BOXES[0]]
    assert [one.case.container_number for one in cases(port, since=boundary)] == [BOXES[1], BOXES[2]]
