"""The boxes of a day, what is to become of each in a variant, and the variants themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from events.types import Direction, Route
from port.diversion.case import Case
from port.diversion.moves.chance import Luck
from port.diversion.moves.paths import Flow
from port.diversion.table import Ruleset


@dataclass(frozen=True, slots=True)
class Box:
    """One laden box.  Hours count from the day's beginning; what is None is drawn by its luck.

    `point_hours` is a recorded discharge or gate-in.  `declare_hours` are those from the point to the declaration when
    it was not in advance, `decision_hours` those from there to what customs said.  `order` is what customs has done
    with it of its own accord, None when it was let pass.  `routes` are recorded ones by name of the variant; `case` is
    what a ruleset is asked about, and `draws` its draws.
    """

    number: int
    container_number: str
    direction: Direction
    vessel: int
    luck: Luck
    is_in_advance: bool
    order: Route | None = None
    point_hours: float | None = None
    declare_hours: float | None = None
    decision_hours: float | None = None
    routes: Mapping[str, Route] = field(default_factory=dict)
    case: Case | None = None
    draws: Mapping[str, float] = field(default_factory=dict)

    @property
    def is_import(self) -> bool:
        """Off a vessel; else it came by road."""
        return self.direction is Direction.IMPORT


@dataclass(frozen=True, slots=True)
class Day:
    """What comes to the port.  `begins_at` is the local hour of day at hour 0, `vessels` when each begins to work."""

    boxes: tuple[Box, ...]
    vessels: tuple[float, ...]
    begins_at: float
    is_recorded: bool = False


@dataclass(frozen=True, slots=True)
class Variant:
    """A way to work the day.  Without a ruleset customs' own orders alone decide, at the rates of the parameters.

    Recorded routes of its name, or of the name in `routes`, go before both.  The traditional flow takes the word of its
    ruleset or routes too, but only after the box was stacked: so the flows are compared over the same boxes inspected.
    """

    name: str
    flow: Flow = Flow.DIVERTED
    ruleset: Ruleset | None = None
    routes: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to become of a box in a variant.

    `route` is what it has at the point; `treatment` what comes of it in the end, and DIRECT_RELEASE there means let
    pass.  With `is_known` the end is known at the point.
    """

    route: Route
    treatment: Route

    @property
    def is_known(self) -> bool:
        """Whether the box is routed as it comes, and not stacked to wait for a decision."""
        return self.route is not Route.YARD

    @property
    def is_direct(self) -> bool:
        """Let pass at the point: to be picked up at the ship's side, or loaded off the truck."""
        return self.route is Route.DIRECT_RELEASE


TRADITIONAL = Variant("traditional", Flow.TRADITIONAL)
DIVERTED = Variant("diverted")


def variants_of(rulesets: Mapping[str, Ruleset]) -> tuple[Variant, ...]:
    """The traditional flow first, with the first ruleset's choice of boxes, then a variant per ruleset by its name."""
    if not rulesets:
        return TRADITIONAL, DIVERTED
    first = next(iter(rulesets.values()))
    return Variant("traditional", Flow.TRADITIONAL, first), *(
        Variant(name, Flow.DIVERTED, ruleset) for name, ruleset in rulesets.items()
    )


def variants_of_routes(names: Sequence[str]) -> tuple[Variant, ...]:
    """The same for routes that were recorded under these names, of which there is at least one."""
    return Variant("traditional", Flow.TRADITIONAL, routes=names[0]), *(Variant(name) for name in names)
