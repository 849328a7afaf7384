"""What happens by the clock, with a clock set by hand; and that one process of several does it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import text

from build_port import BOX, NOW, discharged, running_port
from migrated import make_tables
from web import jobs
from web.app import open_port
from web.jobs import JOBS, Jobs
from web.port import Port
from web.settings import Settings


@contextmanager
def process(url: str) -> Iterator[Jobs]:
    """The jobs of one process, not scheduled: a test runs them."""
    port: Port = open_port(Settings(database_url=url), clock=lambda: NOW)
    port.recorder.start()
    made = Jobs(port)
    yield made
    made._leadership.release()
    port.recorder.stop()
    port.database.close()


def test_an_instruction_expires_after_its_lifetime_and_the_terminal_is_told_which_stands(sqlite_url: str) -> None:
    with running_port(sqlite_url) as port:
        [result] = port.gate(discharged())["results"]
        given = result["instruction"]["instructionID"]
        assert port.run_job("expire-instructions") == 0
        port.clock.forward(hours=49)
        assert port.run_job("expire-instructions") == 1
        assert port.run_job("expire-instructions") == 0
        told = port.get(f"/v1/instructions/{given}", role="terminal").json()
        assert (told["state"], told["why"]) == ("EXPIRED", "NOT_DONE_IN_TIME")
        answer = port.client.post(f"/v1/instructions/{given}/acknowledge", headers=port.headers("terminal"))
        assert (answer.status_code, answer.json()["reason"]) == (409, "INSTRUCTION_NOT_OPEN")
        assert port.container(BOX)["facets"]["instruction"] == "YARD:EXPIRED"


def test_a_job_that_fails_is_told_and_runs_again(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    make_tables(sqlite_url)

    def broken(port: Port) -> int:
        raise ZeroDivisionError

    with process(sqlite_url) as one:
        with monkeypatch.context() as patched:
            patched.setitem(jobs.JOBS, "expire-mailings", (60, broken))
            assert one.run("expire-mailings") == 0
            assert one.states["expire-mailings"].failure == "ZeroDivisionError"
        assert one.run("expire-mailings") == 0
        assert one.states["expire-mailings"].failure == ""


def test_of_two_processes_one_leads_and_the_other_takes_over(postgresql_url: str) -> None:
    make_tables(postgresql_url)
    with process(postgresql_url) as first, process(postgresql_url) as second:
        assert [first.is_leading(), second.is_leading()] == [True, False]
        assert [bool(first.states), bool(second.states)] == [False, False]
        second.run("expire-mailings")
        assert second.states["expire-mailings"].ran_at is None
        first._leadership.release()
        assert [second.is_leading(), first.is_leading()] == [True, False]


def test_every_job_does_nothing_on_an_empty_port(database_url: str) -> None:
    make_tables(database_url)
    with process(database_url) as one:
        assert [one.run(name) for name in JOBS] == [0] * len(JOBS)
        assert [state.failure for state in one.states.values()] == [""] * len(JOBS)
        with one.port.database.read() as connection:
            assert connection.scalar(text("SELECT count(*) FROM stored_event")) == 0
