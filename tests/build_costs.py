"""Tables with many rows in them, and how much a database does for a question: counts, never a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Table, event, insert, text

from build_port import IMO, NOW
from events.log import EVENTS, HEAD, MESSAGES, fact_to_json
from events.types import DiversionDecided, Reason, Route
from port.calls import ALIASES, CALLS
from port.database import Database
from port.orders import ALERTS, DECISIONS, INSTRUCTIONS
from port.reconciling import RECONCILIATIONS
from port.register import VISITS
from port.ships import CALL_NAMES
from port.sources import SOURCES

Rows = Iterable[Mapping[str, Any]]
PLACES = ("XMHT", "XMSYD", "XMYH")
BEGUN, OPEN = 30, 12


@contextmanager
def statements(of: Engine | type[Engine] = Engine) -> Iterator[list[str]]:
    """The SQL sent meanwhile: by everybody in this process, if no engine is named."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    event.listen(of, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(of, "before_cursor_execute", note)


def work(database: Database, ask: Callable[[Connection], object]) -> int:
    """How many steps SQLite's machine makes for it; on PostgreSQL how many rows are read."""
    with database.read() as connection:
        if not database.is_embedded:
            # A plan for few rows is a walk through all of them.
            connection.execute(text("SET LOCAL enable_seqscan = off"))
            before = _rows_read(connection)
            ask(connection)
            return _rows_read(connection) - before
        steps = [0]

        def count() -> int:
            steps[0] += 1
            return 0

        driver: Any = connection.connection.dbapi_connection
        driver.set_progress_handler(count, 1)
        try:
            ask(connection)
        finally:
            driver.set_progress_handler(None, 0)
        return steps[0]


def _rows_read(connection: Connection) -> int:
    told = "SELECT coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0) FROM pg_stat_xact_user_tables"
    return int(connection.scalar(text(told)) or 0)


def put(database: Database, rows: Mapping[Table, Rows]) -> None:
    """Write rows as they are, and let the planner know of them as PostgreSQL does by itself."""
    with database.write() as connection:
        for table, of_table in rows.items():
            connection.execute(insert(table), [dict(row) for row in of_table])
        if not database.is_embedded:
            connection.execute(text("ANALYZE"))


def founded(database: Database) -> None:
    put(database, {HEAD: [{"id": 1, "position": 0, "database_id": "test"}]})


def calls(numbers: range) -> dict[Table, Rows]:
    """Calls of one ship, one a day."""
    ids = [f"call-{n:06d}" for n in numbers]
    record = '{"vessel_imo_number":"%s","call_sign":null,"vessel_name":"Egret Spirit","voyages":[],"aliases":[],'
    record += '"eta":null,"ata":null,"atb":null,"atd":null,"berths":[],"senders":[]}'
    names = [(f"v:{IMO}", "n:EGRET SPIRIT") for _ in ids]
    days = [NOW + timedelta(days=n) for n in numbers]
    return {
        CALLS: [{"call_id": one, "record": record % IMO} for one in ids],
        ALIASES: [{"alias": f"{IMO}/{n:06d}W", "call_id": one} for n, one in zip(numbers, ids, strict=True)],
        CALL_NAMES: [
            {"call_id": one, "name": name, "arrives_at": at}
            for one, both, at in zip(ids, names, days, strict=True)
            for name in both
        ],
    }


def instructions(numbers: range, state: str) -> dict[Table, Rows]:
    """At three facilities and at none in turn."""
    fixed = {"decision_id": "d", "visit_id": "v", "container_number": "C", "point": "GATE", "route": "YARD"}
    places = [*PLACES, None]
    return {
        INSTRUCTIONS: [
            {
                **fixed,
                "instruction_id": f"{state}-{n:06d}",
                "position": n,
                "facility_code": places[n % len(places)],
                "reason": "RULE",
                "state": state,
                "issued_at": NOW + timedelta(seconds=n),
            }
            for n in numbers
        ]
    }


def messages(numbers: range) -> dict[Table, Rows]:
    fixed = {"format": "gate", "sha256": "", "body": b"{}", "state": "REFUSED", "items": 1, "rejected": 1}
    return {
        MESSAGES: [
            {
                **fixed,
                "receipt_id": f"r-{n:06d}",
                "sender": ("XMHT", "XMSYD")[n % 2],
                "identity": f"id:{n}",
                "received_at": NOW + timedelta(seconds=n),
                "answer": "[]",
            }
            for n in numbers
        ]
    }


def visits(numbers: range) -> dict[Table, Rows]:
    return {
        VISITS: [
            {"visit_id": f"v-{n}", "container_number": f"C{n}", "founding_event_id": "e", "minted_position": n,
             "version": 1, "is_expected": False, "is_overdue": False, "visit_key": "", "filed_as": "", "record": ""}
            for n in numbers
        ]
    }  # fmt: skip


def alerts(numbers: range) -> dict[Table, Rows]:
    return {ALERTS: [{"alert_id": f"a-{n}", "position": n, "code": "C", "at": NOW, "detail": ""} for n in numbers]}


def decisions(numbers: range) -> dict[Table, Rows]:
    """Made and done with; the facts are there."""
    fact = DiversionDecided(
        decision_id="d", visit_id="v", container_number="C", decided_at=NOW, route=Route.YARD, reason=Reason.RULE,
        ruleset_hash="h", compiler_version="1", case="{}",
    )  # fmt: skip
    body = fact_to_json(fact)
    return {
        DECISIONS: [
            {"decision_id": f"d-{n}", "position": n, "visit_id": "v", "container_number": "C", "decided_at": NOW,
             "route": "YARD", "reason": "RULE", "is_current": False, "is_awaiting_site": False, "holds_slot": False,
             "has_plug": False, "because_of": "[]"}
            for n in numbers
        ],
        EVENTS: [
            {"position": n, "event_id": f"e-{n}", "kind": "diversion_decided", "sender": "", "sender_role": "",
             "receipt_id": "", "received_at": NOW, "body": body}
            for n in numbers
        ],
    }  # fmt: skip


def hours(numbers: range) -> dict[Table, Rows]:
    """Hours of two senders that agree, and of another's the first few that do not."""
    fixed = dict.fromkeys(("messages", "messages_refused", "items", "refused", "acknowledged", "stored", "folded"), 1)
    return {
        RECONCILIATIONS: [
            {**fixed, "hour": NOW + timedelta(hours=n), "sender": PLACES[0 if n == 30 else 1 + n % 2], "format": "gate",
             "heard_at": NOW, "counted_at": NOW, "counts_wrong": int(n < 5), "is_equal": n >= 5, "differences": "[]"}
            for n in numbers
        ]
    }  # fmt: skip


def sources() -> dict[Table, Rows]:
    return {SOURCES: [{"sender": s, "format": "gate", "heard_at": NOW, "messages": 9, "refused": 9} for s in PLACES]}
