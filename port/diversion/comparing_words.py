"""How the differences of two tables are said, in Chinese and in English."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from events.types import Route
from port.diversion.sentence import ROUTE_WORDS, Sentence
from port.diversion.table import Words

_PARTS: Mapping[str, Sentence] = MappingProxyType(
    {
        "ruleset": Sentence("规则表", "the table"),
        "rows": Sentence("规则", "row"),
        "lists": Sentence("名单", "list"),
        "lanes": Sentence("通道", "lane"),
        "sites": Sentence("场地", "site"),
        "risk": Sentence("风险项", "risk term"),
    }
)
_FIELDS: Mapping[str, Sentence] = MappingProxyType(
    {
        "name": Sentence("名称", "name"),
        "title": Sentence("标题", "title"),
        "route": Sentence("去向", "route"),
        "note": Sentence("说明", "note"),
        "kind": Sentence("种类", "kind"),
        "kinds": Sentence("用途", "kinds"),
        "bays": Sentence("位数", "bays"),
        "capacity_per_hour": Sentence("每小时能力", "capacity per hour"),
        "dangerous_goods_classes": Sentence("可放危险品类别", "dangerous goods classes"),
        "reefer_plugs": Sentence("冷藏插座数", "reefer plugs"),
        "minimum_random_rate": Sentence("最低随机抽查比例", "minimum random rate"),
        "expected_rate": Sentence("预期查验比例", "expected rate"),
        "top_up_from": Sentence("补足查验的风险线", "risk to top up from"),
        "weight": Sentence("权重", "weight"),
        "missing": Sentence("缺失时计为", "what missing counts as"),
    }
)
_SHOWN = 12
"""Values of a list that are said aloud."""


def of_field(part: str, name: str, field: str, before: Any, after: Any) -> Sentence:  # JSON has no narrower type
    """A field of a part with another value."""
    what, column = _named(part, name), _FIELDS.get(field, Sentence(field, field))
    was, now = _value(before), _value(after)
    return Sentence(
        f"{_spaced(what.zh)}的{column.zh}由 {was.zh} 改为 {now.zh}。",
        f"{_capital(what.en)}: {column.en} was {was.en}, is now {now.en}.",
    )


def of_gone(part: str, name: str) -> Sentence:
    """A part that only the first table has."""
    what = _named(part, name)
    return Sentence(f"删除{what.zh}。", f"{_capital(what.en)} is gone.")


def of_new(part: str, name: str) -> Sentence:
    """A part that only the second table has."""
    what = _named(part, name)
    return Sentence(f"新增{what.zh}。", f"{_capital(what.en)} is new.")


def of_new_row(row: str, place: int) -> Sentence:
    """A row that only the second table has."""
    return Sentence(f"新增规则 {row}，位于第 {place} 行。", f"Row {row} is new, in place {place}.")


def of_renamed(before: str, after: str) -> Sentence:
    """A row that says the same under another id."""
    return Sentence(
        f"规则 {before} 改名为 {after}，内容不变。", f"Row {before} is now called {after} and says the same."
    )


def of_moved(part: str, name: str, before: int, after: int) -> Sentence:
    """A part in another place among the others."""
    what = _named(part, name)
    return Sentence(
        f"{_spaced(what.zh)}由第 {before} 位移到第 {after} 位。",
        f"{_capital(what.en)} moved from place {before} to {after}.",
    )


def of_condition(row: str, before: Sentence | None, after: Sentence | None) -> Sentence:
    """A condition of a row that was changed, taken away or added."""
    if before is None and after is not None:
        return Sentence(f"规则 {row} 新增条件：{after.zh}。", f"Row {row} asks more: {after.en}.")
    if before is not None and after is None:
        return Sentence(f"规则 {row} 删除条件：{before.zh}。", f"Row {row} no longer asks: {before.en}.")
    was, now = before or Sentence("", ""), after or Sentence("", "")
    return Sentence(f"规则 {row} 由“{was.zh}”改为“{now.zh}”。", f"Row {row} asked: {was.en}; it asks now: {now.en}.")


def of_values(name: str, title: Words, *, less: Sequence[str], more: Sequence[str]) -> Sentence:
    """A list with other values."""
    zh = [f"新增 {_some(more, '、')}"] * bool(more) + [f"删除 {_some(less, '、')}"] * bool(less)
    en = [f"{_some(more, ', ')} added"] * bool(more) + [f"{_some(less, ', ')} removed"] * bool(less)
    return Sentence(f"名单“{title.zh}”（{name}）{'，'.join(zh)}。", f"List “{title.en}” ({name}): {'; '.join(en)}.")


def _some(values: Sequence[str], comma: str) -> str:
    return comma.join(values[:_SHOWN]) + ("…" if len(values) > _SHOWN else "")


def _named(part: str, name: str) -> Sentence:
    said = _PARTS[part]
    if part == "rows" and name == "default":
        return Sentence("默认行", "the default row")
    if part == "lanes":
        to = ROUTE_WORDS[Route(name)]
        return Sentence(f"{to.zh}通道", f"the lane {to.en}")
    return Sentence(f"{said.zh} {name}".strip(), f"{said.en} {name}".strip())


def _value(value: Any) -> Sentence:  # JSON has no narrower type
    if value is None:
        return Sentence("无", "nothing")
    if isinstance(value, dict) and set(value) == {"zh", "en"}:
        return Sentence(f"“{value['zh']}”", f"“{value['en']}”")
    if isinstance(value, list):
        return Sentence("、".join(map(str, value)) or "无", ", ".join(map(str, value)) or "nothing")
    if isinstance(value, str) and value in Route.__members__:
        return ROUTE_WORDS[Route(value)]
    return Sentence(*[value if isinstance(value, str) else json.dumps(value)] * 2)


def _spaced(zh: str) -> str:
    """With a space behind Latin letters, as Chinese is set."""
    return f"{zh} " if zh[-1:].isascii() else zh


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
