"""Rebuilding: whatever of the projections is lost or damaged, the log makes it again, row for row."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select, text

from build_port import BOX, NOW, TestPort, moved, running_port
from build_rebuilding import (
    CERTIFICATE,
    FACTS,
    KEPT,
    PROJECTIONS,
    counts,
    destroy,
    live_through,
    only_grows,
    push,
    rebuilt,
    rows,
    rows_of,
    ruin,
)
from events.log import EVENTS, KEYS
from port import rebuilding
from port.rebuilding import Rebuilding
from port.rebuilding_rows import Comparison
from port.schema import migrate
from stores import copy_of
from web.app import open_port
from web.port import Port
from web.settings import Settings


@dataclass(frozen=True)
class Lived:
    """A database with a history, and who has which key of it at what time."""

    url: str
    keys: dict[tuple[str, str], str]
    now: datetime


@pytest.fixture(scope="module")
def lived(shared_database_url: str) -> Lived:
    with running_port(shared_database_url) as running:
        live_through(running)
    return Lived(shared_database_url, running.keys, running.clock.now)


@pytest.fixture
def port(lived: Lived, tmp_path: Path) -> Iterator[TestPort]:
    """A port with a history, on SQLite and on PostgreSQL."""
    with copy_of(lived.url, tmp_path) as url, running_port(url) as running:
        running.keys.update(lived.keys)
        running.clock.now = lived.now
        yield running


def test_a_port_that_lived_through_much_is_as_its_log_makes_it(port: TestPort) -> None:
    before = rows(port)
    assert {table for table, found in before.items() if not found} == set()
    report = rebuilt(port, is_check=True)
    assert (counts(report), report.is_whole) == ({}, True)
    assert counts(rebuilt(port)) == {}
    assert rows(port) == before


def test_every_projection_destroyed_is_made_again_row_for_row(port: TestPort) -> None:
    before = rows(port)
    with port.client.app.state.port.database.write() as connection:
        destroy(connection)
    told = counts(rebuilt(port))
    # What is history is filed with the rest first, and then away.
    told["event_key"] = (told["event_key"][0] - told["event_key"][2], 0, 0)
    assert {table.name: (len(before[table.name]), 0, 0) for table in PROJECTIONS} == told
    assert rows(port) == before
    assert counts(rebuilt(port, is_check=True)) == {}


def test_a_check_names_what_is_missing_and_mends_nothing(sqlite_url: str) -> None:
    with running_port(sqlite_url) as port:
        live_through(port)
        before = rows(port)
        for table in PROJECTIONS:
            ruin(port, f"DELETE FROM {table.name}")
            damaged = rows(port)
            report = rebuilt(port, is_check=True)
            assert counts(report) == {table.name: (len(before[table.name]), 0, 0)}
            assert report.is_whole == (table is not KEYS)
            assert rows(port) == damaged
            assert table.name in counts(rebuilt(port))
            assert rows(port) == before


DAMAGE = {
    "visit": "UPDATE visit SET container_number = 'TGHU1643396', record = '{}', is_overdue = true",
    "visit_viewer": "INSERT INTO visit_viewer SELECT visit_id, 'party', 'STRANGER' FROM visit WHERE alias_of IS NULL",
    "visit_reference": "INSERT INTO visit_reference (reference, visit_id) VALUES ('BILL', 'nobody')",
    "decision": "UPDATE decision SET is_current = NOT is_current, holds_slot = NOT holds_slot, visit_id = 'nobody'",
    "instruction": "UPDATE instruction SET state = 'EXECUTED', why = NULL",
    "alert": "UPDATE alert SET detail = 'nothing to see', position = position + 1",
    "vessel_call": "INSERT INTO vessel_call (call_id, record) VALUES ('ghost', '{}')",
    "call_alias": "UPDATE call_alias SET call_id = 'ghost'",
    "certificate_mailing": "UPDATE certificate_mailing SET state = 'SIGNED', item_id = NULL",
    "call_name": "UPDATE call_name SET arrives_at = arrives_at + 1",
    "source": "UPDATE source SET messages = messages + 7, refused = 3",
    "log_head": "UPDATE log_head SET visits = visits - 1, alerts = alerts + 1",
    "sender_sequence": "UPDATE sender_sequence SET sequence = sequence + 7",
    "event_key": "INSERT INTO event_key (key, position) SELECT 'c:CSQU3054383', position FROM stored_event"
    " WHERE position NOT IN (SELECT position FROM event_key WHERE key IN ('c:CSQU3054383', 'o:CSQU3054383'))",
    "history_seal": "UPDATE history_seal SET until = until - 1",
    "sealed_reference": "UPDATE sealed_reference SET reference = 'b:ANOTHER' WHERE reference LIKE 'b:%'",
}


def test_what_was_falsified_is_found_and_put_right(port: TestPort) -> None:
    before = rows(port)
    for table, damage in DAMAGE.items():
        ruin(port, damage)
        assert table in counts(rebuilt(port, is_check=True))
        assert table in counts(rebuilt(port))
        assert rows(port) == before, table


def test_a_message_that_comes_while_messages_are_counted_is_counted_too(
    port: TestPort, monkeypatch: pytest.MonkeyPatch
) -> None:
    counting = rebuilding.compare_counts
    comes = iter([True])

    def interrupted(connection: Connection) -> list[Comparison]:
        found = counting(connection)
        if next(comes, False):
            # Of it nothing is taken, so the log stays where it is.
            port.push("edifact", b"neither this nor that", role="terminal")
        return found

    port.push("edifact", b"nor was this", role="terminal")
    ruin(port, DAMAGE["source"])
    monkeypatch.setattr(rebuilding, "compare_counts", interrupted)
    assert "source" in counts(rebuilt(port))
    assert counts(rebuilt(port, is_check=True)) == {}


def test_rows_that_stand_for_nothing_are_taken_away(port: TestPort) -> None:
    before = rows(port)
    for table, key in (("decision", "decision_id"), ("instruction", "instruction_id"), ("visit", "visit_id")):
        made = next(one for one in PROJECTIONS if one.name == table)
        columns = [column.name for column in made.columns if column.name != key]
        named = ", ".join(columns)
        ruin(port, f"INSERT INTO {table} ({key}, {named}) SELECT 'ghost', {named} FROM {table} LIMIT 1")
    told = counts(rebuilt(port))
    assert told == {"decision": (0, 0, 1), "instruction": (0, 0, 1), "visit": (0, 0, 1)}
    assert rows(port) == before


def test_what_a_fold_of_another_day_told_is_not_unsaid_but_followed_by_the_next_version(port: TestPort) -> None:
    asked = f"/v1/containers/{BOX}"
    before = port.get(asked, role="customs").json()
    ruin(port, 'UPDATE key_change SET record = replace(record, \'"movement":"\', \'"movement":"X\')')
    assert counts(rebuilt(port))["key_change"][0] > 0
    after = port.get(asked, role="customs").json()
    assert after == before | {"version": before["version"] + 1}
    assert counts(rebuilt(port, is_check=True)) == {}


def test_decisions_are_never_made_again(port: TestPort) -> None:
    events = port.client.app.state.port.ask(lambda c: c.execute(text("SELECT count(*) FROM stored_event")).scalar())
    with port.client.app.state.port.database.write() as connection:
        destroy(connection)
    rebuilt(port)
    assert events == port.client.app.state.port.ask(
        lambda c: c.execute(text("SELECT count(*) FROM stored_event")).scalar()
    )


def test_what_was_drawn_by_chance_is_left_alone_and_missed_when_it_is_lost(port: TestPort) -> None:
    made = port.post("/v1/certificates", CERTIFICATE | {"certificateNumber": "C26"}, role="consignee").json()
    one = f"/v1/certificates/{made['mailingID']}"
    port.post(f"{one}/sign", {}, role="authority")
    port.post(f"{one}/place", {"locker": "7"}, role="authority")
    port.post(f"{one}/code", role="consignee")
    before = rows(port)
    ruin(port, "UPDATE certificate_mailing SET locker = NULL")
    rebuilt(port)
    assert rows(port) == before
    ruin(port, "DELETE FROM certificate_mailing")
    rebuilt(port)
    [row] = [row for row in rows(port)[KEPT[1].name] if made["mailingID"] in row]
    assert row[:8] == next(old for old in before[KEPT[1].name] if made["mailingID"] in old)[:8]
    assert port.post(f"{one}/code", role="consignee").status_code == 200


def test_two_processes_come_to_the_same(port: TestPort) -> None:
    before = rows(port)
    with port.client.app.state.port.database.write() as connection:
        destroy(connection)
    rebuilt(port, workers=2)
    assert rows(port) == before


def test_beside_a_server_that_takes_messages_nothing_is_lost(port: TestPort) -> None:
    async def both() -> None:
        async def tell() -> None:
            for minutes in range(40, 20, -1):
                body = {"messageID": f"meanwhile-{minutes}", "events": [moved("DROP", minutes_ago=minutes)]}
                await port.client.http.post("/v1/messages/gate", json=body, headers=headers)

        held: Port = port.client.app.state.port
        rebuild = asyncio.to_thread(Rebuilding(held.judge, NOW).run, held.database, only_grows)
        await asyncio.gather(tell(), rebuild, tell())

    headers = port.headers("terminal")
    ruin(port, "DELETE FROM visit_viewer")
    ruin(port, "DELETE FROM decision")
    port.client.portal.call(both)
    assert counts(rebuilt(port, is_check=True)) == {}


# Any history


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with its tables, to be copied."""
    path = tmp_path_factory.mktemp("empty") / "port.db"
    migrate(f"sqlite:///{path}")
    return path


