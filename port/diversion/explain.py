"""Why each row held or did not, recomputed from the facts a decision was made on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple

from events.types import InspectAt, Route
from port.diversion import sentence
from port.diversion.case import NO_FACTS, Case, Facts, Standing
from port.diversion.cells import MISSING, Cell
from port.diversion.compiler import Compiled, compile_ruleset
from port.diversion.facts import Level, find_fact
from port.diversion.judging import by_rows, is_drawn
from port.diversion.risk import LineRisk, Risk, line_risks, risk_of, unread
from port.diversion.sentence import Sentence
from port.diversion.table import RANDOM_ROW, TOP_UP_ROW, Ruleset

MOST_VERDICTS = 100_000
"""Verdicts on one box; the goods lines beyond are not explained, so that no box is too large to be looked at."""


class Verdict(StrEnum):
    """What one row says of one line."""

    MATCHED = "MATCHED"
    NOT_MATCHED = "NOT_MATCHED"
    UNDETERMINED = "UNDETERMINED"


class Obstacle(StrEnum):
    """Why a condition does not hold."""

    OTHER_VALUE = "OTHER_VALUE"
    MISSING = "MISSING"
    UNREADABLE = "UNREADABLE"
    CUT_SHORT = "CUT_SHORT"


class WhyNot(NamedTuple):
    """One condition that did not hold.  Its words are made when they are read, because few are."""

    cell: Cell
    asked: Sentence
    obstacle: Obstacle
    value: object

    @property
    def sentence(self) -> Sentence:
        """What was found and what was asked; without a full stop."""
        spec = self.cell.spec
        if self.obstacle is Obstacle.MISSING:
            return sentence.of_missing(spec)
        if self.obstacle is Obstacle.UNREADABLE:
            return sentence.of_unreadable(spec, self.value)
        if self.obstacle is Obstacle.CUT_SHORT:
            return sentence.of_cut_short(spec, self.value, asked=self.asked)
        return sentence.of_mismatch(spec, self.value, asked=self.asked)


class RiskNot(NamedTuple):
    """Why a top-up does not hold: the risk is too low, or a fact of it cannot be told."""

    obstacle: Obstacle
    sentence: Sentence


class RowVerdict(NamedTuple):
    """One row on one line of one declaration.

    `line` counts from 1, and is 0 for what is asked of a whole declaration or of one without lines.  A row may have
    MATCHED below the one that decided: only `is_first` decided its line, and what that makes of the box is the
    decision's to tell.  `why_not` is empty for a row that matched.
    """

    declaration: str
    line: int
    row: str
    verdict: Verdict
    is_first: bool
    why_not: tuple[WhyNot | RiskNot, ...]
    sentence: Sentence


class _Asked(NamedTuple):
    name: str
    holds: Callable[[Any], bool]
    cell: Cell
    words: Sentence


class _Row(NamedTuple):
    row: str
    asked: tuple[_Asked, ...]
    words: Sentence


_Levels = Mapping[Level, Facts]

_MATCHED, _NOT_MATCHED, _UNDETERMINED = Verdict.MATCHED, Verdict.NOT_MATCHED, Verdict.UNDETERMINED
_CUT_SHORT, _OTHER_VALUE = Obstacle.CUT_SHORT, Obstacle.OTHER_VALUE
_new = tuple.__new__

_Seen = Mapping[str, tuple[object, Obstacle | None]]
"""Each fact the table asks for, with its value and what is wrong with it."""


def explain(case: Case, ruleset: Ruleset, draws: Mapping[str, float]) -> tuple[RowVerdict, ...]:
    """A verdict for every row, the default, the draw and the top-up, of every declaration and line, in table order.

    Also for declarations that customs has ordered on: what the table would have said of them.  RulesetInvalid when the
    ruleset makes no sense.
    """
    table, verdicts = compile_ruleset(ruleset), list[RowVerdict]()
    for standing in case.standings:
        if standing.declaration is not None and len(verdicts) < MOST_VERDICTS:
            verdicts += explain_standing(table, case.container, standing=standing, draw=draws.get(standing.key))
    return tuple(verdicts)


def risks(case: Case, ruleset: Ruleset) -> tuple[LineRisk, ...]:
    """The risk of every line of every declaration, share by share; () when the table has no score."""
    terms = compile_ruleset(ruleset).risk
    if not terms:
        return ()
    return tuple(
        one
        for standing in case.standings
        if standing.declaration is not None
        for one in line_risks(terms, case.container, standing=standing)
    )


def explain_standing(
    table: Compiled, container: Facts, *, standing: Standing, draw: float | None
) -> tuple[RowVerdict, ...]:
    """The verdicts on one declaration."""
    verdicts: list[RowVerdict] = []
    for number, line in enumerate(standing.lines or (NO_FACTS,), start=1 if standing.lines else 0):
        if len(verdicts) >= MOST_VERDICTS:
            break
        levels = {Level.CONTAINER: container, Level.DECLARATION: standing.facts, Level.LINE: line}
        verdicts.extend(_of_line(table, levels, declaration=standing.key, line=number))
    verdicts.extend(_of_lane(table, container, standing=standing, draw=draw))
    return tuple(verdicts)


def _of_line(table: Compiled, levels: _Levels, *, declaration: str, line: int) -> list[RowVerdict]:
    # Its values are looked up and its tuples made without a call where a call would cost more than all they do: every
    # row of every line passes here.
    seen, verdicts, is_decided = _seen(table, levels), [], False
    for row, asked, words in _told(table.ruleset):
        why_not, verdict = [], _MATCHED
        for name, holds, cell, claim in asked:
            value, obstacle = seen[name]
            if obstacle is None:
                if holds(value):
                    continue
                obstacle = _CUT_SHORT if cell.open_for and cell.is_open(value) else _OTHER_VALUE
            if verdict is not _NOT_MATCHED:
                verdict = _NOT_MATCHED if obstacle is _OTHER_VALUE else _UNDETERMINED
            why_not.append(_new(WhyNot, (cell, claim, obstacle, value)))
        is_first = verdict is _MATCHED and not is_decided
        is_decided = is_decided or is_first
        verdicts.append(_new(RowVerdict, (declaration, line, row, verdict, is_first, tuple(why_not), words)))
    return verdicts


def _verdict(why_not: Iterable[WhyNot | RiskNot]) -> Verdict:
    """Kleene's "and": one false condition settles it, else one open condition leaves it open."""
    verdict = Verdict.MATCHED
    for why in why_not:
        if why.obstacle is Obstacle.OTHER_VALUE:
            return Verdict.NOT_MATCHED
        verdict = Verdict.UNDETERMINED
    return verdict


