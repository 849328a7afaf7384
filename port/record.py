"""The Recorder: the one write path of a process, for messages and commands alike.

One writer thread takes what waits, prepares and applies it in one transaction, commits, and only then answers every
caller and tells the feed.  Nothing waits for a timer: while one batch commits the next one gathers, so a busy hour
costs one sync per batch and a quiet one answers at once.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError, TimeoutError

from events.feed import Change, LocalFeed
from port.batch import Batch, Work
from port.database import Database
from port.draft import Draft, Receipt
from port.errors import PortError
from port.judging import Judge

T = TypeVar("T")
Clock = Callable[[], datetime]
_log = logging.getLogger("digital_port.record")
# What tells of the database and not of what was sent.
_UNAVAILABLE = (OperationalError, InterfaceError, TimeoutError, OSError)


class QueueFull(Exception):
    """More is waiting than the limit allows; try again in `retry_after` seconds."""

    retry_after = 1


class StoreUnavailable(Exception):
    """The batch could not be committed; nothing of it was kept, and the sender must send again."""

    retry_after = 2


@dataclass(slots=True)
class _Job:
    """One caller: a message's draft or a command, and where its answer goes."""

    draft: Draft | None
    run: Callable[[Work], Any] | None  # a command answers with its own type
    future: Future[Any] = field(default_factory=Future)  # likewise
    outcome: Any = None  # likewise
    error: Exception | None = None
    is_poison: bool = False
    is_gone: bool = False

    def begin(self) -> None:
        """From now on the caller cannot take it back; one who has left gets no answer, and what he sent is kept."""
        self.is_gone = not self.future.set_running_or_notify_cancel()

    def answer(self) -> None:
        """Let the caller go on."""
        if self.is_gone:
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.outcome)


class Recorder:
    """Takes messages and commands; each awaits the commit that holds it.

    `limit` bounds what may wait; `batch_limit` what one transaction takes.  `start` begins the writer thread, `stop`
    lets it finish what waits.  A command's own PortError is its answer and does not disturb the others; a database
    failure fails the whole batch with StoreUnavailable.
    """

    def __init__(
        self,
        database: Database,
        judge: Judge,
        feed: LocalFeed,
        *,
        clock: Clock,
        limit: int = 5000,
        batch_limit: int = 256,
    ) -> None:
        self._database = database
        self._judge = judge
        self._feed = feed
        self._clock = clock
        self._limit = limit
        self._batch_limit = batch_limit
        self._queue: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self.committed_batches = 0
        self.failed_batches = 0

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def stop(self) -> None:
        """Finish what waits, then end."""
        self._queue.put(None)
        self._thread.join()

    @property
    def waiting(self) -> int:
        """How many callers wait for the writer."""
        return self._queue.qsize()

    async def submit(self, draft: Draft) -> Receipt:
        """Record a decoded message; returns after the commit.  Raises QueueFull, StoreUnavailable, IdentityReused."""
        receipt: Receipt = await self._enqueue(_Job(draft, None))
        return receipt

    async def command(self, run: Callable[[Work], T]) -> T:
        """Run `run` in the next transaction; returns what it returned, after the commit."""
        answer: T = await self._enqueue(_Job(None, run))
        return answer

    def submit_and_wait(self, draft: Draft) -> Receipt:
        """`submit` for a thread outside the event loop (the CLI, the jobs)."""
        receipt: Receipt = self._put(_Job(draft, None)).result()
        return receipt

    def command_and_wait(self, run: Callable[[Work], T]) -> T:
        """`command` for a thread outside the event loop."""
        answer: T = self._put(_Job(None, run)).result()
        return answer

    async def _enqueue(self, job: _Job) -> Any:  # the caller knows which of the two it awaits
        return await asyncio.wrap_future(self._put(job))

    def _put(self, job: _Job) -> Future[Any]:  # likewise
        if self._queue.qsize() >= self._limit:
            raise QueueFull
        self._queue.put(job)
        return job.future

    def _run(self) -> None:
        while True:
            job = self._queue.get()
            if job is None:
                return
            jobs, ended = self._drain(job)
            for one in jobs:
                one.begin()
            self._write(jobs)
            if ended:
                return

    def _drain(self, first: _Job) -> tuple[list[_Job], bool]:
        jobs = [first]
        while len(jobs) < self._batch_limit:
            try:
                job = self._queue.get_nowait()
            except queue.Empty:
                break
            if job is None:
                return jobs, True
            jobs.append(job)
        return jobs, False

    def _write(self, jobs: list[_Job]) -> None:
        """Commit a batch and answer it.

        A database that fails is everybody's 503.  Anything else that goes wrong is some message's own: then each caller
        gets a transaction of its own, so that poison never blocks, and what fails alone is kept as refused.
        """
        changes, error = _attempt(lambda: self._commit(jobs))
        if changes is not None:
            self.committed_batches += 1
            for job in jobs:
                job.answer()
            if changes:
                self._feed.publish(changes)
            return
        self.failed_batches += 1
        if isinstance(error, _UNAVAILABLE):
            _log.error("batch of %d not committed: %s", len(jobs), type(error).__name__)
            self._fail(jobs)
        elif len(jobs) > 1:
            _log.error("batch of %d not saved, each alone now", len(jobs), exc_info=error)
            for job in jobs:
                self._write([job])
        elif jobs[0].is_poison or jobs[0].draft is None:
            _log.error("not saved", exc_info=error)
            self._fail(jobs)
        else:
            _log.error("message not saved, kept as refused now", exc_info=error)
            jobs[0].is_poison = True
            self._write(jobs)

    def _fail(self, jobs: list[_Job]) -> None:
        for job in jobs:
            job.error = StoreUnavailable()
            job.answer()

    def _commit(self, jobs: list[_Job]) -> tuple[Change, ...]:
        with self._database.write() as connection:
            batch = Batch(connection, self._judge, now=self._clock())
            batch.preload([job.draft for job in jobs if job.draft is not None])
            for job in jobs:
                self._apply(batch, job)
            return batch.finish()

    def _apply(self, batch: Batch, job: _Job) -> None:
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
            job.outcome, job.error = batch.refuse(job.draft), None

    @staticmethod
    def _prepare(batch: Batch, job: _Job) -> object:
        if job.draft is None:
            return batch.command(job.run)
        return batch.refuse(job.draft) if job.is_poison else batch.message(job.draft)


def _attempt(call: Callable[[], T]) -> tuple[T, None] | tuple[None, Exception]:
    """What `call` answered, or what it raised.  The broad except that ARCHITECTURE grants to a batch's preparation."""
    try:
        return call(), None
    except Exception as error:  # noqa: BLE001  # see above
        return None, error
