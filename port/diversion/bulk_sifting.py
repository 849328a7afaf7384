"""A compiled table over a frame: for every goods line at once the rows that are certain, possible and sound.

Each condition is asked by the very `Column.passes` that live decisions ask, once per different value.  All that is done
here is to look the answers up by code, and to narrow one by the other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import and_, or_
from typing import NamedTuple

import polars as pl

from port.diversion.bulk_bits import Bits, bits_of
from port.diversion.bulk_frame import CaseFrame
from port.diversion.bulk_layers import Layer
from port.diversion.bulk_values import Coded, FactColumn
from port.diversion.columns import Column, Sets, everything, split
from port.diversion.compiler import Compiled
from port.diversion.facts import FactSpec, find_fact


class Left(NamedTuple):
    """The rows left, in the three sets that `columns` has side by side."""

    certain: Bits
    possible: Bits
    sound: Bits

    def at(self, lines: pl.Series | None) -> Left:
        """Those of these lines; None is each line once."""
        return Left(*(bits.at(lines) for bits in self))

    def narrowed(self, other: Left) -> Left:
        """Those left by both."""
        return Left(*(mine & theirs for mine, theirs in zip(self, other, strict=True)))


@dataclass(frozen=True, slots=True)
class Asked:
    """One fact that a table asks for, and what each line's value answers: a set for every column that asks for it."""

    fact: str
    answers: Coded[tuple[Sets, ...]]
    width: int

    def passes(self) -> Left:
        """The rows that each line's value lets pass."""
        return _left([reduce(and_, sets) for sets in self.answers.values], self.width).at(self.answers.codes)

    def opens(self, lines: pl.Series) -> Bits:
        """The rows with a condition that those lines' values leave open."""
        codes = self.answers.codes
        opened = [reduce(or_, map(self._open, sets)) for sets in self.answers.values]
        return bits_of(opened, self.width).at(codes if len(codes) == 1 else codes.gather(lines))

    def below(self, layer: Layer) -> Asked:
        """The same for the lines of the layer below."""
        return replace(self, answers=Coded(layer.down(self.answers.codes), self.answers.values))

    def _open(self, sets: Sets) -> int:
        certain, possible, _ = split(sets, self.width)
        return possible & ~certain


def sift(frame: CaseFrame, table: Compiled) -> tuple[Left, tuple[Asked, ...]]:
    """The rows left on each goods line when all its facts are known, and the facts that were asked for."""
    width, bounds = len(table.rows), _bounds(table)
    left = _left([everything(width)], width)
    told: tuple[Asked, ...] = ()
    levels = (frame.boxes, table.container), (frame.declarations, table.declaration), (frame.lines, table.line)
    for layer, columns in levels:
        here = tuple(_asked(layer, columns, bounds=bounds, width=width))
        left = left.at(layer.owners)
        for one in here:
            left = left.narrowed(one.passes())
        told = (*(one.below(layer) for one in told), *here)
    return left, told


def classes(column: FactColumn, spec: FactSpec, *, compared: Sequence[object] = ()) -> Coded[object]:
    """The column with numbers made one that are alike to whoever compares with these: all are read, or none."""
    parts = [part for one in compared for part in (one if isinstance(one, tuple) else (one,))]
    return column.between([spec.minimum, spec.maximum, *(part for part in parts if isinstance(part, (int, float)))])


def _asked(
    layer: Layer, columns: Sequence[Column], *, bounds: Mapping[str, Sequence[object]], width: int
) -> Iterator[Asked]:
    by_fact: dict[str, list[Column]] = defaultdict(list)
    for column in columns:
        by_fact[column.fact].append(column)
    for fact, asking in by_fact.items():
        spec = find_fact(fact)
        if spec is None:
            raise LookupError(fact)
        known = classes(layer.column(fact), spec, compared=bounds[fact])
        yield Asked(fact, _answers(known, asking), width)


def _answers(known: Coded[object], asking: Sequence[Column]) -> Coded[tuple[Sets, ...]]:
    """What each line's value answers.  There are far fewer answers than values: of many codes no row ever asks."""
    answers = zip(*(map(column.passes, known.values) for column in asking), strict=True)
    codes: dict[tuple[Sets, ...], int] = {}
    found = pl.Series([codes.setdefault(answer, len(codes)) for answer in answers], dtype=pl.UInt32)
    return Coded(found.gather(known.codes), list(codes))


def _bounds(table: Compiled) -> Mapping[str, Sequence[object]]:
    """What the table compares each fact with."""
    compared = defaultdict(list)
    for cells in table.cells:
        for cell in cells:
            compared[cell.spec.name].append(cell.compared)
    return compared


def _left(answers: Sequence[Sets], width: int) -> Left:
    parts = zip(*(split(sets, width) for sets in answers), strict=True)
    return Left(*(bits_of(part, width) for part in parts))
