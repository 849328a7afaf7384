"""Visit ids at the doors: minted once, kept through every re-cut, merged into the older, and never a dead end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from build_port import BILL, BOX, TestPort, at, declaration, discharged, manifest, moved, running_port

OTHER = "MSCU6639870"
DAY = 24 * 60


@pytest.fixture
def port(database_url: str) -> Iterator[TestPort]:
    """On SQLite and on PostgreSQL."""
    with running_port(database_url) as running:
        yield running


@pytest.fixture(scope="module")
def empty(shared_database_url: str) -> Iterator[TestPort]:
    """The same for all who find nothing."""
    with running_port(shared_database_url) as running:
        yield running


def told(port: TestPort, *events: dict[str, Any]) -> list[str]:
    """The visit id in the answer to each."""
    return [visit_id for result in port.gate(*events)["results"] for visit_id in result["visitIDs"]]


def visit(port: TestPort, visit_id: str) -> dict[str, Any]:
    answer = port.get(f"/v1/visits/{visit_id}", role="customs")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def test_an_id_says_nothing_of_the_box_or_of_how_many_there_are(port: TestPort):
    first, second = told(port, discharged(), discharged(box=OTHER))
    assert first != second
    assert [len(one) for one in (first, second)] == [36, 36]
    assert BOX not in first


def test_an_expected_visit_keeps_its_id_when_the_box_comes(port: TestPort):
    [expected] = port.customs(manifests=[manifest()])["results"][0]["visitIDs"]
    assert told(port, discharged(minutes_ago=30), moved("GTOT", minutes_ago=5)) == [expected, expected]
    assert visit(port, expected)["facets"]["movement"] == "GATED_OUT"


def test_papers_that_come_after_the_box_join_its_id(port: TestPort):
    [visit_id] = told(port, discharged())
    results = port.customs(manifests=[manifest()], declarations=[declaration()])["results"]
    assert [result["visitIDs"] for result in results] == [[visit_id], [visit_id]]


def test_the_same_box_next_month_has_another_id_and_both_can_be_asked_for(port: TestPort):
    first, _ = told(port, discharged(voyage="001W", minutes_ago=40 * DAY), moved("GTOT", minutes_ago=39 * DAY))
    [second] = told(port, discharged(minutes_ago=30))
    assert first != second
    assert (visit(port, first)["facets"]["movement"], visit(port, second)["facets"]["movement"]) == (
        "GATED_OUT", "DISCHARGED",
    )  # fmt: skip
    assert port.container(BOX)["visitID"] == second
    assert port.get(f"/v1/containers/{BOX}?visit={first}", role="customs").json()["visitID"] == first


def test_an_earlier_movement_told_later_leaves_the_id_where_it_was(port: TestPort):
    [visit_id] = told(port, moved("DROP", minutes_ago=10))
    assert told(port, discharged(minutes_ago=60)) == [visit_id]
    seen = visit(port, visit_id)
    assert (seen["begunAt"], seen["facets"]["movement"], seen["version"]) == (at(60), "IN_YARD", 2)


def test_a_late_gate_out_splits_and_the_new_part_gets_a_new_id(port: TestPort):
    first, same = told(port, moved("GTIN", minutes_ago=600), moved("DROP", minutes_ago=60))
    assert first == same
    [left] = told(port, moved("GTOT", minutes_ago=300))
    assert left == first
    assert visit(port, first)["facets"]["movement"] == "GATED_OUT"
    second = port.container(BOX)["visitID"]
    assert second != first
    assert visit(port, second)["facets"]["movement"] == "IN_YARD"


def test_two_visits_that_turn_out_one_are_the_older_and_the_other_is_its_alias(port: TestPort):
    port.key("depot", "XMCY1", "XMCY1")
    [first] = told(port, discharged(minutes_ago=600))
    # The truck's gate-out to nowhere in particular ended the visit, and the gate-in at another depot began one.
    port.gate(moved("GTOT", minutes_ago=500))
    event = moved("GTIN", minutes_ago=400, movementType="EXPORT", emptyIndicatorCode="EMPTY")
    answer = port.gate(event, role="depot", party="DEPOT-9")["results"][0]
    [second] = answer["visitIDs"]
    assert first != second
    # It was the same import box, laden, on its way through: the depot corrects itself.
    right = event | {"movementType": "IMPORT", "emptyIndicatorCode": "LADEN", "supersedes": answer["eventID"]}
    [merged] = port.gate(right, role="depot", party="DEPOT-9")["results"][0]["visitIDs"]
    assert merged == first
    assert (visit(port, second)["visitID"], visit(port, first)["visitID"]) == (first, first)
    assert port.get(f"/v1/containers/{BOX}?visit={second}", role="customs").json()["visitID"] == first
    assert port.get(f"/v1/containers/{BOX}/timeline?visit={second}", role="customs").json()["visitID"] == first


def test_what_was_decided_instructed_and_lent_of_a_merged_visit_goes_with_it(port: TestPort):
    port.customs(manifests=[manifest(issuedAt=at(5 * DAY))])
    first = told(port, discharged(minutes_ago=600))[0]
    nomination = {"equipmentReference": BOX, "transportDocumentReference": BILL, "nominee": "FRIEND"}
    assert port.post("/v1/visits/nominations", nomination, role="forwarder").status_code == 201
    wrong = port.gate(moved("GTOT", minutes_ago=500))["results"][0]
    [second] = told(port, moved("DROP", minutes_ago=100))
    assert second != first
    port.gate(moved("GTOT", minutes_ago=500, supersedes=wrong["eventID"], isRetracted=True))
    assert visit(port, second)["visitID"] == first
    seen = port.container(BOX, role="forwarder", party="FRIEND")
    assert (seen["visitID"], seen["facets"]["movement"]) == (first, "IN_YARD")
    listed = port.get("/v1/instructions", role="terminal").json()["instructions"]
    assert {one["visitID"] for one in listed} == {first}


def test_an_alias_stays_one_when_the_parts_come_apart_again(port: TestPort):
    first = told(port, moved("GTIN", minutes_ago=600))[0]
    port.gate(moved("GTOT", minutes_ago=500))
    [second] = told(port, moved("DROP", minutes_ago=100))
    port.gate(moved("GTOT", minutes_ago=500, isRetracted=True, eventCreatedDateTime=at(90)))
    assert visit(port, second)["visitID"] == first
    port.gate(moved("GTOT", minutes_ago=450, eventCreatedDateTime=at(80)))
    third = port.container(BOX)["visitID"]
    assert third not in (first, second)
    assert (visit(port, second)["visitID"], visit(port, third)["visitID"]) == (first, third)


def test_an_id_whose_report_was_withdrawn_still_answers(port: TestPort):
    [visit_id] = told(port, discharged())
    port.gate(discharged(isRetracted=True))
    seen = visit(port, visit_id)
    assert (seen["visitID"], seen["headline"]["code"], seen["begunAt"]) == (visit_id, "REPORT_WITHDRAWN", None)
    assert port.container(BOX, role="terminal")["visitID"] == visit_id


def test_an_id_comes_back_to_life_with_its_report(port: TestPort):
    port.customs(manifests=[manifest(containers=[BOX, OTHER], issuedAt=at(600))])
    expected = port.container(BOX)["visitID"]
    port.customs(manifests=[manifest(containers=[OTHER], issuedAt=at(500))])
    assert visit(port, expected)["headline"]["code"] == "REPORT_WITHDRAWN"
    port.customs(manifests=[manifest(containers=[BOX, OTHER], issuedAt=at(400))])
    assert visit(port, expected)["headline"]["code"] == "EXPECTED"


def test_versions_count_the_commits_that_changed_the_record_and_no_others(port: TestPort):
    [visit_id] = told(port, discharged())
    versions = [visit(port, visit_id)["version"]]
    for arrays in (
        {"manifests": [manifest()]},
        {"manifests": [manifest()]},
        {"declarations": [declaration()]},
        {"vesselCalls": [{"vesselIMONumber": "9074729", "voyage": "031W", "eta": at(900)}]},
    ):
        port.customs(**arrays)
        versions.append(visit(port, visit_id)["version"])
    # Told again it changes nothing, and a ship's times are its call's.
    assert versions == [1, 2, 2, 3, 3]


def test_a_corrected_container_number_moves_the_story_to_the_other_box(port: TestPort):
    answer = port.gate(discharged())["results"][0]
    [wrong] = answer["visitIDs"]
    [right] = told(port, discharged(box=OTHER, supersedes=answer["eventID"]))
    assert right != wrong
    assert visit(port, wrong)["headline"]["code"] == "REPORT_WITHDRAWN"
    assert visit(port, right)["equipmentReference"] == OTHER


@pytest.mark.parametrize("visit_id", ["nothing", "00000000-0000-8000-8000-000000000000", "%", "a" * 300])
def test_an_id_nobody_was_given_leads_nowhere(empty: TestPort, visit_id: str):
    answer = empty.get(f"/v1/visits/{visit_id}", role="customs")
    assert (answer.status_code, answer.json()["reason"]) == (404, "NOTHING_REPORTED_TO_YOU")
