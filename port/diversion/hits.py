"""In how many of some cases each row of a table holds, and in how many it is the first that does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from port.diversion.case import NO_FACTS, Case, Facts, Standing
from port.diversion.columns import everything, split
from port.diversion.compiler import Compiled, compile_ruleset, sift
from port.diversion.table import Ruleset


class Hits(NamedTuple):
    """Cases in which a row holds on any line of any declaration, and those in which it decides one."""

    holds: int = 0
    first: int = 0


def count_hits(ruleset: Ruleset, cases: Iterable[Case]) -> Mapping[str, Hits]:
    """By row, the default last; what customs ordered is not asked for, only what the table says."""
    table = compile_ruleset(ruleset)
    held, decided = [0] * len(table.rows), [0] * len(table.rows)
    for case in cases:
        holding, first = _of_case(table, case)
        for number in range(len(table.rows)):
            held[number] += holding >> number & 1
            decided[number] += first >> number & 1
    return {row: Hits(held[number], decided[number]) for number, (row, _) in enumerate(table.rows)}


def _of_case(table: Compiled, case: Case) -> tuple[int, int]:
    holding = first = 0
    for standing in case.standings:
        if standing.declaration is not None:
            for certain in _of_standing(table, case.container, standing):
                holding |= certain
                first |= certain & -certain
    return holding, first


def _of_standing(table: Compiled, container: Facts, standing: Standing) -> Iterator[int]:
    """The rows that hold, as a set of bits, line by line."""
    of_box = sift(everything(len(table.rows)), table.container, facts=container)
    of_declaration = sift(of_box, table.declaration, facts=standing.facts)
    for line in standing.lines or (NO_FACTS,):
        certain, _, _ = split(sift(of_declaration, table.line, facts=line), len(table.rows))
        yield certain
