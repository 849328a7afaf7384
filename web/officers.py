"""What customs officers ask: what was decided and why, what waits, what went wrong; and the override."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from port import explaining, instructing, kept, rulesets
from port.actor import Actor, Role
from port.orders import Decided
from web import wire
from web.bodies import Body, read_body
from web.port import port_of
from web.security import actor_in

router = APIRouter(prefix="/v1", tags=["officers"])
officer = actor_in(Role.CUSTOMS)


class Override(Body):
    """An officer's own route, with why."""

    route: str
    reason: str
    place: str | None = None


@router.get("/decisions")
async def list_decisions(
    request: Request,
    _who: Annotated[Actor, Depends(officer)],
    state: str | None = None,
    before: int | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Response:
    """Decisions, newest first; `state=current` those in force, `state=waiting` HOLD and boxes that wait for a bay."""
    page = await port_of(request).read(kept.list_decisions, state=state, before=before, limit=limit)
    return wire.answer({"decisions": [decision(row) for row in page.rows], "next": page.next})


@router.get("/decisions/{decision_id}")
async def show_decision(request: Request, decision_id: str, _who: Annotated[Actor, Depends(officer)]) -> Response:
    """One decision explained: its facts, its row, and for every other row why not, recomputed from what was stored."""
    port = port_of(request)
    decided = await port.read(kept.get_decision, decision_id)
    ruleset = await port.read(rulesets.find_readable, decided.fact.ruleset_hash)
    return wire.answer(decision(decided) | explaining.explain_decision(decided, ruleset))


@router.post("/decisions/{decision_id}/override")
async def override(request: Request, decision_id: str, who: Annotated[Actor, Depends(officer)]) -> Response:
    """Decide otherwise, with a written reason.  409 when the box has gone or a later decision stands."""
    wanted = await read_body(request, Override)
    port = port_of(request)
    made = await port.recorder.command(
        lambda work: instructing.override(
            work, who, decision_id, route=wanted.route, place=wanted.place, reason=wanted.reason
        )
    )
    return wire.answer(decision(await port.read(kept.get_decision, made.decision_id)))


@router.get("/alerts")
async def list_alerts(
    request: Request,
    _who: Annotated[Actor, Depends(officer)],
    before: int | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Response:
    """Alerts, newest first."""
    page = await port_of(request).read(kept.list_alerts, before=before, limit=limit)
    return wire.answer({"alerts": [wire.alert(row) for row in page.rows], "next": page.next})


def decision(decided: Decided) -> wire.Wire:
    row, fact = decided.row, decided.fact
    override_of = None
    if fact.override_by is not None:
        override_of = {"by": fact.override_by, "reason": fact.override_reason}
    return {
        "decisionID": row.decision_id,
        "visitID": row.visit_id,
        "equipmentReference": row.container_number,
        "decidedAt": wire.time(row.decided_at),
        "point": row.point,
        "route": row.route,
        "reason": row.reason,
        "place": row.place,
        "isPrecautionary": fact.is_precautionary,
        "isAwaitingSite": row.is_awaiting_site,
        "rulesetHash": fact.ruleset_hash,
        "compilerVersion": fact.compiler_version,
        "alerts": list(fact.alerts),
        "isCurrent": row.is_current,
        "override": override_of,
    }
