"""The queue of long work: what waits, who carries it, how far it is, and what came of it.

Whoever carries a job holds its token, and only with that token, and only while it is RUNNING, is anything written of
it: what was cancelled, or taken over because its carrier fell silent, writes nothing more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select, update

from port.errors import Conflict, NothingThere
from port.kept import Page
from port.lab_jobs import LAB_JOBS, LabJobKind, LabJobState

SILENT = timedelta(seconds=10)
"""A carrier that has not been heard of for so long is gone."""
MOST_WAITING = 50
MOST_ATTEMPTS = 3
_UNFINISHED = (LabJobState.WAITING.value, LabJobState.RUNNING.value)


class JobEnded(Conflict):
    """The job is over, and has no report to show or nothing to cancel."""

    fix = "look at GET /v1/jobs for how it ended"


class TooManyJobs(Conflict):
    """As much waits as may."""

    fix = "wait until some are done, or cancel some"


@dataclass(frozen=True, slots=True)
class LabJob:
    """A job without its report; `has_report` says whether there is one, `token` who carries it."""

    job_id: str
    kind: str
    state: str
    content_hash: str | None
    person: str
    party: str
    parameters: str
    progress: float
    stage: str
    error: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    heartbeat_at: datetime | None
    token: str
    pid: int | None
    has_report: bool

    @property
    def attempts(self) -> int:
        """How often it was begun."""
        return int(self.token.partition(".")[0] or 0)

    def is_silent(self, now: datetime) -> bool:
        """Whether its carrier has not been heard of for too long."""
        return self.heartbeat_at is None or self.heartbeat_at < now - SILENT


_COLUMNS = tuple(
    LAB_JOBS.c[name]
    for name in (
        "job_id", "kind", "state", "content_hash", "person", "party", "parameters", "progress", "stage", "error",
        "created_at", "started_at", "finished_at", "heartbeat_at",
    )
)  # fmt: skip
_JOB = select(*_COLUMNS, LAB_JOBS.c.node, LAB_JOBS.c.pid, LAB_JOBS.c.report.is_not(None).label("has_report"))


def add(
    connection: Connection,
    kind: LabJobKind,
    *,
    job_id: str,
    content_hash: str | None,
    person: str,
    party: str,
    parameters: str,
    now: datetime,
) -> LabJob:
    """A job that waits from now on.  Raises TooManyJobs."""
    waiting = select(func.count()).select_from(LAB_JOBS).where(LAB_JOBS.c.state == LabJobState.WAITING.value)
    if int(connection.scalar(waiting) or 0) >= MOST_WAITING:
        raise TooManyJobs(f"{MOST_WAITING} jobs wait already")
    connection.execute(
        LAB_JOBS.insert().values(
            job_id=job_id,
            kind=kind.value,
            state=LabJobState.WAITING.value,
            content_hash=content_hash,
            person=person,
            party=party,
            parameters=parameters,
            progress=0.0,
            stage="",
            error="",
            created_at=now,
            node="",
            is_cancelled=False,
        )
    )
    return get(connection, job_id)


def get(connection: Connection, job_id: str) -> LabJob:
    """One job.  Raises NothingThere."""
    row = connection.execute(_JOB.where(LAB_JOBS.c.job_id == job_id)).one_or_none()
    if row is None:
        raise NothingThere("there is no such job", fix="list them at GET /v1/jobs")
    return _read(row)


def list_jobs(connection: Connection, *, before: str | None, limit: int) -> Page[LabJob]:
    """Jobs, newest first; `before` is the id of the last one of the page before."""
    order = (LAB_JOBS.c.created_at.desc(), LAB_JOBS.c.job_id.desc())
    query = _JOB.order_by(*order).limit(limit + 1)
    if before is not None:
        last = get(connection, before)
        is_older = LAB_JOBS.c.created_at < last.created_at
        is_beside = (LAB_JOBS.c.created_at == last.created_at) & (LAB_JOBS.c.job_id < last.job_id)
        query = query.where(is_older | is_beside)
    rows = [_read(row) for row in connection.execute(query)]
    return Page(tuple(rows[:limit]), rows[limit - 1].job_id if len(rows) > limit else None)


def list_unfinished(connection: Connection) -> list[LabJob]:
    """What waits or runs, oldest first."""
    query = _JOB.where(LAB_JOBS.c.state.in_(_UNFINISHED)).order_by(LAB_JOBS.c.created_at, LAB_JOBS.c.job_id)
    return [_read(row) for row in connection.execute(query)]


def report_of(connection: Connection, job_id: str) -> bytes:
    """What a job that is DONE has found.  Raises NothingThere, JobEnded."""
    job = get(connection, job_id)
    body = connection.scalar(select(LAB_JOBS.c.report).where(LAB_JOBS.c.job_id == job_id))
    if job.state != LabJobState.DONE or body is None:
        raise JobEnded(f"the job is {job.state} and has no report", fix="wait until GET /v1/jobs/{jobID} says DONE")
    return bytes(body)


def claim(connection: Connection, job: LabJob, *, token: str, now: datetime) -> bool:
    """Carry the job under a new token, unless somebody else was quicker; whether it is ours."""
    taken = (
        update(LAB_JOBS)
        .where(LAB_JOBS.c.job_id == job.job_id, LAB_JOBS.c.state == job.state, LAB_JOBS.c.node == job.token)
        .values(
            state=LabJobState.RUNNING.value,
            node=token,
            pid=None,
            started_at=now,
            heartbeat_at=now,
            progress=0.0,
            stage="",
        )
    )
    return connection.execute(taken).rowcount == 1


def next_token(job: LabJob, drawn: str) -> str:
    """The token of the next attempt."""
    return f"{job.attempts + 1}.{drawn}"


def beat(
    connection: Connection, job_id: str, *, token: str, pid: int, progress: float, stage: str, now: datetime
) -> bool:
    """Say that the work goes on; False when it is no longer ours and must end."""
    values = {"pid": pid, "progress": min(max(progress, 0.0), 1.0), "stage": stage[:200], "heartbeat_at": now}
    return _write(connection, job_id, token, values)


def keep_report(connection: Connection, job_id: str, *, token: str, report: bytes, now: datetime) -> bool:
    """Leave what was found, for the server to take over; False when the job is no longer ours."""
    return _write(connection, job_id, token, {"report": report, "progress": 1.0, "heartbeat_at": now})


def keep_error(connection: Connection, job_id: str, *, token: str, error: str) -> bool:
    """Leave the words for why it failed; False when the job is no longer ours."""
    return _write(connection, job_id, token, {"error": error[:2000]})


def finish(connection: Connection, job: LabJob, state: LabJobState, *, error: str = "", now: datetime) -> bool:
    """The end of a job that runs under this token; False when it had another end meanwhile."""
    values: dict[str, object] = {"state": state.value, "finished_at": now}
    if error and not job.error:
        values["error"] = error
    if state is LabJobState.FAILED:
        values["report"] = None
    return _write(connection, job.job_id, job.token, values)


def give_back(connection: Connection, job: LabJob) -> bool:
    """Let it wait again as if it had not been begun: its server stops."""
    before = f"{max(job.attempts - 1, 0)}."
    values = {"state": LabJobState.WAITING.value, "node": before, "pid": None, "progress": 0.0, "stage": ""}
    return _write(connection, job.job_id, job.token, values)


def cancel(connection: Connection, job_id: str, *, now: datetime) -> LabJob:
    """End a job that waits or runs: from here on nothing more is written of it.  Raises NothingThere, JobEnded."""
    ended = (
        update(LAB_JOBS)
        .where(LAB_JOBS.c.job_id == job_id, LAB_JOBS.c.state.in_(_UNFINISHED))
        .values(state=LabJobState.CANCELLED.value, is_cancelled=True, finished_at=now, report=None)
    )
    is_ended = connection.execute(ended).rowcount == 1
    job = get(connection, job_id)
    if not is_ended and job.state != LabJobState.CANCELLED:
        raise JobEnded(f"the job is {job.state} already")
    return job


def _write(connection: Connection, job_id: str, token: str, values: Mapping[str, object]) -> bool:
    ours = (
        LAB_JOBS.c.job_id == job_id,
        LAB_JOBS.c.node == token,
        LAB_JOBS.c.state == LabJobState.RUNNING.value,
    )
    return connection.execute(update(LAB_JOBS).where(*ours).values(values)).rowcount == 1


def _read(row: Sequence[Any]) -> LabJob:  # _JOB's columns, each of its own type
    return LabJob(*row)
