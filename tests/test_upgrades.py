"""Upgrades: what a released program left is brought to this one, and everything in it is still told."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from sqlalchemy import create_engine, inspect, select

from build_port import BOX, IMO, NOW, TestPort, moved, running_port
from build_released import KEPT, Release, releases, restore, told_by
from port.database import open_database, parse_url
from port.migrations.declared import declared_tables, differences
from port.rebuilding import Rebuilding
from port.rebuilding_rest import compare_counts
from port.register import VISITS
from port.schema import migrate, scripts
from port.tables import SchemaState, schema_state

RELEASES = releases()


@contextmanager
def upgraded(release: Release, url: str) -> Iterator[TestPort]:
    """This program on the database that one left."""
    restore(release, url)
    migrate(url)
    with running_port(url) as port:
        parties = {role: role.upper() for role in release.keys}
        port.keys |= {(role, parties[role]): key for role, key in release.keys.items()}
        yield port


def settled(told: Any) -> Any:
    """With every list in one order: what happened in the same instant may be told either way round."""
    if isinstance(told, dict):
        return {name: settled(value) for name, value in told.items()}
    return sorted(map(settled, told), key=json.dumps) if isinstance(told, list) else told


def found(told: Any, before: Any) -> Any:
    """What is told now, cut down to what was told before: a later version may tell more."""
    if isinstance(before, dict) and isinstance(told, dict):
        return {name: found(told.get(name), value) for name, value in before.items()}
    if isinstance(before, list) and isinstance(told, list) and len(told) == len(before):
        return [found(one, other) for one, other in zip(told, before, strict=True)]
    return told


def test_the_first_revision_is_among_the_released():
    known = [script.revision for script in scripts().walk_revisions()]
    assert RELEASES[0].revision == "0001"
    assert {release.revision for release in RELEASES} <= set(known)


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.revision)
def test_what_was_told_before_an_upgrade_is_told_after_it(release: Release, database_url: str):
    with upgraded(release, database_url) as port:
        assert found(settled(told_by(port)), settled(release.told)) == settled(release.told)


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.revision)
def test_every_decision_and_message_of_before_is_explained_after(release: Release, database_url: str):
    with upgraded(release, database_url) as port:
        for row in release.told["decisions"]:
            told = port.get(f"/v1/decisions/{row['decisionID']}", role="customs").json()
            assert (told["route"], told["reason"], bool(told["facts"])) == (row["route"], row["reason"], True)
        for row in release.told["messages"]:
            kept = port.get(f"/v1/messages/{row['receiptID']}", role="customs").json()
            assert len(kept["receipt"]["results"]) == row["items"]


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.revision)
def test_what_was_begun_before_an_upgrade_goes_on_after_it(release: Release, database_url: str):
    with upgraded(release, database_url) as port:
        first = next(row for row in release.told["instructions"] if row["state"] == "CANCELLED")
        again = port.push("gate", KEPT, role="terminal").json()
        assert again["duplicate"] is True
        assert again["results"][0]["instruction"]["instructionID"] == first["instructionID"]
        port.clock.forward(minutes=30)
        [left] = port.gate(moved("GTOT", minutes_ago=-20))["results"]
        taken = sum(row["items"] - row["rejected"] for row in release.told["messages"] if row["sender"] == "TERMINAL")
        visit = release.told["containers"]["customs"]["visitID"]
        assert (left["outcome"], left["sequence"], left["visitIDs"]) == ("accepted", taken + 1, [visit])
        assert port.container(BOX)["facets"]["movement"] == "GATED_OUT"


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.revision)
def test_an_upgrade_leads_to_the_declared_tables_and_once_is_enough(release: Release, database_url: str):
    restore(release, database_url)
    newest = scripts().get_heads() == [release.revision]
    assert schema_state(database_url) is (SchemaState.CURRENT if newest else SchemaState.OLDER)
    migrate(database_url)
    rows = counted(database_url)
    migrate(database_url)
    assert counted(database_url) == rows
    assert rows["stored_event"] == len(release.tables["stored_event"])
    with closing(open_database(database_url)) as database, database.read() as connection:
        assert differences(connection, declared_tables()) == []


def counted(url: str) -> dict[str, int]:
    engine = create_engine(parse_url(url))
    with engine.connect() as connection:
        names = inspect(connection).get_table_names()
        counts = {n: connection.exec_driver_sql(f'SELECT count(*) FROM "{n}"').scalar() or 0 for n in names}
    engine.dispose()
    return counts


def test_no_key_of_a_release_opens_anything_elsewhere(sqlite_url: str):
    with running_port(sqlite_url) as port:
        for key in [*RELEASES[0].keys.values(), f"dp_{secrets.token_hex(5)}_{secrets.token_hex(20)}"]:
            answer = port.client.get("/v1/session", headers={"Authorization": f"Bearer {key}"})
            assert answer.status_code == 401


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.revision)
def test_a_rebuild_keeps_every_visit_id_that_a_released_program_handed_out(release: Release, database_url: str):
    with upgraded(release, database_url) as port:
        running = port.client.app.state.port
        Rebuilding(running.judge, NOW).run(running.database, lambda *_: None)
        kept = set(running.ask(lambda connection: connection.scalars(select(VISITS.c.visit_id)).all()))
        assert kept == {row["visit_id"] for row in release.tables["visit"]}
        assert found(settled(told_by(port)), settled(unnumbered(release.told))) == settled(unnumbered(release.told))


def unnumbered(told: Any) -> Any:
    """Without versions: what is written otherwise today is told again, as the next one."""
    if isinstance(told, dict):
        return {name: unnumbered(value) for name, value in told.items() if name != "version"}
    return [unnumbered(one) for one in told] if isinstance(told, list) else told


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.revision)
def test_what_is_counted_as_it_comes_was_counted_of_all_that_came_before(release: Release, database_url: str):
    with upgraded(release, database_url) as port:
        running = port.client.app.state.port
        compared = running.ask(compare_counts)
        assert {one.table.name: one.difference.count for one in compared} == {"log_head": 0, "source": 0}
        calls = port.get(f"/v1/search?q={IMO}", role="customs").json()["results"]
        assert [call["key"] for call in calls] == [port.container(BOX)["vesselCall"]["callID"]]
