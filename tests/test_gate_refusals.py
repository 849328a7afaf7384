"""Gate JSON: what is refused or warned of, where it stands and in which words."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.rejection import Reason, Rejected
from build_formats import decode, outcomes, reasons, refusal, warned
from build_gate import MOVED, WHOLE, gate, moved


def test_a_bare_events_faults_are_told_without_a_prefix():
    assert reasons(decode("gate", moved(eventDateTime="2026-11-20"))) == [(Reason.DATE_WITHOUT_TIME, "eventDateTime")]


def test_a_wrong_item_does_not_refuse_its_neighbours():
    assert outcomes(decode("gate", gate(MOVED, moved(voyge="1E"), 7, MOVED))) == [
        ("events[0]", "XMLU1044773"),
        ("events[1]", "UNKNOWN_FIELD"),
        ("events[2]", "BAD_VALUE"),
        ("events[3]", "XMLU1044773"),
    ]


@pytest.mark.parametrize(
    ("changed", "reason", "where"),
    [
        ({"equipmentReference": "XMLU1044774"}, Reason.BAD_CONTAINER_NUMBER, "equipmentReference"),
        ({"equipmentReference": ""}, Reason.BAD_CONTAINER_NUMBER, "equipmentReference"),
        ({"equipmentReference": None}, Reason.FIELD_MISSING, "equipmentReference"),
        ({"equipmentReference": 1044773}, Reason.BAD_VALUE, "equipmentReference"),
        ({"equipmentEventTypeCode": "GATE"}, Reason.UNKNOWN_CODE, "equipmentEventTypeCode"),
        ({"equipmentEventTypeCode": None}, Reason.FIELD_MISSING, "equipmentEventTypeCode"),
        ({"eventClassifierCode": "REQ"}, Reason.UNKNOWN_CODE, "eventClassifierCode"),
        ({"eventType": "TRANSPORT"}, Reason.UNKNOWN_CODE, "eventType"),
        ({"movementType": "import"}, Reason.UNKNOWN_CODE, "movementType"),
        ({"modeOfTransport": 1}, Reason.UNKNOWN_CODE, "modeOfTransport"),
        ({"eventDateTime": None}, Reason.TIME_MISSING, "eventDateTime"),
        ({"eventDateTime": ""}, Reason.TIME_MISSING, "eventDateTime"),
        ({"eventDateTime": "2026-11-20"}, Reason.DATE_WITHOUT_TIME, "eventDateTime"),
        ({"eventDateTime": "2026-11-20T15:04:05"}, Reason.TIME_WITHOUT_ZONE, "eventDateTime"),
        ({"eventDateTime": "2026-11-31T15:04:05Z"}, Reason.BAD_VALUE, "eventDateTime"),
        ({"eventDateTime": "0001-01-01T00:00:00+08:00"}, Reason.BAD_VALUE, "eventDateTime"),
        ({"eventDateTime": "2026-11-20T15:04:05+99:00"}, Reason.BAD_VALUE, "eventDateTime"),
        ({"eventDateTime": 1_790_000_000}, Reason.BAD_VALUE, "eventDateTime"),
        ({"eventDateTime": "1790000000"}, Reason.BAD_VALUE, "eventDateTime"),
        ({"eventDateTime": "2026-11-21T20:15:01+08:00"}, Reason.FUTURE_TIME, "eventDateTime"),
        ({"eventCreatedDateTime": "2026-11-20T15:04:05"}, Reason.TIME_WITHOUT_ZONE, "eventCreatedDateTime"),
        ({"facilityCode": "XMHT"}, Reason.FOREIGN_FACILITY, "facilityCode"),
        ({"UNLocationCode": "XIAMEN"}, Reason.BAD_VALUE, "UNLocationCode"),
        ({"ISOEquipmentCode": "forty"}, Reason.BAD_VALUE, "ISOEquipmentCode"),
        ({"vesselIMONumber": "EGRET"}, Reason.BAD_VALUE, "vesselIMONumber"),
        ({"vesselIMONumber": 9123453}, Reason.BAD_VALUE, "vesselIMONumber"),
        ({"voyage": "1" * 18}, Reason.BAD_VALUE, "voyage"),
        ({"voyage": "1\x00E"}, Reason.BAD_VALUE, "voyage"),
        ({"truckPlate": "A\nB"}, Reason.BAD_VALUE, "truckPlate"),
        ({"seals": "AB123"}, Reason.BAD_VALUE, "seals"),
        ({"seals": ["1"] * 21}, Reason.BAD_VALUE, "seals"),
        ({"seals": ["ok", 5]}, Reason.BAD_VALUE, "seals[1]"),
        ({"grossMassKg": -1}, Reason.BAD_VALUE, "grossMassKg"),
        ({"grossMassKg": "24310"}, Reason.BAD_VALUE, "grossMassKg"),
        ({"grossMassKg": True}, Reason.BAD_VALUE, "grossMassKg"),
        ({"grossMassKg": float("nan")}, Reason.BAD_VALUE, "grossMassKg"),
        ({"vgmKg": float("inf")}, Reason.BAD_VALUE, "vgmKg"),
        ({"vgmKg": 10**400}, Reason.BAD_VALUE, "vgmKg"),
        ({"dangerousGoods": [{"unNumber": "126"}]}, Reason.BAD_VALUE, "dangerousGoods[0].unNumber"),
        ({"dangerousGoods": [{"imoClass": "3"}]}, Reason.FIELD_MISSING, "dangerousGoods[0].unNumber"),
        ({"dangerousGoods": [{"unNumber": "1263", "un": 1}]}, Reason.UNKNOWN_FIELD, "dangerousGoods[0].un"),
        ({"reefer": {"setPointCelsius": -400}}, Reason.BAD_VALUE, "reefer.setPointCelsius"),
        ({"isRetracted": "true"}, Reason.BAD_VALUE, "isRetracted"),
        ({"supersedes": ""}, Reason.BAD_VALUE, "supersedes"),
        ({"container_number": "XMLU1044773"}, Reason.UNKNOWN_FIELD, "container_number"),
        ({"is_at_port": False}, Reason.UNKNOWN_FIELD, "is_at_port"),
    ],
)
def test_a_wrong_field_is_refused_where_it_stands(changed, reason, where):
    assert reasons(decode("gate", gate(moved(**changed)))) == [(reason, f"events[0].{where}")]


@pytest.mark.parametrize("name", list(MOVED))
def test_what_must_be_there_must_be_there(name):
    told = {key: value for key, value in MOVED.items() if key != name}
    missing = Reason.TIME_MISSING if name == "eventDateTime" else Reason.FIELD_MISSING
    assert reasons(decode("gate", gate(told))) == [(missing, f"events[0].{name}")]


def test_a_refusal_says_what_is_wrong_and_what_to_send():
    [misspelt] = decode("gate", gate(moved(sealz=[])))
    assert misspelt.rejected == Rejected(
        Reason.UNKNOWN_FIELD,
        "events[0].sealz",
        message="There is no field sealz here.",
        fix="Did you mean seals?",
    )
    [several] = decode("gate", gate(moved(movementType="in", seals=3, foo=1)))
    assert several.rejected == Rejected(
        Reason.UNKNOWN_CODE,
        "events[0].movementType",
        message="'in' is not a code of movementType."
        " Also wrong: events[0].seals (BAD_VALUE), events[0].foo (UNKNOWN_FIELD).",
        fix="Send 'IMPORT', 'EXPORT', 'TRANSSHIPMENT', 'RESTOW', 'DOMESTIC' or 'STORAGE'.",
    )
    [number] = decode("gate", gate(moved(equipmentReference="XMLU1044774")))
    assert "XMLU1044773" in number.rejected.fix


@pytest.mark.parametrize(
    ("changed", "warning"),
    [
        ({"ISOEquipmentCode": "4300"}, ("OLD_SIZE_CODE", "events[0].ISOEquipmentCode")),
        ({"vesselIMONumber": "9123454"}, ("BAD_VESSEL_NUMBER", "events[0].vesselIMONumber")),
    ],
)
def test_what_is_odd_and_may_be_so_is_taken_with_a_warning(changed, warning):
    items = decode("gate", gate(moved(**changed)))
    assert warned(items) == [warning]
    assert outcomes(items) == [("events[0]", "XMLU1044773")]


@pytest.mark.parametrize(
    ("body", "reason", "where"),
    [
        (b"", Reason.NOT_JSON, ""),
        (b"{", Reason.NOT_JSON, ""),
        (b"UNB+UNOA:1'", Reason.NOT_JSON, ""),
        ('{"events":[{"truckPlate":"闽"}]}'.encode("gb18030"), Reason.NOT_JSON, ""),
        (b'{"events":' + b"[" * 5000, Reason.NOT_JSON, ""),
        (b'{"events":[' + b"9" * 5000 + b"]}", Reason.NOT_JSON, ""),
        (b'{"events":["\\ud800"]}', Reason.NOT_JSON, ""),
        (b"[]", Reason.BAD_VALUE, "$"),
        (b"5", Reason.BAD_VALUE, "$"),
        (b"{}", Reason.NO_ITEMS, "events"),
        (b'{"events":[]}', Reason.NO_ITEMS, "events"),
        (b'{"events":null}', Reason.NO_ITEMS, "events"),
        (b'{"events":{}}', Reason.BAD_VALUE, "events"),
        (b'{"event":[{}]}', Reason.UNKNOWN_FIELD, "event"),
        (b'{"messageID":5,"events":[{}]}', Reason.BAD_VALUE, "messageID"),
        (b'{"messageID":"","events":[{}]}', Reason.BAD_VALUE, "messageID"),
        (json.dumps({"messageID": "x" * 201, "events": [{}]}).encode(), Reason.BAD_VALUE, "messageID"),
        (json.dumps({"messageID": "a\x00b", "events": [{}]}).encode(), Reason.BAD_VALUE, "messageID"),
        (json.dumps({"events": [{}] * 10_001}).encode(), Reason.TOO_MANY_ITEMS, "events"),
    ],
)
def test_a_body_that_cannot_be_cut_into_items_is_refused_whole(body, reason, where):
    found = refusal("gate", body)
    assert (found.reason, found.where) == (reason, where)


def test_a_cut_off_body_is_not_json():
    body = json.dumps(gate(WHOLE)).encode()
    assert {refusal("gate", body[:length]).reason for length in range(len(body))} == {Reason.NOT_JSON}


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from([*MOVED.values()]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*WHOLE, "isRetracted", "supersedes", "x"]), values, max_size=8) | values)
def test_nothing_but_rejected_leaves_the_decoder(event):
    for body in (gate(event), gate(MOVED | event) if isinstance(event, dict) else event):
        try:
            items = decode("gate", body)
        except Rejected:
            continue
        assert all(item.path for item in items)
