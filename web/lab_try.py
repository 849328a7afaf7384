"""Try a box over HTTP: what a version, or a table as it is being written, would make of it, and why."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Annotated, Any, Self

from fastapi import APIRouter, Depends, Request
from pydantic import Field, model_validator
from sqlalchemy import Connection
from starlette.responses import Response

from adapters import intake
from adapters.registry import FORMATS, may_send
from adapters.seam import SenderProfile
from events.types import Direction, Event
from port import explaining, rulesets_read, trying
from port.actor import Actor, Role
from port.diversion.case import Facts, Unreadable
from port.diversion.checks import RulesetInvalid
from port.diversion.decide import Outcome, decide
from port.diversion.explain import explain, risks
from port.diversion.facts import find_fact
from port.diversion.loading import load
from port.diversion.moves.paths import moves_saved
from port.diversion.profiles_of_cases import asked_facts
from port.diversion.shadow import deciding_row
from port.diversion.table import Ruleset
from port.parties import list_facilities
from port.trying import Trial
from web import wire, wire_rulesets
from web.bodies import Body, read_body
from web.port import Port, port_of
from web.problems import Problem, Refused, refused
from web.security import actor_in

router = APIRouter(prefix="/v1/rulesets", tags=["lab"])
officer = actor_in(Role.CUSTOMS)
LIMIT_BYTES = 4 << 20
_SOURCES = ("container", "declaration", "message", "decision_id")
Find = Callable[[Connection, Ruleset], Sequence[Trial]]


class Pasted(Body):
    """A message as a partner would send it."""

    format: str
    body: str | dict[str, Any]  # JSON as text or as such


class Try(Body, populate_by_name=True):
    """By which version or table, and what: one of the four."""

    hash: str | None = None
    ruleset: dict[str, Any] | None = None  # a table, as `loading` reads it
    container: str | None = Field(default=None, max_length=40)
    declaration: dict[str, Any] | None = None  # an item of the customs format
    message: Pasted | None = None
    decision_id: str | None = Field(default=None, alias="decisionID", max_length=64)

    @model_validator(mode="after")
    def _is_one_of_each(self) -> Self:
        if (self.hash is None) == (self.ruleset is None):
            raise ValueError("name a version by its hash or give a ruleset, and only one of them")
        if sum(getattr(self, name) is not None for name in _SOURCES) != 1:
            raise ValueError("give one of container, declaration, message and decisionID")
        return self


@router.post("/try")
async def try_box(request: Request, _who: Annotated[Actor, Depends(officer)]) -> Response:
    """Nothing is kept: the decision, why not for every other row, the facts with their units, and the moves avoided."""
    asked = await read_body(request, Try, limit=LIMIT_BYTES)
    port = port_of(request)
    find = await _find(asked, port)
    return wire.answer(await port.read(_tried, asked, find))


def _tried(connection: Connection, asked: Try, find: Find) -> wire.Wire:
    ruleset = _ruleset(connection, asked)
    return {"cases": [_case(trial, ruleset) for trial in find(connection, ruleset)]}


def _ruleset(connection: Connection, asked: Try) -> Ruleset:
    if asked.ruleset is None:
        return rulesets_read.get_version(connection, asked.hash or "").ruleset
    try:
        return load(json.dumps(asked.ruleset))
    except RulesetInvalid as invalid:
        found = [wire_rulesets.problem(one) for one in invalid.problems]
        told = Problem(422, "RULESET_INVALID", "this is no table yet", where="ruleset", more=(("problems", found),))
        raise Refused(told) from None


async def _find(asked: Try, port: Port) -> Find:
    now, judge = port.clock(), port.judge
    if asked.decision_id is not None:
        decision_id = asked.decision_id
        return lambda connection, ruleset: [trying.of_decision(connection, decision_id, ruleset)]
    if asked.container is not None:
        number = "".join(asked.container.upper().split())
        return lambda connection, ruleset: trying.of_container(
            connection, number, replace(judge, ruleset=ruleset), ruleset, now=now
        )
    facts, role = await _facts(_pasted(asked), port)
    return lambda connection, ruleset: trying.of_facts(
        connection, facts, replace(judge, ruleset=ruleset), ruleset, role=role, now=now
    )


def _pasted(asked: Try) -> Pasted:
    if asked.message is not None:
        return asked.message
    return Pasted(format="customs", body={"messageID": "TRY", "declarations": [asked.declaration]})


async def _facts(pasted: Pasted, port: Port) -> tuple[list[Event], Role]:
    """What the message says, read as if the port had sent it to itself.  422 when nothing of it can be taken."""
    if pasted.format not in FORMATS:
        raise refused(422, "BAD_VALUE", f"{pasted.format} is no format", where="message.format", fix="see docs/api.md")
    role = next(one for one in (Role.CUSTOMS, *Role) if may_send(one, pasted.format))
    facilities = frozenset(facility.code for facility in await port.read(list_facilities))
    text = pasted.body if isinstance(pasted.body, str) else json.dumps(pasted.body)
    draft = intake.receive(
        text.encode(), format=pasted.format, sender=_sender(port, role, facilities), key_id="",
        received_at=port.clock(), content_type=None, named_identity=None,
    )  # fmt: skip
    facts: list[Event] = [item.fact for item in draft.items if item.fact is not None]
    if not facts:
        why = next(item.error for item in draft.items if item.error is not None)
        raise refused(422, why.reason, why.message, where=why.where, fix=why.fix)
    return facts, role


def _sender(port: Port, role: Role, facilities: frozenset[str]) -> SenderProfile:
    settings = port.settings
    return SenderProfile(
        party="",
        role=role,
        is_hub=True,
        time_zone=settings.zone,
        port_un_location_code=settings.port_un_location_code,
        known_facilities=facilities,
    )


def _case(trial: Trial, ruleset: Ruleset) -> wire.Wire:
    case = trial.case
    outcome = decide(case, ruleset, draws=trial.draws, sites=trial.sites)
    return {
        "containerNumber": case.container_number or None,
        "isRouted": trial.is_routed,
        "declarations": [
            {"document": s.document, "declaration": s.declaration, "status": s.status.value} for s in case.standings
        ],
        "decision": _decision(outcome, trial, ruleset),
        "rows": [explaining.row(verdict) for verdict in explain(case, ruleset, trial.draws)],
        "facts": list(_told_facts(trial, ruleset)),
        "moves": _moves(outcome, trial.direction),
    }


def _decision(outcome: Outcome, trial: Trial, ruleset: Ruleset) -> wire.Wire:
    counted = [line.counted for line in risks(trial.case, ruleset) if line.counted is not None]
    return {
        "route": outcome.route.value,
        "reason": outcome.reason.value,
        "place": outcome.place,
        "matchedRow": deciding_row(outcome, ruleset),
        "risk": max(counted, default=None),
        "isAwaitingSite": outcome.is_awaiting_site,
        "alerts": [alert.value for alert in outcome.alerts],
    }


def _told_facts(trial: Trial, ruleset: Ruleset) -> Iterable[wire.Wire]:
    """The facts there are, and those the table asks for and nobody told (null)."""
    asked = frozenset(asked_facts(ruleset))
    yield from _of_level(trial.case.container, "CONTAINER", asked)
    for standing in trial.case.standings:
        yield from _of_level(standing.facts, "DECLARATION", asked, declaration=standing.key)
        for number, line in enumerate(standing.lines, start=1):
            yield from _of_level(line, "LINE", asked, declaration=standing.key, line=number)


def _of_level(facts: Facts, level: str, asked: frozenset[str], **of: object) -> Iterable[wire.Wire]:
    missing = sorted(name for name in asked if name not in facts)
    for name in (*facts, *missing):
        spec = find_fact(name)
        if spec is not None and spec.level == level:
            told = {"name": name, "zh": spec.zh, "en": spec.en, "value": _value(facts.get(name)), "unit": spec.unit}
            yield {**told, "level": level, "isAsked": name in asked, **of}


def _value(value: object) -> object:
    if isinstance(value, Unreadable):
        return value.text
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _moves(outcome: Outcome, direction: str | None) -> wire.Wire | None:
    """Lifts and hauls of one box, as docs/moves.md counts them; none where the way it goes is not known."""
    if direction not in tuple(Direction):
        return None
    saved = moves_saved(outcome.route, direction=Direction(direction))
    return {
        "traditional": round(saved.traditional.moves, 2),
        "now": round(saved.now.moves, 2),
        "avoided": round(saved.avoided, 2),
    }
