"""Vessel calls at the doors: one stay under all its names, joined to the boxes when they are read."""

from __future__ import annotations

from typing import Any

import pytest

from build_port import BOX, IMO, TestPort, at, discharged, manifest, moved

SIGN = "VRAB7"


def report(port: TestPort, role: str = "agent", **told: Any) -> dict[str, Any]:
    answer = port.customs(role, vesselCalls=[told])["results"][0]
    assert answer["outcome"] == "accepted", answer
    return answer


def call_of(port: TestPort, box: str = BOX, *, role: str = "customs") -> dict[str, Any]:
    """The call as the box's own record names it."""
    named = port.container(box, role=role)["vesselCall"]
    told: dict[str, Any] = port.get(f"/v1/vessel-calls/{named['callID']}", role=role).json()
    return told


def movement(port: TestPort) -> str:
    told: str = port.container(BOX)["facets"]["movement"]
    return told


def test_a_call_is_told_with_its_names_berths_and_times(either_port: TestPort):
    port = either_port
    port.customs(manifests=[manifest()])
    report(
        port, vesselIMONumber=IMO, callSign=SIGN, vesselName="Egret", importVoyage="031W", exportVoyage="032E",
        facilityCode="XMHT", eta=at(60), ata=at(50), atb=at(40),
    )  # fmt: skip
    told = call_of(port)
    assert told.pop("callID")
    assert told == {
        "vesselIMONumber": IMO,
        "callSign": SIGN,
        "vesselName": "Egret",
        "voyages": ["031W", "032E"],
        "eta": at(60),
        "ata": at(50),
        "atb": at(40),
        "atd": None,
        "berths": [{"facilityCode": "XMHT", "eta": at(60), "ata": at(50), "atb": at(40), "atd": None}],
    }


def test_a_box_is_on_the_vessel_once_that_has_arrived(port: TestPort):
    port.customs(manifests=[manifest()])
    assert (movement(port), port.container(BOX)["nextStep"]["code"]) == ("EXPECTED", "WAIT_FOR_VESSEL")
    report(port, vesselIMONumber=IMO, voyage="031W", ata=at(10))
    seen = port.container(BOX)
    assert (seen["facets"]["movement"], seen["headline"]["code"]) == ("ON_VESSEL", "ON_VESSEL")
    assert seen["heldBy"] == {"role": "carrier", "since": at(10)}


def test_a_vessels_news_bump_its_call_and_not_its_boxes(port: TestPort):
    port.customs(manifests=[manifest()])
    report(port, vesselIMONumber=IMO, voyage="031W", eta=at(-60))
    before = port.container(BOX)["version"]
    for told in ({"eta": at(-30)}, {"ata": at(20)}, {"atb": at(10)}):
        report(port, vesselIMONumber=IMO, voyage="031W", **told)
    assert port.container(BOX)["version"] == before
    assert call_of(port)["atb"] == at(10)


def test_one_stay_is_one_call_whichever_of_its_names_is_told(either_port: TestPort):
    port = either_port
    port.customs(manifests=[manifest()])
    report(port, vesselIMONumber=IMO, importVoyage="031W", eta=at(60))
    first = call_of(port)["callID"]
    report(port, vesselIMONumber=IMO, callSign=SIGN, importVoyage="031W", exportVoyage="032E")
    report(port, callSign=SIGN, voyage="032E", atd=at(1))
    told = call_of(port)
    assert (told["callID"], told["voyages"], told["atd"]) == (first, ["031W", "032E"], at(1))
    assert told["callSign"] == SIGN


def test_two_calls_that_prove_to_be_one_answer_to_both_their_ids(either_port: TestPort):
    port = either_port
    port.customs(manifests=[manifest()])
    report(port, vesselIMONumber=IMO, importVoyage="031W", vesselName="Egret", eta=at(60))
    report(port, vesselIMONumber=IMO, exportVoyage="032E", vesselName="Egret", eta=at(60))
    found = port.get(f"/v1/search?q={IMO}", role="customs").json()["results"]
    assert len({one["key"] for one in found}) == 2
    report(port, vesselIMONumber=IMO, importVoyage="031W", exportVoyage="032E", ata=at(20))
    told = [port.get(f"/v1/vessel-calls/{one['key']}", role="customs").json() for one in found]
    assert told[0] == told[1]
    assert (told[0]["voyages"], told[0]["ata"]) == (["031W", "032E"], at(20))
    assert [len(port.get(f"/v1/search?q={q}", role="customs").json()["results"]) for q in (IMO, "Egret")] == [1, 1]
    report(port, vesselIMONumber=IMO, voyage="032E", atd=at(5))
    assert {port.get(f"/v1/vessel-calls/{one['key']}", role="customs").json()["atd"] for one in found} == {at(5)}


