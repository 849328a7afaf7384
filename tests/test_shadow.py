"""Versions in shadow: live cases decided again beside the port, counted, and without effect."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import text

from build_diverting import SECOND_NUMBER, decisions, declare, override
from build_lab import IMPORTS, asks, keep_unreadable, keep_version, row, shadow, table
from build_port import BOX, NUMBER, TestPort, declaration, discharged, manifest, notice
from port import shadow_following
from port.diversion.loading import load_default
from port.shadow_following import Follower, TooSlow

OTHER = "MSCU6639870"
ALL_INSPECTED = table(row("INSPECTION", IMPORTS, id="everything"), name="stern")
AS_LIVE = table(row("DIRECT_RELEASE", IMPORTS, asks("declaration_mode", "equals", "ADVANCE"), id="early"), name="mild")


@contextlib.contextmanager
def unguarded(_seconds: float) -> Iterator[None]:
    yield


def follower(port: TestPort, stopwatch: Callable[[], float] = time.monotonic) -> Follower:
    return Follower(port.client.app.state.port.database, guard=unguarded, stopwatch=stopwatch)


def follow(port: TestPort) -> None:
    reader = follower(port)
    while reader.go_on():
        pass


def seen(port: TestPort, content_hash: str) -> dict[str, Any]:
    return port.get(f"/v1/rulesets/{content_hash}/shadow", role="customs").json()


def flips(port: TestPort, content_hash: str, query: str = "") -> dict[str, Any]:
    return port.get(f"/v1/rulesets/{content_hash[:8]}/flips{query}", role="customs").json()


def second_box(port: TestPort) -> None:
    paper = {"containers": [OTHER], "transportDocumentReference": "COSU6123456799"}
    lodged = declaration(declarationNumber=SECOND_NUMBER, **paper)
    port.customs(manifests=[manifest(**paper)], declarations=[lodged])
    port.gate(discharged(box=OTHER))


def position(port: TestPort) -> int:
    with port.client.app.state.port.database.read() as connection:
        return int(connection.scalar(text("SELECT position FROM profile_position WHERE id = 2")) or 0)


@pytest.fixture(autouse=True)
def _no_child(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests follow by hand; the follower as a process has tests of its own."""
    monkeypatch.setattr("web.lab_running._look_after_follower", lambda _port: 0)


def test_candidates_are_decided_beside_each_other_and_the_port_goes_on_as_before(either_port: TestPort) -> None:
    port = either_port
    stern, mild = keep_version(port, ALL_INSPECTED), keep_version(port, AS_LIVE)
    assert [shadow(port, one).status_code for one in (stern, mild)] == [200, 200]
    declare(port)
    [given] = port.gate(discharged())["results"]
    assert given["instruction"]["route"] == "DIRECT_RELEASE"
    follow(port)
    count = len(decisions(port))
    told = seen(port, stern)
    assert (told["hash"], told["cases"], told["errors"], told["agreed"], told["lastError"]) == (
        stern, count, 0, 0, None,
    )  # fmt: skip
    assert told["cells"] == [{"from": "DIRECT_RELEASE", "to": "INSPECTION", "count": count}]
    assert told["since"] == "2026-11-21T12:00:00Z"
    assert (seen(port, mild)["agreed"], flips(port, mild)["cases"]) == (count, [])
    listed = flips(port, stern, "?from=DIRECT_RELEASE&to=INSPECTION&limit=1")
    newest = decisions(port)[0]
    assert listed["cases"] == [
        {
            "containerNumber": BOX, "decisionID": newest["decisionID"], "decidedAt": newest["decidedAt"],
            "from": "DIRECT_RELEASE", "fromRow": "ordinary-in-advance", "to": "INSPECTION", "reason": "RULE",
            "row": "everything", "error": None,
        }
    ]  # fmt: skip
    assert flips(port, stern, f"?limit=1&before={listed['next']}")["cases"][0]["decisionID"] != newest["decisionID"]


