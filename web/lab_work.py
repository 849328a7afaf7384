"""The work of a child: a job carried to its report, or live traffic followed for the versions in shadow.

Only ever loaded in a child, which ends when its server does: its standard input ends then.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from types import FrameType, TracebackType
from typing import BinaryIO

import orjson
from sqlalchemy.exc import SQLAlchemyError

from port import lab_queue, shadow_following
from port.availability import is_unavailable
from port.database import Database, open_database
from port.errors import PortError
from port.lab_queue import LabJob
from web.clock import wall_clock
from web.lab_worker import tell_where

_log = logging.getLogger("digital_port.lab")
# By the kind of job, who does it: `work(bench) -> Found`.
WORKS = {"BACKTEST": "web.lab_backtest", "SIMULATION": "web.lab_simulation"}
MOST_REPORT = 16 << 20
_BEAT_SECONDS = 1.0
_FOLLOW_SECONDS = 1.0
_READERS = 2
# Exit codes; the server tells them from a crash.
_NOT_OURS, _ORPHANED, _FAILED = 3, 4, 1


@dataclass(frozen=True, slots=True)
class Found:
    """What a job found: the report as JSON, as a page with charts, and as CSV."""

    report: object
    html: str
    csv: str

    def packed(self) -> bytes:
        """All of it as it is kept.  Raises ValueError when it is too large."""
        packed = orjson.dumps({"report": self.report, "html": self.html, "csv": self.csv})
        if len(packed) > MOST_REPORT:
            raise ValueError(f"the report has {len(packed) >> 20} MB; {MOST_REPORT >> 20} are the limit: ask for less")
        return packed


@dataclass(slots=True)
class Bench:
    """What a job works with: its order, the database, and where it says how far it is."""

    job: LabJob
    database: Database
    progress: float = 0.0
    stage: str = ""

    @property
    def asked(self) -> dict[str, object]:
        """The job's parameters."""
        told: dict[str, object] = orjson.loads(self.job.parameters)
        return told

    def tell(self, progress: float, stage: str) -> None:
        """How far it is, from 0 to 1, and what it is at."""
        self.progress, self.stage = progress, stage


@dataclass(slots=True)
class _Pulse:
    """Says each second that the job goes on; ends the process once it is another's, or cancelled."""

    bench: Bench
    _over: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        threading.Thread(target=self._run, name="pulse", daemon=True).start()

    def stop(self) -> None:
        self._over.set()

    def tell_fault(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """As sys.excepthook: leaves the words for why it failed."""
        is_told = isinstance(error, PortError | ValueError)
        if not is_told:
            tell_where(kind, error, trace)
        words = str(error) if is_told else f"the fault is ours ({kind.__name__}); the server's log says more"
        job = self.bench.job
        with self.bench.database.write() as connection:
            lab_queue.keep_error(connection, job.job_id, token=job.token, error=words)

    def _run(self) -> None:
        while not self._over.wait(_BEAT_SECONDS):
            if not self._beat():
                os._exit(_NOT_OURS)

    def _beat(self) -> bool:
        job, bench = self.bench.job, self.bench
        try:
            with bench.database.write() as connection:
                return lab_queue.beat(
                    connection, job.job_id, token=job.token, pid=os.getpid(), progress=bench.progress,
                    stage=bench.stage, now=wall_clock(),
                )  # fmt: skip
        except SQLAlchemyError as error:
            if not is_unavailable(error):
                os._exit(_FAILED)  # Without a pulse another would be begun beside it.
            return True  # It cannot be asked at present; whoever takes the job over meanwhile has another token.


def job(told: BinaryIO) -> int:
    """Carry the job that is ordered on `told`; the exit code."""
    order = _order(told)
    with closing(open_database(order["databaseURL"], readers=_READERS)) as database:
        with database.read() as connection:
            ordered = lab_queue.get(connection, order["jobID"])
        if ordered.token != order["token"]:
            return _NOT_OURS
        bench = Bench(ordered, database)
        pulse = _Pulse(bench)
        sys.excepthook = pulse.tell_fault
        pulse.start()
        work: Callable[[Bench], Found] = import_module(WORKS[ordered.kind]).work
        packed = work(bench).packed()
        pulse.stop()
        with database.write() as connection:
            is_kept = lab_queue.keep_report(
                connection, ordered.job_id, token=ordered.token, report=packed, now=wall_clock()
            )
        return 0 if is_kept else _NOT_OURS


def follow(told: BinaryIO) -> int:
    """Follow live traffic for the versions in shadow until the server ends."""
    order = _order(told)
    with closing(open_database(order["databaseURL"], readers=_READERS)) as database:
        follower = shadow_following.Follower(database, guard=_guard, stopwatch=time.monotonic)
        while True:
            try:
                is_behind = follower.go_on()
            except SQLAlchemyError as error:
                if not is_unavailable(error):
                    raise
                is_behind = False
            if not is_behind:
                time.sleep(_FOLLOW_SECONDS)


@contextmanager
def _guard(seconds: float) -> Iterator[None]:
    """Raises TooSlow in the main thread once the time is over."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise shadow_following.TooSlow

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _order(told: BinaryIO) -> dict[str, str]:
    order: dict[str, str] = orjson.loads(told.readline())
    threading.Thread(target=_end_with_the_server, args=(told,), name="lifeline", daemon=True).start()
    return order


def _end_with_the_server(told: BinaryIO) -> None:
    # Not through the buffer: a thread that waits there holds its lock, and Python could not end.
    while os.read(told.fileno(), 1):
        pass
    os._exit(_ORPHANED)
