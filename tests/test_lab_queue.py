"""port.lab_queue: whoever carries a job writes of it, nobody else does, and nobody once it has ended."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Connection

from build_port import NOW
from migrated import make_tables
from port import lab_queue
from port.database import Database, open_database
from port.errors import NothingThere
from port.lab_jobs import LabJobKind, LabJobState
from port.lab_queue import SILENT, JobEnded, LabJob, TooManyJobs

LATER = NOW + SILENT + timedelta(seconds=1)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    make_tables(database_url)
    opened = open_database(database_url)
    yield opened
    opened.close()


def add(connection: Connection, job_id: str = "J1", seconds: int = 0) -> LabJob:
    return lab_queue.add(
        connection,
        LabJobKind.SIMULATION,
        job_id=job_id,
        content_hash=None,
        person="P",
        party="CUSTOMS",
        parameters="{}",
        now=NOW + timedelta(seconds=seconds),
    )


def claimed(connection: Connection, token: str = "1.a") -> LabJob:
    job = add(connection)
    assert lab_queue.claim(connection, job, token=token, now=NOW)
    return lab_queue.get(connection, job.job_id)


def beat(connection: Connection, token: str) -> bool:
    return lab_queue.beat(connection, "J1", token=token, pid=7, progress=0.5, stage="days", now=LATER)


def test_of_two_that_claim_a_job_one_carries_it(database: Database) -> None:
    with database.write() as connection:
        job = add(connection)
    with database.write() as connection:
        assert lab_queue.claim(connection, job, token="1.a", now=NOW)
        assert not lab_queue.claim(connection, job, token="1.b", now=NOW)
        assert [beat(connection, token) for token in ("1.a", "1.b")] == [True, False]
        now = lab_queue.get(connection, "J1")
        assert (now.state, now.token, now.pid, now.progress, now.stage) == ("RUNNING", "1.a", 7, 0.5, "days")


def test_who_was_silent_and_taken_over_writes_nothing_more(database: Database) -> None:
    with database.write() as connection:
        silent = claimed(connection)
        assert (silent.is_silent(NOW), silent.is_silent(LATER)) == (False, True)
        again = lab_queue.next_token(silent, "b")
        assert again == "2.b"
        assert lab_queue.claim(connection, silent, token=again, now=LATER)
        assert not beat(connection, "1.a")
        assert not lab_queue.keep_report(connection, "J1", token="1.a", report=b"old", now=LATER)
        assert not lab_queue.keep_error(connection, "J1", token="1.a", error="old")
        assert not lab_queue.finish(connection, silent, LabJobState.DONE, now=LATER)
        assert lab_queue.keep_report(connection, "J1", token="2.b", report=b"new", now=LATER)
        assert lab_queue.finish(connection, lab_queue.get(connection, "J1"), LabJobState.DONE, now=LATER)
        assert lab_queue.report_of(connection, "J1") == b"new"


def test_a_cancelled_job_is_written_of_no_more_and_keeps_no_report(database: Database) -> None:
    with database.write() as connection:
        job = claimed(connection)
        lab_queue.keep_report(connection, "J1", token="1.a", report=b"half", now=NOW)
        assert lab_queue.cancel(connection, "J1", now=NOW).state == "CANCELLED"
        assert lab_queue.cancel(connection, "J1", now=LATER).finished_at == NOW
        assert not beat(connection, "1.a")
        assert not lab_queue.finish(connection, job, LabJobState.DONE, now=LATER)
        with pytest.raises(JobEnded):
            lab_queue.report_of(connection, "J1")
        assert lab_queue.list_unfinished(connection) == []


def test_what_is_done_is_not_cancelled(database: Database) -> None:
    with database.write() as connection:
        job = claimed(connection)
        lab_queue.finish(connection, job, LabJobState.FAILED, error="no case", now=NOW)
        with pytest.raises(JobEnded):
            lab_queue.cancel(connection, "J1", now=NOW)
        assert lab_queue.get(connection, "J1").error == "no case"
        with pytest.raises(NothingThere):
            lab_queue.cancel(connection, "J2", now=NOW)


def test_a_job_given_back_has_lost_no_attempt(database: Database) -> None:
    with database.write() as connection:
        job = claimed(connection)
        assert lab_queue.give_back(connection, job)
        waiting = lab_queue.get(connection, "J1")
        assert (waiting.state, waiting.attempts, waiting.pid) == ("WAITING", 0, None)
        assert lab_queue.claim(connection, waiting, token=lab_queue.next_token(waiting, "c"), now=NOW)
        assert lab_queue.get(connection, "J1").attempts == 1


def test_so_many_may_wait_and_no_more(database: Database) -> None:
    with database.write() as connection:
        for n in range(lab_queue.MOST_WAITING):
            add(connection, f"J{n:02d}", seconds=n)
        with pytest.raises(TooManyJobs):
            add(connection, "one-more")
        lab_queue.cancel(connection, "J07", now=NOW)
        add(connection, "J99", seconds=99)


def test_jobs_are_listed_newest_first_page_by_page(database: Database) -> None:
    with database.write() as connection:
        for n in (1, 2, 3, 3, 4):
            add(connection, f"J{n}-{len(lab_queue.list_unfinished(connection))}", seconds=n)
    with database.read() as connection:
        listed, before = [], None
        while True:
            page = lab_queue.list_jobs(connection, before=before, limit=2)
            listed += [job.job_id for job in page.rows]
            before = page.next
            if before is None:
                break
    assert listed == ["J4-4", "J3-3", "J3-2", "J2-1", "J1-0"]
