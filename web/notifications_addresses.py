"""Where the caller is told: telephone and mailbox, verified by a code; browsers; a trial; an end without a login."""

from __future__ import annotations

import re
import secrets
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Request
from pydantic import Field
from sqlalchemy import Connection
from starlette.responses import Response

from adapters.mailbox_names import is_address, is_public
from adapters.outbound_guard import AddressRefused, read_address
from port import interests_addresses, interests_push, interests_trial
from port.actor import Actor
from port.batch import Work
from port.interests_addresses import AddressCodeWrong
from port.interests_push import Offered
from port.outbox import Channel
from port.salts import get_salt
from port.vapid import VAPID, public_key
from web import wire
from web.bodies import Body, read_body
from web.clock import wall_clock
from web.port import port_of
from web.problems import refused
from web.security import actor

router = APIRouter(prefix="/v1/notifications", tags=["notifications"])
Asking = Annotated[Actor, Depends(actor)]
_BETWEEN = re.compile(r"[\s().-]+")
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_MAINLAND = re.compile(r"1[3-9][0-9]{9}")
_CHINA = "+86"


class NewAddress(Body):
    """A telephone or a mailbox to be told at."""

    channel: Literal[Channel.SMS, Channel.EMAIL]
    address: str = Field(min_length=1, max_length=254)


class Code(Body):
    """What came there."""

    channel: Literal[Channel.SMS, Channel.EMAIL]
    code: str = Field(min_length=1, max_length=12)


class BrowserKeys(Body):
    """What only this browser can open with."""

    p256dh: str = Field(max_length=200)
    auth: str = Field(max_length=64)


class BrowserSubscription(Body):
    """What PushManager.subscribe() gave."""

    endpoint: str = Field(min_length=1, max_length=2000)
    expiration_time: float | None = Field(default=None, alias="expirationTime")
    keys: BrowserKeys | None = None


class Subscribing(Body):
    """A browser that is to be told, or no longer."""

    subscription: BrowserSubscription


class Trial(Body):
    """Which channel is tried."""

    channel: Literal[Channel.PUSH, Channel.SMS, Channel.EMAIL]


@router.post("/addresses")
async def give(request: Request, who: Asking) -> Response:
    """Be told at this address once the code that is sent there comes back.  Another address before it is forgotten."""
    wanted = await read_body(request, NewAddress)
    address = _normalized(wanted.channel, wanted.address)
    now = wall_clock()

    def ask(work: Work) -> None:
        interests_addresses.ask(
            work.connection, who.person, wanted.channel, address, salt=work.judge.id_salt, now=now,
            draw=secrets.token_bytes,
        )  # fmt: skip

    await port_of(request).recorder.command(ask)
    until = wire.time(now + interests_addresses.CODE_LIFETIME)
    return wire.answer({"channel": wanted.channel, "address": address, "state": "PENDING", "codeExpiresAt": until}, 202)


@router.post("/addresses/verify")
async def verify(request: Request, who: Asking) -> Response:
    """The code came.  409 ADDRESS_CODE_WRONG otherwise; five wrong ones void it."""
    given = await read_body(request, Code)

    def check(work: Work) -> bool:
        return interests_addresses.verify(
            work.connection, who.person, given.channel, given.code, salt=work.judge.id_salt, now=wall_clock()
        )

    if not await port_of(request).recorder.command(check):
        raise AddressCodeWrong
    return wire.answer({"channel": given.channel, "state": "VERIFIED"})


@router.delete("/addresses/{channel}")
async def forget(request: Request, channel: Literal["SMS", "EMAIL"], who: Asking) -> Response:
    """Delete the address, and what waits to be told there."""

    def delete(work: Work) -> None:
        interests_addresses.forget(work.connection, who.person, Channel(channel), now=wall_clock())

    await port_of(request).recorder.command(delete)
    return Response(status_code=204)


@router.get("/push-key")
async def show_key(request: Request, _who: Asking) -> Response:
    """The key a browser subscribes with: applicationServerKey."""
    return wire.answer({"publicKey": await port_of(request).read(_public_key)})


