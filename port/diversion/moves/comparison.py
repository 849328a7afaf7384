"""What a simulation found: each variant's figures over the seeds with their spread, and how they changed."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from port.diversion.moves.measuring import Group, Sides
from port.diversion.moves.parameters import Parameters
from port.diversion.moves.paths import Flow

# Student's t, 97.5 %, for 1 to 30 degrees of freedom; the normal beyond is 1.96.
_T = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
    2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
)  # fmt: skip
_T_BEYOND = 1.96


@dataclass(frozen=True, slots=True)
class Spread:
    """A mean over seeds with its 95 % interval (Student's t).  `seeds` are those that had such boxes at all."""

    mean: float
    low: float
    high: float
    seeds: int


@dataclass(frozen=True, slots=True)
class GroupResult:
    """One group of boxes in one variant: figures by name, and by how much of the first variant's each has changed.

    A change of -0.5 is half; it is made seed by seed, and the seeds where the first variant has 0 are left out.
    """

    sides: Sides
    group: Group
    figures: Mapping[str, Spread]
    changes: Mapping[str, Spread]


@dataclass(frozen=True, slots=True)
class VariantResult:
    """One variant."""

    name: str
    flow: Flow
    ruleset_hash: str | None
    groups: tuple[GroupResult, ...]
    port: Mapping[str, Spread]

    def find(self, group: Group, sides: Sides = Sides.BOTH) -> GroupResult | None:
        """The group of those sides; None when no seed had such a box."""
        return next((one for one in self.groups if (one.sides, one.group) == (sides, group)), None)


@dataclass(frozen=True, slots=True)
class Comparison:
    """All variants over the same days.  The first is what the others are compared with."""

    parameters: Parameters
    seeds: tuple[int, ...]
    is_recorded: bool
    variants: tuple[VariantResult, ...]

    def to_json(self) -> str:
        """Camel case; a spread is {"mean", "low", "high", "seeds"}."""
        return json.dumps(
            {
                "parameters": json.loads(self.parameters.to_json()),
                "seeds": list(self.seeds),
                "isRecorded": self.is_recorded,
                "comparedWith": self.variants[0].name,
                "variants": [_variant(one) for one in self.variants],
            }
        )


def spread(values: Sequence[float]) -> Spread:
    """Of at least one value; of a single one the interval is all there is, and no more is known."""
    mean = fmean(values)
    if len(values) == 1:
        return Spread(mean, mean, mean, 1)
    t = _T[len(values) - 2] if len(values) - 2 < len(_T) else _T_BEYOND
    half = t * stdev(values) / math.sqrt(len(values))
    return Spread(mean, mean - half, mean + half, len(values))


def _variant(one: VariantResult) -> dict[str, object]:
    return {
        "name": one.name,
        "flow": one.flow.value,
        "rulesetHash": one.ruleset_hash,
        "groups": [
            {
                "sides": group.sides.value,
                "group": group.group.value,
                "figures": _spreads(group.figures),
                "changes": _spreads(group.changes),
            }
            for group in one.groups
        ],
        "port": _spreads(one.port),
    }


def _spreads(named: Mapping[str, Spread]) -> dict[str, object]:
    return {
        _camel(name): {
            "mean": round(one.mean, 6),
            "low": round(one.low, 6),
            "high": round(one.high, 6),
            "seeds": one.seeds,
        }
        for name, one in named.items()
    }


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
