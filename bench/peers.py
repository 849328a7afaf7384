"""The table of `bench.decide` as other rule engines take it: zen-engine (GoRules) and Common Expression Language.

Each engine gets the table in the forms it offers, and is asked in the fastest way its interface has for one case.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import cel
import zen

from bench.conditions import AtLeast, Between, Condition, Flag, Less, OneOf, Prefix, Row
from bench.decide import Decided, Told

Engine = Callable[[Told], Decided]
DEFAULT = ("YARD", "default")
_CEL_ROWS = 25
"""Rows in one expression of CEL: its parser gives up at 96 levels, and a row takes two."""


def zen_table(rows: Sequence[Row]) -> Engine:
    """zen's own decision table, hit policy first, its engine holding the compiled table."""
    facts = sorted({one.fact for row in rows for one in row.when})
    rules = [_rule(row.row_id, row.route, {one.fact: _unary(one) for one in row.when}) for row in rows]
    content = {
        "hitPolicy": "first",
        "inputs": [{"id": fact, "name": fact, "field": fact} for fact in facts],
        "outputs": [{"id": name, "name": name, "field": name} for name in ("route", "row")],
        "rules": [*rules, _rule(DEFAULT[1], DEFAULT[0], {})],
    }
    nodes = [
        {"id": "in", "name": "in", "type": "inputNode"},
        {"id": "table", "name": "table", "type": "decisionTableNode", "content": content},
        {"id": "out", "name": "out", "type": "outputNode"},
    ]
    edges = [
        {"id": f"{source}-{target}", "sourceId": source, "targetId": target, "type": "edge"}
        for source, target in (("in", "table"), ("table", "out"))
    ]
    engine = zen.ZenEngine({"loader": {"type": "static", "content": {"bench": {"nodes": nodes, "edges": edges}}}})

    def decided(facts: Told) -> Decided:
        result = engine.evaluate("bench", facts)["result"]
        return result["route"], result["row"]

    return decided


def zen_chain(rows: Sequence[Row]) -> Engine:
    """The table as one expression of zen, a chain of conditions."""
    compiled = zen.compile_expression(_chain(rows, _ZEN))
    routes = _routes(rows)

    def decided(facts: Told) -> Decided:
        row: str = compiled.evaluate(facts)
        return routes[row], row

    return decided


def cel_chain(rows: Sequence[Row]) -> Engine:
    """The table as chains of conditions in CEL, as few as its parser takes, one after the other."""
    parts = [rows[start : start + _CEL_ROWS] for start in range(0, len(rows), _CEL_ROWS)]
    programs = [cel.compile(_chain(part, _CEL)) for part in parts]
    routes = _routes(rows)

    def decided(facts: Told) -> Decided:
        for program in programs:
            row: str = program.execute(facts)
            if row != DEFAULT[1]:
                return routes[row], row
        return DEFAULT

    return decided


@dataclass(frozen=True)
class _Language:
    """How a language writes a condition."""

    both: str
    either: str
    starts: str
    number: Callable[[int], int | float]


_ZEN = _Language(" and ", " or ", "startsWith({fact}, {start})", int)
# CEL compares no double with an int.
_CEL = _Language(" && ", " || ", "{fact}.startsWith({start})", float)


def _rule(row: str, route: str, cells: Mapping[str, str]) -> dict[str, str]:
    return {"_id": row, "route": _quoted(route), "row": _quoted(row), **cells}


def _routes(rows: Sequence[Row]) -> dict[str, str]:
    return {DEFAULT[1]: DEFAULT[0], **{row.row_id: row.route for row in rows}}


def _chain(rows: Sequence[Row], language: _Language) -> str:
    lines = [
        f"({language.both.join(_compared(one, language) for one in row.when)}) ? {_quoted(row.row_id)} : ("
        for row in rows
    ]
    return "".join(lines) + _quoted(DEFAULT[1]) + ")" * len(lines)


def _quoted(value: str | bool) -> str:
    """As both languages write it: single quotes, and true for True."""
    return f"'{value}'" if isinstance(value, str) else json.dumps(value)


def _listed(values: Iterable[str]) -> str:
    return ", ".join(map(_quoted, values))


def _unary(one: Condition) -> str:
    """A cell of zen's table, about the value of its column."""
    match one:
        case Prefix(_, starts):
            return " or ".join(f"startsWith($, {_quoted(start)})" for start in starts)
        case OneOf(_, codes):
            return _listed(codes)
        case Flag(_, is_set):
            return _quoted(is_set)
        case Between(_, low, high):
            return f"[{low}..{high}]"
        case Less(_, limit):
            return f"< {limit}"
        case AtLeast(_, limit):
            return f">= {limit}"


def _compared(one: Condition, language: _Language) -> str:
    number = language.number
    match one:
        case Prefix(fact, starts):
            written = (language.starts.format(fact=fact, start=_quoted(start)) for start in starts)
            return f"({language.either.join(written)})"
        case OneOf(fact, codes):
            return f"{fact} in [{_listed(codes)}]"
        case Flag(fact, is_set):
            return f"{fact} == {_quoted(is_set)}"
        case Between(fact, low, high):
            return f"({fact} >= {number(low)}{language.both}{fact} <= {number(high)})"
        case Less(fact, limit):
            return f"{fact} < {number(limit)}"
        case AtLeast(fact, limit):
            return f"{fact} >= {number(limit)}"
