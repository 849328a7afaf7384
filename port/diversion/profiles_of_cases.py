"""Profile facts put into cases, and cases taught to profiles."""

from __future__ import annotations

from collections.abc import Iterable

from port.diversion.case import Case, Standing
from port.diversion.profiles import ProfileKind, Profiles, by_fact
from port.diversion.table import Ruleset


def profiled(case: Case, profiles: Profiles) -> Case:
    """The case with the profile facts as these profiles know them.  One that the case has already is kept: it is what
    was known when the case was decided."""
    if not case.standings:
        return case
    standings = tuple(_standing(one, profiles) for one in case.standings)
    return Case(case.container_number, case.container, standings, case.needs, case.is_direction_known)


def teach(profiles: Profiles, case: Case, *, found: bool) -> None:
    """Let the profiles learn what an inspection of the box found, for each of its declarations."""
    for standing in case.standings:
        profiles.learn(standing.facts, standing.lines, found=found)


def kinds_asked(*rulesets: Ruleset) -> tuple[ProfileKind, ...]:
    """The kinds whose facts any row or risk term of these tables asks for, each once."""
    named = by_fact()
    facts = (fact for ruleset in rulesets for fact in asked_facts(ruleset))
    return tuple({named[fact].name: named[fact] for fact in facts if fact in named}.values())


def asked_facts(ruleset: Ruleset) -> Iterable[str]:
    """The facts that rows and risk terms of the table ask for, each once, in the order of the table."""
    rows = (condition.fact for row in ruleset.rows for condition in row.when)
    return dict.fromkeys((*rows, *(term.fact for term in ruleset.risk)))


def _standing(standing: Standing, profiles: Profiles) -> Standing:
    return Standing(
        standing.document,
        standing.declaration,
        standing.status,
        standing.inspect_at,
        facts={**profiles.declaration_facts(standing.facts), **standing.facts},
        lines=tuple({**profiles.line_facts(standing.facts, line), **line} for line in standing.lines),
        site=standing.site,
    )
