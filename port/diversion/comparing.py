"""What differs between two tables: rows, conditions, lists value by value, lanes, sites, risk; as data and in words."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from pydantic import BaseModel

from port.diversion import comparing_words as words
from port.diversion.compiler import compile_ruleset
from port.diversion.sentence import Sentence, of_cell
from port.diversion.table import DEFAULT_ROW, Condition, NamedList, Row, Ruleset


class Kind(StrEnum):
    """What happened to a part of the table on the way from one version to the other."""

    ADDED = "ADDED"
    REMOVED = "REMOVED"
    RENAMED = "RENAMED"
    MOVED = "MOVED"
    CHANGED = "CHANGED"


class Part(StrEnum):
    """Where in a table."""

    RULESET = "ruleset"
    ROWS = "rows"
    LISTS = "lists"
    LANES = "lanes"
    SITES = "sites"
    RISK = "risk"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference.  `name` is the row's id, the list's name, the lane's route, the site's code or the risk's fact.

    `column` is a fact or a field, "" for the whole; `before` and `after` are as JSON has them, None for what is not
    there, and places counted from 1 for what MOVED.
    """

    part: Part
    kind: Kind
    name: str
    column: str
    before: Any  # JSON has no narrower type
    after: Any  # likewise
    sentence: Sentence

    def to_json(self) -> dict[str, Any]:
        """As the REST interface and `rules diff --json` have it."""
        return {
            "part": self.part.value,
            "kind": self.kind.value,
            "name": self.name,
            "column": self.column,
            "before": self.before,
            "after": self.after,
            "sentence": self.sentence._asdict(),
        }


def compare(before: Ruleset, after: Ruleset) -> tuple[Change, ...]:
    """All differences, in the order of the table; () for the same content.  RulesetInvalid for a broken table."""
    claims = _Claims(_claims(before), _claims(after))
    return (
        *_fields(Part.RULESET, "", before, after, ("name", "title")),
        *_of_rows(before.rows, after.rows, claims),
        *_fields(Part.ROWS, DEFAULT_ROW, before.default, after.default, ("route", "note")),
        *_of_lists(before.lists, after.lists),
        *_of_parts(Part.LANES, before.lanes, after.lanes, "route"),
        *_of_parts(Part.SITES, before.sites, after.sites, "code"),
        *_of_parts(Part.RISK, before.risk, after.risk, "fact"),
    )


class _Claims(NamedTuple):
    """Each condition of the one and the other table as a sentence, by its content."""

    before: dict[tuple[str, str], Sentence]
    after: dict[tuple[str, str], Sentence]


def _claims(ruleset: Ruleset) -> dict[tuple[str, str], Sentence]:
    table = compile_ruleset(ruleset)
    rows = zip(table.rows, table.cells, strict=True)
    return {(row, _text(one.condition)): of_cell(one, ruleset.lists) for (row, _), cells in rows for one in cells}


def _text(condition: Condition) -> str:
    return condition.model_dump_json(by_alias=True)


def _written(part: BaseModel) -> dict[str, Any]:
    return part.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def _fields(part: Part, name: str, before: BaseModel, after: BaseModel, fields: Iterable[str]) -> Iterator[Change]:
    old, new = (one.model_dump(mode="json", by_alias=True) for one in (before, after))
    for field in fields:
        was, now = old.get(field), new.get(field)
        if was != now:
            yield Change(part, Kind.CHANGED, name, field, was, now, words.of_field(part, name, field, was, now))


def _of_rows(before: Sequence[Row], after: Sequence[Row], claims: _Claims) -> Iterator[Change]:
    old, new = {row.id: row for row in before}, {row.id: row for row in after}
    renamed = _renamed(old, new)
    for row in before:
        if row.id not in new and row.id not in renamed:
            yield Change(Part.ROWS, Kind.REMOVED, row.id, "", _written(row), None, words.of_gone(Part.ROWS, row.id))
    for was, now in renamed.items():
        yield Change(Part.ROWS, Kind.RENAMED, now, "id", was, now, words.of_renamed(was, now))
    order = [renamed.get(row.id, row.id) for row in before]
    yield from _moved(Part.ROWS, order, [row.id for row in after])
    for number, row in enumerate(after, start=1):
        if row.id in old:
            yield from _of_row(old[row.id], row, claims)
        elif row.id not in renamed.values():
            said = words.of_new_row(row.id, number)
            yield Change(Part.ROWS, Kind.ADDED, row.id, "", None, _written(row), said)


