"""Which public visit id a part of a container's story has, after every cut.

An id is minted once and founded on one event.  It stays with the part that holds its founding event; when two ids meet
in one part the older survives and the other answers as its alias; a part that holds nobody's founding event gets a new
id. An id whose founding event stands in no part any more (its report was withdrawn) keeps resolving on its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from port.register import Registered
from port.visit import Visit


class Named(Struct, frozen=True):
    """A part with its id's row; the row's record and version are those before this change."""

    row: Registered
    visit: Visit


class Naming(Struct, frozen=True):
    """All parts named, the ids that became aliases, and those founded on an event that counts no more."""

    named: tuple[Named, ...]
    merged: tuple[Registered, ...]
    withdrawn: tuple[Registered, ...]


def name_visits(visits: Sequence[Visit], rows: Sequence[Registered], *, mint: Callable[[Visit], Registered]) -> Naming:
    """Give every part its id.  `rows` are all ids of the container, oldest first; `mint` makes a new one."""
    claims: dict[str, list[Registered]] = {}
    withdrawn: list[Registered] = []
    for row in rows:
        if row.alias_of is not None:
            continue
        part = _part_holding(row.founding_event_id, visits)
        if part is None:
            withdrawn.append(replace(row, is_sealed=False) if row.is_sealed else row)
        else:
            claims.setdefault(part.visit_key, []).append(row)
    named = [Named(claims[v.visit_key][0] if v.visit_key in claims else mint(v), v) for v in visits]
    merged = [_joined(row, rows[0]) for rows in claims.values() for row in rows[1:]]
    return Naming(tuple(named), tuple(merged), tuple(withdrawn))


def _joined(row: Registered, survivor: Registered) -> Registered:
    """An id that answers as another's alias is found by nothing but itself."""
    return replace(row, alias_of=survivor.visit_id, visit_key="", filed_as="", is_overdue=False, is_sealed=False)


def _part_holding(event_id: str, visits: Sequence[Visit]) -> Visit | None:
    return next((visit for visit in visits if event_id in visit.event_ids), None)
