"""What a table says of every declaration of a frame, decided once for each class of like ones.

All that a judgement depends on is reckoned in columns.  Of the lines or declarations that are alike in it, one is
judged by the very functions that judge live, and its word goes for all.  So what a judgement means is written once, and
all this has to get right is that nothing is alike here that a judgement would tell apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import polars as pl

from events.types import InspectAt, Reason, Route
from port.diversion.bulk_bits import Bits, bits_of, flagged
from port.diversion.bulk_frame import CaseFrame
from port.diversion.bulk_layers import Layer, stretched
from port.diversion.bulk_risk import Risks, risks
from port.diversion.bulk_sifting import Asked, Left, sift
from port.diversion.bulk_values import Coded, by_class
from port.diversion.compiler import Compiled
from port.diversion.judging import Judgement, by_rows, judge, severity

_BEYOND = Judgement(Route.HOLD, Reason.RULE_FAULT)
_NOT_DRAWN, _NO_DRAW, _DRAWN = range(3)
_BELOW, _RISKY, _OPEN, _NO_SUM = range(4)


class Judged(NamedTuple):
    """Per declaration its judgement (of two the stricter has the higher code), its risk (null: none can be reckoned),
    and what was undetermined, as bits of `facts`.  `left` are the rows left on each goods line."""

    judgements: Coded[Judgement]
    risk: pl.Series
    undetermined: Bits
    facts: Sequence[str]
    left: Left


class _Unclear(NamedTuple):
    """The goods lines with undetermined rows above the one that holds, and these rows."""

    lines: pl.Series
    above: Bits


def judge_all(frame: CaseFrame, table: Compiled) -> Judged:
    """The judgement of every declaration, of those too that customs leaves nothing to judge of."""
    left, asked = sift(frame, table)
    unclear = _unclear(left, frame.lines.height)
    rows = _by_rows(frame, table, left=left, unclear=unclear)
    found = risks(frame, table.risk)
    draws, sums = _draw_states(frame, table, rows=rows), _sum_states(table, found, rows=rows)
    is_away = frame.customs.answers(lambda customs: customs.inspect_at is InspectAt.DESTINATION, pl.Boolean)

    facts = sorted({one.fact for one in asked} | {fact for fact, _ in found.unread})
    of_rows = _left_open(frame, asked, unclear=unclear, facts=facts)
    of_sums = flagged(((facts.index(fact), is_unread) for fact, is_unread in found.unread), len(facts))
    is_summed = ~is_away & (draws == _NOT_DRAWN) & (sums >= _OPEN)
    return Judged(
        _judgements(frame, table, keys=[rows.codes, is_away, draws, sums, frame.is_beyond]),
        found.counted.set(frame.is_beyond, None),
        (of_rows | of_sums.where(is_summed)).where(~frame.is_beyond),
        facts,
        left,
    )


def _unclear(left: Left, height: int) -> _Unclear:
    above = (left.possible - left.certain) & left.certain.below_first()
    lines = stretched(above.any(), height).arg_true()
    return _Unclear(lines, above.at(lines))


def _by_rows(frame: CaseFrame, table: Compiled, *, left: Left, unclear: _Unclear) -> Coded[Judgement]:
    """The word of the rows on each declaration, its strictest line's, without what was undetermined."""
    first = stretched(left.certain.below_first().size(), frame.lines.height)
    state = pl.Series([0], dtype=pl.UInt64).new_from_index(0, frame.lines.height)
    state = state.scatter(unclear.lines, _states(table, unclear, left.sound, first=first))

    def of_line(line: int) -> Judgement:
        number = frame.lines.owner(line)
        box = frame.boxes.facts(frame.declarations.owner(number))
        return by_rows(table, box, standing=frame.standing(number, [line]))

    by_line = _graded(by_class([first, state], of_line))
    return Coded(frame.lines.greatest(by_line.codes), by_line.values)


def _states(table: Compiled, unclear: _Unclear, sound: Bits, *, first: pl.Series) -> pl.Series:
    """How the undetermined rows of an unclear line stand to the one that holds."""
    width, above = len(table.rows), unclear.above
    stricter_than = bits_of([table.stricter_than[route] for _, route in table.rows], width)
    stricter = above & stricter_than.at(first.gather(unclear.lines))
    holding = stricter & bits_of([table.stricter_than[Route.INSPECTION]], width)
    is_unsound = (above - sound.at(unclear.lines)).any()
    told = flagged(enumerate((is_unsound, stricter.any(), holding.any())), 3)
    return stretched(told.words[0] + 1, len(unclear.lines))


def _judgements(frame: CaseFrame, table: Compiled, *, keys: Sequence[pl.Series]) -> Coded[Judgement]:
    """The word of table, draw and risk on each declaration, without what was undetermined."""

    def of_declaration(number: int) -> Judgement:
        if frame.is_beyond[number]:
            return _BEYOND
        box = frame.boxes.facts(frame.declarations.owner(number))
        return judge(table, box, standing=frame.standing(number), draw=frame.draws[number])

    return _graded(by_class(keys, of_declaration))


def _graded(told: Coded[Judgement]) -> Coded[Judgement]:
    """The same, so that of two judgements the stricter has the higher code."""
    bare = [one._replace(undetermined=()) for one in told.values]
    by_severity = sorted(set(bare), key=severity)
    grades = pl.Series([by_severity.index(one) for one in bare], dtype=pl.UInt32)
    return Coded(grades.gather(told.codes), by_severity)


def _draw_states(frame: CaseFrame, table: Compiled, *, rows: Coded[Judgement]) -> pl.Series:
    """What the draw means to each declaration in its lane."""
    rates = rows.answers(lambda judgement: table.random_rates.get(judgement.route, 0.0), pl.Float64)
    states = pl.select(
        pl.when(rates == 0)
        .then(_NOT_DRAWN)
        .when(frame.draws.is_null())
        .then(_NO_DRAW)
        .when(frame.draws < rates)
        .then(_DRAWN)
        .otherwise(_NOT_DRAWN)
    )
    return states.to_series()


def _sum_states(table: Compiled, found: Risks, *, rows: Coded[Judgement]) -> pl.Series:
    """How each declaration's risk stands to the bound of its lane."""
    bounds = rows.answers(lambda judgement: table.top_ups.get(judgement.route), pl.Float64)
    states = pl.select(
        pl.when(bounds.is_null())
        .then(_BELOW)
        .when(found.counted.is_null())
        .then(_NO_SUM)
        .when(found.counted >= bounds)
        .then(_RISKY)
        .when(found.most < bounds)
        .then(_BELOW)
        .otherwise(_OPEN)
    )
    return states.to_series()


def _left_open(frame: CaseFrame, asked: Iterable[Asked], *, unclear: _Unclear, facts: Sequence[str]) -> Bits:
    """Per declaration the facts that left rows open on any of its lines."""
    lines, above = unclear
    flags = ((facts.index(one.fact), (one.opens(lines) & above).any()) for one in asked)
    owners = lines if frame.lines.owners is None else frame.lines.owners.gather(lines)
    some = Layer(len(lines), {}, frame.declarations.height, owners)
    return some.union(flagged(flags, len(facts)))
