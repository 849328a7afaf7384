"""Canaries in rules, drafts, shadow runs, tests and reasons: nobody but customs is told one, nor is the log."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from build_port import BILL, BOX, IMO, NUMBER, declaration, discharged, manifest, moved, notice
from port.actor import Role
from port.database import open_database
from port.keys import KeyWanted, create_key
from server import Key, Server, serve

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]
WORDS = {"zh": "金丝雀说明", "en": "CANARYNOTE of a row"}
# What officers write and what the port makes of it; each stands in something that only they may see.
CANARIES = {
    "row id": "canary-row",
    "row note": "CANARYNOTE",
    "row note in Chinese": "金丝雀",
    "list name": "canary_list",
    "list value": "CANARYCONSIGNEE",
    "table": "canary-table",
    "draft": "canary-draft",
    "risk weight": "0.7312345",
    "top-up": "83719.46",
    "test case": "canary-test",
    "version note": "CANARYVERSION",
    "reason of an approval": "CANARYAPPROVAL",
    "reason of an activation": "CANARYACTIVATION",
    "reason of a shadow run": "CANARYSHADOW",
    "uploaded file": "CANARYFILE",
    "override": "CANARYOVERRIDE",
    "the fact of a step": "ruleset_step",
}
PARTIES = {Role.TERMINAL: "XMHT-OPERATOR"}
FACILITIES = {Role.TERMINAL: ("XMHT",), Role.TALLY: ("XMHT",), Role.DEPOT: ("XMDP",)}
SECONDS = 20


def table(name: str, route: str) -> dict[str, Any]:
    """A table full of canaries."""
    return {
        "name": name,
        "title": WORDS,
        "rows": [
            {
                "id": "canary-listed",
                "when": [{"fact": "consignee_code", "operator": "in", "list": "canary_list"}],
                "route": "HOLD",
                "note": WORDS,
            },
            {
                "id": "canary-row",
                "when": [{"fact": "direction", "operator": "equals", "value": "IMPORT"}],
                "route": route,
                "note": WORDS,
            },
        ],
        "default": {"route": "YARD", "note": WORDS},
        "lists": [{"name": "canary_list", "title": WORDS, "values": ["CANARYCONSIGNEE"]}],
        "lanes": [{"route": "YARD", "minimum_random_rate": 0.0, "top_up_from": 83719.46}],
        "risk": [{"fact": "net_mass_kg", "weight": 0.7312345}],
    }


TEST = {
    "id": "canary-test",
    "title": WORDS,
    "case": {
        "standings": [
            {"facts": {"direction": "IMPORT", "consignee_code": "TOYS"}, "lines": [{"hs_code": "9503008900"}]}
        ]
    },
    "expect": {"route": "INSPECTION", "row": "canary-row"},
}


def ago(minutes: float) -> str:
    return (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()


@dataclass
class Listener:
    """A stream of a partner's, and all it was ever told."""

    connection: ClientConnection
    heard: list[str] = field(default_factory=list)

    def run(self) -> None:
        """Hear until the end."""
        try:
            while True:
                self.heard.append(str(self.connection.recv()))
        except ConnectionClosed:
            return


@dataclass
class Scene:
    """The server with rules full of canaries, a box that they decided, and who listened meanwhile."""

    server: Server
    keys: dict[Role, Key]
    ids: dict[str, str]
    heard: dict[Role, list[str]]
    receipts: list[str]

    def ask(self, role: Role, path: str) -> httpx.Response:
        with self.server.client(self.keys[role]) as client:
            return client.get(path)


def new_key(url: str, role: Role) -> Key:
    """A key of that role, of the party that has a part in the box."""
    party = PARTIES.get(role, role.upper())
    wanted = KeyWanted(party=party, name=party, role=role, facilities=FACILITIES.get(role, ()))
    with closing(open_database(url)) as database, database.write() as connection:
        made = create_key(connection, wanted, now=datetime.now(UTC), draw=secrets.token_bytes)
    return Key(key_id=made.key_id, secret=made.key, party=party, role=role)


def told(answer: httpx.Response) -> Any:
    assert answer.is_success, answer.text
    return answer.json()


