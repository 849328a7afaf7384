"""DCSA Track & Trace 3.0, the producer's side: `GET /dcsa/tnt/v3/events`.

Answers, refusals too, have the standard's shape and its API-Version header; what is remarked on or refused is a
feedback element.  A refusal has the members of a problem besides, so that its reason and cure are read as elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from adapters import dcsa_out
from events import identifiers
from events.identifiers import IdentifierInvalid
from port import tracing
from port.cursors import CursorForeign
from port.tracks import TrackKind, TracksWanted
from web import wire
from web.port import port_of
from web.problems import Problem, Refused, refused
from web.security import Caller, caller

VERSION = "3.0.0"
_LIMIT, _MOST = 100, 1000
# The standard has these types of event too, and the port no facts of them.
_ELSEWHERE = frozenset({"IOT", "REEFER"})


class DcsaRoute(APIRoute):
    """Answers with the standard's version, and refuses in the standard's shape."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's own handler, its refusals retold."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                response = await handle(request)
            except Refused as error:
                response = _refusal(error.problem)
            response.headers["API-Version"] = VERSION
            return response

        return answer


router = APIRouter(prefix="/dcsa/tnt/v3", tags=["dcsa"], route_class=DcsaRoute)


class Asked(BaseModel):
    """The parameters as sent.  `vesselIMONumber` is ours: without it a ship's call is found only by its boxes."""

    model_config = ConfigDict(frozen=True)

    transport_document_reference: str | None = Field(None, alias="transportDocumentReference")
    carrier_booking_reference: str | None = Field(None, alias="carrierBookingReference")
    equipment_reference: str | None = Field(None, alias="equipmentReference")
    vessel_imo_number: str | None = Field(None, alias="vesselIMONumber")
    event_types: str | None = Field(None, alias="eventTypes")
    updated_min: str | None = Field(None, alias="eventUpdatedDateTimeMin")
    updated_max: str | None = Field(None, alias="eventUpdatedDateTimeMax")
    limit: str | None = None
    cursor: str | None = None


PARAMETERS = frozenset(str(parameter.alias or name) for name, parameter in Asked.model_fields.items())


@router.get("/events")
async def list_events(
    request: Request,
    who: Annotated[Caller, Depends(caller)],
    asked: Annotated[Asked, Query()],
    api_version: Annotated[str | None, Header(alias="API-Version")] = None,
) -> Response:
    """The caller's events in the order in which they last changed; an empty list when none is the caller's."""
    _check_version(api_version)
    limit, wanted = _read_limit(asked.limit), _read(asked)
    port = port_of(request)
    try:
        page = await port.read(
            tracing.page, who.actor, wanted, cursor=asked.cursor, limit=min(limit, _MOST), judge=port.judge
        )
    except CursorForeign as error:
        raise _bad(
            "cursor", str(error), "begin without one, then use Next-Page-Cursor as it is", error.reason
        ) from None
    place = port.settings.port_un_location_code
    told: wire.Wire = {"events": [dcsa_out.event(track, port_un_location_code=place) for track in page.tracks]}
    if remarks := [*_remarks(request, asked, limit)]:
        told["feedbackElements"] = remarks
    response = wire.answer(told)
    if page.next is not None:
        response.headers["Next-Page-Cursor"] = page.next
    return response


def _read(asked: Asked) -> TracksWanted:
    wanted = TracksWanted(
        container_number=_named(asked.equipment_reference, identifiers.compact),
        vessel_imo_number=_named(asked.vessel_imo_number, identifiers.compact),
        kinds=_read_kinds(asked.event_types),
        since=_read_time("eventUpdatedDateTimeMin", asked.updated_min),
        until=_read_time("eventUpdatedDateTimeMax", asked.updated_max),
    )
    # What is booked is known here by its bill alone: a booking's number is looked for among the bills.
    bills = {
        bill.strip().upper() for bill in (asked.transport_document_reference, asked.carrier_booking_reference) if bill
    }
    if len(bills) > 1:
        raise _bad(
            "carrierBookingReference", "a booking and another transport document at once", "ask for one of the two"
        )
    return replace(wanted, bill=next(iter(bills), None))


def _named(text: str | None, spelled: Callable[[str], str]) -> str | None:
    return spelled(text) if text else None


def _read_kinds(text: str | None) -> frozenset[TrackKind] | None:
    if not text:
        return None
    named = {name.strip() for name in text.split(",") if name.strip()}
    known = {kind.value for kind in TrackKind}
    if unknown := sorted(named - known - _ELSEWHERE):
        raise _bad(
            "eventTypes", f"{unknown[0][:40]!r} is no type of event", f"use {', '.join(sorted(known | _ELSEWHERE))}"
        )
    return frozenset(TrackKind(name) for name in named & known)


def _read_time(name: str, text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        # A plus sign that was not escaped arrives as a space.
        at = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise _bad(name, f"{text[:40]!r} is no date and time with an offset", "write it as 2026-11-21T12:00:00Z")
    return at


def _read_limit(text: str | None) -> int:
    if text is None:
        return _LIMIT
    if not (text.isascii() and text.isdecimal() and int(text) > 0):
        raise _bad("limit", f"{text[:40]!r} is no number of events", f"use a whole number from 1 to {_MOST}")
    return int(text)


def _check_version(version: str | None) -> None:
    if version is not None and version.strip().partition(".")[0] != VERSION.partition(".")[0]:
        raise _bad("API-Version", f"{version[:40]!r} is not spoken here", f"send {VERSION}, or no API-Version")


def _remarks(request: Request, asked: Asked, limit: int) -> Iterator[wire.Wire]:
    for name in sorted(set(request.query_params) - PARAMETERS):
        yield _feedback("WARN", f"The parameter {name[:40]} is not known and was passed over.", name)
    if limit > _MOST:
        yield _feedback("INFO", f"A page has at most {_MOST} events.", "limit")
    if elsewhere := _ELSEWHERE.intersection((asked.event_types or "").split(",")):
        yield _feedback("INFO", f"No events of the type {', '.join(sorted(elsewhere))} are kept here.", "eventTypes")
    for name, text, parse in (
        ("equipmentReference", asked.equipment_reference, identifiers.parse_container_number),
        ("vesselIMONumber", asked.vessel_imo_number, identifiers.parse_imo_number),
    ):
        yield from _doubts(name, text, parse)


def _doubts(name: str, text: str | None, parse: Callable[[str], str]) -> Iterator[wire.Wire]:
    """Nothing is kept under a number that is none; the asker is told rather than left with an empty list."""
    try:
        if text:
            parse(text)
    except IdentifierInvalid as invalid:
        yield _feedback("WARN", f"{invalid.problem} {invalid.fix}", name)


def _feedback(severity: str, message: str, name: str) -> wire.Wire:
    return {"severity": severity, "message": message[:5000], "propertyPath": f"$.{name}"}


def _bad(name: str, detail: str, fix: str, reason: str = "VALUE_INVALID") -> Refused:
    return refused(400, reason, detail, where=name, fix=fix)


def _refusal(problem: Problem) -> Response:
    """GetEventsError, with the members of a problem besides."""
    sentence = f"{problem.detail}; {problem.fix}" if problem.fix else problem.detail
    element = {"severity": "ERROR", "message": sentence}
    if problem.where:
        element["propertyPath"] = f"$.{problem.where}"
    response = replace(problem, more=(*problem.more, ("feedbackElements", [element]))).response()
    response.headers["Content-Type"] = "application/json"
    return response
