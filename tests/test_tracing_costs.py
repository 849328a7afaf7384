"""port.tracing: what a page costs, however much is on it and whoever asks."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from build_costs import statements
from build_dcsa import ask
from build_port import IMO, NOW, TestPort, at, declaration, discharged, manifest, moved, notice
from build_traced import numbered
from port import trails
from port.actor import Actor, Role
from port.database import open_database
from port.tracks import TracksWanted

ROLES = ["customs", "terminal", "forwarder"]


def questions(port: TestPort, role: str, **asked: Any) -> int:
    """How many questions to the database a page takes."""
    ask(port, role, **asked)
    found = []
    for _ in range(3):
        with statements() as sent:
            ask(port, role, **asked)
        found.append(len(sent))
    # What the port asks for itself once a second is counted too: the page's own are in every reading.
    return min(found)


def filled(port: TestPort, numbers: range, forwarder: str) -> None:
    party = {"code": forwarder, "name": forwarder}
    boxes = [numbered(n) for n in numbers]
    bills = [f"BILL{n:06d}" for n in numbers]
    port.customs(
        manifests=[
            manifest(transportDocumentReference=bill, containers=[box], forwarder=party)
            for box, bill in zip(boxes, bills, strict=True)
        ],
        declarations=[
            declaration(declarationNumber=f"3711202610{n:08d}", transportDocumentReference=bill, containers=[box])
            for n, box, bill in zip(numbers, boxes, bills, strict=True)
        ],
        notices=[notice("RELEASED") | {"declarationNumber": f"3711202610{n:08d}"} for n in numbers],
    )
    port.gate(*(discharged(box=box) for box in boxes))


@pytest.mark.parametrize("role", ROLES)
def test_a_page_asks_the_database_a_bounded_number_of_questions_however_much_is_on_it(either_port: TestPort, role: str):
    either_port.key("terminal")
    call = {"vesselIMONumber": IMO, "importVoyage": "031W", "facilityCode": "XMHT", "eta": at(9)}
    either_port.customs(vesselCalls=[call])
    filled(either_port, range(30), "FORWARDER")
    few, many = questions(either_port, role, limit=5), questions(either_port, role, limit=200)
    assert len(ask(either_port, role, limit=200).json()["events"]) > 80
    assert max(few, many) <= 48
    filled(either_port, range(100, 200), "SOMEBODY")
    assert max(questions(either_port, role, limit=limit) for limit in (5, 200, 1000)) <= 48
    assert questions(either_port, role, equipmentReference=numbered(3)) <= 25


def test_a_party_s_question_begins_at_its_own_visits_and_reads_no_table_through(port: TestPort):
    filled(port, range(3), "FORWARDER")
    forwarder = Actor("k", "FORWARDER", "Forwarder", Role.FORWARDER, frozenset())
    boxed = TracksWanted(container_number=numbered(1))
    database = open_database(port.url)
    with database.read() as connection:
        for wanted in (TracksWanted(), boxed, TracksWanted(bill="BILL000001")):
            trail = trails.begin(connection, forwarder, wanted)
            assert trail.told is not None
            for part in trail.told:
                sql = part.where(trails.log.KEYS.c.position > 0).compile(
                    connection, compile_kwargs={"literal_binds": True}
                )
                plan = [row[-1] for row in connection.execute(text(f"EXPLAIN QUERY PLAN {sql}"))]
                assert [step for step in plan if step.startswith("SCAN")] == [], (wanted, plan)
    database.close()


def test_where_to_begin_by_time_is_found_by_halving(either_port: TestPort):
    for n in range(40):
        either_port.clock.forward(minutes=2)
        either_port.gate(moved("GTIN", box=numbered(n), minutes_ago=1))
    database = open_database(either_port.url)
    with database.read() as connection, statements() as sent:
        begin, end = trails.positions_heard(connection, NOW, None)
        assert (begin, end) == (0, None)
        middle = either_port.clock.now.replace(minute=0)
        begin, end = trails.positions_heard(connection, middle, middle)
        heard = dict(connection.execute(text("SELECT position, received_at FROM stored_event")).all())
    database.close()
    assert len(sent) <= 4 * 8
    moment = int(middle.timestamp() * 1_000_000)
    assert end is not None
    assert all(position > begin for position, at_ in heard.items() if at_ >= moment)
    assert all(position < end for position, at_ in heard.items() if at_ <= moment)
    assert end - begin < 10
