"""A database made ready once, on which servers are started and stopped: the terminal's key is in it."""

from __future__ import annotations

import os
import secrets
import signal
import sys
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert

from events import log
from port.actor import Role
from port.database import open_database
from port.keys import KeyWanted, create_key
from port.schema import migrate
from server import Server

PLACES = {"terminal": ("XMHT",), "customs": ("XMCI",)}
# The draws are the same in every run: a random inspection would surprise the tests.
SALT = "the tests draw alike"


def prepare(url: str, role: str = "terminal") -> str:
    """Give the database its tables and return the secret of a new key in that role."""
    migrate(url)
    wanted = KeyWanted(party=role.upper(), name=role.title(), role=Role(role), facilities=PLACES.get(role, ()))
    with closing(open_database(url)) as database, database.write() as connection:
        connection.execute(insert(log.HEAD).values(id=1, position=0, database_id=secrets.token_hex(16)))
        return create_key(connection, wanted, now=datetime.now(UTC), draw=secrets.token_bytes).key


def faulty(*faults: str) -> Sequence[str]:
    """The console script with these faults; see faulty_server.py."""
    return (sys.executable, str(Path(__file__).with_name("faulty_server.py")), *faults)


def kill(server: Server) -> None:
    """SIGKILL, and wait until it has gone."""
    os.kill(server.pid, signal.SIGKILL)
    server.kept.keeper.wait(10)