def test_the_version_that_decides_agrees_with_itself_in_every_case(either_port: TestPort) -> None:
    port, active = either_port, load_default().content_hash
    assert shadow(port, active).status_code == 200
    declare(port)
    port.gate(discharged())
    second_box(port)
    port.customs(notices=[notice("INSPECTION_ORDERED"), notice("HELD", declarationNumber=SECOND_NUMBER)])
    follow(port)
    told = seen(port, active)
    assert told["agreed"] == told["cases"] == len(decisions(port)) > 4


def test_many_results_are_kept_in_several_transactions(port: TestPort, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shadow_following, "_MOST_RESULTS", 2)
    versions = [keep_version(port, table(row("YARD", IMPORTS), name=f"trial-{n}")) for n in range(3)]
    for one in versions:
        shadow(port, one)
    declare(port)
    port.gate(discharged())
    second_box(port)
    count = len(decisions(port))
    reader, turns = follower(port), 0
    while reader.go_on():
        turns += 1
    assert turns >= count
    assert [seen(port, one)["cases"] for one in versions] == [count] * 3


def test_a_candidate_that_cannot_be_read_has_errors_of_its_own(port: TestPort) -> None:
    broken, mild = keep_unreadable(port.url), keep_version(port, AS_LIVE)
    for one in (broken, mild):
        shadow(port, one)
    declare(port)
    port.gate(discharged())
    assert decisions(port)[0]["route"] == "DIRECT_RELEASE"
    follow(port)
    told = seen(port, broken)
    assert told["errors"] == told["cases"] == len(decisions(port))
    assert "this program cannot read it" in told["lastError"]
    assert told["cells"] == [{"from": "DIRECT_RELEASE", "to": "HOLD", "count": told["cases"]}]
    assert seen(port, mild)["errors"] == 0
    assert seen(port, mild)["agreed"] == told["cases"]


