"""Saving a batch's state: rows and versions set by set, and what each feed key's next version is."""

from __future__ import annotations

from datetime import datetime

import orjson
from msgspec.structs import replace
from sqlalchemy import Connection

from events import log
from events.feed import Change
from events.log import SEQUENCES
from events.statements import Insert, Statement
from port import calls, certificate, dossier, orders, register, sealing, summing
from port.evidence import Evidence
from port.register import NOWHERE, Filing, KeyChange, Registered
from port.sealing import Sealed
from port.state import State
from port.story import Story

_SEQUENCE_OF = Statement("SELECT sequence FROM sender_sequence WHERE sender = ?")
_SAVE_SEQUENCES = Insert(SEQUENCES, ("sender", "sequence"), key="sender", changing=("sequence",))


def find_sequence(connection: Connection, sender: str) -> int:
    """How many of a sender's items were taken so far."""
    found = _SEQUENCE_OF.rows(connection, sender)
    return found[0][0] if found else 0


def foresee_sequence(connection: Connection, sender: str) -> None:
    """Have `find_sequence` asked with the next question."""
    _SEQUENCE_OF.foresee(connection, sender)


def save_sequences(connection: Connection, rows: list[tuple[str, int]]) -> None:
    """Write how many items were taken per sender."""
    _SAVE_SEQUENCES.write_tuples(connection, [*rows])


def grown(connection: Connection, state: State) -> tuple[int, int]:
    """How many more visits and alerts there will be when this is saved."""
    visits = sum(
        (now.alias_of is None) - (before is not None and before.alias_of is None)
        for before, now in state.visits.rows.moves()
    )
    return visits, orders.count_new(connection, state.book.alerts.changed())


def save_state(
    connection: Connection, state: State, evidence: Evidence, *, position: int, now: datetime
) -> tuple[Change, ...]:
    """Write visits, decisions, instructions, alerts and calls; the changes to tell, visits first."""
    saver = _Saver(state, position=position, now=now)
    for story in state.visits.stories.changed():
        saver.story(story)
        sealed = state.visits.seal(story)
        if sealed.seal is not None or (story.is_whole and state.visits.is_sealed(story.container_number)):
            saver.seal(story, sealed)
            sealing.save(connection, story.container_number, sealed, is_whole=story.is_whole)
            moves = evidence.file_away(story.container_number, sealed.event_ids, is_whole=story.is_whole)
            log.refile(connection, moves)
    for row in state.visits.rows.changed():
        saver.rows.setdefault(row.visit_id, row)
        if row.alias_of is not None:
            saver.filings[row.visit_id] = NOWHERE
    saver.announcements(connection)
    register.save(connection, list(saver.rows.values()))
    register.set_aside(connection, saver.set_aside())
    register.save_changes(connection, saver.kept)
    register.file(connection, saver.filings, fresh=saver.fresh)
    orders.save_decisions(connection, state.book.decisions.changed())
    orders.save_instructions(connection, state.book.instructions.changed())
    orders.save_alerts(connection, state.book.alerts.changed())
    certificate.save(connection, state.mailings.changed())
    calls.save(connection, state.calls)
    return tuple(saver.changes)


class _Saver:
    """What one batch writes of visits and feed keys."""

    def __init__(self, state: State, *, position: int, now: datetime) -> None:
        self._state = state
        self._position = position
        self._now = now
        self.rows: dict[str, Registered] = {}
        self._sealed: dict[str, bool] = {}
        self.filings: dict[str, Filing] = {}
        self.fresh: set[str] = set()
        self.kept: list[KeyChange] = []
        self.changes: list[Change] = []

    def story(self, story: Story) -> None:
        """The visits of one container, each with a new version if its dossier changed."""
        for named in story.naming.named:
            row = self._state.visits.rows.get(named.row.visit_id) or named.row
            decision = self._state.book.decision_of(row.visit_id)
            told = self._state.book.instructions_of(row.visit_id)
            made = summing.dossier_of(
                named.visit,
                visit_id=row.visit_id,
                instruction=self._state.book.instruction_of(row.visit_id) or (told[-1] if told else None),
                because_of=orjson.loads(decision.because_of) if decision else (),
                facts=tuple(story.facts.values()),
                stays=story.stays,
            )
            self._version(
                row, made, story, filing=summing.filing_of(made, named.visit, story.stays), key=named.visit.visit_key
            )
        for row in story.naming.withdrawn:
            if row.record:
                made = summing.withdrawn_dossier(row, dossier.from_json(row.record))
                self._version(row, made, story, filing=summing.filing_of(made, None, None), key="")

    def seal(self, story: Story, sealed: Sealed) -> None:
        """Set aside the rows of what is history, and bring back what is not any more."""
        gone = {visit.visit_key for visit in sealed.visits}
        for named in story.naming.named:
            self._sealed[named.row.visit_id] = named.visit.visit_key in gone

    def set_aside(self) -> dict[str, bool]:
        """Whether each visit is sealed, of those that the database has otherwise."""
        wanted = {row.visit_id: row.is_sealed for row in self.rows.values()} | self._sealed
        return {v: is_sealed for v, is_sealed in wanted.items() if is_sealed != self._state.visits.was_sealed(v)}

    def announcements(self, connection: Connection) -> None:
        """The other keys' next versions."""
        told = self._state.announcements
        heads = register.heads(connection, {one.key for one in told}) if told else {}
        for one in told:
            heads[one.key] = heads.get(one.key, 0) + 1
            record = self._instruction_record(one.record) if one.key.startswith("instructions:") else one.record
            self._tell(one.key, heads[one.key], one.event_id, one.type, record, "", one.subject)

    def _instruction_record(self, instruction_id: str) -> str:
        row = self._state.book.instructions.get(instruction_id)
        assert row is not None
        return orders.instruction_to_json(row)

    def _version(self, row: Registered, made: dossier.Dossier, story: Story, *, filing: Filing, key: str) -> None:
        record, filed_as = dossier.to_json(made), filing.digest
        if filed_as != row.filed_as:
            self.filings[row.visit_id] = filing
            if not row.filed_as:
                self.fresh.add(row.visit_id)
        if (record, key, filed_as) == (row.record, row.visit_key, row.filed_as):
            return
        version = row.version + (record != row.record)
        self.rows[row.visit_id] = replace(
            row,
            visit_key=key,
            version=version,
            begun_at=made.begun_at,
            is_expected=made.is_expected,
            is_overdue=made.is_overdue,
            filed_as=filed_as,
            record=record,
        )
        if record != row.record:
            trigger = story.trigger
            self._tell(
                f"visit:{row.visit_id}",
                version,
                trigger.event_id,
                _type(story),
                record,
                row.record,
                row.container_number,
            )

    def _tell(
        self, key: str, version: int, event_id: str, type_: str, record: str, previous: str, subject: str
    ) -> None:
        self.kept.append(KeyChange(key, version, self._position, self._now, event_id, type_, record))
        self.changes.append(Change(key, version, self._position, self._now, event_id, type_, record, previous, subject))


def _type(story: Story) -> str:
    fact = story.trigger.fact
    return str(getattr(fact, "type_code", "") or getattr(fact, "status", "") or fact.kind)
