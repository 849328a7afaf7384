"""Vessel calls as the port keeps them: a public id per port stay, its aliases, and its record.

A vessel fact bumps only its call; whoever reads a visit joins the call by an alias.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct
from sqlalchemy import Column, Connection, Text, bindparam, select
from sqlmodel import Field, SQLModel

from events.statements import AMONG, Insert, Statement
from events.types import Recorded, VesselCallReported, VesselRef
from port import ships, vessel
from port.draft import opaque_id
from port.evidence import Evidence
from port.filing import call_aliases
from port.ledger import Ledger
from port.vessel import CallTimes


class VesselCallRow(SQLModel, table=True):
    """One port stay; `record` is its CallRecord."""

    __tablename__ = "vessel_call"

    call_id: str = Field(primary_key=True)
    record: str = Field(sa_column=Column(Text, nullable=False))


class CallAliasRow(SQLModel, table=True):
    """A "<vessel>/<voyage>" by which a stay is named."""

    __tablename__ = "call_alias"
    __table_args__ = {"sqlite_with_rowid": False}

    alias: str = Field(primary_key=True)
    call_id: str = Field(index=True)


CALLS = VesselCallRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it at class creation
ALIASES = CallAliasRow.__table__  # type: ignore[attr-defined]  # likewise

_BY_ALIAS = Statement(
    "SELECT alias, vessel_call.call_id, record FROM call_alias"
    f" JOIN vessel_call ON vessel_call.call_id = call_alias.call_id WHERE alias {AMONG}"
)
_ALIASES_AMONG = Statement(f"SELECT alias FROM call_alias WHERE alias {AMONG}")
_BY_IDS = Statement(f"SELECT call_id, record FROM vessel_call WHERE call_id {AMONG}")
_MOST_JOINS = 20
_OF_ID = "id:"
_BY_ID = select(CALLS.c.call_id, CALLS.c.record).where(CALLS.c.call_id == bindparam("call_id"))


class BerthRecord(Struct, frozen=True):
    """The stay at one facility."""

    facility_code: str | None
    eta: datetime | None
    ata: datetime | None
    atb: datetime | None
    atd: datetime | None


class CallRecord(Struct, frozen=True):
    """A port stay: names, voyages, times of the whole stay, its berths, and who reported it."""

    vessel_imo_number: str | None
    call_sign: str | None
    vessel_name: str | None
    voyages: tuple[str, ...]
    aliases: tuple[str, ...]
    eta: datetime | None
    ata: datetime | None
    atb: datetime | None
    atd: datetime | None
    berths: tuple[BerthRecord, ...]
    senders: tuple[str, ...]

    @property
    def facilities(self) -> frozenset[str]:
        """The facilities the vessel calls at."""
        return frozenset(berth.facility_code for berth in self.berths if berth.facility_code)

    @property
    def times(self) -> CallTimes:
        """Times of the whole stay."""
        return CallTimes(self.eta, self.ata, self.atb, self.atd)


_ENCODE, _DECODE = msgspec.json.Encoder().encode, msgspec.json.Decoder(CallRecord).decode


class Call(Struct, frozen=True):
    """A stay under its public id."""

    call_id: str
    record: str

    def read(self) -> CallRecord:
        """The record as values."""
        return from_json(self.record)


class Reported(Struct, frozen=True):
    """What a vessel fact changed: calls with a new record, and whether boxes naming the call must be cut anew."""

    rows: tuple[Call, ...]
    are_cuts_touched: bool


_SAVE = Insert(CALLS, ("call_id", "record"), key="call_id", changing=("record",))
_SAVE_ALIASES = Insert(ALIASES, ("alias", "call_id"), key="alias", changing=("call_id",))


def from_json(record: str) -> CallRecord:
    """The record of a kept version."""
    return _DECODE(record)


class Calls:
    """The vessel calls of one batch."""

    def __init__(self, connection: Connection, id_salt: bytes) -> None:
        self._connection = connection
        self._salt = id_salt
        self.rows: Ledger[str, Call] = Ledger()
        self.aliases: Ledger[str, tuple[str, str]] = Ledger()

    def report(self, evidence: Evidence, recorded: Recorded) -> Reported:
        """Take a vessel fact (already filed) into its call."""
        told = evidence.calls_for([recorded])
        fact = recorded.fact
        assert isinstance(fact, VesselCallReported)
        call = _find_call(told, fact)
        if call is None:
            return Reported((), False)
        same = [r for r in told if isinstance(r.fact, VesselCallReported) and _is_of(r.fact, call)]
        record = _record(call, same)
        known = find_by_aliases(self._connection, record.aliases, self)
        call_id = min((one.call_id for one in known.values()), default="") or self._mint(recorded.event_id)
        before = next((one for one in known.values() if one.call_id == call_id), None)
        row = Call(call_id, _ENCODE(record).decode())
        if before is not None and before.record == row.record:
            return Reported((), False)
        self.rows.put(call_id, row)
        joined = {_of_id(one.call_id) for one in known.values()} - {_of_id(call_id)}
        for alias in (*record.aliases, *joined):
            self.aliases.put(alias, (alias, call_id))
        return Reported((row,), _touches_cuts(before, record))

    def _mint(self, event_id: str) -> str:
        return opaque_id(self._salt, "call", event_id)


def find_by_aliases(connection: Connection, aliases: Iterable[str], calls: Calls | None = None) -> dict[str, Call]:
    """The calls by each alias that has one; `calls` adds what the running batch has made."""
    wanted = sorted(set(aliases))
    # Many boxes name no vessel: they join no call, and nobody is asked.
    rows = _BY_ALIAS.rows(connection, wanted) if wanted else ()
    found = {alias: Call(call_id, record) for alias, call_id, record in rows}
    if calls is not None:
        for alias in wanted:
            named = calls.aliases.get(alias)
            call_id = named[1] if named else found[alias].call_id if alias in found else None
            row = calls.rows.get(call_id) if call_id else None
            if row is not None:
                found[alias] = row
    return found


def find(connection: Connection, call_id: str) -> Call | None:
    """One call by its public id; an id whose call proved to be another's too is answered by that one."""
    for _ in range(_MOST_JOINS):
        moved = find_by_aliases(connection, [_of_id(call_id)]).get(_of_id(call_id))
        if moved is None:
            break
        call_id = moved.call_id
    row = connection.execute(_BY_ID, {"call_id": call_id}).one_or_none()
    return None if row is None else Call(row.call_id, row.record)


