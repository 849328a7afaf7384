"""Following for people: only while somebody wants to hear of something, and forgetting what was told long ago."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from build_notices import Desk, running_desk
from build_port import BOX, discharged, manifest, moved
from port import noticing
from port.outbox import FOLLOWERS

DISCHARGED = "container.discharged"


@pytest.fixture
def desk(sqlite_url: str, tmp_path: Path) -> Iterator[Desk]:
    with running_desk(sqlite_url, tmp_path) as running:
        yield running


@pytest.fixture
def either_desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    with running_desk(database_url, tmp_path) as running:
        yield running


def announce(desk: Desk) -> None:
    desk.port.customs(manifests=[manifest()])


def arrive(desk: Desk) -> None:
    desk.port.gate(discharged(minutes_ago=30))


def told(desk: Desk) -> list[str]:
    return [item["type"] for item in desk.ask("GET", "").json()["items"]]


def test_the_outbound_process_is_wanted_only_while_somebody_has_not_heard(either_desk: Desk):
    desk = either_desk

    def is_wanted() -> bool:
        with desk.database.read() as connection:
            return noticing.is_wanted(connection)

    announce(desk)
    assert not is_wanted()
    desk.watch(BOX)
    desk.follow()
    assert not is_wanted()
    arrive(desk)
    assert is_wanted()
    desk.follow()
    assert not is_wanted()


def test_a_follower_that_nobody_needs_keeps_nothing_from_being_forgotten(desk: Desk):
    desk.watch(BOX)
    announce(desk)
    arrive(desk)
    desk.follow()
    assert [row["name"] for row in followers(desk)] == ["notices"]
    assert len(told(desk)) == 0
    desk.choose({DISCHARGED: ["PUSH"]})
    desk.port.gate(moved("DROP"))
    desk.follow()
    desk.port.run_job("sweep-notices")
    assert [row["name"] for row in followers(desk)] == ["notices"]
    desk.port.client.delete(f"/v1/watchlist/{BOX}", headers=desk.port.headers("forwarder"))
    desk.port.run_job("sweep-notices")
    assert followers(desk) == []


def followers(desk: Desk) -> list[dict[str, Any]]:
    with desk.database.read() as connection:
        return [dict(row) for row in connection.execute(select(FOLLOWERS)).mappings()]


def test_what_was_told_a_month_ago_is_forgotten(desk: Desk):
    desk.choose({DISCHARGED: ["PUSH"]})
    desk.watch(BOX)
    announce(desk)
    arrive(desk)
    desk.follow()
    assert len(told(desk)) == 1
    for days, left in ((29, 1), (31, 0)):
        with desk.database.write() as connection:
            noticing.sweep(connection, now=desk.now + timedelta(days=days))
        assert len(told(desk)) == left