def write_rules(server: Server, author: Key, second: Key) -> dict[str, str]:
    """Two versions: one that decides, one that is a draft in shadow."""
    waived = {"why": "CANARYAPPROVAL by a second officer", "without": ["BACKTEST", "SHADOW"]}
    with server.client(author) as mine, server.client(second) as hers:
        hashes = [
            told(
                mine.post(
                    "/v1/rulesets",
                    json={"ruleset": table(name, route), "tests": tests, "note": "CANARYVERSION for a reason"},
                )
            )["hash"]
            for name, route, tests in (("canary-table", "INSPECTION", [TEST]), ("canary-draft", "SCAN", []))
        ]
        told(hers.post(f"/v1/rulesets/{hashes[0]}/approve", json=waived))
        told(hers.post(f"/v1/rulesets/{hashes[0]}/activate", json={"why": "CANARYACTIVATION from today"}))
        told(mine.post(f"/v1/rulesets/{hashes[1]}/shadow", json={"on": True, "why": "CANARYSHADOW to see"}))
        told(mine.post("/v1/rulesets/check", json={"ruleset": table("canary-draft", "SCAN"), "tests": [TEST]}))
        file = b"declaration id,day,hs6 code,importer id\n1,2026-01-01,940360,CANARYCONSIGNEE\n"
        told(mine.post("/v1/declaration-files?name=CANARYFILE.csv", content=file))
    return {"hash": hashes[0], "draft": hashes[1]}


def bring_in(server: Server, terminal: Key, customs: Key) -> list[str]:
    """An import that the canary row sends to inspection, and everything the terminal is answered."""
    papers = {
        "messageID": "C1",
        "manifests": [manifest()],
        "declarations": [declaration(declaredAt=ago(60 * 24))],
        "notices": [notice("ACCEPTED", noticeDateTime=ago(600))],
        "vesselCalls": [],
    }
    events = [
        discharged(eventDateTime=ago(30)),
        moved("DROP", eventDateTime=ago(20)),
    ]
    with server.client(customs) as officer, server.client(terminal) as desk:
        answers = [officer.post("/v1/messages/customs", json={k: v for k, v in papers.items() if v})]
        answers += [
            desk.post("/v1/messages/gate", json={"messageID": f"G{n}", "events": [event]})
            for n, event in enumerate(events)
        ]
    return [answer.text for answer in answers[1:]]


def listen(server: Server, key: Key, stack: ExitStack) -> Listener:
    with server.client(key) as client:
        ticket = told(client.post("/v1/stream-tickets"))["ticket"]
    url = f"{server.websocket_url}/v1/stream"
    listener = Listener(stack.enter_context(connect(url, compression=None, proxy=None)))
    listener.connection.send(json.dumps({"id": 1, "connect": {"ticket": ticket}}))
    for number, name in enumerate((f"container:{BOX}", "instructions:XMHT", "officers", "port:", "ruleset:x"), 2):
        listener.connection.send(json.dumps({"id": number, "subscribe": {"key": name}}))
    threading.Thread(target=listener.run, daemon=True).start()
    return listener


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    url = f"sqlite:///{tmp_path_factory.mktemp('canary') / 'port.db'}"
    with serve(url, salt="the tests draw alike", log_level="debug") as server, ExitStack() as stack:
        keys = {role: new_key(url, role) for role in Role}
        second = new_key(url, Role.CUSTOMS)
        listeners = {role: listen(server, key, stack) for role, key in keys.items()}
        ids = write_rules(server, keys[Role.CUSTOMS], second)
        receipts = bring_in(server, keys[Role.TERMINAL], keys[Role.CUSTOMS])
        with server.client(keys[Role.CUSTOMS]) as client:
            [decision] = told(client.get("/v1/decisions?state=current"))["decisions"]
            override = {"route": "HOLD", "reason": "CANARYOVERRIDE for a reason"}
            told(client.post(f"/v1/decisions/{decision['decisionID']}/override", json=override))
            ids |= {
                "number": BOX,
                "visit_id": decision["visitID"],
                "decision_id": decision["decisionID"],
                "instruction_id": told(client.get("/v1/instructions"))["instructions"][-1]["instructionID"],
                "receipt_id": told(client.get("/v1/messages"))["messages"][0]["receiptID"],
                "job_id": told(client.post(f"/v1/rulesets/{ids['hash']}/backtest", json={"source": "VISITS"}))["jobID"],
                "form": "json",
                "call_id": "none",
                "mailing_id": "none",
                "key_id": keys[Role.CUSTOMS].key_id,
                "name": "canary-table",
            }
            deadline = time.monotonic() + SECONDS
            while not told(client.get(f"/v1/rulesets/{ids['draft']}/shadow"))["cases"]:
                assert time.monotonic() < deadline, "the shadow saw nothing"
                time.sleep(0.2)
        time.sleep(1)
        yield Scene(server, keys, ids, {role: one.heard for role, one in listeners.items()}, receipts)


