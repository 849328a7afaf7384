"""Cloning: the rows of a recorded template once more, under other names, later, at later positions."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any  # values as the driver has them

from sqlalchemy import Connection, LargeBinary, String, Table, text
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

from bench import traffic
from bench.story import FORTNIGHTS, IMPORTS, SHIP, boxes
from events.columns import UtcDateTime, from_microseconds
from port.draft import dated_id, derived_id, gathered_id, opaque_id
from port.register import Filing

# Every name in the template has one of these forms; whatever has not is the same in every clone.
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"
_NAMES = rf"CSQU\d{{7}}|BL\d{{10}}|3711\d{{14}}|VY\d{{7}}|MSG\d{{10}}|{'|'.join(SHIP)}"
_TOKEN = re.compile(rf"({_UUID.pattern}|{_TIME}|{_NAMES})")
_SHIPS = 500  # that call again and again
_NUMBERED = re.compile(r"(BL|3711|VY|MSG)(\d+)")
_STRIDE, _BOXES = 10_000, IMPORTS * FORTNIGHTS  # no less than the template has of any of them
_ROW, _VALUE, _NULL = "\ue000", "\ue001", "\ue002"  # no message has these
_SECOND = 1_000_000
_MICROSECOND, _LATER = timedelta(microseconds=1), timedelta(seconds=37)

CLONED = (
    "message", "stored_event", "event_key", "visit", "key_change", "visit_viewer", "visit_reference", "vessel_call",
    "call_alias", "call_name", "decision", "instruction", "alert", "history_seal", "sealed_reference",
)  # fmt: skip
_SOURCES = "SELECT heard_at, messages, refused, sender, format FROM source"
# A port has these once, however much it holds.
_SHARED = {
    "alembic_version", "party", "party_role", "facility", "api_key", "rights", "ruleset_version",
    "ruleset_activation", "salt", "log_head", "sender_sequence", "source",
}  # fmt: skip

Values = Sequence[Any]
Columns = dict[str, Values]


@dataclass(frozen=True)
class Cloned:
    """One clone by table and column, and where the heads stand after it."""

    tables: dict[str, Columns]
    position: int
    sequences: list[tuple[str, int]]
    sources: list[tuple[int, int, int, str, str]]
    visits: int
    alerts: int

    @property
    def heads(self) -> list[tuple[str, list[tuple[Any, ...]]]]:
        """What is counted as it comes, as statements of SQLite and what each is given."""
        counted = "UPDATE source SET heard_at = ?, messages = ?, refused = ? WHERE sender = ? AND format = ?"
        return [
            ("UPDATE log_head SET position = ?, visits = ?, alerts = ?", [(self.position, self.visits, self.alerts)]),
            ("UPDATE sender_sequence SET sequence = ? WHERE sender = ?", [(n, s) for s, n in self.sequences]),
            (counted, list(self.sources)),
        ]


class Template:
    """What was recorded, ready to be cloned; the template itself is clone 0."""

    def __init__(self, connection: Connection) -> None:
        _refuse_unknown(connection)
        self.events = int(connection.scalar(text("SELECT position FROM log_head")) or 0)
        self._tokens: dict[str, int] = {}
        known = SQLModel.metadata.tables
        self._tables = {name: _Table(connection, known[name], self._tokens) for name in CLONED if name in known}
        self._sequences = [(str(s), int(n)) for s, n in connection.execute(text("SELECT * FROM sender_sequence"))]
        self._sources = [tuple(row) for row in connection.execute(text(_SOURCES))]
        [(self._visits, self._alerts)] = connection.execute(text("SELECT visits, alerts FROM log_head")).all()
        self._changes = Counter(self._tables["key_change"].columns["key"])
        self._boxes = frozenset(boxes())
        salt = bytes(connection.scalar(text("SELECT value FROM salt WHERE name = 'ids'")) or b"")
        heard = self._tables["stored_event"].columns["received_at"]
        self._seconds = range(min(heard) // _SECOND, max(heard) // _SECOND + 1)
        self._derived = list(_derivations(self._tables, salt, self.events))

    def clone(self, number: int) -> Cloned:
        """The rows of one clone."""
        names = list(self.names(number).values())
        ahead, later = number * self.events, _LATER * number // _MICROSECOND
        made = {name: table.renamed(names, ahead=ahead, later=later) for name, table in self._tables.items()}
        changes, messages = made["key_change"], made["message"]
        # A key that the whole port shares goes on counting.
        changes["version"] = [
            version if _UUID.search(key) else version + number * self._changes[key]
            for key, version in zip(changes["key"], changes["version"], strict=True)
        ]
        messages["sha256"] = [hashlib.sha256(body).hexdigest() for body in messages["body"]]
        made["visit"]["filed_as"] = _filed(made)
        sequences = [(sender, (number + 1) * count) for sender, count in self._sequences]
        sources = [
            (heard + later, (number + 1) * messages, (number + 1) * refused, sender, form)
            for heard, messages, refused, sender, form in self._sources
        ]
        so_often = number + 1
        counted = {"visits": so_often * self._visits, "alerts": so_often * self._alerts}
        return Cloned(made, ahead + self.events, sequences, sources, **counted)

    @property
    def declared_visits(self) -> list[tuple[str, str, str, str]]:
        """(visit, container, bill, declaration) of the visits that have all of them."""
        visits, references = self._tables["visit"].columns, self._tables["visit_reference"].columns
        named: dict[str, dict[str, str]] = {}
        for visit, reference in zip(references["visit_id"], references["reference"], strict=True):
            named.setdefault(visit, {})[reference[:2]] = reference
        return [
            (visit, box, named[visit]["BL"], named[visit]["37"])
            for visit, box in zip(visits["visit_id"], visits["container_number"], strict=True)
            if {"BL", "37"} <= named.get(visit, {}).keys()
        ]

    @property
    def receipts(self) -> list[str]:
        """The receipt of every message."""
        return list(self._tables["message"].columns["receipt_id"])

    def names(self, number: int) -> dict[str, str]:
        """What each name of the template is called in that clone."""
        if number == 0:
            return {name: name for name in self._tokens}
        names = {name: self._renamed(name, number) for name in self._tokens}
        for name, derive in self._derived:
            names[name] = derive(names, number)
        return names

    def tell(self, told: str, number: int) -> str:
        """A text about the template as it reads of that clone."""
        names = self.names(number)
        return _TOKEN.sub(lambda found: names.get(found[0]) or self._renamed(found[0], number), told)

    def _renamed(self, name: str, number: int) -> str:
        if name in self._boxes:
            return traffic.container(int(name[4:10]) + number * _BOXES)
        if name in SHIP:
            return _ship(number % _SHIPS)[SHIP.index(name)]
        numbered = _NUMBERED.fullmatch(name)
        if numbered:
            digits = numbered[2]
            return f"{numbered[1]}{int(digits) + number * _STRIDE:0{len(digits)}d}"
        if name[10] == "T":
            return (datetime.fromisoformat(name) + _LATER * number).isoformat()
        made = str(uuid.UUID(bytes=hashlib.blake2b(f"{number}|{name}".encode(), digest_size=16).digest()))
        # An id that begins with its second (`dated_id`) does so in the clone.
        second = int(name[:8], 16)
        return f"{second + number * _LATER.seconds:08x}{made[8:]}" if second in self._seconds else made


class _Table:
    """One table's rows as columns; the text of all of them is cut at the names in it once."""

    def __init__(self, connection: Connection, table: Table, tokens: dict[str, int]) -> None:
        self.table = table
        found = [
            tuple(row) for row in connection.execute(text(f"SELECT {', '.join(table.c.keys())} FROM {table.name}"))
        ]
        self.columns: Columns = dict(
            zip(table.c.keys(), zip(*found, strict=True) if found else [()] * len(table.c), strict=True)
        )
        self._texts = [c.name for c in table.c if isinstance(c.type, AutoString | String | LargeBinary)]
        told = zip(*([_text(value) for value in self.columns[name]] for name in self._texts), strict=True)
        self._pieces = _TOKEN.split(_ROW.join(_VALUE.join(row) for row in told))
        self._order = [tokens.setdefault(name, len(tokens)) for name in self._pieces[1::2]]

    def renamed(self, names: Sequence[str], *, ahead: int, later: int) -> Columns:
        """The columns with other names in their texts, positions `ahead` and times `later` (microseconds)."""
        pieces = list(self._pieces)
        pieces[1::2] = [names[token] for token in self._order]
        rows = list(zip(*(row.split(_VALUE) for row in "".join(pieces).split(_ROW)), strict=True))
        if not self.columns[self._texts[0]]:
            return dict(self.columns)
        made = dict(self.columns)
        for name, values in zip(self._texts, rows, strict=True):
            made[name] = self._restored(name, values)
        for column in self.table.c:
            by = later if isinstance(column.type, UtcDateTime) else ahead if "position" in column.name else 0
            if by and column.name not in self._texts:
                made[column.name] = [value if value is None else value + by for value in made[column.name]]
        return made

    def _restored(self, name: str, values: Sequence[str]) -> Values:
        if isinstance(self.table.c[name].type, LargeBinary):
            return [value.encode() for value in values]
        return [None if value == _NULL else value for value in values]


