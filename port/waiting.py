"""Who waits for the writer: what was brought, where the answer goes, and how it gets there from the writer's thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from port.batch import Work
from port.draft import Draft
from port.intake_rows import Kept
from port.parts import PART


@dataclass(slots=True, eq=False)
class Job:
    """One caller: a message's draft or a command, and where its answer goes."""

    draft: Draft | None
    run: Callable[[Work], Any] | None  # a command answers with its own type
    answer_to: asyncio.Future[Any] | Future[Any]  # likewise
    outcome: Any = None  # likewise
    error: Exception | None = None
    is_poison: bool = False
    part: int = PART
    begun: Kept | None = None

    @property
    def is_long(self) -> bool:
        """A message that is taken in parts, `part` items next, of which those in `begun` are taken."""
        return self.begun is not None or (self.draft is not None and len(self.draft.items) > PART)

    @property
    def has_more(self) -> bool:
        """A message of which a later batch takes the rest."""
        return self.draft is not None and self.outcome is None and self.error is None


def answer(jobs: Sequence[Job]) -> None:
    """Let every caller go on; who has left meanwhile gets no answer, and what he sent is kept all the same.

    Each event loop is woken once, whatever the number of its callers.
    """
    by_loop: dict[asyncio.AbstractEventLoop, list[Job]] = {}
    for job in jobs:
        if isinstance(job.answer_to, Future):
            _settle(job)
        else:
            by_loop.setdefault(job.answer_to.get_loop(), []).append(job)
    for loop, told in by_loop.items():
        # A loop that has been closed has nobody left who waits.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(_settle_all, told)


def _settle_all(jobs: Sequence[Job]) -> None:
    for job in jobs:
        _settle(job)


def _settle(job: Job) -> None:
    if job.answer_to.done():
        return
    if job.error is not None:
        job.answer_to.set_exception(job.error)
    else:
        job.answer_to.set_result(job.outcome)
