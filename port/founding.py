"""What a port draws and keeps at its first start, alike for every process that starts on its database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from events import log
from port import rulesets
from port.database import insert_if_absent
from port.diversion.documents import Document
from port.salts import get_salt
from port.tokens import Draw
from port.vapid import VAPID

_ID_BYTES = 16


@dataclass(frozen=True, slots=True)
class Founded:
    """The database's id and the secrets drawn for it; never log the salts."""

    database_id: str
    draw_salt: bytes
    id_salt: bytes


def found(connection: Connection, rules: Document, *, now: datetime, draw: Draw) -> Founded:
    """What the first process laid down, however many begin at once.

    `rules` is the version a port begins with, and its test cases; where one is active already they change nothing, as
    two officers are needed for that.
    """
    insert_if_absent(connection, log.HEAD, {"id": 1, "position": 0, "database_id": draw(_ID_BYTES).hex()})
    position, database_id = log.head(connection)
    rulesets.found(connection, rules, now=now, position=position)
    get_salt(connection, VAPID, draw=draw)
    return Founded(
        database_id,
        draw_salt=get_salt(connection, "draws", draw=draw),
        id_salt=get_salt(connection, "ids", draw=draw),
    )
