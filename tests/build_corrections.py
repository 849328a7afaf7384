"""What is said at the doors of one box: results and instructions."""

from __future__ import annotations

from typing import Any

from build_port import TestPort

OTHER = "MSCU6639870"


def told(answer: dict[str, Any], item: int = 0) -> dict[str, Any]:
    """One item's result."""
    return answer["results"][item]


def lives(port: TestPort) -> list[tuple[str, str, str, str | None]]:
    """(container, route, state, why) of every instruction, oldest first."""
    listed = port.get("/v1/instructions", role="terminal").json()["instructions"]
    return [(one["equipmentReference"], one["route"], one["state"], one["why"]) for one in listed]
