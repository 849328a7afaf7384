"""The risk of a declaration: a weighted sum of facts line by line, and what it might be if the missing ones were told.

The sum is taken in the order of the terms, from the left, in 64-bit floats; every compiler adds in this order, because
a threshold is a threshold to the last bit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import inf, isfinite, nan
from typing import NamedTuple

from port.diversion.case import NO_FACTS, Facts, Standing
from port.diversion.cells import MISSING
from port.diversion.facts import UNBOUNDED, FactSpec, FactType, Level, find_fact, reader
from port.diversion.table import RiskTerm


class Term(NamedTuple):
    """A term compiled.  `missing` is what a missing value adds to the sum, `most` what a true one could have added."""

    spec: FactSpec
    level: int  # of container, declaration and line
    weight: float
    missing: float
    most: float
    reads: Callable[[object], bool]


class Risk(NamedTuple):
    """The riskiest line's sum, and the most it could be if what is missing were told.

    `counted` is NaN when a value was unreadable or the sum is no finite number.
    """

    counted: float
    most: float


class Share(NamedTuple):
    """What one fact added to a line's risk; `value` is MISSING where nobody told it."""

    spec: FactSpec
    value: object
    counted: float

    @property
    def is_missing(self) -> bool:
        """Was the term's `missing` counted in its place?"""
        return self.value is MISSING


class LineRisk(NamedTuple):
    """The risk of one line, counted from 1, or of a declaration without lines, 0.  `counted` None: not reckonable."""

    declaration: str
    line: int
    counted: float | None
    shares: tuple[Share, ...]


UNREADABLE = Risk(nan, nan)
_LEVELS = tuple(Level)


def compile_terms(risk: Sequence[RiskTerm]) -> tuple[Term, ...]:
    """The terms of a table that `checks` has passed."""
    return tuple(_compiled(term) for term in risk)


def risk_of(terms: Sequence[Term], container: Facts, *, standing: Standing) -> Risk:
    """The risk of one declaration: its riskiest line's."""
    counted = most = -inf
    for line in standing.lines or (NO_FACTS,):
        here, here_most = _of_line(terms, (container, standing.facts, line))
        if not isfinite(here):
            return UNREADABLE
        counted, most = max(counted, here), max(most, here_most)
    return Risk(counted, most)


def unknown(terms: Sequence[Term], container: Facts, *, standing: Standing) -> tuple[str, ...]:
    """The facts, by name, that are missing or unreadable on any line."""
    return tuple(sorted({name for name, _ in unread(terms, container, standing=standing)}))


def unread(terms: Sequence[Term], container: Facts, *, standing: Standing) -> Iterator[tuple[str, object]]:
    """Each fact that is missing or unreadable with its value, line by line."""
    for line in standing.lines or (NO_FACTS,):
        levels = (container, standing.facts, line)
        for term in terms:
            value = levels[term.level].get(term.spec.name, MISSING)
            if not term.reads(value):
                yield term.spec.name, value


def line_risks(terms: Sequence[Term], container: Facts, *, standing: Standing) -> Iterator[LineRisk]:
    """The risk of each line, share by share; for those who read it, not for deciding."""
    for number, line in enumerate(standing.lines or (NO_FACTS,), start=1 if standing.lines else 0):
        levels = (container, standing.facts, line)
        shares = tuple(_share(term, levels[term.level].get(term.spec.name, MISSING)) for term in terms)
        counted, _ = _of_line(terms, levels)
        yield LineRisk(standing.key, number, counted if isfinite(counted) else None, shares)


def _of_line(terms: Sequence[Term], levels: tuple[Facts, Facts, Facts]) -> tuple[float, float]:
    counted = most = 0.0
    for spec, level, weight, missing, at_most, reads in terms:
        value = levels[level].get(spec.name, MISSING)
        if value is MISSING:
            counted += missing
            most += at_most
        elif reads(value):
            added = weight * value  # type: ignore[operator]  # reads has made sure that it is a number or a flag
            counted += added
            most += added
        else:
            return UNREADABLE
    return counted, most


def _share(term: Term, value: object) -> Share:
    if value is MISSING:
        return Share(term.spec, value, term.missing)
    if not isinstance(value, (int, float)) or not term.reads(value):
        return Share(term.spec, value, nan)
    return Share(term.spec, value, term.weight * value)


def _compiled(term: RiskTerm) -> Term:
    spec = find_fact(term.fact)
    if spec is None:
        raise LookupError(term.fact)
    return Term(
        spec, _LEVELS.index(spec.level), term.weight, term.weight * term.missing, _most(spec, term.weight), reader(spec)
    )


def _most(spec: FactSpec, weight: float) -> float:
    """The most that a readable value could add."""
    if weight == 0:
        return 0.0
    low, high = (0.0, 1.0) if spec.type is FactType.FLAG else (spec.minimum, spec.maximum)
    if weight < 0:
        return weight * low
    return inf if high == UNBOUNDED else weight * high
