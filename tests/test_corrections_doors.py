"""Corrections and withdrawals of movements, told at the doors: what is then true, and who is told."""

from __future__ import annotations

from build_corrections import OTHER, lives, told
from build_edi import lifted
from build_port import BOX, TestPort, at, declaration, discharged, manifest, moved, notice, running_port


def lines(port: TestPort, box: str = BOX, **query: str) -> list[tuple[str, str, bool]]:
    """(type, state, whether it says what corrected it) of the movements, oldest first."""
    found = port.client.get(f"/v1/containers/{box}/timeline", params=query, headers=port.headers("customs")).json()
    movements = [line for line in found["lines"] if line["classifier"]]
    return [(line["type"], line["state"], line["correctedBy"] is not None) for line in movements]


def movement(port: TestPort, box: str = BOX) -> str:
    return port.container(box)["facets"]["movement"]


# Taken back


def test_a_withdrawn_discharge_cancels_its_instruction_and_says_so(either_port: TestPort):
    port = either_port
    first = told(port.gate(discharged()))
    answer = told(port.gate(discharged(isRetracted=True)))
    assert (answer["outcome"], answer["instruction"]) == ("accepted", None)
    assert lives(port) == [(BOX, "YARD", "CANCELLED", "POINT_WITHDRAWN")]
    gone = port.post(f"/v1/instructions/{first['instruction']['instructionID']}/execute", role="terminal")
    assert (gone.status_code, gone.json()["current"]) == (409, None)
    assert lines(port) == [("DISC", "RETRACTED", True)]


def test_a_visit_whose_only_report_was_withdrawn_keeps_its_id_and_says_what_happened(port: TestPort):
    [visit_id] = told(port.gate(discharged()))["visitIDs"]
    port.gate(discharged(isRetracted=True))
    seen = port.get(f"/v1/visits/{visit_id}", role="customs").json()
    assert (seen["visitID"], seen["headline"]["code"], seen["facets"]["movement"]) == (
        visit_id, "REPORT_WITHDRAWN", "EXPECTED",
    )  # fmt: skip
    assert (seen["blockers"], seen["instruction"]) == (["NOT_APPLICABLE"], None)


def test_a_withdrawal_by_id_takes_back_that_one(port: TestPort):
    first = told(port.gate(moved("GTIN", minutes_ago=30)))
    port.gate(moved("DROP", minutes_ago=10))
    port.gate(moved("GTIN", supersedes=first["eventID"], isRetracted=True))
    assert lines(port) == [("GTIN", "RETRACTED", True), ("DROP", "CURRENT", False)]


def test_a_withdrawal_of_what_nobody_reported_waits_for_it(either_port: TestPort):
    port = either_port
    port.gate(discharged(isRetracted=True))
    late = told(port.gate(discharged()))
    assert (late["outcome"], late["instruction"], late["visitIDs"]) == ("accepted", None, [])
    assert port.get(f"/v1/containers/{BOX}", role="customs").status_code == 404
    assert lives(port) == []


def test_what_was_withdrawn_and_reported_again_is_instructed_again(port: TestPort):
    first = told(port.gate(discharged(eventCreatedDateTime=at(30))))
    port.gate(discharged(isRetracted=True, eventCreatedDateTime=at(20)))
    again = told(port.gate(discharged(eventCreatedDateTime=at(10))))
    assert again["instruction"]["instructionID"] != first["instruction"]["instructionID"]
    assert lives(port) == [(BOX, "YARD", "CANCELLED", "POINT_WITHDRAWN"), (BOX, "YARD", "ISSUED", None)]
    assert movement(port) == "DISCHARGED"


def test_a_withdrawn_gate_out_puts_the_box_back(port: TestPort):
    port.gate(discharged(minutes_ago=60), moved("GTOT", minutes_ago=20))
    assert movement(port) == "GATED_OUT"
    port.gate(moved("GTOT", minutes_ago=20, isRetracted=True))
    assert movement(port) == "DISCHARGED"


