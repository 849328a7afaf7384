"""Stories: what one batch reads and makes of each container, its visits cut, named and kept apart from its history.

Read set by set at the start of the batch; a container is folded anew for every fact that touches it.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from events.types import Recorded
from port import judging, register, sealing
from port.book import Book
from port.evidence import Evidence
from port.judging import Judge
from port.ledger import Ledger
from port.naming import Naming, name_visits
from port.parties import customs_facilities
from port.register import Registered
from port.sealing import Seals
from port.story import Story
from port.vessel import stays
from port.visit import fold


class Stories:
    """The containers of one batch: `rows` are their visits' ids, `stories` what was made of each last."""

    def __init__(self, connection: Connection, judge: Judge, evidence: Evidence, book: Book) -> None:
        self._connection = connection
        self._judge = judge
        self._evidence = evidence
        self._book = book
        self._rules = judge.rules_with(customs_facilities(connection))
        self._seals = Seals(connection, self._rules)
        self._loaded: set[str] = set()
        self._whole: set[str] = set()
        self._were_sealed: set[str] = set()
        self.rows: Ledger[str, Registered] = Ledger(lambda row: row.container_number)
        self.stories: Ledger[str, Story] = Ledger()

    def preload(self, containers: Iterable[str], references: Iterable[str] = ()) -> None:
        """Read the visits, decisions and instructions of these containers; `references` are what new facts name."""
        wanted = set(containers) - self._loaded
        if not wanted:
            return
        self._loaded |= wanted
        self._seals.preload(wanted, references)
        self._seed(register.by_seal(self._connection, wanted, is_sealed=False))

    def _seed(self, rows: list[Registered]) -> None:
        for row in rows:
            self.rows.seed(row.visit_id, row)
            if row.is_sealed:
                self._were_sealed.add(row.visit_id)
        self._book.preload(row.visit_id for row in rows)

    def rows_of(self, container_number: str) -> list[Registered]:
        """Every id of a container, oldest first, this batch's too."""
        return sorted(self.rows.of_group(container_number), key=lambda row: (row.minted_position, row.visit_id))

    def retell(self, container_number: str, trigger: Recorded) -> Story:
        """Fold a container anew and name its visits, without acting on it."""
        self.preload([container_number])
        is_whole = self._reads_whole(container_number, trigger)
        facts = self._evidence.about(container_number, is_whole=is_whole and self.is_sealed(container_number))
        known = stays(self._evidence.calls_for(facts))
        rows = self.rows_of(container_number)
        founding = {row.visit_id: row.founding_event_id for row in rows}
        folded = fold(container_number, facts, known, self._rules, founding=founding)
        naming = name_visits(
            folded.visits,
            rows,
            mint=lambda visit: judging.mint(self._judge, visit, trigger, taken=founding.keys()),
        )
        story = Story(container_number, naming, {r.event_id: r for r in facts}, known, trigger, is_whole)
        self.stories.put(container_number, story)
        self._settle_ids(naming)
        return story

    def is_sealed(self, container_number: str) -> bool:
        """Whether something of the container was sealed before this batch."""
        return self._seals.of(container_number) is not None

    def was_sealed(self, visit_id: str) -> bool:
        """Whether the database has the visit as sealed."""
        return visit_id in self._were_sealed

    def seal(self, story: Story) -> sealing.Sealed:
        """Which of the container's visits are history now."""
        return sealing.closed([one.visit for one in story.naming.named], story.facts.values(), self._rules)

    def _reads_whole(self, container_number: str, trigger: Recorded) -> bool:
        """Whether what is sealed must be read too: nothing is, or the new fact may reach it."""
        if self._seals.of(container_number) is None or container_number in self._whole:
            return True
        visit_id = getattr(trigger.fact, "visit_id", None)
        is_elsewhere = visit_id is not None and visit_id not in self.rows
        calls = self._evidence.calls_for([trigger])
        if not is_elsewhere and not self._seals.is_reached(container_number, trigger, calls):
            return False
        self._whole.add(container_number)
        self._seed(register.by_seal(self._connection, [container_number], is_sealed=True))
        return True

    def _settle_ids(self, naming: Naming) -> None:
        for named in naming.named:
            if named.row.visit_id not in self.rows:
                self.rows.put(named.row.visit_id, named.row)
        for row in naming.merged:
            self.rows.put(row.visit_id, row)
            assert row.alias_of is not None
            self._book.hand_over(row.visit_id, row.alias_of)
