"""Owning webhook endpoints: made, shown, changed, turned off and on again, their secrets renewed.

A party's endpoints are its own and of the role of the key that made them; to everybody else they are absent.  An
endpoint sees with the rights of the key that last set its address or turned it on, or of that key's successors.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Connection, delete, func, insert, select, update

from port.actor import Actor
from port.batch import Work
from port.errors import Conflict, NothingThere
from port.happenings import ORDINALS
from port.keys import list_speakers
from port.outbox import Channel
from port.outbox_following import head
from port.outbox_queue import Wanted, cancel_target, enqueue, reopen
from port.tokens import Draw, new_token
from port.webhooks import ENDPOINTS, Disabled, EndpointState

MOST_ENDPOINTS = 20
SECRET_BYTES = 32
TESTED, DISABLED = "webhook.test", "webhook.disabled"
"""Told whatever types an endpoint asked for: by its owner's wish, and of another endpoint of the same owner."""


class EndpointUnknown(NothingThere):
    """No endpoint of the caller's has this id."""

    reason = "WEBHOOK_UNKNOWN"
    fix = "list yours at GET /v1/webhooks"

    def __init__(self) -> None:
        super().__init__("there is no such webhook for you")


class TooManyEndpoints(Conflict):
    """As many as a party may have."""

    reason = "TOO_MANY_WEBHOOKS"
    fix = "change or delete one you have"


class EndpointDisabled(Conflict):
    """It is told nothing at present."""

    reason = "WEBHOOK_DISABLED"
    fix = "turn it on first: POST /v1/webhooks/{webhookID}/enable"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint as it is kept; no `types` means all of them."""

    webhook_id: str
    party: str
    role: str
    key_id: str
    url: str
    types: tuple[str, ...]
    description: str
    state: str
    disabled_reason: str | None
    disabled_at: datetime | None
    secret: bytes = field(repr=False)
    old_secret: bytes | None = field(repr=False)
    old_secret_until: datetime | None
    created_at: datetime
    since_position: int
    since_at: datetime
    replay_after: int | None
    replay_upto: int | None

    @property
    def is_enabled(self) -> bool:
        """Whether it is told anything."""
        return self.state == EndpointState.ENABLED

    def secrets_at(self, now: datetime) -> tuple[bytes, ...]:
        """What to sign with: for some time after a rotation the secret before too."""
        is_valid = self.old_secret is not None and self.old_secret_until is not None and now < self.old_secret_until
        return (self.secret, self.old_secret) if is_valid and self.old_secret is not None else (self.secret,)

    def wants(self, type: str) -> bool:
        """Whether it asked for these."""
        return not self.types or type in self.types


Command = Callable[[Work], Endpoint]
_NAMES = tuple(Endpoint.__dataclass_fields__)
_ENDPOINT = select(*(ENDPOINTS.c[name] for name in _NAMES))


def create(
    work: Work, actor: Actor, *, url: str, types: Sequence[str], description: str, now: datetime, draw: Draw
) -> Endpoint:
    """A new endpoint; its secret is to be shown this once.  Raises TooManyEndpoints."""
    own = select(func.count()).select_from(ENDPOINTS).where(*_owned_by(actor))
    if int(work.connection.scalar(own) or 0) >= MOST_ENDPOINTS:
        raise TooManyEndpoints(f"{MOST_ENDPOINTS} webhooks are the most a party may have")
    webhook_id = "wh_" + new_token(draw, 15)
    work.connection.execute(
        insert(ENDPOINTS).values(
            webhook_id=webhook_id,
            party=actor.party,
            role=actor.role.value,
            key_id=actor.key_id,
            url=url,
            types=_types_text(types),
            description=description,
            state=EndpointState.ENABLED.value,
            secret=draw(SECRET_BYTES),
            created_at=now,
            **_from_now_on(work),
        )
    )
    return get(work.connection, actor, webhook_id)


def find(connection: Connection, webhook_id: str) -> Endpoint | None:
    """An endpoint, whosever it is."""
    row = connection.execute(_ENDPOINT.where(ENDPOINTS.c.webhook_id == webhook_id)).one_or_none()
    return None if row is None else _read(row)


def get(connection: Connection, actor: Actor, webhook_id: str) -> Endpoint:
    """An endpoint of the caller's.  Raises EndpointUnknown."""
    row = connection.execute(_ENDPOINT.where(ENDPOINTS.c.webhook_id == webhook_id, *_owned_by(actor))).one_or_none()
    if row is None:
        raise EndpointUnknown
    return _read(row)


def get_enabled(connection: Connection, actor: Actor, webhook_id: str) -> Endpoint:
    """As `get`, of one that is told something.  Raises EndpointDisabled."""
    found = get(connection, actor, webhook_id)
    if not found.is_enabled:
        raise EndpointDisabled(f"this webhook is turned off ({found.disabled_reason})")
    return found


def list_endpoints(connection: Connection, actor: Actor) -> list[Endpoint]:
    """The caller's endpoints, oldest first."""
    query = _ENDPOINT.where(*_owned_by(actor)).order_by(ENDPOINTS.c.created_at, ENDPOINTS.c.webhook_id)
    return [_read(row) for row in connection.execute(query)]


def list_enabled(connection: Connection) -> list[Endpoint]:
    """All that are told something."""
    query = _ENDPOINT.where(ENDPOINTS.c.state == EndpointState.ENABLED.value).order_by(ENDPOINTS.c.webhook_id)
    return [_read(row) for row in connection.execute(query)]


