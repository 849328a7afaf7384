"""The customs JSON: who may send what, and what is refused where it stands."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.rejection import Reason, Rejected
from build_customs import ALL, CALL, CUSTOMS, DECLARATION, NOTICE, only
from build_formats import decode, facts, outcomes, reasons, refusal, sender, warned
from events.types import PartyRef
from port.actor import Role


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        (Role.CUSTOMS, {"vesselCalls", "manifests", "carrierReleases", "declarations", "notices"}),
        (Role.BROKER, {"declarations"}),
        (Role.FORWARDER, {"declarations"}),
        (Role.CARRIER, {"manifests", "carrierReleases"}),
        (Role.AGENT, {"vesselCalls", "manifests", "carrierReleases"}),
        (Role.TERMINAL, {"vesselCalls"}),
        (Role.AUTHORITY, {"vesselCalls"}),
    ],
)
def test_each_role_sends_its_own_arrays_and_the_others_are_refused_item_by_item(role, allowed):
    by_name = {path.partition("[")[0]: outcome for path, outcome in outcomes(decode("customs", ALL, sender(role)))}
    assert {name for name, outcome in by_name.items() if outcome != "NOT_ALLOWED"} == allowed


def test_a_broker_declares_for_itself_only():
    broker = sender(Role.BROKER, party="BRK1")
    own = only("declarations", declarant={"code": "BRK1", "name": "Broker"})
    assert facts(decode("customs", own, broker))[0].declarant == PartyRef(code="BRK1", name="Broker")
    assert facts(decode("customs", only("declarations"), broker))[0].declarant == PartyRef(code="BRK1")
    [foreign] = decode("customs", only("declarations", declarant={"code": "BRK2"}), broker)
    assert foreign.rejected == Rejected(
        Reason.FOREIGN_DECLARANT, "declarations[0].declarant.code", message="The declarant BRK2 is not you, BRK1."
    )


def test_a_terminal_tells_of_calls_at_its_own_berths():
    terminal = sender(Role.TERMINAL, "XMEG")
    assert facts(decode("customs", only("vesselCalls"), terminal))[0].facility_code == "XMEG"
    assert reasons(decode("customs", only("vesselCalls", facilityCode="XMHT"), terminal)) == [
        (Reason.FOREIGN_FACILITY, "vesselCalls[0].facilityCode")
    ]
    agent = sender(Role.AGENT, "XMEG")
    assert facts(decode("customs", only("vesselCalls"), agent))[0].facility_code is None


@pytest.mark.parametrize(
    ("name", "changed", "reason", "where"),
    [
        (
            "vesselCalls",
            {"vesselIMONumber": None, "importVoyage": "", "exportVoyage": None},
            Reason.FIELD_MISSING,
            "vesselIMONumber",
        ),
        ("vesselCalls", {"ata": "2026-11-22T06:00:00+08:00"}, Reason.FUTURE_TIME, "ata"),
        ("vesselCalls", {"atd": "2026-11-20"}, Reason.DATE_WITHOUT_TIME, "atd"),
        ("vesselCalls", {"eta": "2026-11-22T06:00:00"}, Reason.TIME_WITHOUT_ZONE, "eta"),
        ("manifests", {"transportDocumentReference": " "}, Reason.BAD_VALUE, "transportDocumentReference"),
        ("manifests", {"direction": None}, Reason.FIELD_MISSING, "direction"),
        ("manifests", {"direction": "IN"}, Reason.UNKNOWN_CODE, "direction"),
        ("manifests", {"containers": ["XMLU1044773", "XMLU1044774"]}, Reason.BAD_CONTAINER_NUMBER, "containers[1]"),
        ("manifests", {"containers": ["XMLU1044773"] * 2001}, Reason.BAD_VALUE, "containers"),
        ("manifests", {"consignee": {"name": "x"}}, Reason.FIELD_MISSING, "consignee.code"),
        ("manifests", {"consignee": {"code": "x", "usci": "y"}}, Reason.UNKNOWN_FIELD, "consignee.usci"),
        ("manifests", {"issuedAt": "2026-12-01T00:00:00Z"}, Reason.FUTURE_TIME, "issuedAt"),
        ("carrierReleases", {"status": "HELD"}, Reason.UNKNOWN_CODE, "status"),
        ("carrierReleases", {"releasedAt": "2026-12-01T00:00:00Z"}, Reason.FUTURE_TIME, "releasedAt"),
        ("declarations", {"declarationNumber": None}, Reason.FIELD_MISSING, "declarationNumber"),
        ("declarations", {"declarationNumber": "3711"}, Reason.BAD_VALUE, "declarationNumber"),
        ("declarations", {"declarationNumber": 371120261004417735}, Reason.BAD_VALUE, "declarationNumber"),
        ("declarations", {"mode": "EARLY"}, Reason.UNKNOWN_CODE, "mode"),
        ("declarations", {"declaredAt": "2026-12-01T00:00:00Z"}, Reason.FUTURE_TIME, "declaredAt"),
        (
            "declarations",
            {"consignee": {"code": "x", "creditGrade": "A"}},
            Reason.UNKNOWN_CODE,
            "consignee.creditGrade",
        ),
        ("declarations", {"lines": [{"hsCode": "6802"}]}, Reason.BAD_VALUE, "lines[0].hsCode"),
        (
            "declarations",
            {"lines": [{"hsCode": "680223", "declaredValue": float("nan")}]},
            Reason.BAD_VALUE,
            "lines[0].declaredValue",
        ),
        (
            "declarations",
            {"lines": [{"hsCode": "680223", "netMassKg": 10**400}]},
            Reason.BAD_VALUE,
            "lines[0].netMassKg",
        ),
        (
            "declarations",
            {"lines": [{"hsCode": "680223", "originCountry": "IND"}]},
            Reason.BAD_VALUE,
            "lines[0].originCountry",
        ),
        ("declarations", {"lines": [{}]}, Reason.FIELD_MISSING, "lines[0].hsCode"),
        ("notices", {"declarationNumber": None}, Reason.FIELD_MISSING, "declarationNumber"),
        ("notices", {"status": "TIMELINE_ONLY"}, Reason.UNKNOWN_CODE, "status"),
        ("notices", {"status": "PASSED"}, Reason.UNKNOWN_CODE, "status"),
        ("notices", {"noticeDateTime": None}, Reason.TIME_MISSING, "noticeDateTime"),
        ("notices", {"noticeDateTime": "2026-12-01T00:00:00Z"}, Reason.FUTURE_TIME, "noticeDateTime"),
        ("notices", {"result": "OK"}, Reason.UNKNOWN_CODE, "result"),
        ("notices", {"risk": 3}, Reason.UNKNOWN_FIELD, "risk"),
    ],
)
def test_a_wrong_element_is_refused_where_it_stands(name, changed, reason, where):
    assert reasons(decode("customs", only(name, **changed), CUSTOMS)) == [(reason, f"{name}[0].{where}")]


def test_a_wrong_element_does_not_refuse_its_neighbours():
    body = {"notices": [NOTICE, {**NOTICE, "status": "?"}, None, NOTICE]}
    assert outcomes(decode("customs", body, CUSTOMS)) == [
        ("notices[0]", "notice"),
        ("notices[1]", "UNKNOWN_CODE"),
        ("notices[2]", "FIELD_MISSING"),
        ("notices[3]", "notice"),
    ]


def test_a_wrong_check_digit_of_a_vessel_is_warned_of():
    assert warned(decode("customs", only("manifests", vesselIMONumber="9123454"), CUSTOMS)) == [
        ("BAD_VESSEL_NUMBER", "manifests[0].vesselIMONumber")
    ]


@pytest.mark.parametrize(
    ("body", "reason", "where"),
    [
        (b"not json", Reason.NOT_JSON, ""),
        ([], Reason.BAD_VALUE, "$"),
        ({}, Reason.NO_ITEMS, "$"),
        ({"notices": []}, Reason.NO_ITEMS, "$"),
        ({"notices": {}}, Reason.BAD_VALUE, "notices"),
        ({"notice": [NOTICE]}, Reason.UNKNOWN_FIELD, "notice"),
        ({"messageID": 7, "notices": [NOTICE]}, Reason.BAD_VALUE, "messageID"),
        ({"notices": [{}] * 5001, "manifests": [{}] * 5000}, Reason.TOO_MANY_ITEMS, ""),
    ],
)
def test_a_body_that_cannot_be_cut_into_items_is_refused_whole(body, reason, where):
    found = refusal("customs", body, CUSTOMS)
    assert (found.reason, found.where) == (reason, where)


def test_a_cut_off_body_is_not_json():
    body = json.dumps(ALL).encode()
    assert {refusal("customs", body[:length], CUSTOMS).reason for length in range(0, len(body), 7)} == {Reason.NOT_JSON}


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from([*NOTICE.values()]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.sampled_from([*ALL]),
    st.dictionaries(st.sampled_from([*CALL, *DECLARATION, *NOTICE, "containers", "lines"]), values),
)
def test_nothing_but_rejected_leaves_the_decoder(name, changed):
    try:
        items = decode("customs", {name: [{**ALL[name][0], **changed}, changed]}, CUSTOMS)
    except Rejected:
        return
    assert [item.path for item in items] == [f"{name}[0]", f"{name}[1]"]
