"""What is asked of a port: every question behind the doors and the jobs, on something that is there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from bench.inside import actor
from bench.story import FACILITY, SHIP
from port import following, health, kept, projecting, register, searching, telling, timelines, views
from port.actor import Actor
from port.cursors import seal
from port.judging import Judge
from port.sources import find_sources

_SALT = b"x" * 32


@dataclass(frozen=True)
class Subject:
    """What one asking is about."""

    container: str
    visit: str
    bill: str
    declaration: str
    receipt: str
    position: int
    last_position: int


Ask = Callable[[Connection, Subject, Judge], object]
CUSTOMS, TERMINAL = actor("customs"), actor("terminal")
FORWARDER, CONSIGNEE = actor("forwarder", "FORWARDER1"), actor("consignee", "CONSIGNEE1")

# What people and systems ask all the time: these must not grow with what is stored.
STATUS: dict[str, Ask] = {
    "status of a container": lambda c, s, _: projecting.status(views.get_seen(c, CUSTOMS, s.container)),
    "status, as the terminal": lambda c, s, _: projecting.status(views.get_seen(c, TERMINAL, s.container)),
    "timeline": lambda c, s, judge: timelines.timeline_of(c, CUSTOMS, s.container, s.visit, judge),
    "search by container": lambda c, s, _: searching.search(c, CUSTOMS, s.container),
    "search by bill": lambda c, s, _: searching.search(c, CUSTOMS, s.bill),
    "search by declaration": lambda c, s, _: searching.search(c, CUSTOMS, s.declaration),
    "search by a forwarder of much": lambda c, s, _: searching.search(c, FORWARDER, s.bill),
    "search by vessel": lambda c, _s, _: searching.search(c, CUSTOMS, SHIP[0]),
    "search by a ship's name": lambda c, _s, _: searching.search(c, CUSTOMS, SHIP[2]),
    "versions of a visit": lambda c, s, _: register.changes_after(c, f"visit:{s.visit}", 0),
}

# What pages through lists, follows, or sweeps.
LISTS: dict[str, Ask] = {
    "a sender's messages, first page": lambda c, _s, _: _messages(c, TERMINAL),
    "a sender's messages, a page far back": lambda c, s, _: _messages(c, TERMINAL, before=s.receipt),
    "a sender's refused messages": lambda c, _s, _: _messages(c, TERMINAL, only_refused=True),
    "everybody's messages, first page": lambda c, _s, _: _messages(c, CUSTOMS),
    "everybody's refused messages": lambda c, _s, _: _messages(c, CUSTOMS, only_refused=True),
    "open instructions of a facility": lambda c, _s, _: _instructions(c, TERMINAL, "ISSUED"),
    "ended instructions of a facility": lambda c, _s, _: _instructions(c, TERMINAL, "ended"),
    "open instructions, customs": lambda c, _s, _: _instructions(c, CUSTOMS, "ISSUED"),
    "decisions, first page": lambda c, _s, _: kept.list_decisions(c, state=None, before=None, limit=100),
    "decisions that wait": lambda c, _s, _: kept.list_decisions(c, state="waiting", before=None, limit=100),
    "alerts, a page that is full at any size": lambda c, _s, _: kept.list_alerts(c, before=None, limit=10),
    "events from the beginning, customs": lambda c, _s, _: _events(c, CUSTOMS, 0),
    "events from the middle, customs": lambda c, s, _: _events(c, CUSTOMS, s.position),
    "events from the beginning, consignee": lambda c, _s, _: _events(c, CONSIGNEE, 0),
    "events at the end, consignee": lambda c, s, _: _events(c, CONSIGNEE, s.last_position - 1000),
    "what changed since a moment ago": lambda c, s, _: following.heads_from(c, s.last_position - 100),
    "last position": lambda c, _s, _: following.last_position(c),
    "gauges": lambda c, _s, _: health.counts(c),
    "sources": lambda c, _s, _: find_sources(c),
}


def _messages(connection: Connection, who: Actor, *, only_refused: bool = False, before: str | None = None) -> object:
    return kept.list_messages(connection, who, only_refused=only_refused, before=before, limit=100)


def _instructions(connection: Connection, who: Actor, state: str) -> object:
    facility = FACILITY if who is TERMINAL else None
    return kept.list_instructions(connection, who, state=state, facility=facility, after=None, limit=100)


def _events(connection: Connection, who: Actor, position: int) -> object:
    after = seal(_SALT, who.party, position) if position else None
    return telling.events_after(connection, who, after=after, limit=100, salt=_SALT)
