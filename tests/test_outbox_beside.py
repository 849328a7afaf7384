"""What endpoints that are away cost the others: no statement more, and nobody waits for them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import pytest

from adapters.outbound import Outcome, Parcel
from build_costs import statements
from build_outbound import AWAY, DELIVERED, Outbox, endpoint, running_outbox
from build_port import discharged
from migrated import make_tables
from port import outbox_queue
from port.database import Database, open_database
from port.outbox import Channel
from port.outbox_queue import Delivery, Wanted
from port.outbox_schedule import DOWN_AFTER
from senders import box as numbered
from web.outbound_sending import MOST_PER_SECOND, Bringer, Sender

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)


@pytest.fixture
def outbox(sqlite_url: str) -> Iterator[Outbox]:
    with running_outbox(sqlite_url) as running:
        yield running


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    make_tables(database_url)
    with closing(open_database(database_url)) as opened:
        yield opened


def asked_of(outbox: Outbox, *boxes: str) -> tuple[int, int]:
    """How many statements it takes to follow these discharges, and to send what is to be told of them."""
    for box in boxes:
        outbox.port.gate(discharged(minutes_ago=30, box=box, facilityCode="XMHT"))
    with statements() as following:
        outbox.follow()
    with statements() as sending:
        outbox.send()
    return len(following), len(sending)


def fewest(outbox: Outbox, boxes: Iterable[str]) -> list[int]:
    """Of single discharges: the server looks after itself meanwhile, in other threads, and that is counted too."""
    return [min(counts) for counts in zip(*(asked_of(outbox, box) for box in boxes), strict=True)]


def test_an_event_costs_the_same_beside_endpoints_that_are_away(outbox: Outbox):
    boxes = iter([numbered(number) for number in range(DOWN_AFTER + 7)])
    types = ["container.discharged"]
    endpoint(outbox.port, "here", role="terminal", types=types)
    asked_of(outbox, next(boxes))
    cost_alone = fewest(outbox, islice(boxes, 3))
    for number in range(5):
        endpoint(outbox.port, f"away-{number}", role="customs", types=types)
        outbox.receiver.answers[f"away-{number}"] = lambda _now: AWAY
    asked_of(outbox, *islice(boxes, DOWN_AFTER))  # and now they are known to be down
    tried = len(outbox.receiver.told("away-4"))
    assert tried >= DOWN_AFTER
    assert fewest(outbox, boxes) == cost_alone
    assert cost_alone[0] < 20
    assert [len(outbox.receiver.told(name)) for name in ("here", "away-4")] == [DOWN_AFTER + 7, tried]


def put(database: Database, *targets: str, number: int = 1) -> None:
    wanted = [Wanted(Channel.WEBHOOK, name, f"visit:{number}", 1, "container.loaded") for name in targets]
    with database.write() as connection:
        outbox_queue.enqueue(connection, wanted, now=NOW)


class World:
    """Who is told, in which order, and the time, which naps let pass."""

    def __init__(self) -> None:
        self.now = NOW
        self.came: list[str] = []

    def sender(self, database: Database, executor: ThreadPoolExecutor) -> Sender:
        return Sender(
            database, {Channel.WEBHOOK: Bringer(self.compose, self.bring)}, "one", clock=lambda: self.now,
            stopwatch=self.elapsed, chance=lambda: 0.0, executor=executor, sleep=self.nap,
        )  # fmt: skip

    def compose(self, _connection: object, delivery: Delivery, _now: datetime) -> Parcel:
        return Parcel(delivery.delivery_id, delivery.type, delivery.target_id, b"{}")

    async def bring(self, parcel: Parcel, _now: datetime) -> Outcome:
        self.came.append(parcel.address)
        return AWAY if parcel.address.startswith("away") else DELIVERED

    def elapsed(self) -> float:
        return (self.now - NOW).total_seconds()

    async def nap(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def test_those_that_fare_well_are_served_before_those_that_fail(database: Database):
    world = World()

    async def served(sender: Sender) -> None:
        await sender.begin_due()
        await sender.finish()

    with ThreadPoolExecutor(1) as executor:
        sender = world.sender(database, executor)
        put(database, "away-1", "away-2")
        asyncio.run(served(sender))
        world.came.clear()
        put(database, "away-1", "away-2", "here", number=2)
        asyncio.run(served(sender))
    assert (world.came[0], sorted(world.came)) == ("here", ["away-1", "away-2", "here"])


def test_of_those_that_fail_one_at_a_time_asks_the_database(database: Database):
    world, away = World(), [f"away-{number}" for number in range(5)]
    waiting: list[int] = []

    class Counting(ThreadPoolExecutor):
        def submit(self, *arguments: Any, **more: Any) -> Future[Any]:
            waiting.append(self._work_queue.qsize())
            return super().submit(*arguments, **more)

    async def work(sender: Sender) -> None:
        for number in range(DOWN_AFTER):
            put(database, *away, number=number)
            waiting.clear()
            await sender.begin_due()
            await sender.finish()

    with Counting(1) as executor:
        asyncio.run(work(world.sender(database, executor)))
    assert len(world.came) == DOWN_AFTER * len(away)
    # Who comes now waits for what is at it, and for no more than one.
    assert max(waiting) <= 1


def test_a_target_is_not_sent_more_a_second_because_its_line_begins_anew(database: Database):
    world = World()

    async def work(sender: Sender) -> None:
        for number in range(20):
            put(database, "here", number=number)
            assert await sender.begin_due() == 1
            await sender.finish()

    with ThreadPoolExecutor(1) as executor:
        asyncio.run(work(world.sender(database, executor)))
    assert len(world.came) == 20
    assert world.now - NOW >= timedelta(seconds=19 / MOST_PER_SECOND)
