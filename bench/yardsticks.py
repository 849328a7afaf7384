"""What the write path is measured against: a bare route, and the session per request that a tutorial would write."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from datetime import datetime
from pathlib import Path

import orjson
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from pydantic import Field as PydanticField
from sqlalchemy import create_engine, event
from sqlmodel import Field, Session, SQLModel, select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route


class TutorialEvent(SQLModel, table=True):
    """A row as a tutorial has it."""

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
    def durable(connection, _record) -> None:  # type: ignore[no-untyped-def]  # a driver connection
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")

    SQLModel.metadata.create_all(engine, tables=[TutorialEvent.__table__])  # type: ignore[attr-defined]
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


def raw_inserts(folder: str, rows: int, *, per_commit: int) -> float:
    """Rows per second of an insert and an upsert each, durable, `per_commit` at a time: what the disk allows."""
    path = Path(folder) / f"raw-{os.getpid()}-{time.monotonic_ns()}.db"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE event (position INTEGER PRIMARY KEY, event_id TEXT UNIQUE, body TEXT NOT NULL)")
    connection.execute("CREATE TABLE state (container TEXT PRIMARY KEY, status TEXT, position INTEGER) WITHOUT ROWID")
    body = "x" * 400
    began = time.perf_counter()
    for start in range(0, rows, per_commit):
        numbers = range(start, start + per_commit)
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO event VALUES (?, ?, ?)", [(n, f"event-{n:032d}", body) for n in numbers])
        connection.executemany(
            "INSERT INTO state VALUES (?, ?, ?) ON CONFLICT (container) DO UPDATE SET position = excluded.position",
            [(f"CSQU{n:07d}", "IN", n) for n in numbers],
        )
        connection.execute("COMMIT")
    took = time.perf_counter() - began
    connection.close()
    return rows / took


def sync_p50_ms(folder: str, tries: int = 50) -> float:
    """The median of fdatasync on this disk just now."""
    path = Path(folder) / "sync"
    took = []
    with path.open("wb") as file:
        for _ in range(tries):
            file.write(b"x" * 4096)
            file.flush()
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            took.append(time.perf_counter() - began)
    return 1000 * sorted(took)[tries // 2]
