"""The services beside the diversion; so far certificate mailing."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import Field
from starlette.responses import Response

from port import mailing
from port.batch import Work
from port.certificate import Mailing, from_json
from port.mailing import CodeWrong
from port.mailing_telling import told
from web import wire
from web.bodies import Body, read_body
from web.live import Live
from web.port import port_of
from web.security import Caller, caller

router = APIRouter(prefix="/v1/certificates", tags=["certificates"])


class Recipient(Body):
    """Whom the certificate is mailed to."""

    name: str = Field(min_length=1, max_length=200)
    phone: str = Field(default="", max_length=40)
    address: str = Field(min_length=1, max_length=500)


class Application(Body):
    """A certificate to be mailed."""

    certificate_number: str = Field(alias="certificateNumber", min_length=1, max_length=64)
    recipient: Recipient
    visit_id: str | None = Field(default=None, alias="visitID")


class Placing(Body):
    """The locker it lies in."""

    locker: str = Field(min_length=1, max_length=64)


class Confirming(Body):
    """The applicant's code."""

    code: str = Field(min_length=1, max_length=16)


class Collecting(Body):
    """The postal item it travels under."""

    item_id: str = Field(alias="itemID", min_length=1, max_length=40)


@router.get("")
async def list_mailings(request: Request, who: Annotated[Caller, Depends(caller)]) -> Response:
    """The caller's mailings, newest first."""
    rows = await port_of(request).read(mailing.list_mailings, who.actor)
    return wire.answer({"certificates": [told(row, who.actor) for row in rows]})


@router.post("")
async def apply(request: Request, who: Annotated[Caller, Depends(caller)]) -> Response:
    """Apply for a mailing."""
    wanted = await read_body(request, Application)
    row = await port_of(request).recorder.command(
        lambda work: mailing.apply(
            work,
            who.actor,
            number=wanted.certificate_number,
            recipient=wanted.recipient.model_dump(),
            visit_id=wanted.visit_id,
        )
    )
    return wire.answer(told(row, who.actor), 201)


@router.get("/{mailing_id}")
async def show(request: Request, mailing_id: str, who: Annotated[Caller, Depends(caller)]) -> Response:
    """One mailing."""
    return wire.answer(told(await port_of(request).read(mailing.get_mailing, who.actor, mailing_id), who.actor))


@router.post("/{mailing_id}/sign")
async def sign(request: Request, mailing_id: str, who: Annotated[Caller, Depends(caller)]) -> Response:
    """The authority has signed it."""
    row = await port_of(request).recorder.command(lambda work: mailing.sign(work, who.actor, mailing_id))
    return wire.answer(told(row, who.actor))


@router.post("/{mailing_id}/place")
async def place(request: Request, mailing_id: str, who: Annotated[Caller, Depends(caller)]) -> Response:
    """It lies in a locker."""
    wanted = await read_body(request, Placing)
    row = await port_of(request).recorder.command(
        lambda work: mailing.place(work, who.actor, mailing_id, locker=wanted.locker)
    )
    return wire.answer(told(row, who.actor))


@router.post("/{mailing_id}/code")
async def draw_code(request: Request, mailing_id: str, who: Annotated[Caller, Depends(caller)]) -> Response:
    """A new code, shown this once and to the applicant only."""
    drawn = await port_of(request).recorder.command(
        lambda work: mailing.draw_code(work, who.actor, mailing_id, digits=_six_digits)
    )
    return wire.answer({"code": drawn.code, "expiresAt": wire.time(drawn.expires_at)})


@router.post("/{mailing_id}/confirm")
async def confirm(request: Request, mailing_id: str, who: Annotated[Caller, Depends(caller)]) -> Response:
    """The code fits, and the locker opens.  409 CODE_WRONG otherwise; five wrong ones void the code."""
    wanted = await read_body(request, Confirming)

    def confirm_code(work: Work) -> Mailing | None:
        return mailing.confirm(work, who.actor, mailing_id, code=wanted.code)

    row = await port_of(request).recorder.command(confirm_code)
    if row is None:
        raise CodeWrong("this code opens nothing")
    return wire.answer(told(row, who.actor))


@router.post("/{mailing_id}/collect")
async def collect(request: Request, mailing_id: str, who: Annotated[Caller, Depends(caller)]) -> Response:
    """The courier has it."""
    wanted = await read_body(request, Collecting)
    row = await port_of(request).recorder.command(
        lambda work: mailing.collect(work, who.actor, mailing_id, item_id=wanted.item_id)
    )
    return wire.answer(told(row, who.actor))


@router.post("/{mailing_id}/cancel")
async def cancel(request: Request, mailing_id: str, who: Annotated[Caller, Depends(caller)]) -> Response:
    """The applicant wants it no more."""
    row = await port_of(request).recorder.command(lambda work: mailing.cancel(work, who.actor, mailing_id))
    return wire.answer(told(row, who.actor))


def follow(live: Live) -> None:
    """Let a mailing be followed on the stream, under "certificate:<mailingID>"."""
    live.register(
        "certificate",
        show=lambda connection, actor, name: told(mailing.get_mailing(connection, actor, name), actor),
        retell=lambda actor, record: told(from_json(record), actor),
        grant=lambda actor: f"{actor.role}|{actor.party}",
    )


def _six_digits() -> str:
    return f"{secrets.randbelow(1_000_000):06d}"
