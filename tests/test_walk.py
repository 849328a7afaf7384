"""The main job, whole: a terminal's COARRI in, the instruction in its answer, the forwarder's socket and page told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, expect
from websockets.sync.client import ClientConnection, connect

from server import Key, Server

BOX = "CSQU3054383"
BILL = "COSU6123456780"
NUMBER = "371120261001234567"


def declared() -> dict[str, object]:
    """What customs knows in advance: the call, the bill, the declaration of ordinary goods."""
    yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    return {
        "messageID": "ADVANCE-1",
        "vesselCalls": [
            {
                "vesselIMONumber": "9074729",
                "callSign": "3ERX3",
                "vesselName": "EGRET TRADER",
                "importVoyage": "031W",
                "exportVoyage": "032E",
                "facilityCode": "XMHT",
            }
        ],
        "manifests": [
            {
                "transportDocumentReference": BILL,
                "vesselIMONumber": "9074729",
                "voyage": "031W",
                "direction": "IMPORT",
                "containers": [BOX],
                "consignee": {"code": "CONSIGNEE", "name": "Lujiang Furniture"},
                "forwarder": {"code": "FORWARDER", "name": "Egret Forwarding"},
            }
        ],
        "declarations": [
            {
                "declarationNumber": NUMBER,
                "direction": "IMPORT",
                "mode": "ADVANCE",
                "declaredAt": yesterday,
                "declarant": {"code": "BROKER", "name": "Gulangyu Brokers"},
                "consignee": {"code": "CONSIGNEE", "name": "Lujiang Furniture", "creditGrade": "GENERAL"},
                "transportDocumentReference": BILL,
                "vesselIMONumber": "9074729",
                "voyage": "031W",
                "lines": [
                    {
                        "hsCode": "9403600000",
                        "originCountry": "VN",
                        "netMassKg": 9800,
                        "declaredValue": 42000,
                        "currency": "USD",
                    }
                ],
            }
        ],
    }


def discharge_report() -> bytes:
    """A COARRI discharge report of our own, its time the terminal's local one."""
    local = datetime.now(UTC) + timedelta(hours=8) - timedelta(minutes=2)
    at, sent = local.strftime("%Y%m%d%H%M"), local.strftime("%y%m%d:%H%M")
    segments = [
        f"UNB+UNOA:2+XMHT+CUSTOMS+{sent}+{local:%H%M%S}",
        "UNH+1+COARRI:D:95B:UN:ITG13",
        f"BGM+44+DIS{at}+9",
        "TDT+20+031W+1+13+COS:172:20+++3ERX3:103::EGRET TRADER",
        "LOC+11+CNXMN:139:6+XMHT:TER:ZZZ",
        "NAD+CF+COS:172:20",
        f"EQD+CN+{BOX}+22G1:102:5++3+5",
        f"DTM+203:{at}:203",
        "LOC+147+0380886::5",
        "MEA+AAE+G+KGM:12300",
        "SEL+XM0917+CA",
        "CNT+16:1",
        "UNT+12+1",
        f"UNZ+1+{local:%H%M%S}",
    ]
    return "".join(f"{segment}'" for segment in segments).encode()


def push(server: Server, key: Key, format: str, body: bytes) -> dict[str, Any]:
    with server.client(key) as client:
        answer = client.post(f"/v1/messages/{format}", content=body)
        assert answer.status_code == httpx.codes.OK, answer.text
        told: dict[str, Any] = answer.json()
        return told


@contextmanager
def following(server: Server, key: Key) -> Iterator[ClientConnection]:
    """The forwarder's socket, subscribed to the box; the snapshot is read."""
    with server.client(key) as client:
        ticket = client.post("/v1/stream-tickets").json()["ticket"]
    with connect(f"{server.websocket_url}/v1/stream") as socket:
        socket.send(json.dumps({"id": 1, "connect": {"ticket": ticket}}))
        assert "connected" in heard(socket)
        socket.send(json.dumps({"id": 2, "subscribe": {"key": f"container:{BOX}"}}))
        assert heard(socket)["subscribed"]["recovered"] is False
        assert heard(socket)["snapshot"]["data"]["facets"]["movement"] == "EXPECTED"
        yield socket


def heard(socket: ClientConnection) -> dict[str, Any]:
    frame: dict[str, Any] = json.loads(socket.recv(timeout=20))
    return frame


def test_a_discharge_is_routed_answered_and_seen_on_the_phone_at_once(
    server: Server, chromium: Browser, tmp_path: Path
) -> None:
    terminal = server.create_key(party="XMHT-OPERATOR", role="terminal", facilities=("XMHT",))
    customs = server.create_key(party="CUSTOMS", role="customs")
    forwarder = server.create_key(party="FORWARDER", role="forwarder")
    push(server, customs, "customs", json.dumps(declared()).encode())

    page = chromium.new_context(viewport={"width": 390, "height": 844}, locale="en-GB").new_page()
    page.goto(f"{server.base_url}/enter#{forwarder.secret}")
    page.wait_for_url(f"{server.base_url}/")
    page.goto(f"{server.base_url}/#/c/{BOX}")
    expect(page.get_by_role("heading", name="Expected")).to_be_visible()
    page.evaluate("window.notReloaded = true")

    with following(server, forwarder) as socket:
        answer = push(server, terminal, "edifact", discharge_report())
        [result] = answer["results"]
        given = result["instruction"]
        assert (given["point"], given["route"], given["reason"]) == ("DISCHARGE", "DIRECT_RELEASE", "RULE")
        event = heard(socket)["event"]
        assert event["data"]["visitID"] in result["visitIDs"]
        assert event["data"]["facets"]["movement"] == "DISCHARGED"
        assert event["data"]["instruction"] == {"route": "DIRECT_RELEASE", "state": "ISSUED", "reason": "CUSTOMS"}

    expect(page.get_by_role("heading", name="Awaiting release")).to_be_visible()
    assert page.evaluate("window.notReloaded") is True
    page.screenshot(path=str(tmp_path / "walk.png"))
