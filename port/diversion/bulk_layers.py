"""One level of the facts of many cases: boxes, declarations or goods lines, and whose they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from port.diversion.bulk_bits import Bits
from port.diversion.bulk_values import NOT_TOLD, FactColumn
from port.diversion.case import Facts
from port.diversion.cells import MISSING


@dataclass(frozen=True, slots=True)
class Layer:
    """Facts by name, each a column of `height` lines.

    `owners` has the number of each line's owner among the `above` lines of the layer above, in rising order; None where
    every line has the owner of its own number.
    """

    height: int
    columns: Mapping[str, FactColumn]
    above: int
    owners: pl.Series | None = None

    def column(self, fact: str) -> FactColumn:
        """The fact's column, also of one that nobody told."""
        return self.columns.get(fact, NOT_TOLD)

    def facts(self, line: int) -> Facts:
        """What is known of that line."""
        told = ((name, column.at(line)) for name, column in self.columns.items())
        return {name: value for name, value in told if value is not MISSING}

    def owner(self, line: int) -> int:
        """The number of its owner."""
        return line if self.owners is None else self.owners[line]

    def owned(self, owner: int) -> range:
        """The lines of that owner."""
        if self.owners is None:
            return range(owner, owner + 1)
        return range(self.owners.search_sorted(owner, "left"), self.owners.search_sorted(owner, "right"))

    def down(self, column: pl.Series) -> pl.Series:
        """A column of the layer above, for each line its owner's."""
        return column if self.owners is None or len(column) == 1 else column.gather(self.owners)

    def greatest(self, column: pl.Series) -> pl.Series:
        """The greatest of each owner's lines; null where one of them is null, or there is no line."""
        if self.owners is None:
            return stretched(column, self.height)
        parts = pl.col("told").max(), pl.col("told").has_nulls().alias("is_null")
        found = self._grouped(column).agg(*parts)
        return self._spread(found["told"].set(found["is_null"], None), found["owner"], None)

    def any(self, flags: pl.Series) -> pl.Series:
        """Is the flag up on any of an owner's lines?"""
        if self.owners is None:
            return stretched(flags, self.height)
        found = self._grouped(flags).agg(pl.col("told").any())
        return self._spread(found["told"], found["owner"], otherwise=False)

    def union(self, bits: Bits) -> Bits:
        """What is in the set of any of an owner's lines."""
        return Bits(tuple(map(self._united, bits.words)))

    def _united(self, word: pl.Series) -> pl.Series:
        if self.owners is None:
            return stretched(word, self.height)
        found = self._grouped(word).agg(pl.col("told").bitwise_or())
        return self._spread(found["told"], found["owner"], 0)

    def _grouped(self, column: pl.Series) -> pl.dataframe.group_by.GroupBy:
        told = stretched(column, self.height)
        return pl.DataFrame({"owner": self.owners, "told": told}).group_by("owner", maintain_order=True)

    def _spread(self, values: pl.Series, owners: pl.Series, otherwise: object) -> pl.Series:
        return pl.Series([otherwise], dtype=values.dtype).new_from_index(0, self.above).scatter(owners, values)


def stretched(column: pl.Series, height: int) -> pl.Series:
    """A column of that height, also out of the one value that stands for all."""
    return column if len(column) == height else column.new_from_index(0, height)
