"""What a lint finding is, the closed list of its codes, and what each says."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from events.types import Route
from port.diversion.case import Facts
from port.diversion.checks import Problem
from port.diversion.facts import FactSpec
from port.diversion.lint_problems import both
from port.diversion.sentence import ROUTE_WORDS, Sentence, of_value


class Severity(StrEnum):
    """An ERROR forbids approval, a WARNING wants a reason, a NOTE is there to be read."""

    ERROR = "ERROR"
    WARNING = "WARNING"
    NOTE = "NOTE"


class Code(StrEnum):
    """What lint can find.  Explained one by one in docs/rules.md."""

    INVALID = "INVALID"
    IMPOSSIBLE = "IMPOSSIBLE"
    NEVER_ASKED = "NEVER_ASKED"
    SHADOWED = "SHADOWED"
    UNREACHABLE = "UNREACHABLE"
    NO_SITE = "NO_SITE"
    REDUNDANT = "REDUNDANT"
    LAXER_FIRST = "LAXER_FIRST"
    ALWAYS_HOLDS = "ALWAYS_HOLDS"
    UNDECIDED = "UNDECIDED"
    RANGES_APART = "RANGES_APART"
    RANGES_MEET = "RANGES_MEET"
    VALUE_SWALLOWED = "VALUE_SWALLOWED"
    UNUSED_LIST = "UNUSED_LIST"
    NO_RANDOM_FLOOR = "NO_RANDOM_FLOOR"
    EXPECTED_WITHOUT_TOP_UP = "EXPECTED_WITHOUT_TOP_UP"
    RISK_WITHOUT_TOP_UP = "RISK_WITHOUT_TOP_UP"
    CAPACITY_UNKNOWN = "CAPACITY_UNKNOWN"
    UNTESTED = "UNTESTED"
    OFTEN_MISSING = "OFTEN_MISSING"
    GAP = "GAP"
    OVERLAP = "OVERLAP"


_ERRORS = frozenset({Code.INVALID, Code.IMPOSSIBLE, Code.NEVER_ASKED, Code.SHADOWED, Code.UNREACHABLE, Code.NO_SITE})
_NOTES = frozenset({Code.GAP, Code.OVERLAP})
SEVERITIES: Mapping[Code, Severity] = MappingProxyType(
    {
        code: Severity.ERROR if code in _ERRORS else Severity.NOTE if code in _NOTES else Severity.WARNING
        for code in Code
    }
)


_NAMED = 8
"""Rows that a message names."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at.

    `row` is a row's id or the part of the table it stands in, `column` a fact or field, or "".  `example` has the facts
    of a box that shows it, one line of one declaration; `other_row` is the row that has to do with it.
    """

    code: Code
    row: str
    column: str
    message: Sentence
    example: Facts | None = None
    other_row: str | None = None

    @property
    def severity(self) -> Severity:
        """How much it matters; a matter of the code alone."""
        return SEVERITIES[self.code]

    def to_json(self) -> dict[str, Any]:
        """As the REST interface and `rules lint --json` have it."""
        return {
            "severity": self.severity.value,
            "code": self.code.value,
            "row": self.row,
            "column": self.column,
            "message": self.message._asdict(),
            "example": None if self.example is None else json.loads(json.dumps(dict(self.example))),
            "otherRow": self.other_row,
        }


def invalid(problem: Problem) -> Finding:
    """What `checks` or the shape of the document refuses."""
    return Finding(Code.INVALID, problem.row, problem.column, both(problem.message))


def of_impossible(clashing: Sequence[FactSpec]) -> Sentence:
    """Conditions of one row that no value meets together."""
    zh, en = "、".join(one.zh for one in clashing), " and of ".join(one.en for one in clashing)
    return Sentence(
        f"本行对{zh}的条件互相矛盾，永远不会成立。",
        f"What this row asks of the {en} contradicts itself: it never holds.",
    )


def of_never_asked() -> Sentence:
    """A customs status in which the table is not asked."""
    return Sentence(
        "处于此状态时海关已有指令或单证未齐，规则表不会被询问，本行永远不会成立。",
        "In such a status customs has spoken or papers are missing, and the table is not asked: the row never holds.",
    )


def of_covered(rows: Sequence[str], route: Route, *, is_same_route: bool) -> Sentence:
    """A row that never decides, because these rows above take all its boxes."""
    more = "…" if len(rows) > _NAMED else ""
    zh, en = "、".join(rows[:_NAMED]) + more, ", ".join(rows[:_NAMED]) + more
    takes = f"Row {en} above takes" if len(rows) == 1 else f"Rows {en} above together take"
    if is_same_route:
        return Sentence(
            f"上方的 {zh} 已包含本行的全部情形，去向相同，本行多余。",
            f"{takes} everything that this row asks for, to the same place: it is not needed.",
        )
    to = ROUTE_WORDS[route]
    return Sentence(
        f"上方的 {zh} 已包含本行的全部情形，本行的“{to.zh}”永远不会生效。",
        f"{takes} everything that this row asks for: its “{to.en}” never happens.",
    )


def of_laxer_first(route: Route, other: str, wanted: Route) -> Sentence:
    """A row that lets a box through which a row below would stop."""
    to, meant = ROUTE_WORDS[route], ROUTE_WORDS[wanted]
    return Sentence(
        f"本行在 {other} 之上：有些箱按本行{to.zh}，而 {other} 要求{meant.zh}。如非本意，请把较严的行移到上面。",
        f"Stands above {other}: some boxes go to {to.en} here for which {other} asks {meant.en}."
        " Unless that is meant, the stricter row belongs above.",
    )


def of_overlap(route: Route, other: str, instead: Route) -> Sentence:
    """Two rows for one box, the stricter first."""
    to, lost = ROUTE_WORDS[route], ROUTE_WORDS[instead]
    return Sentence(
        f"有些箱同时符合本行和 {other}：按本行{to.zh}，而不是{lost.zh}。",
        f"Some boxes meet this row and {other}: they go to {to.en} and not to {lost.en}.",
    )


def of_gap(route: Route) -> Sentence:
    """What no row speaks of."""
    to = ROUTE_WORDS[route]
    return Sentence(f"没有任何一行适用的箱，例如此箱，{to.zh}。", f"Boxes that no row speaks of go to {to.en}.")


def of_always(spec: FactSpec) -> Sentence:
    """A condition that every value meets."""
    return Sentence(
        f"无论{spec.zh}为何值，此条件都成立；它只会使缺少该项数据的箱无法判定。",
        f"Holds whatever the {spec.en} is: all it does is to leave boxes undetermined that do not tell it.",
    )


def of_undecided() -> Sentence:
    """The search ended before it was certain."""
    return Sentence(
        "规则表过于复杂，未能断定本行是否会生效。",
        "The table is too intricate: whether this row ever decides is not known.",
    )


def of_pairs_undecided() -> Sentence:
    """The search ended before all pairs of rows were looked at."""
    return Sentence(
        "规则表过于复杂，未能比较所有行与行的先后。",
        "The table is too intricate: not all rows could be compared with those below.",
    )


def of_ranges_apart(spec: FactSpec, low: float, high: float, other: str) -> Sentence:
    """Two ranges meant to join with a crack between."""
    here, there = of_value(spec, low).en, of_value(spec, high).en
    return Sentence(
        f"与 {other} 的区间之间有空隙：{here} 与 {there} 之间的{spec.zh}两行都不包括。",
        f"Leaves a crack to {other}: a {spec.en} between {here} and {there} is in neither row.",
    )


def of_ranges_meet(spec: FactSpec, bound: float, other: str) -> Sentence:
    """Two ranges that share their bound."""
    at = of_value(spec, bound).en
    return Sentence(
        f"与 {other} 的区间都包括 {at}：恰为该值时由上面的行决定。",
        f"Shares the bound {at} with {other}: a {spec.en} of just that is decided by the row above.",
    )


def of_swallowed(value: str, wider: str) -> Sentence:
    """A beginning behind a shorter one."""
    return Sentence(f"“{value}” 已包含在 “{wider}” 之内，多余。", f"“{value}” is within “{wider}”: it adds nothing.")


def of_unused_list() -> Sentence:
    """A list no row names."""
    return Sentence("没有任何一行使用此名单。", "No row uses this list.")


def of_no_floor(route: Route) -> Sentence:
    """A lane nothing is drawn from."""
    to = ROUTE_WORDS[route]
    return Sentence(
        f"{to.zh}的箱没有随机抽查：规则漏掉了什么将永远无从得知。",
        f"Of what goes to {to.en} nothing is drawn: what the rules overlook there (recall) can never be known.",
    )


def of_expected_without_top_up() -> Sentence:
    """A share wished for, and nothing that brings it about."""
    return Sentence(
        "设定了预期查验比例，但没有补足查验的风险线（top_up_from），因此不会生效；请用回测求出。",
        "expected_rate does nothing without top_up_from: let a back-test find the risk from which to top up.",
    )


def of_risk_without_top_up() -> Sentence:
    """A risk that is reckoned and compared with nothing."""
    return Sentence(
        "没有任何通道按风险补足查验（top_up_from），风险项不影响任何决定。",
        "No lane has a top_up_from: the risk is reckoned and decides nothing.",
    )


def of_no_site(route: Route) -> Sentence:
    """A route that leads nowhere."""
    to = ROUTE_WORDS[route]
    return Sentence(
        f"有箱要{to.zh}，但场地表中没有办理{to.zh}的场地：这些箱都会暂停，待关员处理。",
        f"Boxes are sent to {to.en}, and no site serves it: every one of them will be held for an officer.",
    )


def of_capacity_unknown() -> Sentence:
    """A site nobody knows the pace of."""
    return Sentence(
        "未填每小时能力（capacity_per_hour）：回测和仿真无法判断该场地是否忙得过来。",
        "Without capacity_per_hour no back-test or simulation can tell whether the site keeps up.",
    )


def of_untested() -> Sentence:
    """A row that no test leads to."""
    return Sentence("没有任何测试用例由本行决定。", "No test case is decided by this row.")


def of_often_missing(spec: FactSpec, rate: float) -> Sentence:
    """A fact that senders leave out."""
    return Sentence(
        f"{spec.zh}在 {rate:.1%} 的情况下尚无数据：这些箱在此无法判定。",
        f"The {spec.en} is missing in {rate:.1%} of what was decided: such boxes are left undetermined here.",
    )