_Derive = Callable[[Mapping[str, str], int], str]


def _derivations(tables: Mapping[str, _Table], salt: bytes, ahead: int) -> Iterator[tuple[str, _Derive]]:
    """The ids that follow from content, with how: a repeat must find its receipt, a rebuild its visits.

    A clone lies `ahead` positions behind the one before it.
    """
    told = tables["stored_event"].columns
    heard = {event: from_microseconds(at) for event, at in zip(told["event_id"], told["received_at"], strict=True)}
    by_end = {event[8:]: event for event in heard}
    kept = tables["message"].columns
    for receipt, at, sender, form, identity, items in zip(
        *(kept[name] for name in ("receipt_id", "received_at", "sender", "format", "identity", "items")), strict=True
    ):
        yield receipt, _following(dated_id, from_microseconds(at), "receipt", sender, form, identity)
        for number in range(1, items + 1):
            yield from _event(by_end, "event", sender, form, identity, str(number))
    visits = tables["visit"].columns
    for visit, box, founding, position in zip(
        *(visits[n] for n in ("visit_id", "container_number", "founding_event_id", "minted_position")), strict=True
    ):
        at = heard.get(founding)
        if at is not None and gathered_id(salt, at, position, "visit", box, founding) == visit:
            yield visit, _following(gathered_id, salt, at, position, "visit", box, founding, ahead=ahead)
    calls = set(tables["vessel_call"].columns["call_id"])
    for event in heard:
        call = opaque_id(salt, "call", event)
        if call in calls:
            yield call, _following(opaque_id, salt, "call", event)


