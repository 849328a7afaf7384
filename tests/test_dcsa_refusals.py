"""DCSA's events: what is refused, why and where, whatever stands in them."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.rejection import Reason, Rejected
from build_dcsa_told import CALL, CARRIER, FLAT, ORDER, without
from build_formats import decode, kept, outcomes, reasons, refusal, sender, warned
from build_port import TestPort


@pytest.mark.parametrize(
    ("event", "by", "reason", "where"),
    [
        (FLAT | {"equipmentReference": "LJGU1200454"}, CARRIER, Reason.BAD_CONTAINER_NUMBER, "equipmentReference"),
        (without(FLAT, "equipmentReference"), CARRIER, Reason.FIELD_MISSING, "equipmentReference"),
        (without(FLAT, "eventClassifierCode"), CARRIER, Reason.FIELD_MISSING, "eventClassifierCode"),
        (FLAT | {"eventClassifierCode": "REQ"}, CARRIER, Reason.UNKNOWN_CODE, "eventClassifierCode"),
        (FLAT | {"equipmentEventTypeCode": "FLEW"}, CARRIER, Reason.UNKNOWN_CODE, "equipmentEventTypeCode"),
        (FLAT | {"eventType": "IOT"}, CARRIER, Reason.UNKNOWN_CODE, "eventType"),
        (FLAT | {"eventType": ["EQUIPMENT"]}, CARRIER, Reason.UNKNOWN_CODE, "eventType"),
        (
            without(without(FLAT, "eventType"), "equipmentEventTypeCode"),
            CARRIER,
            Reason.FIELD_MISSING,
            "eventType",
        ),
        (without(FLAT, "eventDateTime"), CARRIER, Reason.TIME_MISSING, "eventDateTime"),
        (FLAT | {"eventDateTime": "2026-11-21T09:52:00"}, CARRIER, Reason.TIME_WITHOUT_ZONE, "eventDateTime"),
        (FLAT | {"eventDateTime": "2026-11-21"}, CARRIER, Reason.DATE_WITHOUT_TIME, "eventDateTime"),
        (FLAT | {"eventDateTime": "2026-12-21T09:52:00Z"}, CARRIER, Reason.FUTURE_TIME, "eventDateTime"),
        (FLAT | {"eventID": "x" * 201}, CARRIER, Reason.BAD_VALUE, "eventID"),
        (FLAT | {"eventID": "a\u0000"}, CARRIER, Reason.BAD_VALUE, "eventID"),
        (FLAT | {"seals": "XM771"}, CARRIER, Reason.BAD_VALUE, "seals"),
        (
            FLAT,
            sender(facilities=frozenset({"XMEG", "XMNW"})),
            Reason.FACILITY_MISSING,
            "facilityCode",
        ),
        (
            FLAT | {"eventLocation": {"UNLocationCode": "CNXMN", "facilityCode": "XMHT"}},
            sender(known_facilities=frozenset({"XMHT"})),
            Reason.FOREIGN_FACILITY,
            "facilityCode",
        ),
        (CALL | {"transportEventTypeCode": "APPROACHING"}, CARRIER, Reason.UNKNOWN_CODE, "transportEventTypeCode"),
        (CALL | {"transportEventTypeCode": "DEPA"}, CARRIER, Reason.UNKNOWN_CODE, "transportEventTypeCode"),
        (CALL | {"eventClassifierCode": "ACT"}, CARRIER, Reason.FUTURE_TIME, "eventDateTime"),
        (without(CALL, "transportCall"), CARRIER, Reason.FIELD_MISSING, "vesselIMONumber"),
        (CALL | {"transportCall": {"modeOfTransport": "RAIL"}}, CARRIER, Reason.UNKNOWN_CODE, "modeOfTransport"),
        (CALL | {"eventLocation": {"UNLocationCode": "NLRTM"}}, CARRIER, Reason.BAD_VALUE, "UNLocationCode"),
        (
            CALL | {"transportCall": {"exportVoyageNumber": "118W"}},
            CARRIER,
            Reason.FIELD_MISSING,
            "UNLocationCode",
        ),
        (ORDER | {"documentTypeCode": "BKG"}, CARRIER, Reason.UNKNOWN_CODE, "shipmentEventTypeCode"),
        (ORDER | {"shipmentEventTypeCode": "CONF"}, CARRIER, Reason.UNKNOWN_CODE, "shipmentEventTypeCode"),
        (ORDER | {"eventClassifierCode": "EST"}, CARRIER, Reason.UNKNOWN_CODE, "shipmentEventTypeCode"),
        (ORDER, sender(), Reason.NOT_ALLOWED, "$"),
        (without(ORDER, "documentReferences"), CARRIER, Reason.FIELD_MISSING, "transportDocumentReference"),
        ({"isRetracted": True, "eventDateTime": None}, CARRIER, Reason.FIELD_MISSING, "eventID"),
        ({"eventID": "E-1", "isRetracted": "yes"}, CARRIER, Reason.BAD_VALUE, "isRetracted"),
    ],
)
def test_what_is_refused_says_why_and_where(event, by, reason, where):
    assert reasons(decode("dcsa", event, by)) == [(reason, where)]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{", Reason.NOT_JSON),
        (b"[]", Reason.BAD_VALUE),
        ({"events": {}}, Reason.BAD_VALUE),
        ({"events": []}, Reason.NO_ITEMS),
        ({"events": [], "more": 1}, Reason.UNKNOWN_FIELD),
        ({"messageID": ""}, Reason.BAD_VALUE),
        ({"events": [{}] * 10_001}, Reason.TOO_MANY_ITEMS),
        (kept("dcsa/events.json")[:-40], Reason.NOT_JSON),
    ],
)
def test_a_body_that_cannot_be_cut_into_events_is_refused_whole(body, reason):
    assert refusal("dcsa", body, CARRIER).reason is reason


def test_a_wrong_event_does_not_touch_its_neighbours():
    items = decode("dcsa", {"events": [FLAT, 7, None, FLAT]}, CARRIER)
    assert outcomes(items) == [
        ("events[0]", "LJGU1200453"),
        ("events[1]", "BAD_VALUE"),
        ("events[2]", "FIELD_MISSING"),
        ("events[3]", "LJGU1200453"),
    ]


def test_odd_sizes_and_ships_are_remarked_on():
    event = FLAT | {"ISOEquipmentCode": "2200", "transportCall": {"vessel": {"vesselIMONumber": "9123454"}}}
    assert [reason for reason, _ in warned(decode("dcsa", event, CARRIER))] == ["OLD_SIZE_CODE", "BAD_VESSEL_NUMBER"]


def test_wherever_a_body_is_cut_off_it_is_refused_whole():
    body = json.dumps({"events": [FLAT]}, ensure_ascii=False).encode()
    assert {refusal("dcsa", body[:end], CARRIER).reason for end in range(len(body))} == {Reason.NOT_JSON}


def test_a_body_and_its_lists_have_limits(port: TestPort):
    assert reasons(decode("dcsa", FLAT | {"seals": [{"sealNumber": f"S{n}"} for n in range(21)]}, CARRIER)) == [
        (Reason.BAD_VALUE, "seals")
    ]
    many = {"events": [FLAT | {"more": "x" * 1000} for _ in range(1100)]}
    answer = port.push("dcsa", many, role="carrier")
    assert (answer.status_code, answer.json()["reason"]) == (413, "BODY_TOO_LARGE")


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.text(max_size=8)
    | st.sampled_from(["ACT", "EQUIPMENT", "GTIN"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *FLAT,
                    "eventClassification",
                    "equipmentDetails",
                    "metadata",
                    "payload",
                    "isRetracted",
                    "shipmentDetails",
                    "type",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@settings(max_examples=200, deadline=None)
@given(told=JSON, on_top=st.dictionaries(st.sampled_from([*FLAT, *CALL, *ORDER]), JSON, max_size=4))
def test_whatever_stands_in_an_event_gives_an_item_or_a_reason(told, on_top):
    for body in ({"events": [told, FLAT | on_top, CALL | on_top, ORDER | on_top]}, told):
        with suppress(Rejected):
            decode("dcsa", json.dumps(body).encode(), CARRIER)