def _seen(table: Compiled, levels: _Levels) -> _Seen:
    seen: dict[str, tuple[object, Obstacle | None]] = {}
    for name, level, reads in table.readers:
        value = levels[level].get(name, MISSING)
        if value is MISSING:
            seen[name] = (value, Obstacle.MISSING)
        else:
            seen[name] = (value, None if reads(value) else Obstacle.UNREADABLE)
    return seen


def _of_lane(table: Compiled, container: Facts, *, standing: Standing, draw: float | None) -> Iterator[RowVerdict]:
    """The draw and the top-up as rows of their own, when there is a quota where the rows send the box."""
    if not (table.random_rates or table.top_ups) or standing.inspect_at is InspectAt.DESTINATION:
        return
    route, drawn = by_rows(table, container, standing=standing).route, False
    rate, bound = table.random_rates.get(route), table.top_ups.get(route)
    if rate:
        found = is_drawn(draw, rate)
        verdict, drawn = _verdict_of(found), found is not False
        words = sentence.of_draw(route, rate)
        yield RowVerdict(standing.key, 0, RANDOM_ROW, verdict, found is True, (), words)
    if bound is not None:
        risk = risk_of(table.risk, container, standing=standing)
        why_not = tuple(_why_no_top_up(table, container, standing=standing, risk=risk, bound=bound))
        verdict = _verdict(why_not)
        words = _of_top_up(table, route, bound=bound)
        is_first = verdict is Verdict.MATCHED and not drawn
        yield RowVerdict(standing.key, 0, TOP_UP_ROW, verdict, is_first, why_not, words)


def _of_top_up(table: Compiled, route: Route, *, bound: float) -> Sentence:
    """The top-up and, because it means nothing without, how the risk is reckoned."""
    lane = sentence.of_top_up(route, bound)
    score = sentence.of_risk((term.spec, told) for term, told in zip(table.risk, table.ruleset.risk, strict=True))
    return Sentence(f"{lane.zh}{score.zh}", f"{lane.en} {score.en}")


def _verdict_of(claim: bool | None) -> Verdict:
    return Verdict.UNDETERMINED if claim is None else Verdict.MATCHED if claim else Verdict.NOT_MATCHED


def _why_no_top_up(
    table: Compiled, container: Facts, *, standing: Standing, risk: Risk, bound: float
) -> Iterator[RiskNot]:
    if risk.counted >= bound:
        return
    if risk.most < bound:
        yield RiskNot(Obstacle.OTHER_VALUE, sentence.of_short_risk(risk.counted, bound))
        return
    is_told = False
    for name, value in dict(unread(table.risk, container, standing=standing)).items():
        spec, is_told = find_fact(name), True
        assert spec is not None
        if value is MISSING:
            yield RiskNot(Obstacle.MISSING, sentence.of_missing(spec))
        else:
            yield RiskNot(Obstacle.UNREADABLE, sentence.of_unreadable(spec, value))
    if not is_told:
        yield RiskNot(Obstacle.UNREADABLE, sentence.of_no_risk())


@lru_cache(maxsize=64)
def _told(ruleset: Ruleset) -> tuple[_Row, ...]:
    """The rows with their words, made once per content."""
    table = compile_ruleset(ruleset)
    rows = []
    for (row, route), cells in zip(table.rows, table.cells, strict=True):
        asked = tuple(_Asked(one.spec.name, one.holds, one, sentence.of_cell(one, ruleset.lists)) for one in cells)
        claims = [one.words for one in asked]
        rows.append(_Row(row, asked, sentence.of_row(claims, route) if claims else sentence.of_default(route)))
    return tuple(rows)
