"""One import container with three bills of lading of strangers (LCL), told by everybody who has a part in it."""

from __future__ import annotations

from typing import Any

from build_port import IMO, TestPort, at, declaration, discharged, manifest, notice

SITE = "PIER-9"
# Who is on the visit, and in which role; each kind of reader the access table has.
READERS = (
    ("terminal", None), ("forwarder", "FWD1"), ("forwarder", "FWD2"), ("forwarder", "FWD3"), ("consignee", "CONS1"),
    ("broker", "BRK1"), ("haulier", "HAUL"), ("carrier", "CARRIER"), ("agent", "AGENT"), ("tally", "TALLY"),
    ("authority", None),
)  # fmt: skip
STRANGERS = (
    ("terminal", "OTHER-QUAY"), ("depot", "DEPOT"), ("forwarder", "STRANGER"), ("consignee", "STRANGER"),
    ("broker", "STRANGER"), ("haulier", "STRANGER"), ("carrier", "STRANGER"), ("agent", "STRANGER"),
    ("tally", "STRANGER"), ("courier", None), ("admin", None),
)  # fmt: skip


def bill(number: int, **more: Any) -> dict[str, Any]:
    """A bill of parties of its own."""
    return manifest(
        transportDocumentReference=f"BILL-000{number}",
        consignee={"code": f"CONS{number}", "name": f"Consignee {number}"},
        forwarder={"code": f"FWD{number}", "name": f"Forwarder {number}"},
        **more,
    )


def declared(number: int, **more: Any) -> dict[str, Any]:
    """The declaration of that bill; its goods line has values found nowhere else."""
    return declaration(
        declarationNumber=declaration_number(number),
        transportDocumentReference=f"BILL-000{number}",
        declarant={"code": f"BRK{number}", "name": f"Broker {number}"},
        consignee={"code": f"CONS{number}", "name": f"Consignee {number}", "creditGrade": "DISTRUSTED"},
        lines=[
            {
                "hsCode": f"680223771{number}",
                "originCountry": "VN",
                "quantity": 1,
                "netMassKg": 100,
                "declaredValue": 77770 + number,
                "currency": "USD",
            }
        ],
        **more,
    )


def declaration_number(number: int) -> str:
    return f"37112026100000000{number}"


def noticed(number: int, status: str, **more: Any) -> dict[str, Any]:
    return notice(status, declarationNumber=declaration_number(number), **more)


def announce(port: TestPort) -> None:
    """Bill 1 is released by customs and carrier, bill 2 ordered to the site, bill 3 undeclared; the ship is coming."""
    port.key("terminal")
    call = {"vesselIMONumber": IMO, "importVoyage": "031W", "facilityCode": "XMHT", "eta": at(-60)}
    port.customs("agent", "AGENT", vesselCalls=[call])
    release = {"transportDocumentReference": "BILL-0001", "status": "RELEASED", "releasedAt": at(300)}
    port.customs(
        "carrier", "CARRIER",
        manifests=[bill(1), bill(2), bill(3)],
        carrierReleases=[release | {"haulierCode": "HAUL"}],
    )  # fmt: skip
    port.customs(
        declarations=[declared(1), declared(2)],
        notices=[
            noticed(1, "RELEASED", minutes_ago=200),
            noticed(2, "INSPECTION_ORDERED", minutes_ago=150, site=SITE, note="look behind the second row"),
        ],
    )


def berth(port: TestPort) -> None:
    """The ship is at the quay."""
    call = {"vesselIMONumber": IMO, "importVoyage": "031W", "facilityCode": "XMHT", "ata": at(60), "atb": at(40)}
    port.customs("agent", "AGENT", vesselCalls=[call])


def discharge(port: TestPort) -> None:
    """The terminal and the tally tell of it; their seals differ."""
    off = discharged(minutes_ago=30, position="A1", grossMassKg=24321)
    port.gate(off | {"seals": ["SEAL-ONE"], "ISOEquipmentCode": "22G1"})
