"""Answers of the port to its desks, as the contract shapes them: instructions, decisions, messages, certificates."""

from __future__ import annotations

from typing import Any

from canned import GONE_BOX, HELD_BOX, Json


def instruction(instruction_id: str = "i-1", number: str = HELD_BOX, **changed: Any) -> Json:
    return {
        "instructionID": instruction_id,
        "visitID": f"v-{number}",
        "equipmentReference": number,
        "facilityCode": "XMHT",
        "point": "DISCHARGE",
        "route": "INSPECTION",
        "place": "远海查验场 C2",
        "reason": "CUSTOMS_ORDER",
        "state": "ISSUED",
        "issuedAt": "2026-11-21T09:20:00+08:00",
        "acknowledgedAt": None,
        "executedAt": None,
        "endedAt": None,
        "why": None,
        "supersedes": None,
        "supersededBy": None,
        **changed,
    }


def decision(decision_id: str = "d-1", number: str = HELD_BOX, **changed: Any) -> Json:
    return {
        "decisionID": decision_id,
        "visitID": f"v-{number}",
        "equipmentReference": number,
        "decidedAt": "2026-11-21T09:20:00+08:00",
        "point": "DISCHARGE",
        "route": "HOLD",
        "reason": "RULE_FAULT",
        "place": None,
        "isPrecautionary": False,
        "isAwaitingSite": False,
        "override": None,
        "rulesetHash": "9f2c4ab1d07e",
        "alerts": ["RULE_FAULT"],
        "isCurrent": True,
        **changed,
    }


EXPLAINED = {
    "facts": {"lines": [{"hsCode": "6802231000", "originCountry": "IN"}], "grossMassKg": 24310, "creditGrade": None},
    "declarations": [{"document": "COSU6123456780", "declaration": "371120261001234567", "status": "DECLARED"}],
    "rows": [
        {
            "declaration": "371120261001234567",
            "line": 1,
            "row": "stone-from-india",
            "matched": True,
            "sentence": {"zh": "印度石材：人工查验", "en": "Stone from India: inspection"},
            "whyNot": [],
        },
        {
            "declaration": "371120261001234567",
            "line": 1,
            "row": "trusted-importer",
            "matched": False,
            "sentence": {"zh": "高级认证企业：船边直提", "en": "Trusted importer: ship-side pick-up"},
            "whyNot": [{"zh": "信用等级：尚无数据", "en": "The credit grade is not reported yet"}],
        },
    ],
    "draws": {"371120261001234567": 0.4821},
    "sitesSeen": {"YH-C2": 3},
}

REFUSED = {
    "receiptID": "r-1",
    "format": "edifact",
    "sender": "XMHT",
    "messageID": None,
    "receivedAt": "2026-11-21T09:31:00+08:00",
    "state": "PARTLY_REFUSED",
    "items": 2,
    "rejected": 1,
    "errors": [
        {
            "item": 2,
            "path": "message 1, EQD 2",
            "reason": "BAD_CONTAINER_NUMBER",
            "where": "segment 9, EQD",
            "message": "CSQU3054384 has check digit 4; its letters and digits give 3.",
            "fix": "Compare the number with the door of the container and send the item again.",
        }
    ],
}
RAW = "UNB+UNOA:2+XMHT+XMCUS+261121:0931+44'\nUNH+1+CODECO:D:95B:UN'\nEQD+CN+CSQU3054384+22G1+++5'\n"

ALERT = {
    "alertID": "a-1",
    "code": "ORDER_AFTER_DEPARTURE",
    "at": "2026-11-21T09:40:00+08:00",
    "equipmentReference": GONE_BOX,
    "visitID": f"v-{GONE_BOX}",
    "detail": "Inspection was ordered after the container had left.",
}


def mailing(mailing_id: str = "m-1", **changed: Any) -> Json:
    return {
        "mailingID": mailing_id,
        "state": "APPLIED",
        "certificateNumber": "C267800123456",
        "applicant": "XMFF",
        "steps": [{"step": "APPLIED", "at": "2026-11-21T08:00:00+08:00"}],
        "locker": None,
        "codeMasked": None,
        "codeExpiresAt": None,
        "itemID": None,
        **changed,
    }
