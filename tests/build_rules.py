"""Officers at work on rules: tables that release or inspect, and the steps from a draft to what decides."""

from __future__ import annotations

from typing import Any

import httpx

from build_port import TestPort, declaration, discharged, manifest, notice

WORDS = {"zh": "试", "en": "a trial"}
WAIVED = {"why": "tried elsewhere", "without": ["BACKTEST", "SHADOW"]}
AUTHOR, SECOND = "CUSTOMS", "CUSTOMS-TWO"
SITE = {"code": "XMCY", "title": WORDS, "kinds": ["INSPECTION", "SCAN"], "bays": 50}


def table(route: str, *, name: str = "trial", note: str = "a trial", **parts: Any) -> dict[str, Any]:
    """A table that sends every import there; `note` makes it another version."""
    words = {"zh": note, "en": note}
    when = [{"fact": "direction", "operator": "equals", "value": "IMPORT"}]
    return {
        "name": name,
        "title": WORDS,
        "rows": [{"id": "imports", "when": when, "route": route, "note": words}],
        "default": {"route": "YARD", "note": WORDS},
        "sites": [SITE],
        "lanes": [{"route": "YARD", "minimum_random_rate": 0.0}],
        **parts,
    }


def a_test(route: str, **expected: str) -> dict[str, Any]:
    """A test case: an import of toys goes there."""
    case = {
        "container": {},
        "standings": [{"facts": {"direction": "IMPORT"}, "lines": [{"hs_code": "9503008900"}]}],
    }
    return {"id": "toys", "title": WORDS, "case": case, "expect": {"route": route, **expected}}


def propose(
    port: TestPort, document: dict[str, Any], *, party: str = AUTHOR, tests: Any = (), **more: Any
) -> httpx.Response:
    """A version written by an officer."""
    body = {"ruleset": document, "tests": list(tests), "note": "to try it", **more}
    return port.post("/v1/rulesets", body, role="customs", party=party)


def kept(port: TestPort, document: dict[str, Any], **more: Any) -> str:
    """The hash of a version that was kept."""
    answer = propose(port, document, **more)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["hash"])


def step(port: TestPort, content_hash: str, name: str, *, party: str = SECOND, **body: Any) -> httpx.Response:
    """A step of a version: approve, activate, rollback, retire, lint, test."""
    given = {"why": "as agreed", **body}
    return port.post(f"/v1/rulesets/{content_hash}/{name}", given, role="customs", party=party)


def approved(port: TestPort, document: dict[str, Any], **more: Any) -> str:
    """The hash of a version that a second officer has approved."""
    content_hash = kept(port, document, **more)
    answer = step(port, content_hash, "approve", **WAIVED)
    assert answer.status_code == 200, answer.text
    return content_hash


def activated(port: TestPort, document: dict[str, Any], **more: Any) -> str:
    """The hash of a version that decides now."""
    content_hash = approved(port, document, **more)
    answer = step(port, content_hash, "activate")
    assert answer.status_code == 200, answer.text
    return content_hash


def state(port: TestPort, content_hash: str) -> str:
    """How far a version is."""
    told: str = port.get(f"/v1/rulesets/{content_hash}", role="customs").json()["state"]
    return told


def active(port: TestPort) -> str:
    """The hash of the version that decides."""
    told: str = port.get("/v1/rulesets", role="customs").json()["active"]["hash"]
    return told


def announced(port: TestPort, number: int = 0) -> None:
    """A box whose papers are all there, before it is off the vessel."""
    port.customs(manifests=[manifest(**_own(number))])
    port.customs(declarations=[declaration(**_own(number), **_numbered(number))])
    port.customs(notices=[notice("ACCEPTED", minutes_ago=60, **_numbered(number))])


def discharge(port: TestPort, number: int = 0, **more: Any) -> dict[str, Any]:
    """The instruction a terminal gets for it as it comes off the vessel."""
    [result] = port.gate(discharged(**({"box": box(number)} | more)))["results"]
    told: dict[str, Any] = result["instruction"]
    return told


def box(number: int) -> str:
    """One of a few containers."""
    return ("CSQU3054383", "MSKU1234565", "TGHU1234567")[number]


def decision(port: TestPort, number: int = 0) -> dict[str, Any]:
    """The decision in force for a box."""
    rows = port.get("/v1/decisions?state=current", role="customs").json()["decisions"]
    return next(row for row in rows if row["equipmentReference"] == box(number))


def steps_of(port: TestPort, content_hash: str) -> list[str]:
    """The names of the steps taken with a version."""
    told = port.get(f"/v1/rulesets/{content_hash}/audit", role="customs").json()["steps"]
    return [one["step"] for one in told]


def _own(number: int) -> dict[str, Any]:
    return {"containers": [box(number)], "transportDocumentReference": f"COSU612345678{number}"}


def _numbered(number: int) -> dict[str, Any]:
    return {"declarationNumber": f"37112026100123456{number}"}