def _event(by_end: Mapping[str, str], *named: str) -> Iterator[tuple[str, _Derive]]:
    plain = derived_id(*named)
    event = by_end.get(plain[8:], "")
    if event == plain:
        yield event, _following(derived_id, *named)
    elif event:
        # It begins with its fact's own date (`port.parts`).
        yield event, _following(dated_id, datetime.fromtimestamp(int(event[:8], 16), UTC), *named)


def _following(derive: Callable[..., str], *parts: Any, ahead: int = 0) -> _Derive:
    def follow(names: Mapping[str, str], number: int) -> str:
        def renamed(part: Any) -> Any:
            if isinstance(part, str):
                return _TOKEN.sub(lambda found: names[found[0]], part)
            if isinstance(part, int):
                return part + number * ahead
            return part + number * _LATER if isinstance(part, datetime) else part

        return derive(*map(renamed, parts))

    return follow


def _ship(number: int) -> tuple[str, str, str]:
    """IMO number, call sign and name of one of the fleet."""
    stem = str(int(SHIP[0][:6]) + number)
    check = sum(int(digit) * (7 - place) for place, digit in enumerate(stem)) % 10
    letters = "".join(chr(ord("A") + number // 26**place % 26) for place in (2, 1, 0))
    return f"{stem}{check}", f"BW{number:03d}", f"{SHIP[2][:-3]}{letters}"


def _filed(made: Mapping[str, Columns]) -> list[str]:
    """The digest of what each visit is filed under."""
    viewers: dict[str, set[tuple[str, str]]] = {}
    references: dict[str, set[str]] = {}
    filed, named = made["visit_viewer"], made["visit_reference"]
    for visit, kind, code in zip(filed["visit_id"], filed["kind"], filed["code"], strict=True):
        viewers.setdefault(visit, set()).add((kind, code))
    for visit, reference in zip(named["visit_id"], named["reference"], strict=True):
        references.setdefault(visit, set()).add(reference)
    return [
        Filing(frozenset(viewers.get(visit, ())), frozenset(references.get(visit, ()))).digest if before else ""
        for visit, before in zip(made["visit"]["visit_id"], made["visit"]["filed_as"], strict=True)
    ]


def _text(value: Any) -> str:
    if value is None:
        return _NULL
    return value.decode() if isinstance(value, bytes) else str(value)


def _refuse_unknown(connection: Connection) -> None:
    """A table with rows that nobody said how to clone would make the copy a lie."""
    for name in sorted(set(SQLModel.metadata.tables) - set(CLONED) - _SHARED):
        if connection.execute(text(f"SELECT 1 FROM {name} LIMIT 1")).first() is not None:
            raise ValueError(f"bench/cloning.py does not know what a clone's rows in {name} are")
