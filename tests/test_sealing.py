"""port.sealing: what a container's earlier stays cost, and that nothing told of them later is missed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters import intake
from adapters.seam import SenderProfile
from build_port import BOX, NOW, at, declaration, discharged, manifest, moved, notice
from port import register, sealing
from port.evidence import Evidence
from port.schema import migrate
from port.sealing import Seals
from test_convergence import CUSTOMS, TERMINAL, opened, story
from web.app import open_port
from web.port import Port
from web.settings import Settings


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database whose salts are drawn, so that every copy hands out the same ids."""
    path = tmp_path_factory.mktemp("founded") / "port.db"
    migrate(f"sqlite:///{path}")
    open_port(Settings(database_url=f"sqlite:///{path}")).database.close()
    return path


DAY = 24 * 60
BEGINS = (160, 120, 80, 40)
"""Days ago: four stays of one box, well apart."""


def stay(number: int) -> list[tuple[str, SenderProfile, dict[str, Any]]]:
    """One import stay with its papers: its own bill, voyage and declaration."""
    begins = BEGINS[number] * DAY
    bill, voyage, declared = f"COSU61234560{number}", f"03{number}W", f"37112026100123456{number}"
    call = {"vesselIMONumber": "9074729", "voyage": voyage}
    lodged = declaration(declarationNumber=declared, transportDocumentReference=bill, **call)
    return [
        (
            "customs",
            CUSTOMS,
            {"manifests": [manifest(transportDocumentReference=bill, **call, issuedAt=at(begins + DAY))]},
        ),
        ("customs", CUSTOMS, {"declarations": [lodged | {"declaredAt": at(begins + DAY)}]}),
        (
            "customs",
            CUSTOMS,
            {"notices": [notice("RELEASED", minutes_ago=begins - 60) | {"declarationNumber": declared}]},
        ),
        ("customs", CUSTOMS, {"carrierReleases": [{"transportDocumentReference": bill, "status": "RELEASED"}]}),
        ("gate", TERMINAL, discharged(eventDateTime=at(begins), **call)),
        ("gate", TERMINAL, moved("DROP", minutes_ago=begins - 20)),
        ("gate", TERMINAL, moved("GTOT", minutes_ago=begins - 2 * DAY)),
    ]


STAYS = [fact for number in range(4) for fact in stay(number)]
# What may still be said of stays long over, and what only looks as if.
LATE: list[tuple[str, SenderProfile, dict[str, Any]]] = [
    ("customs", CUSTOMS, {"notices": [notice("HELD", minutes_ago=30) | {"declarationNumber": "371120261001234560"}]}),
    (
        "customs",
        CUSTOMS,
        {"manifests": [manifest(transportDocumentReference="HOUSE1", masterReference="COSU612345601")]},
    ),
    ("customs", CUSTOMS, {"carrierReleases": [{"transportDocumentReference": "COSU612345601", "status": "REVOKED"}]}),
    ("customs", CUSTOMS, {"manifests": [manifest(transportDocumentReference="UNDATED", containers=[BOX])]}),
    (
        "customs",
        CUSTOMS,
        {"vesselCalls": [{"vesselIMONumber": "9074729", "importVoyage": "030W", "exportVoyage": "031E"}]},
    ),
    ("customs", CUSTOMS, {"vesselCalls": [{"vesselIMONumber": "9074729", "voyage": "031W", "atd": at(118 * DAY)}]}),
    ("gate", TERMINAL, discharged(eventDateTime=at(BEGINS[1] * DAY), vesselIMONumber="9074729", voyage="031W")),
    ("gate", TERMINAL, moved("GTOT", minutes_ago=BEGINS[2] * DAY - 2 * DAY + 30)),
    ("gate", TERMINAL, moved("STRP", minutes_ago=BEGINS[1] * DAY - DAY)),
    ("gate", TERMINAL, moved("GTIN", minutes_ago=100 * DAY, movementType="EXPORT")),
    ("gate", TERMINAL, moved("GTOT", minutes_ago=BEGINS[0] * DAY - 2 * DAY) | {"isRetracted": True}),
    ("gate", TERMINAL, moved("LOAD", minutes_ago=10, vesselIMONumber="9074729", voyage="031E")),
    ("gate", TERMINAL, moved("AVPU", minutes_ago=60 * DAY)),
    ("gate", TERMINAL, moved("GTIN", minutes_ago=20, movementType="EXPORT")),
    ("gate", TERMINAL, moved("DISC", minutes_ago=70 * DAY, eventClassifierCode="EST")),
]
FACTS = STAYS + LATE


def push(port: Port, number: int) -> None:
    format, sender, told = FACTS[number]
    body = {"messageID": f"M{number}", **({"events": [told]} if format == "gate" else told)}
    draft = intake.receive(json.dumps(body).encode(), format=format, sender=sender, key_id="k", received_at=NOW)
    assert {result.outcome for result in port.recorder.submit_and_wait(draft).results}.isdisjoint({"rejected"})


def without_sealing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Seals, "of", lambda _seals, _container: None)
    monkeypatch.setattr(sealing, "closed", lambda *_: sealing.NOTHING)


def everything(port: Port) -> dict[str, list[tuple[Any, ...]]]:
    """Every row a partner can be told of, whatever is set aside."""
    tables = {
        "visit": "visit_id, alias_of, visit_key, version, begun_at, is_expected, is_overdue, filed_as, record",
        "key_change": '"key", version, position, event_id, type, record',
        "decision": "decision_id, visit_id, route, reason, is_current, holds_slot",
        "instruction": "instruction_id, visit_id, route, state, superseded_by",
        "alert": "alert_id, code, visit_id",
        "message": "receipt_id, answer",
    }
    return {
        name: port.ask(
            lambda c, name=name, columns=columns: sorted(
                map(tuple, c.exec_driver_sql(f"SELECT {columns} FROM {name}")), key=repr
            )
        )
        for name, columns in tables.items()
    }


def sealed_visits(port: Port) -> int:
    rows = port.ask(lambda connection: register.of_containers(connection, [BOX]))
    return sum(row.is_sealed for row in rows)


def test_a_box_that_comes_back_is_read_from_its_last_stay_but_one(founded: Path) -> None:
    with opened(founded) as port:
        for number in range(len(STAYS)):
            push(port, number)
        assert sealed_visits(port) == 3
        live = port.ask(lambda connection: Evidence(connection).about(BOX, is_whole=False))
        assert {recorded.fact.kind for recorded in live} >= {"equipment", "declaration"}
        whole = port.ask(lambda connection: Evidence(connection).about(BOX))
        assert len(live) < len(whole) / 3


@pytest.mark.slow
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    late=st.lists(st.integers(len(STAYS), len(FACTS) - 1), max_size=8, unique=True),
    order=st.permutations(range(len(STAYS))),
    is_shuffled=st.booleans(),
)
def test_sealed_or_not_the_same_is_told(founded: Path, late: list[int], order: list[int], is_shuffled: bool) -> None:
    told = [*(order if is_shuffled else range(len(STAYS))), *late]
    with opened(founded) as port:
        for number in told:
            push(port, number)
        sealed = everything(port), story(port)
    with pytest.MonkeyPatch.context() as patch, opened(founded) as port:
        without_sealing(patch)
        for number in told:
            push(port, number)
        assert (everything(port), story(port)) == sealed