@router.post("/push")
async def subscribe(request: Request, who: Asking) -> Response:
    """Tell the caller by this browser; said again it changes nothing."""
    given = (await read_body(request, Subscribing)).subscription
    if given.keys is None:
        raise refused(
            422, "BAD_SUBSCRIPTION", "the browser's keys are missing", where="subscription.keys",
            fix="send what PushManager.subscribe() gave, as its toJSON() writes it",
        )  # fmt: skip
    _check_endpoint(given.endpoint, allows_private=port_of(request).settings.webhooks_private)
    offered = Offered(given.endpoint, given.keys.p256dh, given.keys.auth)

    def keep(work: Work) -> None:
        interests_push.keep(work.connection, who.person, offered, now=wall_clock(), draw=secrets.token_bytes)

    await port_of(request).recorder.command(keep)
    return wire.answer({"channel": Channel.PUSH, "state": "VERIFIED"}, 201)


@router.delete("/push")
async def unsubscribe(request: Request, who: Asking) -> Response:
    """Tell nothing more by this browser."""
    given = (await read_body(request, Subscribing)).subscription

    def drop(work: Work) -> None:
        interests_push.forget(work.connection, who.person, given.endpoint, now=wall_clock())

    await port_of(request).recorder.command(drop)
    return Response(status_code=204)


@router.post("/test")
async def try_channel(request: Request, who: Asking) -> Response:
    """Send the caller a trial; at most one a minute and channel."""
    wanted = await read_body(request, Trial)

    def send(work: Work) -> None:
        interests_trial.send(work.connection, who.person, wanted.channel, now=wall_clock())

    await port_of(request).recorder.command(send)
    return wire.answer({"channel": wanted.channel}, 202)


@router.post("/unsubscribe/{token}")
async def end(request: Request, token: Annotated[str, Path(max_length=64)]) -> Response:
    """Send no more mails to who was sent this token; a mail program calls it, without a login (RFC 8058)."""

    def turn_off(work: Work) -> None:
        interests_addresses.end(work.connection, token, now=wall_clock())

    await port_of(request).recorder.command(turn_off)
    # Alike for every token: it tells nobody which there are.
    return Response(status_code=204)


def _check_endpoint(endpoint: str, *, allows_private: bool) -> None:
    try:
        place = read_address(endpoint, allows_private=allows_private)
    except AddressRefused as error:
        raise refused(422, "BAD_SUBSCRIPTION", str(error), where="subscription.endpoint", fix=error.fix) from None
    if ":" in place.host:
        # No such address can be signed for.
        raise refused(
            422, "BAD_SUBSCRIPTION", "the endpoint has no name", where="subscription.endpoint",
            fix="send what PushManager.subscribe() gave, as its toJSON() writes it",
        )  # fmt: skip


def _public_key(connection: Connection) -> str:
    return public_key(get_salt(connection, VAPID, draw=secrets.token_bytes))


def _normalized(channel: Channel, typed: str) -> str:
    if channel is Channel.EMAIL:
        if not is_address(typed.strip()):
            raise refused(
                422, "BAD_ADDRESS", "this is no mail address", where="address",
                fix="send one such as name@company.example, in plain characters",
            )  # fmt: skip
        if not is_public(typed.strip()):
            raise refused(
                422, "BAD_ADDRESS", "the domain of this mail address has no dot, or is a number", where="address",
                fix="send one with the whole domain, such as name@company.example",
            )  # fmt: skip
        return typed.strip()
    number = _BETWEEN.sub("", typed)
    number = f"{_CHINA}{number}" if _MAINLAND.fullmatch(number) else number
    if not _NUMBER.fullmatch(number) or (number.startswith(_CHINA) and not _MAINLAND.fullmatch(number[3:])):
        raise refused(
            422, "BAD_ADDRESS", "this is no mobile number", where="address",
            fix="send it with the country's code, such as +8613800138000",
        )  # fmt: skip
    return number
