"""The version of the rules that decides: read where a batch begins, so that all nodes of a port switch together."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Connection

from events.columns import from_microseconds
from events.statements import Statement
from events.types import Route
from port import rulesets
from port.diversion.checks import RulesetInvalid
from port.diversion.profiles import ProfileKind
from port.diversion.profiles_of_cases import kinds_asked
from port.diversion.table import DefaultRow, Row, Ruleset, Words
from port.diversion.timeline import Activation, Timeline
from port.judging import Judge
from port.parties import customs_facilities
from port.visit import CutRules

_log = logging.getLogger("digital_port.rules")
_ACTIVATIONS = Statement(
    "SELECT number, content_hash, effective_at, at, restores, withdraws, sites FROM ruleset_activation ORDER BY number"
)
_SHADOWS = Statement("SELECT DISTINCT content_hash FROM shadow_run WHERE stopped_at IS NULL ORDER BY content_hash")
_SITES = Statement("SELECT DISTINCT sites FROM ruleset_activation")
_ASKED_AGAIN = timedelta(seconds=1)
Rows = Sequence[Sequence[Any]]  # of _ACTIVATIONS, each column of its own type


def timeline(connection: Connection) -> Timeline:
    """All activations of the port."""
    return _timeline(_ACTIVATIONS.rows(connection))


def _timeline(rows: Rows) -> Timeline:
    return Timeline(
        Activation(number, content_hash, from_microseconds(effective_at), from_microseconds(at), restores, withdraws)
        for number, content_hash, effective_at, at, restores, withdraws, _ in rows
    )


def active_ruleset(connection: Connection, *, now: datetime) -> Ruleset | None:
    """The version that decides now, or what stands in for it; None where the port was never founded."""
    active = timeline(connection).active(now)
    return None if active is None else _deciding(connection, active.content_hash)


def inspection_sites(connection: Connection) -> frozenset[str]:
    """Where any version that was ever activated has boxes looked at.

    Of all, not of the active one: a box that stands where the last version sent it must not leave the port by an
    activation.
    """
    return _codes(sites for (sites,) in _SITES.rows(connection))


def cut_rules(connection: Connection, judge: Judge) -> CutRules:
    """The windows, with the facilities under customs' control as the database has them now."""
    return judge.rules_with(customs_facilities(connection), inspection_sites(connection))


def _codes(written: Iterable[str]) -> frozenset[str]:
    return frozenset(code for sites in written for code in orjson.loads(sites))


class ActiveRules:
    """What the writer of one process knows of activations.

    An activation is a fact, so as long as the log stands where our own last batch left it there is no new one, and
    nothing is asked; a time that has come is seen by looking at the clock.  Once a second it is asked all the same:
    somebody may have written the table by hand.
    """

    def __init__(self, judge: Judge) -> None:
        self._founding = judge
        self._judge = judge
        self._number = 0
        self._count = 0
        self._timeline = Timeline(())
        self._sites: frozenset[str] = frozenset()
        self._shadows: tuple[str, ...] = ()
        self._known_at: int | None = None
        self._asked_at: datetime | None = None

    def judge(self, connection: Connection, position: int, *, now: datetime) -> Judge:
        """The judge of a batch that begins after this position of the log, whose head it holds."""
        if position != self._known_at or self._asked_at is None or now - self._asked_at >= _ASKED_AGAIN:
            self._read(_ACTIVATIONS.rows(connection), tuple(row[0] for row in _SHADOWS.rows(connection)))
            self._known_at, self._asked_at = position, now
        active = self._timeline.active(now)
        if active is not None and active.number != self._number:
            self._judge = self._judge_with(connection, active.content_hash)
            self._number = active.number
        return self._judge

    def _read(self, rows: Rows, shadows: tuple[str, ...]) -> None:
        if len(rows) != self._count or shadows != self._shadows:
            self._timeline, self._sites = _timeline(rows), _codes(row[-1] for row in rows)
            self._count, self._shadows, self._number = len(rows), shadows, 0

    def reached(self, position: int, *, has_steps: bool) -> None:
        """Our own batch has committed up to here; `has_steps` when rules were among its facts."""
        self._known_at = None if has_steps else position

    def _judge_with(self, connection: Connection, content_hash: str) -> Judge:
        ruleset = _deciding(connection, content_hash)
        founding = self._founding
        rules = replace(founding.rules, inspection_sites=founding.rules.inspection_sites | self._sites)
        return replace(founding, ruleset=ruleset, rules=rules, shadowed=_profiles_of(connection, self._shadows))


def _deciding(connection: Connection, content_hash: str) -> Ruleset:
    """The active version; one that this program cannot read holds what it is asked about, and the port goes on."""
    try:
        ruleset = rulesets.find(connection, content_hash)
    except RulesetInvalid:
        # Why is for officers to read at GET /v1/rulesets/{hash}: it names rows and facts.
        _log.error("the active version %s cannot be read, and boxes are held", content_hash)
        return _unreadable(content_hash)
    assert ruleset is not None  # a foreign key holds it
    return ruleset


class _Unreadable(Ruleset):
    """Like no other table, so that none is found in its place that was compiled while it could be read."""

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)


def _unreadable(content_hash: str) -> Ruleset:
    """A table under that hash that makes no sense: what it is asked is a RULE_FAULT, and customs' word still counts."""
    words = Words(zh="无法读取的规则", en="Rules that cannot be read")
    without_conditions = Row(id="unreadable", when=(), route=Route.HOLD, note=words)
    default = DefaultRow(route=Route.HOLD, note=words)
    ruleset = _Unreadable(name="unreadable", title=words, rows=(without_conditions,), default=default)
    ruleset.__dict__["content_hash"] = content_hash  # decisions name the version that should have decided
    return ruleset


def _profiles_of(connection: Connection, shadows: Iterable[str]) -> tuple[ProfileKind, ...]:
    """What versions in shadow ask for; one that cannot be read asks for nothing."""
    found: list[Ruleset] = []
    for content_hash in shadows:
        with suppress(RulesetInvalid):
            version = rulesets.find(connection, content_hash)
            found += [] if version is None else [version]
    return kinds_asked(*found)
