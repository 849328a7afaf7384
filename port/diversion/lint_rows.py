"""Rows that never decide, rows that let through what a stricter one below would stop, and what no row speaks of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

from events.types import Route
from port.diversion import lint_words as words
from port.diversion.case import Facts
from port.diversion.facts import find_fact
from port.diversion.lint_search import Space, Undecided, first_row
from port.diversion.lint_values import holds_always
from port.diversion.lint_words import Code, Finding
from port.diversion.table import STRICTNESS


def never_deciding(space: Space) -> tuple[dict[int, Finding], frozenset[int]]:
    """A finding for each row that never decides, by its number; and the rows of which that is not known."""
    found: dict[int, Finding] = {}
    unknown: set[int] = set()
    for row in range(space.width - 1):
        try:
            finding = _of_row(space, row)
        except Undecided:
            unknown.add(row)
        else:
            if finding is not None:
                found[row] = finding
    return found, frozenset(unknown)


def undecided(space: Space, rows: frozenset[int]) -> Iterator[Finding]:
    """The rows for which the budget did not last."""
    for row in sorted(rows):
        yield Finding(Code.UNDECIDED, space.table.rows[row][0], "", words.of_undecided())


def conditions(space: Space) -> Iterator[Finding]:
    """Conditions that every value meets."""
    for cells in space.table.cells:
        for cell in cells:
            if cell.spec.name != "customs_status" and holds_always(cell, space.values[cell.spec.name]):
                row = space.table.rows[cell.row][0]
                yield Finding(Code.ALWAYS_HOLDS, row, cell.spec.name, words.of_always(cell.spec))


def laxer_first(space: Space, *, apart_from: frozenset[int]) -> Iterator[Finding]:
    """Rows that decide boxes for which a stricter row below is meant; each such pair with a box."""
    is_certain = True
    for upper, lower in _pairs(space, apart_from):
        (row, route), (other, wanted) = space.table.rows[upper], space.table.rows[lower]
        if STRICTNESS.index(route) < STRICTNESS.index(wanted):
            try:
                example = _both(space, upper, lower)
            except Undecided:
                is_certain = False
                continue
            if example is not None:
                message = words.of_laxer_first(route, other, wanted)
                yield Finding(Code.LAXER_FIRST, row, "", message, example, other)
    if not is_certain:
        yield Finding(Code.UNDECIDED, "rows", "", words.of_pairs_undecided())


def overlaps(space: Space, *, apart_from: frozenset[int]) -> Iterator[Finding]:
    """Pairs of rows, the stricter above, that some box meets both."""
    for upper, lower in _pairs(space, apart_from):
        (row, route), (other, instead) = space.table.rows[upper], space.table.rows[lower]
        if STRICTNESS.index(route) > STRICTNESS.index(instead):
            example = None
            with suppress(Undecided):
                example = _both(space, upper, lower)
            if example is not None:
                yield Finding(Code.OVERLAP, row, "", words.of_overlap(route, other, instead), example, other)


def gap(space: Space) -> Iterator[Finding]:
    """A box that falls to the default, if there can be one."""
    default = space.width - 1
    row, route = space.table.rows[default]
    try:
        example = _shown(space, row, space.find((default,), silent=space.above(default), route=route))
    except Undecided:
        return
    if example is not None:
        yield Finding(Code.GAP, row, "", words.of_gap(route), example)


def _of_row(space: Space, row: int) -> Finding | None:
    name, route = space.table.rows[row]
    clashing = space.clashing(row)
    if clashing:
        return _never_holding(space, row, clashing)
    if space.find((row,), silent=space.above(row), route=route) is not None:
        return None
    covering = _covering(space, row)
    others = [space.table.rows[one] for one in covering]
    is_same = all(other is route for _, other in others)
    code = Code.REDUNDANT if is_same else Code.SHADOWED if len(covering) == 1 else Code.UNREACHABLE
    message = words.of_covered([other for other, _ in others], route, is_same_route=is_same)
    example = space.find((row,), silent=0, route=route)
    if example is not None and first_row(space.table, example) == name:
        raise Undecided  # the live compiler has the last word
    return Finding(code, name, "", message, example, others[0][0])


def _never_holding(space: Space, row: int, clashing: Sequence[str]) -> Finding:
    name = space.table.rows[row][0]
    if "customs_status" in clashing and _is_readable(space, row):
        return Finding(Code.NEVER_ASKED, name, "customs_status", words.of_never_asked())
    specs = [spec for spec in map(find_fact, clashing) if spec is not None]
    return Finding(Code.IMPOSSIBLE, name, clashing[0], words.of_impossible(specs))


def _is_readable(space: Space, row: int) -> bool:
    """Is there a status, asked about or not, that meets what the row asks of it?"""
    cells = [cell for cell in space.table.cells[row] if cell.spec.name == "customs_status"]
    return any(all(cell.holds(code) for cell in cells) for code in cells[0].spec.codes)


def _covering(space: Space, row: int) -> list[int]:
    """Rows above that together take all the row asks for, none of which could be left out; one row if one does."""
    route = space.table.rows[row][1]
    for one in range(row):
        if _is_taken(space, row, 1 << one, route):
            return [one]
    left = space.above(row)
    for one in reversed(range(row)):
        if _is_taken(space, row, left & ~(1 << one), route):
            left &= ~(1 << one)
    return [one for one in range(row) if left >> one & 1]


def _is_taken(space: Space, row: int, above: int, route: Route) -> bool:
    try:
        return space.find((row,), silent=above, route=route) is None
    except Undecided:
        return False


def _pairs(space: Space, apart_from: frozenset[int]) -> Iterator[tuple[int, int]]:
    rows = [row for row in range(space.width - 1) if row not in apart_from]
    return ((upper, lower) for lower in rows for upper in rows if upper < lower)


def _both(space: Space, upper: int, lower: int) -> Facts | None:
    """A box that the upper row decides and the lower would hold for as well."""
    row, route = space.table.rows[upper]
    return _shown(space, row, space.find((upper, lower), silent=space.above(upper), route=route))


def _shown(space: Space, row: str, example: Facts | None) -> Facts | None:
    """The example, if the live compiler says the same of it."""
    return example if example is not None and first_row(space.table, example) == row else None
