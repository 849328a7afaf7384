"""Versions in shadow over HTTP: put there, taken out, what they saw, and the cases that would have gone elsewhere."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from events.types import Route
from port import lab_queue, shadowing
from port.actor import Actor, Role
from port.batch import Work
from port.rulesets_read import resolve
from port.shadowing import Cell, Flip, Shadow
from web import wire
from web.bodies import Body, read_body
from web.port import Port, port_of
from web.problems import refused
from web.security import actor_in

router = APIRouter(prefix="/v1/rulesets", tags=["lab"])
officer = actor_in(Role.CUSTOMS)
SHADOW = "SHADOW"


class Switch(Body):
    """Into shadow or out of it, with why."""

    on: bool
    why: str


@router.post("/{hash}/shadow")
async def switch_shadow(request: Request, hash: str, who: Annotated[Actor, Depends(officer)]) -> Response:
    """Let a version see live cases without effect, or no longer.  Said again it changes nothing."""
    wanted = await read_body(request, Switch)
    port = port_of(request)
    content_hash = await port.read(resolve, hash)

    def switch(work: Work) -> None:
        turn = shadowing.start if wanted.on else shadowing.stop
        turn(work, who, content_hash, why=wanted.why)

    await port.recorder.command(switch)
    return await _shadow(port, content_hash)


@router.get("/{hash}/shadow")
async def show_shadow(request: Request, hash: str, _who: Annotated[Actor, Depends(officer)]) -> Response:
    """What a version saw in shadow: cases, how many it agreed on, where it would have sent them, what broke."""
    port = port_of(request)
    return await _shadow(port, await port.read(resolve, hash))


@router.get("/{hash}/flips")
async def list_flips(
    request: Request,
    hash: str,
    _who: Annotated[Actor, Depends(officer)],
    source: str = SHADOW,
    was: Annotated[Route | None, Query(alias="from")] = None,
    now: Annotated[Route | None, Query(alias="to")] = None,
    before: int | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Response:
    """Where a version would have sent the cases it saw in shadow, or in a back-test (`source` is the job's id).

    Without `from` and `to` the cases are those that would have gone elsewhere.
    """
    port = port_of(request)
    content_hash = await port.read(resolve, hash)
    if source != SHADOW:
        return wire.answer(await _of_job(port, source, content_hash, was=was, now=now, before=before, limit=limit))
    cells = await port.read(shadowing.cells, content_hash)
    page = await port.read(shadowing.list_flips, content_hash, was=was, now=now, before=before, limit=limit)
    cases = [_flip(flip) for flip in page.rows]
    return wire.answer({"cells": [_cell(cell) for cell in cells], "cases": cases, "next": page.next})


async def _of_job(
    port: Port, job_id: str, content_hash: str, *, was: Route | None, now: Route | None, before: int | None, limit: int
) -> wire.Wire:
    """A back-test keeps some cases of each cell; `before` counts from the first of them."""
    job = await port.read(lab_queue.get, job_id)
    if job.content_hash != content_hash:
        raise refused(
            404, "NOT_FOUND", "this version has no such back-test", fix="GET /v1/jobs names each job's version"
        )
    flips: dict[str, list[dict[str, Any]]] = orjson.loads(await port.read(lab_queue.report_of, job_id))["report"][
        "flips"
    ]
    first = before or 0
    fitting = [one for one in flips["cases"] if _fits(one, was, now)]
    more = first + limit < len(fitting)
    return {
        "cells": flips["cells"],
        "cases": fitting[first : first + limit],
        "next": str(first + limit) if more else None,
    }


def _fits(one: dict[str, Any], was: Route | None, now: Route | None) -> bool:
    if was is None and now is None:
        return bool(one["from"] != one["to"])
    return (was is None or one["from"] == was) and (now is None or one["to"] == now)


async def _shadow(port: Port, content_hash: str) -> Response:
    return wire.answer(_told(await port.read(shadowing.get, content_hash)))


def _told(shadow: Shadow) -> wire.Wire:
    return {
        "hash": shadow.content_hash,
        "since": wire.time(shadow.since),
        "cases": shadow.cases,
        "errors": shadow.errors,
        "agreed": shadow.agreed,
        "cells": [_cell(cell) for cell in shadow.cells],
        "lastError": shadow.last_error or None,
    }


def _cell(cell: Cell) -> wire.Wire:
    return {"from": cell.was, "to": cell.now, "count": cell.count}


def _flip(flip: Flip) -> wire.Wire:
    return {
        "containerNumber": flip.container_number,
        "decisionID": flip.decision_id,
        "decidedAt": wire.time(flip.at),
        "from": flip.was,
        "fromRow": flip.was_row,
        "to": flip.now,
        "reason": flip.reason,
        "row": flip.row,
        "error": flip.error or None,
    }
