"""How large a table may be: what keeps compiling it, and deciding by it, within a bounded amount of work.

Together with `decide.MOST_LINES` and `facts.MOST_TEXTS` these stand where another engine has a time limit.  They are
counted before anything is read or compiled, so a table beyond them costs nothing, and they mean the same on every
machine.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from port.diversion.table import NamedList, Row, Ruleset

MOST_BYTES = 8_000_000
"""Of a table as JSON."""

MOST_ROWS = 1_000
MOST_CONDITIONS = 50
"""In one row."""

MOST_PARTS = 1_000
"""Lists, sites, lanes or terms of the score."""

MOST_WHOLE = 2**63 - 1
"""Of a whole number a condition compares with, or a site counts: what every reader of JSON takes as it stands."""

MOST_VALUES = 100_000
"""In one list, and in all conditions together, where a list counts each time it is named."""


def excesses(ruleset: Ruleset) -> Iterator[tuple[str, str, str]]:
    """What is too large, each with its row (or part) and column."""
    if len(ruleset.rows) > MOST_ROWS:
        yield "rows", "number", f"more than {MOST_ROWS:,} rows"
        return
    for name in ("lists", "lanes", "sites", "risk"):
        if len(getattr(ruleset, name)) > MOST_PARTS:
            yield name, "number", f"more than {MOST_PARTS:,} of them"
            return
    for named in ruleset.lists:
        if len(named.values) > MOST_VALUES:
            yield "lists", named.name, f"more than {MOST_VALUES:,} values"
    yield from _of_rows(ruleset.rows, ruleset.lists)


def _of_rows(rows: Sequence[Row], lists: Sequence[NamedList]) -> Iterator[tuple[str, str, str]]:
    sizes = {named.name: len(named.values) for named in lists}
    values = 0
    for row in rows:
        if len(row.when) > MOST_CONDITIONS:
            yield row.id, "when", f"more than {MOST_CONDITIONS} conditions"
        for condition in row.when:
            value = condition.value
            values += len(value) if isinstance(value, tuple) else sizes.get(condition.list_name or "", 1)
            if values > MOST_VALUES:
                yield row.id, condition.fact, f"with this the table compares with more than {MOST_VALUES:,} values"
                return
