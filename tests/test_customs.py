from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.rejection import Reason, Rejected
from adapters.seam import Accepted
from build_formats import decode, facts, kept, local, outcomes, reasons, refusal, sender, warned
from events.types import (
    CarrierReleaseReported,
    CarrierReleaseStatus,
    Consignee,
    CreditGrade,
    CustomsNotice,
    DeclarationLine,
    DeclarationLodged,
    DeclarationMode,
    Direction,
    InspectAt,
    InspectionResult,
    ManifestReported,
    NoticeStatus,
    PartyRef,
    VesselCallReported,
    VesselRef,
)
from port.actor import Role

CUSTOMS = sender(Role.CUSTOMS, party="XMCUS")
CALL = {
    "vesselIMONumber": "9123453",
    "importVoyage": "118w",
    "exportVoyage": "119E",
    "eta": "2026-11-22T06:00:00+08:00",
}
MANIFEST = {"transportDocumentReference": "XMLN26110042", "direction": "IMPORT"}
RELEASE = {"transportDocumentReference": "XMLN26110042", "status": "RELEASED"}
DECLARATION = {"declarationNumber": "371120261004417735", "direction": "IMPORT"}
NOTICE = {
    "declarationNumber": "371120261004417735",
    "status": "RELEASED",
    "noticeDateTime": "2026-11-20T09:15:03+08:00",
}
ALL = {
    "notices": [NOTICE],
    "declarations": [DECLARATION],
    "carrierReleases": [RELEASE],
    "manifests": [MANIFEST],
    "vesselCalls": [CALL],
}


def only(name: str, **changed: Any) -> dict[str, Any]:
    return {name: [{**ALL[name][0], **changed}]}


def test_the_five_arrays_are_taken_in_their_order_whatever_the_bodys():
    assert outcomes(decode("customs", {"messageID": "C-1", **ALL}, CUSTOMS)) == [
        ("vesselCalls[0]", "vessel_call"),
        ("manifests[0]", "manifest"),
        ("carrierReleases[0]", "carrier_release"),
        ("declarations[0]", "declaration"),
        ("notices[0]", "notice"),
    ]


def test_an_advance_declaration_with_its_call_and_the_order_to_inspect():
    call, declared, notice = facts(decode("customs", kept("customs/advance_declaration.json"), CUSTOMS))
    assert call == VesselCallReported(
        vessel_imo_number="9123453",
        call_sign="BQAX7",
        import_voyage="118W",
        export_voyage="119E",
        facility_code="XMEG",
        eta=local("2026-11-22T19:30"),
    )
    assert declared == DeclarationLodged(
        declaration_number="371120261001234567",
        seq_no="I20260000778812",
        direction=Direction.IMPORT,
        mode=DeclarationMode.ADVANCE,
        inspect_at=InspectAt.PORT,
        declared_at=local("2026-11-20T16:40"),
        declarant=PartyRef(code="91350200MA2XN1234X", name="厦门鹭江报关行"),
        consignee=Consignee(code="91350200612017727P", name="厦门石材", credit_grade=CreditGrade.GENERAL),
        transport_document_reference="EGLV26110071",
        vessel=VesselRef(vessel_imo_number="9123453", voyage="118W"),
        containers=("LJGU1200453", "LJGU3366905"),
        lines=(
            DeclarationLine(
                hs_code="6802231000",
                origin_country="IN",
                quantity=12,
                net_mass_kg=24000,
                declared_value=18200.5,
                currency="USD",
            ),
        ),
    )
    assert notice == CustomsNotice(
        declaration_number="371120261001234567",
        status=NoticeStatus.INSPECTION_ORDERED,
        notice_datetime=local("2026-11-21T10:16"),
        containers=("LJGU1200453",),
        site="XMCY",
        note="开箱查验\n第2柜",
    )


def test_a_vessel_call_with_its_times():
    told = {
        "vesselIMONumber": "9123453",
        "callSign": "bqax7",
        "vesselName": "Egret Island",
        "importVoyage": "118w",
        "exportVoyage": "119E",
        "voyage": None,
        "facilityCode": "XMEG",
        "eta": "2026-11-22T06:00:00+08:00",
        "ata": "2026-11-20T06:10:00+08:00",
        "atb": "2026-11-20T08:00:00+08:00",
        "atd": None,
    }
    assert decode("customs", {"vesselCalls": [told]}, CUSTOMS) == [
        Accepted(
            VesselCallReported(
                vessel_imo_number="9123453",
                call_sign="BQAX7",
                vessel_name="Egret Island",
                import_voyage="118W",
                export_voyage="119E",
                facility_code="XMEG",
                eta=local("2026-11-22T06:00"),
                ata=local("2026-11-20T06:10"),
                atb=local("2026-11-20T08:00"),
            ),
            "vesselCalls[0]",
        )
    ]


