"""What all websockets of the live stream share on one server: whose turn it is to be written to, and the timer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from web.stream_wheel import Timed, Wheel
from web.stream_writing import Sweep

_log = logging.getLogger("digital_port.live")


class Streams:
    """The streams of a server; `connections` and `tasks` are uvicorn's, which waits for what is in them at its end."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, connections: set[Any], tasks: set[asyncio.Task[None]]
    ) -> None:  # Any: of uvicorn's own protocol classes
        self.loop = loop
        self.sweep = Sweep(loop)
        self.wheel = Wheel(loop)
        self._connections = connections
        self._tasks = tasks

    def add(self, stream: Timed) -> None:
        """One more."""
        self._connections.add(stream)
        self.wheel.add(stream)

    def discard(self, stream: Timed) -> None:
        """It has gone."""
        self._connections.discard(stream)
        self.wheel.discard(stream)

    def begin(self, work: Coroutine[Any, Any, None], *, on_fault: Callable[[], None]) -> None:
        """Do it on the side; `on_fault` is called when it failed, which is logged."""

        def done(task: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            if not task.cancelled() and task.exception() is not None:
                _log.error("a stream failed", exc_info=task.exception())
                on_fault()

        task = self.loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(done)
