"""Nominations: a party on a visit lets another see it, and may take that back."""

from __future__ import annotations

from typing import Any

from events.types import PartyNominated
from port import access, dossier, views
from port.actor import Actor, Role
from port.batch import Work
from port.draft import derived_id
from port.errors import BadRequest, NotAllowed
from port.views import NothingReported

_MAY_NOMINATE = (Role.FORWARDER, Role.BROKER, Role.CONSIGNEE)
_NOMINEES = ("forwarder", "broker", "consignee", "haulier")


def nominate(work: Work, actor: Actor, *, number: str, bill: str, nominee: str, role: str) -> dict[str, Any]:
    """Let `nominee` in as `role`.  Two values must match: the container and a bill that names the caller.

    Raises NotAllowed, BadRequest, NothingReported (absent and foreign alike).
    """
    if actor.role not in _MAY_NOMINATE:
        raise NotAllowed("forwarders, brokers and consignees nominate")
    if role not in _NOMINEES:
        raise BadRequest(f"{role[:40]} cannot be nominated", where="role", fix=f"one of {', '.join(_NOMINEES)}")
    seen = views.find_seen(work.connection, actor, number)
    if seen is None or bill not in access.named_documents(actor.party, seen.dossier):
        raise NothingReported
    fact = PartyNominated(
        nomination_id=derived_id("nomination", seen.visit_id, actor.party, nominee, role),
        visit_id=seen.visit_id,
        container_number=number,
        nominator=actor.party,
        nominee=nominee,
        role=role,
        at=work.now,
    )
    work.append(fact, sender=actor.party, role=actor.role, identity=f"{fact.nomination_id}|{work.now.isoformat()}")
    return _told(fact)


def revoke(work: Work, actor: Actor, *, nomination_id: str) -> dict[str, Any]:
    """Take back a nomination of the caller's own.  Raises NothingReported when there is none in force."""
    query = access.visible(actor)
    for row in work.connection.execute(query):
        one = dossier.from_json(row.record) if nomination_id in row.record else None
        for nominee in one.nominees if one else ():
            if nominee.nomination_id == nomination_id and nominee.nominator == actor.party and one is not None:
                fact = PartyNominated(
                    nomination_id=nomination_id,
                    visit_id=one.visit_id,
                    container_number=one.container_number,
                    nominator=actor.party,
                    nominee=nominee.code,
                    role=nominee.role,
                    at=work.now,
                    is_revoked=True,
                )
                work.append(
                    fact,
                    sender=actor.party,
                    role=actor.role,
                    identity=f"{nomination_id}|{work.now.isoformat()}|revoked",
                )
                return _told(fact)
    raise NothingReported


def _told(fact: PartyNominated) -> dict[str, Any]:
    return {
        "nominationID": fact.nomination_id,
        "visitID": fact.visit_id,
        "equipmentReference": fact.container_number,
        "nominee": fact.nominee,
        "role": fact.role,
        "isRevoked": fact.is_revoked,
    }
