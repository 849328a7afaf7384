"""What is left to chance, drawn once per box and seed: every variant meets the same boxes with the same luck."""

from __future__ import annotations

import math
from enum import IntEnum
from random import Random
from statistics import NormalDist

_NORMAL = NormalDist()
_NEAREST = 1e-12


class Chance(IntEnum):
    """What a draw decides.  Append only: the place of a draw is its luck."""

    ORDER = 0
    ADVANCE = 1
    IN_TIME = 2
    CRANE = 3
    DECLARE = 4
    DECISION = 5
    OFFICER = 6
    SUSPICION = 7
    INSPECTION = 8
    BACK = 9
    SHIP_SIDE = 10
    LATE = 11
    FETCH = 12
    ARRIVAL = 13
    FIRST_DIG = 14
    LAST_DIG = 15
    CARGO = 16
    GRADE = 17
    RULE = 18
    DANGEROUS = 19


Luck = tuple[float, ...]
"""One number in [0, 1) per `Chance`."""


def luck(seed: int, box: int) -> Luck:
    """The luck of that box under that seed, whatever else is in the day."""
    drawn = Random(f"{seed}/{box}").random
    return tuple(drawn() for _ in Chance)


def lognormal(u: float, *, mean: float, cv: float) -> float:
    """The u-quantile of a lognormal with that mean and coefficient of variation; the mean itself when `cv` is 0."""
    if not mean or not cv:
        return mean
    variance = math.log1p(cv * cv)
    return mean * math.exp(math.sqrt(variance) * normal(u) - variance / 2)


def exponential(u: float, *, mean: float) -> float:
    """The u-quantile of an exponential."""
    return -mean * math.log1p(-u)


def geometric(u: float, *, mean: float) -> int:
    """The u-quantile of a geometric count from 0 with that mean."""
    return math.floor(math.log1p(-u) / math.log(mean / (1 + mean))) if mean else 0


def normal(u: float) -> float:
    """The u-quantile of the standard normal."""
    return _NORMAL.inv_cdf(min(max(u, _NEAREST), 1 - _NEAREST))
