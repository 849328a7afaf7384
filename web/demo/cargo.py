"""Packs boxes: goods, weights, seals, bills of lading and declarations for one vessel call."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from random import Random

from web.demo import cast
from web.demo.numbers import container_number, declaration_number, spread
from web.demo.world import Bill, Box, Consignment, Declaration, Goods, Kind, Line, Path, Trader

SLOTS = 50  # a call's deck of boxes; a box is call * SLOTS + slot everywhere

_TARE_KG = {"22G1": 2230, "45G1": 3900, "45R1": 4640}
_PATH_TRADERS = {Path.CLEARED: cast.AEO_TRADERS, Path.INSPECT: cast.GENERAL_TRADERS[1:3]}


@dataclass(frozen=True, slots=True)
class Packer:
    """Packs for one call.  Every number it gives follows from seed, start, call and slot."""

    seed: int
    start: datetime
    call: int

    def full_box(self, slot: int, kind: Kind, path: Path) -> Consignment:
        """A laden box under one bill with one declaration that will take `path`."""
        rng = self._rng(slot)
        trader = rng.choice(_PATH_TRADERS.get(path, cast.TRADERS))
        goods = rng.choice((cast.GOODS_OF if kind is Kind.IMPORT else cast.EXPORT_GOODS_OF)[trader.code])
        box = self._laden(rng, slot, goods)
        bill = Bill(
            reference=self._reference(slot),
            master=None,
            containers=(box.container_number,),
            trader=trader,
            forwarder=rng.choice(cast.FORWARDERS),
            declaration=self._declaration(rng, slot, kind=kind, goods=goods, path=path),
        )
        haulier = rng.choice(cast.HAULIERS)
        return Consignment(
            tag=self.tag(slot),
            kind=kind,
            box=box,
            bills=(bill,),
            haulier=haulier,
            truck_plate=f"闽D{rng.randrange(10000, 99999)}",
            is_let_go_ahead=rng.random() < 0.6,
            is_returned=slot == 0 or rng.random() < 0.5,
        )

    def groupage(self, full: Consignment) -> Consignment:
        """The same box with three importers in it: a master bill to the forwarder and a house bill for each of them."""
        [bill] = full.bills
        master = replace(bill, declaration=None, trader=Trader(bill.forwarder, "Groupage", "GENERAL"))
        houses = []
        for place, trader in enumerate((cast.AEO_TRADERS[0], *cast.GENERAL_TRADERS[2:4])):
            slot = 45 + place
            goods = cast.GOODS_OF[trader.code][0]
            path = (Path.GREEN, Path.INSPECT, Path.SILENT)[(place + self.call) % 3]
            declaration = self._declaration(self._rng(slot), slot, kind=full.kind, goods=goods, path=path)
            houses.append(
                replace(
                    bill,
                    reference=f"{bill.reference}H{place + 1}",
                    master=bill.reference,
                    trader=trader,
                    declaration=replace(declaration, lines=(_share(declaration.lines[0], 3),)),
                )
            )
        return replace(full, bills=(master, *houses))

    def two_on_one_bill(self, first: Consignment, second: Consignment) -> list[Consignment]:
        """Both boxes under the first one's bill and declaration."""
        [bill] = first.bills
        both = replace(bill, containers=(first.box.container_number, second.box.container_number))
        return [replace(first, bills=(both,)), replace(second, bills=(both,))]

    def through_box(self, slot: int, kind: Kind) -> Consignment:
        """A laden box that stays with the ships: transhipment or restow, with no papers of this port."""
        rng = self._rng(slot)
        return Consignment(
            tag=self.tag(slot), kind=kind, box=self._laden(rng, slot, rng.choice((cast.TEA, cast.PARTS)))
        )

    def empty_box(self, slot: int, kind: Kind) -> Consignment:
        """An empty box that the line moves for itself."""
        rng = self._rng(slot)
        iso_code = rng.choice(("22G1", "45G1"))
        box = Box(self.box_number(slot), iso_code, is_laden=False, gross_mass_kg=_TARE_KG[iso_code])
        plate = f"闽D{rng.randrange(10000, 99999)}"
        return Consignment(tag=self.tag(slot), kind=kind, box=box, haulier=rng.choice(cast.HAULIERS), truck_plate=plate)

    def in_box_of(self, consignment: Consignment, call: int) -> Consignment:
        """The same cargo in the box that came in slot 0 of an earlier call and went back to the depot empty."""
        number = replace(self, call=call).box_number(0)
        box = replace(consignment.box, container_number=number)
        [bill] = consignment.bills
        return replace(consignment, box=box, bills=(replace(bill, containers=(number,)),))

    def box_number(self, slot: int) -> str:
        """The container number in this slot; different for all slots of the first 20,000 calls."""
        serial = spread(self.call * SLOTS + slot, self.seed)
        return container_number(cast.OWNERS[(self.call + slot) % len(cast.OWNERS)], serial)

    def tag(self, slot: int) -> str:
        """Unique in this run and, through the start, in the database: nine characters at most."""
        return f"{_base36(self._run)}{self.call:03d}{slot:02d}"

    @property
    def _run(self) -> int:
        return int(self.start.timestamp()) // 60 - 28_000_000

    def _rng(self, slot: int) -> Random:
        return Random(f"{self.seed}/call/{self.call}/slot/{slot}")

    def _reference(self, slot: int) -> str:
        return f"HXLN{self.tag(slot)}"

    def _laden(self, rng: Random, slot: int, goods: Goods) -> Box:
        iso_code = rng.choice(goods.iso_codes)
        return Box(
            container_number=self.box_number(slot),
            iso_code=iso_code,
            is_laden=True,
            gross_mass_kg=goods.net_mass_kg + _TARE_KG[iso_code] + rng.randrange(400),
            seals=(f"HX{rng.randrange(100000, 999999)}",),
            un_number=goods.un_number,
            imo_class=goods.imo_class,
            set_point_celsius=goods.set_point_celsius,
        )

    def _declaration(self, rng: Random, slot: int, *, kind: Kind, goods: Goods, path: Path) -> Declaration:
        serial = self._run % 500 * 2_000_000 + spread(self.call * SLOTS + slot, self.seed)
        is_import = kind is Kind.IMPORT
        numbers = [
            declaration_number(cast.CUSTOMS_OFFICE, self.start.year, is_import=is_import, serial=serial + step)
            for step in (0, 1_000_000)
        ]
        line = Line(goods.hs_code, rng.choice(goods.countries), goods.net_mass_kg, goods.declared_value)
        return Declaration(
            number=numbers[0],
            second_number=numbers[1],
            seq_no=f"{serial + 1_000_000_000:018d}",
            direction="IMPORT" if is_import else "EXPORT",
            declarant=rng.choice(cast.BROKERS),
            lines=(line if is_import else replace(line, origin_country="CN"),),
            path=path,
        )


def _share(line: Line, parts: int) -> Line:
    return replace(line, net_mass_kg=line.net_mass_kg // parts, declared_value=line.declared_value // parts)


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[rest] + digits
    return digits or "0"
