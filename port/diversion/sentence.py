"""A row, and why it did not hold, said in one Chinese and one English sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from events.types import Route
from port.diversion.case import Unreadable
from port.diversion.cells import Cell
from port.diversion.facts import FactSpec, FactType
from port.diversion.table import NamedList, Operator, RiskTerm

_SHOWN = 6
"""Values of a list that are said aloud; the grid shows the rest."""

_LONGEST = 64
"""Characters of a stranger's value that are shown."""


class Sentence(NamedTuple):
    """The same said twice."""

    zh: str
    en: str


ROUTE_WORDS: Mapping[Route, Sentence] = MappingProxyType(
    {
        Route.DIRECT_RELEASE: Sentence("直提直装", "direct release"),
        Route.SCAN: Sentence("机检", "scan"),
        Route.INSPECTION: Sentence("查验", "inspection"),
        Route.YARD: Sentence("进堆场", "yard"),
        Route.HOLD: Sentence("暂停，待关员处理", "hold for an officer"),
    }
)
_CODE_WORDS: Mapping[str, Sentence] = MappingProxyType(
    {
        "IMPORT": Sentence("进口", "import"),
        "EXPORT": Sentence("出口", "export"),
        "ADVANCE": Sentence("提前申报", "in advance"),
        "ARRIVAL": Sentence("到港申报", "on arrival"),
        "TWO_STEP": Sentence("两步申报", "in two steps"),
        "AEO": Sentence("高级认证", "AEO"),
        "GENERAL": Sentence("一般", "general"),
        "DISTRUSTED": Sentence("失信", "distrusted"),
        "PORT": Sentence("口岸", "port"),
        "DESTINATION": Sentence("目的地", "destination"),
        "VESSEL": Sentence("船舶", "vessel"),
        "TRUCK": Sentence("卡车", "truck"),
        "RAIL": Sentence("铁路", "rail"),
        "BARGE": Sentence("驳船", "barge"),
        "UNDER_REVIEW": Sentence("审单中", "under review"),
        "DECLARED": Sentence("已申报", "declared"),
    }
)


def of_row(conditions: Iterable[Sentence], route: Route) -> Sentence:
    """What the whole row says, from the sentences of its conditions."""
    told = tuple(conditions)
    then = ROUTE_WORDS[route]
    return Sentence(
        f"若{'，且'.join(one.zh for one in told)}，则{then.zh}。",
        f"If {' and '.join(one.en for one in told)}, then {then.en}.",
    )


def of_default(route: Route) -> Sentence:
    """The default row, which asks nothing."""
    then = ROUTE_WORDS[route]
    return Sentence(f"若以上各行均不适用，则{then.zh}。", f"If none of the rows above holds, then {then.en}.")


def of_draw(route: Route, rate: float) -> Sentence:
    """The random floor of a lane."""
    lane = ROUTE_WORDS[route]
    return Sentence(
        f"对拟{lane.zh}的箱按 {rate:.4g} 的比例抽签，抽中则查验。",
        f"Of what would go to {lane.en}, a share of {rate:.4g} is drawn for inspection.",
    )


def of_top_up(route: Route, bound: float) -> Sentence:
    """The top-up of a lane."""
    lane = ROUTE_WORDS[route]
    return Sentence(
        f"对拟{lane.zh}的箱，凡风险分不低于 {bound:,.6g} 的查验。",
        f"Of what would go to {lane.en}, whatever has a risk of {bound:,.6g} or more goes to inspection.",
    )


def of_risk(terms: Iterable[tuple[FactSpec, RiskTerm]]) -> Sentence:
    """How the score is reckoned, term by term."""
    told = [_of_term(spec, term) for spec, term in terms]
    return Sentence(
        f"风险分为以下各项之和：{'；'.join(one.zh for one in told)}。多项商品取最高者。",
        f"The risk is the sum of {'; '.join(one.en for one in told)}. Of several goods lines the highest counts.",
    )


def of_short_risk(risk: float, bound: float) -> Sentence:
    """A risk that does not reach the bound of its lane."""
    return Sentence(
        f"风险分：{risk:,.6g}；规则要求：风险分不低于 {bound:,.6g}",
        f"risk: {risk:,.6g}; the rule asks: a risk of {bound:,.6g} or more",
    )


def of_no_risk() -> Sentence:
    """A risk that is no number."""
    return Sentence("风险分无法计算", "the risk cannot be reckoned")


def _of_term(spec: FactSpec, term: RiskTerm) -> Sentence:
    weight, missing = f"{term.weight:,.6g}", f"{term.missing:,.6g}"
    if spec.type is FactType.FLAG:
        zh, en = f"是{spec.zh}时计 {weight}", f"{weight} if it is {spec.en}"
    else:
        zh, en = f"{spec.zh} × {weight}", f"{weight} × the {spec.en}"
    return Sentence(f"{zh}（尚无数据时按 {missing} 计）", f"{en} (not reported: counted as {missing})")


