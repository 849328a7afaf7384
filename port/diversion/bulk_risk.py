"""The risk of every declaration of a frame, to the last bit as `risk` has it: the same terms, added in its order."""

from __future__ import annotations

from collections.abc import Sequence
from math import nan
from typing import NamedTuple

import polars as pl

from port.diversion.bulk_frame import CaseFrame
from port.diversion.bulk_sifting import classes
from port.diversion.bulk_values import Numbers
from port.diversion.cells import MISSING
from port.diversion.risk import Term


class Risks(NamedTuple):
    """Per declaration as of `risk.Risk`, null where that is NaN; and for each fact of the terms whether any line lacks
    a readable value."""

    counted: pl.Series
    most: pl.Series
    unread: tuple[tuple[str, pl.Series], ...]


def risks(frame: CaseFrame, terms: Sequence[Term]) -> Risks:
    """The risks of all declarations."""
    counted = most = pl.Series([0.0]).new_from_index(0, frame.lines.height)
    unread = []
    for term in terms:
        here, may_be, is_unread = (_of_lines(frame, part, level=term.level) for part in _parts(frame, term))
        counted, most = counted + here, most + may_be
        unread.append((term.spec.name, frame.lines.any(is_unread)))
    is_none = ~counted.is_finite()
    counted, most = (frame.lines.greatest(one.set(is_none, None)) for one in (counted, most))
    return Risks(counted, most, tuple(unread))


def _parts(frame: CaseFrame, term: Term) -> tuple[pl.Series, pl.Series, pl.Series]:
    """What each value of that level adds, what it might add if it were told, and whether it is unread."""
    column = (frame.boxes, frame.declarations, frame.lines)[term.level].column(term.spec.name)
    known = classes(column, term.spec)
    is_read = known.answers(term.reads, pl.Boolean)
    added = known.answers(lambda value: _added(term, value), pl.Float64)
    if isinstance(column, Numbers):
        # Here a value of `known` stands for many numbers, and each adds its own.
        added = (column.numbers * term.weight).zip_with(column.is_number(), added)
    counted = known.answers(lambda value: term.missing if value is MISSING else nan, pl.Float64)
    most = known.answers(lambda value: term.most if value is MISSING else nan, pl.Float64)
    return added.zip_with(is_read, counted), added.zip_with(is_read, most), ~is_read


def _added(term: Term, value: object) -> float:
    return term.weight * value if term.reads(value) else nan  # type: ignore[operator]  # it reads numbers and flags


def _of_lines(frame: CaseFrame, column: pl.Series, *, level: int) -> pl.Series:
    for layer in (frame.declarations, frame.lines)[level:]:
        column = layer.down(column)
    return column
