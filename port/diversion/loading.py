"""A ruleset out of JSON: read whole or refused with every problem told by row and column."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from typing import Any, cast

from pydantic import ValidationError
from pydantic_core import ErrorDetails, from_json

from port.diversion.checks import Problem, RulesetInvalid, problems
from port.diversion.limits import MOST_BYTES
from port.diversion.table import Ruleset

_HOLDING_ROWS = ("rows", "lists", "lanes", "sites", "risk")
_NAMED_BY = {"rows": "id", "risk": "fact"}
_OPERAND = "must be a text, a number, true, false, a list of texts or two numbers"


def load(text: str | bytes) -> Ruleset:
    """The ruleset in this JSON; raises RulesetInvalid with all its problems.

    Problems of shape hide those of sense: a table that cannot be read is not asked what it means.
    """
    if len(text) > MOST_BYTES:
        raise RulesetInvalid([Problem("file", "JSON", f"is larger than {MOST_BYTES:,} bytes")])
    try:
        written = from_json(text, allow_inf_nan=False)
    except ValueError as refused:
        raise RulesetInvalid([Problem("file", "JSON", str(refused))]) from refused
    try:
        ruleset = Ruleset.model_validate_json(text)
    except ValidationError as refused:
        raise RulesetInvalid(_of_shape(refused, written)) from refused
    return checked(ruleset)


def load_default() -> Ruleset:
    """The ruleset a new port starts with (docs/diversion.md)."""
    return load(resources.files(__package__).joinpath("default_ruleset.json").read_bytes())


def checked(ruleset: Ruleset) -> Ruleset:
    """The same ruleset, or RulesetInvalid when its sense is wrong."""
    found = problems(ruleset)
    if found:
        raise RulesetInvalid(found)
    return ruleset


def _of_shape(refused: ValidationError, written: Any) -> list[Problem]:
    """One problem per place: a union of operands complains once per kind it might have been."""
    found = {_place(error["loc"], written): _message(error) for error in reversed(refused.errors())}
    return [Problem(row, column, message) for (row, column), message in reversed(found.items())]


def _message(error: ErrorDetails) -> str:
    return _OPERAND if _operand_at(error["loc"]) else error["msg"]


def _operand_at(place: Sequence[int | str]) -> bool:
    return len(place) > 4 and place[0] == "rows" and place[2] == "when" and place[4] == "value"


def _place(place: Sequence[int | str], written: Any) -> tuple[str, str]:
    """(row, column): the id and fact where they could be read, else the number of the row, counted from 1."""
    if len(place) < 2 or place[0] not in _HOLDING_ROWS:
        return "ruleset", ".".join(map(str, place)) or "JSON"
    part, number = str(place[0]), place[1]
    row = f"{part} {int(number) + 1}" if isinstance(number, int) else part
    if isinstance(number, int):
        name = _found(written, part, number, _NAMED_BY.get(part, "name"))
        row = f"{row} ({name})" if isinstance(name, str) else row
    if len(place) > 3 and place[2] == "when":
        fact = _found(written, *place[:4], "fact")
        return row, fact if isinstance(fact, str) else f"condition {int(place[3]) + 1}"
    return row, ".".join(map(str, place[2:])) or part


def _found(written: Any, *path: int | str) -> object:
    """What stands at that path of the JSON, None where it leads nowhere."""
    for step in path:
        try:
            written = written[step]
        except (LookupError, TypeError):
            return None
    return cast("object", written)