@contextmanager
def opened(empty: Path) -> Iterator[Port]:
    with TemporaryDirectory() as folder:
        shutil.copyfile(empty, f"{folder}/port.db")
        port = open_port(Settings(database_url=f"sqlite:///{folder}/port.db"), clock=lambda: NOW)
        port.recorder.start()
        yield port
        port.recorder.stop()
        port.database.close()


def _wherever_ours_are_filed(connection: Connection) -> dict[str, list[tuple[Any, ...]]]:
    """Our own facts of a sealed visit lie with the history or with what is live, as a commit had it (decision 0017)."""
    rows = rows_of(connection)
    ours = set(connection.scalars(select(EVENTS.c.position).where(EVENTS.c.sender == "")))
    filed = {(f"c:{key[2:]}" if key.startswith("o:") and at in ours else key, at) for key, at in rows["event_key"]}
    return rows | {"event_key": sorted(filed, key=repr)}


# A late word of a sealed stay, while what we said of another one is not read.
SEALED = [33, 3, 14, 34, 41, 18, 2, 36, 7, 17, 38, 1, 11, 37, 35, 49, 46, 21, 48, 45, 47, 22]
AFTER_SEALED = [*SEALED, *(number for number in range(len(FACTS)) if number not in SEALED)]
batches = st.lists(st.integers(1, 5), min_size=len(FACTS), max_size=len(FACTS))


@pytest.mark.slow
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(len(FACTS))), sizes=batches, first=st.integers(3, len(FACTS)))
@example(order=AFTER_SEALED, sizes=[1] * len(FACTS), first=len(SEALED))
def test_any_history_is_made_again_from_its_log(empty: Path, order: list[int], sizes: list[int], first: int) -> None:
    waiting = order[:first]
    with opened(empty) as port:
        for size in sizes:
            if waiting:
                push(port, *waiting[:size])
                waiting = waiting[size:]
        before = port.ask(_wherever_ours_are_filed)
        assert counts(rebuilt(port, is_check=True)) == {}
        with port.database.write() as connection:
            destroy(connection)
        rebuilt(port)
        assert port.ask(_wherever_ours_are_filed) == before
