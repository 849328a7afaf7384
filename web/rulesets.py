"""Rulesets for customs officers: written, looked at, tried as they are typed, taken in and out as files."""

from __future__ import annotations

import json
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Request
from pydantic import Field
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from port import proposing, rulesets_read, sampling
from port.actor import Actor, Role
from port.checking import Checked, check
from port.diversion.checks import RulesetInvalid
from port.diversion.documents import Document, dump_file, load_file
from port.diversion.hits import count_hits
from port.diversion.lint import notes
from port.diversion.lint_parts import missing_rates
from port.rulesets_read import Overview, Version
from web import problems, wire, wire_rulesets, workbooks
from web.bodies import Body, read_body, read_bytes
from web.port import Port, port_of
from web.problems import Refused, refused
from web.security import actor_in

router = APIRouter(prefix="/v1/rulesets", tags=["rulesets"])
officer = actor_in(Role.CUSTOMS)
LIMIT_BYTES = 4 * 1024 * 1024
_JSON, _WORKBOOK = "application/json", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Table(Body):
    """A table and its test cases, as a document has them."""

    ruleset: dict[str, Any]
    tests: list[Any] = Field(default_factory=list)

    def document(self) -> Document:
        """What they say.  Raises RulesetInvalid."""
        return load_file(json.dumps({**self.ruleset, "tests": self.tests}))


class NewVersion(Table):
    """A version to be kept, why it was written, and which it was made from."""

    note: str = Field(max_length=2000)
    based_on: str | None = Field(default=None, alias="basedOn")


@router.get("")
async def list_rulesets(request: Request, _who: Annotated[Actor, Depends(officer)]) -> Response:
    """Every family with its versions, newest first; which version is active, scheduled or in shadow."""
    port = port_of(request)
    now = port.clock()
    return wire.answer(wire_rulesets.overview(await port.read(rulesets_read.overview, now=now), now=now))


@router.post("")
async def add_ruleset(request: Request, who: Annotated[Actor, Depends(officer)]) -> Response:
    """Keep a version.  409 when the family has a newer one than `basedOn`, or has this very table."""
    return await _keep(request, who, await read_body(request, NewVersion, limit=LIMIT_BYTES))


@router.put("/{name}")
async def add_version(request: Request, name: str, who: Annotated[Actor, Depends(officer)]) -> Response:
    """Keep the next version of a family; else as POST."""
    wanted = await read_body(request, NewVersion, limit=LIMIT_BYTES)
    if wanted.ruleset.get("name") != name:
        raise refused(
            422, "BAD_VALUE", "the table has another name than the address", where="ruleset.name", fix="give one name"
        )
    return await _keep(request, who, wanted)


@router.post("/check")
async def check_draft(request: Request, _who: Annotated[Actor, Depends(officer)]) -> Response:
    """What is wrong with a table, what its tests say, how often each row held in the latest cases; keeps nothing."""
    wanted = await read_body(request, Table, limit=LIMIT_BYTES)
    cases = await port_of(request).read(sampling.latest_cases)
    return wire.answer(await run_in_threadpool(_checked, wanted, cases))


@router.post("/import")
async def read_file(request: Request, _who: Annotated[Actor, Depends(officer)]) -> Response:
    """The table in a JSON document or a workbook; keeps nothing.  422 names each cell that cannot be read."""
    body = await read_bytes(request, limit=LIMIT_BYTES)
    if body.startswith(workbooks.MAGIC):
        found = orjson.loads(await port_of(request).lab.run_child("web.workbooks:read", body))
        if found["problems"]:
            raise Refused(_invalid(found["problems"]))
        return wire.answer(found)
    document = await _document(body)
    tests = [test.to_json() for test in document.tests]
    return wire.answer({"ruleset": orjson.loads(document.ruleset.to_json()), "tests": tests})


@router.get("/{hash}")
async def show_version(request: Request, hash: str, _who: Annotated[Actor, Depends(officer)]) -> Response:
    """A version with its table, its test cases, and each row in one Chinese and one English sentence."""
    told = await overview_of(port_of(request), hash)
    return wire.answer(await run_in_threadpool(wire_rulesets.whole, told.standings[0], told.people))


