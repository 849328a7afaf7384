"""Watch lists over HTTP: which containers the caller wants told of, as JSON and as a CSV file."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field
from sqlalchemy import Connection
from starlette.responses import Response

from adapters import watchlist_csv
from adapters.watchlist_csv import LABEL_MOST, BadLine, Unreadable, find_label_fault
from events.identifiers import IdentifierInvalid, parse_container_number
from port import watching, watchlist
from port.actor import Actor
from port.batch import Work
from port.errors import BadRequest
from port.watchlist import Added, Watched
from web import wire
from web.bodies import Body, read_body, read_bytes
from web.clock import wall_clock
from web.port import port_of
from web.problems import refused
from web.security import actor

router = APIRouter(prefix="/v1", tags=["watch list"])
Asking = Annotated[Actor, Depends(actor)]
CSV_BYTES = 1 << 20
_BAD_NUMBER = "BAD_CONTAINER_NUMBER"
_COLUMNS = ("equipmentReference", "label", "addedAt", "headline", "headline (zh)", "nextStep", "readyForPickup")


class Wanted(Body):
    """Containers to watch, under one label.  How many fit is for the list to say, as it is for a file."""

    containers: tuple[Annotated[str, Field(max_length=40)], ...] = Field(min_length=1)
    label: str = Field(default="", max_length=LABEL_MOST)


@router.get("/watchlist")
async def show(
    request: Request,
    who: Asking,
    limit: Annotated[int, Query(ge=1, le=watchlist.MOST)] = 100,
    after: Annotated[str | None, Query(max_length=64)] = None,
) -> Response:
    """The caller's containers, the latest added first, each with its headline as the caller may see it now."""
    return wire.answer(await port_of(request).read(_page, who, after=after, limit=limit))


@router.get("/watchlist.csv")
async def export(request: Request, who: Asking) -> Response:
    """All of them as a file for a spreadsheet, which POST takes back."""
    told = await port_of(request).read(_page, who, after=None, limit=watchlist.MOST)
    body = watchlist_csv.write([_COLUMNS, *(_row(item) for item in told["items"])])
    named = {"Content-Disposition": 'attachment; filename="watchlist.csv"'}
    return Response(body, media_type="text/csv; charset=utf-8", headers=named)


@router.post("/watchlist")
async def add(request: Request, who: Asking) -> Response:
    """Put containers on the list, from JSON or a CSV file; numbers that are none are refused one by one."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type in ("text/csv", "text/plain"):
        found, bad = _read(await read_bytes(request, limit=CSV_BYTES))
    elif media_type == "application/json" or media_type.endswith("+json"):
        found, bad = _checked(await read_body(request, Wanted))
    else:
        raise refused(
            415, "UNSUPPORTED_MEDIA_TYPE", "the body must be JSON, or a list as CSV", where="Content-Type",
            fix="send application/json, or text/csv for a file",
        )  # fmt: skip

    def put(work: Work) -> Added:
        return watchlist.add(work.connection, who.person, found, now=wall_clock())

    added = await port_of(request).recorder.command(put)
    told = {
        "added": list(added.added),
        "already": list(added.already),
        "refused": [
            {"value": one.value, "where": one.where, "reason": one.reason, "message": one.problem, "fix": one.fix}
            for one in bad
        ],
    }
    return wire.answer(told, 201 if added.added else 200)


@router.delete("/watchlist/{number}")
async def remove(request: Request, number: str, who: Asking) -> Response:
    """Take a container off the list."""
    try:
        parsed = parse_container_number(number)
    except IdentifierInvalid as invalid:
        raise BadRequest(invalid.problem, where="number", fix=invalid.fix, reason=_BAD_NUMBER) from None

    def take_off(work: Work) -> None:
        watchlist.remove(work.connection, who.person, parsed)

    await port_of(request).recorder.command(take_off)
    return Response(status_code=204)


def _page(connection: Connection, who: Actor, *, after: str | None, limit: int) -> wire.Wire:
    found = watchlist.page(connection, who.person, after=after, limit=limit + 1)
    shown = found[:limit]
    seen = watching.statuses(connection, who, [one.container_number for one in shown])
    items = [_item(one, seen.get(one.container_number)) for one in shown]
    return {"items": items, "next": shown[-1].cursor if len(found) > limit else None}


def _item(one: Watched, status: wire.Wire | None) -> wire.Wire:
    return {
        "equipmentReference": one.container_number,
        "label": one.label,
        "addedAt": wire.time(one.added_at),
        "headline": None if status is None else status["headline"],
        "nextStep": None if status is None else status["nextStep"],
        "readyForPickup": status is not None and status["readyForPickup"],
    }


def _row(item: wire.Wire) -> list[str]:
    headline, step = item["headline"] or {}, item["nextStep"] or {}
    ready = "yes" if item["readyForPickup"] else "no"
    told = (headline.get("en", ""), headline.get("zh", ""), step.get("en", ""), ready)
    return [item["equipmentReference"], item["label"], item["addedAt"], *told]


def _read(body: bytes) -> tuple[dict[str, str], tuple[BadLine, ...]]:
    try:
        return watchlist_csv.read(body)
    except Unreadable as unreadable:
        raise refused(
            422, "WATCHLIST_UNREADABLE", f"nothing was added: {unreadable}", where=unreadable.where, fix=unreadable.fix
        ) from None


def _checked(wanted: Wanted) -> tuple[dict[str, str], tuple[BadLine, ...]]:
    label = wanted.label.strip()
    fault = find_label_fault(label)
    if fault is not None:
        raise refused(422, "VALUE_INVALID", f"nothing was added: {fault[0]}", where="label", fix=fault[1])
    found: dict[str, str] = {}
    bad = []
    for place, typed in enumerate(wanted.containers):
        try:
            found[parse_container_number(typed)] = label
        except IdentifierInvalid as invalid:
            bad.append(BadLine(typed, f"containers[{place}]", invalid.problem, invalid.fix))
    return found, tuple(bad)
