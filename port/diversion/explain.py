"""Why each row held or did not, recomputed from the facts a decision was made on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple

from events.types import InspectAt
from port.diversion import sentence
from port.diversion.case import NO_FACTS, Case, Facts, Standing
from port.diversion.cells import MISSING, Cell
from port.diversion.compiler import Compiled, compile_ruleset
from port.diversion.judging import by_rows, is_drawn
from port.diversion.sentence import Sentence
from port.diversion.table import RANDOM_ROW, Ruleset


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
    why_not: tuple[WhyNot, ...]
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


_Seen = Mapping[str, tuple[object, Obstacle | None]]
"""Each fact the table asks for, with its value and what is wrong with it."""


def explain(case: Case, ruleset: Ruleset, draws: Mapping[str, float]) -> tuple[RowVerdict, ...]:
    """A verdict for every row, the default and the draw, for every line of every declaration, in table order.

    Also for declarations that customs has ordered on: what the table would have said of them.  RulesetInvalid when the
    ruleset makes no sense.
    """
    table = compile_ruleset(ruleset)
    return tuple(
        verdict
        for standing in case.standings
        if standing.declaration is not None
        for verdict in explain_standing(table, case.container, standing=standing, draw=draws.get(standing.key))
    )


def explain_standing(
    table: Compiled, container: Facts, *, standing: Standing, draw: float | None
) -> tuple[RowVerdict, ...]:
    """The verdicts on one declaration."""
    verdicts: list[RowVerdict] = []
    for number, line in enumerate(standing.lines or (NO_FACTS,), start=1 if standing.lines else 0):
        facts = {**container, **standing.facts, **line}
        verdicts.extend(_of_line(table, facts, declaration=standing.key, line=number))
    verdicts.extend(_of_draw(table, container, standing=standing, draw=draw))
    return tuple(verdicts)


def _of_line(table: Compiled, facts: Facts, *, declaration: str, line: int) -> list[RowVerdict]:
    seen, verdicts, is_decided = _seen(table, facts), [], False
    for row, asked, words in _told(table.ruleset):
        why_not = []
        for name, holds, cell, claim in asked:
            value, obstacle = seen[name]
            if obstacle is None:
                if not holds(value):
                    is_open = cell.open_for and cell.is_open(value)
                    obstacle = Obstacle.CUT_SHORT if is_open else Obstacle.OTHER_VALUE
                    why_not.append(WhyNot(cell, claim, obstacle, value))
            else:
                why_not.append(WhyNot(cell, claim, obstacle, value))
        verdict = _verdict(why_not)
        is_first = verdict is Verdict.MATCHED and not is_decided
        is_decided = is_decided or is_first
        verdicts.append(RowVerdict(declaration, line, row, verdict, is_first, tuple(why_not), words))
    return verdicts


def _verdict(why_not: Iterable[WhyNot]) -> Verdict:
    """Kleene's "and": one false condition settles it, else one open condition leaves it open."""
    verdict = Verdict.MATCHED
    for why in why_not:
        if why.obstacle is Obstacle.OTHER_VALUE:
            return Verdict.NOT_MATCHED
        verdict = Verdict.UNDETERMINED
    return verdict


def _seen(table: Compiled, facts: Facts) -> _Seen:
    seen: dict[str, tuple[object, Obstacle | None]] = {}
    for name, reads in table.readers:
        value = facts.get(name, MISSING)
        if value is MISSING:
            seen[name] = (value, Obstacle.MISSING)
        else:
            seen[name] = (value, None if reads(value) else Obstacle.UNREADABLE)
    return seen


def _of_draw(table: Compiled, container: Facts, *, standing: Standing, draw: float | None) -> Iterator[RowVerdict]:
    """The draw as a row of its own, when there is a quota where the rows send the box."""
    if not table.random_rates or standing.inspect_at is InspectAt.DESTINATION:
        return
    route = by_rows(table, container, standing=standing).route
    rate = table.random_rates.get(route)
    if rate:
        drawn = is_drawn(draw, rate)
        verdict = Verdict.UNDETERMINED if drawn is None else Verdict.MATCHED if drawn else Verdict.NOT_MATCHED
        words = sentence.of_draw(route, rate)
        yield RowVerdict(standing.key, 0, RANDOM_ROW, verdict, drawn is True, (), words)


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
