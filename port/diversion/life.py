"""How far a version of the rules is, out of the steps that were taken with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

import orjson
from msgspec import Struct
from msgspec.structs import replace

from events.types import RulesetStep, RulesetStepped
from port.diversion.timeline import Timeline


class RulesetState(StrEnum):
    """How far a version is; a shadow run is beside this."""

    DRAFT = "DRAFT"
    APPROVED = "APPROVED"
    SCHEDULED = "SCHEDULED"
    ACTIVE = "ACTIVE"
    RETIRED = "RETIRED"


class Life(Struct, frozen=True):
    """What the steps of one version come to.

    `lint` counts errors and warnings, `tests` passed and failed, each as last found; None where nobody looked since
    the version or its tests were written.  `shadow_runs` counts those begun here, and for an approval those that showed
    anything (`rulesets_read`).
    """

    lint: tuple[int, int] | None = None
    tests: tuple[int, int] | None = None
    backtests: int = 0
    shadow_runs: int = 0
    is_shadow: bool = False
    is_approved: bool = False
    is_retired: bool = False


def life_of(steps: Iterable[RulesetStepped]) -> Life:
    """The steps of one version, oldest first, taken together."""
    life = Life()
    for fact in steps:
        life = _after(life, fact)
    return life


def state_of(life: Life, content_hash: str, timeline: Timeline, *, now: datetime) -> RulesetState:
    """How far the version is now."""
    active = timeline.active(now)
    if active is not None and active.content_hash == content_hash:
        return RulesetState.ACTIVE
    if any(one.content_hash == content_hash for one in timeline.scheduled(now)):
        return RulesetState.SCHEDULED
    if life.is_retired or any(one.content_hash == content_hash for one in timeline.begun(now)):
        return RulesetState.RETIRED
    return RulesetState.APPROVED if life.is_approved else RulesetState.DRAFT


def _after(life: Life, fact: RulesetStepped) -> Life:
    found = _FOUND.get(fact.step)
    return life if found is None else found(life, fact)


def _counts(fact: RulesetStepped, *names: str) -> tuple[int, int]:
    detail = orjson.loads(fact.detail)
    one, other = (int(detail.get(name, 0)) for name in names)
    return one, other


_FOUND: Mapping[RulesetStep, Callable[[Life, RulesetStepped], Life]] = MappingProxyType(
    {
        RulesetStep.PROPOSED: lambda life, _: replace(life, lint=None, tests=None),
        RulesetStep.LINTED: lambda life, fact: replace(life, lint=_counts(fact, "errors", "warnings")),
        RulesetStep.TESTED: lambda life, fact: replace(life, tests=_counts(fact, "passed", "failed")),
        RulesetStep.BACKTESTED: lambda life, _: replace(life, backtests=life.backtests + 1),
        RulesetStep.SHADOW_STARTED: lambda life, _: replace(life, is_shadow=True, shadow_runs=life.shadow_runs + 1),
        RulesetStep.SHADOW_STOPPED: lambda life, _: replace(life, is_shadow=False),
        RulesetStep.APPROVED: lambda life, _: replace(life, is_approved=True),
        RulesetStep.RETIRED: lambda life, _: replace(life, is_retired=True),
    }
)
"""What a step says of its version; from when on one decides is in the timeline."""
