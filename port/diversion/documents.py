"""A ruleset as a file in a repository: the table's fields and, beside them, its test cases."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from importlib import resources
from typing import Any, NamedTuple

from pydantic_core import from_json

from port.diversion.checks import Problem, RulesetInvalid
from port.diversion.documents_tests import read_tests, write_test
from port.diversion.loading import load
from port.diversion.table import Ruleset
from port.diversion.testing import TestCase

_TESTS = "tests"
_WIDTH = 120
_INDENT = 2


class Document(NamedTuple):
    """What one file holds."""

    ruleset: Ruleset
    tests: tuple[TestCase, ...] = ()


def load_file(text: str | bytes) -> Document:
    """The ruleset and its tests; RulesetInvalid with the problems of both, by row and column."""
    written = _parsed(text)
    if not isinstance(written, dict):
        raise RulesetInvalid([Problem("ruleset", "JSON", "must be an object")])
    tests, problems = read_tests(written.get(_TESTS, []))
    try:
        ruleset = load(json.dumps({name: value for name, value in written.items() if name != _TESTS}))
    except RulesetInvalid as refused:
        raise RulesetInvalid((*refused.problems, *problems)) from refused
    if problems:
        raise RulesetInvalid(problems)
    return Document(ruleset, tests)


def load_tests(text: str | bytes) -> tuple[TestCase, ...]:
    """The test cases of a document, whatever else it holds; RulesetInvalid with all their problems."""
    written = _parsed(text)
    if not isinstance(written, dict) or _TESTS not in written:
        raise RulesetInvalid([Problem("file", _TESTS, "there are none")])
    tests, problems = read_tests(written[_TESTS])
    if problems:
        raise RulesetInvalid(problems)
    return tests


def load_default_tests() -> tuple[TestCase, ...]:
    """The test cases of the ruleset a new port starts with."""
    return load_tests(resources.files(__package__).joinpath("default_tests.json").read_bytes())


def dump_file(ruleset: Ruleset, tests: Iterable[TestCase] = ()) -> str:
    """The document as a repository likes it: a line per condition, what is empty left out; `load_file` reads it."""
    written = ruleset.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    told = [write_test(test) for test in tests]
    return _laid_out({**written, **({_TESTS: told} if told else {})}, depth=0) + "\n"


def _parsed(text: str | bytes) -> Any:  # JSON has no narrower type
    twice: list[str] = []

    def once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        twice.extend(name for name in dict.fromkeys(names) if names.count(name) > 1)
        return dict(pairs)

    try:
        from_json(text, allow_inf_nan=False)
        written = json.loads(text, object_pairs_hook=once)
    except ValueError as refused:
        raise RulesetInvalid([Problem("file", "JSON", str(refused))]) from refused
    if twice:
        raise RulesetInvalid([Problem("file", "JSON", f"{name!r} stands twice in one object") for name in twice])
    return written


def _laid_out(value: Any, *, depth: int) -> str:  # JSON has no narrower type
    """Whatever fits on a line stands on one."""
    line = json.dumps(value, ensure_ascii=False)
    if len(line) + depth * _INDENT < _WIDTH or not isinstance(value, dict | list) or not value:
        return line
    inner, outer = " " * (depth + 1) * _INDENT, " " * depth * _INDENT
    if isinstance(value, list):
        parts = [inner + _laid_out(one, depth=depth + 1) for one in value]
        return "[\n" + ",\n".join(parts) + f"\n{outer}]"
    parts = [
        f"{inner}{json.dumps(name, ensure_ascii=False)}: {_laid_out(one, depth=depth + 1)}"
        for name, one in value.items()
    ]
    return "{\n" + ",\n".join(parts) + f"\n{outer}}}"
