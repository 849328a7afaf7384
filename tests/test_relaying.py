"""events.relaying: what waits to be told, what is told again, and when the log is read instead."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from build_feed import Log, hint, until
from events import relaying
from events.feed import Hint
from events.relaying import Relay

Publish = Callable[[Hint], Awaitable[Awaitable[object]]]


class Broken(Exception):
    """The line is cut."""


class Broker:
    """What was published; it may answer late, or break after so many."""

    def __init__(self, *, breaks_after: int | None = None, is_silent: bool = False) -> None:
        self.told: list[Hint] = []
        self.breaks_after = breaks_after
        self.is_silent = is_silent

    async def publish(self, one: Hint) -> Awaitable[object]:
        if len(self.told) == self.breaks_after:
            raise Broken
        self.told.append(one)
        acknowledged: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        if not self.is_silent:
            asyncio.get_running_loop().call_soon(acknowledged.set_result, None)
        return acknowledged


async def joined(relay: Relay, broker: Broker) -> None:
    """Run it until all is told, or the line breaks."""
    running = asyncio.create_task(relay.run(broker.publish))
    done, _ = await asyncio.wait({running, asyncio.create_task(relay.until_idle())}, return_when="FIRST_COMPLETED")
    running.cancel()
    with suppress(asyncio.CancelledError, ExceptionGroup):
        await running
    assert done


def hints(first: int, last: int) -> list[Hint]:
    return [hint(number) for number in range(first, last + 1)]


def commit(relay: Relay, log: Log, *given: Hint) -> None:
    assert log.hints is not None
    log.hints += given
    relay.hand_over(given)


def test_what_commits_handed_over_is_told_in_order_without_asking_the_log():
    async def run() -> None:
        log, broker = Log(), Broker()
        relay = Relay(log.read)
        for number in range(1, 901):
            commit(relay, log, hint(number))
        assert relay.lag == 900
        await joined(relay, broker)
        assert broker.told == hints(1, 900)
        assert (relay.lag, relay.told, log.readings) == (0, 900, [])

    asyncio.run(run())


@pytest.mark.parametrize("after", [0, 1, 7, 255])
def test_what_was_not_acknowledged_is_told_again_on_the_next_connection(after: int):
    async def run() -> None:
        log, first, second = Log(), Broker(breaks_after=after, is_silent=True), Broker()
        relay = Relay(log.read)
        commit(relay, log, *hints(1, 300))
        await joined(relay, first)
        commit(relay, log, hint(301))
        await joined(relay, second)
        assert first.told == hints(1, min(after, 256))
        assert second.told == hints(1, 301)

    asyncio.run(run())


def test_an_answer_that_does_not_come_ends_the_connection(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(relaying, "_ACKNOWLEDGED_SECONDS", 0.05)

    async def run() -> None:
        relay = Relay(Log().read)
        relay.hand_over([hint(1)])
        with pytest.raises(ExceptionGroup) as ended:
            await relay.run(Broker(is_silent=True).publish)
        assert [type(one) for one in ended.value.exceptions] == [TimeoutError]
        assert relay.lag == 1

    asyncio.run(run())


def test_more_than_may_wait_is_read_from_the_log_whole_and_once():
    async def run() -> None:
        log, broker = Log(), Broker()
        relay = Relay(log.read)
        commit(relay, log, *hints(1, 10))
        for number in range(11, 5001):
            commit(relay, log, hint(number))
        await joined(relay, broker)
        assert broker.told == hints(1, 5000)
        assert relay.lag == 0
        commit(relay, log, hint(5001))
        await joined(relay, broker)
        assert broker.told[-1] == hint(5001)
        assert len(log.readings) == relay.catch_ups == 5

    asyncio.run(run())


def test_what_is_committed_while_the_log_is_read_is_told_too():
    async def run() -> None:
        log, broker = Log(), Broker()
        relay = Relay(log.read)
        commit(relay, log, *hints(1, 1500))
        running = asyncio.create_task(relay.run(broker.publish))
        for number in range(1501, 3001):
            commit(relay, log, hint(number))
            await asyncio.sleep(0)
        await relay.until_idle()
        running.cancel()
        assert set(broker.told) == set(hints(1, 3000))

    asyncio.run(run())


def test_a_commit_without_an_event_of_its_own_shares_a_position_and_is_told_all_the_same():
    async def run() -> None:
        log, broker = Log(), Broker()
        relay = Relay(log.read)
        commit(relay, log, *hints(1, 1200))
        running = asyncio.create_task(relay.run(broker.publish))
        await until(lambda: relay.catch_ups > 0)
        shared = hint(7, key="officers", position=1200)
        commit(relay, log, shared)
        await relay.until_idle()
        running.cancel()
        assert shared in broker.told

    asyncio.run(run())


def test_a_log_that_does_not_answer_is_asked_again(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(relaying, "_RETRY_SECONDS", 0.01)

    async def run() -> None:
        log, broker = Log(), Broker()
        relay = Relay(log.read)
        commit(relay, log, *hints(1, 1500))
        kept, log.hints = log.hints, None
        running = asyncio.create_task(relay.run(broker.publish))
        await until(lambda: len(log.readings) > 2)
        assert broker.told == []
        log.hints = kept
        await relay.until_idle()
        running.cancel()
        assert broker.told == hints(1, 1500)

    asyncio.run(run())


def test_who_was_away_very_long_goes_on_at_the_head():
    async def run() -> None:
        log, broker = Log(), Broker()
        relay = Relay(log.read)
        commit(relay, log, *hints(1, relaying.FURTHEST + 500))
        await joined(relay, broker)
        assert broker.told == hints(relaying.FURTHEST + 500, relaying.FURTHEST + 500)
        assert relay.is_idle

    asyncio.run(run())
