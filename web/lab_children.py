"""Child processes of a server: for work that is too long, too heavy or too doubtful for the process that answers.

A child runs at low priority, ends when the server ends, and shares nothing with it but the database.
"""

from __future__ import annotations

import contextlib
import logging
import subprocess
import sys
import threading
from dataclasses import dataclass, field

import orjson
from starlette.concurrency import run_in_threadpool

from web.problems import Refused, refused

_log = logging.getLogger("digital_port.lab")
_COMMAND = (sys.executable, "-m", "web.lab_worker")
# Of those that somebody waits for; more wait their turn.
_AT_ONCE = 2
_ENDING_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Order:
    """What a child is to do ("job", "follow"), and with which database; told on its standard input, since the address
    may hold a password."""

    what: str
    database_url: str
    job_id: str = ""
    token: str = ""


@dataclass(slots=True)
class Lab:
    """The children of one server: `carriers` by the id of the job they carry, and who follows live traffic for the
    versions in shadow; one that broke is not begun again before `rests_until`, by the monotonic clock."""

    carriers: dict[str, Carrier] = field(default_factory=dict)
    follower: Carrier | None = None
    rests_until: float = 0.0
    _turns: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(_AT_ONCE))

    async def run_child(self, target: str, given: bytes, *, seconds: float = 60) -> bytes:
        """What the function `target` ("module:function", bytes to bytes) answers, in a child process.

        422 CHILD_FAILED when it raises, takes too long or wants too much memory: what is expected to go wrong belongs
        into the answer.  `target` is a constant of the code, never what somebody sent.
        """
        return await run_in_threadpool(self._call, target, given, seconds)

    def _call(self, target: str, given: bytes, seconds: float) -> bytes:
        with self._turns:
            try:
                done = subprocess.run(
                    [*_COMMAND, "call", target], input=given, capture_output=True, timeout=seconds, check=False
                )
            except subprocess.TimeoutExpired:
                raise _failed(f"it took longer than {seconds:g} seconds") from None
        if done.returncode == 0:
            return done.stdout
        _log.error("%s failed with %d: %s", target, done.returncode, done.stderr.decode(errors="replace")[-2000:])
        raise _failed("it could not be done")


@dataclass(slots=True)
class Carrier:
    """A child at work; it ends when its standard input does, and so with its server."""

    token: str
    process: subprocess.Popen[bytes]

    @classmethod
    def start(cls, order: Order) -> Carrier:
        """A child that carries out the order."""
        process = subprocess.Popen([*_COMMAND, order.what], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        assert process.stdin is not None
        told = {"databaseURL": order.database_url, "jobID": order.job_id, "token": order.token}
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(orjson.dumps(told) + b"\n")
            process.stdin.flush()
        return cls(order.token, process)

    @property
    def exit_code(self) -> int | None:
        """None while it runs; below zero the signal that ended it."""
        return self.process.poll()

    def end(self) -> None:
        """End it, whatever it does; returns when it is gone."""
        self.process.kill()
        self.process.wait(_ENDING_SECONDS)
        self.let_go()

    def let_go(self) -> None:
        """Close what is left of one that has ended."""
        if self.process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self.process.stdin.close()


def _failed(why: str) -> Refused:
    return refused(422, "CHILD_FAILED", f"this was given to a process of its own, and {why}", fix="try a smaller one")