def _renamed(old: dict[str, Row], new: dict[str, Row]) -> dict[str, str]:
    """New ids by old ones, of rows that say the same under another id."""
    fresh = {(row.when, row.route): row.id for row in new.values() if row.id not in old}
    gone = {(row.when, row.route): row.id for row in old.values() if row.id not in new}
    return {row: fresh[content] for content, row in gone.items() if content in fresh}


def _moved(part: Part, before: Sequence[str], after: Sequence[str]) -> Iterator[Change]:
    """The fewest parts that must have been moved, so that what stayed in order is not named."""
    place = {name: number for number, name in enumerate(before)}
    kept = [name for name in after if name in place]
    still = _longest_in_order([place[name] for name in kept])
    for name in kept:
        if place[name] not in still:
            was, now = place[name] + 1, after.index(name) + 1
            yield Change(part, Kind.MOVED, name, "", was, now, words.of_moved(part, name, was, now))


def _longest_in_order(numbers: Sequence[int]) -> set[int]:
    """The longest rising selection."""
    ends: list[int] = []
    behind: dict[int, int | None] = {}
    for number in numbers:
        at = bisect_left(ends, number)
        behind[number] = ends[at - 1] if at else None
        ends[at : at + 1] = [number]
    found: set[int] = set()
    last: int | None = ends[-1] if ends else None
    while last is not None:
        found.add(last)
        last = behind[last]
    return found


def _of_row(old: Row, new: Row, claims: _Claims) -> Iterator[Change]:
    yield from _fields(Part.ROWS, new.id, old, new, ("route", "note"))
    gone, come = _apart(old.when, new.when)
    for was in gone:
        now = next((one for one in come if one.fact == was.fact), None)
        before = claims.before[old.id, _text(was)]
        if now is None:
            said = words.of_condition(new.id, before, None)
            yield Change(Part.ROWS, Kind.REMOVED, new.id, was.fact, _written(was), None, said)
        else:
            come.remove(now)
            said = words.of_condition(new.id, before, claims.after[new.id, _text(now)])
            yield Change(Part.ROWS, Kind.CHANGED, new.id, was.fact, _written(was), _written(now), said)
    for now in come:
        said = words.of_condition(new.id, None, claims.after[new.id, _text(now)])
        yield Change(Part.ROWS, Kind.ADDED, new.id, now.fact, None, _written(now), said)


def _apart(old: Sequence[Condition], new: Sequence[Condition]) -> tuple[list[Condition], list[Condition]]:
    """The conditions that only the one and only the other has."""
    come = list(new)
    gone = []
    for one in old:
        if one in come:
            come.remove(one)
        else:
            gone.append(one)
    return gone, come


def _of_lists(before: Sequence[NamedList], after: Sequence[NamedList]) -> Iterator[Change]:
    yield from _there_or_not(Part.LISTS, before, after, "name")
    old = {named.name: named for named in before}
    for named in after:
        was = old.get(named.name)
        if was is not None:
            yield from _fields(Part.LISTS, named.name, was, named, ("title", "kind"))
            less = [value for value in was.values if value not in named.values]
            more = [value for value in named.values if value not in was.values]
            if less or more:
                said = words.of_values(named.name, named.title, less=less, more=more)
                yield Change(Part.LISTS, Kind.CHANGED, named.name, "values", less, more, said)


def _of_parts(part: Part, before: Sequence[BaseModel], after: Sequence[BaseModel], key: str) -> Iterator[Change]:
    yield from _there_or_not(part, before, after, key)
    if part is Part.SITES:
        yield from _moved(part, [str(getattr(one, key)) for one in before], [str(getattr(one, key)) for one in after])
    old = {str(getattr(one, key)): one for one in before}
    for one in after:
        name = str(getattr(one, key))
        if name in old:
            yield from _fields(part, name, old[name], one, [field for field in type(one).model_fields if field != key])


def _there_or_not(part: Part, before: Sequence[BaseModel], after: Sequence[BaseModel], key: str) -> Iterator[Change]:
    old, new = ({str(getattr(one, key)): one for one in side} for side in (before, after))
    for name, one in old.items():
        if name not in new:
            yield Change(part, Kind.REMOVED, name, "", _written(one), None, words.of_gone(part, name))
    for name, one in new.items():
        if name not in old:
            yield Change(part, Kind.ADDED, name, "", None, _written(one), words.of_new(part, name))
