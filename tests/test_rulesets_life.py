"""A version on its way: tried, approved, active now or later, rolled back; and what that means for boxes under way."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta

import pytest
from sqlalchemy import event, update

from build_port import NOW, TestPort, discharged, notice, running_port
from build_rules import (
    SECOND,
    WAIVED,
    a_test,
    activated,
    active,
    announced,
    approved,
    box,
    decision,
    discharge,
    kept,
    propose,
    state,
    step,
    steps_of,
    table,
)
from build_writers import ports_on
from port.database import Database, open_database
from port.diversion.loading import load_default
from port.rebuilding import Rebuilding, Report
from port.rulesets_active import active_ruleset
from port.shadow import SHADOW_RUNS
from web import wire

pytestmark = pytest.mark.slow

FOUNDED = load_default().content_hash


def reason(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["reason"]


def checked(port: TestPort, database: Database, judge) -> Report:
    return Rebuilding(judge, NOW, is_check=True).run(database, lambda *_: None)


def test_the_next_discharge_is_routed_by_what_two_officers_activated(either_port: TestPort):
    port = either_port
    announced(port, 0)
    announced(port, 1)
    before = discharge(port, 0)
    content_hash = activated(port, table("INSPECTION"))
    after = discharge(port, 1)
    assert (before["route"], after["route"], after["place"]) == ("DIRECT_RELEASE", "INSPECTION", "XMCY")
    assert [decision(port, n)["rulesetHash"] for n in (0, 1)] == [FOUNDED, content_hash]
    assert steps_of(port, content_hash) == ["PROPOSED", "LINTED", "TESTED", "APPROVED", "ACTIVATED"]
    assert [state(port, one) for one in (FOUNDED, content_hash)] == ["RETIRED", "ACTIVE"]


def test_before_an_approval_everything_must_have_been_tried(port: TestPort):
    failing = kept(port, table("INSPECTION"), tests=[a_test("SCAN")])
    lacking = step(port, failing, "approve")
    assert (*reason(lacking), lacking.json()["where"]) == (409, "RULESET_NOT_READY", "TESTS, BACKTEST, SHADOW")
    waived = step(port, failing, "approve", **WAIVED)
    assert (*reason(waived), waived.json()["where"]) == (409, "RULESET_NOT_READY", "TESTS")
    assert propose(port, table("INSPECTION"), tests=[a_test("INSPECTION")]).status_code == 201
    unsaid = step(port, failing, "approve", why=" ok ", without=["BACKTEST", "SHADOW"])
    assert (unsaid.status_code, unsaid.json()["where"]) == (422, "why")
    unknown = step(port, failing, "approve", without=["TESTS"])
    assert (unknown.status_code, unknown.json()["where"]) == (422, "without")
    told = step(port, failing, "approve", **WAIVED).json()
    assert (told["state"], told["waived"], told["approvedBy"]["name"]) == (
        "APPROVED",
        ["BACKTEST", "SHADOW"],
        "Customs-Two",
    )
    assert reason(step(port, failing, "approve", **WAIVED)) == (409, "RULESET_APPROVED")
    assert reason(propose(port, table("INSPECTION"))) == (409, "RULESET_EXISTS")
    audit = port.get(f"/v1/rulesets/{failing}/audit", role="customs").json()["steps"]
    last = audit[-1]
    assert (last["step"], last["why"], last["detail"]["waived"]) == ("APPROVED", WAIVED["why"], ["BACKTEST", "SHADOW"])


def test_a_table_with_errors_is_kept_as_a_draft_and_never_approved(port: TestPort):
    document = table("INSPECTION")
    document["rows"].append({**document["rows"][0], "id": "never", "route": "SCAN"})
    content_hash = kept(port, document)
    answer = step(port, content_hash, "approve", **WAIVED)
    assert (*reason(answer), answer.json()["where"]) == (409, "RULESET_NOT_READY", "LINT")


def shadowed(port: TestPort, cases: int, errors: int) -> None:
    """What the follower would have counted."""
    with closing(open_database(port.url)) as database, database.write() as connection:
        connection.execute(update(SHADOW_RUNS).values(cases=cases, errors=errors))


def test_a_shadow_run_counts_once_it_has_judged_a_box_without_a_fault(port: TestPort):
    content_hash = kept(port, table("INSPECTION"))
    assert step(port, content_hash, "shadow", on=True).status_code == 200
    for cases, errors in ((0, 0), (16, 16)):
        shadowed(port, cases, errors)
        answer = step(port, content_hash, "approve", without=["BACKTEST"])
        assert (*reason(answer), answer.json()["where"]) == (409, "RULESET_NOT_READY", "SHADOW")
    shadowed(port, 16, 15)
    answer = step(port, content_hash, "approve", without=["BACKTEST"])
    assert (answer.status_code, answer.json()["waived"], answer.json()["shadowRuns"]) == (200, ["BACKTEST"], 1)


def test_a_scheduled_version_decides_from_its_time_without_any_job(either_port: TestPort):
    port = either_port
    for number in (0, 1):
        announced(port, number)
    content_hash = approved(port, table("INSPECTION"))
    since = NOW + timedelta(hours=2)
    told = step(port, content_hash, "activate", **{"from": since.isoformat()}).json()
    assert (told["state"], told["activeFrom"]) == ("SCHEDULED", wire.time(since))
    listed = port.get("/v1/rulesets", role="customs").json()
    assert (listed["active"]["hash"], listed["scheduled"]) == (
        FOUNDED, [{"hash": content_hash, "from": wire.time(since)}],
    )  # fmt: skip
    assert discharge(port, 0)["route"] == "DIRECT_RELEASE"
    port.clock.forward(hours=2)
    assert (active(port), state(port, content_hash)) == (content_hash, "ACTIVE")
    assert discharge(port, 1)["route"] == "INSPECTION"
    assert [port.run_job("rules-begun") for _ in range(2)] == [1, 0]
    last = port.get(f"/v1/rulesets/{content_hash}/audit", role="customs").json()["steps"][-1]
    assert (last["step"], last["by"], last["effectiveAt"]) == ("ACTIVATED", None, wire.time(since))


def test_a_time_that_has_passed_is_no_time_to_begin(port: TestPort):
    content_hash = approved(port, table("INSPECTION"))
    answer = step(port, content_hash, "activate", **{"from": NOW.isoformat()})
    assert (answer.status_code, answer.json()["where"]) == (422, "from")


def test_a_scheduled_version_is_called_off_and_stays_approved(port: TestPort):
    content_hash = approved(port, table("INSPECTION"))
    later = {"from": (NOW + timedelta(hours=1)).isoformat()}
    assert step(port, content_hash, "activate", **later).status_code == 200
    assert reason(step(port, content_hash, "activate")) == (409, "RULESET_ACTIVE")
    assert step(port, content_hash, "retire").json()["state"] == "APPROVED"
    port.clock.forward(hours=3)
    assert active(port) == FOUNDED
    assert step(port, content_hash, "activate").json()["state"] == "ACTIVE"
    assert steps_of(port, content_hash)[-3:] == ["SCHEDULED", "UNSCHEDULED", "ACTIVATED"]


def test_a_rollback_is_one_step_by_one_officer_and_goes_back_never_forth(either_port: TestPort):
    port = either_port
    first = activated(port, table("INSPECTION"))
    second = activated(port, table("SCAN", note="again"), basedOn=first)
    assert step(port, second, "rollback", party="CUSTOMS").json()["hash"] == first
    assert (active(port), state(port, second)) == (first, "RETIRED")
    assert step(port, first, "rollback").json()["hash"] == FOUNDED
    assert reason(step(port, FOUNDED, "rollback")) == (409, "NOTHING_BEFORE")
    assert reason(step(port, first, "rollback")) == (409, "RULESET_NOT_ACTIVE")
    assert steps_of(port, second)[-2:] == ["ACTIVATED", "ROLLED_BACK"]
    announced(port)
    assert discharge(port)["route"] == "DIRECT_RELEASE"


def test_a_retired_version_is_used_no_more(port: TestPort):
    draft, ready = kept(port, table("SCAN", name="one")), approved(port, table("SCAN", name="two"))
    assert [step(port, one, "retire").json()["state"] for one in (draft, ready)] == ["RETIRED", "RETIRED"]
    assert reason(step(port, draft, "approve", **WAIVED)) == (409, "RULESET_RETIRED")
    assert reason(step(port, ready, "activate")) == (409, "RULESET_RETIRED")
    assert reason(step(port, ready, "retire")) == (409, "RULESET_RETIRED")
    assert reason(step(port, FOUNDED, "retire")) == (409, "RULESET_ACTIVE")


def test_a_rollback_passes_over_what_was_retired(port: TestPort):
    first = activated(port, table("SCAN", name="first"))
    gone = activated(port, table("HOLD", name="gone"))
    assert step(port, first, "activate").status_code == 200
    assert step(port, gone, "retire").json()["state"] == "RETIRED"
    assert step(port, first, "rollback").json()["hash"] == FOUNDED
    assert active(port) == FOUNDED
    assert reason(step(port, FOUNDED, "rollback")) == (409, "NOTHING_BEFORE")


def test_what_was_decided_stands_until_a_fact_changes(port: TestPort):
    announced(port)
    made = decision(port)
    content_hash = activated(port, table("INSPECTION"))
    assert decision(port) == made
    port.customs(notices=[notice("ACCEPTED", minutes_ago=30, declarationNumber="371120261001234560")])
    revised = decision(port)
    assert (made["route"], revised["route"], revised["rulesetHash"]) == ("DIRECT_RELEASE", "INSPECTION", content_hash)


def test_past_its_point_a_box_stays_with_the_version_that_decided_there(port: TestPort):
    port.gate(discharged(box=box(0)))
    undeclared = decision(port)
    assert (undeclared["reason"], undeclared["rulesetHash"]) == ("NOT_DECLARED", FOUNDED)
    activated(port, table("INSPECTION"))
    announced(port, 0)
    late = decision(port)
    assert (late["route"], late["rulesetHash"]) == ("DIRECT_RELEASE", FOUNDED)
    explained = port.get(f"/v1/decisions/{late['decisionID']}", role="customs").json()
    assert (explained["rulesetAvailable"], explained["matchedRows"][0]["row"]) == (True, "ordinary-in-advance")


def test_the_decisions_of_a_version_are_those_it_made_while_it_was_active(port: TestPort):
    for number in (0, 1, 2):
        announced(port, number)
    first = activated(port, table("INSPECTION"))
    discharge(port, 0)
    second = activated(port, table("SCAN", note="again"), basedOn=first)
    discharge(port, 1)
    step(port, second, "rollback")
    discharge(port, 2)

    def made(content_hash: str, **asked: object) -> list[str]:
        query = "&".join(f"{name}={value}" for name, value in asked.items())
        told = port.get(f"/v1/rulesets/{content_hash}/decisions?{query}", role="customs").json()
        return [row["equipmentReference"] for row in told["decisions"]]

    assert (made(first), made(second)) == ([box(2), box(0)], [box(1)])
    assert made(first, limit=1) == [box(2)]
    page = port.get(f"/v1/rulesets/{first}/decisions?limit=1", role="customs").json()
    assert made(first, limit=1, before=page["next"]) == [box(0)]
    assert len(made(FOUNDED)) == 3


def test_every_node_switches_at_once(postgresql_url: str):
    with running_port(postgresql_url) as port, ports_on(postgresql_url, 2) as nodes:
        announced(port)
        rules = [node.recorder.command_and_wait(lambda work: work.judge.ruleset.content_hash) for node in nodes]
        content_hash = activated(port, table("INSPECTION"))
        switched = [node.recorder.command_and_wait(lambda work: work.judge.ruleset.content_hash) for node in nodes]
        assert (rules, switched) == ([FOUNDED] * 2, [content_hash] * 2)


def test_a_rebuild_agrees_after_activations_that_name_other_sites(port: TestPort):
    announced(port, 0)
    announced(port, 1)
    elsewhere = {"code": "XMQ9", "title": {"zh": "九", "en": "nine"}, "kinds": ["INSPECTION"], "bays": 5}
    content_hash = activated(port, table("INSPECTION", sites=[elsewhere]))
    assert discharge(port, 0)["place"] == "XMQ9"
    step(port, content_hash, "rollback")
    discharge(port, 1)
    held = port.client.app.state.port
    assert [one.table for one in checked(port, held.database, held.judge).differing] == []
    with held.database.read() as connection:
        found = active_ruleset(connection, now=NOW)
    assert found is not None
    assert found.content_hash == FOUNDED


def test_an_activation_costs_the_writer_nothing_while_nobody_else_writes(port: TestPort):
    asked: list[str] = []
    port.gate(discharged(box=box(0)))
    writer = port.client.app.state.port.database._writer
    event.listen(writer, "before_cursor_execute", lambda *args: asked.append(args[2]))
    port.gate(discharged(box=box(1)))
    assert asked
    assert [one for one in asked if "ruleset" in one] == []


@pytest.mark.parametrize("name", ["approve", "activate", "rollback", "retire"])
def test_each_step_needs_a_reason(port: TestPort, name: str):
    answer = step(port, FOUNDED, name, why="")
    assert (answer.status_code, answer.json()["where"]) == (422, "why")
    missing = port.post(f"/v1/rulesets/{FOUNDED}/{name}", {}, role="customs", party=SECOND)
    assert missing.status_code == 422
