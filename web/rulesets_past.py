"""What was done with the rules and by them: the audit, and the decisions of one version."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from sqlalchemy import Connection
from starlette.responses import Response

from port import rulesets_past
from port.actor import Actor, Role
from port.kept import Page
from port.orders import Decided
from port.rulesets_past import Step
from port.rulesets_read import resolve
from web import officers, wire, wire_rulesets
from web.port import port_of
from web.security import actor_in

router = APIRouter(prefix="/v1/rulesets", tags=["rulesets"])
officer = actor_in(Role.CUSTOMS)


@router.get("/audit")
async def show_audit(request: Request, _who: Annotated[Actor, Depends(officer)]) -> Response:
    """Every step of every version, oldest first: who took it, when and why."""
    steps = await port_of(request).read(rulesets_past.audit)
    return wire.answer({"steps": [wire_rulesets.step(one) for one in steps]})


@router.get("/{hash}/audit")
async def show_audit_of(request: Request, hash: str, _who: Annotated[Actor, Depends(officer)]) -> Response:
    """The steps of one version, oldest first."""
    steps = await port_of(request).read(_audit, hash)
    return wire.answer({"steps": [wire_rulesets.step(one) for one in steps]})


@router.get("/{hash}/decisions")
async def list_decisions(
    request: Request,
    hash: str,
    _who: Annotated[Actor, Depends(officer)],
    before: int | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Response:
    """What the version decided while it was active, newest first, as GET /v1/decisions tells it."""
    page = await port_of(request).read(_decisions, hash, before, limit)
    return wire.answer({"decisions": [officers.decision(row) for row in page.rows], "next": page.next})


def _audit(connection: Connection, named: str) -> list[Step]:
    return rulesets_past.audit(connection, resolve(connection, named))


def _decisions(connection: Connection, named: str, before: int | None, limit: int) -> Page[Decided]:
    return rulesets_past.decisions_of(connection, resolve(connection, named), before=before, limit=limit)
