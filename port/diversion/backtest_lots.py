"""Cases of a back-test that are weighed together: in columns where they are many, else one by one as live."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from importlib import import_module
from typing import Protocol

from port.diversion.backtest_counts import Missing
from port.diversion.backtest_weighing import Weighed, Weigher
from port.diversion.case import Case

FEWEST_IN_BULK = 1000
"""Of fewer cases each is decided by itself: the columns would cost more than they save, and so would loading Polars."""

Asked = Sequence[tuple[Case, Mapping[str, float]]]
"""Cases with their draws."""


class Lot(Protocol):
    """Some cases with their draws."""

    def weigh(self, weigher: Weigher) -> Sequence[Weighed]:
        """What the table says of each, in their order."""

    def count(self, missing: Missing) -> None:
        """Count what was not known of them."""


class OneByOne:
    """Each case as live."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked

    def weigh(self, weigher: Weigher) -> Sequence[Weighed]:
        """As of `Lot`."""
        return list(weigher.weigh(self._asked))

    def count(self, missing: Missing) -> None:
        """As of `Lot`."""
        for case, _ in self._asked:
            missing.add(case)


def lot_of(asked: Asked, facts: Collection[str]) -> Lot:
    """These cases, for tables that ask for no fact but these."""
    if len(asked) < FEWEST_IN_BULK:
        return OneByOne(asked)
    # Only now, so that whoever loads this does not load Polars.
    together: Callable[[Asked, Collection[str]], Lot] = import_module("port.diversion.backtest_bulk").Together
    return together(asked, facts)
