"""Health, readiness, metrics; and the jobs of the leading process."""

from __future__ import annotations

from fastapi import APIRouter, Request
from sqlalchemy import Connection, text
from starlette.responses import PlainTextResponse, Response

from events import log
from web import wire
from web.jobs import Jobs
from web.port import Port, port_of

router = APIRouter(tags=["operations"])


@router.get("/healthz")
async def healthz(request: Request) -> Response:
    """The process is alive; `now` is the port's own time, which a demo runs faster."""
    return wire.answer({"status": "ok", "now": wire.time(port_of(request).clock())})


@router.get("/readyz")
async def readyz(request: Request) -> Response:
    """The database answers and the writer is not drowning."""
    port = port_of(request)
    position = await port.read(_position)
    return wire.answer({"status": "ready", "position": position, "waiting": port.recorder.waiting})


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """Gauges and counters in Prometheus' text format; nothing of a party's."""
    port = port_of(request)
    counters = await port.read(_counters)
    lines = [f"digital_port_{name} {value}" for name, value in counters.items()]
    lines.append(f"digital_port_recorder_waiting {port.recorder.waiting}")
    lines.append(f"digital_port_recorder_batches_total {port.recorder.committed_batches}")
    lines.append(f"digital_port_recorder_failed_batches_total {port.recorder.failed_batches}")
    return PlainTextResponse("\n".join(lines) + "\n", media_type="text/plain; version=0.0.4")


def start_jobs(port: Port) -> Jobs:
    """Begin the jobs; they run only in the process that leads."""
    jobs = Jobs(port)
    jobs.start()
    return jobs


def _position(connection: Connection) -> int:
    return log.head(connection)[0]


def _counters(connection: Connection) -> dict[str, int]:
    def count(query: str) -> int:
        return int(connection.scalar(text(query)) or 0)

    return {
        "log_position": log.head(connection)[0],
        "messages_refused": count("SELECT count(*) FROM message WHERE rejected > 0"),
        "instructions_open": count("SELECT count(*) FROM instruction WHERE state IN ('ISSUED', 'ACKNOWLEDGED')"),
        "decisions_awaiting_site": count("SELECT count(*) FROM decision WHERE is_current AND is_awaiting_site"),
        "alerts": count("SELECT count(*) FROM alert"),
    }
