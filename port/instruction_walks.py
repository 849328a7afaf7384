"""Instructions walked in their order, facility by facility: as far as a page needs, however many there are.

The indexes lead through one facility's instructions in order.  Those of several are merged, a stretch of each at a
time, since a database asked for all of them at once reads them all and sorts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, select

from events.statements import Statement
from port.orders import INSTRUCTIONS, OPEN, Instruction

_AT = INSTRUCTIONS.c.position
_SHORTEST = 8
# From one facility to the next by the index of what is open.
_OPEN_AT = Statement(
    "WITH RECURSIVE place(code) AS ("
    f"SELECT min(facility_code) FROM instruction WHERE {OPEN.text}"
    " UNION ALL "
    f"SELECT (SELECT min(facility_code) FROM instruction WHERE facility_code > place.code AND {OPEN.text})"
    " FROM place WHERE place.code IS NOT NULL) "
    "SELECT code FROM place WHERE code IS NOT NULL"
)
Facilities = Sequence[str | None]
"""Codes; None is that of no facility"""


def open_at(connection: Connection) -> list[str | None]:
    """The facilities that have something open, and whatever is of none."""
    return [*(row[0] for row in _OPEN_AT.rows(connection)), None]


def oldest_open_at(connection: Connection) -> datetime | None:
    """When the open instruction that waits longest was issued."""
    query = select(INSTRUCTIONS.c.issued_at).where(OPEN).order_by(_AT).limit(1)
    found = (connection.scalar(query.where(_is_of(code))) for code in open_at(connection))
    return min((at for at in found if at is not None), default=None)


def walk(
    connection: Connection,
    query: Select[Any],
    facilities: Facilities | None,
    *,
    beyond: int | None,
    is_backwards: bool,
    limit: int,
) -> list[Instruction]:
    """The first of these facilities' instructions (None: of all) beyond a position, oldest first unless `is_backwards`.

    `query` selects the rows of INSTRUCTIONS among which they are.
    """
    ways = [query] if facilities is None else [query.where(_is_of(code)) for code in facilities]
    if not ways:
        return []
    step = limit if len(ways) == 1 else max(_SHORTEST, limit // len(ways))
    stretches = [_Stretch(connection, way, beyond, is_backwards=is_backwards, step=step) for way in ways]
    found: list[Instruction] = []
    while len(found) < limit:
        waiting = [(first.position, stretch) for stretch in stretches if (first := stretch.first()) is not None]
        if not waiting:
            break
        _, nearest = (max if is_backwards else min)(waiting, key=lambda one: one[0])
        found.append(nearest.take())
    return found


class _Stretch:
    """One way through the instructions, read `step` rows at a time as they are taken."""

    def __init__(
        self, connection: Connection, way: Select[Any], beyond: int | None, *, is_backwards: bool, step: int
    ) -> None:
        self._rows = self._read(connection, way, beyond, is_backwards, step)
        self._first: Instruction | None = None

    def first(self) -> Instruction | None:
        """The one that comes next; None at the end."""
        if self._first is None:
            self._first = next(self._rows, None)
        return self._first

    def take(self) -> Instruction:
        """The one that comes next, which there is."""
        taken, self._first = self.first(), None
        assert taken is not None
        return taken

    @staticmethod
    def _read(
        connection: Connection, way: Select[Any], beyond: int | None, is_backwards: bool, step: int
    ) -> Iterator[Instruction]:
        ordered = way.order_by(_AT.desc() if is_backwards else _AT).limit(step)
        while True:
            query = ordered if beyond is None else ordered.where(_AT.op("<" if is_backwards else ">")(beyond))
            rows = [Instruction(**row) for row in connection.execute(query).mappings()]
            yield from rows
            if len(rows) < step:
                return
            beyond = rows[-1].position


def _is_of(code: str | None):  # type: ignore[no-untyped-def]  # a SQL condition
    return INSTRUCTIONS.c.facility_code == code if code is not None else INSTRUCTIONS.c.facility_code.is_(None)
