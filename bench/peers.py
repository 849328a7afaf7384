"""The table of `bench.decide` as other rule engines take it: zen-engine (GoRules) and Common Expression Language.

Each engine gets the table in the forms it offers, and is asked in the fastest way its interface has for one case.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence

import cel
import zen

Row = Mapping[str, object]
Facts = Mapping[str, object]
Engine = Callable[[Facts], tuple[object, object]]  # the route and the row that decided
DEFAULT = ("YARD", "default")
_CEL_ROWS = 25
"""Rows in one expression of CEL: its parser gives up at 96 levels, and a row takes two."""


def zen_table(rows: Sequence[Row]) -> Engine:
    """zen's own decision table, hit policy first, its engine holding the compiled table."""
    facts = sorted({one["fact"] for row in rows for one in row["when"]})
    rules = [_rule(row["id"], row["route"], {one["fact"]: _unary(one) for one in row["when"]}) for row in rows]
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

    def decided(facts: Facts) -> tuple[object, object]:
        result = engine.evaluate("bench", facts)["result"]
        return result["route"], result["row"]

    return decided


def zen_chain(rows: Sequence[Row]) -> Engine:
    """The table as one expression of zen, a chain of conditions."""
    compiled = zen.compile_expression(_chain(rows, " and ", _zen))
    routes = _routes(rows)

    def decided(facts: Facts) -> tuple[object, object]:
        row = compiled.evaluate(facts)
        return routes[row], row

    return decided


def cel_chain(rows: Sequence[Row]) -> Engine:
    """The table as chains of conditions in CEL, as few as its parser takes, one after the other."""
    parts = [rows[start : start + _CEL_ROWS] for start in range(0, len(rows), _CEL_ROWS)]
    programs = [cel.compile(_chain(part, " && ", _cel)) for part in parts]
    routes = _routes(rows)

    def decided(facts: Facts) -> tuple[object, object]:
        for program in programs:
            row = program.execute(facts)
            if row != DEFAULT[1]:
                return routes[row], row
        return DEFAULT

    return decided


def _rule(row: object, route: object, cells: Mapping[str, str]) -> dict[str, object]:
    return {"_id": row, "route": _quoted(route), "row": _quoted(row), **cells}


def _routes(rows: Sequence[Row]) -> dict[object, object]:
    return {DEFAULT[1]: DEFAULT[0], **{row["id"]: row["route"] for row in rows}}


def _chain(rows: Iterable[Row], both: str, written: Callable[[Row], str]) -> str:
    lines = [f"({both.join(map(written, row['when']))}) ? {_quoted(row['id'])} : (" for row in rows]
    return "".join(lines) + _quoted(DEFAULT[1]) + ")" * len(lines)


def _quoted(value: object) -> str:
    """As both languages write it: single quotes, and true for True."""
    return f"'{value}'" if isinstance(value, str) else json.dumps(value)


def _listed(values: Iterable[object]) -> str:
    return ", ".join(map(_quoted, values))


def _unary(one: Row) -> str:
    """A cell of zen's table, about the value of its column."""
    value = one["value"]
    if one["operator"] == "between":
        return f"[{value[0]}..{value[1]}]"
    if one["operator"] == "prefix":
        return " or ".join(f"startsWith($, {_quoted(start)})" for start in value)
    return {"less": f"< {value}", "at_least": f">= {value}"}.get(
        one["operator"], _listed(value) if isinstance(value, list) else _quoted(value)
    )


def _zen(one: Row) -> str:
    return _compared(one, "or", "startsWith({fact}, {start})")


def _cel(one: Row) -> str:
    # CEL compares no double with an int.
    return _compared(one, "||", "{fact}.startsWith({start})", number=float)


def _compared(one: Row, either: str, starts: str, *, number: Callable[[float], float] = int) -> str:
    fact, operator, value = one["fact"], one["operator"], one["value"]
    if operator == "prefix":
        return "(" + f" {either} ".join(starts.format(fact=fact, start=_quoted(start)) for start in value) + ")"
    if operator == "between":
        both = " && " if either == "||" else " and "
        return f"({fact} >= {number(value[0])}{both}{fact} <= {number(value[1])})"
    if operator == "in":
        return f"{fact} in [{_listed(value)}]"
    if operator == "equals":
        return f"{fact} == {_quoted(value)}"
    return f"{fact} {'<' if operator == 'less' else '>='} {number(value)}"
