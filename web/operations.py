"""Health, readiness, metrics; and the jobs of the leading process."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from fastapi import APIRouter, Request
from sqlalchemy import Connection
from starlette.responses import PlainTextResponse, Response

from events import log
from port import health, reconciled, refusals
from port.actor import Role
from port.sources import find_sources
from web import outbound_gauges, wire
from web.jobs import Jobs
from web.live import Live
from web.port import Port, port_of
from web.security import doorkeeper

router = APIRouter(tags=["operations"])


@router.get("/healthz")
async def healthz(request: Request) -> Response:
    """The process is alive; `now` is the port's own time, which a demo runs faster."""
    return wire.answer({"status": "ok", "now": wire.time(port_of(request).clock())})


@router.get("/readyz")
async def readyz(request: Request) -> Response:
    """The database answers and the writer is not drowning."""
    port = port_of(request)
    await port.read(log.head)
    return wire.answer({"status": "ready", "waiting": port.recorder.waiting})


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """Gauges and counters in Prometheus' text format.

    How much the port moves is nobody's business: without an admin's key only how this process fares is told.
    """
    port = port_of(request)
    asking = await doorkeeper(request).find_caller(request)
    state = request.app.state
    lines = _of_process(port, state.jobs) + state.doors.gauges() + port.nodes.gauges()
    if asking is not None and asking.actor.role is Role.ADMIN:
        lines += await port.read(_of_port, port.clock())
        lines += _of_work(port, state.live) + state.doors.counters() + port.nodes.counters()
    return PlainTextResponse("\n".join(lines) + "\n", media_type="text/plain; version=0.0.4")


def _of_process(port: Port, jobs: Jobs) -> list[str]:
    lines = [f"digital_port_recorder_waiting {port.recorder.waiting}"]
    lines.append(f"digital_port_recorder_failed_batches_total {port.recorder.failed_batches}")
    return lines + [f'digital_port_job_failed{{job="{j.name}"}} {int(bool(j.failure))}' for j in jobs.states.values()]


def _of_work(port: Port, live: Live) -> list[str]:
    """What this process has done and how far behind its followers are; tells how much the port moves."""
    return [
        f"digital_port_recorder_batches_total {port.recorder.committed_batches}",
        f"digital_port_recorder_commit_seconds_total {port.recorder.commit_seconds:.3f}",
        f"digital_port_live_viewers {live.viewers}",
        f"digital_port_live_lag_seconds {live.lag_seconds:.1f}",
    ]


def _of_port(connection: Connection, now: datetime) -> list[str]:
    counts, sources = health.counts(connection), find_sources(connection)
    lines = [f"digital_port_{name} {_number(getattr(counts, name), now)}" for name in health.Counts.__slots__]
    lines.append(f"digital_port_sources {len(sources)}")
    oldest = max((source.age_seconds(now) for source in sources), default=0)
    lines.append(f"digital_port_source_age_seconds_max {oldest:.0f}")
    lines += [*_of_refusals(connection, now), *_of_reconciliation(connection, now)]
    return [*lines, *outbound_gauges.lines(connection)]


def _of_refusals(connection: Connection, now: datetime) -> list[str]:
    """Items refused lately and still so, by reason; those of our own fault wait for `replay`."""
    items: Counter[str] = Counter({refusals.OURS: 0})
    for row in refusals.sum_up(connection, since=now - reconciled.LATELY):
        items[row.reason] += row.items
    return [f'digital_port_items_refused{{reason="{reason}"}} {count}' for reason, count in sorted(items.items())]


def _of_reconciliation(connection: Connection, now: datetime) -> list[str]:
    found = reconciled.standing(connection, now=now)
    return [
        f"digital_port_reconciliation_differences {found.differing}",
        f"digital_port_control_counts_wrong {found.counts_wrong}",
        f"digital_port_reconciliation_overdue_seconds {found.overdue_seconds(now):.0f}",
    ]


def _number(value: int | datetime | None, now: datetime) -> int:
    """A gauge's number; of a time its age in seconds, 0 when there is none."""
    if isinstance(value, datetime):
        return round((now - value).total_seconds())
    return value or 0