def test_two_voyages_of_a_ship_are_two_calls(port: TestPort):
    port.customs(manifests=[manifest()])
    report(port, vesselIMONumber=IMO, voyage="031W", ata=at(20))
    report(port, vesselIMONumber=IMO, voyage="055W", eta=at(-9000))
    assert call_of(port)["voyages"] == ["031W"]


def test_a_loaded_box_has_departed_with_its_ship(port: TestPort):
    port.gate(moved("GTIN", minutes_ago=300))
    port.gate(moved("LOAD", minutes_ago=200, vesselIMONumber=IMO, voyage="032E"))
    assert movement(port) == "LOADED"
    report(port, vesselIMONumber=IMO, exportVoyage="032E", atd=at(100))
    assert (movement(port), port.container(BOX)["headline"]["code"]) == ("DEPARTED", "DEPARTED")


def test_a_ship_that_left_before_the_box_was_loaded_took_it_not_along(port: TestPort):
    port.gate(moved("GTIN", minutes_ago=300))
    port.gate(moved("LOAD", minutes_ago=100, vesselIMONumber=IMO, voyage="032E"))
    report(port, vesselIMONumber=IMO, exportVoyage="032E", atd=at(150))
    assert movement(port) == "LOADED"


def test_of_a_double_call_the_last_departure_counts(port: TestPort):
    port.gate(moved("GTIN", minutes_ago=300))
    port.gate(moved("LOAD", minutes_ago=200, vesselIMONumber=IMO, voyage="032E"))
    report(port, vesselIMONumber=IMO, exportVoyage="032E", facilityCode="XMHT", ata=at(400), atd=at(150))
    report(port, vesselIMONumber=IMO, exportVoyage="032E", facilityCode="XMSY", ata=at(120), atd=at(60))
    report(port, vesselIMONumber=IMO, exportVoyage="032E", facilityCode="XMHT", atd=at(170))
    told = call_of(port)
    assert (told["ata"], told["atd"]) == (at(400), at(60))
    assert [(berth["facilityCode"], berth["atd"]) for berth in told["berths"]] == [("XMHT", at(150)), ("XMSY", at(60))]


def test_a_movement_that_names_an_unknown_ship_is_taken_and_joined_later(port: TestPort):
    answer = port.gate(discharged(vesselIMONumber=None, callSign=SIGN, voyage="031W"))["results"][0]
    assert answer["outcome"] == "accepted"
    port.customs(manifests=[manifest()])
    report(port, vesselIMONumber=IMO, callSign=SIGN, voyage="031W", ata=at(90))
    seen = port.container(BOX)
    assert (seen["visitID"], [d["transportDocumentReference"] for d in seen["documents"]]) == (
        answer["visitIDs"][0], ["COSU6123456780"],
    )  # fmt: skip


def test_a_manifest_that_names_the_voyage_alone_finds_the_one_call_of_it(port: TestPort):
    port.key("terminal")
    port.customs(manifests=[manifest(vesselIMONumber=None)])
    report(port, vesselIMONumber=IMO, voyage="031W", facilityCode="XMHT", ata=at(20), atb=at(10))
    assert movement(port) == "ON_VESSEL"
    assert port.get(f"/v1/containers/{BOX}", role="terminal").status_code == 200


@pytest.mark.parametrize("role", ["courier", "admin"])
def test_who_has_no_business_with_ships_is_told_of_none(port: TestPort, role: str):
    port.customs(manifests=[manifest()])
    report(port, vesselIMONumber=IMO, voyage="031W", ata=at(20))
    call_id = call_of(port)["callID"]
    foreign, absent = (port.get(f"/v1/vessel-calls/{one}", role=role) for one in (call_id, "nothing"))
    assert (foreign.status_code, foreign.content) == (404, absent.content)


def test_a_call_id_says_nothing_of_the_ship_or_of_how_many_there_are(port: TestPort):
    port.customs(manifests=[manifest()])
    report(port, vesselIMONumber=IMO, voyage="031W")
    call_id = call_of(port)["callID"]
    assert (len(call_id), IMO in call_id) == (36, False)
