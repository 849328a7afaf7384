"""Ruleset versions by content hash, who wrote and who approved them, and which was active when: the tables.

Four eyes are held here by the database itself: an approval names the version's own author and somebody else, and
nothing but the version a port was founded with becomes active without one.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

import orjson
from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    select,
)
from sqlmodel import Field, SQLModel

from events.columns import UtcDateTime, WideInteger
from port.database import insert_if_absent
from port.diversion.checks import Problem, RulesetInvalid
from port.diversion.documents import Document
from port.diversion.loading import load
from port.diversion.table import Ruleset
from port.diversion.testing import TestCase
from port.judging import sites_of


class RulesetRow(SQLModel, table=True):
    """An immutable version; `name` is its family.  A person is the first key of a line (`api_key.person`).

    Nobody is the author of a version that a port was founded with.  `position` is that of the proposal in the log, 0
    without one: of a family the newest is the one with the highest.
    """

    __tablename__ = "ruleset_version"
    # What an approval refers to, so that it cannot name another author.
    __table_args__ = (UniqueConstraint("content_hash", "author"),)

    content_hash: str = Field(primary_key=True)
    name: str = Field(sa_column=Column(String, nullable=False, index=True))
    kept_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    body: str = Field(sa_column=Column(Text, nullable=False))
    author: str | None = Field(default=None, sa_column=Column(String, ForeignKey("api_key.key_id")))
    party: str = ""
    based_on: str | None = Field(default=None)
    note: str = Field(default="", sa_column=Column(Text, nullable=False))
    tests: str = Field(default="[]", sa_column=Column(Text, nullable=False))
    position: int = Field(default=0, sa_column=Column(WideInteger, nullable=False))


class ApprovalRow(SQLModel, table=True):
    """A second person's word for a version.  `waived` is JSON: what the approver did without, and `why` says why."""

    __tablename__ = "ruleset_approval"
    __table_args__ = (
        ForeignKeyConstraint(["content_hash", "author"], ["ruleset_version.content_hash", "ruleset_version.author"]),
        CheckConstraint("author <> approver", name="four_eyes"),
    )

    content_hash: str = Field(primary_key=True)
    author: str
    approver: str = Field(sa_column=Column(String, ForeignKey("api_key.key_id"), nullable=False))
    party: str
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    why: str = Field(sa_column=Column(Text, nullable=False))
    waived: str = "[]"


class ActivationRow(SQLModel, table=True):
    """From `effective_at` on this version decides, until a later one does; `number` counts from 1 without a gap.

    What takes effect when it is written (`effective_at` = `at`) does so on every node at once, whatever its clock says.
    The first is the founding; every other names the version's approval, goes back to the founding (`restores`), or
    calls a scheduled one off before its time (`withdraws`).  `position` is the log's last one before it.  `sites` is
    JSON: where the version has boxes looked at, which counts as under customs' control ever after.  Append-only.
    """

    __tablename__ = "ruleset_activation"
    __table_args__ = (
        UniqueConstraint("number", "content_hash"),
        ForeignKeyConstraint(
            ["restores", "content_hash"], ["ruleset_activation.number", "ruleset_activation.content_hash"]
        ),
        ForeignKeyConstraint(
            ["withdraws", "content_hash"], ["ruleset_activation.number", "ruleset_activation.content_hash"]
        ),
        CheckConstraint(
            "number = 1 OR (approval IS NOT NULL AND approval = content_hash)"
            " OR (restores IS NOT NULL AND restores = 1) OR withdraws IS NOT NULL",
            name="approved",
        ),
    )

    number: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    content_hash: str = Field(sa_column=Column(String, ForeignKey("ruleset_version.content_hash"), nullable=False))
    approval: str | None = Field(
        default=None, sa_column=Column(String, ForeignKey("ruleset_approval.content_hash"), nullable=True)
    )
    restores: int | None = Field(default=None)
    withdraws: int | None = Field(default=None)
    effective_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    person: str | None = Field(default=None)
    party: str = ""
    why: str = Field(default="", sa_column=Column(Text, nullable=False))
    position: int = Field(sa_column=Column(WideInteger, nullable=False))
    sites: str = Field(default="[]", sa_column=Column(Text, nullable=False))


# Versions kept in memory as they were read: the active one, candidates, and those frozen for boxes under way.
_KEPT = 64
RULESETS: Table = RulesetRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it at class creation
APPROVALS: Table = ApprovalRow.__table__  # type: ignore[attr-defined]  # likewise
ACTIVATIONS: Table = ActivationRow.__table__  # type: ignore[attr-defined]  # likewise


def keep(connection: Connection, rules: Document, *, now: datetime) -> None:
    """Keep a version without an author; again it changes nothing."""
    ruleset = rules.ruleset
    known = select(RULESETS.c.content_hash).where(RULESETS.c.content_hash == ruleset.content_hash)
    if connection.scalar(known) is not None:
        return
    values = {
        "content_hash": ruleset.content_hash,
        "name": ruleset.name,
        "kept_at": now,
        "body": ruleset.to_json(),
        "party": "",
        "note": "",
        "tests": tests_json(rules.tests),
        "position": 0,
    }
    insert_if_absent(connection, RULESETS, values)


def found(connection: Connection, rules: Document, *, now: datetime, position: int) -> None:
    """Let a port begin with this version, unless it has one."""
    if connection.scalar(select(ACTIVATIONS.c.number).where(ACTIVATIONS.c.number == 1)) is not None:
        return
    keep(connection, rules, now=now)
    ruleset = rules.ruleset
    values = {"number": 1, "content_hash": ruleset.content_hash, "effective_at": now, "at": now}
    more = {"party": "", "why": "", "position": position, "sites": sites_json(ruleset)}
    insert_if_absent(connection, ACTIVATIONS, values | more)


def tests_json(tests: Iterable[TestCase]) -> str:
    """Test cases as a version keeps them."""
    return orjson.dumps([test.to_json() for test in tests]).decode()


def sites_json(ruleset: Ruleset) -> str:
    """Where the version has boxes looked at, as an activation keeps it."""
    return orjson.dumps(sorted(sites_of(ruleset))).decode()


def find(connection: Connection, content_hash: str) -> Ruleset | None:
    """The version with this hash; None if it is not kept here.  Raises RulesetInvalid for one that cannot be read."""
    body = connection.scalar(select(RULESETS.c.body).where(RULESETS.c.content_hash == content_hash))
    return None if body is None else read_version(content_hash, body)


def find_readable(connection: Connection, content_hash: str) -> Ruleset | None:
    """As `find`, and None too for a version that this program cannot read any more."""
    try:
        return find(connection, content_hash)
    except RulesetInvalid:
        return None


def read_version(content_hash: str, body: str) -> Ruleset:
    """The table that was kept under this hash.  Raises RulesetInvalid, also where somebody wrote another one there."""
    ruleset = read(body)
    if ruleset.content_hash != content_hash:
        raise RulesetInvalid([Problem("file", "JSON", "is not the table of this hash")])
    return ruleset


@lru_cache(maxsize=_KEPT)
def read(body: str) -> Ruleset:
    """A version as it was kept; the same object for the same text, since what is compiled of it is kept with it."""
    return load(body)
