"""port.sources: what is counted as it comes is what a count of everything would be."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from msgspec.structs import replace

from build_database import database_with_tables
from build_port import NOW, TestPort, discharged
from events import log
from events.log import LoggedMessage
from port import health, sources
from port.batch import Work
from port.database import Database
from port.register import Registered
from port.sources import Source


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with database_with_tables(database_url) as opened:
        yield opened


def message(number: int, *, rejected: int = 0, sender: str = "XMHT") -> LoggedMessage:
    return LoggedMessage(
        f"r{number}", sender, "gate", f"id:{number}", "", "", "", "k", NOW + timedelta(minutes=number), b"", "TAKEN", 1,
        rejected, "[]",
    )  # fmt: skip


def keep(database: Database, *new: LoggedMessage, answered: tuple[LoggedMessage, ...] = ()) -> None:
    with database.write() as connection:
        log.keep(connection, list(new))
        sources.add(connection, new, answered)
        for row in answered:
            log.answer_again(connection, row)


def told(database: Database) -> list[Source]:
    with database.read() as connection:
        found = sources.find_sources(connection)
        assert {Source(**row) for row in sources.counted(connection)} == set(found)
        return found


def test_messages_are_added_batch_by_batch_and_the_quietest_comes_first(database: Database) -> None:
    keep(database, message(1), message(2, rejected=1), message(9, sender="XMSYD"))
    keep(database, message(4), message(3))
    assert told(database) == [
        Source("XMHT", "gate", NOW + timedelta(minutes=4), 4, 1),
        Source("XMSYD", "gate", NOW + timedelta(minutes=9), 1, 0),
    ]


def test_a_message_that_is_answered_anew_is_refused_as_it_is_then(database: Database) -> None:
    keep(database, message(1, rejected=1), message(2))
    keep(database, answered=(message(1),))
    assert [one.refused for one in told(database)] == [0]
    keep(database, answered=(message(1, rejected=1), message(2, rejected=2), message(2, rejected=1)))
    assert [(one.messages, one.refused) for one in told(database)] == [(2, 2)]
    both = message(3)
    keep(database, both, answered=(replace(both, rejected=1), both, replace(both, rejected=1)))
    assert [(one.messages, one.refused) for one in told(database)] == [(3, 3)]


def test_nothing_kept_writes_nothing(database: Database) -> None:
    keep(database)
    assert told(database) == []


def test_a_port_counts_what_it_takes_refuses_and_replays(either_port: TestPort) -> None:
    either_port.gate(discharged())
    either_port.gate(discharged(box="CSQU3054384"))
    running = either_port.client.app.state.port
    before = running.ask(sources.find_sources)
    assert [(one.messages, one.refused) for one in before] == [(2, 1)]
    [refused] = either_port.get("/v1/messages?state=rejected", role="terminal").json()["messages"]
    either_port.post(f"/v1/messages/{refused['receiptID']}/replay", role="terminal")
    assert running.ask(sources.find_sources) == before


def test_a_visit_that_comes_without_a_fact_is_counted(either_port: TestPort) -> None:
    either_port.gate(discharged())
    running = either_port.client.app.state.port

    def cut(work: Work) -> None:
        # As where another rule cuts a container anew.
        row = Registered("V2", "CSQU3054383", "e", 1, None, "", 0, None, True, False, "", "")
        work.state.visits.rows.put(row.visit_id, row)

    before = running.ask(health.counts)
    running.recorder.command_and_wait(cut)
    after = running.ask(health.counts)
    assert (after.visits, after.log_position) == (before.visits + 1, before.log_position)
