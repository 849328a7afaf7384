"""The Recorder: the one write path of a process, for messages and commands alike.

One writer thread takes what waits, prepares and applies it in one transaction, commits, and only then answers every
caller and tells the feed.  While one batch commits the next one gathers, so a busy hour costs one sync per batch and a
quiet one answers at once.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime
from typing import Any, TypeVar

from msgspec.structs import replace
from sqlalchemy.exc import SQLAlchemyError

from events.feed import Change, Feed
from port.availability import RETRY_AFTER_SECONDS, is_unavailable
from port.batch import Batch, Work
from port.database import Database
from port.draft import Draft, Receipt
from port.errors import PortError
from port.judging import Judge
from port.parts import PART
from port.rulesets_active import ActiveRules
from port.turns import Turns
from port.waiting import Job, answer

T = TypeVar("T")
Clock = Callable[[], datetime]
_log = logging.getLogger("digital_port.record")
# More parts cost more transactions, fewer prepare what is sound more often: with four both are few.
_PARTS = 4


class QueueFull(Exception):
    """More is waiting than the limit allows; try again in `retry_after` seconds."""

    retry_after = 1
    fix = "send it again after the time in Retry-After; sending more at once only makes the queue longer"

    def __init__(self) -> None:
        super().__init__("more is waiting for the writer than it may have")


class StoreUnavailable(Exception):
    """The batch could not be committed; nothing of it was kept, and the sender must send again."""

    retry_after = RETRY_AFTER_SECONDS
    fix = "send it again after the time in Retry-After; a message with the same id is never taken twice"

    def __init__(self, told: str = "the database does not answer, and this was not kept") -> None:
        super().__init__(told)


class AnswerLate(StoreUnavailable):
    """The writer has not committed it in time; it still may, so nobody can say whether it was taken."""

    def __init__(self, seconds: float, *, is_command: bool) -> None:
        super().__init__(f"this was not recorded within {seconds:g} seconds; it may still be")
        self.fix = (
            "look how things stand before you try again"
            if is_command
            else "send the same message again, with the same id: it is taken once and answered as the first time"
        )


class Recorder:
    """Takes messages and commands; each awaits the commit that holds it.

    `limit` bounds what may wait, `batch_limit` what one transaction takes, `answer_seconds` how long a caller on an
    event loop waits.  `start` begins the writer thread, `stop` lets it finish what waits.  A command's own PortError is
    its answer and does not disturb the others; a database failure fails the whole batch with StoreUnavailable.
    """

    def __init__(
        self,
        database: Database,
        judge: Judge,
        feed: Feed,
        *,
        clock: Clock,
        limit: int = 5000,
        batch_limit: int = 256,
        answer_seconds: float = 10,
        stopwatch: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self._database = database
        self._rules = ActiveRules(judge)
        self._feed = feed
        self._clock = clock
        self._limit = limit
        self._answer_seconds = answer_seconds
        self._turns = Turns(batch_limit=batch_limit)
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._stopwatch = stopwatch
        self.commit_seconds = 0.0
        self.committed_batches = self.failed_batches = 0

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def stop(self) -> None:
        """Finish what waits, then end."""
        self._turns.end()
        self._thread.join()

    @property
    def waiting(self) -> int:
        """How many callers wait for the writer."""
        return self._turns.waiting

    async def submit(self, draft: Draft) -> Receipt:
        """Record a decoded message; returns after the commit.

        Raises QueueFull, StoreUnavailable, AnswerLate, IdentityReused.
        """
        receipt: Receipt = await self._answered(draft, None)
        return receipt

    async def command(self, run: Callable[[Work], T]) -> T:
        """Run `run` in the next transaction; returns what it returned, after the commit.  Raises as `submit` does."""
        outcome: T = await self._answered(None, run)
        return outcome

    def submit_and_wait(self, draft: Draft) -> Receipt:
        """`submit` for a thread outside the event loop (the CLI, the jobs), which waits as long as it takes."""
        waiting: Future[Receipt] = Future()
        self._put(Job(draft, None, waiting))
        return waiting.result()

    def command_and_wait(self, run: Callable[[Work], T]) -> T:
        """`command` for a thread outside the event loop."""
        waiting: Future[T] = Future()
        self._put(Job(None, run, waiting))
        return waiting.result()

    async def _answered(self, draft: Draft | None, run: Callable[[Work], Any] | None) -> Any:  # the caller knows which
        loop = asyncio.get_running_loop()
        waiting = loop.create_future()
        self._put(Job(draft, run, waiting))
        parts = 1 if draft is None else 1 + len(draft.items) // PART
        late = loop.call_later(self._answer_seconds * parts, self._give_up, waiting, run is not None)
        try:
            return await waiting
        finally:
            late.cancel()

    def _give_up(self, waiting: asyncio.Future[Any], is_command: bool) -> None:
        if not waiting.done():
            waiting.set_exception(AnswerLate(self._answer_seconds, is_command=is_command))

    def _put(self, job: Job) -> None:
        if self._turns.waiting >= self._limit:
            raise QueueFull
        self._turns.put(job)

    def _run(self) -> None:
        while jobs := self._turns.take():
            began = self._stopwatch()
            self._write(jobs)
            self._turns.took(jobs, self._stopwatch() - began)

    def _write(self, jobs: list[Job]) -> None:
        """Commit a batch, tell the feed, which only hands on and whose way is the longer one, and answer it.

        A database that fails is everybody's 503.  Anything else that goes wrong is some message's own: then each part
        gets a transaction of its own, down to the one, so that poison never blocks; it is kept as refused.
        """
        changes, error = _attempt(lambda: self._commit(jobs))
        if changes is not None:
            self.committed_batches += 1
            self._tell(changes)
            answer([job for job in jobs if not job.has_more])
            return
        self.failed_batches += 1
        assert error is not None
        if is_unavailable(error):
            _log.error("batch of %d not committed: %s", len(jobs), type(error).__name__)
            self._fail(jobs)
        elif len(jobs) > 1:
            _log.error("batch of %d not saved, in parts now", len(jobs), exc_info=error)
            size = -(-len(jobs) // _PARTS)
            for start in range(0, len(jobs), size):
                self._write(jobs[start : start + size])
        elif jobs[0].is_poison or jobs[0].draft is None:
            _log.error("not saved", exc_info=error)
            self._fail(jobs)
        else:
            _log.error("message not saved, kept as refused now", exc_info=error)
            [job], draft = jobs, jobs[0].draft
            job.draft, job.is_poison = _without_facts(draft), True
            self._write(jobs)
            # Of a long one the rest may be sound.
            job.draft, job.is_poison = draft, False

    def _tell(self, changes: tuple[Change, ...]) -> None:
        """Tell the feed; the writer goes on whatever a listener does."""
        if changes:
            _, error = _attempt(lambda: self._feed.publish(changes))
            if error is not None:
                _log.error("a commit was not told", exc_info=error)

    @staticmethod
    def _fail(jobs: list[Job]) -> None:
        for job in jobs:
            job.error = StoreUnavailable()
        answer(jobs)

    def _commit(self, jobs: list[Job]) -> tuple[Change, ...]:
        began = self._stopwatch()
        with self._database.write() as connection:
            drafts = [job.draft for job in jobs if job.draft is not None]
            first, now = jobs[0], self._clock()
            batch = Batch.of(drafts, connection, self._rules, now=now, part=first.part, begun=first.begun)
            for job in jobs:
                self._apply(batch, job)
            changes = batch.finish()
        for job in jobs:
            job.begun = batch.kept(job.draft) if job.draft is not None and job.has_more else None
        self._rules.reached(batch.next_position - 1, has_steps=batch.has_ruleset_steps)
        self.commit_seconds += self._stopwatch() - began
        return changes

    def _apply(self, batch: Batch, job: Job) -> None:
        """One caller's part; a fault in preparing one message refuses that message and lets the others commit."""
        mark = batch.mark()
        job.outcome, job.error = _attempt(lambda: self._prepare(batch, job))
        if job.error is None:
            return
        if isinstance(job.error, SQLAlchemyError):
            raise job.error
        batch.undo(mark)
        if job.draft is not None and not isinstance(job.error, PortError):
            _log.error("preparation failed", exc_info=job.error)
            job.outcome, job.error = batch.message(_without_facts(job.draft)), None

    @staticmethod
    def _prepare(batch: Batch, job: Job) -> object:
        return batch.command(job.run) if job.draft is None else batch.message(job.draft)


def _without_facts(draft: Draft) -> Draft:
    """The message as it is kept when we fail to take it: every item that was to be taken is refused."""
    return replace(draft, items=tuple(replace(item, fact=None) for item in draft.items))


def _attempt(call: Callable[[], T]) -> tuple[T, None] | tuple[None, Exception]:
    """What `call` answered, or what it raised.  The broad except that ARCHITECTURE grants to a batch's preparation."""
    try:
        return call(), None
    except Exception as error:  # noqa: BLE001  # see above
        return None, error
