"""Files of declarations over HTTP: uploaded for back-tests, read through once by a child, and kept as they came."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from port import lab_files, rulesets_read
from port.actor import Actor, Role
from port.batch import Work
from port.lab_files import DeclarationFile, Summary
from port.rulesets_read import Person
from web import wire, wire_rulesets
from web.bodies import read_bytes
from web.clock import wall_clock
from web.port import port_of
from web.problems import refused
from web.security import actor_in

router = APIRouter(prefix="/v1/declaration-files", tags=["lab"])
officer = actor_in(Role.CUSTOMS)
LIMIT_BYTES = 32 << 20
_READING_SECONDS = 120


@router.post("")
async def upload(
    request: Request,
    who: Annotated[Actor, Depends(officer)],
    name: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Keep a CSV file, plain or gzip, of at most 32 MB; 422 when there is no telling what its columns are.

    The same file again has the same id.
    """
    body = await read_bytes(request, limit=LIMIT_BYTES)
    port = port_of(request)
    told = orjson.loads(await port.lab.run_child("web.lab_reading:read_through", body, seconds=_READING_SECONDS))
    if told["isRefused"]:
        raise refused(
            422, "DECLARATIONS_UNREADABLE", "; ".join(map(_words, told["problems"]))[:2000],
            fix="see docs/backtest.md for the columns that are read",
        )  # fmt: skip
    summary = Summary(told["rows"], _time(told["from"]), _time(told["to"]), orjson.dumps(told["problems"]).decode())
    sha256 = hashlib.sha256(body).hexdigest()

    def keep(work: Work) -> None:
        lab_files.keep(
            work.connection, body, summary, upload_id=sha256[:16], name=name, sha256=sha256, person=who.person,
            party=who.party, now=wall_clock(),
        )  # fmt: skip

    await port.recorder.command(keep)
    return wire.answer({"uploadID": sha256[:16], **_summary(summary)}, 201)


@router.get("")
async def list_files(request: Request, _who: Annotated[Actor, Depends(officer)]) -> Response:
    """The files kept, the latest first."""
    port = port_of(request)
    files = await port.read(lab_files.list_files, limit=100)
    people = await port.read(rulesets_read.people, {one.person for one in files})
    return wire.answer({"files": [_file(one, people.get(one.person)) for one in files]})


def _file(one: DeclarationFile, by: Person | None) -> wire.Wire:
    who = None if by is None else wire_rulesets.person(by)
    told = {"uploadID": one.upload_id, "name": one.name, "at": wire.time(one.at), "by": who}
    return told | _summary(one.summary)


def _summary(summary: Summary) -> wire.Wire:
    return {
        "rows": summary.rows,
        "from": wire.time(summary.first_at),
        "to": wire.time(summary.last_at),
        "problems": orjson.loads(summary.problems),
    }


def _words(problem: dict[str, Any]) -> str:
    return f"row {problem['row']}, {problem['column']}: {problem['message']['en']}"


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
