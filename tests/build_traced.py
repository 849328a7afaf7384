"""A box with all its papers, told minute by minute, as the consumers of DCSA's events see it."""

from __future__ import annotations

from typing import Any

from build_port import BILL, IMO, TestPort, at, declaration, discharged, manifest, moved, notice
from events.identifiers import check_digit

OTHER = "HTSU4088627"
CALL = {"vesselIMONumber": IMO, "importVoyage": "031W", "exportVoyage": "032E", "facilityCode": "XMHT"}


def told(port: TestPort, *moves: dict[str, Any], **more: Any) -> list[str]:
    """Event ids of what was told a minute after everything before."""
    port.clock.forward(minutes=1)
    return [result["eventID"] for result in port.gate(*moves, **more)["results"]]


def imported(port: TestPort) -> None:
    """A box with all its papers, discharged, ordered for inspection, released and fetched."""
    port.key("terminal")
    port.customs(vesselCalls=[CALL | {"vesselName": "EGRET ISLAND", "eta": at(30)}], role="customs")
    port.customs(role="carrier", manifests=[manifest()])
    port.customs(declarations=[declaration()])
    told(port, moved("DISC", eventClassifierCode="EST", minutes_ago=-60, vesselIMONumber=IMO, voyage="031W"))
    port.customs(vesselCalls=[CALL | {"ata": at(20), "atb": at(18)}])
    told(port, discharged(minutes_ago=10, seals=["AB1"], ISOEquipmentCode="22G1", movementType="IMPORT"))
    port.customs(notices=[notice("ACCEPTED", minutes_ago=9), notice("INSPECTION_ORDERED", minutes_ago=8)])
    port.customs(notices=[notice("INSPECTION_FINISHED", result="PASS", minutes_ago=3), notice("RELEASED")])
    port.customs(
        role="carrier",
        carrierReleases=[{"transportDocumentReference": BILL, "status": "RELEASED", "releasedAt": at(1)}],
    )
    told(port, moved("GTOT", modeOfTransport="TRUCK", truckPlate="闽D12345"))
    port.customs(vesselCalls=[CALL | {"atd": at(0)}])


STORY = [
    "ESTIMATED ARRIVED",
    "SUBMITTED",
    "ESTIMATED DISCHARGED",
    "ARRIVED",
    "DISCHARGED",
    "RECEIVED",
    "CUSTOMS_SELECTED_FOR_INSPECTION",
    "INSPECTED",
    "RELEASED",
    "RELEASED",
    "GATED_OUT",
    "DEPARTED",
]
CALLS = {"ESTIMATED ARRIVED", "ARRIVED", "DEPARTED"}


def numbered(n: int) -> str:
    """The n-th container's number."""
    return f"CSQU{n:06d}{check_digit(f'CSQU{n:06d}')}"
