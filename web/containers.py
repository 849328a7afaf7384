"""What forwarders ask: where is it, who holds it, may I fetch it, what next; search, timeline, nominations, calls."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field
from starlette.responses import Response

from events import identifiers
from port import nominations, projecting, searching, timelines, views
from port.errors import BadRequest
from web import wire
from web.bodies import Body, read_body
from web.port import port_of
from web.security import Caller, caller

router = APIRouter(prefix="/v1", tags=["containers"])


class Nomination(Body):
    """Who is let in: a party, as what, and the two matching values that show the asker knows the shipment."""

    equipment_reference: str = Field(alias="equipmentReference", max_length=40)
    transport_document_reference: str = Field(alias="transportDocumentReference", min_length=1, max_length=35)
    nominee: str = Field(min_length=1, max_length=64)
    role: str = "forwarder"


class Revocation(Body):
    """Which nomination ends."""

    nomination_id: str = Field(alias="nominationID", min_length=1, max_length=64)


@router.get("/search")
async def search(
    request: Request, who: Annotated[Caller, Depends(caller)], q: Annotated[str, Query(max_length=200)]
) -> Response:
    """What was typed, and what of it the caller may see."""
    return wire.answer(await port_of(request).read(searching.search, who.actor, q))


@router.get("/containers/{number}")
async def show(
    request: Request, number: str, who: Annotated[Caller, Depends(caller)], visit: str | None = None
) -> Response:
    """The status of a container as the caller may see it."""
    seen = await port_of(request).read(views.get_seen, who.actor, _checked(number), visit)
    return wire.answer(projecting.status(seen))


@router.get("/containers/{number}/timeline")
async def timeline(
    request: Request, number: str, who: Annotated[Caller, Depends(caller)], visit: str | None = None
) -> Response:
    """What was reported, oldest first, corrections shown as corrections."""
    port = port_of(request)
    return wire.answer(await port.read(timelines.timeline_of, who.actor, _checked(number), visit, port.judge))


@router.get("/visits/{visit_id}")
async def show_visit(request: Request, visit_id: str, who: Annotated[Caller, Depends(caller)]) -> Response:
    """One visit by its id; an id merged into another is answered by that one."""
    return wire.answer(projecting.status(await port_of(request).read(views.get_visit, who.actor, visit_id)))


@router.post("/visits/nominations")
async def nominate(request: Request, who: Annotated[Caller, Depends(caller)]) -> Response:
    """Let another party see a visit; the caller must be named on it."""
    wanted = await read_body(request, Nomination)
    number = _checked(wanted.equipment_reference)
    made = await port_of(request).recorder.command(
        lambda work: nominations.nominate(
            work,
            who.actor,
            number=number,
            bill=wanted.transport_document_reference,
            nominee=wanted.nominee,
            role=wanted.role,
        )
    )
    return wire.answer(made, 201)


@router.delete("/visits/nominations")
async def revoke(request: Request, who: Annotated[Caller, Depends(caller)]) -> Response:
    """Take a nomination back."""
    wanted = await read_body(request, Revocation)
    made = await port_of(request).recorder.command(
        lambda work: nominations.revoke(work, who.actor, nomination_id=wanted.nomination_id)
    )
    return wire.answer(made)


@router.get("/vessel-calls/{call_id}")
async def show_call(request: Request, call_id: str, who: Annotated[Caller, Depends(caller)]) -> Response:
    """A vessel's stay in port: names, voyages, berths and times."""
    return wire.answer(await port_of(request).read(searching.vessel_call, who.actor, call_id))


def _checked(number: str) -> str:
    try:
        return identifiers.parse_container_number(number)
    except ValueError as error:
        told, fix = str(error), str(getattr(error, "fix", ""))
        raise BadRequest(told, where="equipmentReference", fix=fix, reason="BAD_CONTAINER_NUMBER") from None
