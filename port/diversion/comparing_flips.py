"""The boxes that another table sends elsewhere: from which route to which, by which row, and what did it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

from events.types import Reason, Route
from port.diversion.case import Case
from port.diversion.explain import RowVerdict, Verdict, WhyNot, explain
from port.diversion.sentence import ROUTE_WORDS, Sentence
from port.diversion.table import DEFAULT_ROW, RANDOM_ROW, TOP_UP_ROW, Ruleset
from port.diversion.testing import NOT_DRAWN, decided, deciding_row


class Tried(NamedTuple):
    """A case under a name of its own, with the draws it was decided with."""

    name: str
    case: Case
    draws: Mapping[str, float] = MappingProxyType({})


class Side(NamedTuple):
    """What one table makes of a case."""

    route: Route
    reason: Reason
    row: str | None


@dataclass(frozen=True, slots=True)
class Cause:
    """What sent the box elsewhere: `row` of the table that has it, and the fact of its condition in `column`.

    `column` is "" for a row that came or went, "route" or "place" where that alone changed, and else says what did.
    """

    row: str
    column: str
    sentence: Sentence


@dataclass(frozen=True, slots=True)
class Flip:
    """A case that the two tables send different ways."""

    name: str
    before: Side
    after: Side
    cause: Cause

    def to_json(self) -> dict[str, Any]:
        """As the REST interface and `rules diff --json` have it."""
        return {
            "case": self.name,
            "from": self.before.route.value,
            "to": self.after.route.value,
            "fromRow": self.before.row,
            "toRow": self.after.row,
            "cause": {"row": self.cause.row, "column": self.cause.column, "sentence": self.cause.sentence._asdict()},
        }


@dataclass(frozen=True, slots=True)
class Flips:
    """All cases by where they went and where they go; `flips` are those that differ, in the order of the cases."""

    cells: Mapping[tuple[Route, Route], int]
    flips: tuple[Flip, ...]
    cases: int = field(default=0)

    def to_json(self) -> dict[str, Any]:
        """As the REST interface and `rules diff --json` have it."""
        cells = [{"from": was, "to": now, "count": count} for (was, now), count in sorted(self.cells.items())]
        return {"cases": self.cases, "cells": cells, "flips": [one.to_json() for one in self.flips]}


def flips(before: Ruleset, after: Ruleset, cases: Iterable[Tried]) -> Flips:
    """Every case decided by both tables, with empty sites and the same draws."""
    cells: Counter[tuple[Route, Route]] = Counter()
    found = []
    for tried in cases:
        was, now = (_side(table, tried) for table in (before, after))
        cells[was.route, now.route] += 1
        if was.route is not now.route:
            found.append(Flip(tried.name, was, now, cause_of(before, after, tried, was=was, now=now)))
    return Flips(MappingProxyType(dict(cells)), tuple(found), cells.total())


def _side(table: Ruleset, tried: Tried) -> Side:
    outcome = decided(tried.case, table, draws=tried.draws)
    return Side(outcome.route, outcome.reason, deciding_row(tried.case, table, outcome, draws=tried.draws))


def cause_of(before: Ruleset, after: Ruleset, tried: Tried, *, was: Side, now: Side) -> Cause:
    """Why `after` sends this case elsewhere than `before` does."""
    for side in (now, was):
        if side.reason is Reason.RANDOM:
            return Cause(RANDOM_ROW, "", _said("因随机抽查", "by the random draw"))
        if side.row == TOP_UP_ROW:
            return Cause(TOP_UP_ROW, "", _said("因按风险补足查验", "by the top-up in order of risk"))
    old, new = _Table.of(before, tried), _Table.of(after, tried)
    if was.row == now.row and was.row is not None:
        return _of_same_row(was.row, old, new)
    if was.row is not None:
        found = _why_not_any_more(was.row, old, new)
        if found is not None:
            return found
    if now.row is not None:
        return _why_only_now(now.row, old, new)
    return _of_open(old, new)


class _Table(NamedTuple):
    routes: Mapping[str, Route]
    verdicts: Mapping[tuple[str, int, str], RowVerdict]

    @classmethod
    def of(cls, ruleset: Ruleset, tried: Tried) -> _Table:
        routes = {DEFAULT_ROW: ruleset.default.route, **{row.id: row.route for row in ruleset.rows}}
        draws = {one.key: tried.draws.get(one.key, NOT_DRAWN) for one in tried.case.standings}
        told = explain(tried.case, ruleset, draws)
        return cls(routes, {(one.declaration, one.line, one.row): one for one in told})

    def first(self, row: str) -> list[tuple[str, int]]:
        """The lines on which this row is the first that holds."""
        return [(one.declaration, one.line) for one in self.verdicts.values() if one.row == row and one.is_first]

    def at(self, lines: Sequence[tuple[str, int]], row: str) -> list[RowVerdict]:
        """What is said of this row on those lines."""
        return [self.verdicts[*line, row] for line in lines if (*line, row) in self.verdicts]


def _of_same_row(row: str, old: _Table, new: _Table) -> Cause:
    if old.routes.get(row) is not new.routes.get(row):
        was, now = ROUTE_WORDS[old.routes[row]], ROUTE_WORDS[new.routes[row]]
        return Cause(
            row, "route", _said(f"规则 {row} 的去向由{was.zh}改为{now.zh}", f"row {row} says {now.en}, not {was.en}")
        )
    return Cause(row, "place", _said("因场地设置不同", "by the places of the table"))


def _why_not_any_more(row: str, old: _Table, new: _Table) -> Cause | None:
    """What keeps the row that decided before from deciding now; None when nothing does but another row."""
    if row not in new.routes:
        return Cause(row, "", _said(f"规则 {row} 已删除", f"row {row} is gone"))
    for verdict in new.at(old.first(row), row):
        if verdict.verdict is not Verdict.MATCHED:
            return _of_condition(row, verdict, still=False)
    return None


def _why_only_now(row: str, old: _Table, new: _Table) -> Cause:
    """What made the row that decides now come into its own."""
    if row not in old.routes:
        return Cause(row, "", _said(f"新增规则 {row}", f"row {row} is new"))
    for verdict in old.at(new.first(row), row):
        if verdict.verdict is not Verdict.MATCHED:
            return _of_condition(row, verdict, still=True)
    return Cause(row, "order", _said(f"规则 {row} 的先后次序改变", f"row {row} comes in another order"))


def _of_open(old: _Table, new: _Table) -> Cause:
    """The row that what is missing leaves open in one table and not in the other."""
    for one, other in ((new, old), (old, new)):
        for key, verdict in one.verdicts.items():
            there = other.verdicts.get(key)
            is_open = verdict.verdict is Verdict.UNDETERMINED and bool(verdict.why_not)
            if is_open and (there is None or there.verdict is not Verdict.UNDETERMINED):
                return _of_condition(verdict.row, verdict, still=one is old)
    return Cause("", "", _said("因数据缺失或无法识别", "by facts that are missing or unreadable"))


def _of_condition(row: str, verdict: RowVerdict, *, still: bool) -> Cause:
    why = verdict.why_not[0]
    said, column = why.sentence, why.cell.spec.name if isinstance(why, WhyNot) else ""
    zh, en = ("原不成立", "did not hold") if still else ("不再成立", "no longer holds")
    return Cause(row, column, _said(f"规则 {row} {zh}（{said.zh}）", f"row {row} {en} ({said.en})"))


def _said(zh: str, en: str) -> Sentence:
    return Sentence(zh, en)
