"""Webhooks: a party's own addresses, told what happens to what it may see; what was told, and telling it again."""

from __future__ import annotations

import base64
import secrets
from datetime import timedelta
from functools import partial
from typing import Annotated, Self

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field, model_validator
from sqlalchemy import Connection
from starlette.responses import Response

from adapters.outbound_guard import MOST_CHARACTERS, AddressRefused, read_address
from port import outbox_log, webhooks_owning, webhooks_replaying
from port.actor import Actor, Role
from port.batch import Work
from port.happenings import HAPPENINGS, TYPES
from port.outbox import Channel, DeliveryState
from port.outbox_log import Listed, Standing
from port.webhooks import Disabled
from port.webhooks_owning import Endpoint
from web import wire
from web.bodies import Body, read_body
from web.clock import wall_clock
from web.port import Port, port_of
from web.problems import refused
from web.security import actor_in

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])
Asking = Annotated[Actor, Depends(actor_in(*(role for role in Role if role is not Role.ADMIN)))]
_MOST_OVERLAP_HOURS = 168
Types = Annotated[tuple[str, ...], Field(max_length=len(TYPES))]
Url = Annotated[str, Field(min_length=1, max_length=MOST_CHARACTERS)]
Description = Annotated[str, Field(max_length=200)]


class NewEndpoint(Body):
    """An address to be told of these types, all of them if none is named."""

    url: Url
    types: Types = ()
    description: Description = ""


class Changed(Body):
    """What is to be different."""

    url: Url | None = None
    types: Types | None = None
    description: Description | None = None


class Rotation(Body):
    """For how long the secret before goes on being used beside the new one."""

    overlap_hours: float = Field(default=24, alias="overlapHours", ge=0, le=_MOST_OVERLAP_HOURS)


class Replay(Body):
    """One delivery, or all since a cursor."""

    delivery_id: str | None = Field(default=None, alias="deliveryID", max_length=100)
    after: str | None = Field(default=None, max_length=200)

    @model_validator(mode="after")
    def _is_one_of_them(self) -> Self:
        if (self.delivery_id is None) == (self.after is None):
            raise ValueError("give either deliveryID or after")
        return self


@router.post("")
async def add(request: Request, asking: Asking) -> Response:
    """A new endpoint; its secret is shown this once."""
    wanted = await read_body(request, NewEndpoint)
    port = port_of(request)
    _check(port, wanted.url, wanted.types)
    made = await port.recorder.command(
        lambda work: webhooks_owning.create(
            work, asking, url=wanted.url, types=wanted.types, description=wanted.description, now=wall_clock(),
            draw=secrets.token_bytes,
        )
    )  # fmt: skip
    return wire.answer(_told(made, Standing()) | {"secret": _secret(made)}, 201)


@router.get("")
async def show_all(request: Request, asking: Asking) -> Response:
    """The caller's endpoints, oldest first, and what there is to be told of."""

    def ask(connection: Connection) -> list[wire.Wire]:
        found = webhooks_owning.list_endpoints(connection, asking)
        return [_told(one, _standing(connection, one)) for one in found]

    types = [{"type": one.type, "zh": one.zh, "en": one.en} for one in HAPPENINGS]
    return wire.answer({"webhooks": await port_of(request).read(ask), "types": types})


@router.get("/{webhook_id}")
async def show(request: Request, webhook_id: str, asking: Asking) -> Response:
    """One endpoint."""

    def ask(connection: Connection) -> wire.Wire:
        found = webhooks_owning.get(connection, asking, webhook_id)
        return _told(found, _standing(connection, found))

    return wire.answer(await port_of(request).read(ask))


@router.patch("/{webhook_id}")
async def change(request: Request, webhook_id: str, asking: Asking) -> Response:
    """Another address, other types, other words."""
    wanted = await read_body(request, Changed)
    port = port_of(request)
    _check(port, wanted.url, wanted.types or ())
    return await _changed(
        port,
        lambda work: webhooks_owning.change(
            work, asking, webhook_id, url=wanted.url, types=wanted.types, description=wanted.description
        ),
    )


@router.delete("/{webhook_id}")
async def remove(request: Request, webhook_id: str, asking: Asking) -> Response:
    """There is no such endpoint any more, and what waited for it is not sent."""
    await port_of(request).recorder.command(
        lambda work: webhooks_owning.remove(work, asking, webhook_id, now=wall_clock())
    )
    return Response(status_code=204)


@router.post("/{webhook_id}/enable")
async def enable(request: Request, webhook_id: str, asking: Asking) -> Response:
    """Tell it again what happens, from now on."""
    return await _changed(port_of(request), lambda work: webhooks_owning.enable(work, asking, webhook_id))


@router.post("/{webhook_id}/disable")
async def disable(request: Request, webhook_id: str, asking: Asking) -> Response:
    """Tell it nothing more; what waits is cancelled."""

    def turn_off(work: Work) -> Endpoint:
        webhooks_owning.get(work.connection, asking, webhook_id)
        webhooks_owning.disable(work.connection, webhook_id, Disabled.BY_OWNER, now=wall_clock())
        return webhooks_owning.get(work.connection, asking, webhook_id)

    return await _changed(port_of(request), turn_off)


