"""Many cases as columns, for a table to judge all at once: boxes, their declarations, and the lines of these."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice, product, repeat
from typing import NamedTuple

import polars as pl

from events.types import InspectAt, Route
from port.diversion.bulk_layers import Layer
from port.diversion.bulk_values import NOT_TOLD, Coded, FactColumn, coded_alike, column_of, column_of_series
from port.diversion.capacity import SiteState
from port.diversion.case import NO_FACTS, NO_NEEDS, Case, Facts, Needs, Standing
from port.diversion.cells import MISSING
from port.diversion.decide import MOST_LINES, decide
from port.diversion.facts import CATALOGUE, CustomsStatus, Level, find_fact
from port.diversion.outcomes import NO_DRAWS
from port.diversion.table import DefaultRow, Ruleset, Words

Draws = Mapping[str, float]
_WORDS = Words(zh="无", en="none")
_SAYS_NOTHING = Ruleset(name="none", title=_WORDS, rows=(), default=DefaultRow(route=Route.YARD, note=_WORDS))


class Customs(NamedTuple):
    """How customs sees one document: all of a `Standing` but its facts."""

    status: CustomsStatus
    inspect_at: InspectAt
    site: str | None = None


class Circumstances(NamedTuple):
    """All of a case but its facts: of boxes that share them the facts alone tell them apart."""

    documents: tuple[Customs, ...]
    needs: Needs
    is_direction_known: bool


@cache
def is_asked(customs: Customs) -> bool:
    """Is the table asked about such a document, when nothing else decides the box?  `decide` itself says it."""
    standing = Standing("", "", customs.status, customs.inspect_at)
    asked = decide(Case("", standings=(standing,)), _SAYS_NOTHING, draws=NO_DRAWS, sites=SiteState())
    return bool(asked.rows)


@dataclass(frozen=True, slots=True)
class CaseFrame:
    """Cases in the order they were given.

    It keeps what decides: facts of the catalogue at the level they belong to, and per declaration its standing and its
    draw (null: none, or no number from 0 to 1).  A declaration without lines has one line without facts.  `is_beyond`
    says of a declaration that it is more than `decide` asks a table about in one box.
    """

    boxes: Layer
    declarations: Layer
    lines: Layer
    circumstances: Coded[Circumstances]
    customs: Coded[Customs]
    draws: pl.Series
    is_beyond: pl.Series

    def __len__(self) -> int:
        return self.boxes.height

    def standing(self, number: int, lines: Iterable[int] | None = None) -> Standing:
        """That declaration with these of its lines, or all; it is called by its number."""
        told = self.lines.owned(number) if lines is None else lines
        status, inspect_at, site = self.customs.at(number)
        facts, goods = self.declarations.facts(number), tuple(map(self.lines.facts, told))
        return Standing(str(number), str(number), status, inspect_at, facts, goods, site)

    def case(self, number: int) -> Case:
        """That case, as far as it decides anything: numbers stand for the names of box and declarations."""
        standings = tuple(map(self.standing, self.declarations.owned(number)))
        _, needs, is_direction_known = self.circumstances.at(number)
        return Case(str(number), self.boxes.facts(number), standings, needs, is_direction_known)

    def draws_of(self, number: int) -> Draws:
        """Its draws by declaration, as `decide` takes them with `case(number)`."""
        drawn = ((one, self.draws[one]) for one in self.declarations.owned(number))
        return {str(one): draw for one, draw in drawn if draw is not None}


def frame_of(
    cases: Iterable[Case], draws: Iterable[Draws] | None = None, *, asked: Container[str] | None = None
) -> CaseFrame:
    """The frame of these cases; `draws` has those of each, None when there are none.

    With `asked` it keeps these facts alone: it is for tables that ask for no others.
    """
    told = list(cases)
    drawn = [NO_DRAWS] * len(told) if draws is None else list(draws)
    standings = [standing for case in told for standing in case.standings]
    customs = list(map(_customs, standings))
    lines = [line for standing in standings for line in standing.lines or (NO_FACTS,)]
    mine = (
        _as_draw(some.get(one.key)) if some else None
        for case, some in zip(told, drawn, strict=True)
        for one in case.standings
    )
    return CaseFrame(
        _layer(Level.CONTAINER, [case.container for case in told], asked=asked),
        _layer(Level.DECLARATION, [one.facts for one in standings], [len(case.standings) for case in told], asked),
        _layer(Level.LINE, lines, [len(standing.lines) or 1 for standing in standings], asked),
        coded_alike(_circumstances(told, customs)),
        coded_alike(customs),
        _valid(pl.Series(list(mine), dtype=pl.Float64)),
        pl.Series(list(_beyond(told)), dtype=pl.Boolean),
    )


def frame_of_columns(columns: Mapping[str, pl.Series], draws: pl.Series | None = None) -> CaseFrame:
    """The frame of boxes with one declaration of one line each; a column is called as its fact, and null is missing.

    Where there are columns `customs_status` and `inspect_at`, declarations stand as these say, else as DECLARED and
    PORT.  The direction counts as known, and no box needs anything of a place.  LookupError for a column that is no
    fact: under another name its fact would be missing everywhere, and nobody would know why every box is held.
    """
    heights = {len(told) for told in columns.values()}
    if len(heights) != 1:
        raise ValueError("columns of one length are needed, and at least one")
    told = {name: column_of_series(series) for name, series in columns.items()}
    levels = {name: _level(name) for name in told}
    height = heights.pop()
    boxes, declarations, lines = (
        Layer(height, {name: column for name, column in told.items() if levels[name] is level}, height)
        for level in Level
    )
    customs = _told_customs(told)
    alone = [Circumstances((one,), NO_NEEDS, is_direction_known=True) for one in customs.values]
    drawn = pl.Series([None], dtype=pl.Float64).new_from_index(0, height) if draws is None else draws.cast(pl.Float64)
    is_beyond = pl.Series([False]).new_from_index(0, height)
    return CaseFrame(boxes, declarations, lines, Coded(customs.codes, alone), customs, _valid(drawn), is_beyond)


def _layer(
    level: Level, told: Sequence[Facts], counts: Sequence[int] | None = None, asked: Container[str] | None = None
) -> Layer:
    """`counts` has how many of these each owner has."""
    kept = {name for facts in told for name in facts} if asked is None else asked
    names = [spec.name for spec in CATALOGUE if spec.level is level and spec.name in kept]
    columns = {name: column_of([facts.get(name, MISSING) for facts in told]) for name in names}
    if counts is None or all(count == 1 for count in counts):
        return Layer(len(told), columns, len(told))
    owners = [owner for owner, count in enumerate(counts) for _ in range(count)]
    return Layer(len(told), columns, len(counts), pl.Series(owners, dtype=pl.UInt32))


def _beyond(cases: Sequence[Case]) -> Iterator[bool]:
    """Of each declaration: does it stand behind more lines than `decide` asks a table about?"""
    for case in cases:
        spent = 0
        if sum(1 + len(standing.lines) for standing in case.standings) <= MOST_LINES:
            yield from repeat(False, len(case.standings))
            continue
        for standing in case.standings:
            spent += 1 + len(standing.lines) if is_asked(_customs(standing)) else 0
            yield spent > MOST_LINES


def _level(name: str) -> Level:
    spec = find_fact(name)
    if spec is None:
        raise LookupError(name)
    return spec.level


def _customs(standing: Standing) -> Customs:
    return Customs(standing.status, standing.inspect_at, standing.site)


def _circumstances(cases: Iterable[Case], customs: Iterable[Customs]) -> Iterator[Circumstances]:
    left = iter(customs)
    for case in cases:
        yield Circumstances(tuple(islice(left, len(case.standings))), case.needs, case.is_direction_known)


def _told_customs(told: Mapping[str, FactColumn]) -> Coded[Customs]:
    statuses, places = list(CustomsStatus), list(InspectAt)
    status = _number_among(statuses, told.get("customs_status", NOT_TOLD), CustomsStatus.DECLARED)
    place = _number_among(places, told.get("inspect_at", NOT_TOLD), InspectAt.PORT)
    pairs = [Customs(*pair) for pair in product(statuses, places)]
    return Coded(status * len(places) + place, pairs)


def _number_among(members: Sequence[object], column: FactColumn, otherwise: object) -> pl.Series:
    """Which of the members each line tells."""
    known = column.between((0,))
    return known.answers(lambda value: members.index(value if value in members else otherwise), pl.UInt32)


def _as_draw(told: object) -> float | None:
    return told if isinstance(told, float) else None


def _valid(draws: pl.Series) -> pl.Series:
    """Null for what `is_drawn` would not take as a draw."""
    is_one = (draws >= 0) & (draws < 1)
    return draws.set(~is_one.fill_null(value=False), None)
