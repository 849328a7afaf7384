"""Ours: routing decisions, instructions to terminals, alerts, nominations, the life of rules; DCSA has none of them."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar, Literal

from events.basics import Aware, Fact


class Route(StrEnum):
    """Where to put the box, never that it may leave.  Strictest first is HOLD INSPECTION SCAN YARD DIRECT_RELEASE."""

    DIRECT_RELEASE = "DIRECT_RELEASE"
    SCAN = "SCAN"
    INSPECTION = "INSPECTION"
    YARD = "YARD"
    HOLD = "HOLD"


class Reason(StrEnum):
    """Why a route was chosen; closed."""

    NOT_DECLARED = "NOT_DECLARED"
    FACTS_MISSING = "FACTS_MISSING"
    DIRECTION_UNKNOWN = "DIRECTION_UNKNOWN"
    NO_CAPACITY = "NO_CAPACITY"
    CUSTOMS_ORDER = "CUSTOMS_ORDER"
    RELEASED = "RELEASED"
    NO_INSPECTION = "NO_INSPECTION"
    RULE = "RULE"
    RANDOM = "RANDOM"
    OVERRIDE = "OVERRIDE"
    RULE_FAULT = "RULE_FAULT"
    LATE_REPORT = "LATE_REPORT"


class Point(StrEnum):
    """Where the box stands when it is routed: off the vessel (import) or at the gate (export)."""

    DISCHARGE = "DISCHARGE"
    GATE_IN = "GATE_IN"


class DiversionDecided(Fact, frozen=True, kw_only=True, tag="diversion_decided"):
    """A routing decision, made once on exactly the facts below it in the log and stored with them.

    `case` holds the facts as judged (JSON), `draws` the random draw per declaration or point event, `rows` the matched
    row per declaration, `because_of` the bills whose status or rule made the route, `reserves` the site whose bay slot
    it holds. A rebuild reads it back and never makes it again.
    """

    kind: ClassVar[Literal["diversion_decided"]] = "diversion_decided"
    decision_id: str
    visit_id: str
    container_number: str
    decided_at: Aware
    point: Point | None = None
    point_event_id: str | None = None
    route: Route
    reason: Reason
    place: str | None = None
    is_awaiting_site: bool = False
    is_precautionary: bool = False
    reserves: str | None = None
    has_plug: bool = False
    because_of: tuple[str, ...] = ()
    ruleset_hash: str
    compiler_version: str
    case: str
    rows: tuple[tuple[str, str | None], ...] = ()
    draws: tuple[tuple[str, float], ...] = ()
    sites_seen: str = "{}"
    alerts: tuple[str, ...] = ()
    override_by: str | None = None
    override_reason: str | None = None


class InstructionIssued(Fact, frozen=True, kw_only=True, tag="instruction_issued"):
    """What the terminal must do with the box now."""

    kind: ClassVar[Literal["instruction_issued"]] = "instruction_issued"
    instruction_id: str
    decision_id: str
    visit_id: str
    container_number: str
    facility_code: str | None
    point: Point
    point_event_id: str | None
    route: Route
    place: str | None
    reason: Reason
    issued_at: Aware
    supersedes: str | None = None


class InstructionStep(StrEnum):
    """The later life of an instruction; CONFIRMED and SUPERSEDED change reason or successor, never its state."""

    CONFIRMED = "CONFIRMED"
    SUPERSEDED = "SUPERSEDED"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    EXECUTED = "EXECUTED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"


class InstructionChanged(Fact, frozen=True, kw_only=True, tag="instruction_changed"):
    """An instruction was confirmed, acknowledged, executed, cancelled or expired; `why` is a code for the terminal.

    `superseded_by` names what stands instead; `decision_id` the decision that confirmed it.
    """

    kind: ClassVar[Literal["instruction_changed"]] = "instruction_changed"
    instruction_id: str
    visit_id: str
    container_number: str
    facility_code: str | None
    step: InstructionStep
    at: Aware
    why: str | None = None
    by: str | None = None
    superseded_by: str | None = None
    decision_id: str | None = None


class AlertRaised(Fact, frozen=True, kw_only=True, tag="alert"):
    """Something an officer must look at: RULE_FAULT, ORDER_AFTER_DEPARTURE, LEFT_WITHOUT_RELEASE, NO_SUITABLE_PLACE
    …"""

    kind: ClassVar[Literal["alert"]] = "alert"
    alert_id: str
    code: str
    visit_id: str | None = None
    container_number: str | None = None
    at: Aware
    detail: str = ""


class PartyNominated(Fact, frozen=True, kw_only=True, tag="nomination"):
    """A party on the visit lets another see it, or takes that back."""

    kind: ClassVar[Literal["nomination"]] = "nomination"
    nomination_id: str
    visit_id: str
    container_number: str
    nominator: str
    nominee: str
    role: str
    at: Aware
    is_revoked: bool = False


class RulesetStep(StrEnum):
    """What happened to a version of the rules; what it was found to be, and when it takes effect, is in the fact."""

    FOUNDED = "FOUNDED"
    PROPOSED = "PROPOSED"
    LINTED = "LINTED"
    TESTED = "TESTED"
    BACKTESTED = "BACKTESTED"
    SHADOW_STARTED = "SHADOW_STARTED"
    SHADOW_STOPPED = "SHADOW_STOPPED"
    APPROVED = "APPROVED"
    SCHEDULED = "SCHEDULED"
    UNSCHEDULED = "UNSCHEDULED"
    ACTIVATED = "ACTIVATED"
    ROLLED_BACK = "ROLLED_BACK"
    RETIRED = "RETIRED"


class RulesetStepped(Fact, frozen=True, kw_only=True, tag="ruleset_step"):
    """One step in the life of a version of the rules, for officers' eyes alone.

    `by` is the person (`Actor.person`), "" where the port itself took the step; `detail` is JSON of what belongs to it
    (errors found, tests failed, what was waived).
    """

    kind: ClassVar[Literal["ruleset_step"]] = "ruleset_step"
    name: str
    ruleset_hash: str
    step: RulesetStep
    by: str
    party: str
    why: str
    at: Aware
    effective_at: Aware | None = None
    detail: str = "{}"