def test_a_candidate_that_is_slow_is_given_up_and_the_others_are_not(
    port: TestPort, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, mild = keep_version(port, ALL_INSPECTED), keep_version(port, AS_LIVE)
    for one in (slow, mild):
        shadow(port, one)
    asked: list[str] = []
    usual = shadow_following.decide_again

    def decide_again(fact: Any, candidate: Any, **more: Any) -> Any:
        asked.append(candidate.name)
        if candidate.name == "stern":
            raise TooSlow
        return usual(fact, candidate, **more)

    monkeypatch.setattr(shadow_following, "decide_again", decide_again)
    declare(port)
    second_box(port)
    port.customs(notices=[notice("SCAN_ORDERED"), notice("HELD", declarationNumber=SECOND_NUMBER)])
    ticks = iter(range(1, 10_000))
    reader = follower(port, stopwatch=lambda: next(ticks) * 2.0 if asked and asked[-1] == "stern" else 0.0)
    while reader.go_on():
        pass
    told = seen(port, slow)
    assert told["cases"] == told["errors"] > shadow_following.MOST_SLOW
    assert asked.count("stern") == shadow_following.MOST_SLOW
    assert "is asked no more" in told["lastError"]
    assert asked.count("mild") == told["cases"]


def test_a_follower_goes_on_exactly_where_it_stood(port: TestPort, monkeypatch: pytest.MonkeyPatch) -> None:
    stern = keep_version(port, ALL_INSPECTED)
    shadow(port, stern)
    declare(port)
    port.gate(discharged())
    with monkeypatch.context() as patched:
        patched.setattr(shadow_following, "keep", _dies)
        with pytest.raises(ZeroDivisionError):
            follow(port)
    assert seen(port, stern)["cases"] == 0
    follow(port)
    follow(port)
    assert seen(port, stern)["cases"] == len(decisions(port))
    stale = follower(port)
    second_box(port)
    follow(port)
    before = position(port)
    assert not stale.go_on()
    assert position(port) == before
    assert seen(port, stern)["cases"] == len(decisions(port))


def _dies(*_: object) -> None:
    raise ZeroDivisionError


def test_two_followers_at_once_count_nothing_twice(port: TestPort, monkeypatch: pytest.MonkeyPatch) -> None:
    stern = keep_version(port, ALL_INSPECTED)
    shadow(port, stern)
    declare(port)
    port.gate(discharged())
    usual = shadow_following.find_between

    def meanwhile(*args: Any, **more: Any) -> Any:
        monkeypatch.setattr(shadow_following, "find_between", usual)
        follow(port)
        return usual(*args, **more)

    monkeypatch.setattr(shadow_following, "find_between", meanwhile)
    follow(port)
    assert seen(port, stern)["cases"] == len(decisions(port))


def test_it_sees_what_comes_while_it_is_there_and_keeps_what_it_saw(port: TestPort) -> None:
    stern = keep_version(port, ALL_INSPECTED)
    declare(port)
    port.gate(discharged())
    port.clock.forward(minutes=1)
    shadow(port, stern)
    follow(port)
    assert seen(port, stern)["cases"] == 0
    second_box(port)
    follow(port)
    saw = seen(port, stern)["cases"]
    assert saw > 0
    assert shadow(port, stern, on=False).json()["since"] is None
    port.customs(notices=[notice("INSPECTION_ORDERED")])
    port.clock.forward(minutes=1)
    shadow(port, stern)
    follow(port)
    told = seen(port, stern)
    assert (told["cases"], told["since"] is None) == (saw, False)


def test_an_officers_own_route_is_no_case(port: TestPort) -> None:
    stern = keep_version(port, ALL_INSPECTED)
    shadow(port, stern)
    declare(port)
    port.gate(discharged())
    assert override(port, "HOLD").status_code == 200
    follow(port)
    assert seen(port, stern)["cases"] == len([one for one in decisions(port) if one["reason"] != "OVERRIDE"])


def test_customs_orders_bind_every_candidate(port: TestPort) -> None:
    mild = keep_version(port, AS_LIVE)
    shadow(port, mild)
    declare(port, "HELD")
    port.gate(discharged())
    follow(port)
    [cell] = [one for one in seen(port, mild)["cells"] if one["from"] == "HOLD"]
    assert cell["to"] == "HOLD"


def test_into_shadow_and_out_are_steps_that_say_who_and_why(port: TestPort) -> None:
    stern = keep_version(port, ALL_INSPECTED)
    assert shadow(port, stern, why=" ").json()["where"] == "why"
    shadow(port, stern, why="to see")
    shadow(port, stern, why="twice is once")
    shadow(port, stern, on=False, why="seen enough")
    shadow(port, stern, on=False, why="twice is once")
    steps = port.get(f"/v1/rulesets/{stern}/audit", role="customs").json()["steps"]
    told = [(one["step"], one["why"]) for one in steps if one["step"].startswith("SHADOW")]
    assert sorted(told) == [("SHADOW_STARTED", "to see"), ("SHADOW_STOPPED", "seen enough")]


def test_only_so_many_at_once(port: TestPort) -> None:
    versions = [keep_version(port, table(row("YARD", IMPORTS), name=f"trial-{n}")) for n in range(9)]
    answers = [shadow(port, one) for one in versions]
    assert [one.status_code for one in answers] == [200] * 8 + [409]
    assert answers[-1].json()["reason"] == "TOO_MANY_SHADOWS"
    shadow(port, versions[0], on=False)
    assert shadow(port, versions[-1]).status_code == 200


def test_a_declaration_number_in_a_message_shows_that_the_case_was_the_stored_one(port: TestPort) -> None:
    """The case is what was known then: a notice that came later changes no earlier case."""
    stern = keep_version(port, ALL_INSPECTED)
    shadow(port, stern)
    declare(port)
    port.gate(discharged())
    port.customs(notices=[notice("RELEASED", declarationNumber=NUMBER)])
    follow(port)
    told = {(one["from"], one["to"]) for one in flips(port, stern)["cells"]}
    assert ("DIRECT_RELEASE", "INSPECTION") in told
