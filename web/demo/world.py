"""The nouns of the simulated port: who there is, what comes, and what is planned for it.  Nothing here moves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Kind(StrEnum):
    """Which way a box goes through the port."""

    IMPORT = "IMPORT"
    EXPORT = "EXPORT"
    TRANSSHIPMENT = "TRANSSHIPMENT"
    RESTOW = "RESTOW"
    EMPTY_IN = "EMPTY_IN"
    EMPTY_OUT = "EMPTY_OUT"


class Path(StrEnum):
    """What customs does with a declaration before the box is at its point (import: discharge, export: gate)."""

    GREEN = "GREEN"  # accepted, no inspection needed; released when the box is there
    CLEARED = "CLEARED"  # accepted and released in advance
    SILENT = "SILENT"  # accepted, no word yet: the port's rules decide
    INSPECT = "INSPECT"  # inspection ordered
    SCAN = "SCAN"  # scan ordered
    HELD = "HELD"  # held until an officer has looked
    REJECTED_FIRST = "REJECTED_FIRST"  # rejected, lodged again, accepted
    CANCELLED_FIRST = "CANCELLED_FIRST"  # cancelled, lodged again under another number
    LATE = "LATE"  # lodged hours after the box has come
    ORDER_AFTER = "ORDER_AFTER"  # green, and an inspection order once the box is there
    DESTINATION = "DESTINATION"  # inspected at the importer's premises: released here, looked at there
    BY_SEQUENCE = "BY_SEQUENCE"  # receipts know only the sequence number at first


class Mishap(StrEnum):
    """What goes wrong with the telling of one movement; docs/demo.md has the shares."""

    LATE = "LATE"  # told hours after it happened
    REPEATED = "REPEATED"  # the same bytes twice
    CORRECTED = "CORRECTED"  # told with a wrong value, then corrected
    WITHDRAWN = "WITHDRAWN"  # told by mistake, taken back, told again
    BAD_CHECK_DIGIT = "BAD_CHECK_DIGIT"
    NO_TIME_ZONE = "NO_TIME_ZONE"
    CUT_OFF = "CUT_OFF"  # the interchange ends in the middle
    UNKNOWN_CODE = "UNKNOWN_CODE"
    NOT_JSON = "NOT_JSON"


@dataclass(frozen=True, slots=True)
class Party:
    """Who speaks with a key of its own; a part of an organisation `belongs_to` that one's party."""

    code: str
    name: str
    role: str
    facilities: tuple[str, ...] = ()
    belongs_to: str | None = None

    @property
    def party(self) -> str:
        """The code of the party the key is for."""
        return self.belongs_to or self.code


@dataclass(frozen=True, slots=True)
class Trader:
    """A consignee or consignor; `grade` is its customs credit grade."""

    code: str
    name: str
    grade: str


@dataclass(frozen=True, slots=True)
class Vessel:
    """A ship by its three names."""

    imo_number: str
    call_sign: str
    name: str


@dataclass(frozen=True, slots=True)
class Goods:
    """A kind of cargo: HS code, where it comes from or goes to, and what a full box of it weighs and is worth."""

    hs_code: str
    countries: tuple[str, ...]
    net_mass_kg: int
    declared_value: int
    iso_codes: tuple[str, ...] = ("22G1", "45G1")
    un_number: str | None = None
    imo_class: str | None = None
    set_point_celsius: float | None = None


@dataclass(frozen=True, slots=True)
class Box:
    """One container as it is in this visit."""

    container_number: str
    iso_code: str
    is_laden: bool
    gross_mass_kg: int
    seals: tuple[str, ...] = ()
    un_number: str | None = None
    imo_class: str | None = None
    set_point_celsius: float | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One goods line of a declaration."""

    hs_code: str
    origin_country: str
    net_mass_kg: int
    declared_value: int


@dataclass(frozen=True, slots=True)
class Declaration:
    """A customs declaration and the path customs takes with it.  `second_number` is used when it is lodged again."""

    number: str
    second_number: str
    seq_no: str
    direction: str
    declarant: str
    lines: tuple[Line, ...]
    path: Path


@dataclass(frozen=True, slots=True)
class Bill:
    """A bill of lading; `master` makes it a house bill.  It may name several boxes, and a box several bills."""

    reference: str
    master: str | None
    containers: tuple[str, ...]
    trader: Trader
    forwarder: str
    declaration: Declaration | None = None


@dataclass(frozen=True, slots=True)
class Consignment:
    """One box with its papers and its lot.

    `tag` is short and unique: message numbers are built on it.  `is_let_go_ahead`: the carrier's delivery order is out
    before the ship is in.  `is_returned`: the empty box comes back to the depot.  `is_rolled`: the carrier leaves it
    behind for its next ship.  `leaves_unreleased`: its driver does not wait for customs.  `comes_at`: when an export
    box stands at the gate.
    """

    tag: str
    kind: Kind
    box: Box
    bills: tuple[Bill, ...] = ()
    mishap: Mishap | None = None
    is_let_go_ahead: bool = True
    is_returned: bool = False
    is_rolled: bool = False
    leaves_unreleased: bool = False
    haulier: str = ""
    truck_plate: str = ""
    comes_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class VesselCall:
    """One port stay with all it brings and takes."""

    number: int
    vessel: Vessel
    terminal: str
    import_voyage: str
    export_voyage: str
    eta: datetime
    ata: datetime
    atb: datetime
    atd: datetime
    discharges: tuple[Consignment, ...]
    loads: tuple[Consignment, ...]

    def discharged_at(self, place: int) -> datetime:
        """When the box at this place of the discharge list comes off: one crane, about three minutes a lift."""
        return self.atb + timedelta(minutes=12 + 3 * place)

    def loaded_at(self, place: int) -> datetime:
        """When the box at this place of the load list goes up; the last forty minutes of the stay are for lashing."""
        return self.atd - timedelta(minutes=40 + 3 * (len(self.loads) - place))


@dataclass(frozen=True, slots=True)
class Movement:
    """What a terminal, depot or tally reports of one box; `at` is when it happened."""

    type_code: str
    box: Box
    facility: str
    at: datetime
    movement_type: str | None = None
    mode: str | None = None
    to_facility: str | None = None
    vessel: Vessel | None = None
    voyage: str | None = None
    bill: str | None = None
    truck_plate: str | None = None
    position: str | None = None