def test_a_manifest_with_its_parties():
    told = {
        **MANIFEST,
        "masterReference": "XMLM1",
        "vesselIMONumber": "9123453",
        "voyage": "118W",
        "containers": ["XMLU1044773", "xmlu 104477-3", "LJGU1200453"],
        "consignee": {"code": "91350200MA0EGGT001", "name": "白鹭贸易"},
        "forwarder": {"code": "FWD1"},
        "notifyParty": {"code": "NP1", "name": ""},
        "issuedAt": "2026-11-19T10:00:00Z",
    }
    assert facts(decode("customs", {"manifests": [told]}, CUSTOMS)) == [
        ManifestReported(
            transport_document_reference="XMLN26110042",
            master_reference="XMLM1",
            vessel=VesselRef(vessel_imo_number="9123453", voyage="118W"),
            direction=Direction.IMPORT,
            containers=("XMLU1044773", "LJGU1200453"),
            consignee=PartyRef(code="91350200MA0EGGT001", name="白鹭贸易"),
            forwarder=PartyRef(code="FWD1"),
            notify_party=PartyRef(code="NP1"),
            issued_at=local("2026-11-19T18:00"),
        )
    ]


def test_a_carrier_release_and_its_revocation():
    told = [
        {**RELEASE, "containers": ["XMLU1044773"], "releasedAt": "2026-11-20T08:00:00+08:00", "haulierCode": "HL1"},
        {**RELEASE, "status": "REVOKED"},
    ]
    assert facts(decode("customs", {"carrierReleases": told}, CUSTOMS)) == [
        CarrierReleaseReported(
            transport_document_reference="XMLN26110042",
            containers=("XMLU1044773",),
            status=CarrierReleaseStatus.RELEASED,
            released_at=local("2026-11-20T08:00"),
            haulier_code="HL1",
        ),
        CarrierReleaseReported(transport_document_reference="XMLN26110042", status=CarrierReleaseStatus.REVOKED),
    ]


def test_a_declaration_with_its_lines():
    told = {
        **DECLARATION,
        "seqNo": "000000002204517366",
        "cusCiqNo": "I20260000441527309",
        "mode": "TWO_STEP",
        "inspectAt": "DESTINATION",
        "declaredAt": "2026-11-18T09:00:00+08:00",
        "declarant": {"code": "BRK1", "name": "Broker"},
        "consignee": {"code": "CNE1", "name": "Importer", "creditGrade": "AEO"},
        "transportDocumentReference": "XMLN26110042",
        "vesselIMONumber": "9123453",
        "voyage": "118W",
        "containers": ["XMLU1044773"],
        "lines": [
            {
                "hsCode": "6802231000",
                "originCountry": "in",
                "quantity": 3,
                "netMassKg": 24000,
                "declaredValue": 18200.5,
                "currency": "usd",
            },
            {"hsCode": "680223"},
        ],
    }
    assert facts(decode("customs", {"declarations": [told]}, CUSTOMS)) == [
        DeclarationLodged(
            declaration_number="371120261004417735",
            seq_no="000000002204517366",
            cus_ciq_no="I20260000441527309",
            direction=Direction.IMPORT,
            mode=DeclarationMode.TWO_STEP,
            inspect_at=InspectAt.DESTINATION,
            declared_at=local("2026-11-18T09:00"),
            declarant=PartyRef(code="BRK1", name="Broker"),
            consignee=Consignee(code="CNE1", name="Importer", credit_grade=CreditGrade.AEO),
            transport_document_reference="XMLN26110042",
            vessel=VesselRef(vessel_imo_number="9123453", voyage="118W"),
            containers=("XMLU1044773",),
            lines=(
                DeclarationLine(
                    hs_code="6802231000",
                    origin_country="IN",
                    quantity=3,
                    net_mass_kg=24000,
                    declared_value=18200.5,
                    currency="USD",
                ),
                DeclarationLine(hs_code="680223"),
            ),
        )
    ]


def test_a_notice_of_an_inspection_finished():
    told = {
        **NOTICE,
        "status": "INSPECTION_FINISHED",
        "containers": ["XMLU1044773"],
        "site": "XMCY",
        "result": "PASS",
        "note": "查验无异常\n放行",
    }
    assert facts(decode("customs", {"notices": [told]}, CUSTOMS)) == [
        CustomsNotice(
            declaration_number="371120261004417735",
            status=NoticeStatus.INSPECTION_FINISHED,
            notice_datetime=local("2026-11-20T09:15:03"),
            containers=("XMLU1044773",),
            site="XMCY",
            result=InspectionResult.PASS,
            note="查验无异常\n放行",
        )
    ]


@pytest.mark.parametrize("name", ["seqNo", "cusCiqNo"])
def test_before_there_is_a_number_a_declaration_is_known_by_another(name):
    early = {name: "I20260000441527309", "declarationNumber": None}
    items = decode("customs", {**only("declarations", **early), **only("notices", **early)}, CUSTOMS)
    assert [fact.declaration_number for fact in facts(items)] == [None, None]


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


def test_the_same_message_twice_gives_the_same_items():
    assert decode("customs", ALL, CUSTOMS) == decode("customs", ALL, CUSTOMS)


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