# Corrected


def test_a_corrected_time_moves_the_movement_and_keeps_the_instruction_in_view(port: TestPort):
    first = told(port.gate(discharged(minutes_ago=30)))
    answer = told(port.gate(discharged(minutes_ago=45, supersedes=first["eventID"])))
    assert lines(port) == [("DISC", "CURRENT", False), ("DISC", "SUPERSEDED", True)]
    assert answer["visitIDs"] == first["visitIDs"]
    assert [state for _, _, state, _ in lives(port)] == ["CANCELLED", "ISSUED"]
    assert answer["instruction"]["instructionID"] != first["instruction"]["instructionID"]


def test_a_corrected_container_number_folds_both_boxes_anew(either_port: TestPort):
    port = either_port
    port.customs(manifests=[manifest(containers=[OTHER])], declarations=[declaration(containers=[OTHER])])
    port.customs(notices=[notice("INSPECTION_ORDERED", minutes_ago=90)])
    wrong = told(port.gate(discharged()))
    right = told(port.gate(discharged(box=OTHER, supersedes=wrong["eventID"])))
    assert (wrong["instruction"]["route"], right["instruction"]["route"]) == ("YARD", "INSPECTION")
    assert lives(port) == [(BOX, "YARD", "CANCELLED", "POINT_WITHDRAWN"), (OTHER, "INSPECTION", "ISSUED", None)]
    assert (movement(port, OTHER), port.container(BOX)["headline"]["code"]) == ("DISCHARGED", "REPORT_WITHDRAWN")
    assert lines(port) == [("DISC", "SUPERSEDED", True)]


def test_a_corrected_number_whose_correction_came_first_ends_alike(port: TestPort):
    # The event id follows from the message, so the correction can be sent before the message it corrects.
    twin = told(port.push("gate", {"messageID": "FIRST", "events": [discharged()]}, role="terminal").json())["eventID"]
    with_correction_last = told(port.gate(discharged(box=OTHER, supersedes=twin)))
    assert with_correction_last["outcome"] == "accepted"
    assert (port.container(BOX)["headline"]["code"], movement(port, OTHER)) == ("REPORT_WITHDRAWN", "DISCHARGED")


def test_a_correction_naming_an_unknown_event_counts_at_once_and_takes_it_back_when_it_comes(sqlite_url: str, tmp_path):
    with running_port(f"sqlite:///{tmp_path / 'elsewhere.db'}") as elsewhere:
        known = {"messageID": "FIRST", "events": [discharged()]}
        event_id = told(elsewhere.push("gate", known, role="terminal").json())["eventID"]
    with running_port(sqlite_url) as port:
        early = told(port.gate(discharged(box=OTHER, supersedes=event_id)))
        assert (early["outcome"], movement(port, OTHER)) == ("accepted", "DISCHARGED")
        late = told(port.push("gate", known, role="terminal").json())
        assert (late["eventID"], late["instruction"]) == (event_id, None)
        assert lives(port) == [(OTHER, "YARD", "ISSUED", None)]
        assert port.get(f"/v1/containers/{BOX}", role="customs").status_code == 404


def test_of_several_corrections_the_latest_created_counts_whatever_their_order(port: TestPort):
    first = told(port.gate(discharged(minutes_ago=60, position="A1")))
    for created, position in ((10, "LAST"), (30, "EARLIER")):
        port.gate(
            discharged(minutes_ago=60, position=position, supersedes=first["eventID"], eventCreatedDateTime=at(created))
        )
    assert port.container(BOX)["location"]["position"] == "LAST"


