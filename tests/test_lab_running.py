"""web.lab_running: jobs whose server died are taken over, begun anew, or given up; each is concluded once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import update

from build_lab import LONG, until
from build_port import TestPort
from port import lab_queue
from port.diversion.loading import load_default
from port.lab_jobs import LAB_JOBS, LabJobKind
from port.lab_queue import SILENT, LabJob
from web.clock import wall_clock
from web.lab_work import Found

pytestmark = pytest.mark.slow

ACTIVE = load_default().content_hash


def orphan(port: TestPort, *, token: str, kind: LabJobKind = LabJobKind.SIMULATION, **more: Any) -> str:
    """A job that somebody carried who has been silent for too long."""
    silent_since = wall_clock() - SILENT - timedelta(seconds=1)
    with port.client.app.state.port.database.write() as connection:
        parameters = {"parameters": LONG, "zone": "Asia/Shanghai", "source": "SYNTHETIC"}
        job = lab_queue.add(
            connection, kind, job_id="ORPHAN", content_hash=ACTIVE, person="P", party="CUSTOMS",
            parameters=orjson.dumps(parameters).decode(), now=silent_since,
        )  # fmt: skip
        lab_queue.claim(connection, job, token=token, now=silent_since)
        if more:
            connection.execute(update(LAB_JOBS).where(LAB_JOBS.c.job_id == job.job_id).values(more))
    return job.job_id


def look(port: TestPort, job_id: str) -> LabJob:
    with port.client.app.state.port.database.read() as connection:
        return lab_queue.get(connection, job_id)


def once_it_is(port: TestPort, job_id: str, state: str) -> LabJob:
    until(lambda: look(port, job_id).state == state, f"{job_id} {state}")
    return look(port, job_id)


def steps(port: TestPort) -> list[str]:
    told = port.get(f"/v1/rulesets/{ACTIVE}/audit", role="customs").json()["steps"]
    return [one["step"] for one in told if one["step"] == "BACKTESTED"]


def test_what_an_orphan_had_found_is_taken_over_with_one_step(port: TestPort) -> None:
    report = orjson.dumps({"report": {"cases": 1}, "html": "", "csv": ""})
    job_id = orphan(port, token="1.gone", kind=LabJobKind.BACKTEST, report=report)
    assert once_it_is(port, job_id, "DONE").attempts == 1
    for _ in range(3):
        port.run_job("run-lab")
    assert steps(port) == ["BACKTESTED"]
    assert port.get(f"/v1/jobs/{job_id}/report", role="customs").json() == {"cases": 1}


def test_an_orphan_is_begun_anew_by_one_child(port: TestPort) -> None:
    job_id = orphan(port, token="1.gone")
    until(lambda: look(port, job_id).pid is not None, "a child")
    assert (look(port, job_id).state, look(port, job_id).attempts) == ("RUNNING", 2)
    assert list(port.client.app.state.port.lab.carriers) == [job_id]
    assert port.client.delete(f"/v1/jobs/{job_id}", headers=port.headers("customs")).status_code == 200
    until(lambda: not port.client.app.state.port.lab.carriers, "the end of the child")


def test_a_job_that_brought_three_servers_down_is_given_up_in_words(port: TestPort) -> None:
    job = once_it_is(port, orphan(port, token="3.gone"), "FAILED")
    assert (job.error, job.attempts) == ("its process was lost 3 times", 3)


def test_the_words_an_orphan_left_are_kept(port: TestPort) -> None:
    job = once_it_is(port, orphan(port, token="1.gone", error="there is no case"), "FAILED")
    assert job.error == "there is no case"


def test_one_that_is_heard_of_is_left_alone(port: TestPort) -> None:
    job_id = orphan(port, token="1.alive", heartbeat_at=wall_clock() + timedelta(hours=1))
    for _ in range(3):
        port.run_job("run-lab")
    assert look(port, job_id).token == "1.alive"


def test_a_job_that_takes_too_long_is_ended(port: TestPort, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.lab_running.LONGEST", timedelta(seconds=1))
    started = port.post("/v1/simulations", {"parameters": LONG}, role="customs").json()
    job = once_it_is(port, started["jobID"], "FAILED")
    assert "it took longer than" in job.error
    assert isinstance(job.finished_at, datetime)


def test_a_report_has_a_bound_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Found({"cases": 1}, "<p>", "a,b")
    assert orjson.loads(found.packed()) == {"report": {"cases": 1}, "html": "<p>", "csv": "a,b"}
    monkeypatch.setattr("web.lab_work.MOST_REPORT", 10)
    with pytest.raises(ValueError, match="ask for less"):
        found.packed()
