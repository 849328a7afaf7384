"""Who is written next: between two parts of a long message the short ones, and how long its parts are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from port.draft import Draft, DraftItem
from port.turns import FIRST_PART, Pace, Turns
from port.waiting import Job

MS = 0.001


def job(name: str, items: int = 1) -> Job:
    draft = Draft(
        sender="S",
        role="terminal",
        key_id="k",
        format="gate",
        identity=name,
        sha256="",
        content_type="",
        received_at=datetime(2026, 11, 22, tzinfo=UTC),
        body=b"",
        items=(DraftItem("$", None),) * items,
    )
    return Job(draft, None, Future())


class Writer:
    """Writes who has a turn, each item in so many seconds, and notes it; `brings` says who comes during which turn."""

    def __init__(self, *waiting: Job, item_seconds: float = MS, batch_limit: int = 256) -> None:
        self.turns = Turns(batch_limit=batch_limit, sleep=lambda _: None)
        self.item_seconds = item_seconds
        self.left: dict[str, int] = {}
        for one in waiting:
            self.turns.put(one)

    def write(self, brings: Callable[[int], Iterable[Job]] = lambda _: ()) -> list[str]:
        """Until nobody waits, or for a hundred turns: each as NAME:ITEMS of all who had it."""
        told: list[str] = []
        while self.turns.waiting and len(told) < 100:
            jobs = self.turns.take()
            written = [self._write(one) for one in jobs]
            for one in brings(len(told)):
                self.turns.put(one)
            self.turns.took(jobs, sum(items for _, items in written) * self.item_seconds)
            told.append(" ".join(f"{name}:{items}" for name, items in written))
        return told

    def _write(self, one: Job) -> tuple[str, int]:
        assert one.draft is not None
        left = self.left.get(one.draft.identity, len(one.draft.items))
        items = min(left, one.part)
        self.left[one.draft.identity] = left - items
        one.outcome = None if left > items else "told"
        return one.draft.identity, items


def test_while_nobody_else_comes_a_long_message_takes_twice_as_much_each_time_and_128_at_most() -> None:
    assert Writer(job("L", 500)).write() == ["L:16", "L:32", "L:64", "L:128", "L:128", "L:128", "L:4"]


def test_between_two_parts_the_short_ones_have_a_turn_and_after_each_turn_the_long_one_has_one() -> None:
    told = Writer(job("L", 150), job("A"), job("B")).write(lambda turn: [job(f"C{turn}")] if turn < 20 else [])
    assert told[:5] == ["A:1 B:1", "L:16", "C0:1 C1:1", "L:10", "C2:1 C3:1"]
    assert sum(int(turn[2:]) for turn in told if turn.startswith("L")) == 150
    assert not any(one.startswith("L") and two.startswith("L") for one, two in pairwise(told[:20]))
    assert not any(one.startswith("C") and two.startswith("C") for one, two in pairwise(told[:20]))


def test_whoever_comes_is_never_more_than_one_small_part_away() -> None:
    """The promise in items: how many of the long one are taken between the coming of a short one and its turn."""
    told = Writer(job("L", 3000), item_seconds=0.6 * MS).write(lambda turn: [job(f"S{turn}")])
    assert told[0] == f"L:{FIRST_PART}"
    # 10 ms hold 16 of them.
    assert set(told[2::2]) == {"L:16"}
    assert [turn for turn in told[1::2] if not turn.startswith("S")] == []


def test_where_an_item_is_slow_a_part_is_smaller_but_has_eight_at_least() -> None:
    for item_seconds, items in ((2 * MS, 8), (MS, 10), (0.5 * MS, 20), (0.01 * MS, 128)):
        told = Writer(job("L", 3000), item_seconds=item_seconds).write(lambda turn: [job(f"S{turn}")])
        assert told[4] == f"L:{items}"


def test_a_long_message_gets_as_much_of_the_writers_time_as_all_short_ones_together() -> None:
    writer = Writer(job("L", 3000))
    told = writer.write(lambda turn: [] if turn % 2 else [job(f"S{turn}-{n}") for n in range(60)])
    assert [len(turn.split()) for turn in told[1::2]] == [60] * 50
    assert set(told[2::2]) == {"L:60"}


def test_several_long_ones_take_turns() -> None:
    writer = Writer(job("L", 300), job("M", 300), job("N", 129))
    assert writer.write() == ["L:16", "M:32", "N:64", "L:128", "M:128", "N:65", "L:128", "M:128", "L:28", "M:12"]


def test_the_next_long_message_begins_anew() -> None:
    writer = Writer(job("L", 300))
    writer.write()
    writer.turns.put(job("M", 300))
    assert writer.write()[0] == "M:16"


def test_a_part_that_met_a_checkpoint_does_not_make_all_that_follow_small() -> None:
    pace = Pace()
    sizes = []
    for seconds in (0.5 * MS, 50 * MS, 0.5 * MS, 0.5 * MS):
        pace.part_took(16, 16 * seconds)
        pace.others_took(MS)
        sizes.append(pace.items())
    assert sizes == [20, 13, 16, 17]


def test_all_who_wait_are_through_before_it_ends() -> None:
    writer = Writer(job("L", 300), job("A"))
    writer.turns.end()
    writer.turns.put(job("LATE"))
    told = []
    while jobs := writer.turns.take():
        told.append([writer._write(one) for one in jobs])
        writer.turns.took(jobs, 0.0)
    assert told == [[("A", 1)], [("L", 16)], [("L", 32)], [("L", 64)], [("L", 128)], [("L", 60)]]


@pytest.mark.parametrize("limit", [1, 3])
def test_no_turn_has_more_short_ones_than_a_batch_may(limit: int) -> None:
    told = Writer(*[job(f"S{n}") for n in range(7)], batch_limit=limit).write()
    assert max(len(turn.split()) for turn in told) == limit
    assert " ".join(told) == " ".join(f"S{n}:1" for n in range(7))
