"""Reconciliation by the clock, and what it found: each sender of itself, customs and the admin of all."""

from __future__ import annotations

import time
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from adapters.claims import read_claims
from port import reconciled, reconciling
from port.actor import Actor
from port.reconciling import Difference, Tally
from web import wire
from web.port import Port, port_of
from web.security import actor

router = APIRouter(prefix="/v1", tags=["operations"])
# A port that was never counted catches up so many hours at each run.
_HOURS_AT_ONCE = 24
# Long enough that who waits for an answer does not notice the counting.
_PAUSE_SECONDS = 0.01


def reconcile(port: Port) -> int:
    """Count the hours that are over and were not counted; how many senders' hours were.

    Counted on the calling thread from what is kept, with pauses; only what was found goes through the Recorder.
    """
    done = 0
    for _ in range(_HOURS_AT_ONCE):
        with port.database.read() as connection:
            hour = reconciling.next_due(connection, now=port.clock())
            if hour is None:
                break
            tallies = reconciling.count(connection, hour, read_claims=read_claims, pause=_pause)
        done += port.recorder.command_and_wait(partial(reconciled.record, tallies=tallies))
    return done


@router.get("/reconciliations")
async def list_reconciliations(
    request: Request,
    who: Annotated[Actor, Depends(actor)],
    differs: bool = False,
    before: str | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Response:
    """Hours counted, the latest first; `differs=true` only those where something does.

    Of each sender, format and hour: items acknowledged, facts stored and folded, and control counts that did not fit.
    """
    page = await port_of(request).read(reconciled.list_tallies, who, only_differing=differs, before=before, limit=limit)
    return wire.answer({"reconciliations": [_tally(row) for row in page.rows], "next": page.next})


def _tally(tally: Tally) -> wire.Wire:
    return {
        "sender": tally.sender,
        "format": tally.format,
        "hour": wire.time(tally.hour),
        "messages": tally.messages,
        "items": tally.items,
        "refused": tally.refused,
        "acknowledged": tally.acknowledged,
        "stored": tally.stored,
        "folded": tally.folded,
        "isEqual": tally.is_equal,
        "controlCountsWrong": tally.counts_wrong,
        "differences": [_difference(one) for one in tally.differences],
    }


def _difference(one: Difference) -> wire.Wire:
    told = {"receiptID": one.receipt_id, "kind": one.kind, "where": one.where}
    return told | {"claimed": one.claimed, "found": one.found}


def _pause() -> None:
    time.sleep(_PAUSE_SECONDS)
