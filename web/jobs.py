"""What happens by the clock: expiry, waiting boxes, visits that should have been decided, how old the data is.

One process leads and runs them.  Due work lies in tables and is swept idempotently, so a job that runs twice or late
does no harm; APScheduler only wakes it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler

from port import activating, instructing, mailing, noticing, sweeping
from port.batch import Work
from port.database import Leadership
from port.sessions import sweep_expired
from web.clock import wall_clock
from web.finishing import finish_begun
from web.lab_following import learn_findings
from web.lab_running import run_lab, stop_lab
from web.outbound_running import prune, run_outbound, stop_outbound
from web.port import Port
from web.reconciliations import reconcile

_log = logging.getLogger("digital_port.jobs")
INSTRUCTION_LIFETIME = timedelta(hours=48)


@dataclass(slots=True)
class JobState:
    """How a job fared last."""

    name: str
    every_seconds: int
    ran_at: datetime | None = None
    did: int = 0
    failure: str = ""


@dataclass(slots=True)
class Jobs:
    """The scheduler of one process; `run` runs one job now, which tests and `doctor` use too."""

    port: Port
    states: dict[str, JobState] = field(default_factory=dict)
    _scheduler: BackgroundScheduler = field(default_factory=lambda: BackgroundScheduler(timezone=UTC))
    _leadership: Leadership = field(init=False)
    _asking: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._leadership = self.port.database.leadership()

    def start(self) -> None:
        """Schedule every job under a fixed id."""
        for name, (seconds, _) in JOBS.items():
            self.states[name] = JobState(name, seconds)
            self._scheduler.add_job(
                self.run, "interval", seconds=seconds, args=[name], id=name, coalesce=True, max_instances=1,
                misfire_grace_time=seconds,
            )  # fmt: skip
        self._scheduler.start()

    def stop(self) -> None:
        """Let the running job end; start no other."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)
        stop_lab(self.port)
        stop_outbound(self.port)
        self._leadership.release()

    def is_leading(self) -> bool:
        """Whether this process runs the jobs; asked before each, by one thread at a time."""
        with self._asking:
            return self._leadership.is_held()

    def run(self, name: str) -> int:
        """Run one job if this process leads; how much it did.  The broad except is the first of ARCHITECTURE's four:
        one job's fault must not stop the others, nor the next run of this one."""
        state = self.states.setdefault(name, JobState(name, JOBS[name][0]))
        try:
            if not self.is_leading():
                return 0
            state.did = JOBS[name][1](self.port)
            state.failure = ""
        except Exception as error:  # noqa: BLE001  # see above
            state.failure = type(error).__name__
            _log.exception("job %s failed", name)
        state.ran_at = self.port.clock()
        return state.did


def _command(run: Callable[[Work], int]) -> Callable[[Port], int]:
    """A job that is one command."""
    return lambda port: port.recorder.command_and_wait(run)


def _expire_instructions(work: Work) -> int:
    return instructing.expire(work, after=INSTRUCTION_LIFETIME)


def _expire_logins(work: Work) -> int:
    """Logins go by the wall's clock: a demo's fast hours must not log anybody out."""
    return sweep_expired(work.connection, now=wall_clock())


def _sweep_notices(work: Work) -> int:
    return noticing.sweep(work.connection, now=wall_clock())


JOBS: dict[str, tuple[int, Callable[[Port], int]]] = {
    "expire-instructions": (60, _command(_expire_instructions)),
    "expire-logins": (60, _command(_expire_logins)),
    "expire-mailings": (60, _command(mailing.expire)),
    "decide-waiting": (15, _command(instructing.decide_waiting)),
    "decide-overdue": (30, _command(sweeping.decide_overdue)),
    "finish-begun": (60, finish_begun),
    "reconcile": (300, reconcile),
    "rules-begun": (15, _command(activating.record_begun)),
    "learn-findings": (5, learn_findings),
    "run-lab": (1, run_lab),
    "run-outbound": (1, run_outbound),
    "prune-outbox": (600, prune),
    "sweep-notices": (3600, _command(_sweep_notices)),
}
