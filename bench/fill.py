"""A database with as many events as are wanted, in minutes: two recorded months, cloned.

    python -m bench.fill sqlite:///big.db 1000000 [--check]

The template (`bench.story`) goes through the real path once, into a database of its own.  Each clone is its rows again
(`bench.cloning`): other boxes, bills, declarations, voyages, messages and ids, a little later, at positions behind the
last.  How often a box has been here is the same at every size.  `check` reads samples back and holds them against the
template.  A fill that was broken off goes on where it stopped.
"""

from __future__ import annotations

import argparse
import shutil
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import orjson
import psycopg
from sqlalchemy import Connection, text

from bench import story
from bench.cloning import Cloned, Template
from bench.inside import actor, inside
from port import projecting, timelines, views
from port.database import Database, is_sqlite, open_database, parse_url
from port.judging import Judge

SAMPLES = 40
Say = Callable[[str], None]


def record(url: str, *, now: datetime | None = None, fortnights: int = story.FORTNIGHTS) -> None:
    """The template, through the real path into an empty database, so long ago that all of it has happened."""
    begin = ((now or datetime.now(UTC)) - story.FORTNIGHT * (fortnights + 1)).replace(microsecond=0)
    with inside(url, now=begin) as port:
        for told in story.template(begin, fortnights):
            port.record(told)


def recorded_in(folder: str) -> str:
    """The URL of the template in that folder; recorded there if it is not yet."""
    whole, begun = Path(folder) / "template.db", Path(folder) / "template.part.db"
    if not whole.exists():
        for left in Path(folder).glob(f"{begun.name}*"):
            left.unlink()
        record(f"sqlite:///{begun}")
        copy(f"sqlite:///{begun}", f"sqlite:///{whole}")
    return f"sqlite:///{whole}"


def template_in(url: str) -> Template:
    """The template that was recorded there."""
    with _reading(url) as connection:
        return Template(connection)


def copy(template_url: str, url: str) -> None:
    """A recorded template as the beginning of another database, which is left alone if it is there; SQLite only."""
    old, new = (Path(parse_url(one).database or "") for one in (template_url, url))
    if new.exists():
        return
    with sqlite3.connect(old) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copyfile(old, new)


def fill(url: str, template: Template, events: int, *, say: Say = lambda _: None) -> int:
    """Clone the template, which the database must hold already, until there are `events`; how many there are then."""
    clones = clones_for(template, events)
    began = time.monotonic()
    with _reading(url) as connection:
        done = int(connection.scalar(text("SELECT position FROM log_head")) or 0) // template.events
    with _writing(url) as write:
        for number in range(done, clones):
            write(template.clone(number))
            if number % 100 == 0:
                say(f"{number * template.events:,} events, {time.monotonic() - began:.0f} s")
    return clones * template.events


def clones_for(template: Template, events: int) -> int:
    """How many clones hold that many events, the template being one."""
    return max(2, -(-events // template.events))


def check(url: str, template_url: str, template: Template, judge: Judge, clones: int) -> int:
    """Read sampled visits of clones, status and timeline folded anew, and hold them against the template's.

    How many were alike; AssertionError for the first that is not.  What was filled begins with the template, and can
    be named in its place.
    """
    known = template.names(0)
    with _reading(template_url) as recorded, _reading(url) as connection:
        visits = [(visit, box) for visit, box in _visits(recorded) if visit in known]
        chosen = range(0, len(visits) * (clones - 1), max(1, len(visits) * (clones - 1) // SAMPLES))
        for n in chosen:
            clone, which = divmod(n, len(visits))
            visit, box = visits[which]
            expected = template.tell(_told(recorded, visit, box, judge), clone + 1)
            number = orjson.loads(expected)[0]["equipmentReference"]
            found = _told(connection, template.names(clone + 1)[visit], number, judge)
            assert orjson.loads(found) == orjson.loads(expected), _difference(found, expected)
    return len(chosen)


def _difference(found: str, expected: str) -> str:
    at = next(n for n, (one, other) in enumerate(zip(found, expected, strict=False)) if one != other)
    return f"{found[max(0, at - 300) : at + 300]}\n--- and not ---\n{expected[max(0, at - 300) : at + 300]}"


def _visits(connection: Connection) -> list[tuple[str, str]]:
    return [(str(v), str(n)) for v, n in connection.execute(text("SELECT visit_id, container_number FROM visit"))]


def _told(connection: Connection, visit: str, number: str, judge: Judge) -> str:
    """Everything customs reads of a visit."""
    officer = actor("customs")
    status = projecting.status(views.get_visit(connection, officer, visit))
    lines = timelines.timeline_of(connection, officer, number, visit, judge)
    # Of what happened in one instant the ids settle the order, and they are others in a clone.
    lines["lines"].sort(key=lambda line: (line["at"], line["type"]))
    return orjson.dumps([status, lines]).decode()


@contextmanager
def _reading(url: str) -> Iterator[Connection]:
    database: Database = open_database(url)
    try:
        with database.read() as connection:
            yield connection
    finally:
        database.close()


@contextmanager
def _writing(url: str) -> Iterator[Callable[[Cloned], None]]:
    parsed = parse_url(url)
    with _writing_sqlite(parsed.database or "") if is_sqlite(parsed) else _writing_postgresql(url) as write:
        yield write


@contextmanager
def _writing_sqlite(path: str) -> Iterator[Callable[[Cloned], None]]:
    connection = sqlite3.connect(path, isolation_level=None)
    # Nobody is promised anything of a filling.
    for pragma in ("journal_mode=WAL", "synchronous=OFF", "cache_size=-1000000", "wal_autocheckpoint=20000"):
        connection.execute(f"PRAGMA {pragma}")

    def write(cloned: Cloned) -> None:
        connection.execute("BEGIN IMMEDIATE")
        for name, columns in cloned.tables.items():
            marks = ", ".join("?" * len(columns))
            into = f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({marks})"
            connection.executemany(into, zip(*columns.values(), strict=True))
        for statement, given in cloned.heads:
            connection.executemany(statement, given)
        connection.execute("COMMIT")

    yield write
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


@contextmanager
def _writing_postgresql(url: str) -> Iterator[Callable[[Cloned], None]]:
    plain = parse_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as connection:

        def write(cloned: Cloned) -> None:
            with connection.transaction(), connection.cursor() as cursor:
                for name, columns in cloned.tables.items():
                    with cursor.copy(f"COPY {name} ({', '.join(columns)}) FROM STDIN") as into:
                        for row in zip(*columns.values(), strict=True):
                            into.write_row(row)
                for statement, given in cloned.heads:
                    cursor.executemany(statement.replace("?", "%s"), given)

        yield write
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute("ANALYZE")


def main() -> None:
    """Fill a SQLite file; its template stays beside it, for going on and for the check."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("events", type=int)
    parser.add_argument("--check", action="store_true", help="read samples back")
    asked = parser.parse_args()
    beside = recorded_in(str(Path(parse_url(asked.url).database or "").resolve().parent))
    copy(beside, asked.url)
    template = template_in(beside)
    held = fill(asked.url, template, asked.events, say=lambda told: print(told, file=sys.stderr))
    print(f"{held:,} events")
    if asked.check:
        with inside(beside, now=datetime.now(UTC)) as port:
            alike = check(asked.url, beside, template, port.port.judge, clones_for(template, asked.events))
        print(f"{alike} sampled visits read as they were recorded")


if __name__ == "__main__":
    main()
