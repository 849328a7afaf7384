"""How far a version is, and which decides when: folded from steps and activations, whatever clocks say."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from build_port import NOW
from events.types import RulesetStep, RulesetStepped
from port.diversion.life import Life, RulesetState, life_of, state_of
from port.diversion.timeline import Activation, Timeline


def after(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def activation(number: int, name: str, minutes: float, *, at: float | None = None, **more: int) -> Activation:
    return Activation(number, name, after(minutes), after(minutes if at is None else at), **more)


def hashes(found: list[Activation]) -> list[str]:
    return [one.content_hash for one in found]


def taken(step: RulesetStep, **detail: object) -> RulesetStepped:
    return RulesetStepped(
        name="n", ruleset_hash="a", step=step, by="p", party="P", why="", at=NOW, detail=json.dumps(detail)
    )


FOUNDING = activation(1, "a", 0)


def test_a_port_that_was_never_founded_has_no_active_version():
    assert Timeline(()).active(NOW) is None


def test_the_latest_activation_decides():
    times = Timeline([FOUNDING, activation(2, "b", 1), activation(3, "c", 2)])
    assert times.active(after(5)) == activation(3, "c", 2)
    assert hashes(times.begun(after(5))) == ["a", "b", "c"]


def test_a_scheduled_one_decides_once_its_time_has_come_though_another_was_activated_meanwhile():
    times = Timeline([FOUNDING, activation(2, "later", 60, at=1), activation(3, "now", 5)])
    active = [times.active(after(minutes)) for minutes in (5, 59, 60)]
    assert [one and one.content_hash for one in active] == ["now", "now", "later"]
    assert hashes(times.scheduled(after(59))) == ["later"]
    assert times.scheduled(after(60)) == []


def test_what_takes_effect_at_once_does_so_where_the_clock_is_behind():
    times = Timeline([FOUNDING, activation(2, "b", 10)])
    assert times.active(after(9)) == activation(2, "b", 10)


def test_a_scheduled_one_that_was_called_off_never_decides():
    times = Timeline([FOUNDING, activation(2, "b", 60, at=1), activation(3, "b", 2, withdraws=2)])
    assert (times.active(after(90)), times.scheduled(after(3))) == (FOUNDING, [])


def test_what_decides_already_cannot_be_called_off():
    times = Timeline([FOUNDING, activation(2, "b", 1), activation(3, "b", 2, withdraws=2)])
    assert times.active(after(3)) == activation(2, "b", 1)


def test_a_rollback_leads_to_what_was_active_before_and_again_further_back_never_forth():
    written = [FOUNDING, activation(2, "b", 1), activation(3, "c", 2)]
    assert Timeline(written).before(written[2]) == written[1]
    written.append(activation(4, "b", 3, restores=2))
    assert Timeline(written).before(written[3]) == FOUNDING
    written.append(activation(5, "a", 4, restores=1))
    assert Timeline(written).before(written[4]) is None
    written.append(activation(6, "d", 5))
    assert Timeline(written).before(written[5]) == FOUNDING


def test_steps_are_counted_and_the_latest_result_of_each_stands():
    steps = [
        taken(RulesetStep.PROPOSED),
        taken(RulesetStep.LINTED, errors=1, warnings=2),
        taken(RulesetStep.LINTED, errors=0, warnings=3),
        taken(RulesetStep.TESTED, passed=4, failed=0),
        taken(RulesetStep.BACKTESTED),
        taken(RulesetStep.SHADOW_STARTED),
        taken(RulesetStep.SHADOW_STOPPED),
        taken(RulesetStep.SHADOW_STARTED),
        taken(RulesetStep.APPROVED),
    ]
    assert life_of(steps) == Life(
        lint=(0, 3), tests=(4, 0), backtests=1, shadow_runs=2, is_shadow=True, is_approved=True
    )


def test_test_cases_written_anew_have_not_been_run():
    steps = [taken(RulesetStep.LINTED), taken(RulesetStep.TESTED, passed=1), taken(RulesetStep.PROPOSED)]
    assert life_of(steps) == Life()


def test_the_state_follows_the_clock():
    approved = Life(is_approved=True)
    times = Timeline([FOUNDING, activation(2, "b", 60, at=1)])
    seen = [state_of(approved, "b", times, now=after(m)) for m in (2, 60)]
    assert seen == [RulesetState.SCHEDULED, RulesetState.ACTIVE]
    assert [state_of(Life(), "a", times, now=after(m)) for m in (2, 60)] == [RulesetState.ACTIVE, RulesetState.RETIRED]
    assert state_of(approved, "c", times, now=NOW) is RulesetState.APPROVED
    assert state_of(Life(), "c", times, now=NOW) is RulesetState.DRAFT
    assert state_of(Life(is_approved=True, is_retired=True), "c", times, now=NOW) is RulesetState.RETIRED
