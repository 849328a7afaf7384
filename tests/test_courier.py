from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.rejection import Reason, Rejected
from adapters.seam import Accepted
from build_formats import decode, facts, kept, local, outcomes, reasons, refusal, sender
from events.types import CourierScan, CourierStatus
from port.actor import Role

EMS = sender(Role.COURIER, party="EMS")
SCAN = {"itemID": "EE473088154CN", "status": "COLLECTED", "scanDateTime": "2026-11-20T09:15:03+08:00"}


def scans(*changes: dict[str, Any]) -> dict[str, Any]:
    return {"messageID": "E-1", "scans": [{**SCAN, **changed} for changed in changes]}


def test_a_scan_is_read_and_its_number_written_in_one_way():
    assert decode("courier", scans({"itemID": "ee 473088154 cn", "place": "厦门高崎"}), EMS) == [
        Accepted(
            CourierScan(
                item_id="EE473088154CN",
                status=CourierStatus.COLLECTED,
                scan_datetime=local("2026-11-20T09:15:03"),
                place="厦门高崎",
            ),
            "scans[0]",
        )
    ]


def test_a_carriers_morning_behind_a_mark_with_escapes_and_a_wrong_number():
    items = decode("courier", kept("courier/scans.json"), EMS)
    assert [getattr(item, "fact", None) for item in items] == [
        CourierScan(
            item_id="EE473088154CN",
            status=CourierStatus.COLLECTED,
            scan_datetime=local("2026-11-20T09:15:03"),
            place="厦门高崎揽投部",
        ),
        CourierScan(
            item_id="EE473088154CN",
            status=CourierStatus.IN_TRANSIT,
            scan_datetime=local("2026-11-20T12:40:00.500"),
        ),
        None,
        None,
    ]
    assert reasons(items) == [(Reason.BAD_VALUE, "scans[2].place"), (Reason.BAD_VALUE, "scans[3].itemID")]


@pytest.mark.parametrize("status", list(CourierStatus))
def test_every_state_of_an_item_is_taken(status):
    assert facts(decode("courier", scans({"status": status.value}), EMS))[0].status is status


def test_a_domestic_number_is_taken():
    assert facts(decode("courier", scans({"itemID": "1234567890123"}), EMS))[0].item_id == "1234567890123"


@pytest.mark.parametrize(
    ("changed", "reason", "where"),
    [
        ({"itemID": "EE473088159CN"}, Reason.BAD_VALUE, "itemID"),
        ({"itemID": "?"}, Reason.BAD_VALUE, "itemID"),
        ({"itemID": None}, Reason.FIELD_MISSING, "itemID"),
        ({"status": "LOST"}, Reason.UNKNOWN_CODE, "status"),
        ({"scanDateTime": None}, Reason.TIME_MISSING, "scanDateTime"),
        ({"scanDateTime": "2026-11-20T09:15:03"}, Reason.TIME_WITHOUT_ZONE, "scanDateTime"),
        ({"scanDateTime": "2026-11-20"}, Reason.DATE_WITHOUT_TIME, "scanDateTime"),
        ({"scanDateTime": "2026-11-22T09:15:03Z"}, Reason.FUTURE_TIME, "scanDateTime"),
        ({"recipient": "x"}, Reason.UNKNOWN_FIELD, "recipient"),
    ],
)
def test_a_wrong_scan_is_refused_alone(changed, reason, where):
    items = decode("courier", scans(changed, {}), EMS)
    assert reasons(items) == [(reason, f"scans[0].{where}")]
    assert outcomes(items)[1] == ("scans[1]", "courier_scan")


def test_a_wrong_check_digit_names_the_right_number():
    [item] = decode("courier", scans({"itemID": "EE473088159CN"}), EMS)
    assert "EE473088154CN" in item.rejected.fix


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<xml/>", Reason.NOT_JSON),
        ({"scans": []}, Reason.NO_ITEMS),
        ({"scan": [SCAN]}, Reason.UNKNOWN_FIELD),
        ({"scans": 3}, Reason.BAD_VALUE),
        ({"scans": [{}] * 10_001}, Reason.TOO_MANY_ITEMS),
    ],
)
def test_a_body_that_cannot_be_cut_into_items_is_refused_whole(body, reason):
    assert refusal("courier", body, EMS).reason is reason


def test_a_cut_off_body_is_not_json():
    body = json.dumps(scans({})).encode()
    assert {refusal("courier", body[:length], EMS).reason for length in range(len(body))} == {Reason.NOT_JSON}


def test_the_same_message_twice_gives_the_same_items():
    assert decode("courier", scans({}), EMS) == decode("courier", scans({}), EMS)


@given(st.dictionaries(st.sampled_from([*SCAN, "place", "x"]), st.none() | st.integers() | st.floats() | st.text()))
def test_nothing_but_rejected_leaves_the_decoder(changed):
    with suppress(Rejected):
        assert len(decode("courier", scans(changed), EMS)) == 1
