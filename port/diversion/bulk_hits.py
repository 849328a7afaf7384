"""Which rows of a table hold for which cases: what a row takes, what it adds, and what only it takes."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from port.diversion.bulk_bits import Bits


@dataclass(frozen=True, slots=True)
class Hits:
    """`rows` are in the order of the table, the default last.  A row hits a case when it certainly holds for one of its
    goods lines; what is undetermined is no hit.  The order of the cases is the frame's."""

    rows: tuple[str, ...]
    hit: Bits
    first: Bits

    def hits(self, row: str) -> pl.Series:
        """Is the case hit by the row?"""
        return self.hit.has(self.rows.index(row))

    def incremental(self, row: str) -> pl.Series:
        """Is the row the first that holds for a line of the case: would it be passed on to rows below without it?"""
        return self.first.has(self.rows.index(row))

    def exclusive(self, row: str) -> pl.Series:
        """Is the case hit by the row and by no other, the default aside?"""
        number = self.rows.index(row)
        others = self.hit.size().cast(pl.Int64) - self.hit.has(len(self.rows) - 1).cast(pl.Int64)
        is_default = number == len(self.rows) - 1
        return self.hit.has(number) & (others == (0 if is_default else 1))

    def counts(self, among: pl.Series | None = None) -> pl.DataFrame:
        """A line per `row` with its `hits`, `incremental` and `exclusive` cases, of those where `among` is true."""
        asked = (self.hits, self.incremental, self.exclusive)
        counted = {one.__name__: [_count(one(row), among) for row in self.rows] for one in asked}
        return pl.DataFrame({"row": self.rows, **counted}, schema_overrides=dict.fromkeys(counted, pl.UInt32))


def _count(flags: pl.Series, among: pl.Series | None) -> int:
    return int((flags if among is None else flags & among.fill_null(value=False)).sum())
