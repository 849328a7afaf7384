"""The organisations in the port, their roles and their facilities."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Column, Connection, ForeignKey, String, Table, bindparam, select, update
from sqlmodel import Field, SQLModel

from events.columns import UtcDateTime, WideInteger
from events.statements import Statement
from port.actor import Role
from port.database import insert_if_absent
from port.errors import Conflict


class FacilityKind(StrEnum):
    """What is done at a facility; INSPECTION is under customs' control."""

    TERMINAL = "TERMINAL"
    DEPOT = "DEPOT"
    INSPECTION = "INSPECTION"


# Asked by every commit.
_CUSTOMS_FACILITIES = Statement("SELECT code FROM facility WHERE kind = ?")
# A key of another role is about these facilities and owns none of them.
CLAIMED_AS = {
    Role.TERMINAL: FacilityKind.TERMINAL,
    Role.DEPOT: FacilityKind.DEPOT,
    Role.CUSTOMS: FacilityKind.INSPECTION,
}


def one_of(column: str, values: type[StrEnum]) -> CheckConstraint:
    """A CHECK that `column` holds one of the enumeration's values."""
    return CheckConstraint(f"{column} IN ({', '.join(repr(value.value) for value in values)})", name=column)


class PartyRow(SQLModel, table=True):
    """An organisation, under its Unified Social Credit Code or a local code."""

    __tablename__ = "party"

    code: str = Field(primary_key=True)
    name: str
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class PartyRoleRow(SQLModel, table=True):
    """A role a party has."""

    __tablename__ = "party_role"
    __table_args__ = (one_of("role", Role),)

    party: str = Field(sa_column=Column(String, ForeignKey("party.code"), primary_key=True))
    role: str = Field(primary_key=True)


class FacilityRow(SQLModel, table=True):
    """A terminal, depot or inspection site, and the one party it belongs to."""

    __tablename__ = "facility"
    __table_args__ = (one_of("kind", FacilityKind),)

    code: str = Field(primary_key=True)
    name: str
    kind: str
    party: str = Field(sa_column=Column(String, ForeignKey("party.code"), nullable=False, index=True))


class RightsRow(SQLModel, table=True):
    """The one row that counts the changes of who may do what."""

    __tablename__ = "rights"

    id: int = Field(primary_key=True)
    version: int = Field(sa_column=Column(WideInteger, nullable=False))


PARTIES: Table = PartyRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it at class creation
PARTY_ROLES: Table = PartyRoleRow.__table__  # type: ignore[attr-defined]  # likewise
FACILITIES: Table = FacilityRow.__table__  # type: ignore[attr-defined]  # likewise
RIGHTS: Table = RightsRow.__table__  # type: ignore[attr-defined]  # likewise

_PARTY = select(PARTIES.c.name).where(PARTIES.c.code == bindparam("code"))
_FACILITY = select(FACILITIES).where(FACILITIES.c.code == bindparam("code"))
_RIGHTS_VERSION = select(RIGHTS.c.version).where(RIGHTS.c.id == 1)


@dataclass(frozen=True, slots=True)
class Facility:
    """A facility and the party it belongs to."""

    code: str
    name: str
    kind: FacilityKind
    party: str


@dataclass(frozen=True, slots=True)
class Party:
    """A party with its roles and facilities, each in alphabetical order."""

    code: str
    name: str
    roles: tuple[Role, ...] = ()
    facilities: tuple[Facility, ...] = ()


class FacilityTaken(Conflict):
    """A party claims a facility that belongs to another."""

    reason = "FACILITY_TAKEN"
    fix = "check the facility code; only the party it belongs to, or a hub, may speak for it"

    def __init__(self, code: str) -> None:
        # Not whose it is: the claimant need not know.
        super().__init__(f"facility {code} belongs to another party")


def create_party_if_new(connection: Connection, code: str, *, name: str, role: Role, now: datetime) -> str:
    """The party's name: `name` when it is new, the one it has otherwise.  It has `role` from now on."""
    insert_if_absent(connection, PARTIES, {"code": code, "name": name, "created_at": now})
    insert_if_absent(connection, PARTY_ROLES, {"party": code, "role": role.value})
    return str(connection.scalar(_PARTY, {"code": code}))


def check_claims(connection: Connection, codes: Iterable[str], *, party: str, role: Role) -> None:
    """Nothing, when a key of this role and party may claim these facilities.  Raises FacilityTaken; writes nothing."""
    if role not in CLAIMED_AS:
        return
    for code in codes:
        found = connection.execute(_FACILITY, {"code": code}).one_or_none()
        if found is not None and found.party != party:
            raise FacilityTaken(code)


def claim_facilities(connection: Connection, codes: Iterable[str], *, party: str, role: Role) -> None:
    """Make the facilities the party's, when a key of this role owns what it speaks for; after `check_claims`.

    What a party's customs key claims stays an inspection site whatever its other keys say.
    """
    kind = CLAIMED_AS.get(role)
    if kind is None:
        return
    # In one order, or two who claim the same facilities at once would wait for one another.
    for code in sorted(codes):
        insert_if_absent(connection, FACILITIES, {"code": code, "name": code, "kind": kind.value, "party": party})
        if kind is FacilityKind.INSPECTION:
            connection.execute(update(FACILITIES).where(FACILITIES.c.code == code).values(kind=kind.value))


def list_facilities(connection: Connection) -> tuple[Facility, ...]:
    """All facilities by code."""
    rows = connection.execute(select(FACILITIES).order_by(FACILITIES.c.code))
    return tuple(Facility(row.code, row.name, FacilityKind(row.kind), row.party) for row in rows)


def customs_facilities(connection: Connection) -> frozenset[str]:
    """The codes of the facilities under customs' control."""
    return frozenset(code for (code,) in _CUSTOMS_FACILITIES.rows(connection, FacilityKind.INSPECTION.value))


def foresee_customs_facilities(connection: Connection) -> None:
    """Have `customs_facilities` asked with the next question."""
    _CUSTOMS_FACILITIES.foresee(connection, FacilityKind.INSPECTION.value)


def list_parties(connection: Connection, code: str | None = None) -> tuple[Party, ...]:
    """All parties by code, or only the one with this code."""
    parties = select(PARTIES.c.code, PARTIES.c.name).order_by(PARTIES.c.code)
    rows = connection.execute(parties if code is None else parties.where(PARTIES.c.code == code)).all()
    roles = connection.execute(select(PARTY_ROLES).order_by(PARTY_ROLES.c.role)).all()
    facilities = list_facilities(connection)
    return tuple(
        Party(
            code=row.code,
            name=row.name,
            roles=tuple(Role(role.role) for role in roles if role.party == row.code),
            facilities=tuple(facility for facility in facilities if facility.party == row.code),
        )
        for row in rows
    )


def rights_version(connection: Connection) -> int:
    """A number that grows with every change of keys, parties or facilities: what is cached of them is keyed by it."""
    return connection.scalar(_RIGHTS_VERSION) or 0


def bump_rights_version(connection: Connection) -> None:
    """Whatever was cached of rights is void once this commits."""
    # Two processes may make the first key at once: who comes second waits, and counts on.
    insert_if_absent(connection, RIGHTS, {"id": 1, "version": 0})
    connection.execute(update(RIGHTS).where(RIGHTS.c.id == 1).values(version=RIGHTS.c.version + 1))
