"""How a ruleset lies in a workbook: its sheets, their fields, and what the headers say in Chinese and in English.

Of each header the key is what is read back; the two titles beside it are for people and may be changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from port.diversion.facts import FactSpec, find_fact
from port.diversion.table import Operator, Words


class Layout(NamedTuple):
    """One sheet.  `fields` are its keys with their titles; those of `lying` sheets are told row by row, not column by
    column; `required` must all be there; `repeated` may be, in several columns that belong together."""

    name: str
    fields: Mapping[str, Words]
    required: tuple[str, ...]
    is_lying: bool = False
    repeated: frozenset[str] = frozenset()


def _fields(**titles: tuple[str, str]) -> Mapping[str, Words]:
    return MappingProxyType({key: Words(zh=zh, en=en) for key, (zh, en) in titles.items()})


_NOTE = {"note_zh": ("说明（中文）", "note (Chinese)"), "note_en": ("说明（英文）", "note (English)")}
_TITLE = {"title_zh": ("名称（中文）", "title (Chinese)"), "title_en": ("名称（英文）", "title (English)")}

DEFAULT = Layout(
    "Default",
    _fields(name=("规则集代号", "name of the ruleset"), **_TITLE, route=("缺省去向", "default route"), **_NOTE),
    ("name", "title_zh", "title_en", "route", "note_zh", "note_en"),
    is_lying=True,
)
RULES = Layout("Rules", _fields(id=("规则代号", "row"), route=("去向", "route"), **_NOTE), ("id", "route"))
LISTS = Layout(
    "Lists",
    _fields(name=("清单代号", "name"), kind=("类别", "kind"), **_TITLE, values=("值", "values")),
    ("name", "values"),
    is_lying=True,
)
LANES = Layout(
    "Lanes",
    _fields(
        route=("去向", "route"),
        minimum_random_rate=("最低随机查验比例", "minimum random rate"),
        expected_rate=("预期查验比例", "expected rate"),
        top_up_from=("补足查验的风险线", "top-up from this risk"),
    ),
    ("route", "minimum_random_rate"),
)
SITES = Layout(
    "Sites",
    _fields(
        code=("场地代码", "code"),
        **_TITLE,
        kinds=("接收去向", "routes it serves"),
        bays=("箱位数", "bays"),
        capacity_per_hour=("每小时完成箱数", "boxes finished an hour"),
        dangerous_goods_classes=("可收危险品类别", "dangerous goods classes"),
        reefer_plugs=("冷藏箱插座", "reefer plugs"),
    ),
    ("code", "kinds"),
)
RISK = Layout(
    "Risk",
    _fields(fact=("事实", "fact"), weight=("权重", "weight"), missing=("尚无数据时的计值", "missing counts as")),
    ("fact", "weight"),
)
TESTS = Layout(
    "Tests",
    _fields(
        id=("测试代号", "test"),
        **_TITLE,
        route=("应去", "expected route"),
        row=("应中规则", "expected row"),
        draws=("抽签值（JSON）", "draws (JSON)"),
        case=("案例（JSON）", "case (JSON)"),
    ),
    ("id", "case"),
    repeated=frozenset({"case"}),
)
LAYOUTS = (RULES, LISTS, LANES, SITES, RISK, DEFAULT, TESTS)
FACTS_SHEET = "Facts"
"""Told for the reader of a workbook, and not read back."""

LIST_MARK = "@"
"""Before the name of a list, where a value might stand."""

COLUMN_MARK = "#"
"""Before the number of a column of the Lists sheet that holds one condition's values, too long for its own cell."""

OPERATOR_WORDS: Mapping[Operator, Words] = MappingProxyType(
    {
        Operator.PREFIX: Words(zh="以…开头", en="starts with"),
        Operator.IN: Words(zh="属于", en="is one of"),
        Operator.EQUALS: Words(zh="为", en="is"),
        Operator.LESS: Words(zh="低于", en="is less than"),
        Operator.AT_LEAST: Words(zh="不低于", en="is at least"),
        Operator.BETWEEN: Words(zh="介于", en="is between"),
    }
)


def condition_key(fact: str, operator: Operator) -> str:
    """The key of the column that holds what a fact is compared with by an operator."""
    return f"{fact} {operator.value}"


def find_condition(key: str) -> tuple[FactSpec, Operator] | None:
    """The fact and operator of such a key; None when there is no such fact or operator."""
    fact, _, operator = key.partition(" ")
    spec = find_fact(fact)
    known = {one.value: one for one in Operator}.get(operator.strip())
    return None if spec is None or known is None else (spec, known)
