"""Ships found by number, call sign and name: the latest calls first, of one ship or of all whose name begins so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

import build_costs as costs
from build_database import database_with_tables
from build_port import IMO, NOW, TestPort, at
from port import ships
from port.calls import joined_in
from port.database import Database


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with database_with_tables(database_url) as opened:
        yield opened


def named(database: Database, *rows: tuple[str, str, int]) -> None:
    """Calls by name, of ships that arrive so many hours from now."""
    with database.write() as connection:
        told = [row for call, name, hours in rows for row in ships.names(call, (), name, NOW + timedelta(hours=hours))]
        ships.save(connection, (), told)


def found(database: Database, typed: str, limit: int = 20) -> list[str]:
    with database.read() as connection:
        return ships.find_latest(connection, typed, limit)


def test_of_all_ships_whose_name_begins_so_the_latest_calls_come_first(database: Database) -> None:
    named(database, ("a1", "Egret Spirit", 1), ("b1", "Egret Star", 5), ("a2", "EGRET SPIRIT", 3), ("c1", "Eagle", 9))
    assert found(database, "egret") == ["b1", "a2", "a1"]
    assert found(database, "EGRET SP") == ["a2", "a1"]
    assert found(database, "e", 2) == ["c1", "b1"]
    assert found(database, "heron") == []


def test_the_latest_calls_are_found_whichever_ships_they_are_of(database: Database) -> None:
    named(database, *((f"{ship}-{n:02d}", f"SHIP {ship}", 3 * n + ship) for ship in range(3) for n in range(30)))
    expected = sorted((3 * n + ship, f"{ship}-{n:02d}") for ship in range(3) for n in range(30))[:-21:-1]
    assert found(database, "ship") == [call for _, call in expected]


@pytest.mark.parametrize("name", ["a_b", "a%b", "A-B", "a b", "桂花", "éclat"])
def test_a_name_is_compared_as_it_is_written(database: Database, name: str) -> None:
    named(database, ("right", f"{name} one", 1), ("wrong", "axb one", 2), ("other", "ab one", 3))
    assert found(database, name) == ["right"]


def test_a_number_or_call_sign_that_is_somebodys_is_no_beginning_of_a_name(database: Database) -> None:
    with database.write() as connection:
        rows = [*ships.names("one", ["EGRET/031W"], None, NOW), *ships.names("two", [f"{IMO}/1"], "Egret Star", NOW)]
        ships.save(connection, (), rows)
    assert [found(database, typed) for typed in ("egret", "egret s", IMO, IMO[:4])] == [["one"], ["two"], ["two"], []]


def test_a_call_of_no_time_comes_last_and_a_stays_own_alias_is_no_name() -> None:
    assert ships.names("c", ["stay:IMO1/2", "/031W", f"{IMO}/031W", f"{IMO}/032E"], "", None) == [
        ("c", f"v:{IMO}", ships.UNTOLD)
    ]


def test_a_call_whose_time_changes_moves_and_one_that_joined_another_is_found_as_that(either_port: TestPort) -> None:
    port = either_port

    def titles(typed: str) -> list[str]:
        answer = port.client.get("/v1/search", params={"q": typed}, headers=port.headers("customs"))
        return [result["title"] for result in answer.json()["results"]]

    for voyage, minutes in (("001W", 500), ("002W", 100)):
        port.customs(vesselCalls=[{"vesselIMONumber": IMO, "voyage": voyage, "eta": at(minutes)}])
    assert titles(IMO) == [f"{IMO} 002W", f"{IMO} 001W"]
    port.customs(vesselCalls=[{"vesselIMONumber": IMO, "voyage": "001W", "ata": at(50), "vesselName": "Egret"}])
    assert titles(IMO) == ["Egret 001W", f"{IMO} 002W"]
    port.customs(vesselCalls=[{"vesselIMONumber": IMO, "importVoyage": "001W", "exportVoyage": "002W"}])
    assert titles(IMO) == titles("egret") == ["Egret 001W/002W"]


def test_of_all_aliases_those_of_an_id_tell_what_joined() -> None:
    assert joined_in([("id:one", "two"), (f"{IMO}/1", "two")]) == {"one"}


def test_no_more_rows_of_a_ship_are_read_than_are_shown(database: Database) -> None:
    costs.put(database, costs.calls(range(500)))
    assert found(database, IMO, 3) == found(database, "egret", 3) == [f"call-{n:06d}" for n in (499, 498, 497)]
