"""The closed catalogue of facts a rule may test: level, type, unit, names, and what a readable value looks like.

A fact belongs to one level.  Container facts hold for every declaration of the box, declaration facts for each of its
lines, and line facts are tested line by line, so that "6802 from India" means one line that is both.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from events.types import CreditGrade, DeclarationMode, Direction, InspectAt, TransportMode
from port.diversion.table import ListKind


class Level(StrEnum):
    """What a fact is a fact of."""

    CONTAINER = "CONTAINER"
    DECLARATION = "DECLARATION"
    LINE = "LINE"


class FactType(StrEnum):
    """TEXTS is a list of texts; a condition on it holds when it holds for any of them, and for an empty list never."""

    TEXT = "TEXT"
    TEXTS = "TEXTS"
    NUMBER = "NUMBER"
    FLAG = "FLAG"


class CustomsStatus(StrEnum):
    """How a declaration, or a document without one, stands with customs (DOMAIN, customs facet)."""

    HELD = "HELD"
    INSPECTING = "INSPECTING"
    INSPECTION_ORDERED = "INSPECTION_ORDERED"
    SCAN_ORDERED = "SCAN_ORDERED"
    REJECTED = "REJECTED"
    NOT_DECLARED = "NOT_DECLARED"
    VOID = "VOID"
    UNDER_REVIEW = "UNDER_REVIEW"
    DECLARED = "DECLARED"
    NO_INSPECTION = "NO_INSPECTION"
    RELEASED = "RELEASED"


_NAME = r"\S(?:.{0,62}\S)?"

UNBOUNDED = sys.float_info.max
"""The `maximum` of a number that has none: what a float can hold, so that every compiler can."""

MOST_TEXTS = 200
"""Texts in one value of a TEXTS fact; a longer list is unreadable, and costs a decision nothing."""


@dataclass(frozen=True, slots=True)
class FactSpec:
    """One fact of the catalogue.

    `pattern` is what the whole of a text must look like, `start` what a rule may ask it to begin with; `codes` closes
    the set instead; `minimum` and `maximum` bound a number; a FLAG is named as what the box is.  Anything else is
    unreadable, and a condition on it undetermined: "GOLD" is no credit grade and "12AB" no HS code, so no rule may pass
    them by.  A code that `may_be_cut` short (680223 for 6802231000) may be any longer one that begins with it: a
    condition that needs the rest is undetermined too.  `list_kind` is the kind of list it may be compared with, beside
    lists without a kind.
    """

    name: str
    level: Level
    type: FactType
    zh: str
    en: str
    unit: str = ""
    pattern: str = _NAME
    start: str = ""
    codes: tuple[str, ...] = ()
    minimum: float = 0
    maximum: float = UNBOUNDED
    may_be_cut: bool = False
    list_kind: ListKind | None = None


_HS = r"[0-9]{6,10}"
_HS_START = r"[0-9]{2,10}"
_CLASS = r"[1-9](?:\.[1-6][A-Z]?)?"
_NAME_START = r"\S{1,32}"
_COUNTRY = r"[A-Z]{2}"


def _text(level: Level, name: str, zh: str, en: str, /, pattern: str = _NAME, start: str = "") -> FactSpec:
    return FactSpec(name, level, FactType.TEXT, zh, en, pattern=pattern, start=start)


def _party(name: str, zh: str, en: str, /) -> FactSpec:
    return FactSpec(name, Level.DECLARATION, FactType.TEXT, zh, en, start=_NAME_START, list_kind=ListKind.PARTY)


def _country(level: Level, name: str, zh: str, en: str, /) -> FactSpec:
    return FactSpec(name, level, FactType.TEXT, zh, en, pattern=_COUNTRY, list_kind=ListKind.COUNTRY)


def _profile(level: Level, kind: str, zh: str, en: str, /) -> tuple[FactSpec, FactSpec]:
    """What past inspections of a kind tell: the share that found something, and how many there were."""
    rate = FactSpec(f"{kind}_find_rate", level, FactType.NUMBER, f"{zh}查获率", f"find rate of the {en}", maximum=1)
    return rate, _number(level, f"{kind}_inspections", f"{zh}已查验次数", f"past inspections of the {en}")


def _code(level: Level, name: str, zh: str, en: str, /, codes: type[StrEnum]) -> FactSpec:
    return FactSpec(name, level, FactType.TEXT, zh, en, codes=tuple(code.value for code in codes))


def _number(level: Level, name: str, zh: str, en: str, /, unit: str = "", minimum: float = 0) -> FactSpec:
    return FactSpec(name, level, FactType.NUMBER, zh, en, unit=unit, minimum=minimum)


def _flag(level: Level, name: str, zh: str, en: str, /) -> FactSpec:
    return FactSpec(name, level, FactType.FLAG, zh, en)


def _texts(level: Level, name: str, zh: str, en: str, pattern: str, start: str, /, may_be_cut: bool) -> FactSpec:
    return FactSpec(name, level, FactType.TEXTS, zh, en, pattern=pattern, start=start, may_be_cut=may_be_cut)


_C, _D, _L = Level.CONTAINER, Level.DECLARATION, Level.LINE

CATALOGUE: tuple[FactSpec, ...] = (
    _text(_C, "facility_code", "码头", "terminal", start=_NAME_START),
    _text(_C, "vessel_imo_number", "船舶 IMO 编号", "vessel IMO number", pattern=r"[0-9]{7}"),
    _code(_C, "mode_of_transport", "进港运输方式", "means of transport into the port", codes=TransportMode),
    _text(_C, "iso_size_type", "箱型尺寸", "ISO size and type", pattern=r"[0-9A-Z]{4}", start=r"[0-9A-Z]{1,4}"),
    _text(_C, "container_type_group", "箱型组", "container type group", pattern=r"[A-Z]"),
    _flag(_C, "is_reefer", "冷藏箱", "a reefer"),
    _number(_C, "set_point_celsius", "设定温度", "set temperature", unit="°C", minimum=-273.15),
    _number(_C, "gross_mass_kg", "毛重", "gross mass", unit="kg"),
    _number(_C, "vgm_kg", "验证总重", "verified gross mass", unit="kg"),
    _number(_C, "mass_discrepancy_kg", "毛重与验证总重之差", "gap between gross mass and VGM", unit="kg"),
    _flag(_C, "has_dangerous_goods", "报告有危险品的箱", "a box with reported dangerous goods"),
    _texts(_C, "dangerous_goods_classes", "危险品类别", "dangerous goods class", _CLASS, _CLASS, may_be_cut=True),
    _texts(_C, "un_numbers", "联合国编号", "UN number", r"[0-9]{4}", r"[0-9]{1,4}", may_be_cut=False),
    _number(_C, "seal_count", "封条数", "number of seals"),
    _number(_C, "bill_count", "箱内提单数", "bills of lading in the box"),
    _flag(_C, "is_lcl", "拼箱", "a shared box (LCL)"),
    _code(_D, "direction", "进出口", "direction", codes=Direction),
    _code(_D, "declaration_mode", "申报模式", "declaration mode", codes=DeclarationMode),
    _code(_D, "customs_status", "海关状态", "customs status", codes=CustomsStatus),
    _code(_D, "inspect_at", "查验地点", "place of inspection", codes=InspectAt),
    _code(_D, "consignee_credit_grade", "收货人信用等级", "consignee's credit grade", codes=CreditGrade),
    _party("consignee_code", "收货人代码", "consignee"),
    _party("declarant_code", "申报人代码", "declarant"),
    _number(_D, "line_count", "商品项数", "number of goods lines"),
    _number(_D, "total_net_mass_kg", "总净重", "total net mass", unit="kg"),
    _number(_D, "total_declared_value", "总申报价格", "total declared value"),
    FactSpec(
        "hs_code",
        _L,
        FactType.TEXT,
        "商品编号",
        "HS code",
        pattern=_HS,
        start=_HS_START,
        may_be_cut=True,
        list_kind=ListKind.HS_PREFIX,
    ),
    _country(_L, "origin_country", "原产国", "country of origin"),
    _number(_L, "quantity", "数量", "quantity"),
    _number(_L, "net_mass_kg", "净重", "net mass", unit="kg"),
    _number(_L, "declared_value", "申报价格", "declared value"),
    _text(_L, "currency", "币制", "currency", pattern=r"[A-Z]{3}"),
    _number(_L, "value_per_kg", "每千克申报价格", "declared value per kg"),
    # Profiles: learnt from inspections whose outcome was known before the decision, never after (`profiles`).
    *_profile(_L, "hs_origin", "该税号及原产国", "HS code and origin"),
    *_profile(_L, "hs_heading", "该品目", "HS heading"),
    *_profile(_L, "origin", "该原产国", "country of origin"),
    *_profile(_L, "lot", "同样申报的货物（税号、原产国、净重、价格）", "goods declared alike"),
    *_profile(_D, "consignee", "该收货人", "consignee"),
    *_profile(_D, "declarant", "该申报人", "declarant"),
    *_profile(_D, "supplier", "该境外发货人", "supplier abroad"),
)
_BY_NAME: Mapping[str, FactSpec] = MappingProxyType({spec.name: spec for spec in CATALOGUE})


def find_fact(name: str) -> FactSpec | None:
    """The catalogue's entry of that name; None when no rule may test such a fact."""
    return _BY_NAME.get(name)


