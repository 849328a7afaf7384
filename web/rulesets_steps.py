"""The steps of a version over HTTP: lint, tests, a second officer's approval, activation, the way back, the end."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import AwareDatetime, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from events.types import RulesetStep
from port import activating, life, rulesets_read
from port.actor import Actor, Role
from port.batch import Work
from port.checking import Checked
from port.rulesets_read import Version
from web import wire, wire_rulesets
from web.bodies import Body, read_body
from web.port import Port, port_of
from web.rulesets import checked_version, overview_of, rates
from web.security import actor_in

router = APIRouter(prefix="/v1/rulesets", tags=["rulesets"])
officer = actor_in(Role.CUSTOMS)


class Reason(Body):
    """Why a step is taken."""

    why: str = Field(max_length=2000)


class Approval(Reason):
    """A second officer's word, and what she does without."""

    without: tuple[str, ...] = ()


class Activation(Reason):
    """From when on the version is to decide; at once when nothing is said."""

    effective_at: AwareDatetime | None = Field(default=None, alias="from")


@router.post("/{hash}/lint")
async def lint_version(request: Request, hash: str, who: Annotated[Actor, Depends(officer)]) -> Response:
    """Read a version for gaps, overlaps and faults; the step is recorded."""
    checked = await _look(port_of(request), hash, who, RulesetStep.LINTED)
    return wire.answer({"lint": [one.to_json() for one in checked.findings]})


@router.post("/{hash}/test")
async def test_version(request: Request, hash: str, who: Annotated[Actor, Depends(officer)]) -> Response:
    """Run a version's test cases; the step is recorded."""
    checked = await _look(port_of(request), hash, who, RulesetStep.TESTED)
    return wire.answer({"tests": [one.to_json() for one in checked.results]})


@router.post("/{hash}/approve")
async def approve(request: Request, hash: str, who: Annotated[Actor, Depends(officer)]) -> Response:
    """A second officer's approval.  403 for the author, 409 while something is missing that was not waived."""
    wanted = await read_body(request, Approval)
    port = port_of(request)
    seen, checked = await _checked(port, hash)

    def run(work: Work) -> Version:
        return life.approve(work, who, seen, why=wanted.why, without=wanted.without, checked=checked)

    return await _told(port, await port.recorder.command(run))


@router.post("/{hash}/activate")
async def activate(request: Request, hash: str, who: Annotated[Actor, Depends(officer)]) -> Response:
    """Let an approved version decide, at once or `from` a time to come."""
    wanted = await read_body(request, Activation)
    port = port_of(request)
    content_hash = await port.read(rulesets_read.resolve, hash)

    def run(work: Work) -> Version:
        at: datetime | None = wanted.effective_at
        return activating.activate(work, who, content_hash, why=wanted.why, effective_at=at)

    return await _told(port, await port.recorder.command(run))


@router.post("/{hash}/rollback")
async def roll_back(request: Request, hash: str, who: Annotated[Actor, Depends(officer)]) -> Response:
    """From the active version to the one before it, which is answered."""
    wanted = await read_body(request, Reason)
    port = port_of(request)
    content_hash = await port.read(rulesets_read.resolve, hash)
    made = await port.recorder.command(lambda work: activating.roll_back(work, who, content_hash, why=wanted.why))
    return await _told(port, made)


@router.post("/{hash}/retire")
async def retire(request: Request, hash: str, who: Annotated[Actor, Depends(officer)]) -> Response:
    """Take a version out of use; a scheduled one is called off, and stays approved."""
    wanted = await read_body(request, Reason)
    port = port_of(request)
    content_hash = await port.read(rulesets_read.resolve, hash)
    made = await port.recorder.command(lambda work: activating.retire(work, who, content_hash, why=wanted.why))
    return await _told(port, made)


async def _look(port: Port, named: str, who: Actor, step: RulesetStep) -> Checked:
    seen, checked = await _checked(port, named)
    await port.recorder.command(lambda work: life.note_checked(work, who, seen.content_hash, checked, step))
    return checked


async def _checked(port: Port, named: str) -> tuple[Version, Checked]:
    version, missing = await port.read(rulesets_read.get_version, named), await rates(port)
    return version, await run_in_threadpool(checked_version, version, missing)


async def _told(port: Port, made: Version) -> Response:
    told = await overview_of(port, made.content_hash)
    return wire.answer(wire_rulesets.version(told.standings[0], told.people))
