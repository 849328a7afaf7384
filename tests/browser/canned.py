"""Answers of the port as the contract shapes them, to show on the pages: builders with defaults."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

IMPORT_BOX = "CSQU3054383"
HELD_BOX = "MSKU6011672"
SCAN_BOX = "TGHU7599330"
READY_BOX = "HLXU2008419"
EXPORT_BOX = "OOLU8890320"
GONE_BOX = "TCLU4265449"

FORWARDER = {"party": "XMFF", "partyName": "厦门远海货代", "role": "forwarder", "facilities": []}
OFFICER = {"party": "XMCUS", "partyName": "厦门海关", "role": "customs", "facilities": []}
TERMINAL = {"party": "XMHT", "partyName": "海天码头", "role": "terminal", "facilities": ["XMHT"]}
COURIER = {"party": "EMS", "partyName": "邮政速递", "role": "courier", "facilities": []}
KEYS = {"dp_fwd_secret": FORWARDER, "dp_off_secret": OFFICER, "dp_ter_secret": TERMINAL, "dp_cou_secret": COURIER}


def status(number: str = IMPORT_BOX, **changed: Any) -> Json:
    """The record of GET /v1/containers/{number}: by default an import box in the yard that waits for customs."""
    facets = {
        "movement": "IN_YARD",
        "customs": "UNDER_REVIEW",
        "customsArrival": "NOT_REPORTED",
        "carrier": "RELEASED",
        "charges": "UNKNOWN",
        "instruction": "YARD:EXECUTED",
    }
    facets.update(changed.pop("facets", {}))
    return {
        "equipmentReference": number,
        "visitID": f"v-{number}",
        "direction": "IMPORT",
        "version": 7,
        "headline": {"code": "WITH_CUSTOMS", "zh": "等待海关", "en": "With customs"},
        "facets": facets,
        "facetFacts": {
            "movement": {"at": "2026-11-21T09:12:00+08:00", "source": "海天码头"},
            "customs": {"at": "2026-11-21T08:40:00+08:00", "source": "厦门海关"},
            "carrier": {"at": "2026-11-20T17:05:00+08:00", "source": "中远海运"},
        },
        "nextStep": {"code": "WAIT_FOR_CUSTOMS", "zh": "等海关审单放行", "en": "Wait for customs to release it"},
        "heldBy": {"role": "customs", "since": "2026-11-21T08:40:00+08:00"},
        "readyForPickup": False,
        "mayLoad": False,
        "blockers": ["CUSTOMS_UNDER_REVIEW"],
        "place": None,
        "location": {"facilityCode": "XMHT", "position": "A12-03-2"},
        "lastFactAt": "2026-11-21T09:12:00+08:00",
        "lastFactSource": "海天码头",
        **changed,
    }


def ready(number: str = READY_BOX, **changed: Any) -> Json:
    return status(
        number,
        headline={"code": "READY", "zh": "可以提箱", "en": "Ready"},
        nextStep={"code": "SEND_TRUCK", "zh": "可以派车到海天码头提箱", "en": "Send the truck to Haitian terminal"},
        heldBy={"role": "consignee", "since": "2026-11-21T10:02:00+08:00"},
        facets={"customs": "RELEASED", "charges": "CLEAR"},
        readyForPickup=True,
        blockers=[],
        lastFactAt="2026-11-21T10:02:00+08:00",
        lastFactSource="厦门海关",
        **changed,
    )


def inspected(number: str = HELD_BOX, **changed: Any) -> Json:
    return status(
        number,
        headline={"code": "INSPECTION", "zh": "需要查验", "en": "Inspection"},
        nextStep={
            "code": "MOVE_TO_SITE",
            "zh": "码头将送往查验场",
            "en": "The terminal takes it to the site",
        },
        heldBy={"role": "terminal", "since": "2026-11-21T09:20:00+08:00"},
        facets={"customs": "INSPECTION_ORDERED", "carrier": "NOT_RELEASED", "instruction": "INSPECTION:ISSUED"},
        blockers=["CUSTOMS_INSPECTION_ORDERED", "CARRIER_NOT_RELEASED"],
        place="远海查验场 C2",
        **changed,
    )


def scanned(number: str = SCAN_BOX, **changed: Any) -> Json:
    return status(
        number,
        headline={"code": "SCAN", "zh": "需要机检", "en": "Scan"},
        nextStep={"code": "SCAN", "zh": "到机检通道过机", "en": "Drive it through the scanner"},
        facets={"customs": "SCAN_ORDERED", "instruction": "SCAN:ACKNOWLEDGED"},
        **changed,
    )


def export(number: str = EXPORT_BOX, **changed: Any) -> Json:
    return status(
        number,
        direction="EXPORT",
        headline={"code": "AWAITING_RELEASE", "zh": "等待放行", "en": "Awaiting release"},
        nextStep={"code": "REPORT_ARRIVAL", "zh": "等运抵报告", "en": "Its arrival must be reported to customs"},
        facets={"movement": "GATED_IN", "customs": "DECLARED", "carrier": "UNKNOWN", "instruction": None},
        blockers=["CUSTOMS_DECLARED", "ARRIVAL_NOT_REPORTED"],
        **changed,
    )


def gone(number: str = GONE_BOX, **changed: Any) -> Json:
    return status(
        number,
        headline={"code": "GONE", "zh": "已提离", "en": "Gone"},
        nextStep={"code": "NONE", "zh": "空箱请按期归还", "en": "Return the empty container in time"},
        facets={"movement": "GATED_OUT", "customs": "RELEASED", "instruction": "DIRECT_RELEASE:EXECUTED"},
        heldBy={"role": "haulier", "since": "2026-11-21T10:40:00+08:00"},
        place=None,
        blockers=["NOT_IN_PORT"],
        **changed,
    )


def line(event_id: str, at: str, zh: str, en: str, **changed: Any) -> Json:
    """One line of a timeline: by default said once by the terminal and never corrected."""
    return {
        "eventID": event_id,
        "type": "DISC",
        "classifier": "ACT",
        "at": at,
        "createdAt": at,
        "receivedAt": at,
        "source": {"role": "terminal", "name": "海天码头"},
        "title": {"zh": zh, "en": en},
        "place": "XMHT",
        "details": {},
        "state": "CURRENT",
        "correctedBy": None,
        "tellings": 1,
        "differences": [],
        **changed,
    }


CUSTOMS = {"role": "customs", "name": "厦门海关"}
LINES = [
    line("e1", "2026-11-19T11:30:00+08:00", "已申报（提前申报）", "Declared in advance", source=CUSTOMS, place=None),
    line("e2", "2026-11-20T06:00:00+08:00", "预计进闸", "Estimated: Gated in", classifier="EST", place="CNXMN"),
    line(
        "e3",
        "2026-11-20T17:05:00+08:00",
        "船公司放货",
        "Released by the carrier",
        source={"role": "carrier", "name": "中远海运"},
        place=None,
        details={"transportDocumentReference": "COSU6123456780"},
    ),
    line(
        "e4",
        "2026-11-21T08:05:00+08:00",
        "已卸船",
        "Discharged",
        state="SUPERSEDED",
        correctedBy="e5",
        details={"position": "A11-01-1"},
    ),
    line(
        "e5",
        "2026-11-21T08:15:00+08:00",
        "已卸船",
        "Discharged",
        tellings=2,
        details={"position": "A12-03-2", "seals": ["AB123"]},
        differences=[
            {
                "field": "grossMassKg",
                "values": [{"source": "terminal", "value": 24310}, {"source": "tally", "value": 24180}],
            }
        ],
    ),
    line("e6", "2026-11-21T08:40:00+08:00", "审单中", "Under review", source=CUSTOMS, place=None),
    line("e7", "2026-11-21T08:58:00+08:00", "移箱", "Shifted in the yard", state="RETRACTED"),
    line("e8", "2026-11-21T09:12:00+08:00", "落场", "Grounded in the yard", details={"position": "A12-03-2"}),
]

NOT_REPORTED = {
    "type": "about:blank",
    "title": "Not reported yet",
    "status": 404,
    "detail": "Nothing that you may see has been reported for this container.",
    "reason": "NOTHING_REPORTED_TO_YOU",
    "fix": "Ask the party that holds the bill of lading to name you, with the bill and the container number.",
}
