"""The second compiler: one ruleset over many cases at once, in Polars, with the same outcome as `decide` for each.

For back-tests and simulations, in a process of their own: the server does not load Polars.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import NamedTuple

import polars as pl

from port.diversion.bulk_bits import Bits
from port.diversion.bulk_frame import CaseFrame, frame_of, frame_of_columns, is_asked
from port.diversion.bulk_hits import Hits
from port.diversion.bulk_judging import Judged, judge_all
from port.diversion.bulk_layers import stretched
from port.diversion.bulk_values import Coded, by_class
from port.diversion.capacity import SiteState
from port.diversion.compiler import Compiled, compile_ruleset
from port.diversion.decide import Outcome, decide
from port.diversion.table import Ruleset

__all__ = ["CaseFrame", "Hits", "decide_bulk", "frame_of", "frame_of_columns", "hits", "judge_bulk", "weigh_together"]


def decide_bulk(frame: CaseFrame, ruleset: Ruleset) -> pl.DataFrame:
    """One line per case, in the order of the frame; RulesetInvalid for a table whose sense is wrong.

    `route`, `intended_route` and `reason` are those of `decide` when no box stands at any site: a place that does not
    suit a box still holds it, and none is full.  `row` is the row that decided (`default` and `top-up` too), null when
    none did.  `risk` is the riskiest declaration's of those the table is asked about; null where there is none, the
    table has no terms, or one cannot be reckoned.  `undetermined` lists facts by name.
    """
    table = compile_ruleset(ruleset)
    told = judge_all(frame, table)
    found = _found(frame, ruleset, told)
    is_by_table = found.outcomes.answers(lambda outcome: bool(outcome.rows), pl.Boolean)
    rows = pl.Series([None, *(one.row for one in told.judgements.values)], dtype=pl.String)
    undetermined = told.undetermined.where(found.is_asked)
    risk = _risk(table, told).set(~found.is_asked, -inf)
    return pl.DataFrame(
        {
            "route": found.outcomes.answers(lambda outcome: outcome.route.value, pl.String),
            "intended_route": found.outcomes.answers(lambda outcome: outcome.intended_route.value, pl.String),
            "reason": found.outcomes.answers(lambda outcome: outcome.reason.value, pl.String),
            "row": rows.gather(found.strictest).set(~is_by_table, None),
            "risk": frame.declarations.greatest(risk).set(~is_by_table, None),
            "undetermined": _names(frame.declarations.union(undetermined), told.facts, height=len(frame)),
        }
    )


def judge_bulk(frame: CaseFrame, ruleset: Ruleset) -> pl.DataFrame:
    """One line per declaration that the table is asked about: the number of its `case` in the frame, and as of
    `decide_bulk` what `judge` says of it."""
    table = compile_ruleset(ruleset)
    told = judge_all(frame, table)
    found = _found(frame, ruleset, told)
    numbers = frame.declarations.down(pl.Series(range(len(frame)), dtype=pl.UInt32))
    height = frame.declarations.height
    lines = pl.DataFrame(
        {
            "case": stretched(numbers, height),
            "route": told.judgements.answers(lambda judgement: judgement.route.value, pl.String),
            "reason": told.judgements.answers(lambda judgement: judgement.reason.value, pl.String),
            "row": told.judgements.answers(lambda judgement: judgement.row, pl.String),
            "risk": _risk(table, told),
            "undetermined": _names(told.undetermined, told.facts, height=height),
        }
    )
    return lines.filter(found.is_asked)


class Weighed(NamedTuple):
    """Per case its outcome, the rows that certainly hold on any of its lines, and its risk: null where it has none."""

    outcomes: Coded[Outcome]
    certain: Bits
    risk: pl.Series


def weigh_together(frame: CaseFrame, ruleset: Ruleset) -> Weighed:
    """All that a back-test asks of boxes with one declaration each, in one go.

    The outcomes are those of the first case like each: route, reason and row are all cases', names of declarations and
    undetermined facts are not.  Rows and risk are told whether or not the table decided.
    """
    table = compile_ruleset(ruleset)
    told = judge_all(frame, table)
    certain = Bits(tuple(stretched(word, frame.lines.height) for word in told.left.certain.words))
    return Weighed(_found(frame, ruleset, told).outcomes, frame.lines.union(certain), told.risk)


def hits(frame: CaseFrame, ruleset: Ruleset) -> Hits:
    """Which rows hold for which cases that the table is asked about."""
    table = compile_ruleset(ruleset)
    told = judge_all(frame, table)
    is_told = frame.lines.down(_found(frame, ruleset, told).is_asked)
    certain = told.left.certain.where(stretched(is_told, frame.lines.height))
    united = (frame.declarations.union(frame.lines.union(bits)) for bits in (certain, certain.first_alone()))
    return Hits(tuple(row for row, _ in table.rows), *united)


class _Found(NamedTuple):
    """Per case its outcome and the code of its strictest judgement, from 1; per declaration whether it is asked of."""

    outcomes: Coded[Outcome]
    strictest: pl.Series
    is_asked: pl.Series


def _found(frame: CaseFrame, ruleset: Ruleset, told: Judged) -> _Found:
    is_judged = stretched(frame.customs.answers(is_asked, pl.Boolean), frame.declarations.height)
    grades = (told.judgements.codes + 1).set(~is_judged, 0)
    strictest = frame.declarations.greatest(grades).fill_null(0)
    sites = SiteState()

    def of_case(number: int) -> Outcome:
        return decide(frame.case(number), ruleset, draws=frame.draws_of(number), sites=sites)

    outcomes = by_class([strictest, frame.circumstances.codes], of_case)
    is_by_table = outcomes.answers(lambda outcome: bool(outcome.rows), pl.Boolean)
    return _Found(outcomes, strictest, is_judged & frame.declarations.down(is_by_table))


def _risk(table: Compiled, told: Judged) -> pl.Series:
    return told.risk if table.risk else pl.Series([None], dtype=pl.Float64).new_from_index(0, len(told.risk))


def _names(sets: Bits, facts: Sequence[str], *, height: int) -> pl.Series:
    """Each line's set as the names of its members."""

    def of_line(line: int) -> list[str]:
        return [facts[member] for member in sets.members(line)]

    numbered = [by_class([stretched(word, height)], word.__getitem__).codes for word in sets.words]
    told = by_class(numbered, of_line)
    return pl.Series(told.values, dtype=pl.List(pl.String)).gather(told.codes)
