"""How far a share measured on a sample may be from the truth."""

from __future__ import annotations

import math
from dataclasses import dataclass

Z95 = 1.959963984540054
"""The normal quantile of a two-sided 95 % interval."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share with its 95 % interval; `of` is what it was counted over."""

    value: float
    low: float
    high: float
    of: int

    def to_json(self) -> dict[str, float | int]:
        """As the reports have it."""
        return {"value": self.value, "low": self.low, "high": self.high, "of": self.of}


def wilson(hits: int, of: int, z: float = Z95) -> Estimate | None:
    """The share `hits / of` with Wilson's score interval; None for a share of nothing.

    Unlike the textbook's it stays within [0, 1] and does not shrink to a point at 0 or all.
    """
    if of <= 0:
        return None
    share, square = hits / of, z * z
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = z / (1 + square / of) * math.sqrt(share * (1 - share) / of + square / (4 * of * of))
    low = 0.0 if hits == 0 else max(0.0, middle - half)
    high = 1.0 if hits == of else min(1.0, middle + half)
    return Estimate(share, low, high, of)


def projected_recall(found: int, sampled: int, finds: int, rest: int) -> Estimate | None:
    """Of all finds there were, the share that `found` is, when only a random sample of the rest was opened.

    `finds` of `sampled` boxes drawn from a rest of `rest` found something, so the rest has about `rest * finds /
    sampled` to find.  The interval carries Wilson's of the sample over to the ratio, which falls as the rest's rate
    rises.  None when nothing was sampled of a rest that is there, or when there is nothing to find.
    """
    if rest <= 0:
        return Estimate(1.0, 1.0, 1.0, found) if found else None
    rate = wilson(finds, sampled)
    if rate is None:
        return None

    def share(rate_of_rest: float) -> float:
        missed = max(rest * rate_of_rest, 0.0)
        return found / (found + missed) if found + missed else 0.0

    if not found and not finds:
        return None
    # At least the finds that were seen in the sample are in the rest.
    lowest = max(rate.low, finds / rest)
    return Estimate(share(rate.value), share(rate.high), share(lowest), sampled)
