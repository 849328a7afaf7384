"""The live feed, whatever happens in whatever order: no hole, no repeat, nothing of another's, the same everywhere."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.errors import Flaky
from hypothesis.stateful import run_state_machine_as_test

from build_feed_machine import Exactness
from counts import short_and_full, write_down
from stores import fresh_database
from web import live_keys

pytestmark = [pytest.mark.slow, pytest.mark.timeout(7200)]


def run(machine: type[Exactness], *, examples: int, steps: int) -> str:
    """Try it so often; what was counted meanwhile, in words."""
    machine.totals, machine.faults = Counter(), []
    wanted = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        # Threads and the clock are part of it: a failure does not always come again, so it is not made smaller.
        phases=[Phase.explicit, Phase.generate],
        database=None,
    )
    run_state_machine_as_test(machine, settings=wanted)
    told = machine.totals
    return ", ".join(
        f"{told[name]:,} {name}"
        for name in ("event", "snapshot", "recovered", "lost connections", "restarts", "revoke", "aliases")
    )


@short_and_full("count", short=(8, 30), full=(300, 50))
def test_no_hole_no_repeat_and_nothing_of_anothers(count: tuple[int, int]) -> None:
    told = run(type("OnSQLite", (Exactness,), {}), examples=count[0], steps=count[1])
    write_down("feed: no hole, no repeat, sqlite", tried=f"{count[0]} × {count[1]} steps", found=f"none; {told}")


@short_and_full("count", short=(3, 20), full=(300, 50))
def test_the_same_on_postgresql(postgresql: str, count: tuple[int, int]) -> None:
    with fresh_database(postgresql) as url:
        told = run(type("OnPostgreSQL", (Exactness,), {"url": url}), examples=count[0], steps=count[1])
    write_down("feed: no hole, no repeat, postgresql", tried=f"{count[0]} × {count[1]} steps", found=f"none; {told}")


class DropsAFrame(Exactness):
    """The control: somebody's transport loses one event in seven."""

    def __init__(self) -> None:
        super().__init__()
        self.world.loses_every = 7
        self.world.patience = 2.0


class TellsTwice(Exactness):
    """The control: somebody's transport tells one event in seven twice."""

    def __init__(self) -> None:
        super().__init__()
        self.world.repeats_every = 7


@pytest.mark.parametrize("machine", [DropsAFrame, TellsTwice])
def test_a_lost_or_repeated_frame_would_be_noticed(machine: type[Exactness]) -> None:
    with pytest.raises((AssertionError, Flaky)):  # Played again, what threads did may come out otherwise.
        run(machine, examples=10, steps=30)
    assert "a hole or a repeat" in machine.faults[0] or "left behind" in machine.faults[0]


def test_a_replay_of_what_was_anothers_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_keys, "_was_seen", lambda *_: True)
    machine = type("WithoutRights", (Exactness,), {})
    with pytest.raises((AssertionError, Flaky)):
        run(machine, examples=40, steps=30)
    assert machine.faults
