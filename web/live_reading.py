"""Reading for the live stream: threads of its own, so that a screen's questions do not stand before a change, and an
answer that does not wait for the end of its transaction.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress

from events.feed import Hint
from port.database import Database
from web.live_foreseeing import answer_foreseen
from web.live_keys import LiveKeys
from web.live_tail import Answers, Wish

READERS = 3
# Before a transaction that read is ended: the COMMIT wakes the database, and it would take a core from the telling.
_TELLING_SECONDS = 0.001
_Answered = asyncio.Future[dict[str, Answers]]


class Reading:
    """Asks the database what followers must be told; at most `READERS` questions at once."""

    def __init__(self, database: Database, keys: LiveKeys) -> None:
        self._database = database
        self._keys = keys
        # One may ask while another ends what it asked in.
        self._threads = ThreadPoolExecutor(2 * READERS, thread_name_prefix="live reading")

    async def ask(self, wishes: dict[str, list[Wish]], hints: Mapping[str, Hint]) -> dict[str, Answers]:
        """As `live_topics.Ask`; each question at one commit.  Raises DatabaseUnavailable."""
        loop = asyncio.get_running_loop()
        answered: _Answered = loop.create_future()

        def tell(answers: dict[str, Answers]) -> None:
            loop.call_soon_threadsafe(_settle, answered, answers)

        def end(done: Future[None]) -> None:
            error = done.exception()
            if error is not None:
                with suppress(RuntimeError):  # the loop has ended
                    loop.call_soon_threadsafe(_fail, answered, error)

        self._threads.submit(self._read, wishes, hints, tell).add_done_callback(end)
        return await answered

    def stop(self) -> None:
        """Take no more questions; what is being read ends by itself."""
        self._threads.shutdown(wait=False)

    def _read(
        self, wishes: dict[str, list[Wish]], hints: Mapping[str, Hint], tell: Callable[[dict[str, Answers]], None]
    ) -> None:
        with self._database.read() as connection:
            # What was read is what it is, however the transaction ends: nobody waits for that.
            tell(answer_foreseen(connection, self._keys, wishes, hints))
            if not self._database.is_embedded:
                time.sleep(_TELLING_SECONDS)


def _settle(answered: _Answered, answers: dict[str, Answers]) -> None:
    if not answered.done():
        answered.set_result(answers)


def _fail(answered: _Answered, error: BaseException) -> None:
    if not answered.done():
        answered.set_exception(error)
