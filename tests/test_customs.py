from __future__ import annotations

import pytest

from adapters.seam import Accepted
from build_customs import ALL, CUSTOMS, DECLARATION, MANIFEST, NOTICE, RELEASE, only
from build_formats import decode, facts, kept, local, outcomes
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


def test_the_same_message_twice_gives_the_same_items():
    assert decode("customs", ALL, CUSTOMS) == decode("customs", ALL, CUSTOMS)
