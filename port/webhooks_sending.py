"""What a webhook says, made when it is sent: the record's version, cut to what its owner may see now."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection

from port import access, certificate, dossier, mailing, mailing_telling, register, views
from port.actor import Actor
from port.outbox import Channel
from port.outbox_following import Version, find_version
from port.outbox_parcels import REVOKED, Outcome, Parcel, Verdict
from port.outbox_queue import Delivery, Target
from port.outbox_schedule import longest
from port.projecting import iso, project
from port.webhooks import Disabled
from port.webhooks_owning import DISABLED, TESTED, Endpoint, disable, find, speaker_of

_KEY_REVOKED, _TURNED_OFF = "KEY_REVOKED", "TURNED_OFF"
Told = dict[str, Any]  # JSON as it leaves


def compose(connection: Connection, delivery: Delivery, now: datetime) -> Parcel | Outcome:
    """The parcel, or why there is none: what the owner may see is asked now, and not when it happened."""
    endpoint = find(connection, delivery.target_id)
    if endpoint is None or not endpoint.is_enabled:
        return Outcome(Verdict.REVOKED, detail=_TURNED_OFF)
    actor = speaker_of(connection, endpoint)
    if actor is None:
        return Outcome(Verdict.REVOKED, detail=_KEY_REVOKED)
    told = _of_ours(connection, endpoint, delivery)
    if told is None:
        version = find_version(connection, delivery.key, delivery.version)
        told = None if version is None else _of_version(connection, actor, version)
    if told is None:
        return REVOKED
    body = orjson.dumps({"type": delivery.type, **told})
    return Parcel(delivery.delivery_id, delivery.type, endpoint.url, body, secrets=endpoint.secrets_at(now))


def settle(connection: Connection, delivery: Delivery, outcome: Outcome, target: Target, now: datetime) -> None:
    """What an outcome means for the endpoint: it is turned off when it is gone, when the key whose rights it had is, or
    when nothing got through for as long as one delivery is tried."""
    why = None
    if outcome.verdict is Verdict.GONE:
        why = Disabled.GONE
    elif outcome.verdict is Verdict.REVOKED and outcome.detail == _KEY_REVOKED:
        why = Disabled.KEY_REVOKED
    elif target.failing_since is not None and target.failing_since <= now - longest(Channel.WEBHOOK):
        why = Disabled.UNREACHABLE
    if why is not None:
        disable(connection, delivery.target_id, why, now=now)


def _of_ours(connection: Connection, endpoint: Endpoint, delivery: Delivery) -> Told | None:
    """What is about endpoints themselves."""
    at = iso(delivery.created_at)
    if delivery.type == TESTED:
        return {"timestamp": at, "data": {"webhookID": endpoint.webhook_id}}
    if delivery.type == DISABLED:
        other = find(connection, delivery.key.partition(":")[2])
        why = other.disabled_reason if other is not None else None
        return {"timestamp": at, "data": {"webhookID": other.webhook_id if other else None, "disabledReason": why}}
    return None


def _of_version(connection: Connection, actor: Actor, version: Version) -> Told | None:
    at = iso(version.change.at)
    if version.mailing is not None:
        row = certificate.find(connection, version.mailing.mailing_id)
        if row is None or not mailing.may_see(actor, row) or not mailing.may_see(actor, version.mailing):
            return None
        return {
            "timestamp": at,
            "data": {**mailing_telling.told(version.mailing, actor), "version": version.change.version},
        }
    data = share_now(connection, actor, version)
    return None if data is None else {"timestamp": at, "data": data}


def share_now(connection: Connection, actor: Actor, version: Version) -> Told | None:
    """A version's share for who may see the visit now and could have seen the version, by the grant of now."""
    if version.now is None or access.view(actor, version.now, version.call) is None:
        return None
    row = register.find(connection, version.now.visit_id)
    if row is None or not row.record:
        return None
    current = dossier.from_json(row.record)
    [call] = views.call_facts(connection, [current])
    view = access.view(actor, current, call)
    return None if view is None else project(version.now, view, version.call, version=version.change.version)
