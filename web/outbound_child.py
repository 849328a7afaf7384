"""The process beside the server that tells the world outside: begun, poked, ended.  It shares the database and nothing
else; its order holds the settings with their secrets, on a pipe that nobody else reads.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field

import orjson
from pydantic import SecretStr

from web.settings import Settings

_COMMAND = (sys.executable, "-m", "web.outbound_worker")
_ENDING_SECONDS = 5


@dataclass(slots=True)
class Child:
    """A child at work, the token of its leases, and what ends its being poked."""

    token: str
    process: subprocess.Popen[bytes]
    unlisten: Callable[[], None] = lambda: None

    @classmethod
    def start(cls, settings: Settings, *, token: str) -> Child:
        """A child that sends for a server with these settings."""
        process = subprocess.Popen(_COMMAND, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        assert process.stdin is not None
        order = {"settings": _told(settings), "token": token}
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(orjson.dumps(order) + b"\n")
            process.stdin.flush()
        os.set_blocking(process.stdin.fileno(), False)
        return cls(token, process)

    def poke(self) -> None:
        """Something was committed: look at once.  Never waits: one that has not read its last pokes is awake."""
        if self.process.stdin is not None:
            with contextlib.suppress(OSError, ValueError):
                os.write(self.process.stdin.fileno(), b"\n")

    def end(self) -> None:
        """End it, whatever it does: what it had not booked is sent again."""
        self.unlisten()
        self.process.kill()
        self.process.wait(_ENDING_SECONDS)
        if self.process.stdin is not None:
            with contextlib.suppress(OSError):
                self.process.stdin.close()


@dataclass(slots=True)
class Outbound:
    """The child of one server; one that broke is not begun again before `rests_until`, by the monotonic clock.
    `has_begun`: what the server before this one left is cleared away."""

    child: Child | None = field(default=None)
    has_begun: bool = False
    rests_until: float = 0.0


def _told(settings: Settings) -> dict[str, object]:
    plain = settings.model_dump(mode="json", exclude_defaults=True)
    given = {name: getattr(settings, name) for name in plain}
    return plain | {name: one.get_secret_value() for name, one in given.items() if isinstance(one, SecretStr)}
