"""Two nodes and one outbox: each delivery is sent by one of them, in order, whoever dies or is slow."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from adapters.outbound import Outcome, Parcel, Verdict
from build_outbound import AWAY, DELIVERED
from migrated import make_tables
from port import outbox_queue
from port.database import Database, open_database
from port.outbox import Channel
from port.outbox_queue import LEASE, Delivery, Wanted
from web.outbound_sending import Bringer, Sender

NOW = datetime.fromisoformat("2026-11-22T06:00:00+00:00")
KEYS, VERSIONS, TARGETS = 6, 8, 5


@pytest.fixture
def nodes(database_url: str) -> Iterator[tuple[Database, Database]]:
    make_tables(database_url)
    with (
        closing(open_database(database_url, lock_seconds=10)) as one,
        closing(open_database(database_url, lock_seconds=10)) as other,
    ):
        yield one, other


class World:
    """Everybody who is told, and the time."""

    def __init__(self) -> None:
        self.now = NOW
        self.came: list[tuple[str, str, int]] = []
        self.under_way: dict[str, int] = {}
        self.most_at_once: dict[str, int] = {}
        self.outcome = DELIVERED

    def compose(self, _connection: object, delivery: Delivery, _now: datetime) -> Parcel:
        told = f"{delivery.target_id} {delivery.key} {delivery.version}"
        return Parcel(delivery.delivery_id, delivery.type, told, b"{}")

    async def bring(self, parcel: Parcel, _now: datetime) -> Outcome:
        target, key, version = parcel.address.split()
        self.under_way[target] = self.under_way.get(target, 0) + 1
        self.most_at_once[target] = max(self.under_way[target], self.most_at_once.get(target, 0))
        self.came.append((target, key, int(version)))
        await asyncio.sleep(0.002)
        self.under_way[target] -= 1
        return self.outcome

    def sender(self, database: Database, token: str, executor: ThreadPoolExecutor) -> Sender:
        async def nap(_seconds: float) -> None:
            await asyncio.sleep(0)

        return Sender(
            database, {Channel.WEBHOOK: Bringer(self.compose, self.bring)}, token, clock=lambda: self.now,
            stopwatch=lambda: 0.0, chance=lambda: 0.0, executor=executor, sleep=nap,
        )  # fmt: skip


def fill(database: Database) -> set[tuple[str, str, int]]:
    wanted = [
        Wanted(Channel.WEBHOOK, f"T{target}", f"visit:{key}", version, "container.loaded", position=version)
        for target in range(TARGETS)
        for key in range(KEYS)
        for version in range(1, VERSIONS + 1)
    ]
    with database.write() as connection:
        outbox_queue.enqueue(connection, wanted, now=NOW)
    return {(one.target_id, one.key, one.version) for one in wanted}


async def work(*senders: Sender) -> None:
    while any(await asyncio.gather(*(one.begin_due() for one in senders))):
        await asyncio.gather(*(one.finish() for one in senders))


def test_two_nodes_send_everything_once_and_in_order(nodes: tuple[Database, Database]):
    world = World()
    everything = fill(nodes[0])
    with ThreadPoolExecutor(2) as first, ThreadPoolExecutor(2) as second:
        asyncio.run(work(world.sender(nodes[0], "one", first), world.sender(nodes[1], "two", second)))
    assert len(world.came) == len(everything)
    assert set(world.came) == everything
    for name in {(target, key) for target, key, _ in everything}:
        versions = [version for target, key, version in world.came if (target, key) == name]
        assert versions == sorted(versions)


def test_of_a_target_that_is_down_two_nodes_make_one_attempt_at_a_time(nodes: tuple[Database, Database]):
    world = World()
    world.outcome = AWAY
    fill(nodes[0])
    with ThreadPoolExecutor(2) as first, ThreadPoolExecutor(2) as second:
        senders = [world.sender(nodes[0], "one", first), world.sender(nodes[1], "two", second)]
        asyncio.run(work(*senders))
        world.most_at_once.clear()
        world.came.clear()
        for _ in range(6):
            world.now += timedelta(minutes=16)
            asyncio.run(work(*senders))
    assert world.most_at_once == {f"T{number}": 1 for number in range(TARGETS)}
    assert len(world.came) == 6 * TARGETS


def test_who_comes_back_after_its_lease_is_over_sends_nothing_more(nodes: tuple[Database, Database]):
    world = World()
    everything = fill(nodes[0])
    sent_before = 0

    async def sleeps(parcel: Parcel, now: datetime) -> Outcome:
        nonlocal sent_before
        sent_before += 1
        world.now += LEASE * 2
        return Outcome(Verdict.DELIVERED, 200)

    with ThreadPoolExecutor(2) as first, ThreadPoolExecutor(2) as second:
        slow = replace(world.sender(nodes[0], "slow", first), bringers={})
        slow.bringers = {Channel.WEBHOOK: Bringer(world.compose, sleeps)}

        async def one_round() -> None:
            await slow.begin_due()
            await slow.finish()

        asyncio.run(one_round())
        # One wave of each target, and none after the lease was over.
        assert sent_before <= TARGETS * 8
        asyncio.run(work(world.sender(nodes[1], "two", second)))
    assert len(world.came) == len(everything) - sent_before


def test_a_fault_of_ours_costs_its_own_target_a_lease_and_the_others_nothing(nodes: tuple[Database, Database]):
    world = World()
    everything = fill(nodes[0])

    class Unheard(Exception):
        pass

    async def breaks(parcel: Parcel, now: datetime) -> Outcome:
        if parcel.address.startswith("T0"):
            raise Unheard
        return await world.bring(parcel, now)

    with ThreadPoolExecutor(2) as executor:
        sender = world.sender(nodes[0], "one", executor)
        sender.bringers = {Channel.WEBHOOK: Bringer(world.compose, breaks)}
        asyncio.run(work(sender))
    assert set(world.came) == {one for one in everything if one[0] != "T0"}
