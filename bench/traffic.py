"""What is sent: gate messages and declarations of made-up boxes, no number twice in a process."""

from __future__ import annotations

import json
import secrets
import urllib.request
from datetime import UTC, datetime, timedelta
from itertools import count

from stdnum import iso6346

_numbers = count(1)


def container(number: int | None = None, owner: str = "CSQ") -> str:
    """A container number with its check digit: the next, or the one of that serial number (six digits)."""
    stem = f"{owner}U{next(_numbers) if number is None else number:06d}"
    return stem + iso6346.calc_check_digit(stem)


def gate(boxes: list[str]) -> bytes:
    """A gate message: each box discharged, now."""
    at = datetime.now(UTC).isoformat()
    events = [
        {
            "eventType": "EQUIPMENT",
            "equipmentEventTypeCode": "DISC",
            "eventClassifierCode": "ACT",
            "eventDateTime": at,
            "equipmentReference": box,
            "ISOEquipmentCode": "22G1",
            "emptyIndicatorCode": "LADEN",
            "facilityCode": "XMHT",
            "seals": ["AB123"],
            "grossMassKg": 24310,
        }
        for box in boxes
    ]
    return json.dumps({"messageID": secrets.token_hex(12), "events": events}).encode()


def declaration(box: str) -> dict[str, object]:
    """An import declaration of one box, lodged in advance."""
    number = f"3711202610{next(_numbers):08d}"
    return {
        "declarationNumber": number,
        "direction": "IMPORT",
        "mode": "ADVANCE",
        "declaredAt": (datetime.now(UTC) - timedelta(days=1)).isoformat(),
        "declarant": {"code": "BROKER", "name": "Broker"},
        "consignee": {"code": "CONSIGNEE", "name": "Consignee", "creditGrade": "GENERAL"},
        "transportDocumentReference": f"BL{number}",
        "containers": [box],
        "lines": [
            {
                "hsCode": "9403600000",
                "originCountry": "VN",
                "netMassKg": 9800,
                "declaredValue": 42000,
                "currency": "USD",
            }
        ],
    }


def declare(port: int, key: str, boxes: list[str]) -> None:
    """Have customs send a declaration of each box."""
    for start in range(0, len(boxes), 500):
        declared = [declaration(box) for box in boxes[start : start + 500]]
        body = json.dumps({"messageID": secrets.token_hex(8), "declarations": declared}).encode()
        asked = urllib.request.Request(
            f"http://127.0.0.1:{port}/v1/messages/customs", body, {"Authorization": f"Bearer {key}"}
        )
        urllib.request.urlopen(asked).read()
