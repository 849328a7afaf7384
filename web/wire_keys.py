"""How keys and parties look on the wire, for the API and the console alike."""

from __future__ import annotations

from port.keys import CreatedKey, ListedKey
from port.parties import Party
from web.wire import Wire, time


def created_key(created: CreatedKey) -> Wire:
    """A key, this once with its secret."""
    return {"keyID": created.key_id, "key": created.key, "party": created.party, "role": created.role}


def listed_key(key: ListedKey) -> Wire:
    """A key without its secret."""
    return {
        "keyID": key.key_id,
        "line": key.line,
        "party": key.party,
        "partyName": key.party_name,
        "role": key.role,
        "facilities": list(key.facilities),
        "createdAt": time(key.created_at),
        "revokedAt": time(key.revoked_at),
    }


def party(listed: Party) -> Wire:
    """A party with its roles and facilities."""
    return {
        "party": listed.code,
        "name": listed.name,
        "roles": list(listed.roles),
        "facilities": [
            {"code": facility.code, "name": facility.name, "kind": facility.kind} for facility in listed.facilities
        ],
    }