def _of_id(call_id: str) -> str:
    """The alias by which a call's own id leads to the call it was joined to."""
    return f"{_OF_ID}{call_id}"


def find_by_vessel(connection: Connection, name: str, limit: int = 20) -> list[Call]:
    """The calls of a ship by its IMO number, its call sign or, if that is nobody's, the beginning of its name, the
    latest first."""
    wanted = ships.find_latest(connection, name, limit)
    found = {call_id: Call(call_id, record) for call_id, record in _BY_IDS.rows(connection, wanted)} if wanted else {}
    return [found[call_id] for call_id in wanted]


def names_of(rows: Iterable[Call], joined: Container[str]) -> list[ships.Named]:
    """By which names these calls are searched for; those that `joined` another are found as that one."""
    named: list[ships.Named] = []
    for call in rows:
        if call.call_id not in joined:
            record = call.read()
            arrives_at = record.ata or record.eta or record.atd
            named += ships.names(call.call_id, record.aliases, record.vessel_name, arrives_at)
    return named


def joined_in(aliases: Iterable[tuple[str, str]]) -> set[str]:
    """The calls that joined another, of all (alias, call id)."""
    return {alias.removeprefix(_OF_ID) for alias, _ in aliases if alias.startswith(_OF_ID)}


def save(connection: Connection, calls: Calls) -> None:
    """Write the calls a batch changed."""
    rows: Sequence[Call] = calls.rows.changed()
    if not rows:
        return
    _SAVE.write(connection, rows)
    _SAVE_ALIASES.write_tuples(connection, [*calls.aliases.changed()])
    changed = {row.call_id for row in rows} | joined_in(calls.aliases.changed())
    joined = joined_in((alias, "") for (alias,) in _ALIASES_AMONG.rows(connection, [*map(_of_id, sorted(changed))]))
    ships.save(connection, changed, names_of(rows, joined))


def ref_aliases(ref: VesselRef) -> list[str]:
    """The aliases by which a visit finds its call."""
    names = [name for name in (ref.vessel_imo_number, ref.call_sign) if name]
    return [f"{name}/{ref.voyage}" for name in names or [""]] if ref.voyage else []


def stay_alias(key: vessel.StayKey) -> str:
    """The alias of a stay as a whole, for whoever names only a part of it."""
    return f"stay:{key}"


def _find_call(told: Sequence[Recorded], fact: VesselCallReported) -> vessel.VesselCall | None:
    stays = vessel.stays(told)
    for voyage in (fact.import_voyage, fact.export_voyage, fact.voyage):
        key = stays.find(VesselRef(vessel_imo_number=fact.vessel_imo_number, call_sign=fact.call_sign, voyage=voyage))
        if key is not None:
            return stays.find_call(key)
    return None


def _is_of(fact: VesselCallReported, call: vessel.VesselCall) -> bool:
    voyages = {fact.import_voyage, fact.export_voyage, fact.voyage} & set(call.voyages)
    is_vessel = fact.vessel_imo_number == call.vessel_imo_number or fact.call_sign == call.call_sign
    return bool(voyages) and is_vessel


def _record(call: vessel.VesselCall, told: Sequence[Recorded]) -> CallRecord:
    names = [name for name in (call.vessel_imo_number, call.call_sign) if name]
    aliases = {stay_alias(call.key), *(f"{name}/{voyage}" for name in names for voyage in call.voyages)}
    aliases |= {alias for r in told if isinstance(r.fact, VesselCallReported) for alias in call_aliases(r.fact)}
    return CallRecord(
        vessel_imo_number=call.vessel_imo_number,
        call_sign=call.call_sign,
        vessel_name=call.vessel_name,
        voyages=call.voyages,
        aliases=tuple(sorted(aliases)),
        eta=call.times.eta,
        ata=call.times.ata,
        atb=call.times.atb,
        atd=call.times.atd,
        berths=tuple(
            BerthRecord(b.facility_code, b.times.eta, b.times.ata, b.times.atb, b.times.atd) for b in call.berths
        ),
        senders=tuple(sorted({r.sender for r in told})),
    )


def _touches_cuts(before: Call | None, now: CallRecord) -> bool:
    """Aliases join facts that named different calls, a departure ends what may be reopened, a berth lets its terminal
    see."""
    if before is None:
        return True
    was = before.read()
    return (was.aliases, was.atd, was.facilities) != (now.aliases, now.atd, now.facilities)
