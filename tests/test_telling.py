"""`GET /v1/events`: contiguous for each party, sealed for it, and silent of what it may not see."""

from __future__ import annotations

import pytest

from build_port import BILL, BOX, TestPort, at, declaration, discharged, manifest, notice, running_port
from port import telling


def events(port: TestPort, role: str, party: str | None = None, **asked: str | int) -> dict:
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    return port.get(f"/v1/events?{query}", role=role, party=party).json()


def test_events_come_in_order_and_the_cursor_goes_on_where_it_stopped(database_url: str) -> None:
    with running_port(database_url) as port:
        port.customs(manifests=[manifest()], declarations=[declaration()])
        port.gate(discharged())
        port.customs(notices=[notice("RELEASED")])
        first = events(port, "forwarder", limit=1)
        assert [event["type"] for event in first["events"]] == ["visit.disclosed"]
        rest = events(port, "forwarder", after=first["next"])
        assert [(event["type"], event["version"]) for event in rest["events"]] == [("DISC", 2), ("RELEASED", 3)]
        assert rest["events"][-1]["data"]["facets"]["customs"] == "RELEASED"
        last = events(port, "forwarder", after=rest["next"])
        assert last == {"events": [], "next": rest["next"]}


def test_a_cursor_serves_only_the_party_it_was_made_for(sqlite_url: str) -> None:
    with running_port(sqlite_url) as port:
        port.customs(manifests=[manifest()])
        cursor = events(port, "forwarder")["next"]
        answer = port.get(f"/v1/events?after={cursor}", role="consignee")
        assert (answer.status_code, answer.json()["reason"]) == (422, "BAD_CURSOR")
        assert port.get("/v1/events?after=nonsense", role="consignee").json()["reason"] == "BAD_CURSOR"


def test_another_bill_in_the_box_moves_without_an_event_for_me(sqlite_url: str) -> None:
    other = {"transportDocumentReference": "OTHER0001", "consignee": {"code": "STRANGER", "name": "Stranger"}}
    foreign = declaration(declarationNumber="371120261009999999", **other, declarant={"code": "STRANGER", "name": "S"})
    with running_port(sqlite_url) as port:
        port.customs(manifests=[manifest(), manifest(**other, forwarder=None)], declarations=[declaration(), foreign])
        port.gate(discharged())
        before = events(port, "forwarder")
        port.customs(notices=[notice("ACCEPTED", declarationNumber="371120261009999999")])
        assert events(port, "forwarder", after=before["next"])["events"] == []


def test_a_nominated_party_gets_the_visit_as_disclosed(sqlite_url: str) -> None:
    with running_port(sqlite_url) as port:
        port.customs(manifests=[manifest()])
        port.gate(discharged())
        assert events(port, "broker", "NEWCOMER")["events"] == []
        wanted = {"equipmentReference": BOX, "transportDocumentReference": BILL}
        wanted |= {"nominee": "NEWCOMER", "role": "broker"}
        made = port.client.post("/v1/visits/nominations", json=wanted, headers=port.headers("forwarder"))
        assert made.status_code == 201, made.text
        [disclosed] = events(port, "broker", "NEWCOMER")["events"]
        assert (disclosed["type"], disclosed["data"]["facets"]["movement"]) == ("visit.disclosed", "DISCHARGED")
        assert disclosed["at"] <= at(-1)


def test_a_search_by_another_partys_bill_tells_nothing_of_a_shared_box(sqlite_url: str) -> None:
    other = {"transportDocumentReference": "OTHER0001", "consignee": {"code": "STRANGER", "name": "Stranger"}}
    with running_port(sqlite_url) as port:
        port.customs(manifests=[manifest(), manifest(**other, forwarder=None)])
        found = port.get("/v1/search?q=OTHER0001", role="forwarder").json()["results"]
        absent = port.get("/v1/search?q=OTHER0002", role="forwarder").json()["results"]
        assert found == absent == []
        [own] = port.get("/v1/search?q=OTHER0001", role="consignee", party="STRANGER").json()["results"]
        assert own["equipmentReference"] == BOX


def test_a_call_that_looks_through_little_goes_on_where_it_stopped(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = manifest(transportDocumentReference="OTHER0001", containers=["CSQU4078857"], forwarder=None)
    with running_port(database_url) as port:
        port.customs(manifests=[manifest()], declarations=[declaration()])
        for _ in range(5):
            port.customs(manifests=[other])
        port.gate(discharged())
        port.customs(notices=[notice("RELEASED")])
        whole = events(port, "forwarder")
        monkeypatch.setattr(telling, "_MOST_LOOKED_THROUGH", 3)
        pages = [events(port, "forwarder")]
        while pages[-1]["next"] != (page := events(port, "forwarder", after=pages[-1]["next"]))["next"]:
            pages.append(page)
        assert [] in [page["events"] for page in pages]
        assert [event for page in pages for event in page["events"]] == whole["events"]
