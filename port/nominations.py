"""Nominations: a party on a visit lets another see it, and may take that back."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from events.types import PartyNominated
from port import access, dossier, views
from port.actor import Actor, Role
from port.batch import Work
from port.draft import derived_id
from port.errors import BadRequest, NotAllowed
from port.summing import nominees_of
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
    nomination_id = derived_id("nomination", seen.visit_id, actor.party, nominee, role)
    fact = PartyNominated(
        nomination_id=nomination_id,
        visit_id=seen.visit_id,
        container_number=number,
        nominator=actor.party,
        nominee=nominee,
        role=role,
        at=work.now,
    )
    if not _stands(work, number, nomination_id):
        _append(work, actor, fact)
    return _told(fact)


def revoke(work: Work, actor: Actor, *, nomination_id: str) -> dict[str, Any]:
    """Take back a nomination of the caller's own.  Raises NothingReported when there is none in force."""
    found = _find(work, actor, nomination_id)
    if found is None or not _stands(work, found.container_number, nomination_id):
        raise NothingReported
    revoked = replace(found, at=work.now, is_revoked=True)
    _append(work, actor, revoked)
    return _told(revoked)


def _find(work: Work, actor: Actor, nomination_id: str) -> PartyNominated | None:
    for row in work.connection.execute(access.visible_saying(actor, nomination_id)):
        one = dossier.from_json(row.record)
        for recorded in work.told_of(one.container_number):
            fact = recorded.fact
            if not isinstance(fact, PartyNominated) or fact.nominator != actor.party:
                continue
            if fact.nomination_id == nomination_id:
                return fact
    return None


def _stands(work: Work, number: str, nomination_id: str) -> bool:
    return any(one.nomination_id == nomination_id for one in nominees_of(work.told_of(number)))


def _append(work: Work, actor: Actor, fact: PartyNominated) -> None:
    # What is taken back may be given again, so each time is a fact of its own.
    identity = f"{fact.nomination_id}|{work.batch.next_position}"
    work.append(fact, sender=actor.party, role=actor.role, identity=identity)


def _told(fact: PartyNominated) -> dict[str, Any]:
    return {
        "nominationID": fact.nomination_id,
        "visitID": fact.visit_id,
        "equipmentReference": fact.container_number,
        "nominee": fact.nominee,
        "role": fact.role,
        "isRevoked": fact.is_revoked,
    }
