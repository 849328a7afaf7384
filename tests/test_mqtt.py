"""The broker's door, with real brokers: acknowledged after the commit and not before, taken once, answered."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from brokers import Broker, Camera, broker, camera
from build_port import BOX, TestPort, moved, running_port
from events.identifiers import check_digit
from migrated import make_tables
from server import Server, create_key, environment_for, serve
from stores import or_skip
from web.mqtt import Mqtt

pytestmark = pytest.mark.server
SENDERS = "XMHT=XMHT,XMSC=XMHT"


@pytest.fixture(params=["mosquitto", "nats"])
def idle(request: pytest.FixtureRequest) -> Iterator[Broker]:
    """A broker that does not run yet."""
    with or_skip(request.param, broker(request.param)) as made:
        yield made


@pytest.fixture
def running(idle: Broker) -> Iterator[Broker]:
    with or_skip(idle.kind, idle.running()):
        yield idle


@contextlib.contextmanager
def listening(sqlite_url: str, to: Broker, *, senders: str = SENDERS, **settings: Any) -> Iterator[TestPort]:
    """A port that listens to the broker; `XMHT` is a terminal with a key for XMHT."""
    with running_port(sqlite_url, mqtt_senders=senders, **to.settings, **settings) as port:
        port.key("terminal", "XMHT")
        yield port


def door(port: TestPort) -> Mqtt:
    [opened] = port.client.app.state.doors.opened
    return opened


def wait(until: Any, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.02)


@pytest.fixture
def port(sqlite_url: str, running: Broker) -> Iterator[TestPort]:
    with listening(sqlite_url, running) as opened:
        wait(lambda: door(opened).is_up)
        yield opened


@pytest.fixture
def gate(running: Broker, port: TestPort) -> Iterator[Camera]:
    with camera(running) as made:
        yield made


def gated(message_id: str, *, box: str = BOX, **more: object) -> dict[str, object]:
    return {"messageID": message_id, "events": [moved("GTIN", box=box, **more)]}


def kept(port: TestPort) -> list[dict[str, Any]]:
    return port.get("/v1/messages", role="customs").json()["messages"]


def outcome(receipt: dict[str, Any]) -> tuple[str, str | None]:
    [result] = receipt["results"]
    return result["outcome"], result["error"] and result["error"]["reason"]


def test_a_cameras_message_is_answered_with_the_receipt_that_a_push_would_get(port: TestPort, gate: Camera) -> None:
    gate.tell(gated("M-1"))
    receipt = gate.answer(topic="port/XMHT/gate/receipt/M-1")
    assert outcome(receipt) == ("accepted", None)
    assert receipt["results"][0]["instruction"]["route"] == "YARD"
    [message] = kept(port)
    assert (message["receiptID"], message["sender"], message["format"]) == (receipt["receiptID"], "XMHT", "gate")
    pushed = port.push("gate", gated("M-1"), role="terminal", party="XMHT").json()
    assert pushed == receipt | {"duplicate": True}
    wait(lambda: "digital_port_mqtt_waiting 0" in door(port).gauges())
    assert door(port).counters()[0] == "digital_port_mqtt_taken_total 1"


def test_the_same_message_again_is_answered_alike_and_another_under_its_id_is_kept_refused(
    port: TestPort, gate: Camera
) -> None:
    gate.tell(gated("M-1"))
    gate.tell(gated("M-1"))
    first, second = gate.answer(), gate.answer()
    assert sorted([first["duplicate"], second["duplicate"]]) == [False, True]
    assert first["results"] == second["results"]
    gate.tell(gated("M-1", position="GATE 9"))
    assert outcome(gate.answer()) == ("rejected", "IDENTITY_REUSED")
    assert sorted(message["state"] for message in kept(port)) == ["REFUSED", "TAKEN"]


def test_poison_is_kept_refused_and_blocks_nobody(port: TestPort, gate: Camera) -> None:
    poison = [b"", b"not json", b'{"messageID": "M-0"}', b"\xff" * 100, b"[" * 100_000]
    for body in poison:
        gate.tell(body)
    gate.tell(gated("M-1"))
    answers = [gate.answer() for _ in range(len(poison) + 1)]
    assert sorted(outcome(answer)[0] for answer in answers) == ["accepted", *["rejected"] * len(poison)]
    assert len(kept(port)) == len(poison) + 1
    assert "digital_port_mqtt_stuck 0" in door(port).gauges()


def test_a_body_over_the_limit_is_kept_by_its_beginning(port: TestPort, gate: Camera) -> None:
    body = b'{"events": [' + b" " * 1_048_576 + b"]}"
    gate.tell(body)
    sha256 = hashlib.sha256(body).hexdigest()
    answer = gate.answer(topic=f"port/XMHT/gate/receipt/{sha256}")
    assert outcome(answer) == ("rejected", "OVERSIZE")
    told = port.get(f"/v1/messages/{answer['receiptID']}", role="customs").json()
    assert (told["sha256"], len(told["raw"]), told["state"]) == (sha256, 4096, "REFUSED")


def test_a_topic_of_somebody_elses_facility_is_refused_and_kept(port: TestPort, gate: Camera) -> None:
    gate.tell(gated("M-1"), topic="port/XMSC/gate")
    answer = gate.answer()
    assert outcome(answer) == ("rejected", "FOREIGN_FACILITY")
    gate.tell(gated("M-2", facilityCode="XMSC"))
    assert outcome(gate.answer()) == ("rejected", "FOREIGN_FACILITY")
    assert {message["state"] for message in kept(port)} == {"REFUSED"}
    # Once its key speaks for it, the same message is taken.
    del port.keys["terminal", "XMHT"]
    port.key("terminal", "XMHT", "XMHT", "XMSC")
    port.client.app.state.port.doorkeeper.forget()  # else it is noticed 50 ms later
    gate.tell(gated("M-1"), topic="port/XMSC/gate")
    assert outcome(gate.answer()) == ("accepted", None)


def test_a_revoked_key_stops_its_cameras_at_once(port: TestPort, gate: Camera) -> None:
    key_id = port.key("terminal", "XMHT").split("_")[1]
    gate.tell(gated("M-1"))
    assert outcome(gate.answer()) == ("accepted", None)
    admin = {"Authorization": f"Bearer {port.key('admin')}"}
    port.client.delete(f"/v1/keys/{key_id}", headers=admin).raise_for_status()
    gate.tell(gated("M-2"))
    answer = gate.answer()
    assert (outcome(answer), answer["receiptID"]) == (("rejected", "NOT_ALLOWED"), None)
    assert [message["messageID"] for message in kept(port)] == ["M-1"]


def test_a_full_queue_leaves_the_message_with_the_broker(
    sqlite_url: str, running: Broker, port: TestPort, gate: Camera
) -> None:
    recorder = port.client.app.state.port.recorder
    limit, recorder._limit = recorder._limit, 0
    gate.tell(gated("M-1"))
    assert gate.hears_nothing(2)
    assert "digital_port_mqtt_waiting 1" in door(port).gauges() or running.kind == "nats"
    recorder._limit = limit
    assert outcome(gate.answer()) == ("accepted", None)
    assert len(kept(port)) == 1


def test_a_broker_that_comes_late_or_goes_is_found_again(sqlite_url: str, idle: Broker) -> None:
    with listening(sqlite_url, idle) as port:
        assert "digital_port_mqtt_up 0" in door(port).gauges() or not door(port).is_leading
        for message_id in ("M-1", "M-2"):
            with or_skip(idle.kind, idle.running()):
                wait(lambda: door(port).is_up)
                with camera(idle) as gate:
                    gate.tell(gated(message_id))
                    assert outcome(gate.answer())[0] in ("accepted", "duplicate")
            wait(lambda: not door(port).is_up)
            assert port.get("/readyz", role="customs").status_code == 200
        assert len(kept(port)) == 2


def test_what_came_while_no_server_listened_is_taken_at_its_start(sqlite_url: str, running: Broker) -> None:
    with listening(sqlite_url, running) as port:
        wait(lambda: door(port).is_up)
    with camera(running) as gate:
        gate.tell(gated("M-1"))
        with listening(sqlite_url, running):
            assert outcome(gate.answer()) == ("accepted", None)


@pytest.mark.parametrize("idle", ["mosquitto"], indirect=True)
def test_an_answer_comes_where_a_sender_of_mqtt_5_asked_for_it(port: TestPort, gate: Camera) -> None:
    gate.tell(gated("M-1"), ResponseTopic="port/XMHT/reply/camera-3", CorrelationData=b"\x07lane")
    message = gate.heard.get(timeout=30)
    assert (message.topic, message.properties.CorrelationData) == ("port/XMHT/reply/camera-3", b"\x07lane")
    assert message.properties.ContentType == "application/json"
    assert outcome(json.loads(message.payload)) == ("accepted", None)
    gate.tell(gated("M-2"), ResponseTopic="port/XMSC/reply/camera-3")
    gate.answer(topic="port/XMHT/gate/receipt/M-2")


# --- the real server ----------------------------------------------------------------------------------------------


def real(message_id: str, number: str = BOX) -> dict[str, Any]:
    event = moved("GTIN", box=number) | {"eventDateTime": datetime.now(UTC).isoformat()}
    return {"messageID": message_id, "events": [event]}


@contextlib.contextmanager
def server_of(url: str, to: Broker, **settings: str) -> Iterator[Server]:
    with serve(url, mqtt_senders=SENDERS, **to.settings, **settings) as running:
        wait(lambda: "listening to the broker" in running.log())
        yield running


def kill(server: Server) -> None:
    os.kill(server.pid, signal.SIGKILL)
    server.kept.keeper.wait(10)


def taken(server: Server, key: Any) -> list[dict[str, Any]]:
    with server.client(key) as client:
        return client.get("/v1/messages?limit=500").json()["messages"]


def test_a_server_killed_between_receipt_and_commit_is_told_again_and_takes_it_once(
    sqlite_url: str, running: Broker
) -> None:
    with camera(running) as gate, contextlib.closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as lock:
        with server_of(sqlite_url, running) as first:
            key = first.create_key(party="XMHT", role="terminal", facilities=("XMHT",))
            lock.execute("BEGIN IMMEDIATE")  # nothing can be committed now
            gate.tell(real("M-1"))
            wait(lambda: "messages wait: StoreUnavailable" in first.log())
            kill(first)
        lock.rollback()
        assert lock.execute("SELECT count(*) FROM message").fetchone() == (0,)
        with server_of(sqlite_url, running) as second:
            receipt = gate.answer(topic="port/XMHT/gate/receipt/M-1")
            assert (outcome(receipt), receipt["duplicate"]) == (("accepted", None), False)
            assert [message["state"] for message in taken(second, key)] == ["TAKEN"]
    assert gate.hears_nothing(0.1)


def test_nothing_a_killed_server_had_not_acknowledged_is_lost_or_taken_twice(sqlite_url: str, running: Broker) -> None:
    with camera(running) as gate:
        make_tables(sqlite_url)
        key = create_key(environment_for(sqlite_url), party="XMHT", role="terminal", facilities=("XMHT",))
        told: list[str] = []
        for _ in range(2):
            with server_of(sqlite_url, running) as server:
                for _ in range(30):
                    number = f"CSQU{len(told) + 1:06d}"
                    told.append(f"M-{len(told)}")
                    gate.tell(real(told[-1], f"{number}{check_digit(number)}"))
                kill(server)
        with server_of(sqlite_url, running) as server:
            with contextlib.suppress(AssertionError):
                wait(lambda: len(taken(server, key)) == len(told))
            messages = taken(server, key)
            missing = {*told} - {message["messageID"] for message in messages}
            assert (missing, len(messages)) == (set(), len(told))
            assert {message["state"] for message in messages} == {"TAKEN"}
    receipts = [json.loads(gate.heard.get_nowait().payload) for _ in range(gate.heard.qsize())]
    first_told = [receipt["receiptID"] for receipt in receipts if not receipt["duplicate"]]
    assert len(first_told) == len(set(first_told))


@pytest.mark.parametrize("idle", ["mosquitto"], indirect=True)
def test_of_two_servers_one_listens_and_the_other_takes_over(postgresql_url: str, running: Broker) -> None:
    with camera(running) as gate, server_of(postgresql_url, running, role="ingest") as first:
        key = first.create_key(party="XMHT", role="terminal", facilities=("XMHT",))
        settings = {"mqtt_senders": SENDERS, **running.settings}
        with serve(postgresql_url, role="ingest", **settings) as second:
            gate.tell(real("M-1"))
            assert outcome(gate.answer(topic="port/XMHT/gate/receipt/M-1")) == ("accepted", None)
            assert "listening to the broker" not in second.log()
            kill(first)
            gate.tell(real("M-2", "TGHU2611217"))
            told = [gate.answer()]
            if told[0]["duplicate"]:
                # The first was killed before its word for M-1 had reached the broker, which asks the second again.
                told.append(gate.answer())
            assert (outcome(told[-1]), told[-1]["duplicate"]) == (("accepted", None), False)
            assert "listening to the broker" in second.log()
            messages = taken(second, key)
    assert sorted(message["messageID"] for message in messages) == ["M-1", "M-2"]
    assert {message["state"] for message in messages} == {"TAKEN"}
