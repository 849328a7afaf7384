"""What the write path is measured against: a bare route, and the session per request that a tutorial would write."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import orjson
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from pydantic import Field as PydanticField
from sqlalchemy import MetaData, create_engine, event
from sqlmodel import Field, Session, SQLModel, select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route


class TutorialEvent(SQLModel, table=True):
    """A row as a tutorial has it, among tables of its own: ours are compared with what their metadata names."""

    metadata = MetaData()

    id: int | None = Field(default=None, primary_key=True)
    message_id: str = Field(unique=True)
    container: str = Field(index=True)
    type: str
    at: datetime
    body: str


class Pushed(BaseModel):
    """The part of a gate message the tutorial reads."""

    message_id: str = PydanticField(alias="messageID")
    events: list[dict[str, object]]


async def bare(request: Request) -> Response:
    """Reads the body and answers a constant."""
    await request.body()
    return Response(b'{"receiptID":"x","results":[]}', media_type="application/json")


def tutorial(path: str) -> FastAPI:
    """One durable session per request: look for a repeat, insert, commit."""
    engine = create_engine(f"sqlite:///{path}", connect_args={"check_same_thread": False, "timeout": 60}, pool_size=20)

    @event.listens_for(engine, "connect")
    def durable(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")

    TutorialEvent.metadata.create_all(engine)
    app = FastAPI()

    @app.post("/gate")
    def gate(pushed: Pushed) -> dict[str, object]:
        told = pushed.events[0]
        with Session(engine) as session:
            if session.exec(select(TutorialEvent).where(TutorialEvent.message_id == pushed.message_id)).first():
                return {"duplicate": True}
            session.add(
                TutorialEvent(
                    message_id=pushed.message_id,
                    container=str(told["equipmentReference"]),
                    type=str(told["equipmentEventTypeCode"]),
                    at=datetime.fromisoformat(str(told["eventDateTime"])),
                    body=orjson.dumps(told).decode(),
                )
            )
            session.commit()
        return {"duplicate": False}

    return app


def serve(port: int, folder: str) -> None:
    """Both yardsticks on one port, for `multiprocessing`."""
    routes = [Route("/bare", bare, methods=["POST"]), Mount("/tutorial", tutorial(f"{folder}/tutorial.db"))]
    app = Starlette(routes=routes)
    config = uvicorn.Config(app, port=port, http="httptools", loop="uvloop", access_log=False, log_level="warning")
    asyncio.run(uvicorn.Server(config).serve())


# The log and a state by container, with what makes an insert safe: a unique identity, and an index to find it again.
_RAW_TABLES = """
CREATE TABLE event (
    position INTEGER PRIMARY KEY, sender TEXT NOT NULL, identity TEXT NOT NULL, container TEXT NOT NULL,
    type TEXT NOT NULL, at INTEGER NOT NULL, received_at INTEGER NOT NULL, body TEXT NOT NULL);
CREATE UNIQUE INDEX event_identity ON event (sender, identity);
CREATE INDEX event_container ON event (container, position);
CREATE TABLE state (container TEXT PRIMARY KEY, status TEXT, position INTEGER, at INTEGER) WITHOUT ROWID;
"""
_RAW_INSERT = """
INSERT INTO event (sender, identity, container, type, at, received_at, body) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (sender, identity) DO NOTHING"""
_RAW_UPSERT = """
INSERT INTO state VALUES (?, ?, ?, ?) ON CONFLICT (container) DO UPDATE SET
status = excluded.status, position = excluded.position, at = excluded.at WHERE excluded.at >= state.at"""
_RawRow = tuple[str, str, str, str, int, int, str]
_BOXES = 200_000


def raw_loop(folder: str, rows: int, *, per_commit: int) -> float:
    """Rows per second of what must be done row by row: an insert that finds its repeats and tells which is new, and an
    upsert of the box's state; `per_commit` at a time, durable."""

    def write(connection: sqlite3.Connection, told: list[_RawRow]) -> None:
        states = []
        for row in told:
            new = connection.execute(f"{_RAW_INSERT} RETURNING position", row).fetchone()
            if new is not None:
                states.append((row[2], row[3], new[0], row[4]))
        connection.executemany(_RAW_UPSERT, states)

    return _raw(folder, rows, per_commit, write)


def raw_executemany(folder: str, rows: int, *, per_commit: int) -> float:
    """Rows per second of the same tables where nobody asks which rows were new: both statements by `executemany`."""

    def write(connection: sqlite3.Connection, told: list[_RawRow]) -> None:
        connection.executemany(_RAW_INSERT, told)
        connection.executemany(_RAW_UPSERT, [(row[2], row[3], 0, row[4]) for row in told])

    return _raw(folder, rows, per_commit, write)


def _raw(folder: str, rows: int, per_commit: int, write: Callable[[sqlite3.Connection, list[_RawRow]], None]) -> float:
    path = Path(folder) / f"raw-{os.getpid()}-{time.monotonic_ns()}.db"
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-65536", "mmap_size=268435456"):
        connection.execute(f"PRAGMA {pragma}")
    connection.executescript(_RAW_TABLES)
    told = [_raw_row(number) for number in range(rows)]
    began = time.perf_counter()
    for start in range(0, rows, per_commit):
        connection.execute("BEGIN IMMEDIATE")
        write(connection, told[start : start + per_commit])
        connection.execute("COMMIT")
    took = time.perf_counter() - began
    connection.close()
    for made in Path(folder).glob(f"{path.name}*"):
        made.unlink()
    return rows / took


def _raw_row(number: int) -> _RawRow:
    # Neighbours in time are strangers by number, as boxes are.
    box = f"CSQU{number * 7919 % _BOXES:07d}"
    return ("TERMINAL", f"message-{number:024d}", box, "DISC", number, number, "x" * 400)
