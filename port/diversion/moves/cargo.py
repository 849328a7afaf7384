"""What the boxes of a synthetic day carry, so that a ruleset has something to read.  A mix of ours, all assumed."""

from __future__ import annotations

from typing import NamedTuple

from events.types import CreditGrade, DeclarationMode, Direction, Route
from port.diversion.case import Case, Facts, Standing
from port.diversion.facts import CustomsStatus
from port.diversion.moves.chance import Chance, Luck


class Goods(NamedTuple):
    """One kind of cargo; `share` is of the boxes of its direction, in per cent."""

    share: int
    hs_code: str
    country: str
    value_per_kg: float
    classes: tuple[str, ...] = ()


IMPORTS: tuple[Goods, ...] = (
    Goods(16, "8542310000", "MY", 120.0),
    Goods(12, "3901200000", "SA", 1.2),
    Goods(11, "1201900000", "BR", 0.6),
    Goods(9, "4407110000", "CA", 0.8),
    Goods(9, "8708999990", "DE", 14.0),
    Goods(8, "8421399090", "JP", 35.0),
    Goods(7, "2204210000", "FR", 6.5),
    Goods(6, "6109100000", "VN", 18.0),
    Goods(5, "0203290090", "ES", 2.6),
    Goods(4, "0306179090", "EC", 6.1),
    Goods(4, "6802931100", "IN", 0.5),
    Goods(3, "2516120000", "BR", 0.3),
    Goods(3, "7404000090", "US", 6.0),
    Goods(2, "2905110000", "SA", 0.5, ("3",)),
    Goods(1, "4403250000", "NZ", 0.2),
)
EXPORTS: tuple[Goods, ...] = (
    Goods(26, "9403600090", "CN", 3.5),
    Goods(22, "6402999000", "CN", 11.0),
    Goods(18, "8528722200", "CN", 16.0),
    Goods(16, "6912001000", "CN", 2.2),
    Goods(8, "8507600090", "CN", 24.0, ("9",)),
    Goods(6, "2005999990", "CN", 1.6),
    Goods(3, "8507600090", "CN", 24.0),
    Goods(1, "3604100000", "CN", 4.0, ("1.4G",)),
)
_HUNDRED = 100
_AEO_SHARE, _DISTRUSTED_SHARE = 0.25, 0.01
_BOX_KG = 18_000.0
_STATUS = {
    None: CustomsStatus.DECLARED,
    Route.INSPECTION: CustomsStatus.INSPECTION_ORDERED,
    Route.SCAN: CustomsStatus.SCAN_ORDERED,
    Route.HOLD: CustomsStatus.HELD,
}


def case_of(
    container_number: str, luck: Luck, *, direction: Direction, is_in_advance: bool, order: Route | None
) -> Case:
    """The box with its one declaration of one line, as a ruleset is asked about it once it is declared."""
    goods = _drawn(IMPORTS if direction is Direction.IMPORT else EXPORTS, luck[Chance.CARGO])
    mode = DeclarationMode.ADVANCE if is_in_advance else DeclarationMode.ARRIVAL
    declaration: Facts = {
        "direction": direction.value,
        "declaration_mode": mode.value,
        "customs_status": _STATUS[order].value,
        "inspect_at": "PORT",
        "consignee_credit_grade": _grade(luck[Chance.GRADE]).value,
        "consignee_code": f"SYN{int(luck[Chance.GRADE] * 500):03}",
        "declarant_code": f"SYB{int(luck[Chance.CARGO] * 40):02}",
        "line_count": 1,
        "total_net_mass_kg": _BOX_KG,
        "total_declared_value": _BOX_KG * goods.value_per_kg,
    }
    number = f"SYN{container_number}"
    standing = Standing(number, number, _STATUS[order], facts=declaration, lines=(_line(goods),))
    return Case(container_number, _box(goods), (standing,))


def _drawn(mix: tuple[Goods, ...], u: float) -> Goods:
    left = u * _HUNDRED
    for goods in mix:
        left -= goods.share
        if left < 0:
            return goods
    return mix[-1]


def _grade(u: float) -> CreditGrade:
    if u < _AEO_SHARE:
        return CreditGrade.AEO
    return CreditGrade.DISTRUSTED if u >= 1 - _DISTRUSTED_SHARE else CreditGrade.GENERAL


def _box(goods: Goods) -> Facts:
    return {
        "facility_code": "SYNTHETIC",
        "iso_size_type": "45G1",
        "container_type_group": "G",
        "is_reefer": False,
        "is_lcl": False,
        "bill_count": 1,
        "seal_count": 1,
        "gross_mass_kg": _BOX_KG + 3900,
        "has_dangerous_goods": bool(goods.classes),
        "dangerous_goods_classes": goods.classes,
    }


def _line(goods: Goods) -> Facts:
    return {
        "hs_code": goods.hs_code,
        "origin_country": goods.country,
        "quantity": 1000,
        "net_mass_kg": _BOX_KG,
        "declared_value": _BOX_KG * goods.value_per_kg,
        "currency": "USD",
        "value_per_kg": goods.value_per_kg,
    }
