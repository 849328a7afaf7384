"""What is done with one box in the port: it is set down, driven to the inspection yard, looked at, driven on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from web.demo import cast, messages, papers
from web.demo.steps import Expect, Instruction, Scene, Speak, Wait
from web.demo.telling import Pen, tell
from web.demo.world import Bill, Consignment, Kind, Movement, VesselCall

TO_SITE = frozenset({"SCAN", "INSPECTION"})

_MINUTE = timedelta(minutes=1)
_PATIENCE = 8  # looks, a quarter of an hour apart, before a box is driven to the site without an instruction


@dataclass(slots=True)
class Stay:
    """One box in the port as its story goes: where it stands and which instruction was carried out last."""

    consignment: Consignment
    call: VesselCall
    pen: Pen
    rng: Random
    facility: str
    carried: str = ""
    was_sent: bool = False

    @property
    def container(self) -> str:
        """The container number."""
        return self.consignment.box.container_number

    @property
    def is_export(self) -> bool:
        """Whether the box leaves by sea."""
        return self.consignment.kind is Kind.EXPORT

    @property
    def is_at_site(self) -> bool:
        """Whether it stands at the inspection yard or the scanner."""
        return self.facility in cast.SITES

    @property
    def declared_bills(self) -> tuple[Bill, ...]:
        """The bills that have a declaration of their own."""
        return tuple(bill for bill in self.consignment.bills if bill.declaration)

    def minutes(self, low: int, high: int) -> timedelta:
        """A span of time between two numbers of minutes."""
        return timedelta(seconds=self.rng.randrange(low * 60, high * 60))

    def emptied(self, *, at_facility: str) -> Stay:
        """The same container, stripped, at a depot: another stay."""
        consignment = self.consignment
        box = replace(consignment.box, is_laden=False, seals=(), un_number=None, set_point_celsius=None)
        return replace(
            self,
            consignment=replace(consignment, box=replace(box, gross_mass_kg=3900), bills=(), kind=Kind.EMPTY_IN),
            facility=at_facility,
        )

    def movement(self, type_code: str, at: datetime, *, position: str | None = None, to: str | None = None) -> Movement:
        """A movement of this box at the facility where it stands."""
        is_lift = type_code in ("DISC", "LOAD")
        is_gate = type_code in ("GTIN", "GTOT")
        consignment = self.consignment
        bill = consignment.bills[0].reference if consignment.bills else None
        kind = {Kind.EMPTY_IN: "IMPORT", Kind.EMPTY_OUT: "EXPORT"}.get(consignment.kind, consignment.kind.value)
        voyage = self.call.export_voyage if self.is_export or type_code == "LOAD" else self.call.import_voyage
        return Movement(
            type_code=type_code,
            box=consignment.box,
            facility=self.facility,
            at=at,
            movement_type=kind if consignment.box.is_laden or is_lift else None,
            mode="VESSEL" if is_lift else "TRUCK" if is_gate else None,
            to_facility=to,
            vessel=self.call.vessel if is_lift or self.is_export else None,
            voyage=voyage if is_lift or self.is_export else None,
            bill=bill if consignment.box.is_laden else None,
            truck_plate=consignment.truck_plate if is_gate else None,
            position=position,
        )


def follow(stay: Stay, order: Instruction | None, *, at: datetime) -> Scene:
    """Does with the box what the port says, or sets it down in the yard when the port says nothing."""
    if order is None:
        return (yield from set_down(stay, at=at + 8 * _MINUTE, position=_yard_slot(stay)))
    stay.carried = order.instruction_id
    at += stay.minutes(1, 3)
    answer = yield _command(stay, order, "acknowledge", at=at)
    if answer.status == 409:
        return (yield from set_down(stay, at=at + 8 * _MINUTE, position=_yard_slot(stay)))
    if order.route in TO_SITE:
        at = yield from to_site(stay, _site_of(order), at=at + stay.minutes(8, 20))
    elif order.route == "DIRECT_RELEASE" and not stay.is_export:
        return at
    elif not stay.is_at_site:
        at = yield from set_down(stay, at=at + stay.minutes(5, 12), position=order.place or _yard_slot(stay))
    if stay.rng.random() < 0.6:
        at += _MINUTE
        yield _command(stay, order, "execute", at=at)
    return at


def set_down(stay: Stay, *, at: datetime, position: str) -> Scene:
    """The box is grounded where it is."""
    yield from tell(stay.pen, stay.movement("DROP", at, position=position))
    return at


def to_site(stay: Stay, site: str, *, at: datetime) -> Scene:
    """By lorry to an inspection site; nothing when the box is there already."""
    if stay.facility == site:
        return at
    yield from tell(stay.pen, stay.movement("GTOT", at, to=site))
    stay.facility = site
    at += stay.minutes(10, 18)
    yield from tell(stay.pen, stay.movement("GTIN", at))
    return at


def back_to_terminal(stay: Stay, *, at: datetime) -> Scene:
    """By lorry from the inspection yard back to the terminal, and into the stack."""
    terminal = stay.call.terminal
    yield from tell(stay.pen, stay.movement("GTOT", at, to=terminal))
    stay.facility = terminal
    at += stay.minutes(10, 18)
    yield from tell(stay.pen, stay.movement("GTIN", at))
    return (yield from set_down(stay, at=at + 9 * _MINUTE, position=_yard_slot(stay)))


def sent_to_site(stay: Stay, *sites: str, at: datetime) -> Scene:
    """Waits for the instruction that sends the box to one of the sites; failing it, the box is driven to the first."""
    for _ in range(_PATIENCE):
        if stay.facility in sites:
            return at
        at += 15 * _MINUTE
        answer = yield Wait(at, stay.container)
        order = answer.standing
        if order and order.instruction_id != stay.carried:
            at = yield from follow(stay, order, at=at)
    return (yield from to_site(stay, sites[0], at=at))


def scanned(stay: Stay, *, at: datetime) -> Scene:
    """Through the scanner, without being opened."""
    at += stay.minutes(8, 25)
    yield from tell(stay.pen, stay.movement("INSP", at, position="LANE 1"))
    return at


def looked_at(stay: Stay, bills: Sequence[Bill], *, at: datetime) -> Scene:
    """Opened in the inspection yard for these bills; now and then something is found and the box stays."""
    site = stay.facility
    at += stay.minutes(6, 20)
    at = yield from papers.noticed(stay.pen, bills, "INSPECTION_STARTED", at=at, container=stay.container, site=site)
    at += stay.minutes(15, 50)
    yield from tell(stay.pen, stay.movement("INSP", at, position="DOCK 2"))
    result = "ABNORMAL" if stay.rng.random() < 0.08 else "PASS"
    at = yield from papers.noticed(
        stay.pen, bills, "INSPECTION_FINISHED", at=at + _MINUTE, container=stay.container, site=site, result=result
    )
    return at if result == "PASS" else at + stay.minutes(90, 180)


def _site_of(order: Instruction) -> str:
    if order.place in cast.SITES:
        return order.place
    return cast.SCANNER if order.route == "SCAN" else cast.INSPECTION_YARD


def _command(stay: Stay, order: Instruction, verb: str, *, at: datetime) -> Speak:
    return Speak(
        at=at,
        party=order.keeper,
        path=f"/v1/instructions/{order.instruction_id}/{verb}",
        body=messages.command(),
        says=f"{verb}s {order.route} for {stay.container}",
        expect=Expect.NOT_TOO_LATE,
        container=stay.container,
        is_minor=True,
    )


def _yard_slot(stay: Stay) -> str:
    rng = stay.rng
    return f"{rng.choice('ABCDEF')}{rng.randrange(1, 9):02d}-{rng.randrange(1, 30):02d}-{rng.randrange(1, 5)}"
