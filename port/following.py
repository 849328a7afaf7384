"""Following what others commit: the keys told of since a log position, whom a vessel call concerns, who may still look.

The feed of a process need not hear others' commits, or not all of them; these questions find them in the log.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select

from events.feed import Hint
from events.relaying import Stretch
from events.statements import Statement
from port import calls
from port.actor import Actor
from port.keys import find_actor_of_key
from port.register import CHANGES, REFERENCES, VISITS
from port.sessions import SESSIONS, Admission

_CHUNK = 500
_NO_END = 2**62
# Each node asks it twice a second, of all that was committed meanwhile.
_FROM = Statement(
    'SELECT k."key", k.version, k.position,'
    # Looked up one by one, and not joined: a planner might walk all visits.
    ' coalesce((SELECT v.container_number FROM visit AS v WHERE v.visit_id = substr(k."key", 7)'
    " AND substr(k.\"key\", 1, 6) = 'visit:'), '')"
    " FROM key_change AS k WHERE k.position >= ? AND k.position <= ? ORDER BY k.position, k.version"
)


def last_position(connection: Connection) -> int:
    """The position of the latest version of any key; 0 when there is none."""
    return int(connection.scalar(select(func.max(CHANGES.c.position))) or 0)


def heads_from(connection: Connection, position: int, *, until: int | None = None) -> list[Hint]:
    """The latest versions of the keys that got one at or after `position`, and not after `until`.

    At, because a commit without an event of its own shares the position of the one before it; who follows drops what it
    was told before.
    """
    rows = _FROM.rows(connection, position, _NO_END if until is None else until)
    # Not grouped by the database: SQLite would then walk the whole table by key instead of the newest by position.
    return list({row[0]: Hint(*row) for row in rows}.values())


def stretch_from(connection: Connection, position: int, most: int) -> Stretch:
    """The hints of what got a version at or after `position`, of about `most` versions: whole positions, and at least
    one."""
    newer = select(CHANGES.c.position).where(CHANGES.c.position >= position).order_by(CHANGES.c.position)
    last = last_position(connection)
    until = connection.scalar(newer.offset(most - 1).limit(1))
    until = last if until is None else int(until)
    return Stretch(tuple(heads_from(connection, position, until=until)), until, last)


def containers_of_calls(connection: Connection, call_ids: Iterable[str]) -> set[str]:
    """The containers whose visits come or leave by any of these vessel calls."""
    found = (calls.find(connection, call_id) for call_id in call_ids)
    aliases = sorted({alias for call in found if call is not None for alias in call.read().aliases})
    query = select(VISITS.c.container_number).join(REFERENCES, REFERENCES.c.visit_id == VISITS.c.visit_id)
    return {str(number) for number in connection.scalars(query.where(REFERENCES.c.reference.in_(aliases)))}


def still_admitted(
    connection: Connection, admissions: Sequence[Admission], *, now: datetime
) -> dict[Admission, Actor | None]:
    """For each open stream whom it speaks for now; None once its key is revoked or its session has ended."""
    actors = {key_id: find_actor_of_key(connection, key_id) for key_id in {one.actor.key_id for one in admissions}}
    open_sessions = _open_sessions(connection, {one.session_id for one in admissions if one.session_id}, now=now)
    return {
        one: actors[one.actor.key_id] if one.session_id is None or one.session_id in open_sessions else None
        for one in admissions
    }


def _open_sessions(connection: Connection, session_ids: Iterable[str], *, now: datetime) -> set[str]:
    wanted = sorted(set(session_ids))
    found: set[str] = set()
    for start in range(0, len(wanted), _CHUNK):
        chunk = SESSIONS.c.sha256.in_(wanted[start : start + _CHUNK])
        found |= set(connection.scalars(select(SESSIONS.c.sha256).where(chunk, SESSIONS.c.expires_at > now)))
    return found
