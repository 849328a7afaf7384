"""Logging in and out, and tickets for the live stream."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Annotated, Self

from fastapi import APIRouter, Depends, Request
from pydantic import model_validator
from starlette.responses import Response

from port.actor import Actor, Role
from port.batch import Work
from port.keys import EVERY_FACILITY
from port.sessions import (
    Issued,
    NotAdmitted,
    create_entry_code,
    create_session,
    create_ticket,
    end_session,
    redeem_entry_code,
)
from web import wire
from web.bodies import Body, read_body
from web.port import port_of
from web.problems import Refused, problem_of, refused
from web.security import (
    Caller,
    caller,
    clear_session_cookie,
    doorkeeper,
    refuse_foreign_origin,
    set_session_cookie,
)

router = APIRouter(prefix="/v1", tags=["sessions"])


class LogIn(Body):
    """A key, or the one-time code of an `/enter#<code>` link."""

    key: str | None = None
    code: str | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.key is None) == (self.code is None):
            raise ValueError("give either key or code")
        return self


@router.post("/session")
async def log_in(request: Request) -> Response:
    """Exchange a key or a one-time code for a session cookie."""
    refuse_foreign_origin(request)
    wanted = await read_body(request, LogIn)
    keeper = doorkeeper(request)
    known = None if wanted.key is None else await keeper.find_actor(wanted.key)
    if wanted.key is not None and known is None:
        raise refused(401, "KEY_UNKNOWN", "this key opens nothing here", where="key", fix="use a live key")
    now, lifetime = keeper.clock(), timedelta(hours=keeper.settings.session_hours)

    def enter(work: Work) -> tuple[Actor, Issued]:
        actor = known or redeem_entry_code(work.connection, wanted.code or "", now=now)
        return actor, create_session(
            work.connection, actor.key_id, now=now, lifetime=lifetime, draw=secrets.token_bytes
        )

    try:
        actor, issued = await port_of(request).recorder.command(enter)
    except NotAdmitted as error:
        raise Refused(problem_of(error, 401)) from None
    response = _told(actor, issued.expires_at)
    is_https = keeper.is_https(request)
    set_session_cookie(response, issued, is_https=is_https, seconds=int(lifetime.total_seconds()))
    return response


@router.get("/session")
async def show_session(who: Annotated[Caller, Depends(caller)]) -> Response:
    """Who is logged in, until when; a key of its own ends only when it is revoked."""
    return _told(who.actor, None if who.session is None else who.session.expires_at)


@router.delete("/session")
async def log_out(request: Request) -> Response:
    """End the session; 204 also when there was none."""
    refuse_foreign_origin(request)
    keeper = doorkeeper(request)
    found = await keeper.find_caller(request)
    if found is not None and found.session is not None:
        session_id = found.session.session_id
        await port_of(request).recorder.command(lambda work: end_session(work.connection, session_id))
    response = Response(status_code=204)
    clear_session_cookie(response, is_https=keeper.is_https(request))
    return response


@router.post("/stream-tickets")
async def draw_ticket(request: Request, who: Annotated[Caller, Depends(caller)]) -> Response:
    """A ticket that opens the live stream once, within a minute."""
    now = doorkeeper(request).clock()
    session_id = None if who.session is None else who.session.session_id

    def draw(work: Work) -> Issued:
        key_id = who.actor.key_id
        return create_ticket(work.connection, key_id, now=now, draw=secrets.token_bytes, session_id=session_id)

    issued = await port_of(request).recorder.command(draw)
    return wire.answer({"ticket": issued.token, "expiresAt": wire.time(issued.expires_at)})


@router.post("/entry-codes")
async def draw_entry_code(request: Request, who: Annotated[Caller, Depends(caller)]) -> Response:
    """A link that logs a browser in as the caller, once, within a day."""
    now = doorkeeper(request).clock()

    def draw(work: Work) -> Issued:
        return create_entry_code(work.connection, who.actor.key_id, now=now, draw=secrets.token_bytes)

    issued = await port_of(request).recorder.command(draw)
    told = {"code": issued.token, "path": f"/enter#{issued.token}", "expiresAt": wire.time(issued.expires_at)}
    return wire.answer(told, 201)


def _told(actor: Actor, expires_at: datetime | None) -> Response:
    told = {
        "party": actor.party,
        "partyName": actor.party_name,
        "role": actor.role,
        "facilities": [EVERY_FACILITY] if actor.is_hub else sorted(actor.facilities),
        "expiresAt": wire.time(expires_at),
    }
    # Of two officers the pages must know which one they speak to; nobody else is told by person.
    return wire.answer(told | ({"person": actor.person} if actor.role is Role.CUSTOMS else {}))