def reader(spec: FactSpec) -> Callable[[object], bool]:
    """A test of one value: is it readable as this fact?  NaN, infinities and values of another type are not."""
    if spec.type is FactType.NUMBER:
        minimum, maximum = spec.minimum, spec.maximum
        # The exact type: True is an int to Python, and no mass.
        return lambda value: (type(value) is float or type(value) is int) and minimum <= value <= maximum
    if spec.type is FactType.FLAG:
        return lambda value: type(value) is bool
    one = text_reader(spec)
    if spec.type is FactType.TEXT:
        return one
    return lambda value: type(value) is tuple and len(value) <= MOST_TEXTS and all(map(one, value))


LIST_PATTERNS: Mapping[ListKind, str] = MappingProxyType(
    {ListKind.HS_PREFIX: _HS_START, ListKind.COUNTRY: _COUNTRY, ListKind.PARTY: _NAME}
)
"""What a value of a list of this kind looks like."""


def text_reader(spec: FactSpec) -> Callable[[object], bool]:
    """A test of one text of a TEXT or TEXTS fact."""
    if spec.codes:
        codes = frozenset(spec.codes)
        return lambda value: type(value) is str and value in codes
    whole = re.compile(spec.pattern).fullmatch
    return lambda value: type(value) is str and whole(value) is not None
