"""The cells of the measured tables: what a condition asks, and how a ruleset's JSON has it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Prefix:
    """A code that begins with one of these."""

    fact: str
    starts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of these codes."""

    fact: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Flag:
    """Yes, or no."""

    fact: str
    is_set: bool


@dataclass(frozen=True, slots=True)
class Between:
    """A number from `low` to `high`, both of them too."""

    fact: str
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Less:
    """A number below the limit."""

    fact: str
    limit: int


@dataclass(frozen=True, slots=True)
class AtLeast:
    """The limit or more."""

    fact: str
    limit: int


Condition = Prefix | OneOf | Flag | Between | Less | AtLeast
_NOTE = {"zh": "测", "en": "bench"}


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table: where all conditions hold, that way."""

    row_id: str
    when: tuple[Condition, ...]
    route: str


def table_json(rows: Sequence[Row]) -> dict[str, object]:
    """A ruleset without sites and lanes, as its file has it: only the rows are measured."""
    written = [
        {"id": row.row_id, "when": [_written(one) for one in row.when], "route": row.route, "note": _NOTE}
        for row in rows
    ]
    return {"name": "bench", "title": _NOTE, "rows": written, "default": {"route": "YARD", "note": _NOTE}}


def _written(condition: Condition) -> dict[str, object]:
    operator, value = _operator(condition)
    return {"fact": condition.fact, "operator": operator, "value": value}


def _operator(condition: Condition) -> tuple[str, object]:
    match condition:
        case Prefix(_, starts):
            return "prefix", starts
        case OneOf(_, codes):
            return "in", codes
        case Flag(_, is_set):
            return "equals", is_set
        case Between(_, low, high):
            return "between", (low, high)
        case Less(_, limit):
            return "less", limit
        case AtLeast(_, limit):
            return "at_least", limit
