"""web.client for minutes: a server that is killed and stopped, lines that are cut and stalled, a reader that dozes."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections import Counter
from contextlib import ExitStack

import pytest

from build_following import KEY, Desk, Told, at_version
from build_middleman import Middleman, between
from counts import write_down
from server import Server, serve
from web.client import Phase, PortClient, World

TROUBLES = 300
_SERVER_ENDS_EVERY = 20
_HASTE = 0.1
"""Waits are so much shorter than a client's own, or it would be waiting most of the time."""


class Trouble:
    """What befalls the line, drawn from a seed."""

    def __init__(self, stack: ExitStack, database_url: str, seed: int) -> None:
        self._stack = stack
        self._database_url = database_url
        self._draw = random.Random(seed)
        self.desk = Desk(self._serve())
        self.befallen: Counter[str] = Counter()

    def _serve(self) -> Server:
        return self._stack.enter_context(serve(self._database_url))

    async def befall(self, number: int, middleman: Middleman) -> None:
        pushing = asyncio.create_task(asyncio.to_thread(self.desk.move, self._draw.randint(1, 5)))
        await asyncio.sleep(self._draw.random() * 0.1)
        if number % _SERVER_ENDS_EVERY == 0:
            await pushing
            await self._end_the_server(middleman)
        elif self._draw.random() < 0.2:
            self.befallen["lines stalled and cut"] += 1
            middleman.stall()
            await asyncio.sleep(self._draw.random())
            middleman.cut()
            middleman.flow()
        else:
            self.befallen["lines cut"] += 1
            middleman.cut()
        await pushing

    async def _end_the_server(self, middleman: Middleman) -> None:
        how = self._draw.choice([signal.SIGKILL, signal.SIGTERM])
        self.befallen["servers killed" if how == signal.SIGKILL else "servers stopped"] += 1
        os.kill(self.desk.server.pid, how)
        self.desk.server = await asyncio.to_thread(self._serve)
        middleman.target = self.desk.server.base_url
        await asyncio.to_thread(self.desk.move, 2)


@pytest.mark.soak
@pytest.mark.server
def test_through_two_hundred_troubles_nothing_is_lost_or_told_twice(sqlite_url: str):
    phases: list[Phase] = []
    befallen: Counter[str] = Counter()

    async def scenario(stack: ExitStack) -> None:
        trouble, told = Trouble(stack, sqlite_url, seed=7), Told()
        key = trouble.desk.customs
        world = World(chance=random.Random(7).random, sleep=lambda seconds: asyncio.sleep(seconds * _HASTE))
        async with (
            between(trouble.desk.server.base_url) as middleman,
            PortClient(middleman.url, key.secret, trust_env=False, world=world) as port,
        ):
            following = port.follow(KEY, on_phase=lambda phase, _: phases.append(phase))
            await told.until(following, lambda _: True)
            for number in range(1, TROUBLES + 1):
                await trouble.befall(number, middleman)
                # Now and then nobody reads for a while: several troubles, one catching up.
                if number % 5:
                    await told.until(following, at_version(trouble.desk.versions))
            await asyncio.to_thread(trouble.desk.move, 1)
            await told.until(following, at_version(trouble.desk.versions))
        assert told.kinds()[1:] == ["Event"] * (trouble.desk.versions - 1)
        assert sum(trouble.befallen.values()) == TROUBLES
        befallen.update(trouble.befallen, versions=trouble.desk.versions)

    with ExitStack() as stack:
        asyncio.run(scenario(stack))
    # What befell a line that was not up again yet made no other one.
    reconnects = phases.count(Phase.LIVE) - 1
    assert reconnects >= 200
    versions = befallen.pop("versions")
    write_down(
        "feed: no hole, no repeat, the Python client through a line that breaks, sqlite",
        tried=f"{TROUBLES} troubles: " + ", ".join(f"{count} {kind}" for kind, count in sorted(befallen.items())),
        found=f"each of {versions - 1:,} versions once and in order; {reconnects} reconnects, never by snapshot",
    )
