"""Stretches of the log: the facts of certain kinds between two positions, for whoever follows it at leisure."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, select, update

from events import log
from events.log import EVENTS
from events.types import Recorded
from port.database import insert_if_absent
from port.finding import FINDING_POSITION


def find_between(connection: Connection, after: int, upto: int, *, kinds: Iterable[str]) -> list[Recorded]:
    """The facts of these kinds at positions > `after` and <= `upto`, oldest first."""
    positions = select(EVENTS.c.position).where(
        EVENTS.c.position > after, EVENTS.c.position <= upto, EVENTS.c.kind.in_(sorted(kinds))
    )
    return log.find_at(connection, list(connection.scalars(positions)))


def position_of(connection: Connection, follower: int) -> int:
    """How far this follower has read; 0 for one that has not begun."""
    found = connection.scalar(select(FINDING_POSITION.c.position).where(FINDING_POSITION.c.id == follower))
    return int(found or 0)


def advance(connection: Connection, follower: int, *, before: int, upto: int) -> bool:
    """Note how far it has read; False when it does not stand at `before`, since another process was quicker."""
    insert_if_absent(connection, FINDING_POSITION, {"id": follower, "position": 0})
    at = (FINDING_POSITION.c.id == follower, FINDING_POSITION.c.position == before)
    return connection.execute(update(FINDING_POSITION).where(*at).values(position=upto)).rowcount == 1
