"""How answers look on the wire: camelCase, times in RFC 3339 UTC, `ID` in capitals as DCSA writes it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
from starlette.responses import Response

from port.draft import GivenInstruction, ItemResult, Receipt
from port.orders import Alert, Instruction

Wire = dict[str, Any]  # JSON as it leaves; its values are whatever JSON allows


def time(at: datetime | None) -> str | None:
    """RFC 3339 in UTC with a Z; None stays null."""
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def answer(content: object, status: int = 200, **headers: str) -> Response:
    """A JSON answer, keys in the order given."""
    return Response(encode(content), status_code=status, media_type="application/json", headers=headers or None)


def encode(content: object) -> bytes:
    """JSON, keys in the order given."""
    return orjson.dumps(content, option=orjson.OPT_UTC_Z)


def receipt(given: Receipt) -> Wire:
    """CONTRACT, Receipt."""
    return {
        "receiptID": given.receipt_id or None,
        "sha256": given.sha256,
        "receivedAt": time(given.received_at),
        "duplicate": given.is_duplicate,
        "results": [result(item) for item in given.results],
    }


def result(item: ItemResult) -> Wire:
    """One item of a receipt."""
    return {
        "item": item.item,
        "path": item.path,
        "outcome": item.outcome,
        "eventID": item.event_id,
        "sequence": item.sequence,
        "visitIDs": list(item.visit_ids),
        "instruction": given_instruction(item.instruction),
        "warnings": [{"reason": warning.reason, "where": warning.where} for warning in item.warnings],
        "error": None
        if item.error is None
        else {
            "reason": item.error.reason,
            "where": item.error.where,
            "message": item.error.message,
            "fix": item.error.fix,
        },
    }


def given_instruction(given: GivenInstruction | None) -> Wire | None:
    """The instruction as a message's answer carries it."""
    if given is None:
        return None
    return {
        "instructionID": given.instruction_id,
        "point": given.point,
        "route": given.route,
        "place": given.place,
        "reason": given.reason,
    }


def instruction(given: Instruction) -> Wire:
    """An instruction as terminals list it."""
    return {
        "instructionID": given.instruction_id,
        "visitID": given.visit_id,
        "equipmentReference": given.container_number,
        "facilityCode": given.facility_code,
        "point": given.point,
        "route": given.route,
        "place": given.place,
        "reason": given.reason,
        "state": given.state,
        "issuedAt": time(given.issued_at),
        "acknowledgedAt": time(given.acknowledged_at),
        "executedAt": time(given.executed_at),
        "endedAt": time(given.ended_at),
        "why": given.why,
        "supersedes": given.supersedes,
        "supersededBy": given.superseded_by,
    }


def alert(given: Alert) -> Wire:
    """An officer's alert."""
    return {
        "alertID": given.alert_id,
        "code": given.code,
        "at": time(given.at),
        "equipmentReference": given.container_number,
        "visitID": given.visit_id,
        "detail": given.detail,
    }
