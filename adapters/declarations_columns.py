"""The columns of a file of declarations: found by their names, whichever layout they come in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from adapters.declarations_cells import (
    CellFault,
    Read,
    Told,
    Wrong,
    read_moment,
    read_name,
    read_stratum,
    read_yes_or_no,
    reader_of,
)
from port.diversion.facts import CATALOGUE, Level, find_fact
from port.diversion.profiles import by_fact

DECLARATION, DATE, CONTAINER = "declaration", "date", "container"
FOUND, INSPECTED, BECAUSE, SUPPLIER = "found", "inspected", "inspected_because", "supplier_code"

# A profile is learnt here, and never told; the totals are worked out.
_NOT_TOLD = frozenset(by_fact()) | {"customs_status", "line_count", "total_net_mass_kg", "total_declared_value"}
_NAMES = {
    DECLARATION: ("declaration id", "declaration number", "declaration no", "id", "报关单号", "申报单号"),
    DATE: ("declared at", "declaration date", "day", "申报日期", "日期"),
    CONTAINER: ("container number", "equipment reference", "箱号", "集装箱号"),
    FOUND: ("fraud", "illicit", "find", "outcome", "查获", "是否查获"),
    INSPECTED: ("is inspected", "查验", "是否查验"),
    BECAUSE: ("stratum", "inspection reason", "查验原因"),
    SUPPLIER: ("seller id", "seller", "supplier", "supplier id", "境外发货人"),
    "hs_code": ("hs6 code", "hs10 code", "hs6", "hs10", "hs", "商品编号", "税号"),
    "origin_country": ("country of origin", "origin", "原产国"),
    "net_mass_kg": ("net mass", "net weight", "净重"),
    "declared_value": ("item price", "value", "price", "total price", "申报价格", "总价"),
    "quantity": ("qty", "数量"),
    "currency": ("currency code", "币制"),
    "consignee_code": ("importer id", "importer", "consignee", "consignee id", "收货人", "收货人代码"),
    "declarant_code": ("declarant id", "declarant", "申报人", "申报单位"),
    "consignee_credit_grade": ("credit grade", "信用等级"),
    "mode_of_transport": ("mode of transport", "transport mode", "运输方式"),
    "gross_mass_kg": ("gross mass", "gross weight", "毛重"),
    "direction": ("进出口",),
}
_NEEDED = (DECLARATION, DATE)


@dataclass(frozen=True, slots=True)
class Column:
    """One column that is read: `field` is a fact's name or one of the names above, `level` None for the latter."""

    at: int
    header: str
    field: str
    level: Level | None
    read: Read


@dataclass(frozen=True, slots=True)
class Columns:
    """What a header row says; `unused` are the headers nothing is made of."""

    read: tuple[Column, ...]
    unused: tuple[str, ...]
    width: int

    def has(self, field: str) -> bool:
        """Is there such a column?"""
        return any(column.field == field for column in self.read)


def find_columns(header: Sequence[str], *, has_decimal_commas: bool) -> Columns | tuple[CellFault, ...]:
    """The columns of that header row; the faults, when one that is needed is not there or one is there twice."""
    found: dict[str, Column] = {}
    unused: list[str] = []
    faults: list[CellFault] = []
    for at, name in enumerate(header):
        field = _FIELDS.get(_plain(name))
        if field is None:
            unused.extend([name.strip()] if name.strip() else [])
        elif field in found:
            faults.append(CellFault(1, name.strip(), _TWICE.message, _TWICE.fix))
        else:
            found[field] = _column(at, name.strip(), field, has_decimal_commas)
    faults.extend(_lacking(field) for field in _NEEDED if field not in found)
    return tuple(faults) if faults else Columns(tuple(found.values()), tuple(unused), len(header))


def _plain(name: str) -> str:
    """The name without case, spaces and punctuation."""
    return re.sub(r"[\W_]+", "", name).lower()


_FIELDS = {
    _plain(name): field
    for field, names in {
        **{spec.name: () for spec in CATALOGUE if spec.name not in _NOT_TOLD},
        **_NAMES,
    }.items()
    for name in (field, *names)
}
_TWICE = Wrong(
    Told("这一列出现了两次。", "There is another column of this meaning."), Told("只留一列。", "Keep one of them.")
)


def _lacking(field: str) -> CellFault:
    names = ", ".join((field, *_NAMES[field]))
    return CellFault(
        1,
        field,
        Told("没有这一列。", "There is no such column."),
        Told(f"加上这一列，可叫 {names}。", f"Add it; it may be called {names}."),
    )


def _column(at: int, header: str, field: str, has_decimal_commas: bool) -> Column:
    spec = find_fact(field)
    if field == "mode_of_transport":
        return Column(at, header, field, Level.CONTAINER, _read_transport)
    if spec is not None:
        return Column(at, header, field, spec.level, reader_of(spec, has_decimal_commas=has_decimal_commas))
    level = Level.DECLARATION if field == SUPPLIER else None
    return Column(at, header, field, level, _READS.get(field, read_name))


_READS: dict[str, Read] = {
    DATE: read_moment,
    FOUND: read_yes_or_no,
    INSPECTED: read_yes_or_no,
    BECAUSE: read_stratum,
}
# WCO kind of transport, as the KCS layout has it (two digits); what comes by none of ours has no such fact.
_TRANSPORT = {"1": "VESSEL", "2": "RAIL", "3": "TRUCK", "8": "BARGE"}
_OURS = frozenset({"VESSEL", "RAIL", "TRUCK", "BARGE"})


def _read_transport(text: str) -> object:
    name = read_name(text).upper()
    return name if name in _OURS else _TRANSPORT.get(name[:1])