@router.post("/{webhook_id}/rotate")
async def rotate(request: Request, webhook_id: str, asking: Asking) -> Response:
    """A new secret, shown this once; for some hours both sign."""
    overlap = timedelta(hours=(await read_body(request, Rotation)).overlap_hours)
    made = await port_of(request).recorder.command(
        lambda work: webhooks_owning.rotate(
            work, asking, webhook_id, overlap=overlap, now=wall_clock(), draw=secrets.token_bytes
        )
    )
    told = await port_of(request).read(lambda connection: _told(made, _standing(connection, made)))
    return wire.answer(told | {"secret": _secret(made)})


@router.post("/{webhook_id}/test")
async def test(request: Request, webhook_id: str, asking: Asking) -> Response:
    """Send `webhook.test`; the list of deliveries says what came of it."""
    delivery_id = await port_of(request).recorder.command(
        lambda work: webhooks_owning.test(work, asking, webhook_id, now=wall_clock(), draw=secrets.token_bytes)
    )
    return wire.answer({"deliveryID": delivery_id}, 202)


@router.post("/{webhook_id}/replay")
async def replay(request: Request, webhook_id: str, asking: Asking) -> Response:
    """Tell it once more."""
    wanted = await read_body(request, Replay)
    if wanted.delivery_id is not None:
        run = partial(_replay_one, asking, webhook_id, wanted.delivery_id)
    else:
        run = partial(_replay_after, asking, webhook_id, wanted.after or "")
    await port_of(request).recorder.command(run)
    return wire.answer({"webhookID": webhook_id}, 202)


@router.get("/{webhook_id}/deliveries")
async def show_deliveries(
    request: Request,
    webhook_id: str,
    asking: Asking,
    state: DeliveryState | None = None,
    after: str | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> Response:
    """What was told, or is to be, newest first."""

    def ask(connection: Connection) -> wire.Wire:
        found = webhooks_owning.get(connection, asking, webhook_id)
        page = outbox_log.list_deliveries(
            connection, Channel.WEBHOOK, found.webhook_id, state=state, after=after, limit=limit
        )
        return {"deliveries": [_delivery(one) for one in page.rows], "next": page.next}

    return wire.answer(await port_of(request).read(ask))


def _replay_one(asking: Actor, webhook_id: str, delivery_id: str, work: Work) -> None:
    webhooks_replaying.replay_one(work, asking, webhook_id, delivery_id, now=wall_clock())


def _replay_after(asking: Actor, webhook_id: str, cursor: str, work: Work) -> None:
    webhooks_replaying.replay_after(work, asking, webhook_id, cursor)


def _check(port: Port, url: str | None, types: tuple[str, ...]) -> None:
    if url is not None:
        try:
            read_address(url, allows_private=port.settings.webhooks_private)
        except AddressRefused as refusal:
            raise refused(422, "ADDRESS_REFUSED", str(refusal), where="url", fix=refusal.fix) from None
    unknown = [type for type in types if type not in TYPES]
    if unknown:
        raise refused(
            422,
            "TYPE_UNKNOWN",
            f"there is no type {unknown[0]!r}",
            where="types",
            fix="see `types` of GET /v1/webhooks",
        )


async def _changed(port: Port, run: webhooks_owning.Command) -> Response:
    made = await port.recorder.command(run)
    return wire.answer(await port.read(lambda connection: _told(made, _standing(connection, made))))


def _standing(connection: Connection, endpoint: Endpoint) -> Standing:
    return outbox_log.standing_of(connection, Channel.WEBHOOK, endpoint.webhook_id)


def _secret(endpoint: Endpoint) -> str:
    return "whsec_" + base64.b64encode(endpoint.secret).decode()


def _told(endpoint: Endpoint, standing: Standing) -> wire.Wire:
    return {
        "webhookID": endpoint.webhook_id,
        "url": endpoint.url,
        "types": list(endpoint.types),
        "description": endpoint.description,
        "state": endpoint.state,
        "disabledReason": endpoint.disabled_reason,
        "disabledAt": wire.time(endpoint.disabled_at),
        "createdAt": wire.time(endpoint.created_at),
        "oldSecretUntil": wire.time(endpoint.old_secret_until),
        "isReplaying": endpoint.replay_upto is not None,
        "failures": standing.failures,
        "failingSince": wire.time(standing.failing_since),
        "nextAttemptAt": wire.time(standing.next_at),
        "deliveredAt": wire.time(standing.delivered_at),
        "waiting": standing.waiting,
        "oldestWaitingAt": wire.time(standing.oldest_at),
    }


def _delivery(one: Listed) -> wire.Wire:
    return {
        "deliveryID": one.delivery_id,
        "type": one.type,
        "visitID": one.visit_id,
        "state": one.state,
        "createdAt": wire.time(one.created_at),
        "dueAt": wire.time(one.due_at),
        "finishedAt": wire.time(one.finished_at),
        "attempts": [
            {
                "at": wire.time(tried.at),
                "milliseconds": tried.milliseconds,
                "verdict": tried.verdict,
                "status": tried.status,
                "detail": tried.detail or None,
            }
            for tried in one.attempts
        ],
    }
