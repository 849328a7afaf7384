"""The life of a version of the rules: proposed, tried, approved by a second person, active, retired; each step a fact.

Who wrote, who approved and what is active lie in tables that hold four eyes by themselves (`rulesets`); the steps in
the log say who did what, when and why.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import orjson

from events.types import Recorded, RulesetStep, RulesetStepped
from port.batch import Work


def step(
    work: Work,
    *,
    name: str,
    content_hash: str,
    step: RulesetStep,
    by: str,
    party: str,
    why: str,
    detail: Mapping[str, object] | None = None,
    effective_at: datetime | None = None,
) -> Recorded:
    """Append what happened to a version.  `by` is the person (`Actor.person`), "" for the port itself."""
    fact = RulesetStepped(
        name=name,
        ruleset_hash=content_hash,
        step=step,
        by=by,
        party=party,
        why=why,
        at=work.now,
        effective_at=effective_at,
        detail=orjson.dumps(detail or {}).decode(),
    )
    # Of one version the same step may come again, and in one batch: the position tells them apart.
    identity = f"ruleset|{content_hash}|{step}|{work.batch.next_position}"
    return work.append(fact, sender=party, role="customs" if party else "", identity=identity)
