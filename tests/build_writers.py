"""Several writers on one database: ports that share it, what they are all told at once, and what must then hold."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import cycle
from typing import Any, TypeVar

from sqlalchemy import Connection, text

from adapters import intake
from adapters.seam import SenderProfile
from build_port import IMO, NOW, at, declaration, discharged, manifest, moved, notice
from events.identifiers import check_digit
from migrated import make_tables
from port.actor import Role
from port.dossier import from_json
from port.draft import Draft, Receipt
from port.record import StoreUnavailable
from web.app import open_port
from web.port import Port
from web.settings import Settings

CUSTOMS = SenderProfile(party="CUSTOMS", role=Role.CUSTOMS)
TERMINAL = SenderProfile(party="XMHT", role=Role.TERMINAL, facilities=frozenset({"XMHT"}))
_TRIES = 40
_Answer = TypeVar("_Answer")


@contextmanager
def ports_on(url: str, count: int, **settings: Any) -> Iterator[list[Port]]:
    """So many ports on one database, each with a writer of its own."""
    make_tables(url)
    given = Settings(database_url=url, salt="the tests draw alike", **settings)
    with ExitStack() as stack:
        ports = [open_port(given, clock=lambda: NOW) for _ in range(count)]
        for port in ports:
            port.recorder.start()
            stack.callback(port.database.close)
            stack.callback(port.recorder.stop)
        yield ports


def box(number: int) -> str:
    """The container with that serial number."""
    stem = f"CSQU{number:06d}"
    return f"{stem}{check_digit(stem)}"


def draft(format: str, sender: SenderProfile, identity: str, body: dict[str, Any]) -> Draft:
    """A message of that identity, decoded."""
    raw = json.dumps({"messageID": identity, **body}).encode()
    return intake.receive(raw, format=format, sender=sender, key_id="k", received_at=NOW)


def gate(identity: str, *events: dict[str, Any]) -> Draft:
    """A gate message of the terminal."""
    return draft("gate", TERMINAL, identity, {"events": list(events)})


def customs(identity: str, **arrays: Any) -> Draft:
    """A message of customs."""
    return draft("customs", CUSTOMS, identity, arrays)


def life_of(number: int) -> list[Draft]:
    """Everything one import box is told of, each in a message of its own; every third is ordered to inspection."""
    one = box(number)
    paper = {"containers": [one], "transportDocumentReference": f"BL{number:06d}"}
    declared = f"37112026100{number:07d}"
    ordered = "INSPECTION_ORDERED" if number % 3 == 0 else "UNDER_REVIEW"
    return [
        customs(f"{one}-1", manifests=[manifest(**paper, issuedAt=at(3000))]),
        customs(f"{one}-2", declarations=[declaration(declarationNumber=declared, **paper)]),
        customs(f"{one}-3", notices=[notice(ordered, minutes_ago=300, declarationNumber=declared)]),
        gate(f"{one}-4", discharged(box=one, minutes_ago=200)),
        gate(f"{one}-5", moved("DROP", box=one, minutes_ago=190)),
        gate(f"{one}-6", discharged(box=one, minutes_ago=200, seals=["A1"])),
        customs(f"{one}-7", notices=[notice("RELEASED", minutes_ago=100, declarationNumber=declared)]),
        customs(f"{one}-8", carrierReleases=[{"status": "RELEASED", **paper}]),
        gate(f"{one}-9", moved("GTOT", box=one, minutes_ago=20)),
    ]


def vessel_call(identity: str, *, minutes_ago: float) -> Draft:
    """The ship all those boxes come by."""
    call = {"vesselIMONumber": IMO, "importVoyage": "031W", "facilityCode": "XMHT", "ata": at(minutes_ago)}
    return customs(identity, vesselCalls=[call])


def shuffled(drafts: Sequence[Draft], *, seed: int) -> list[Draft]:
    """In another order, the same in every run."""
    return random.Random(seed).sample(list(drafts), len(drafts))


def submit(port: Port, sent: Draft) -> Receipt:
    """Send as a sender does: again, when the store could not answer in time."""
    for _ in range(_TRIES):
        try:
            return port.recorder.submit_and_wait(sent)
        except StoreUnavailable:
            continue
    raise AssertionError("the store did not answer")


def at_once(calls: Sequence[Callable[[], _Answer]], *, threads: int = 12) -> list[_Answer]:
    """What each call answers, many of them under way at any time."""
    with ThreadPoolExecutor(threads) as pool:
        return [begun.result(60) for begun in [pool.submit(call) for call in calls]]


def spread(ports: Sequence[Port], drafts: Sequence[Draft]) -> list[Receipt]:
    """Send each message to the next port, many at once."""
    return at_once([partial(submit, port, one) for port, one in zip(cycle(ports), drafts, strict=False)])


def faults(connection: Connection, receipts: Sequence[Receipt]) -> list[str]:
    """What does not hold after all these answers; [] when nothing was lost, doubled, overtaken or overwritten."""
    return [
        *_positions(connection),
        *_kept(connection, receipts),
        *_sequences(connection, receipts),
        *_versions(connection),
        *_own_rows(connection),
    ]


def stories(port: Port) -> dict[str, tuple[object, ...]]:
    """By visit key what must not depend on who was told what first."""
    rows = "SELECT visit_key, record FROM visit WHERE alias_of IS NULL AND visit_key <> ''"
    with port.database.read() as connection:
        read = [(row.visit_key, from_json(row.record)) for row in connection.execute(text(rows))]
    return {
        key: (one.movement, one.customs, one.carrier, one.direction, one.begun_at, one.ended_at) for key, one in read
    }


def _positions(connection: Connection) -> Iterator[str]:
    positions = connection.execute(text("SELECT position FROM stored_event ORDER BY position")).scalars().all()
    head = connection.execute(text("SELECT position FROM log_head")).scalar_one()
    if positions != list(range(1, head + 1)):
        yield f"{len(positions)} facts up to position {head}"


def _kept(connection: Connection, receipts: Sequence[Receipt]) -> Iterator[str]:
    kept = connection.execute(text("SELECT receipt_id FROM message")).scalars().all()
    if lost := {receipt.receipt_id for receipt in receipts} - set(kept):
        yield f"acknowledged and not kept: {sorted(lost)}"
    stored = set(connection.execute(text("SELECT event_id FROM stored_event")).scalars())
    told = {result.event_id for receipt in receipts for result in receipt.results if result.event_id}
    if lost := told - stored:
        yield f"accepted and not in the log: {sorted(lost)}"


def _sequences(connection: Connection, receipts: Sequence[Receipt]) -> Iterator[str]:
    senders = connection.execute(text("SELECT receipt_id, sender FROM message"))
    sender_of = {row.receipt_id: row.sender for row in senders}
    given: dict[str, set[int]] = defaultdict(set)
    for receipt in receipts:
        given[sender_of[receipt.receipt_id]] |= {r.sequence for r in receipt.results if r.sequence is not None}
    reached = {r.sender: r.sequence for r in connection.execute(text("SELECT sender, sequence FROM sender_sequence"))}
    for sender, numbers in given.items():
        if numbers != set(range(1, reached[sender] + 1)):
            yield f"{sender}: {len(numbers)} sequence numbers up to {reached[sender]}"


def _versions(connection: Connection) -> Iterator[str]:
    changes = connection.execute(
        text("SELECT key, version, position, record FROM key_change ORDER BY key, version")
    ).all()
    last: dict[str, tuple[int, int, str]] = {}
    for row in changes:
        version, position, _ = last.get(row.key, (0, 0, ""))
        if row.version != version + 1 or row.position < position:
            yield f"{row.key}: version {row.version} at {row.position} after {version} at {position}"
        last[row.key] = (row.version, row.position, row.record)
    for row in connection.execute(text("SELECT visit_id, version, record FROM visit WHERE record <> ''")):
        version, _, record = last.get(f"visit:{row.visit_id}", (0, 0, ""))
        if (row.version, row.record) != (version, record):
            yield f"visit {row.visit_id}: version {row.version}, told {version}"


def _own_rows(connection: Connection) -> Iterator[str]:
    for kind, table in (("diversion_decided", "decision"), ("instruction_issued", "instruction")):
        facts = connection.execute(
            text("SELECT count(*) FROM stored_event WHERE kind = :kind"), {"kind": kind}
        ).scalar()
        rows = connection.execute(text(f"SELECT count(*) FROM {table}")).scalar()
        if facts != rows:
            yield f"{facts} facts {kind}, {rows} rows"
    several = "SELECT visit_id FROM {} GROUP BY visit_id HAVING count(*) > 1"
    for table in ("decision WHERE is_current", "instruction WHERE state IN ('ISSUED', 'ACKNOWLEDGED')"):
        if found := connection.execute(text(several.format(table))).scalars().all():
            yield f"more than one {table}: {sorted(found)}"
