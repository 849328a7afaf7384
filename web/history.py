"""For systems that poll: what happened to the caller's visits since a cursor."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from port import telling
from web import wire
from web.port import port_of
from web.security import Caller, caller

router = APIRouter(prefix="/v1", tags=["history"])


@router.get("/events")
async def list_events(
    request: Request,
    who: Annotated[Caller, Depends(caller)],
    after: str | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Response:
    """Events in the order of commits; `next` is the cursor to go on from, the caller's alone."""
    port = port_of(request)
    told = await port.read(telling.events_after, who.actor, after=after, limit=limit, salt=port.judge.id_salt)
    return wire.answer(told)
