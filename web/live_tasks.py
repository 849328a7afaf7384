"""Tasks that must not end: one that fails is logged and begun anew; and what is done again and again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine

from sqlalchemy.exc import SQLAlchemyError

_log = logging.getLogger("digital_port.live")
_PAUSE_SECONDS = 0.2


class Tasks:
    """A group of endless tasks, until `stop`."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()
        self.is_stopping = False

    def begin(self, work: Callable[[], Coroutine[None, None, None]], name: str) -> None:
        """Run `work`, and again after a pause whenever it fails."""

        def ended(task: asyncio.Task[None]) -> None:
            self._running.discard(task)
            if self.is_stopping or task.cancelled():
                return
            _log.error("%s failed", name, exc_info=task.exception())
            task.get_loop().call_later(_PAUSE_SECONDS, begin)

        def begin() -> None:
            if not self.is_stopping:
                task = asyncio.create_task(work(), name=name)
                self._running.add(task)
                task.add_done_callback(ended)

        begin()

    async def stop(self) -> None:
        """End them all."""
        self.is_stopping = True
        running = tuple(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def every(what: Callable[[], Awaitable[None]], seconds: float) -> None:
    """Do it for ever, with a pause after each time; a database that does not answer is asked again after it."""
    while True:
        try:
            await what()
        except SQLAlchemyError as error:
            _log.warning("the database does not answer the stream: %s", type(error).__name__)
        await asyncio.sleep(seconds)