@router.get("/{hash}/versions")
async def list_family(request: Request, hash: str, _who: Annotated[Actor, Depends(officer)]) -> Response:
    """The versions of the same family, newest first."""
    port = port_of(request)
    told = await port.read(_family, hash, port)
    return wire.answer({"versions": [wire_rulesets.version(one, told.people) for one in told.standings]})


@router.get("/{hash}/export")
async def write_file(
    request: Request, hash: str, _who: Annotated[Actor, Depends(officer)], format: str = "json"
) -> Response:
    """The document as a repository keeps it (`format=json`), or a workbook (`xlsx`)."""
    port = port_of(request)
    version = await port.read(rulesets_read.get_version, hash)
    document = dump_file(version.ruleset, version.cases).encode()
    if format not in ("json", "xlsx"):
        raise refused(422, "BAD_VALUE", "a version comes as json or xlsx", where="format", fix="ask for one of these")
    is_book = format == "xlsx"
    body = await port.lab.run_child("web.workbooks:write", document) if is_book else document
    name = f"{version.name}-{version.content_hash[:12]}.{format}".encode("ascii", "replace").decode().replace('"', "_")
    named = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, media_type=_WORKBOOK if is_book else _JSON, headers=named)


async def overview_of(port: Port, named: str) -> Overview:
    """One version and how far it is.  Raises RulesetUnknown, BadRequest."""
    return await port.read(_one, named, port)


def checked_version(version: Version, missing: dict[str, float]) -> Checked:
    """What lint and its tests say of a version, where so many recorded cases lack a fact."""
    return check(version.ruleset, version.cases, missing=missing)


async def rates(port: Port) -> dict[str, float]:
    """How many of the latest cases lack a fact, by its name."""
    return missing_rates(await port.read(sampling.latest_cases))


def _one(connection: Connection, named: str, port: Port) -> Overview:
    version = rulesets_read.get_version(connection, named)
    return rulesets_read.overview(connection, [version], now=port.clock())


def _family(connection: Connection, named: str, port: Port) -> Overview:
    name = rulesets_read.get_version(connection, named).name
    return rulesets_read.overview(connection, rulesets_read.list_versions(connection, family=name), now=port.clock())


async def _keep(request: Request, who: Actor, wanted: NewVersion) -> Response:
    port = port_of(request)
    document = await _document(wanted)
    proposal = proposing.Proposal(document.ruleset, document.tests, wanted.note, wanted.based_on)
    missing = await rates(port)
    checked = await run_in_threadpool(check, document.ruleset, document.tests, missing=missing)
    made = await port.recorder.command(lambda work: proposing.propose(work, who, proposal, checked=checked))
    told = await overview_of(port, made.content_hash)
    return wire.answer(wire_rulesets.version(told.standings[0], told.people), 201)


async def _document(given: Table | bytes) -> Document:
    try:
        return await run_in_threadpool(_read, given)
    except RulesetInvalid as error:
        raise Refused(_invalid([wire_rulesets.problem(one) for one in error.problems])) from None


def _read(given: Table | bytes) -> Document:
    return load_file(given) if isinstance(given, bytes) else given.document()


def _invalid(found: list[wire.Wire]) -> problems.Problem:
    told = f"{len(found)} things keep this from being a table"
    fix = "put right what problems names, by row and column"
    return problems.Problem(422, "RULESET_INVALID", told, fix=fix, more=(("problems", found),))


def _checked(wanted: Table, cases: list[Any]) -> wire.Wire:  # of Case
    try:
        document = wanted.document()
    except RulesetInvalid as error:
        found = [wire_rulesets.problem(one) for one in error.problems]
        return {"problems": found, "lint": [], "tests": [], "rows": [], "sampled": len(cases)}
    ruleset = document.ruleset
    made = check(ruleset, document.tests, missing=missing_rates(cases))
    return {
        "problems": [],
        "lint": [one.to_json() for one in (*made.findings, *notes(ruleset))],
        "tests": [one.to_json() for one in made.results],
        "rows": wire_rulesets.rows(ruleset, count_hits(ruleset, cases)),
        "sampled": len(cases),
    }
