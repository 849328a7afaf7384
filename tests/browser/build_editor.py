"""The rule lab in a browser, on a real server: two officers, boxes already decided, tabs they are signed in to."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, Locator, Page, expect

from build_pages import Tab, tab
from senders import box
from server import Key, Server, serve

SCREEN = {"width": 1280, "height": 800}
GRANITE = ("6802231000", "IN")
BALLS = ("9506620000", "VN")  # No test case of the default ruleset asks for them.
VESSEL = {"vesselIMONumber": "9074729", "voyage": "031W"}


@dataclass
class Lab:
    """The server, and who works with it; `anna` and `bo` are officers, and two people.

    `instruction` is what the terminal was answered for the box it discharged last.
    """

    server: Server
    anna: Key
    bo: Key
    terminal: Key
    boxes: int = 0
    instruction: dict[str, Any] | None = None

    @property
    def url(self) -> str:
        return self.server.base_url

    def ask(self, method: str, path: str, *, key: Key | None = None, **given: Any) -> httpx.Response:
        """An answer to an officer, without a browser."""
        with self.server.client(key or self.anna) as client:
            return client.request(method, path, **given)

    def told(self, path: str, *, key: Key | None = None) -> Any:
        answer = self.ask("GET", path, key=key)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def active(self) -> dict[str, Any]:
        """The version in force, in full."""
        return self.told(f"/v1/rulesets/{self.told('/v1/rulesets')['active']['hash']}")

    def propose(self, family: str, *, note: str, key: Key | None = None, **parts: Any) -> dict[str, Any]:
        """The next version of a family, which begins with the table in force; `parts` of the table are put anew."""
        found = [one for one in self.told("/v1/rulesets")["families"] if one["name"] == family]
        newest = found[0]["versions"][0]["hash"] if found else None
        table = self.told(f"/v1/rulesets/{newest}") if newest else self.active()
        ruleset = table["ruleset"] | {"name": family} | parts
        body = {"ruleset": ruleset, "tests": [], "note": note, "basedOn": newest}
        answer = self.ask("POST", "/v1/rulesets", key=key, json=body)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def discharge(self, goods: tuple[str, str] = BALLS) -> dict[str, Any]:
        """A declared import box comes off the vessel; its decision."""
        self.boxes += 1
        number = box(self.boxes)
        _taken(self.ask("POST", "/v1/messages/customs", json=_declared(number, self.boxes, goods)))
        told = self.ask("POST", "/v1/messages/gate", key=self.terminal, json=_discharged(number, self.boxes))
        _taken(told)
        self.instruction = told.json()["results"][0]["instruction"]
        [decided] = [
            one
            for one in self.told("/v1/decisions?limit=500")["decisions"]
            if one["equipmentReference"] == number and one["isCurrent"]
        ]
        return decided


def _taken(answer: httpx.Response) -> None:
    assert answer.status_code == 200, answer.text
    assert {one["outcome"] for one in answer.json()["results"]} == {"accepted"}, answer.text


def _at(minutes_ago: float) -> str:
    return (datetime.now(UTC) - timedelta(minutes=minutes_ago)).isoformat()


def _declared(number: str, n: int, goods: tuple[str, str]) -> dict[str, Any]:
    bill = f"BILL{n:06d}"
    line = {"hsCode": goods[0], "originCountry": goods[1], "netMassKg": 9800, "declaredValue": 42000, "currency": "USD"}
    return {
        "messageID": f"C{n:06d}",
        "manifests": [{"transportDocumentReference": bill, **VESSEL, "direction": "IMPORT", "containers": [number]}],
        "declarations": [
            {
                "declarationNumber": f"3711202610{n:08d}",
                "direction": "IMPORT",
                "mode": "ADVANCE",
                "inspectAt": "PORT",
                "declaredAt": _at(60 * 24),
                "consignee": {"code": "CONSIGNEE", "name": "Lujiang Furniture", "creditGrade": "GENERAL"},
                "transportDocumentReference": bill,
                **VESSEL,
                "containers": [number],
                "lines": [line],
            }
        ],
    }


def _discharged(number: str, n: int) -> dict[str, Any]:
    event = {
        "eventType": "EQUIPMENT",
        "equipmentEventTypeCode": "DISC",
        "eventClassifierCode": "ACT",
        "eventDateTime": _at(1),
        "equipmentReference": number,
        "emptyIndicatorCode": "LADEN",
        **VESSEL,
    }
    return {"messageID": f"G{n:06d}", "events": [event]}


@contextlib.contextmanager
def lab(folder: Path, **settings: str) -> Iterator[Lab]:
    """A port on an empty database where nine boxes have come off a vessel, three of them with granite from India."""
    with serve(f"sqlite:///{folder / 'port.db'}", salt="the tests draw alike", **settings) as server:
        officers = [server.create_key(party="XMCUS", role="customs", name="Xiamen Customs") for _ in range(2)]
        terminal = server.create_key(party="XMHT", role="terminal", facilities=("XMHT",))
        made = Lab(server, *officers, terminal)
        for n in range(9):
            made.discharge(GRANITE if n % 3 == 0 else BALLS)
        yield made


@contextlib.contextmanager
def officer(chromium: Browser, running: Lab, key: Key | None = None, **more: Any) -> Iterator[Tab]:
    """A tab of the lab, signed in as Anna or whom `key` names."""
    with tab(chromium, running, key=None, **{"size": SCREEN, **more}) as opened:  # type: ignore[arg-type]  # has a url
        secret = (key or running.anna).secret
        answer = opened.page.context.request.post(f"{running.url}/v1/session", data={"key": secret})
        assert answer.ok, answer.text()
        yield opened


def editing(opened: Tab, content_hash: str) -> Page:
    """The editor of that version, ready to be typed into."""
    page = opened.open(f"/rules#/edit/{content_hash}")
    expect(page.get_by_role("grid")).to_be_visible(timeout=10_000)
    expect(page.locator(".c-hits b").first).to_be_visible(timeout=10_000)
    return page


def strike(page: Page, *strokes: str) -> None:
    """Keys one after another, by their names; after a quote a text."""
    for stroke in strokes:
        if stroke.startswith("'"):
            page.keyboard.type(stroke[1:])
        else:
            page.keyboard.press(stroke)


def rule(page: Page, name: str) -> Locator:
    """The row of that name, with its sentence."""
    return page.locator("tbody.rule").filter(has=page.locator(".id", has_text=name))


def cell(page: Page, name: str, column: str) -> Locator:
    """The cell of a row under a column's heading."""
    heads = [head.strip() for head in page.locator("thead tr[role=row] > th").all_inner_texts()]
    n = next(n for n, head in enumerate(heads) if head.split("\n")[0].startswith(column))
    return rule(page, name).locator("tr[role=row] > *").nth(n)
