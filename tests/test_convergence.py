"""Convergence (b), through the database: whatever order the facts arrive in, the port comes to the same story."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters import intake
from adapters.seam import SenderProfile
from build_port import BOX, NOW, at, declaration, discharged, manifest, moved, notice
from port import register, timelines
from port.actor import Actor, Role
from port.dossier import from_json
from port.schema import migrate
from web.app import open_port
from web.port import Port
from web.settings import Settings

OFFICER = Actor("k", "CUSTOMS", "Customs", Role.CUSTOMS, frozenset())
CUSTOMS = SenderProfile(party="CUSTOMS", role=Role.CUSTOMS)
TERMINAL = SenderProfile(party="XMHT", role=Role.TERMINAL, facilities=frozenset({"XMHT"}))
SITE = SenderProfile(party="CUSTOMS", role=Role.DEPOT, facilities=frozenset({"XMCY1"}))
HOUSE = {"transportDocumentReference": "HOUSE00001", "masterReference": "COSU6123456780"}
ON_HOUSE = {"transportDocumentReference": "HOUSE00001"}
CALL = {"vesselIMONumber": "9074729", "importVoyage": "031W", "exportVoyage": "032E", "facilityCode": "XMHT"}
# Each is (format, sender, body): two stays of one box, three bills, an inspection, a correction, a late call.
FACTS: list[tuple[str, SenderProfile, dict[str, Any]]] = [
    ("customs", CUSTOMS, {"vesselCalls": [CALL | {"ata": at(3000), "atb": at(2990)}]}),
    ("customs", CUSTOMS, {"manifests": [manifest(issuedAt=at(6000))]}),
    ("customs", CUSTOMS, {"manifests": [manifest(**HOUSE, issuedAt=at(5900))]}),
    ("customs", CUSTOMS, {"declarations": [declaration()]}),
    (
        "customs",
        CUSTOMS,
        {
            "declarations": [
                declaration(declarationNumber="371120261007654321", transportDocumentReference="HOUSE00001")
            ]
        },
    ),
    ("customs", CUSTOMS, {"notices": [notice("INSPECTION_ORDERED", minutes_ago=2900, site="XMCY1")]}),
    ("customs", CUSTOMS, {"notices": [notice("INSPECTION_FINISHED", minutes_ago=2500, result="PASS")]}),
    ("customs", CUSTOMS, {"notices": [notice("RELEASED", minutes_ago=2400)]}),
    ("customs", CUSTOMS, {"carrierReleases": [{"transportDocumentReference": "COSU6123456780", "status": "RELEASED"}]}),
    ("gate", TERMINAL, discharged(eventDateTime=at(2880))),
    ("gate", TERMINAL, moved("GTOT", minutes_ago=2800, toFacilityCode="XMCY1")),
    ("gate", SITE, moved("GTIN", minutes_ago=2760)),
    ("gate", SITE, moved("GTOT", minutes_ago=2450)),
    ("gate", TERMINAL, moved("GTIN", minutes_ago=2420, movementType="IMPORT")),
    ("gate", TERMINAL, moved("GTOT", minutes_ago=2300)),
    ("gate", TERMINAL, moved("GTIN", minutes_ago=900, movementType="EXPORT", vesselIMONumber="9074729", voyage="033E")),
    ("gate", TERMINAL, moved("LOAD", minutes_ago=60, vesselIMONumber="9074729", voyage="033E")),
    ("gate", TERMINAL, moved("DROP", minutes_ago=2870)),
    ("gate", TERMINAL, moved("DROP", minutes_ago=2870) | {"position": "A12"}),
]


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


def push(port: Port, number: int) -> None:
    format, sender, told = FACTS[number]
    body = {"messageID": f"M{number}", **({"events": [told]} if format == "gate" else told)}
    raw = json.dumps(body).encode()
    draft = intake.receive(raw, format=format, sender=sender, key_id="k", received_at=NOW)
    outcomes = {result.outcome for result in port.recorder.submit_and_wait(draft).results}
    assert "rejected" not in outcomes


def story(port: Port) -> list[tuple[object, ...]]:
    """What must not depend on the order: cuts, facets, and the timeline apart from our own facts."""

    def ask(connection):
        rows = [row for row in register.of_containers(connection, [BOX]) if row.alias_of is None and row.visit_key]
        return [(row.visit_key, _facets(row.record), _lines(connection, row.visit_id)) for row in rows]

    def _lines(connection, visit_id: str) -> list[tuple[object, ...]]:
        told = timelines.timeline_of(connection, OFFICER, BOX, visit_id, port.judge)["lines"]
        ours = ("DIVERSION", "INSTRUCTION", "ALERT")
        return [
            (line["eventID"], line["type"], line["at"], line["state"], line["tellings"], json.dumps(line["details"]))
            for line in told
            if not line["type"].startswith(ours)
        ]

    return sorted(port.ask(ask), key=lambda one: one[0])


def _facets(record: str) -> tuple[object, ...]:
    one = from_json(record)
    return (
        one.movement,
        one.customs,
        one.customs_arrival,
        one.carrier,
        one.charges,
        one.direction,
        one.begun_at,
        one.ended_at,
    )


@pytest.fixture(scope="module")
def told_in_order(empty: Path) -> list[tuple[object, ...]]:
    with opened(empty) as port:
        for number in range(len(FACTS)):
            push(port, number)
        return story(port)


def test_told_in_order_the_box_has_two_stays(told_in_order: list[tuple[object, ...]]) -> None:
    facets = [one[1][:2] for one in told_in_order]
    assert ("GATED_OUT", "DECLARED") in facets
    assert ("LOADED", "NOT_DECLARED") in facets
    assert len(facets) == 2


def test_told_backwards_and_in_part_again_it_comes_to_the_same_story(
    empty: Path, told_in_order: list[tuple[object, ...]]
) -> None:
    with opened(empty) as port:
        for number in [*reversed(range(len(FACTS))), 0, 3, len(FACTS) - 1]:
            push(port, number)
        assert story(port) == told_in_order


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(len(FACTS))), again=st.lists(st.integers(0, len(FACTS) - 1), max_size=6))
def test_any_order_with_repeats_comes_to_the_same_story(
    empty: Path, told_in_order: list[tuple[object, ...]], order: list[int], again: list[int]
) -> None:
    with opened(empty) as port:
        for number in order:
            push(port, number)
        for number in again:
            push(port, number)
        assert story(port) == told_in_order
