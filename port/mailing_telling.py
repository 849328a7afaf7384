"""A mailing as one viewer may read it: the shape of `GET /v1/certificates/{mailingID}`, and of what is told of it."""

from __future__ import annotations

from typing import Any

import orjson

from port.actor import Actor, Role
from port.certificate import Mailing
from port.projecting import iso


def told(row: Mailing, actor: Actor) -> dict[str, Any]:  # JSON as it leaves
    """What the caller may read: a courier sees its item and where it lies, no contents."""
    is_courier = actor.role is Role.COURIER
    is_applicant = row.applicant == actor.party
    return {
        "mailingID": row.mailing_id,
        "state": row.state,
        "certificateNumber": None if is_courier else row.certificate_number,
        "applicant": None if is_courier else row.applicant,
        "recipient": orjson.loads(row.recipient) if is_applicant and row.recipient else None,
        "visitID": row.visit_id if is_applicant else None,
        "steps": [{"step": step, "at": at.replace("+00:00", "Z")} for step, at in row.history],
        "locker": row.locker if is_courier or is_applicant else None,
        "codeMasked": "••••••" if is_applicant and row.code_hash else None,
        "codeExpiresAt": iso(row.code_expires_at) if is_applicant and row.code_hash else None,
        "itemID": row.item_id,
    }
