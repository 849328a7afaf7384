"""Questions whose answer does not grow cost the same however much is stored: counted in steps and rows, not in time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Table

import build_costs as costs
from build_database import database_with_tables
from build_port import IMO, NOW
from port import health, kept, reconciled, searching, sources
from port.actor import Actor, Role
from port.database import Database

CUSTOMS = Actor(key_id="k", party="CUSTOMS", party_name="Customs", role=Role.CUSTOMS, facilities=frozenset())
TERMINAL = Actor(
    key_id="k", party="XMHT", party_name="Terminal", role=Role.TERMINAL, facilities=frozenset(costs.PLACES[:2])
)
FEW, MANY = range(1, 401), range(401, 4001)
Fill = Callable[[range], Mapping[Table, costs.Rows]]
Ask = Callable[[Connection], object]


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with database_with_tables(database_url) as opened:
        costs.founded(opened)
        yield opened


def instructions(who: Actor, state: str | None, *, after: str | None = None) -> Ask:
    return lambda c: kept.list_instructions(c, who, state=state, facility=None, after=after, limit=20)


def messages(**more: Any) -> Ask:
    given = {"only_refused": False, "before": None, "limit": 20} | more
    return lambda c: kept.list_messages(c, TERMINAL, **given)


def hours(who: Actor, **more: Any) -> Ask:
    given = {"only_differing": False, "before": None, "limit": 20} | more
    return lambda c: reconciled.list_tallies(c, who, **given)


def ended(numbers: range) -> Mapping[Table, costs.Rows]:
    return costs.instructions(numbers, "EXECUTED")


def issued(numbers: range) -> Mapping[Table, costs.Rows]:
    return costs.instructions(numbers, "ISSUED")


def everything(numbers: range) -> Mapping[Table, costs.Rows]:
    filled = (costs.visits, costs.alerts, costs.messages, ended)
    return {table: rows for fill in filled for table, rows in fill(numbers).items()}


QUESTIONS: dict[str, tuple[Fill, Ask]] = {
    "a ship by its number": (costs.calls, lambda c: searching.search(c, CUSTOMS, IMO)),
    "a ship by its name": (costs.calls, lambda c: searching.search(c, CUSTOMS, "egret")),
    "open instructions, customs": (issued, instructions(CUSTOMS, "ISSUED")),
    "open instructions of two facilities": (issued, instructions(TERMINAL, "ISSUED")),
    "open instructions, the second page": (issued, instructions(CUSTOMS, "ISSUED", after="ISSUED-000030")),
    "all instructions of two facilities": (ended, instructions(TERMINAL, None)),
    "ended instructions of two facilities": (ended, instructions(TERMINAL, "ended")),
    "ended instructions, customs": (ended, instructions(CUSTOMS, "ended")),
    "a sender's messages": (costs.messages, messages()),
    "a sender's messages far back": (costs.messages, messages(before="r-000100")),
    "a sender's refused messages far back": (costs.messages, messages(before="r-000100", only_refused=True)),
    "alerts": (costs.alerts, lambda c: kept.list_alerts(c, before=None, limit=20)),
    "decisions": (costs.decisions, lambda c: kept.list_decisions(c, state=None, before=None, limit=20)),
    "decisions that wait": (costs.decisions, lambda c: kept.list_decisions(c, state="waiting", before=None, limit=20)),
    "hours that differ": (costs.hours, hours(CUSTOMS, only_differing=True)),
    "hours of a sender": (costs.hours, hours(TERMINAL)),
    "hours of a sender far back": (
        costs.hours,
        hours(TERMINAL, before=f"{NOW + timedelta(hours=40):%Y%m%dT%H}Z gate XMHT"),
    ),
    "gauges": (everything, health.counts),
    "sources": (costs.messages, sources.find_sources),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_ten_times_as_much_stored_costs_a_question_no_more(database: Database, name: str) -> None:
    fill, ask = QUESTIONS[name]
    costs.put(database, fill(FEW))
    before = costs.work(database, ask)
    costs.put(database, fill(MANY))
    after = costs.work(database, ask)
    # A tree that is one deeper is a few steps more.
    assert (before >= 0, after <= 1.1 * before + 20) == (True, True), (before, after)


@pytest.mark.parametrize("who", [CUSTOMS, TERMINAL])
@pytest.mark.parametrize("state", ["ISSUED", "ended", None])
def test_pages_of_several_facilities_lose_and_repeat_nothing(database: Database, who: Actor, state: str | None) -> None:
    costs.put(database, costs.instructions(range(1, 60), "ISSUED"))
    costs.put(database, costs.instructions(range(60, 140), "EXECUTED"))
    seen, after = list[int](), None
    with database.read() as connection:
        for _ in range(40):
            page = kept.list_instructions(connection, who, state=state, facility=None, after=after, limit=7)
            seen += [row.position for row in page.rows]
            after = page.next
            if after is None:
                break
    wanted = {"ISSUED": range(1, 60), "ended": range(139, 59, -1), None: range(1, 140)}[state]
    # The second is that of the other facility, the third of no facility.
    own = wanted if who is CUSTOMS else [n for n in wanted if n % 4 in (0, 1)]
    assert seen == list(own)


def test_the_instruction_that_waits_longest_is_found_wherever_it_is(database: Database) -> None:
    costs.put(database, costs.instructions(range(7, 30), "ISSUED"))
    with database.read() as connection:
        found = health.counts(connection)
    assert (found.instructions_open, found.oldest_open_instruction_at) == (23, NOW + timedelta(seconds=7))


def test_a_page_of_messages_reads_no_bytes_and_of_what_was_taken_no_answer(database: Database) -> None:
    [(table, rows)] = costs.messages(range(4)).items()
    taken = [dict(row) | {"rejected": 0, "state": "TAKEN", "answer": "x" * 99, "body": b"y" * 99} for row in rows]
    costs.put(database, {table: taken})
    with database.read() as connection:
        page = kept.list_messages(connection, CUSTOMS, only_refused=False, before=None, limit=3)
    assert [(row.body, row.answer) for row in page.rows] == [(b"", "[]")] * 3
