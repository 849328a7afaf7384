"""One fact over many cases as a column: coded, so that a table is asked about each different value only once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import inf, nan, nextafter
from typing import Generic, TypeVar

import polars as pl

from port.diversion.case import Case
from port.diversion.cells import MISSING

T = TypeVar("T")
IS_NUMBER = object()
"""Stands among the odd values of `Numbers` for: none, see the number."""
_EXACT = 2**53
_TEXTS = (pl.String, pl.Categorical, pl.Enum)


@dataclass(frozen=True, slots=True)
class Coded(Generic[T]):
    """A value per line: `values[codes[line]]`.  A single code stands for all lines alike."""

    codes: pl.Series
    values: Sequence[T]

    def at(self, line: int) -> T:
        """The value of that line."""
        code: int = self.codes[line if len(self.codes) > 1 else 0]
        return self.values[code]

    def between(self, _bounds: Iterable[float]) -> Coded[T]:
        """As of `Numbers`; here each value is its own."""
        return self

    def answers(self, to: Callable[[T], object], dtype: type[pl.DataType]) -> pl.Series:
        """What is answered to each line's value, asked once of each value."""
        return pl.Series([to(value) for value in self.values], dtype=dtype).gather(self.codes)


@dataclass(frozen=True, slots=True)
class Numbers:
    """A column of numbers, and among them `odd` values: NaN, a text, a whole number too long for a float, nothing told.

    In the place of an odd value there is any number.
    """

    numbers: pl.Series
    odd: Coded[object] | None = None

    def at(self, line: int) -> object:
        """The value of that line."""
        told = IS_NUMBER if self.odd is None else self.odd.at(line)
        return self.numbers[line] if told is IS_NUMBER else told

    def is_number(self) -> pl.Series:
        """Is the number of the line its value?"""
        return pl.Series([True]) if self.odd is None else self.odd.codes == 0

    def between(self, bounds: Iterable[float]) -> Coded[object]:
        """The column with all numbers between two neighbouring bounds made one; each bound stays itself."""
        found = pl.Series(sorted(set(map(float, bounds))), dtype=pl.Float64)
        # How many bounds lie below it, and how many not above: each bound counts twice behind it, and once on it.
        spans = found.search_sorted(self.numbers, "left") + found.search_sorted(self.numbers, "right")
        told = list(_one_of_each(found.to_list()))
        if self.odd is None:
            return Coded(spans, told)
        shifted = self.odd.codes + (len(told) - 1)
        return Coded(spans.zip_with(self.is_number(), shifted), [*told, *self.odd.values[1:]])


FactColumn = Coded[object] | Numbers
NOT_TOLD: Coded[object] = Coded(pl.Series([0], dtype=pl.UInt32), [MISSING])
"""The column of a fact that nobody told of any case."""


def column_of(values: Iterable[object]) -> FactColumn:
    """The column of values as a `Case` has them, MISSING where there is none."""
    told = list(values)
    types = set(map(type, told)) - {type(MISSING)}
    if types == {float}:
        return _numbers(pl.Series([None if value is MISSING else value for value in told], dtype=pl.Float64))
    if types == {str}:
        # No text is equal to MISSING.
        return coded_alike(told)
    numbers, odd = [], []
    for value in told:
        number, rest = _as_float(value)
        numbers.append(number)
        odd.append(rest)
    if IS_NUMBER not in odd:
        return coded(told)
    found = coded(odd, first=[IS_NUMBER])
    return Numbers(pl.Series(numbers, dtype=pl.Float64), found if len(found.values) > 1 else None)


def coded_alike(values: Iterable[T]) -> Coded[T]:
    """As `coded`, and faster, of values that are all of one type and alike whenever they are equal."""
    codes: dict[T, int] = {}
    found = [codes.setdefault(value, len(codes)) for value in values]
    return Coded(pl.Series(found, dtype=pl.UInt32), list(codes))


def coded(values: Iterable[T], *, first: Sequence[T] = ()) -> Coded[T]:
    """Each value by its code, in the order they come behind the `first`, which have one whether they come or not."""
    distinct = list(first)
    codes = {_key(value): code for code, value in enumerate(distinct)}
    found = []
    for value in values:
        key = _key(value)
        code = codes.get(key)
        if code is None:
            code = codes[key] = len(distinct)
            distinct.append(value)
        found.append(code)
    return Coded(pl.Series(found, dtype=pl.UInt32), distinct)


def by_class(keys: Sequence[pl.Series], judge_one: Callable[[int], T]) -> Coded[T]:
    """What is said of each line, asked once of those with the same keys, which are whole numbers: of the first."""
    joined, *others = (key.cast(pl.UInt64) for key in keys)
    for key in others:
        joined = joined * (int(str(key.max() or 0)) + 1) + key
    first = joined.arg_unique().sort()
    codes = pl.Series(range(len(first)), dtype=pl.UInt32)
    return Coded(joined.replace_strict(joined.gather(first), codes), list(map(judge_one, first)))


def column_of_series(told: pl.Series) -> FactColumn:
    """The column of a Polars column; null is MISSING, and what a `Case` could not hold is unreadable."""
    if isinstance(told.dtype, _TEXTS):
        return _texts(told.cast(pl.String))
    if told.dtype == pl.Boolean:
        return Coded(told.cast(pl.UInt32).fill_null(2), [False, True, MISSING])
    if told.dtype.is_float() or (told.dtype.is_integer() and _fits(told)):
        return _numbers(told.cast(pl.Float64))
    return column_of(MISSING if value is None else _as_in_a_case(value) for value in told.to_list())


def _texts(told: pl.Series) -> Coded[object]:
    distinct = told.drop_nulls().unique()
    codes = pl.Series(range(1, len(distinct) + 1), dtype=pl.UInt32)
    return Coded(told.replace_strict(distinct, codes, default=0), [MISSING, *distinct.to_list()])


def _numbers(told: pl.Series) -> Numbers:
    is_none, is_nan = told.is_null(), told.is_nan().fill_null(value=False)
    if not is_none.any() and not is_nan.any():
        return Numbers(told)
    odd = is_none.cast(pl.UInt32) + 2 * is_nan.cast(pl.UInt32)
    return Numbers(told.fill_nan(0.0).fill_null(0.0), Coded(odd, [IS_NUMBER, MISSING, nan]))


def _fits(told: pl.Series) -> bool:
    """Is every number exactly a float?  Those of less than 54 bits are; of longer ones, nobody needs to look."""
    least, most = told.min(), told.max()
    return least is None or (int(str(least)) >= -_EXACT and int(str(most)) <= _EXACT)


def _as_in_a_case(value: object) -> object:
    return Case("", {"value": value}).container["value"]


def _as_float(value: object) -> tuple[float, object]:
    """The number, and what is odd about it, or IS_NUMBER."""
    if type(value) is float and value == value:
        return value, IS_NUMBER
    if type(value) is not int:
        return 0.0, value
    near = float(value)
    return near, IS_NUMBER if near == value else value


def _one_of_each(bounds: Sequence[float]) -> Iterator[object]:
    """A number below the bounds, then each bound and a number above it, as near as floats go."""
    yield -inf
    for bound in bounds[:-1]:
        yield from (bound, nextafter(bound, inf))
    yield from (bounds[-1], inf)


def _key(value: object) -> object:
    # By type too: to Python 1, 1.0 and True are the same, and to a fact they are not.
    if type(value) is str:
        return value
    if isinstance(value, tuple):
        return tuple, tuple(_key(one) for one in value)
    return type(value), value