def test_what_is_superseded_stays_so_when_its_correction_is_taken_back(port: TestPort):
    first = told(port.gate(discharged()))
    second = told(port.gate(discharged(minutes_ago=5, supersedes=first["eventID"])))
    port.gate(discharged(supersedes=second["eventID"], isRetracted=True))
    assert port.container(BOX)["headline"]["code"] == "REPORT_WITHDRAWN"
    assert sorted(lines(port)) == [("DISC", "RETRACTED", True), ("DISC", "SUPERSEDED", True)]


def test_a_direction_that_is_corrected_takes_the_instruction_back(port: TestPort):
    first = told(port.gate(discharged()))
    answer = told(port.gate(discharged(movementType="TRANSSHIPMENT", supersedes=first["eventID"])))
    assert answer["instruction"] is None
    assert [(state, why) for _, _, state, why in lives(port)] == [("CANCELLED", "POINT_WITHDRAWN")]
    assert port.container(BOX)["direction"] == "TRANSSHIPMENT"


def test_a_transhipment_that_turns_out_an_import_is_instructed(port: TestPort):
    first = told(port.gate(discharged(movementType="TRANSSHIPMENT")))
    assert first["instruction"] is None
    answer = told(port.gate(discharged(movementType="IMPORT", supersedes=first["eventID"])))
    assert answer["instruction"]["route"] == "YARD"


# Nobody corrects another


def test_nobody_corrects_or_takes_back_what_another_reported(port: TestPort):
    port.key("terminal", "RIVAL", "XMRV")
    first = told(port.gate(discharged(minutes_ago=30)))
    rival = {"role": "terminal", "party": "RIVAL"}
    port.gate(discharged(box=OTHER, supersedes=first["eventID"]), **rival)
    port.gate(discharged(supersedes=first["eventID"], isRetracted=True), **rival)
    port.gate(discharged(minutes_ago=30, isRetracted=True), **rival)
    assert movement(port) == "DISCHARGED"
    assert (BOX, "YARD", "ISSUED", None) in lives(port)
    assert ("DISC", "CURRENT", False) in lines(port)


def test_a_document_number_is_the_senders_own(port: TestPort):
    port.push("edifact", lifted(document="D1", written=10), role="terminal")
    port.push("edifact", lifted(OTHER, document="D1", function="5", control="2"), role="tally", party="TALLY")
    assert (movement(port), movement(port, OTHER)) == ("DISCHARGED", "DISCHARGED")


# EDIFACT documents


def test_a_replaced_document_takes_back_what_it_no_longer_lists(either_port: TestPort):
    port = either_port
    port.push("edifact", lifted(BOX, OTHER, written=20), role="terminal")
    answer = port.push("edifact", lifted(OTHER, function="5", control="2", minutes_ago=3), role="terminal").json()
    assert told(answer)["outcome"] == "accepted"
    assert (port.container(BOX)["headline"]["code"], movement(port, OTHER)) == ("REPORT_WITHDRAWN", "DISCHARGED")
    assert [(box, state) for box, _, state, _ in lives(port)] == [
        (BOX, "CANCELLED"), (OTHER, "CANCELLED"), (OTHER, "ISSUED"),
    ]  # fmt: skip


def test_a_cancelled_document_takes_back_all_it_reported(port: TestPort):
    port.push("edifact", lifted(BOX, OTHER, written=20), role="terminal")
    answer = port.push("edifact", lifted(BOX, OTHER, function="1", control="2"), role="terminal").json()
    assert [result["outcome"] for result in answer["results"]] == ["accepted", "accepted"]
    assert {(state, why) for _, _, state, why in lives(port)} == {("CANCELLED", "POINT_WITHDRAWN")}
    assert [port.container(box)["headline"]["code"] for box in (BOX, OTHER)] == ["REPORT_WITHDRAWN"] * 2


def test_a_cancellation_that_arrives_before_its_document_waits_for_it(port: TestPort):
    port.push("edifact", lifted(function="1", control="2"), role="terminal")
    late = told(port.push("edifact", lifted(written=20), role="terminal").json())
    assert late["instruction"] is None
    assert lives(port) == []
