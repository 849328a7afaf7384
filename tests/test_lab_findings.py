"""port.finding_following: what inspections found, learnt from the log once, and as it stands after corrections."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select, update

from build_port import BILL, BOX, TestPort, declaration, discharged, manifest, notice, running_port
from port.diversion.profiles import Tally
from port.finding import FINDINGS
from port.finding_following import fingerprint, load_profiles
from web.lab_following import learn_findings

LINE = {"hsCode": "6802230000", "originCountry": "IN", "netMassKg": 20000.0, "declaredValue": 9000.0, "currency": "USD"}
STONE = "680223\x1fIN"
OTHER_NUMBER = "371120261007654321"


@pytest.fixture
def port(database_url: str) -> Iterator[TestPort]:
    with running_port(database_url) as running:
        yield running


def learn(port: TestPort) -> int:
    return learn_findings(port.client.app.state.port)


def tallies(port: TestPort) -> dict[tuple[str, str], tuple[int, int]]:
    with port.client.app.state.port.database.read() as connection:
        rows = connection.execute(select(FINDINGS)).all()
    return {(kind, key): (inspections, finds) for kind, key, inspections, finds in rows}


def goods(port: TestPort) -> tuple[int, int]:
    return tallies(port).get(("hs_origin", STONE), (0, 0))


def declare(port: TestPort, **more: object) -> None:
    port.customs(manifests=[manifest()], declarations=[declaration(lines=[LINE], **more)])


def finish(port: TestPort, result: str | None, minutes_ago: float = 5, **more: object) -> None:
    told = {"result": result} if result else {}
    port.customs(notices=[notice("INSPECTION_FINISHED", minutes_ago=minutes_ago, **told, **more)])


def test_what_an_inspection_found_is_learnt_for_goods_consignee_and_declarant(port: TestPort) -> None:
    declare(port)
    finish(port, "ABNORMAL")
    learn(port)
    told = tallies(port)
    assert {name: told[name] for name in [("", fingerprint()), ("hs_origin", STONE), ("consignee", "CONSIGNEE")]} == {
        ("", fingerprint()): (1, 1),
        ("hs_origin", STONE): (1, 1),
        ("consignee", "CONSIGNEE"): (1, 1),
    }
    assert told["declarant", "BROKER"] == (1, 1)


def test_a_result_told_twice_is_learnt_once_and_learning_again_changes_nothing(port: TestPort) -> None:
    declare(port)
    finish(port, "ABNORMAL", minutes_ago=9)
    learn(port)
    finish(port, "ABNORMAL", minutes_ago=4)
    assert learn(port) == 0
    assert learn(port) == 0
    assert goods(port) == (1, 1)


def test_a_later_result_corrects_the_earlier_and_one_told_late_does_not(port: TestPort) -> None:
    declare(port)
    finish(port, "ABNORMAL", minutes_ago=9)
    learn(port)
    finish(port, "PASS", minutes_ago=5)
    learn(port)
    assert goods(port) == (1, 0)
    finish(port, "ABNORMAL", minutes_ago=60)
    learn(port)
    assert goods(port) == (1, 0)


def test_a_declaration_lodged_anew_is_learnt_as_it_stands_now(port: TestPort) -> None:
    declare(port)
    finish(port, "ABNORMAL")
    learn(port)
    port.customs(declarations=[declaration(lines=[LINE | {"originCountry": "CN"}], declaredAt="2026-11-21T11:00:00Z")])
    learn(port)
    assert goods(port) == (0, 0)
    assert tallies(port)["hs_origin", "680223\x1fCN"] == (1, 1)


def test_a_result_under_an_early_name_is_that_of_the_declaration_when_the_number_comes(port: TestPort) -> None:
    named = {"declarationNumber": None, "seqNo": "I20260000000000042"}
    port.customs(manifests=[manifest()], declarations=[declaration(lines=[LINE], **named)])
    finish(port, "ABNORMAL", **named)
    learn(port)
    assert goods(port) == (1, 1)
    declare(port, seqNo=named["seqNo"])
    learn(port)
    assert goods(port) == (1, 1)


def test_a_box_with_a_result_nobody_told_teaches_nothing(port: TestPort) -> None:
    declare(port)
    finish(port, None)
    port.gate(discharged())
    learn(port)
    assert tallies(port) == {("", fingerprint()): (0, 0)}


def test_one_find_in_one_box_is_a_find_in_the_declaration_until_that_box_passes(port: TestPort) -> None:
    other = "MSCU6639870"
    boxes = {"containers": [BOX, other]}
    port.customs(manifests=[manifest(**boxes)], declarations=[declaration(lines=[LINE], **boxes)])
    finish(port, "ABNORMAL", minutes_ago=20, containers=[BOX])
    finish(port, "PASS", minutes_ago=10, containers=[other])
    learn(port)
    assert goods(port) == (1, 1)
    finish(port, "PASS", minutes_ago=2, containers=[BOX])
    learn(port)
    assert goods(port) == (1, 0)


def test_profiles_counted_by_other_kinds_are_counted_anew(port: TestPort) -> None:
    declare(port)
    finish(port, "ABNORMAL")
    learn(port)
    with port.client.app.state.port.database.write() as connection:
        connection.execute(update(FINDINGS).where(FINDINGS.c.kind == "").values(key="of-an-older-program"))
        connection.execute(update(FINDINGS).where(FINDINGS.c.kind == "hs_origin").values(inspections=77))
    learn(port)
    assert goods(port) == (1, 1)


def test_live_profiles_are_read_in_one_question_and_know_the_general_rate(port: TestPort) -> None:
    declare(port)
    finish(port, "ABNORMAL")
    paper = {"transportDocumentReference": f"{BILL}9", "containers": ["MSCU6639870"]}
    port.customs(
        manifests=[manifest(**paper)],
        declarations=[declaration(declarationNumber=OTHER_NUMBER, **paper)],
        notices=[notice("INSPECTION_FINISHED", result="PASS", declarationNumber=OTHER_NUMBER)],
    )
    learn(port)
    with port.client.app.state.port.database.read() as connection:
        profiles = load_profiles(connection, [STONE, "nobody"])
    assert (profiles.general, profiles.tally("hs_origin", STONE)) == (Tally(2, 1), Tally(1, 1))
    assert profiles.tally("consignee", "CONSIGNEE") == Tally()
