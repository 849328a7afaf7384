"""What each party is shown of one box: the port of these tests, and its readers."""

from __future__ import annotations

from typing import Any

from build_edi import lifted
from build_port import BOX, TestPort
from build_shared_box import READERS, announce, berth, discharge

OTHER = "MSCU6639870"
TRADE = [reader for reader in READERS if reader[0] in ("forwarder", "consignee", "broker")]


def bring_in(port: TestPort) -> TestPort:
    """The box of strangers, off the ship and instructed."""
    announce(port)
    berth(port)
    discharge(port)
    port.push("edifact", lifted(minutes_ago=30, seal="SEAL-ONE"), role="tally", party="TALLY")
    return port


def everything(port: TestPort, role: str, party: str | None) -> str:
    """All that a reader can get hold of about the box, as text."""
    paths = [
        f"/v1/containers/{BOX}",
        f"/v1/containers/{BOX}/timeline",
        *(f"/v1/search?q={typed}" for typed in (BOX, "BILL-0001", "BILL-0002", "BILL-0003")),
        "/v1/instructions",
        "/v1/decisions",
        "/v1/alerts",
        "/v1/certificates",
        "/v1/parties",
        "/v1/events",
    ]  # fmt: skip
    return "\n".join(port.get(path, role=role, party=party).text for path in paths)


def timeline(port: TestPort, role: str, party: str | None = None) -> dict[str, dict[str, Any]]:
    """Lines by type, the last of each."""
    told = port.get(f"/v1/containers/{BOX}/timeline", role=role, party=party).json()
    return {line["type"]: line for line in told["lines"]}
