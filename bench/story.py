"""Two months at a terminal, told through the real path: the template that `bench.fill` clones.

In each of `FORTNIGHTS` a vessel brings `IMPORTS` boxes on bills of one to eight, declared by bill; they are discharged,
routed, released and fetched.  Half come back with export cargo and leave by the same vessel's next voyage.  A few are
never declared and stay.  Half of the boxes are seen in one fortnight only, the others in two or in all of them.  Every
name in it has a form that `bench.cloning` can find and replace.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bench import traffic

FORTNIGHTS = 4
IMPORTS = 56
RETURNING = 30
FORTNIGHT = timedelta(days=14)
STAYING = 3  # of the imports: nobody declared them, nobody fetched them
_NUMBERS = 1000
FACILITY, TERMINAL, CUSTOMS, CARRIER = "XMHT", "TERMINAL", "CUSTOMS", "CARRIER"
SHIP = ("9472177", "BW000", "BENCH SHIP AAA")  # its IMO number, call sign and name
_HS = (("9403600000", "VN"), ("8471300000", "MY"), ("0303130000", "CL"), ("3926909090", "US"), ("8708299000", "DE"))


@dataclass(frozen=True)
class Told:
    """One message: when it arrives, whose it is, in which format."""

    at: datetime
    party: str
    role: str
    format: str
    body: dict[str, Any]


def box(index: int, fortnight: int) -> str:
    """The container at that place in that fortnight's ship."""
    often = 1 if index >= IMPORTS - STAYING else (1, 2, 1, 4, 1, 2, 1, 2)[index % 8]
    return traffic.container(index + IMPORTS * (fortnight // often))


def boxes() -> list[str]:
    """Every container of the story, each once."""
    return list(dict.fromkeys(box(index, fortnight) for fortnight in range(FORTNIGHTS) for index in range(IMPORTS)))


def template(begin: datetime, fortnights: int = FORTNIGHTS) -> Iterator[Told]:
    """All messages in order of arrival; of fewer fortnights where not all is wanted."""
    for number in range(fortnights):
        yield from _Fortnight(begin + number * FORTNIGHT, number).told()


def bill(number: int) -> str:
    """A bill of lading."""
    return f"BL{number:010d}"


def declaration_number(number: int) -> str:
    """A declaration's 18 digits."""
    return f"3711{number:014d}"


def voyage(number: int) -> str:
    """A voyage."""
    return f"VY{number:07d}"


class _Fortnight:
    def __init__(self, begin: datetime, number: int) -> None:
        self.begin = begin
        self.imports = [box(index, number) for index in range(IMPORTS)]
        self.staying = frozenset(self.imports[-STAYING:])
        self.first = number * _NUMBERS  # of bills, declarations and messages
        self.messages = self.first
        self.inbound, self.outbound = voyage(2 * number), voyage(2 * number + 1)

    def told(self) -> Iterator[Told]:
        imports = self.imports
        bills = _cut(imports, (1, 1, 2, 1, 8, 1, 2, 1, 1, 4, 1, 2))
        yield self._customs(0, vesselCalls=[self._call(eta=2)])
        yield from self._import_papers(bills)
        yield self._customs(2.0, vesselCalls=[self._call(eta=2, ata=2.0)])
        yield self._customs(2.1, vesselCalls=[self._call(eta=2, ata=2.0, atb=2.1)])
        for n, box in enumerate(imports):
            yield self._gate(2.2 + n / 100, "DISC", [box], voyage=self.inbound)
        yield from self._released(bills)
        yield from self._fetched(imports[:-STAYING])
        yield from self._exported(imports[:RETURNING])
        yield self._customs(13.5, vesselCalls=[self._call(eta=2, ata=2.0, atb=2.1, atd=13.4)])

    def _import_papers(self, bills: list[list[str]]) -> Iterator[Told]:
        manifests = [self._manifest(n, some, "IMPORT", self.inbound) for n, some in enumerate(bills)]
        for start in range(0, len(manifests), 10):
            told = self._customs(0.3, role="carrier", party=CARRIER, manifests=manifests[start : start + 10])
            yield told
        for n, some in enumerate(bills):
            if not self.staying & set(some):
                yield self._customs(1 + n / 100, declarations=[self._declaration(n, some, "IMPORT")])

    def _released(self, bills: list[list[str]]) -> Iterator[Told]:
        for n, some in enumerate(bills):
            if self.staying & set(some):
                continue
            yield self._customs(3 + n / 100, notices=[self._notice(n, "RELEASED", 3 + n / 100)])
            release = {
                "transportDocumentReference": bill(self.first + n),
                "status": "RELEASED",
                "releasedAt": self._at(3.5).isoformat(),
                "haulierCode": f"HAULIER{n % 7}",
            }
            yield self._customs(3.5 + n / 100, role="carrier", party=CARRIER, carrierReleases=[release])

    def _fetched(self, leaving: list[str]) -> Iterator[Told]:
        for n, box in enumerate(leaving):
            yield self._gate(4.5 + n / 50, "GTOT", [box])

    def _exported(self, returning: list[str]) -> Iterator[Told]:
        for n, box in enumerate(returning):
            yield self._customs(8 + n / 100, declarations=[self._declaration(100 + n, [box], "EXPORT")])
        yield self._customs(
            8.5, role="carrier", party=CARRIER,
            manifests=[self._manifest(100 + n, [box], "EXPORT", self.outbound) for n, box in enumerate(returning)],
        )  # fmt: skip
        for n, box in enumerate(returning):
            at = 9 + n / 30
            yield self._gate(at, "GTIN", [box])
            yield self._customs(at + 0.1, notices=[self._notice(100 + n, "ARRIVAL_REPORTED", at + 0.1)])
            yield self._customs(at + 0.2, notices=[self._notice(100 + n, "RELEASED", at + 0.2)])
        for start in range(0, len(returning), 10):
            yield self._gate(12 + start / 100, "LOAD", returning[start : start + 10], voyage=self.outbound)

    def _at(self, days: float) -> datetime:
        return (self.begin + timedelta(days=days)).replace(microsecond=0)

    def _identity(self) -> str:
        self.messages += 1
        return f"MSG{self.messages:010d}"

    def _customs(self, days: float, *, role: str = "customs", party: str = CUSTOMS, **arrays: object) -> Told:
        return Told(self._at(days), party, role, "customs", {"messageID": self._identity(), **arrays})

    def _gate(self, days: float, type_code: str, some: list[str], *, voyage: str | None = None) -> Told:
        at = self._at(days)
        events = [
            {
                "eventType": "EQUIPMENT",
                "equipmentEventTypeCode": type_code,
                "eventClassifierCode": "ACT",
                "eventDateTime": (at - timedelta(minutes=2)).isoformat(),
                "equipmentReference": box,
                "ISOEquipmentCode": "22G1",
                "emptyIndicatorCode": "LADEN",
                "facilityCode": FACILITY,
                "seals": ["AB123"],
                "grossMassKg": 24310,
                **({"vesselIMONumber": SHIP[0], "voyage": voyage} if voyage else {"truckPlate": "MIN-D12345"}),
            }
            for box in some
        ]
        return Told(at, TERMINAL, "terminal", "gate", {"messageID": self._identity(), "events": events})

    def _call(self, *, eta: float, **times: float) -> dict[str, object]:
        moments = {name: (self._at(days) - timedelta(minutes=5)).isoformat() for name, days in times.items()}
        return {
            "vesselIMONumber": SHIP[0],
            "callSign": SHIP[1],
            "vesselName": SHIP[2],
            "importVoyage": self.inbound,
            "exportVoyage": self.outbound,
            "facilityCode": FACILITY,
            "eta": self._at(eta).isoformat(),
            **moments,
        }

    def _manifest(self, number: int, some: list[str], direction: str, named: str) -> dict[str, object]:
        return {
            "transportDocumentReference": bill(self.first + number),
            "direction": direction,
            "vesselIMONumber": SHIP[0],
            "voyage": named,
            "containers": some,
            "consignee": {"code": f"CONSIGNEE{number % 20}", "name": f"Consignee {number % 20}"},
            "forwarder": {"code": f"FORWARDER{number % 5}", "name": f"Forwarder {number % 5}"},
            "issuedAt": self._at(0.1).isoformat(),
        }

    def _declaration(self, number: int, some: list[str], direction: str) -> dict[str, object]:
        code, country = _HS[number % len(_HS)]
        return {
            "declarationNumber": declaration_number(self.first + number),
            "direction": direction,
            "mode": "ADVANCE",
            "declaredAt": self._at(0.9 if direction == "IMPORT" else 7.9).isoformat(),
            "declarant": {"code": f"BROKER{number % 3}", "name": f"Broker {number % 3}"},
            "consignee": {
                "code": f"CONSIGNEE{number % 20}",
                "name": f"Consignee {number % 20}",
                "creditGrade": ("AEO", "GENERAL", "GENERAL", "DISTRUSTED")[number % 4],
            },
            "transportDocumentReference": bill(self.first + number),
            "containers": some,
            "lines": [
                {
                    "hsCode": code,
                    "originCountry": country,
                    "netMassKg": 9800,
                    "declaredValue": 42000,
                    "currency": "USD",
                }
            ],
        }

    def _notice(self, number: int, status: str, days: float) -> dict[str, object]:
        at = self._at(days) - timedelta(minutes=1)
        return {
            "declarationNumber": declaration_number(self.first + number),
            "status": status,
            "noticeDateTime": at.isoformat(),
        }


def json_of(told: Told) -> bytes:
    """As it goes over the wire."""
    return json.dumps(told.body).encode()


def _cut(some: list[str], sizes: tuple[int, ...]) -> list[list[str]]:
    """Into groups of these sizes, over and over."""
    groups: list[list[str]] = []
    start = 0
    while start < len(some):
        size = sizes[len(groups) % len(sizes)]
        groups.append(some[start : start + size])
        start += size
    return groups
