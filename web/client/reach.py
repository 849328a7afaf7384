"""How the client reaches the port, and the world it is in.

Time, sleep and chance are given, so that tests may give theirs.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from ssl import SSLContext

import httpx

from web.client.lines import Transport


@dataclass(frozen=True, slots=True)
class World:
    """Seconds that only grow, a way to wait, and a number from 0 to 1."""

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    chance: Callable[[], float] = random.random


@dataclass(frozen=True, slots=True)
class Reach:
    """Where the port is and how to speak to it; `http` sends the key."""

    http: httpx.AsyncClient
    stream_url: str
    ssl: SSLContext | None
    trust_env: bool
    transport: Transport
    world: World