def paths(scene: Scene) -> list[str]:
    """Every address one can ask, with this scene's ids; and lists with what narrows them."""
    with scene.server.client() as client:
        found = [path for path, methods in client.get("/openapi.json").json()["paths"].items() if "get" in methods]
    filled = []
    for path in found:
        if path == "/v1/stream/sse":
            continue
        for name, value in scene.ids.items():
            path = path.replace(f"{{{name}}}", value)
        filled.append(path)
    assert [path for path in filled if "{" in path] == []
    more = [f"/v1/search?q={typed}" for typed in (BOX, BILL, NUMBER, IMO, "canary-r", "CANARYCON")]
    more += [f"/v1/rulesets/{scene.ids['draft']}", f"/v1/rulesets/{scene.ids['hash']}/export?format=json"]
    more += [f"/v1/rulesets/{scene.ids['draft']}/flips", f"/v1/jobs/{scene.ids['job_id']}/report.html"]
    more += [f"/dcsa/tnt/v3/events?equipmentReference={BOX}", "/docs", "/openapi.json", "/", "/rules"]
    return filled + more


def canaries_in(text: str, scene: Scene) -> list[str]:
    hidden = {**CANARIES, "active hash": scene.ids["hash"][:12], "draft hash": scene.ids["draft"][:12]}
    return [what for what, canary in hidden.items() if canary in text]


def test_every_canary_is_told_to_customs_or_the_search_finds_nothing(scene: Scene):
    seen = "\n".join(scene.ask(Role.CUSTOMS, path).text for path in paths(scene))
    seen += scene.ask(Role.CUSTOMS, "/v1/declaration-files").text
    missing = set(CANARIES) - set(canaries_in(seen, scene)) - {"the fact of a step"}
    assert missing == set()


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.CUSTOMS])
def test_no_answer_tells_one(scene: Scene, role: Role):
    for path in paths(scene):
        answer = scene.ask(role, path)
        everything = answer.text + str(answer.headers)
        assert canaries_in(everything, scene) == [], path


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.CUSTOMS])
def test_no_frame_tells_one(scene: Scene, role: Role):
    heard = "\n".join(scene.heard[role])
    assert '"id":2' in heard.replace(" ", "")
    assert canaries_in(heard, scene) == []


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.CUSTOMS])
def test_no_server_sent_event_tells_one(scene: Scene, role: Role):
    for name in (f"container:{BOX}", "instructions:XMHT", "officers", "port:"):
        with (
            scene.server.client(scene.keys[role]) as client,
            client.stream("GET", f"/v1/stream/sse?key={name}", timeout=5) as answer,
        ):
            text = "".join(_first_lines(answer))
        assert canaries_in(text, scene) == [], name


def _first_lines(answer: httpx.Response) -> Iterator[str]:
    if not answer.is_success:
        yield answer.read().decode()
        return
    for line in answer.iter_lines():
        yield line
        if line.startswith("data:") and "snapshot" in line:
            return
        if line.startswith("data:") and '"version":0' in line:
            return


def test_the_terminal_is_told_where_to_put_the_box_and_not_why(scene: Scene):
    first = json.loads(scene.receipts[0])["results"][0]["instruction"]
    assert (first["route"], first["reason"]) == ("INSPECTION", "RULE")
    assert [canaries_in(text, scene) for text in scene.receipts] == [[], []]


def test_no_line_of_the_log_tells_one(scene: Scene):
    log = scene.server.log()
    assert log
    assert canaries_in(log, scene) == []


def test_the_figures_of_the_process_tell_none(scene: Scene):
    for role in (None, Role.ADMIN, Role.AUTHORITY):
        with scene.server.client(None if role is None else scene.keys[role]) as client:
            assert canaries_in(client.get("/metrics").text, scene) == []


def test_what_stands_in_the_database_is_told_of_there_alone(scene: Scene):
    folder = Path(scene.server.database_url.removeprefix("sqlite:///")).parent
    stored = b"".join(path.read_bytes() for path in folder.iterdir())
    assert b"CANARYAPPROVAL" in stored
