"""A port that diverts: what is told it, and what it says of decisions, instructions and alerts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from build_diversion import written
from build_port import (
    IMO,
    TestPort,
    declaration,
    manifest,
    moved,
    notice,
    running_port,
)

OTHER = "MSCU6639870"
THIRD = "TGHU7654320"
SECOND_NUMBER = "371120261007654321"


@contextmanager
def port_with(folder: Path, *rows: dict[str, object], **parts: Any) -> Iterator[TestPort]:
    """A port on a ruleset of these rows."""
    rules = folder / "rules.json"
    rules.write_text(json.dumps(written(*rows, **parts)), encoding="utf-8")
    with running_port(f"sqlite:///{folder / 'port.db'}", ruleset=rules) as running:
        yield running


def declare(port: TestPort, *statuses: str, **more: Any) -> None:
    """A manifest and an advance declaration, then notices an hour apart, the last one two hours ago."""
    notices = [notice(status, minutes_ago=60 * n) for n, status in enumerate(reversed(statuses), 2)]
    told = port.customs(manifests=[manifest()], declarations=[declaration(**more)], notices=notices[::-1])
    assert {result["outcome"] for result in told["results"]} == {"accepted"}


def told(answer: dict[str, Any], item: int = 0) -> tuple[Any, ...] | None:
    """(point, route, place, reason) of the instruction in an item's answer."""
    given = answer["results"][item]["instruction"]
    return None if given is None else (given["point"], given["route"], given["place"], given["reason"])


def gated_in(**more: Any) -> dict[str, Any]:
    """A laden export box at the gate."""
    return moved("GTIN", **{"vesselIMONumber": IMO, "voyage": "032E", "modeOfTransport": "TRUCK", **more})


def export_papers(port: TestPort, *statuses: str) -> None:
    paper = {"voyage": "032E", "direction": "EXPORT"}
    notices = [notice(status, minutes_ago=60 * n) for n, status in enumerate(reversed(statuses), 2)]
    port.customs(manifests=[manifest(**paper)], declarations=[declaration(**paper)], notices=notices[::-1])


def instructions(port: TestPort, state: str | None = None) -> list[dict[str, Any]]:
    query = f"?state={state}" if state else ""
    return port.get(f"/v1/instructions{query}", role="terminal").json()["instructions"]


def lives(port: TestPort) -> list[tuple[str, str, str | None]]:
    """(route, state, why) of every instruction, oldest first."""
    return [(one["route"], one["state"], one["why"]) for one in instructions(port)]


def decisions(port: TestPort, **query: str) -> list[dict[str, Any]]:
    """Newest first."""
    return port.client.get("/v1/decisions", params=query, headers=port.headers("customs")).json()["decisions"]


def alerts(port: TestPort) -> list[tuple[str, str]]:
    """(code, detail), oldest first."""
    told = port.get("/v1/alerts", role="customs").json()["alerts"]
    return [(alert["code"], alert["detail"]) for alert in reversed(told)]


def do(
    port: TestPort, what: str, instruction_id: str, *, role: str = "terminal", party: str | None = None
) -> httpx.Response:
    return port.post(f"/v1/instructions/{instruction_id}/{what}", role=role, party=party)


def override(port: TestPort, route: str, *, reason: str = "the seal looks odd", **more: Any) -> httpx.Response:
    """Of the newest decision."""
    decision_id = decisions(port)[0]["decisionID"]
    return port.post(
        f"/v1/decisions/{decision_id}/override", {"route": route, "reason": reason, **more}, role="customs"
    )


def order_for(port: TestPort, box: str, number: str, **more: Any) -> None:
    """A bill, a declaration and an inspection order for a box of its own."""
    bill = f"BILL-{number[-4:]}-{box}"
    paper = {"containers": [box], "transportDocumentReference": bill}
    port.customs(
        manifests=[manifest(**paper)],
        declarations=[declaration(declarationNumber=number, **paper)],
        notices=[notice("INSPECTION_ORDERED", declarationNumber=number, **more)],
    )
