"""Sets of small numbers as bits, one set a line: rows of a table, or facts, over a whole column of cases at once.

A set is as many 64-bit words as it needs, and each word is a column.  A word of length 1 stands for all lines alike,
and meets longer ones as Polars has it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add, and_, or_

import polars as pl

_WORD = 64
_ONES = (1 << _WORD) - 1
_EVERYTHING = pl.Series([_ONES], dtype=pl.UInt64)
_NOTHING = pl.Series([0], dtype=pl.UInt64)


@dataclass(frozen=True, slots=True)
class Bits:
    """`words[0]` has the members 0 to 63 of each line's set."""

    words: tuple[pl.Series, ...]

    def __and__(self, other: Bits) -> Bits:
        return self._with(other, and_)

    def __or__(self, other: Bits) -> Bits:
        return self._with(other, or_)

    def __sub__(self, other: Bits) -> Bits:
        return self._with(other, lambda mine, theirs: mine & ~theirs)

    def at(self, lines: pl.Series | None) -> Bits:
        """The sets of these lines, by number, repeats and all; None is each line once."""
        if lines is None:
            return self
        return Bits(tuple(word if len(word) == 1 else word.gather(lines) for word in self.words))

    def where(self, is_kept: pl.Series) -> Bits:
        """The sets of the lines that are kept, and empty ones for the others."""
        return Bits(tuple(word.zip_with(is_kept, _NOTHING) for word in self.words))

    def any(self) -> pl.Series:
        """Is anything in the set?"""
        return reduce(or_, (word != 0 for word in self.words))

    def has(self, member: int) -> pl.Series:
        """Is this one in the set?"""
        return self.words[member // _WORD] & _bit(member) != 0

    def size(self) -> pl.Series:
        """How many are in the set."""
        return reduce(add, (word.bitwise_count_ones() for word in self.words))

    def below_first(self) -> Bits:
        """All numbers below the least one in the set; below none, all there are."""
        # Taking 1 turns the zeros below a word's lowest one into ones, and an empty word, as it wraps, into all ones.
        below = [(word - 1) & ~word for word in self.words]
        for number in range(1, len(below)):
            is_reached = below[number - 1] == _EVERYTHING
            below[number] = below[number].zip_with(is_reached, _NOTHING)
        return Bits(tuple(below))

    def first_alone(self) -> Bits:
        """The least one in the set, and no other."""
        below = self.below_first().words
        alone = [word & ~(word - 1) for word in self.words]
        for number in range(1, len(alone)):
            alone[number] = alone[number].zip_with(below[number - 1] == _EVERYTHING, _NOTHING)
        return Bits(tuple(alone))

    def members(self, line: int) -> list[int]:
        """What is in the set of that line, in order."""
        told = [word[line if len(word) > 1 else 0] for word in self.words]
        return [number for number in range(_WORD * len(told)) if told[number // _WORD] >> number % _WORD & 1]

    def _with(self, other: Bits, operation: Callable[[pl.Series, pl.Series], pl.Series]) -> Bits:
        return Bits(tuple(operation(mine, theirs) for mine, theirs in zip(self.words, other.words, strict=True)))


def bits_of(sets: Sequence[int], width: int) -> Bits:
    """One set a line, out of Python's own integers; where all are equal, one for all lines."""
    told = sets[:1] if len(set(sets)) == 1 else sets
    starts = range(0, max(width, 1), _WORD)
    return Bits(tuple(pl.Series([one >> start & _ONES for one in told], dtype=pl.UInt64) for start in starts))


def flagged(flags: Iterable[tuple[int, pl.Series]], width: int) -> Bits:
    """The sets of those whose flag is up on the line."""
    words = [_NOTHING] * len(range(0, max(width, 1), _WORD))
    for member, flag in flags:
        words[member // _WORD] = words[member // _WORD] | flag.cast(pl.UInt64) * _bit(member)
    return Bits(tuple(words))


def _bit(member: int) -> pl.Series:
    return pl.Series([1 << member % _WORD], dtype=pl.UInt64)
