"""Test cases read from JSON, with every problem by test and by the place in it."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import Field, StrictBool, StrictStr, TypeAdapter, ValidationError

from events.types import InspectAt, Route
from port.diversion.case import Case
from port.diversion.checks import Problem
from port.diversion.facts import CustomsStatus, Level, find_fact
from port.diversion.table import Part, Words
from port.diversion.testing import Expected, TestCase

_BOX = "TEST0000000"
"""The container of a test that names none: what it is called decides nothing but draws, and those are given."""


class _Needs(Part):
    classes: tuple[StrictStr, ...] = Field(default=(), alias="dangerousGoodsClasses")
    has_plug: StrictBool = Field(default=False, alias="hasPlug")


class _Standing(Part):
    document: StrictStr = "BL"
    declaration: StrictStr | None = "D"
    status: CustomsStatus = CustomsStatus.DECLARED
    inspect_at: InspectAt = Field(default=InspectAt.PORT, alias="inspectAt")
    facts: dict[str, Any] = Field(default_factory=dict)
    lines: tuple[dict[str, Any], ...] = ()
    site: StrictStr | None = None


class _Case(Part):
    container_number: StrictStr = Field(default=_BOX, alias="containerNumber")
    container: dict[str, Any] = Field(default_factory=dict)
    standings: tuple[_Standing, ...] = ()
    needs: _Needs = _Needs()
    is_direction_known: StrictBool = Field(default=True, alias="isDirectionKnown")


class _Expect(Part):
    route: Route
    row: StrictStr | None = None


class _Test(Part):
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")
    title: Words
    case: _Case
    draws: dict[str, float] = Field(default_factory=dict)
    expect: _Expect


_WRITTEN = TypeAdapter(tuple[_Test, ...])


def read_tests(written: Any) -> tuple[tuple[TestCase, ...], tuple[Problem, ...]]:  # JSON has no narrower type
    """The tests in this JSON and what is wrong with them; none of the first where there are any of the second."""
    try:
        shaped = _WRITTEN.validate_json(json.dumps(written))
    except ValidationError as refused:
        found = {_place(error["loc"], written): error["msg"] for error in reversed(refused.errors())}
        return (), tuple(Problem(row, column, message) for (row, column), message in reversed(found.items()))
    problems = tuple(_problems(shaped))
    return (() if problems else tuple(_read(one) for one in shaped)), problems


def write_test(test: TestCase) -> dict[str, Any]:
    """As a document has it: what would be read without being said is left out."""
    told = test.to_json()
    case = _Case.model_validate_json(json.dumps(told["case"]))
    return {**told, "case": case.model_dump(mode="json", by_alias=True, exclude_defaults=True)}


def _read(test: _Test) -> TestCase:
    case = Case.from_json(test.case.model_dump_json(by_alias=True))
    return TestCase(test.id, test.title, case, Expected(test.expect.route, test.expect.row), test.draws)


def _problems(tests: Sequence[_Test]) -> Iterator[Problem]:
    for twice, count in Counter(test.id for test in tests).items():
        if count > 1:
            yield Problem("tests", twice, "another test has this id")
    for number, test in enumerate(tests, start=1):
        for column, message in _faults(test):
            yield Problem(f"tests {number} ({test.id})", column, message)


def _faults(test: _Test) -> Iterator[tuple[str, str]]:
    case = test.case
    yield from _of_facts(case.container, Level.CONTAINER, place="case.container")
    for number, standing in enumerate(case.standings, start=1):
        here = f"case.standings.{number}"
        yield from _of_facts(standing.facts, Level.DECLARATION, place=f"{here}.facts")
        for count, line in enumerate(standing.lines, start=1):
            yield from _of_facts(line, Level.LINE, place=f"{here}.lines.{count}")
    declared = {one.declaration or one.document for one in case.standings}
    for key, drawn in test.draws.items():
        if key not in declared:
            yield f"draws.{key}", "is no declaration of this box"
        elif not 0 <= drawn < 1:
            yield f"draws.{key}", "must be from 0 to below 1"


def _of_facts(facts: Mapping[str, Any], level: Level, *, place: str) -> Iterator[tuple[str, str]]:
    """Names are held to the catalogue, values are not: a test may well ask what an unreadable one leads to."""
    for name, value in facts.items():
        spec = find_fact(name)
        if spec is None:
            yield f"{place}.{name}", "is no fact of the catalogue"
        elif spec.level is not level:
            yield f"{place}.{name}", f"is a fact of the {spec.level.value}, not of the {level.value}"
        elif not _is_storable(value):
            yield f"{place}.{name}", "must be a text, a number, true, false or a list of texts"


def _is_storable(value: Any) -> bool:  # JSON has no narrower type
    """Is this a value as `Case.to_json` writes it?"""
    if isinstance(value, list):
        return all(not isinstance(one, list) and _is_storable(one) for one in value)
    if isinstance(value, dict):
        return len(value) == 1 and (isinstance(value.get("unreadable"), str) or _is_number(value.get("number")))
    return value is not None


def _is_number(told: object) -> bool:
    try:
        return isinstance(told, str) and (told.lstrip("-").isdecimal() or not math.isfinite(float(told)))
    except ValueError:
        return False


def _place(place: Sequence[int | str], written: Any) -> tuple[str, str]:
    """(row, column): the number of the test from 1, and its id where one could be read."""
    if not place or not isinstance(place[0], int):
        return "tests", ".".join(map(str, place)) or "JSON"
    test = written[place[0]]
    name = test.get("id") if isinstance(test, dict) else None
    row = f"tests {place[0] + 1} ({name})" if isinstance(name, str) else f"tests {place[0] + 1}"
    return row, ".".join(str(step + 1 if isinstance(step, int) else step) for step in place[1:]) or "JSON"
