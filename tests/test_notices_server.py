"""The real server with its outbound child: told within moments, and no address or code where it does not belong."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_string
from email.policy import default
from pathlib import Path
from typing import Any, TypeVar

import pytest

from build_canary import told
from build_port import BOX, declaration, discharged, manifest, notice
from port.actor import Role
from server import Key, Server, serve

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]
PHONE, MAILBOX, LABEL = "+8613812345678", "canary.person@canary.example", "CANARYLABEL"
CANARIES = (PHONE, PHONE[3:], MAILBOX, "canary.person", LABEL)
SECONDS = 30
T = TypeVar("T")


@dataclass
class Scene:
    server: Server
    spool: Path
    keys: dict[Role, Key]
    codes: list[str]

    def ask(self, method: str, path: str, body: Any = None, *, role: Role = Role.FORWARDER) -> Any:
        with self.server.client(self.keys[role]) as client:
            answer = client.request(method, path, json=body)
        return told(answer) if answer.content else None

    def laid(self, pattern: str, count: int) -> list[str]:
        return until(lambda: found if len(found := self._laid(pattern)) >= count else None)

    def _laid(self, pattern: str) -> list[str]:
        paths = sorted(self.spool.glob(pattern), key=lambda path: path.stat().st_mtime_ns)
        return [path.read_text() for path in paths]

    def verify(self, channel: str, address: str) -> None:
        self.ask("POST", "/v1/notifications/addresses", {"channel": channel, "address": address})
        [text] = self.laid("*.sms.json" if channel == "SMS" else "*.eml", 1)
        words = json.loads(text)["text"] if channel == "SMS" else _decoded_subject(text)
        [code] = re.findall(r"\b\d{6}\b", words)
        self.codes.append(code)
        self.ask("POST", "/v1/notifications/addresses/verify", {"channel": channel, "code": code})


def _decoded_subject(text: str) -> str:
    return str(message_from_string(text, policy=default)["Subject"])


def until(asked: Callable[[], T | None]) -> T:
    deadline = time.monotonic() + SECONDS
    while (found := asked()) is None:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return found


def ago(minutes: float) -> str:
    return (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("notices")
    given = {"salt": "the tests draw alike", "log_level": "debug", "spool": str(folder / "spool")}
    with serve(f"sqlite:///{folder / 'port.db'}", **given) as server:
        facilities = {Role.TERMINAL: ("XMHT",), Role.TALLY: ("XMHT",), Role.DEPOT: ("XMDP",)}
        keys = {
            role: server.create_key(party=role.upper(), role=role.value, facilities=facilities.get(role, ()))
            for role in Role
        }
        scene = Scene(server, folder / "spool", keys, [])
        scene.verify("SMS", PHONE)
        scene.verify("EMAIL", MAILBOX)
        chosen = {"choices": {"container.customs_held": ["SMS", "EMAIL"]}, "language": "en"}
        scene.ask("PUT", "/v1/notifications/settings", chosen)
        scene.ask("POST", "/v1/watchlist", {"containers": [BOX], "label": LABEL})
        papers = {
            "messageID": "C1",
            "manifests": [manifest()],
            "declarations": [declaration(declaredAt=ago(60 * 24))],
        }
        scene.ask("POST", "/v1/messages/customs", papers, role=Role.CUSTOMS)
        gate = {"messageID": "G1", "events": [discharged(eventDateTime=ago(30))]}
        scene.ask("POST", "/v1/messages/gate", gate, role=Role.TERMINAL)
        hold(scene, 1)
        yield scene


def hold(scene: Scene, number: int) -> None:
    """Release it and hold it again."""
    notices = [notice("RELEASED", noticeDateTime=ago(20 - number)), notice("HELD", noticeDateTime=ago(19.5 - number))]
    for n, one in enumerate(notices):
        body = {"messageID": f"H{number}.{n}", "notices": [one]}
        scene.ask("POST", "/v1/messages/customs", body, role=Role.CUSTOMS)


def test_what_cannot_wait_is_told_within_moments(scene: Scene):
    message = json.loads(scene.laid("*.sms.json", 2)[1])
    assert (message["to"], message["kind"]) == (PHONE, "NOTICE")
    assert message["text"] == f"{BOX} ({LABEL}): Held by customs. Customs hold. Next: Contact customs."
    assert scene.laid("*.eml", 2)


def test_a_child_that_is_killed_is_begun_again_and_tells_what_it_had_not_told(scene: Scene):
    before = len(scene.laid("*.sms.json", 2))
    pids = _children(scene.server.pid)
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    hold(scene, 2)
    assert len(scene.laid("*.sms.json", before + 1)) == before + 1
    assert pids


def _children(parent: int) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            after = path.read_text().rpartition(")")[2].split()
            command = (path.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if int(after[1]) == parent and b"web.outbound_worker" in command:
            found.append(int(path.parent.name))
    return found


def test_nobody_else_is_told_an_address_a_code_or_a_label(scene: Scene):
    with scene.server.client() as client:
        paths = [path for path, methods in client.get("/openapi.json").json()["paths"].items() if "get" in methods]
    asked = [path.replace("{number}", BOX) for path in paths if path != "/v1/stream/sse"]
    for role in Role:
        if role is Role.FORWARDER:
            continue
        with scene.server.client(scene.keys[role]) as client:
            for path in (path for path in asked if "{" not in path):
                answer = client.get(path)
                everything = answer.text + str(answer.headers)
                assert [one for one in (*CANARIES, *scene.codes) if one in everything] == [], (role, path)
    mine = scene.ask("GET", "/v1/notifications/settings")
    assert {row["address"] for row in mine["channels"]} == {None, PHONE, MAILBOX}


def test_another_key_of_the_same_party_is_another_person(scene: Scene):
    colleague = scene.server.create_key(party="FORWARDER", role="forwarder")
    with scene.server.client(colleague) as client:
        answers = [
            client.get(path).text for path in ("/v1/notifications/settings", "/v1/watchlist", "/v1/notifications")
        ]
    assert [one for one in CANARIES for answer in answers if one in answer] == []


def test_no_line_of_the_log_tells_one(scene: Scene):
    log = scene.server.log()
    assert log
    assert [one for one in CANARIES if one in log] == []
    assert [code for code in scene.codes if re.search(rf"(?<![\w.]){code}(?![\w.])", log)] == []
