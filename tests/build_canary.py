"""Rules full of canaries on a real server, a box they decided, and partners who listened meanwhile."""

from __future__ import annotations

import json
import secrets
import threading
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from build_port import BOX, declaration, discharged, manifest, moved, notice
from port.actor import Role
from port.database import open_database
from port.keys import KeyWanted, create_key
from server import Key, Server

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
    for number, name in enumerate((f"container:{BOX}", "instructions:XMHT", "officers", "port", "ruleset:x"), 2):
        listener.connection.send(json.dumps({"id": number, "subscribe": {"key": name}}))
    threading.Thread(target=listener.run, daemon=True).start()
    return listener
