"""Sending what lies in the outbox: target by target side by side, each in waves of what is next under its keys.

A target that is down gets one parcel at a time, at growing intervals; one that is back is filled up slowly.  Nothing of
one target waits for another.  Time, chance and sleep are given, so that three days pass in a moment in a test.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from adapters.outbound import Deliver, Outcome, Parcel, Verdict
from port import outbox_queue
from port.availability import DatabaseUnavailable
from port.database import Database
from port.outbox import Channel
from port.outbox_booking import Attempt, book
from port.outbox_queue import LEASE, Delivery, Target
from port.outbox_schedule import Chance

_log = logging.getLogger("digital_port.outbound")
T = TypeVar("T")
MOST_TARGETS = 64
MOST_AT_ONCE = 8
"""Of one target, of different keys."""
MOST_PER_SECOND = 50
_ATTEMPT_SECONDS = 25.0
# A parcel is begun only where the lease outlasts it.
_MARGIN = timedelta(seconds=_ATTEMPT_SECONDS + 5)
# What a fault of ours may raise: it costs its own delivery an attempt, and the others nothing.
_FAULTS = (ArithmeticError, AttributeError, LookupError, OSError, RuntimeError, TypeError, ValueError)
_FAULT = Outcome(Verdict.RETRY, detail="FAULT")


def _no_consequence(
    _connection: Connection, _delivery: Delivery, _outcome: Outcome, _target: Target, _now: datetime
) -> None:
    return


@dataclass(frozen=True, slots=True)
class Bringer:
    """A channel: what is said and to whom, who brings it, and what an outcome means beside the delivery's own end."""

    compose: Callable[[Connection, Delivery, datetime], Parcel | Outcome]
    deliver: Deliver
    settle: Callable[[Connection, Delivery, Outcome, Target, datetime], None] = _no_consequence


