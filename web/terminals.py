"""What terminals ask: which instructions wait, and that one was read or carried out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from port import instructing, kept
from port.batch import Work
from port.instructing import NotOpen
from port.orders import Instruction
from web import wire
from web.port import port_of
from web.problems import Refused, problem_of
from web.security import Caller, caller

router = APIRouter(prefix="/v1/instructions", tags=["terminals"])


@router.get("")
async def list_instructions(
    request: Request,
    who: Annotated[Caller, Depends(caller)],
    state: str | None = None,
    facility: str | None = None,
    after: str | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Response:
    """Instructions of the caller's facilities, oldest first; `state=ended` those done with, newest first."""
    page = await port_of(request).read(
        kept.list_instructions, who.actor, state=state, facility=facility, after=after, limit=limit
    )
    return wire.answer({"instructions": [wire.instruction(row) for row in page.rows], "next": page.next})


@router.get("/{instruction_id}")
async def show(request: Request, instruction_id: str, who: Annotated[Caller, Depends(caller)]) -> Response:
    """One instruction."""
    return wire.answer(wire.instruction(await port_of(request).read(kept.get_instruction, who.actor, instruction_id)))


@router.post("/{instruction_id}/acknowledge")
async def acknowledge(request: Request, instruction_id: str, who: Annotated[Caller, Depends(caller)]) -> Response:
    """The terminal has read it; idempotent.  409 with the current one when it was cancelled or has expired."""
    return await _take(request, lambda work: instructing.acknowledge(work, who.actor, instruction_id))


@router.post("/{instruction_id}/execute")
async def execute(request: Request, instruction_id: str, who: Annotated[Caller, Depends(caller)]) -> Response:
    """The box is where it was told to go; idempotent.  409 with the current one as above."""
    return await _take(request, lambda work: instructing.execute(work, who.actor, instruction_id))


async def _take(request: Request, step: Callable[[Work], Instruction]) -> Response:
    try:
        row = await port_of(request).recorder.command(step)
    except NotOpen as error:
        current = None if error.current is None else wire.instruction(error.current)
        raise Refused(replace(problem_of(error, 409), more=(("current", current),))) from None
    return wire.answer(wire.instruction(row))
