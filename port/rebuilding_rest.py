"""Certificate mailings made again from their steps and scans, and rows that no fact of the log explains."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Column, ColumnElement, Connection, Table, exists, func, literal, select

from events import log
from events.log import EVENTS, HEAD, KEYS
from events.types import (
    AlertRaised,
    CertificateStepped,
    DiversionDecided,
    Fact,
    InstructionIssued,
    Recorded,
)
from port import certificate, sources
from port.certificate import MAILINGS, Mailing
from port.orders import ALERTS, DECISIONS, INSTRUCTIONS
from port.rebuilding_rows import Comparison, compare, every_row, fields_of, rows_where
from port.rebuilding_seals import SEALED_REFERENCES, SEALS
from port.register import CHANGES, REFERENCES, VIEWERS, VISITS
from port.sources import SOURCES

# Drawn by chance or counted in secret: not in the log, and not to be made again.
NOT_IN_THE_LOG = ("code_hash", "code_expires_at", "codes_drawn", "wrong_codes")
# Tables of which something is counted as it comes.
COUNTED = (VISITS.name, ALERTS.name)
_BY_POSITION: tuple[tuple[Table, str, type[Fact]], ...] = (
    (DECISIONS, "decision_id", DiversionDecided),
    (INSTRUCTIONS, "instruction_id", InstructionIssued),
    (ALERTS, "alert_id", AlertRaised),
    (MAILINGS, "mailing_id", CertificateStepped),
)


def compare_mailings(connection: Connection, mailing_ids: Sequence[str]) -> tuple[int, list[Comparison]]:
    """How many facts these mailings have, and what of them is not as their facts make it."""
    steps: dict[str, list[Recorded]] = {mailing_id: [] for mailing_id in mailing_ids}
    for found in log.find_by_keys(connection, [f"m:{mailing_id}" for mailing_id in mailing_ids]):
        steps[found.key[2:]].append(found.recorded)
    items = {mailing_id: item for mailing_id, told in steps.items() if (item := _item_of(told))}
    scans: dict[str, list[Recorded]] = {item: [] for item in items.values()}
    for found in log.find_by_keys(connection, [f"p:{item}" for item in scans]):
        scans[found.key[2:]].append(found.recorded)
    made = [_mailing(told, scans.get(items.get(mailing_id, ""), ())) for mailing_id, told in steps.items() if told]
    found_rows = rows_where(connection, MAILINGS.c.mailing_id, mailing_ids)
    count = sum(len(told) for told in (*steps.values(), *scans.values()))
    return count, [compare(MAILINGS, fields_of(MAILINGS, made), found_rows, kept=NOT_IN_THE_LOG)]


def _item_of(told: Iterable[Recorded]) -> str | None:
    named = [r.fact.item_id for r in told if isinstance(r.fact, CertificateStepped) and r.fact.item_id]
    return named[-1] if named else None


def _mailing(steps: Sequence[Recorded], scans: Sequence[Recorded]) -> Mailing:
    """The mailing after each of its facts in turn, as the Recorder made it."""
    row: Mailing | None = None
    for recorded in sorted((*steps, *scans), key=lambda one: one.position):
        fact = recorded.fact
        if isinstance(fact, CertificateStepped):
            row = certificate.stepped(row, fact, recorded.position)
        known = [scan for scan in scans if scan.position <= recorded.position]
        if row is not None and row.item_id:
            row = certificate.scanned(row, known)
    assert row is not None
    return row


def find_excess(connection: Connection) -> list[Comparison]:
    """Rows that stand for nothing in the log; what it misses has been written."""
    return [
        *(_without_fact(connection, table, name, shape) for table, name, shape in _BY_POSITION),
        _without(connection, VISITS, KEYS.c.key == literal("c:") + VISITS.c.container_number),
        *(
            _without(connection, table, KEYS.c.key == literal("c:") + table.c.container_number)
            for table in (SEALS, SEALED_REFERENCES)
        ),
        _of_nobody(connection, VIEWERS),
        _of_nobody(connection, REFERENCES),
    ]


def compare_counts(connection: Connection) -> list[Comparison]:
    """What is counted as it comes, beside a count of it all; the rows that are counted are as the log makes them."""
    visits = connection.scalar(select(func.count()).select_from(VISITS).where(VISITS.c.alias_of.is_(None)))
    alerts = connection.scalar(select(func.count()).select_from(ALERTS))
    heads = every_row(connection, HEAD)
    counted = [head | {"visits": int(visits or 0), "alerts": int(alerts or 0)} for head in heads]
    of_messages = compare(SOURCES, sources.counted(connection), every_row(connection, SOURCES))
    return [compare(HEAD, counted, heads), of_messages]


def _of_nobody(connection: Connection, table: Table) -> Comparison:
    """Filings of ids that are none and never were: those of a visit were compared with it."""
    is_told = exists().where(CHANGES.c.key == literal("visit:") + table.c.visit_id)
    query = select(table).where(~exists().where(VISITS.c.visit_id == table.c.visit_id), ~is_told)
    return compare(table, (), [dict(row) for row in connection.execute(query).mappings()])


def _without(connection: Connection, table: Table, is_explained: ColumnElement[bool]) -> Comparison:
    query = select(table).where(~exists().where(is_explained))
    return compare(table, (), [dict(row) for row in connection.execute(query).mappings()])


def _without_fact(connection: Connection, table: Table, name: str, shape: type[Fact]) -> Comparison:
    """Rows whose position holds no such fact, or one that stands under its own id as well."""
    position: Column[int] = table.c.position
    kind = shape.__struct_config__.tag
    is_told = exists().where(EVENTS.c.position == position, EVENTS.c.kind == kind)
    rows = [dict(row) for row in connection.execute(select(table).where(~is_told)).mappings()]
    twice = select(position).group_by(position).having(func.count() > 1)
    for at in connection.scalars(twice).all():
        [recorded] = log.since(connection, int(at) - 1, 1)
        own = getattr(recorded.fact, name)
        rows += [row for row in rows_where(connection, position, [at]) if row[name] != own]
    return compare(table, (), rows)
