"""The lab's jobs over HTTP: a back-test or a simulation asked for, how far each is, what it found, and its end."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Annotated

import orjson
from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel
from sqlalchemy import Connection
from starlette.responses import Response

from port import lab_files, lab_queue, rulesets_read
from port.actor import Actor, Role
from port.batch import Work
from port.diversion.moves.parameters import Parameters, ParameterSpec, ParametersRefused, catalogue
from port.lab_jobs import LabJobKind
from port.lab_queue import LabJob
from port.rulesets_active import active_ruleset
from port.rulesets_read import Person, resolve
from web import wire, wire_rulesets
from web.bodies import read_body
from web.clock import wall_clock
from web.lab_parameters import BacktestParameters, KeptSimulation, SimulationParameters
from web.port import Port, port_of
from web.problems import refused
from web.security import actor_in

router = APIRouter(prefix="/v1", tags=["lab"])
officer = actor_in(Role.CUSTOMS)
_FORMS = {"json": "application/json", "html": "text/html; charset=utf-8", "csv": "text/csv; charset=utf-8"}
# A report is data of ours that shows strangers' names: it may run nothing, load nothing and be framed by nobody.
_REPORT_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
}


@router.post("/rulesets/{hash}/backtest")
async def start_backtest(request: Request, hash: str, who: Annotated[Actor, Depends(officer)]) -> Response:
    """Try a version on recorded visits or on an uploaded file, against another one, by default the active one."""
    asked = await read_body(request, BacktestParameters)
    port = port_of(request)
    content_hash = await port.read(resolve, hash)
    if asked.upload_id is not None:
        await port.read(lab_files.require, asked.upload_id)
    against = await port.read(_against, asked.against, port)
    told = asked.model_copy(update={"against": against})
    return await _start(port, LabJobKind.BACKTEST, who, told, content_hash=content_hash)


@router.post("/simulations")
async def start_simulation(request: Request, who: Annotated[Actor, Depends(officer)]) -> Response:
    """Play a vessel's day in the traditional way, with the active version, and with these; 422 names bad parameters."""
    asked = await read_body(request, SimulationParameters)
    port = port_of(request)
    hashes = [await port.read(resolve, one) for one in asked.rulesets]
    active = await port.read(_against, None, port)
    try:
        Parameters().changed(asked.parameters)
    except ParametersRefused as wrong:
        fix = "GET /v1/simulations/parameters names them all"
        raise refused(422, "BAD_VALUE", str(wrong), where="parameters", fix=fix) from None
    named = dict.fromkeys([active, *hashes]) if active else dict.fromkeys(hashes)
    told = KeptSimulation(**{**dict(asked), "rulesets": tuple(named)}, zone=port.settings.time_zone)
    return await _start(port, LabJobKind.SIMULATION, who, told, content_hash=None)


@router.get("/simulations/parameters")
async def list_parameters(_who: Annotated[Actor, Depends(officer)]) -> Response:
    """Every parameter of the model: its unit, bounds and default, and where the default comes from."""
    return wire.answer({"parameters": [_parameter(spec) for spec in catalogue()]})


@router.get("/jobs")
async def list_jobs(
    request: Request,
    _who: Annotated[Actor, Depends(officer)],
    before: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """Jobs, newest first."""
    port = port_of(request)
    page = await port.read(lab_queue.list_jobs, before=before, limit=limit)
    return wire.answer({"jobs": await _jobs(port, page.rows), "next": page.next})


@router.get("/jobs/{job_id}")
async def show_job(request: Request, job_id: str, _who: Annotated[Actor, Depends(officer)]) -> Response:
    """One job: how far it is, or how it ended."""
    port = port_of(request)
    [told] = await _jobs(port, [await port.read(lab_queue.get, job_id)])
    return wire.answer(told)


@router.delete("/jobs/{job_id}")
async def cancel_job(request: Request, job_id: str, _who: Annotated[Actor, Depends(officer)]) -> Response:
    """Cancel it: its process ends within a second or two, and leaves nothing.  409 when it is over."""
    port = port_of(request)
    job = await port.recorder.command(lambda work: lab_queue.cancel(work.connection, job_id, now=wall_clock()))
    [told] = await _jobs(port, [job])
    return wire.answer(told)


@router.get("/jobs/{job_id}/report")
async def show_report(request: Request, job_id: str, _who: Annotated[Actor, Depends(officer)]) -> Response:
    """What it found, as JSON."""
    return await _report(port_of(request), job_id, "json")


@router.get("/jobs/{job_id}/report.{form}")
async def download_report(
    request: Request, job_id: str, form: str, _who: Annotated[Actor, Depends(officer)]
) -> Response:
    """What it found as .json, as a page with charts (.html), or as .csv."""
    return await _report(port_of(request), job_id, form)


async def _report(port: Port, job_id: str, form: str) -> Response:
    media_type = _FORMS.get(form)
    if media_type is None:
        raise refused(404, "NOT_FOUND", "a report comes as json, html or csv", fix="ask for one of these")
    kept = orjson.loads(await port.read(lab_queue.report_of, job_id))
    body = wire.encode(kept["report"]) if form == "json" else kept[form]
    named = {} if form == "json" else {"Content-Disposition": f'{_shown(form)}; filename="report-{job_id}.{form}"'}
    return Response(body, media_type=media_type, headers=_REPORT_HEADERS | named)


def _shown(form: str) -> str:
    return "inline" if form == "html" else "attachment"


async def _start(port: Port, kind: LabJobKind, who: Actor, asked: BaseModel, *, content_hash: str | None) -> Response:
    job_id = secrets.token_hex(8)

    def add(work: Work) -> LabJob:
        return lab_queue.add(
            work.connection,
            kind,
            job_id=job_id,
            content_hash=content_hash,
            person=who.person,
            party=who.party,
            parameters=asked.model_dump_json(by_alias=True, exclude_none=True),
            now=wall_clock(),
        )

    job = await port.recorder.command(add)
    return wire.answer({"jobID": job.job_id}, 202)


def _against(connection: Connection, given: str | None, port: Port) -> str | None:
    if given is not None:
        return resolve(connection, given)
    active = active_ruleset(connection, now=port.clock())
    return None if active is None else active.content_hash


def _parameter(spec: ParameterSpec) -> wire.Wire:
    return {
        "name": spec.name,
        "group": spec.group,
        "default": spec.default,
        "unit": spec.unit,
        "zh": spec.zh,
        "en": spec.en,
        "source": spec.source,
        "low": spec.low,
        "high": spec.high,
        "isWhole": spec.is_whole,
    }


async def _jobs(port: Port, jobs: Sequence[LabJob]) -> list[wire.Wire]:
    people = await port.read(rulesets_read.people, {job.person for job in jobs})
    return [_job(job, people.get(job.person)) for job in jobs]


def _job(job: LabJob, by: Person | None) -> wire.Wire:
    return {
        "jobID": job.job_id,
        "kind": job.kind,
        "state": job.state,
        "progress": job.progress,
        "stage": job.stage,
        "createdAt": wire.time(job.created_at),
        "startedAt": wire.time(job.started_at),
        "finishedAt": wire.time(job.finished_at),
        "by": None if by is None else wire_rulesets.person(by),
        "rulesetHash": job.content_hash,
        "parameters": orjson.loads(job.parameters),
        "error": job.error or None,
    }