@dataclass(slots=True)
class Sender:
    """Serves the targets that are due; `token` is what its leases are known by."""

    database: Database
    bringers: Mapping[Channel, Bringer]
    token: str
    clock: Callable[[], datetime]
    stopwatch: Callable[[], float]
    chance: Chance
    executor: Executor
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    _lines: dict[tuple[Channel, str], asyncio.Task[None]] = field(default_factory=dict)
    _not_before: dict[tuple[Channel, str], float] = field(default_factory=dict)
    # Of targets that fail one at a time asks the database, or they would keep it from those that fare well.
    _of_failing: asyncio.Semaphore = field(init=False)

    @property
    def is_busy(self) -> bool:
        """Whether any target is being served."""
        return bool(self._lines)

    async def begin_due(self) -> int:
        """Begin to serve what is due and nobody's; how many targets that are."""
        self._reap()
        if not self._lines:
            # Nobody holds it; and it knows the loop that it was first waited for in.
            self._of_failing = asyncio.Semaphore(1)
        self._not_before = {name: at for name, at in self._not_before.items() if at > self.stopwatch()}
        room, now = MOST_TARGETS - len(self._lines), self.clock()
        if room <= 0 or not await self._read(lambda connection: outbox_queue.is_due(connection, now=now)):
            return 0
        taken = await self._write(
            lambda connection: outbox_queue.take(connection, token=self.token, now=now, most=room)
        )
        # Those that fare well first: what fails costs as much as what arrives, and nobody waits for it.
        for target in sorted(taken, key=lambda one: one.failures):
            line = asyncio.create_task(self._serve(target, now + LEASE))
            self._lines[target.channel, target.target_id] = line
        return len(taken)

    async def finish(self) -> None:
        """Wait until what is being served is served."""
        while self._lines:
            await asyncio.wait(self._lines.values())
            self._reap()

    def _reap(self) -> None:
        """Forget the lines that have ended.  One that broke by a fault of ours keeps its lease: its target is left
        alone until that is over, and the others go on."""
        for name, line in list(self._lines.items()):
            if line.done():
                del self._lines[name]
                error = line.exception()
                if isinstance(error, SQLAlchemyError | DatabaseUnavailable):
                    raise error
                if error is not None:
                    _log.error("the line of a target broke: %s", type(error).__name__)

    async def _serve(self, target: Target, until: datetime) -> None:
        """One target's line: wave after wave until nothing is due, its gate is shut, or its lease is lost."""
        most = 1 if target.failures else MOST_AT_ONCE
        while self.clock() < until - _MARGIN:
            began = await self._paced(target)
            attempts = await self._wave(target, most)
            if not attempts:
                await self._write(partial(outbox_queue.rest, target=target, token=self.token))
                return
            self._not_before[target.channel, target.target_id] = began + len(attempts) / MOST_PER_SECOND
            target, is_held = await self._booked(attempts)
            if not is_held:
                return
            until = self.clock() + LEASE
            most = 1 if target.failures else min(most * 2, MOST_AT_ONCE)
        await self._write(lambda connection: outbox_queue.let_go(connection, target, token=self.token))

    async def _booked(self, attempts: list[Attempt]) -> tuple[Target, bool]:
        async with self._turn(sum(one.outcome.verdict is Verdict.RETRY for one in attempts)):
            return await self._write(partial(self._book, attempts))

    def _turn(self, failures: int) -> AbstractAsyncContextManager[None]:
        return self._of_failing if failures else nullcontext()

    async def _paced(self, target: Target) -> float:
        """When its next wave begins: not sooner than so many a second allow, though its line be a new one."""
        wait = self._not_before.pop((target.channel, target.target_id), 0.0) - self.stopwatch()
        if wait > 0:
            await self.sleep(wait)
        return self.stopwatch()

    async def _wave(self, target: Target, most: int) -> list[Attempt]:
        """What came of all that may be sent now, at most so many."""
        async with self._turn(target.failures):
            made = await self._read(lambda connection: self._compose(connection, target, most))
        return list(await asyncio.gather(*(self._bring(delivery, parcel) for delivery, parcel in made)))

    def _compose(
        self, connection: Connection, target: Target, most: int
    ) -> Sequence[tuple[Delivery, Parcel | Outcome]]:
        now = self.clock()
        heads = outbox_queue.list_heads(connection, target, now=now, limit=most)
        return [(one, self._composed(connection, one, now)) for one in heads]

    def _composed(self, connection: Connection, delivery: Delivery, now: datetime) -> Parcel | Outcome:
        bringer = self.bringers.get(delivery.channel)
        if bringer is None:
            return Outcome(Verdict.REFUSED, detail="NO_CHANNEL")
        try:
            return bringer.compose(connection, delivery, now)
        except _FAULTS as error:
            return _told(error)

    async def _bring(self, delivery: Delivery, parcel: Parcel | Outcome) -> Attempt:
        at, began = self.clock(), self.stopwatch()
        outcome = parcel if isinstance(parcel, Outcome) else await self._delivered(delivery.channel, parcel, at)
        return Attempt(delivery, outcome, at, timedelta(seconds=self.stopwatch() - began))

    async def _delivered(self, channel: Channel, parcel: Parcel, now: datetime) -> Outcome:
        try:
            async with asyncio.timeout(_ATTEMPT_SECONDS):
                return await self.bringers[channel].deliver(parcel, now)
        except TimeoutError:
            return Outcome(Verdict.RETRY, detail="TIMEOUT")
        except _FAULTS as error:
            return _told(error)

    def _book(self, attempts: list[Attempt], connection: Connection) -> tuple[Target, bool]:
        """How the target stands after these, and whether there is more to send and it is still ours to serve."""
        now = self.clock()
        target = book(connection, attempts, now=now, chance=self.chance)
        for attempt in attempts:
            bringer = self.bringers.get(attempt.delivery.channel)
            if bringer is not None:
                bringer.settle(connection, attempt.delivery, attempt.outcome, target, now)
        if target.next_at is None or target.next_at > now:
            # Nothing is left for now: most lines are of one wave, and need no transaction more to find that out.
            outbox_queue.let_go(connection, target, token=self.token)
            return target, False
        return target, bool(outbox_queue.renew(connection, [target], token=self.token, now=now))

    async def _read(self, question: Callable[[Connection], T]) -> T:
        def ask() -> T:
            with self.database.read() as connection:
                return question(connection)

        return await asyncio.get_running_loop().run_in_executor(self.executor, ask)

    async def _write(self, command: Callable[[Connection], T]) -> T:
        def write() -> T:
            with self.database.write() as connection:
                return command(connection)

        return await asyncio.get_running_loop().run_in_executor(self.executor, write)


def _told(error: BaseException) -> Outcome:
    # Not its message: it may name what nobody but the target may know.
    _log.error("a delivery could not be made or brought: %s", type(error).__name__)
    return _FAULT
