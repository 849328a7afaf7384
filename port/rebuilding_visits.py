"""Containers made again from the log: visits, who may ask for them, their decisions and instructions.

What was told of a visit at which version (`key_change`) is a record of its own and never made again.  It says how far
a version's commit reached; and where the log now makes another record than was told last, that is the next version.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from msgspec.structs import replace
from sqlalchemy import Column, Connection, bindparam, func, select

from events import log
from events.types import Recorded
from port import dossier, summing
from port.evidence import Evidence
from port.filing import leads, vessels_named
from port.judging import Judge
from port.orders import DECISIONS, INSTRUCTIONS
from port.rebuilding_replay import Minted, Replay, Replayed
from port.rebuilding_rows import Comparison, Row, compare, fields_of, rows_where
from port.rebuilding_seals import compare_seals, sealed_of
from port.register import CHANGES, REFERENCES, VIEWERS, VISITS, Filing, KeyChange, Registered
from port.rulesets_active import cut_rules
from port.visit import CutRules

REBUILT = "REBUILT"
_ROUNDS = 4
_CHUNK = 500

_LATER = CHANGES.alias("later")
_LATEST = select(func.max(_LATER.c.version)).where(_LATER.c.key == CHANGES.c.key).correlate(CHANGES).scalar_subquery()
_TOLD_LAST = select(CHANGES).where(CHANGES.c.key.in_(bindparam("keys", expanding=True)), CHANGES.c.version == _LATEST)


@dataclass(slots=True)
class Expected:
    """The rows that containers should have, and the versions still to be told."""

    visits: list[Registered] = field(default_factory=list)
    filings: dict[str, Filing] = field(default_factory=dict)
    decisions: list[Any] = field(default_factory=list)  # of orders.Decision
    instructions: list[Any] = field(default_factory=list)  # of orders.Instruction
    versions: list[KeyChange] = field(default_factory=list)


def compare_containers(
    connection: Connection, judge: Judge, containers: Sequence[str], *, now: datetime
) -> tuple[int, list[Comparison]]:
    """How many facts these containers have, and what of their rows is not as those facts make it."""
    rules = cut_rules(connection, judge)
    told = _told_of(connection, containers)
    found = rows_where(connection, VISITS.c.container_number, containers)
    minted = _minted(found)
    replayed = [Replay(connection, judge, rules, number, minted).run(facts) for number, facts in told.items()]
    ids = {visit_id for one in replayed for visit_id in one.rows}
    strays = ids - {row["visit_id"] for row in found}
    found += rows_where(connection, VISITS.c.visit_id, strays)
    versions = {row["visit_id"]: int(row["version"]) for row in found}
    settler = _Settler(_told_last(connection, ids), versions, rules, position=log.head(connection)[0], now=now)
    expected = settler.settle(replayed)
    return sum(len(facts) for facts in told.values()), [
        compare(VISITS, fields_of(VISITS, expected.visits), found, guard="container_number"),
        compare(VIEWERS, _viewers(expected.filings), rows_where(connection, VIEWERS.c.visit_id, ids)),
        compare(REFERENCES, _references(expected.filings), rows_where(connection, REFERENCES.c.visit_id, ids)),
        _of_ids(connection, DECISIONS.c.decision_id, fields_of(DECISIONS, expected.decisions)),
        _of_ids(connection, INSTRUCTIONS.c.instruction_id, fields_of(INSTRUCTIONS, expected.instructions)),
        compare(CHANGES, fields_of(CHANGES, expected.versions), ()),
        *compare_seals(connection, replayed, rules),
    ]


def _minted(rows: Iterable[Row]) -> Minted:
    minted: dict[tuple[str, int], list[tuple[str, str]]] = {}
    for row in rows:
        known = minted.setdefault((row["container_number"], row["minted_position"]), [])
        known.append((row["visit_id"], row["founding_event_id"]))
    return minted


def _told_of(connection: Connection, containers: Sequence[str]) -> dict[str, list[Recorded]]:
    """All facts about each container and the calls they name, in log order; read a round of keys at a time."""
    evidence = Evidence(connection)
    keys = [key for number in containers for key in (f"c:{number}", f"o:{number}")]
    for _ in range(_ROUNDS):
        evidence.load(keys)
        reached = [recorded for key in keys for recorded in evidence.under(key)]
        onward = {key for recorded in reached for key in leads(recorded.fact)}
        onward |= {f"v:{alias}" for alias in vessels_named(reached)}
        keys = sorted(onward.difference(keys))
        if not keys:
            break
    return {number: _in_log_order(evidence, number) for number in containers}


def _in_log_order(evidence: Evidence, container_number: str) -> list[Recorded]:
    facts = evidence.about(container_number)
    calls = evidence.calls_for(facts)
    if not calls:
        return facts
    told = {recorded.position: recorded for recorded in (*facts, *calls)}
    return [told[position] for position in sorted(told)]


def _told_last(connection: Connection, visit_ids: Iterable[str]) -> dict[str, KeyChange]:
    """The last version told of each visit."""
    keys = sorted(f"visit:{visit_id}" for visit_id in visit_ids)
    told: dict[str, KeyChange] = {}
    for start in range(0, len(keys), _CHUNK):
        for row in connection.execute(_TOLD_LAST, {"keys": keys[start : start + _CHUNK]}).mappings():
            told[str(row["key"])[len("visit:") :]] = KeyChange(**row)
    return told


class _Settler:
    """Turns what a replay came to into rows, numbered on from what was told."""

    def __init__(
        self,
        told: Mapping[str, KeyChange],
        versions: Mapping[str, int],
        rules: CutRules,
        *,
        position: int,
        now: datetime,
    ) -> None:
        self._rules = rules
        self._told = told
        self._versions = versions
        self._position = position
        self._now = now
        self._made = Expected()

    def settle(self, replayed: Iterable[Replayed]) -> Expected:
        for one in replayed:
            self._made.decisions += one.decisions
            sealed = {visit.visit_key for visit in sealed_of(one, self._rules).visits}
            self._made.instructions += one.instructions
            for row in one.rows.values():
                if row.alias_of is not None:
                    self._alias(row)
                elif row.visit_id in one.visits:
                    is_sealed = one.visits[row.visit_id].visit_key in sealed
                    self._visit(replace(row, is_sealed=is_sealed), one)
                else:
                    self._withdrawn(row, one)
        return self._made

    def _visit(self, row: Registered, one: Replayed) -> None:
        visit = one.visits[row.visit_id]
        decision = one.decision_of(row.visit_id)
        made = summing.dossier_of(
            visit,
            visit_id=row.visit_id,
            instruction=one.instruction_of(row.visit_id),
            because_of=orjson.loads(decision.because_of) if decision else (),
            facts=one.facts,
            stays=one.stays,
        )
        self._put(row, one, made, filing=summing.filing_of(made, visit, one.stays), key=visit.visit_key)

    def _withdrawn(self, row: Registered, one: Replayed) -> None:
        """A visit whose only report was taken back keeps what was told of it; one never told of has nothing."""
        told = self._told.get(row.visit_id)
        if told is None:
            self._made.visits.append(row)
            return
        made = summing.withdrawn_dossier(row, dossier.from_json(told.record))
        self._put(row, one, made, filing=summing.filing_of(made, None, None), key="")

    def _alias(self, row: Registered) -> None:
        """An id that was merged away keeps what was told of it, and is found by nothing but itself."""
        told = self._told.get(row.visit_id)
        if told is not None:
            made = dossier.from_json(told.record)
            row = replace(row, begun_at=made.begun_at, is_expected=made.is_expected)
            row = replace(row, version=told.version, record=told.record)
        self._made.visits.append(row)

    def _put(self, row: Registered, one: Replayed, made: dossier.Dossier, *, filing: Filing, key: str) -> None:
        record = dossier.to_json(made)
        version = self._version(row.visit_id, one, record)
        self._made.filings[row.visit_id] = filing
        self._made.visits.append(
            replace(
                row,
                visit_key=key,
                version=version,
                begun_at=made.begun_at,
                is_expected=made.is_expected,
                is_overdue=made.is_overdue,
                filed_as=filing.digest,
                record=record,
            )
        )

    def _version(self, visit_id: str, one: Replayed, record: str) -> int:
        """The version told last; where another record was told, or none is kept, the next one."""
        told = self._told.get(visit_id)
        if told is not None and told.record == record:
            return told.version
        version = 1 + (told.version if told is not None else self._versions.get(visit_id, 0))
        event_id = one.last.event_id if one.last is not None else ""
        self._made.versions.append(
            KeyChange(f"visit:{visit_id}", version, self._position, self._now, event_id, REBUILT, record)
        )
        return version


def _viewers(filings: Mapping[str, Filing]) -> list[Row]:
    return [{"visit_id": v, "kind": kind, "code": code} for v, f in filings.items() for kind, code in f.viewers]


def _references(filings: Mapping[str, Filing]) -> list[Row]:
    return [{"visit_id": v, "reference": reference} for v, f in filings.items() for reference in f.references]


def _of_ids(connection: Connection, column: Column[Any], rows: Sequence[Row]) -> Comparison:
    """Rows of our own facts by their ids; one that no fact explains is found by its position, see `rebuilding_log`."""
    found = rows_where(connection, column, (row[column.name] for row in rows))
    return compare(column.table, rows, found)
