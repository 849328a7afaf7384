"""Nominations: a party that a paper names lets another see the visit, and takes that back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from build_port import BILL, BOX, TestPort, declaration, discharged, manifest, moved, running_port

PATH = "/v1/visits/nominations"


@pytest.fixture
def port(database_url: str) -> Iterator[TestPort]:
    """On SQLite and on PostgreSQL, with an import on its way."""
    with running_port(database_url) as running:
        expect_a_box(running)
        yield running


@pytest.fixture(scope="module")
def refusing(shared_database_url: str) -> Iterator[TestPort]:
    """The same for all who are refused, and leave nothing behind."""
    with running_port(shared_database_url) as running:
        expect_a_box(running)
        yield running


def expect_a_box(port: TestPort) -> None:
    port.customs(manifests=[manifest(issuedAt="2026-11-20T10:00:00Z")], declarations=[declaration()])


def nominate(port: TestPort, nominee: str, *, by: str = "FORWARDER", **other: Any) -> httpx.Response:
    wanted = {"equipmentReference": BOX, "transportDocumentReference": BILL, "nominee": nominee} | other
    return port.post(PATH, wanted, role="forwarder", party=by)


def revoke(port: TestPort, nomination_id: str, *, by: str = "FORWARDER") -> httpx.Response:
    return port.client.request(
        "DELETE", PATH, json={"nominationID": nomination_id}, headers=port.headers("forwarder", by)
    )


def sees(port: TestPort, party: str, role: str = "forwarder") -> bool:
    return port.get(f"/v1/containers/{BOX}", role=role, party=party).status_code == 200


def test_a_named_party_lets_another_see_its_bills_without_their_lines(port: TestPort):
    assert not sees(port, "FRIEND")
    answer = nominate(port, "FRIEND")
    made = answer.json()
    assert (answer.status_code, sees(port, "FRIEND")) == (201, True)
    assert made.pop("nominationID")
    assert made == {
        "visitID": port.container(BOX)["visitID"],
        "equipmentReference": BOX,
        "nominee": "FRIEND",
        "role": "forwarder",
        "isRevoked": False,
    }
    [document] = port.container(BOX, role="forwarder", party="FRIEND")["documents"]
    assert (document["transportDocumentReference"], "lines" in document["declarations"][0]) == (BILL, False)


def test_a_nominated_haulier_sees_the_place_and_no_paper(port: TestPort):
    nominate(port, "TRUCKS", role="haulier")
    port.gate(discharged())
    seen = port.container(BOX, role="haulier", party="TRUCKS")
    assert (seen["facets"]["movement"], seen["documents"], seen["facets"]["customs"]) == ("DISCHARGED", [], None)


def test_a_nomination_that_is_taken_back_shows_nothing_any_more(port: TestPort):
    nomination_id = nominate(port, "FRIEND").json()["nominationID"]
    port.clock.forward(minutes=1)
    answer = revoke(port, nomination_id)
    assert (answer.status_code, answer.json()["isRevoked"], sees(port, "FRIEND")) == (200, True, False)
    assert revoke(port, nomination_id).status_code == 404


def test_who_was_let_in_again_sees_again(port: TestPort):
    nomination_id = nominate(port, "FRIEND").json()["nominationID"]
    revoke(port, nomination_id)
    assert not sees(port, "FRIEND")
    assert nominate(port, "FRIEND").status_code == 201
    assert sees(port, "FRIEND")


def test_the_same_nomination_twice_in_one_instant_is_one(port: TestPort):
    first, again = nominate(port, "FRIEND"), nominate(port, "FRIEND")
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    version = port.container(BOX)["version"]
    nominate(port, "FRIEND")
    assert port.container(BOX)["version"] == version


@pytest.mark.parametrize(
    "other",
    [
        {"transportDocumentReference": "SOME-OTHER-BILL"},
        {"equipmentReference": "MSCU6639870"},
        {"by": "STRANGER"},
    ],
)
def test_both_values_must_match_and_the_bill_name_the_asker(refusing: TestPort, other: dict[str, str]):
    answer = nominate(refusing, "FRIEND", **other)
    assert (answer.status_code, answer.json()["reason"]) == (404, "NOTHING_REPORTED_TO_YOU")
    assert not sees(refusing, "FRIEND")


def test_who_was_nominated_cannot_nominate(port: TestPort):
    nominate(port, "FRIEND")
    assert nominate(port, "FRIEND-OF-FRIEND", by="FRIEND").status_code == 404
    assert not sees(port, "FRIEND-OF-FRIEND")


def test_nobody_takes_back_anothers_nomination(port: TestPort):
    nomination_id = nominate(port, "FRIEND").json()["nominationID"]
    assert revoke(port, nomination_id, by="FRIEND").status_code == 404
    assert revoke(port, nomination_id, by="STRANGER").status_code == 404
    assert sees(port, "FRIEND")


@pytest.mark.parametrize("role", ["terminal", "haulier", "carrier", "customs", "authority", "courier", "admin"])
def test_only_the_trade_nominates(refusing: TestPort, role: str):
    wanted = {"equipmentReference": BOX, "transportDocumentReference": BILL, "nominee": "FRIEND"}
    assert refusing.post(PATH, wanted, role=role).status_code == 403


@pytest.mark.parametrize("wrong", ["customs", "terminal", "admin", "king"])
def test_nobody_is_let_in_as_what_the_trade_cannot_lend(refusing: TestPort, wrong: str):
    answer = nominate(refusing, "FRIEND", role=wrong)
    assert (answer.status_code, answer.json()["where"]) == (422, "role")


def test_a_nomination_ends_with_the_nominators_own_place_on_the_bill(port: TestPort):
    nominate(port, "FRIEND")
    other = {"code": "SECOND", "name": "Second Forwarding"}
    port.customs(manifests=[manifest(forwarder=other, issuedAt="2026-11-21T10:00:00Z")])
    assert (sees(port, "FORWARDER"), sees(port, "SECOND"), sees(port, "FRIEND")) == (False, True, False)


def test_a_nomination_is_for_this_visit_and_not_for_the_next(port: TestPort):
    port.gate(discharged(minutes_ago=600))
    nominate(port, "FRIEND")
    port.gate(moved("GTOT", minutes_ago=500))
    port.clock.forward(days=40)
    port.customs(manifests=[manifest(voyage="055W", transportDocumentReference="LATER-BILL-1")])
    [visit_id] = port.gate(discharged(voyage="055W", minutes_ago=-40 * 24 * 60))["results"][0]["visitIDs"]
    assert port.container(BOX, role="forwarder")["visitID"] == visit_id
    assert port.container(BOX, role="forwarder", party="FRIEND")["visitID"] != visit_id
