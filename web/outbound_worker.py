"""What the outbound child does: `python -m web.outbound_worker`.  The server never imports this, nor what brings.

It follows the versions for all who make deliveries of them, sends what is due, and ends once there was nothing to do
for a while, or when its server ends: its standard input ends then.  A line on it says that something was committed.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime
from typing import BinaryIO

import orjson
from sqlalchemy.exc import SQLAlchemyError

from adapters import webhooks
from port import webhooks_following, webhooks_sending
from port.availability import DatabaseUnavailable, is_unavailable
from port.database import Database, open_database
from port.outbox import Channel
from web import outbound_people
from web.clock import wall_clock
from web.lab_worker import NICENESS, tell_where
from web.outbound_sending import Bringer, Sender
from web.settings import Settings

IDLE_SECONDS = 60.0
_LOOK_SECONDS = 0.5
_READERS = 4
_ORPHANED = 4

# Who makes deliveries of what happened: called until there is no more.
Follow = Callable[[Database, datetime], bool]


def followers(settings: Settings) -> tuple[Follow, ...]:
    """The one list of them."""
    return (webhooks_following.follow, *outbound_people.followers(settings))


def bringers(settings: Settings, database: Database) -> Mapping[Channel, Bringer]:
    """The one list of channels."""
    by_http = webhooks.Bringer(allows_private=settings.webhooks_private)
    of_webhooks = Bringer(webhooks_sending.compose, by_http.bring, webhooks_sending.settle)
    return {Channel.WEBHOOK: of_webhooks, **outbound_people.bringers(settings, database)}


def main(told: BinaryIO) -> int:
    """Carry out the order on `told`; the exit code."""
    os.nice(NICENESS)
    sys.excepthook = tell_where
    order = orjson.loads(told.readline())
    settings = Settings.model_validate(order["settings"])
    with (
        closing(open_database(settings.database_url, readers=_READERS)) as database,
        # Names are resolved on the loop's own threads: a slow one keeps nobody from the database.
        ThreadPoolExecutor(_READERS, "database") as executor,
    ):
        sender = Sender(
            database, bringers(settings, database), order["token"], clock=wall_clock, stopwatch=time.monotonic,
            chance=random.random, executor=executor,
        )  # fmt: skip
        asyncio.run(_work(sender, followers(settings), told))
    return 0


async def _work(sender: Sender, following: Sequence[Follow], told: BinaryIO) -> None:
    loop, poked = asyncio.get_running_loop(), asyncio.Event()
    loop.set_default_executor(ThreadPoolExecutor(32, "names"))
    threading.Thread(target=_listen, args=(told, loop, poked), name="lifeline", daemon=True).start()
    busy_at = time.monotonic()
    while time.monotonic() - busy_at < IDLE_SECONDS:
        poked.clear()
        try:
            if await _once(sender, following):
                busy_at = time.monotonic()
        except (SQLAlchemyError, DatabaseUnavailable) as error:
            if not isinstance(error, DatabaseUnavailable) and not is_unavailable(error):
                raise
            await asyncio.sleep(_LOOK_SECONDS)
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                await poked.wait()
        except TimeoutError:
            continue
    await sender.finish()


async def _once(sender: Sender, following: Sequence[Follow]) -> bool:
    """Follow and send; whether there was anything to do."""
    did = sender.is_busy
    for follow in following:
        while await asyncio.get_running_loop().run_in_executor(sender.executor, follow, sender.database, wall_clock()):
            did = True
            await sender.begin_due()
    return bool(await sender.begin_due()) or did


def _listen(told: BinaryIO, loop: asyncio.AbstractEventLoop, poked: asyncio.Event) -> None:
    # Not through the buffer: a thread that waits there holds its lock, and Python could not end.
    while os.read(told.fileno(), 4096):
        loop.call_soon_threadsafe(poked.set)
    os._exit(_ORPHANED)


if __name__ == "__main__":
    sys.exit(main(sys.stdin.buffer))