def count_failed(connection: Connection) -> int:
    """How many were turned off, and not by their owners."""
    by_others = select(func.count()).where(
        ENDPOINTS.c.state == EndpointState.DISABLED.value, ENDPOINTS.c.disabled_reason != Disabled.BY_OWNER.value
    )
    return int(connection.scalar(by_others) or 0)


def speaker_of(connection: Connection, endpoint: Endpoint) -> Actor | None:
    """With whose rights it sees now; None once that key and its successors are revoked."""
    return next(iter(list_speakers(connection, endpoint.key_id)), None)


def change(
    work: Work, actor: Actor, webhook_id: str, *, url: str | None, types: Sequence[str] | None, description: str | None
) -> Endpoint:
    """Change what is given; with its address the rights become the caller's.  Raises EndpointUnknown."""
    get(work.connection, actor, webhook_id)
    values: dict[str, Any] = {}
    if url is not None:
        values |= {"url": url, "key_id": actor.key_id}
    if types is not None:
        values["types"] = _types_text(types)
    if description is not None:
        values["description"] = description
    if values:
        _write(work.connection, webhook_id, values)
    if url is not None:
        # What the old address did says nothing of the new one.
        reopen(work.connection, Channel.WEBHOOK, webhook_id)
    return get(work.connection, actor, webhook_id)


def enable(work: Work, actor: Actor, webhook_id: str) -> Endpoint:
    """Tell it again what happens from now on, with the caller's rights.  Raises EndpointUnknown."""
    found = get(work.connection, actor, webhook_id)
    values: dict[str, Any] = {"key_id": actor.key_id}
    if not found.is_enabled:
        fresh = {"state": EndpointState.ENABLED.value, "disabled_reason": None, "disabled_at": None}
        values |= {**fresh, **_from_now_on(work)}
    _write(work.connection, webhook_id, values)
    reopen(work.connection, Channel.WEBHOOK, webhook_id)
    return get(work.connection, actor, webhook_id)


def disable(connection: Connection, webhook_id: str, why: Disabled, *, now: datetime) -> bool:
    """Tell it nothing more; what waits is cancelled, and its owner's other endpoints hear of it.

    False when it is off already.
    """
    is_on = (ENDPOINTS.c.webhook_id == webhook_id, ENDPOINTS.c.state == EndpointState.ENABLED.value)
    off = {
        "state": EndpointState.DISABLED.value,
        "disabled_reason": why.value,
        "disabled_at": now,
        "replay_after": None,
        "replay_upto": None,
    }
    if connection.execute(update(ENDPOINTS).where(*is_on).values(off)).rowcount != 1:
        return False
    cancel_target(connection, Channel.WEBHOOK, webhook_id, now=now)
    if why is not Disabled.BY_OWNER:
        _tell_others(connection, webhook_id, now=now)
    return True


def remove(work: Work, actor: Actor, webhook_id: str, *, now: datetime) -> None:
    """There is no such endpoint any more.  Raises EndpointUnknown."""
    get(work.connection, actor, webhook_id)
    cancel_target(work.connection, Channel.WEBHOOK, webhook_id, now=now)
    work.connection.execute(delete(ENDPOINTS).where(ENDPOINTS.c.webhook_id == webhook_id))


def rotate(work: Work, actor: Actor, webhook_id: str, *, overlap: timedelta, now: datetime, draw: Draw) -> Endpoint:
    """A new secret, to be shown this once; the one before signs beside it for as long as `overlap`.

    Raises EndpointUnknown.
    """
    found = get(work.connection, actor, webhook_id)
    old, until = (found.secret, now + overlap) if overlap else (None, None)
    values = {"secret": draw(SECRET_BYTES), "old_secret": old, "old_secret_until": until}
    _write(work.connection, webhook_id, values)
    return get(work.connection, actor, webhook_id)


def test(work: Work, actor: Actor, webhook_id: str, *, now: datetime, draw: Draw) -> str:
    """Tell the endpoint that it is told something; the delivery's id.  Raises EndpointUnknown, EndpointDisabled."""
    found = get_enabled(work.connection, actor, webhook_id)
    wanted = Wanted(Channel.WEBHOOK, found.webhook_id, f"test:{new_token(draw, 10)}", 1, TESTED)
    enqueue(work.connection, [wanted], now=now)
    return wanted.delivery_id


def _tell_others(connection: Connection, webhook_id: str, *, now: datetime) -> None:
    gone = find(connection, webhook_id)
    if gone is None:
        return
    others = [
        one
        for one in list_enabled(connection)
        if (one.party, one.role) == (gone.party, gone.role) and one.webhook_id != webhook_id
    ]
    stamp = int(now.timestamp())
    enqueue(
        connection,
        [Wanted(Channel.WEBHOOK, one.webhook_id, f"webhook:{webhook_id}", stamp, DISABLED) for one in others],
        now=now,
    )


def _from_now_on(work: Work) -> dict[str, Any]:
    return {"since_position": head(work.connection), "since_at": work.now}


def _types_text(types: Sequence[str]) -> str:
    return orjson.dumps(sorted(set(types), key=lambda type: ORDINALS.get(type, -1))).decode()


def _write(connection: Connection, webhook_id: str, values: dict[str, Any]) -> None:
    connection.execute(update(ENDPOINTS).where(ENDPOINTS.c.webhook_id == webhook_id).values(values))


def _owned_by(actor: Actor) -> tuple[Any, ...]:  # SQL conditions
    return (ENDPOINTS.c.party == actor.party, ENDPOINTS.c.role == actor.role.value)


def _read(row: Sequence[Any]) -> Endpoint:  # the columns of _ENDPOINT
    values = dict(zip(_NAMES, row, strict=True))
    return Endpoint(**values | {"types": tuple(orjson.loads(values["types"]))})
