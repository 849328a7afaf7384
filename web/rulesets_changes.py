"""Two versions side by side: what differs between their tables, and which of the latest boxes would go elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from port import sampling
from port.actor import Actor, Role
from port.diversion.case import Case
from port.diversion.comparing import compare
from port.diversion.comparing_flips import Tried, flips
from port.orders import Decided
from port.rulesets_read import Version, get_version
from web import wire
from web.port import port_of
from web.security import actor_in

router = APIRouter(prefix="/v1/rulesets", tags=["rulesets"])
officer = actor_in(Role.CUSTOMS)
MOST_FLIPS = 200


@router.get("/{hash}/changes")
async def show_changes(
    request: Request, hash: str, base: Annotated[str, Query(alias="from")], _who: Annotated[Actor, Depends(officer)]
) -> Response:
    """What this version changes in the version `from`; the latest decided boxes by both, their draws as they were."""
    before, after, decided = await port_of(request).read(_read, base, hash)
    return wire.answer(await run_in_threadpool(_compared, before, after, decided))


def _read(connection: Connection, before: str, after: str) -> tuple[Version, Version, Sequence[Decided]]:
    return get_version(connection, before), get_version(connection, after), sampling.latest_decided(connection)


def _compared(before: Version, after: Version, decided: Sequence[Decided]) -> wire.Wire:
    boxes = {one.row.decision_id: one.row.container_number for one in decided}
    tried = (Tried(one.row.decision_id, Case.from_json(one.fact.case), dict(one.fact.draws)) for one in decided)
    found = flips(before.ruleset, after.ruleset, tried).to_json()
    cases = [
        {"containerNumber": boxes[one["case"]], "decisionID": one.pop("case"), **one}
        for one in found["flips"][:MOST_FLIPS]
    ]
    return {
        "from": before.content_hash,
        "to": after.content_hash,
        "changes": [one.to_json() for one in compare(before.ruleset, after.ruleset)],
        "sampled": found["cases"],
        "cells": found["cells"],
        "cases": cases,
    }
