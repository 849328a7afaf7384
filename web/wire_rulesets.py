"""How versions of the rules, their steps and what is found of them look on the wire; for officers alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import orjson

from port.diversion.case import NO_FACTS
from port.diversion.case import Standing as Declared
from port.diversion.checks import OPERATORS, Problem
from port.diversion.compiler import compile_ruleset
from port.diversion.explain import explain_standing
from port.diversion.facts import UNBOUNDED, CustomsStatus, FactSpec
from port.diversion.hits import Hits
from port.diversion.sentence import Sentence
from port.diversion.table import Operator, Ruleset
from port.rulesets_past import Step
from port.rulesets_read import Overview, Person, Standing
from web.wire import Wire, time

# A box nobody has said anything of: it is asked of for what each row says, not for what becomes of it.
_NOBODY = Declared("", "", CustomsStatus.DECLARED)


def version(standing: Standing, people: Mapping[str, Person]) -> Wire:
    """A version in a list."""
    told, life, approval = standing.version, standing.life, standing.approval
    # Of the text, for a version of another program's facts is listed too.
    try:
        title = orjson.loads(told.body)["title"]
    except (ValueError, TypeError, LookupError):
        title = {"zh": told.name, "en": told.name}
    return {
        "hash": told.content_hash,
        "name": told.name,
        "title": title,
        "author": None if told.author is None else person(people[told.author]),
        "createdAt": time(told.kept_at),
        "basedOn": told.based_on,
        "note": told.note,
        "state": standing.state,
        "isShadow": life.is_shadow,
        "lint": None if life.lint is None else {"errors": life.lint[0], "warnings": life.lint[1]},
        "tests": None if life.tests is None else {"passed": life.tests[0], "failed": life.tests[1]},
        "backtests": life.backtests,
        "shadowRuns": life.shadow_runs,
        "approvedBy": None if approval is None else person(people[approval.approver]),
        "approvedAt": None if approval is None else time(approval.at),
        "waived": [] if approval is None else orjson.loads(approval.waived),
        "activeFrom": time(standing.since),
    }


def person(told: Person) -> Wire:
    """Who acted."""
    return {"person": told.person, "name": told.name}


def whole(standing: Standing, people: Mapping[str, Person]) -> Wire:
    """A version with its table, its test cases, and each row in words."""
    told = standing.version
    rows = [{"id": row, "sentence": sentence(words)} for row, words in sentences(told.ruleset)]
    listed = version(standing, people)
    # In a list `tests` counts what they came to; with the version itself come the cases.
    table = {"ruleset": orjson.loads(told.body), "tests": orjson.loads(told.tests), "rows": rows}
    return listed | {"testResults": listed["tests"]} | table


def overview(told: Overview, *, now: datetime) -> Wire:
    """All versions by family, newest first, and which decides when."""
    families: dict[str, list[Wire]] = {name: [] for name in sorted({one.version.name for one in told.standings})}
    for standing in told.standings:
        families[standing.version.name].append(version(standing, told.people))
    names = {standing.version.content_hash: standing.version.name for standing in told.standings}
    active, coming = told.timeline.active(now), told.timeline.scheduled(now)
    since = None if active is None else time(active.effective_at)
    return {
        "families": [{"name": name, "title": own[0]["title"], "versions": own} for name, own in families.items()],
        "active": active and {"hash": active.content_hash, "name": names[active.content_hash], "since": since},
        "scheduled": [{"hash": one.content_hash, "from": time(one.effective_at)} for one in coming],
        "shadows": [one.version.content_hash for one in told.standings if one.life.is_shadow],
    }


def step(told: Step) -> Wire:
    """One step of the audit."""
    return {
        "step": told.step,
        "at": time(told.at),
        "by": None if told.by is None else person(told.by),
        "party": told.party or None,
        "why": told.why,
        "effectiveAt": time(told.effective_at),
        "hash": told.content_hash,
        "name": told.name,
        "detail": told.detail,
        "position": told.position,
    }


def problem(told: Problem) -> Wire:
    """One thing that keeps a table from being one."""
    return {"row": told.row, "column": told.column, "message": told.message}


def sentence(told: Sentence) -> Wire:
    """The same said twice."""
    return {"zh": told.zh, "en": told.en}


def sentences(ruleset: Ruleset) -> list[tuple[str, Sentence]]:
    """Each row, the default last, in words."""
    table = compile_ruleset(ruleset)
    rows = {row for row, _ in table.rows}
    told = explain_standing(table, NO_FACTS, standing=_NOBODY, draw=None)
    return [(one.row, one.sentence) for one in told if one.row in rows]


def rows(ruleset: Ruleset, hits: Mapping[str, Hits]) -> list[Wire]:
    """Each row in words, with how often it held and decided."""
    none = Hits()
    return [
        {"id": row, "sentence": sentence(words), "holds": (hit := hits.get(row, none)).holds, "first": hit.first}
        for row, words in sentences(ruleset)
    ]


def fact(spec: FactSpec) -> Wire:
    """One fact of the catalogue; a bound is null where there is none."""
    # What has no beginning of its own, a closed code, is not asked by one.
    asked = OPERATORS[spec.type] if spec.start else OPERATORS[spec.type] - {Operator.PREFIX}
    return {
        "name": spec.name,
        "level": spec.level,
        "type": spec.type,
        "zh": spec.zh,
        "en": spec.en,
        "unit": spec.unit or None,
        "codes": list(spec.codes),
        "operators": [one for one in Operator if one in asked],
        "listKind": spec.list_kind,
        "minimum": None if abs(spec.minimum) >= UNBOUNDED else spec.minimum,
        "maximum": None if abs(spec.maximum) >= UNBOUNDED else spec.maximum,
    }
