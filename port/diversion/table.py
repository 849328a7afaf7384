"""The typed table: what an officer writes, as frozen models with a content hash.

These models hold the shape; whether it makes sense (facts of the catalogue, operands of their type, lists that exist)
is asked by `checks`, and neither `loading` nor the compiler lets a table pass that fails it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt, StrictStr

from events.types import Route

STRICTNESS: tuple[Route, ...] = (Route.DIRECT_RELEASE, Route.YARD, Route.SCAN, Route.INSPECTION, Route.HOLD)
"""Laxest first; of several routes for one box the last in this order wins."""

DEFAULT_ROW = "default"
"""How the row below the last one is called in decisions; no other row may have this id."""

RANDOM_ROW = "random"
"""How the draw is called where it is explained among the rows; no row may have this id either."""

TOP_UP_ROW = "top-up"
"""How the top-up is called, in decisions and where it is explained; no row may have this id either."""

RESERVED_ROWS = frozenset({DEFAULT_ROW, RANDOM_ROW, TOP_UP_ROW})


class Operator(StrEnum):
    """PREFIX and IN hold for any of their values; LESS excludes its bound, AT_LEAST and BETWEEN include theirs.

    None asks whether there is a value at all: a row could release a box because nobody said something of it.
    """

    PREFIX = "prefix"
    IN = "in"
    EQUALS = "equals"
    LESS = "less"
    AT_LEAST = "at_least"
    BETWEEN = "between"


Operand = (
    StrictBool
    | StrictInt
    | StrictFloat
    | StrictStr
    | tuple[StrictInt | StrictFloat, StrictInt | StrictFloat]
    | tuple[StrictStr, ...]
)


def _later(default: object, *, ge: float | None = None, le: float | None = None) -> Any:  # pydantic's Field is Any
    """A field that came after tables were in use: at its default it stays out of the JSON, and their hashes hold."""
    return Field(default=default, exclude_if=lambda value: bool(value == default), ge=ge, le=le)


class Part(BaseModel):
    """A frozen part of a table; unknown fields, NaN and infinities are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False, populate_by_name=True)


class Words(Part):
    """The same in Chinese and in English."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)


class Condition(Part):
    """One cell: a fact, an operator and either a value or the name of a list."""

    fact: str
    operator: Operator
    value: Operand | None = None
    list_name: str | None = Field(default=None, alias="list")


class Row(Part):
    """All conditions together lead to the route; the first row from the top that holds decides."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")
    when: tuple[Condition, ...]
    route: Route
    note: Words


class DefaultRow(Part):
    """What happens when no row holds; never DIRECT_RELEASE."""

    route: Route
    note: Words


class ListKind(StrEnum):
    """What the values of a list are; a fact takes a list without a kind, or of its own kind."""

    HS_PREFIX = "HS_PREFIX"
    COUNTRY = "COUNTRY"
    PARTY = "PARTY"


class NamedList(Part):
    """Values for PREFIX and IN, kept once and named in rows."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_]{0,63}$")
    title: Words
    values: tuple[StrictStr, ...]
    kind: ListKind | None = _later(None)


class RiskTerm(Part):
    """One summand of a line's risk: `weight` times the value of a NUMBER fact, or times 1 for a FLAG that is true.

    `missing` is what the value counts as where nobody told it.  Where a true value could have lifted the risk over the
    bound that `missing` leaves it under, the top-up is undetermined (`judging`).
    """

    fact: str
    weight: float
    missing: float = 0.0


class Lane(Part):
    """The quota of one route.

    Of what the table sends there at least the share `minimum_random_rate` is drawn for INSPECTION, and what was not
    drawn but has a risk of `top_up_from` or more goes there as well.  `expected_rate` is the share of the lane, draw
    included, that the officer means to inspect so.  `top_up_from` is found from it by a back-test and frozen with the
    version, so that a decision depends on no running count; None tops nothing up.
    """

    route: Route
    minimum_random_rate: float = Field(ge=0, le=1)
    expected_rate: float | None = _later(None, ge=0, le=1)
    top_up_from: float | None = _later(None)


class Site(Part):
    """A place boxes are sent to.  `kinds` are the routes it serves; `bays` None is without limit.

    `bays` is how many boxes may be on their way there or stand there, and bounds decisions; `capacity_per_hour` is how
    many the site finishes in an hour, None where nobody knows.  It decides nothing: back-tests and simulations compare
    the load of a table with it.
    `dangerous_goods_classes` are those it may take: "2" takes 2.1 too, "*" takes all, even an unknown one.
    `reefer_plugs` 0 takes no running reefer.  Sites are tried in the order of the table.
    """

    code: str = Field(min_length=1)
    title: Words
    kinds: tuple[Route, ...]
    bays: int | None = Field(default=None, ge=0)
    capacity_per_hour: float | None = Field(default=None, gt=0)
    dangerous_goods_classes: tuple[StrictStr, ...] = ()
    reefer_plugs: int = Field(default=0, ge=0)


class Ruleset(Part):
    """An immutable version of the table.  Two with the same content are equal and have the same hash."""

    name: str = Field(min_length=1)
    title: Words
    rows: tuple[Row, ...]
    default: DefaultRow
    lists: tuple[NamedList, ...] = ()
    lanes: tuple[Lane, ...] = ()
    sites: tuple[Site, ...] = ()
    risk: tuple[RiskTerm, ...] = _later(())

    def to_json(self) -> str:
        """Canonical: sorted keys, no spaces, ASCII; every field but the later ones that say nothing.

        `loading.load` reads it back.
        """
        return json.dumps(self.model_dump(mode="json", by_alias=True), sort_keys=True, separators=(",", ":"))

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 of the canonical JSON, in hex: what a decision stores as its version."""
        return hashlib.sha256(self.to_json().encode("ascii")).hexdigest()

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """As pydantic's, but the copy reckons its own hash: pydantic would carry the old one over."""
        copied = super().model_copy(update=update, deep=deep)
        copied.__dict__.pop("content_hash", None)
        return copied

    # By content hash, so that a compiled table is found by its version in no time.
    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ruleset) and self.content_hash == other.content_hash

    def __hash__(self) -> int:
        return hash(self.content_hash)
