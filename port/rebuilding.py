"""Rebuilding: every projection compared with what the log makes it, and mended where it differs.

Nothing is thrown away to be made again: a row is written only where it is not as the log makes it, a piece at a time,
each in a transaction that holds the log's head as a batch does.  So readers always find rows, a running server may go
on, and a check is the same without the writing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from multiprocessing import get_context

from sqlalchemy import ColumnElement, Connection, and_, func, select

from events import log
from events.log import KEYS
from port import garbage
from port.database import Database, open_database
from port.judging import Judge
from port.rebuilding_log import Walk, facts_after
from port.rebuilding_rest import COUNTED, compare_counts, compare_mailings, find_excess
from port.rebuilding_rows import Comparison, Difference
from port.rebuilding_visits import compare_containers

# Containers judged in one transaction; the writer of a running server waits no longer than these take.
_PIECE = 100
_PIECES_AT_ONCE = 10
_INDEX = KEYS.name

Tell = Callable[[str, int, int], None]
"""(phase, how much is done, of how much)"""


@dataclass(slots=True)
class Report:
    """What was compared and what differed, by table; `is_whole` unless a damaged index hides the rest."""

    events: int = 0
    facts_judged: int = 0
    containers: int = 0
    is_whole: bool = True
    tables: dict[str, Difference] = field(default_factory=dict)

    @property
    def differing(self) -> list[Difference]:
        """The tables that are not as the log makes them."""
        return [difference for difference in self.tables.values() if difference.count]

    def count(self, comparisons: Sequence[Comparison]) -> None:
        """Count a part in."""
        for comparison in comparisons:
            told = comparison.difference
            self.tables.setdefault(told.table, Difference(told.table)).add(told)


@dataclass(frozen=True, slots=True)
class Rebuilding:
    """One rebuild, or with `is_check` one comparison.  `now` is when a version told anew is told."""

    judge: Judge
    now: datetime
    is_check: bool = False
    workers: int = 1

    def run(self, database: Database, tell: Tell) -> Report:
        """Compare everything and mend what differs.  The tables may be used meanwhile."""
        report = Report()
        self._walk(database, report, tell)
        if self.is_check and report.tables[_INDEX].count:
            report.is_whole = False
            return report
        self._containers(database, report, tell)
        self._mailings(database, report, tell)
        report.count(self._mended(database, lambda connection: (0, find_excess(connection)))[1])
        if not self.is_check or not any(report.tables[name].count for name in COUNTED):
            report.count(self._counted(database))
        return report

    def _walk(self, database: Database, report: Report, tell: Tell) -> None:
        """The log from its beginning; what was told meanwhile, and what rests on all of it, under the head's lock."""
        with database.read() as connection:
            head = log.head(connection)[0]
        with closing(Walk(self.judge)) as walk:
            while walk.position < head:
                with database.read() as connection:
                    comparisons = walk.take(connection, facts_after(connection, walk.position))
                self._mend(database, comparisons)
                report.count(comparisons)
                tell("log", min(walk.position, head), head)
            with database.read() if self.is_check else database.write() as connection:
                report.count(list(self._end_of(walk, connection)))
            report.events = walk.position

    def _end_of(self, walk: Walk, connection: Connection) -> Iterator[Comparison]:
        if not self.is_check:
            log.reserve(connection)
        while facts := facts_after(connection, walk.position):
            yield from self._mended_on(connection, walk.take(connection, facts))
        yield from self._mended_on(connection, walk.finish(connection))
        # Last: a key that was missing is filed by now, and the count is that of the rows there should be.
        yield from self._mended_on(connection, [walk.needless_keys(connection)])

    def _mended_on(self, connection: Connection, comparisons: list[Comparison]) -> list[Comparison]:
        for comparison in () if self.is_check else comparisons:
            comparison.mend(connection)
        return comparisons

    def _mend(self, database: Database, comparisons: Sequence[Comparison]) -> None:
        """Write what was compared where nobody else writes: what the log made of these facts cannot change."""
        if self.is_check or not any(comparison.difference.count for comparison in comparisons):
            return
        with database.write() as connection:
            log.reserve(connection)
            for comparison in comparisons:
                comparison.mend(connection)

    def _mended(
        self, database: Database, ask: Callable[[Connection], tuple[int, list[Comparison]]]
    ) -> tuple[int, list[Comparison]]:
        """What differed, mended: compared without holding anybody up, and again under the lock if the log went on."""
        with database.read() as connection:
            head = log.head(connection)[0]
            facts, comparisons = ask(connection)
        if self.is_check or not any(comparison.difference.count for comparison in comparisons):
            return facts, comparisons
        with database.write() as connection:
            if log.reserve(connection)[0] != head:
                facts, comparisons = ask(connection)
            for comparison in comparisons:
                comparison.mend(connection)
        return facts, comparisons

    def _counted(self, database: Database) -> list[Comparison]:
        """What of the counts differed, mended: counted again under the lock, for a message of which nothing is taken is
        counted too, and leaves the log where it was."""
        with database.read() as connection:
            comparisons = compare_counts(connection)
        if not self.is_check and any(comparison.difference.count for comparison in comparisons):
            with database.write() as connection:
                log.reserve(connection)
                comparisons = self._mended_on(connection, compare_counts(connection))
        return comparisons

    def _containers(self, database: Database, report: Report, tell: Tell) -> None:
        with database.read() as connection:
            total = _count_named(connection, "c:")
        shares = _named(database, "c:", size=_PIECE * _PIECES_AT_ONCE)
        if self.workers <= 1:
            for share in shares:
                self._count(self.pieces(database, share), len(share), total, report=report, tell=tell)
            return
        url = database.url.set(drivername=database.url.get_backend_name()).render_as_string(hide_password=False)
        with get_context("spawn").Pool(self.workers, garbage.settle) as pool:
            for size, parts in pool.imap_unordered(partial(_share, url, self), shares):
                self._count(parts, size, total, report=report, tell=tell)

    def pieces(self, database: Database, containers: Sequence[str]) -> list[Report]:
        """Containers made again, a transaction for each piece."""
        parts = []
        for start in range(0, len(containers), _PIECE):
            piece = containers[start : start + _PIECE]
            ask = partial(compare_containers, judge=self.judge, containers=piece, now=self.now)
            facts, comparisons = self._mended(database, ask)
            part = Report(facts_judged=facts)
            part.count(comparisons)
            parts.append(part)
        return parts

    @staticmethod
    def _count(parts: Sequence[Report], size: int, total: int, *, report: Report, tell: Tell) -> None:
        report.containers += size
        for part in parts:
            report.facts_judged += part.facts_judged
            for table, told in part.tables.items():
                report.tables.setdefault(table, Difference(table)).add(told)
        tell("containers", min(report.containers, total), total)

    def _mailings(self, database: Database, report: Report, tell: Tell) -> None:
        done = 0
        for share in _named(database, "m:", size=_PIECE * _PIECES_AT_ONCE):
            ask = partial(compare_mailings, mailing_ids=share)
            report.count(self._mended(database, ask)[1])
            done += len(share)
            tell("mailings", done, done)


def _share(url: str, rebuilding: Rebuilding, containers: Sequence[str]) -> tuple[int, list[Report]]:
    """A share of the containers, in a process of its own."""
    with closing(open_database(url, readers=1)) as database:
        return len(containers), rebuilding.pieces(database, containers)


def _count_named(connection: Connection, prefix: str) -> int:
    query = select(func.count(KEYS.c.key.distinct())).where(_within(prefix))
    return int(connection.scalar(query) or 0)


def _named(database: Database, prefix: str, *, size: int) -> Iterator[list[str]]:
    """What the index names with this prefix, in shares."""
    after = prefix
    while True:
        query = (
            select(KEYS.c.key).distinct().where(_within(prefix), KEYS.c.key > after).order_by(KEYS.c.key).limit(size)
        )
        with database.read() as connection:
            keys = [str(key) for key in connection.scalars(query)]
        if not keys:
            return
        yield [key[len(prefix) :] for key in keys]
        after = keys[-1]


def _within(prefix: str) -> ColumnElement[bool]:
    """Whatever the database's collation: the range makes it quick where it is the plain one, the pattern right."""
    key = KEYS.c.key
    return and_(key > prefix[0], key < chr(ord(prefix[0]) + 1), key.startswith(prefix))