def of_cell(cell: Cell, lists: Iterable[NamedList]) -> Sentence:
    """One condition as a claim, without a full stop."""
    spec, operator = cell.spec, cell.condition.operator
    if spec.type is FactType.FLAG:
        return _of_flag(spec, bool(cell.compared))
    if spec.type is FactType.NUMBER:
        return _of_number(spec, operator, cell.compared)
    value = _values(cell, lists)
    if operator is Operator.PREFIX:
        return Sentence(f"{spec.zh}以 {value.zh} 开头", f"the {spec.en} starts with {value.en}")
    if operator is Operator.IN:
        return Sentence(f"{spec.zh}属于 {value.zh}", f"the {spec.en} is one of {value.en}")
    return Sentence(f"{spec.zh}为 {value.zh}", f"the {spec.en} is {value.en}")


def of_value(spec: FactSpec, value: object) -> Sentence:
    """A value as an officer reads it, with its unit."""
    if isinstance(value, tuple):
        told = [of_value(spec, one) for one in value[:_SHOWN]]
        more = "…" if len(value) > _SHOWN else ""
        return Sentence(
            "、".join(one.zh for one in told) + more or "无", ", ".join(one.en for one in told) + more or "none"
        )
    if isinstance(value, bool):
        return Sentence("是", "yes") if value else Sentence("否", "no")
    if isinstance(value, str) and spec.codes and value in _CODE_WORDS:
        return _CODE_WORDS[value]
    if isinstance(value, (int, float)):
        return Sentence(*[f"{value:,.10g} {spec.unit}".rstrip()] * 2)
    text = value.text if isinstance(value, Unreadable) else str(value)
    shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    return Sentence(shown, shown)


def of_missing(spec: FactSpec) -> Sentence:
    """A fact nobody has told."""
    return Sentence(f"{spec.zh}：尚无数据", f"{spec.en}: not reported yet")


def of_mismatch(spec: FactSpec, value: object, *, asked: Sentence) -> Sentence:
    """A fact that does not do what the condition asks."""
    shown = of_value(spec, value)
    return Sentence(f"{spec.zh}：{shown.zh}；规则要求：{asked.zh}", f"{spec.en}: {shown.en}; the rule asks: {asked.en}")


def of_cut_short(spec: FactSpec, value: object, *, asked: Sentence) -> Sentence:
    """A code that might be the one asked for, if it were told in full."""
    shown = of_value(spec, value)
    return Sentence(
        f"{spec.zh}：{shown.zh}，位数不足，无法判断；规则要求：{asked.zh}",
        f"{spec.en}: {shown.en}, too short to tell; the rule asks: {asked.en}",
    )


def of_unreadable(spec: FactSpec, value: object) -> Sentence:
    """A fact that was told in a way nobody can read."""
    shown = of_value(spec, value)
    return Sentence(f"{spec.zh}：{shown.zh}，无法识别", f"{spec.en}: {shown.en}, which cannot be read")


def _of_flag(spec: FactSpec, claim: bool) -> Sentence:
    if claim:
        return Sentence(f"是{spec.zh}", f"it is {spec.en}")
    return Sentence(f"不是{spec.zh}", f"it is not {spec.en}")


def _of_number(spec: FactSpec, operator: Operator, compared: object) -> Sentence:
    if isinstance(compared, tuple):
        low, high = (of_value(spec, bound).en for bound in compared)
        return Sentence(f"{spec.zh}在 {low} 至 {high} 之间", f"the {spec.en} is between {low} and {high}")
    bound = of_value(spec, compared).en
    if operator is Operator.LESS:
        return Sentence(f"{spec.zh}低于 {bound}", f"the {spec.en} is less than {bound}")
    if operator is Operator.AT_LEAST:
        return Sentence(f"{spec.zh}不低于 {bound}", f"the {spec.en} is at least {bound}")
    return Sentence(f"{spec.zh}等于 {bound}", f"the {spec.en} is {bound}")


def _values(cell: Cell, lists: Iterable[NamedList]) -> Sentence:
    """The values a text is compared with; a list by its title first."""
    texts = cell.compared if isinstance(cell.compared, tuple) else (cell.compared,)
    words = [of_value(cell.spec, text) for text in texts[:_SHOWN]]
    more = "…" if len(texts) > _SHOWN else ""
    zh, en = "、".join(word.zh for word in words) + more, " or ".join(word.en for word in words) + more
    for named in lists:
        if named.name == cell.condition.list_name:
            return Sentence(f"“{named.title.zh}”（{zh}）", f"“{named.title.en}” ({en})")
    return Sentence(zh, en)
