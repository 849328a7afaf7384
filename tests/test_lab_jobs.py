"""The lab's jobs on a real server: carried by a child, cancelled for good, and brought to an end after a crash."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from build_lab import LONG, SHORT, end, ended, is_alive, job_of, simulate, until
from port.database import open_database
from port.diversion.loading import load_default
from server import Server, serve

pytestmark = [pytest.mark.server, pytest.mark.timeout(300)]

SALT = "the tests draw alike"


@pytest.fixture
def running(sqlite_url: str) -> Iterator[Server]:
    with serve(sqlite_url, salt=SALT) as server:
        yield server


@pytest.fixture
def either(database_url: str) -> Iterator[Server]:
    with serve(database_url, salt=SALT) as server:
        yield server


def row_of(url: str, job_id: str) -> dict[str, Any]:
    database = open_database(url)
    with database.read() as connection:
        query = text("SELECT state, node, pid, report IS NOT NULL AS has_report FROM lab_job WHERE job_id = :id")
        found = dict(connection.execute(query, {"id": job_id}).mappings().one())
    database.close()
    return found


def carried(url: str, job_id: str) -> dict[str, Any]:
    """The row once a child carries it and says so."""
    until(lambda: row_of(url, job_id)["pid"] is not None, "a child")
    return row_of(url, job_id)


def test_a_job_is_carried_by_a_child_to_a_report_in_three_forms(either: Server) -> None:
    key = either.create_key(party="CUSTOMS", role="customs")
    with either.client(key) as client:
        job_id = simulate(client, SHORT)
        job = ended(client, job_id)
        assert (job["state"], job["progress"], job["error"]) == ("DONE", 1.0, None)
        assert (job["parameters"]["parameters"], job["by"]["name"]) == (SHORT, "CUSTOMS")
        report = client.get(f"/v1/jobs/{job_id}/report.json")
        assert [one["name"].split()[0] for one in report.json()["variants"]] == ["traditional", "xiamen-default"]
        page, table = (client.get(f"/v1/jobs/{job_id}/report.{form}") for form in ("html", "csv"))
        assert page.text.startswith("<!doctype html>")
        assert table.headers["content-disposition"] == f'attachment; filename="report-{job_id}.csv"'
        for answer in (report, page, table):
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["content-security-policy"].startswith("default-src 'none'")
            assert "sandbox" in answer.headers["content-security-policy"]
        assert client.get(f"/v1/jobs/{job_id}/report.exe").status_code == 404
        assert client.delete(f"/v1/jobs/{job_id}").json()["reason"] == "JOB_ENDED"


def test_a_cancelled_job_ends_its_child_at_once_and_leaves_nothing(running: Server) -> None:
    key = running.create_key(party="CUSTOMS", role="customs")
    with running.client(key) as client:
        job_id, waiting = simulate(client, LONG), simulate(client, LONG)
        pid = carried(running.database_url, job_id)["pid"]
        assert client.delete(f"/v1/jobs/{waiting}").json()["state"] == "CANCELLED"
        assert client.delete(f"/v1/jobs/{job_id}").json()["state"] == "CANCELLED"
        until(lambda: not is_alive(pid), "the end of the child", seconds=5)
        assert job_of(client, job_id)["state"] == "CANCELLED"
        assert row_of(running.database_url, job_id)["has_report"] == 0
        assert client.get(f"/v1/jobs/{job_id}/report").status_code == 409
        assert ended(client, simulate(client, SHORT))["state"] == "DONE"


def test_one_child_at_a_time_and_the_others_wait_their_turn(running: Server) -> None:
    key = running.create_key(party="CUSTOMS", role="customs")
    with running.client(key) as client:
        first, second = simulate(client, LONG), simulate(client, SHORT)
        carried(running.database_url, first)
        assert [job_of(client, one)["state"] for one in (first, second)] == ["RUNNING", "WAITING"]
        client.delete(f"/v1/jobs/{first}")
        assert ended(client, second)["state"] == "DONE"


def test_a_child_that_is_killed_is_told_of_in_words(running: Server) -> None:
    key = running.create_key(party="CUSTOMS", role="customs")
    with running.client(key) as client:
        job_id = simulate(client, LONG)
        end(carried(running.database_url, job_id)["pid"], signal.SIGKILL)
        job = ended(client, job_id)
        assert job["state"] == "FAILED"
        assert "not enough memory" in job["error"]


def test_what_a_job_cannot_do_is_told_in_words(running: Server) -> None:
    key = running.create_key(party="CUSTOMS", role="customs")
    with running.client(key) as client:
        active = load_default().content_hash
        answer = client.post(f"/v1/rulesets/{active[:8]}/backtest", json={"source": "VISITS"})
        job = ended(client, answer.json()["jobID"])
        assert (job["state"], job["error"].startswith("there is no case to try it on")) == ("FAILED", True)
        wrong = client.post("/v1/simulations", json={"parameters": {"import_boxes": -1, "tea": 3}})
        assert (wrong.status_code, wrong.json()["where"]) == (422, "parameters")
        assert "tea: no such parameter" in wrong.json()["detail"]


def test_a_job_survives_kill_9_of_its_server(sqlite_url: str) -> None:
    with serve(sqlite_url, salt=SALT) as first:
        key = first.create_key(party="CUSTOMS", role="customs")
        with first.client(key) as client:
            job_id = simulate(client, {"import_boxes": 500, "export_boxes": 400})
            before = carried(sqlite_url, job_id)
            end(first.pid, signal.SIGKILL)
        until(lambda: not is_alive(before["pid"]), "the end of the orphan", seconds=5)
    assert row_of(sqlite_url, job_id)["state"] == "RUNNING"
    with serve(sqlite_url, salt=SALT) as second, second.client(key) as client:
        until(lambda: row_of(sqlite_url, job_id)["node"] != before["node"], "another child", seconds=30)
        assert ended(client, job_id)["state"] == "DONE"
        assert client.get(f"/v1/jobs/{job_id}/report").json()["variants"]


def test_a_server_that_stops_in_order_leaves_the_job_to_the_next(sqlite_url: str) -> None:
    with serve(sqlite_url, salt=SALT) as first:
        key = first.create_key(party="CUSTOMS", role="customs")
        with first.client(key) as client:
            job_id = simulate(client, LONG)
            before = carried(sqlite_url, job_id)
    assert not is_alive(before["pid"])
    assert row_of(sqlite_url, job_id)["state"] == "WAITING"
    with serve(sqlite_url, salt=SALT) as second, second.client(key) as client:
        carried(sqlite_url, job_id)
        assert client.delete(f"/v1/jobs/{job_id}").json()["state"] == "CANCELLED"


def test_a_job_is_cancelled_on_whichever_node(postgresql_url: str) -> None:
    with serve(postgresql_url, salt=SALT) as first:
        key = first.create_key(party="CUSTOMS", role="customs")
        with first.client(key) as client:
            job_id = simulate(client, LONG)
            pid = carried(postgresql_url, job_id)["pid"]
            with serve(postgresql_url, salt=SALT) as second, second.client(key) as elsewhere:
                assert job_of(elsewhere, job_id)["state"] == "RUNNING"
                assert elsewhere.delete(f"/v1/jobs/{job_id}").json()["state"] == "CANCELLED"
                until(lambda: not is_alive(pid), "the end of the child", seconds=5)


def test_a_day_that_was_recorded_here_is_played_again(running: Server) -> None:
    key = running.create_key(party="CUSTOMS", role="customs")
    with running.client(key) as client:
        incomplete = client.post("/v1/simulations", json={"source": "VISITS"})
        assert incomplete.status_code == 422
        window = {"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z"}
        job = client.post("/v1/simulations", json={"source": "VISITS", **window}).json()
        told = ended(client, job["jobID"])
        assert (told["state"], told["error"]) == ("FAILED", "no box came to its point in that time")
