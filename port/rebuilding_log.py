"""The whole log read once in order: the keys facts are found under, what each sender was counted, alerts, vessel calls.

What follows from single facts or from few is made here; containers and mailings are made one by one, through the keys.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from sqlalchemy import Connection, create_engine, func, select
from sqlalchemy.pool import StaticPool

from events import log
from events.log import KEYS, SEQUENCES
from events.statements import AMONG, Statement
from events.types import OUR_KINDS, Recorded
from port import mirror
from port.calls import ALIASES, CALLS, Calls, joined_in, names_of
from port.evidence import Evidence
from port.filing import keys_of
from port.judging import Judge
from port.orders import ALERTS, Alert
from port.rebuilding_replay import Remembered
from port.rebuilding_rows import Comparison, Row, compare, every_row, fields_of, rows_where
from port.ships import CALL_NAMES

_PAGE = 2000
# Keys that join facts of other containers or from other times, so that filing depends on what came before.
_LINKING = ("e:", "d:", "r:")
_FILED_BETWEEN = Statement(f'SELECT "key", position FROM event_key WHERE "key" {AMONG} AND position BETWEEN ? AND ?')
Pair = tuple[str, int]


class Walk:
    """Reads the log from its beginning; `take` compares what follows from the next facts, `finish` the rest.

    Close it afterwards.
    """

    def __init__(self, judge: Judge) -> None:
        self.position = 0
        self._counts: Counter[str] = Counter()
        self._own_keys = 0
        self._links: set[Pair] = set()
        self._vessels = _Vessels(judge)

    def take(self, connection: Connection, facts: Sequence[Recorded]) -> list[Comparison]:
        """What of the keys and alerts of these facts, the next in the log, is not as they make it."""
        self.position = facts[-1].position
        self._counts.update(recorded.sender for recorded in facts if recorded.receipt_id)
        for recorded in facts:
            if recorded.fact.kind == "vessel_call":
                self._vessels.report(recorded)
        return [self._keys(connection, facts), _alerts(connection, facts)]

    def close(self) -> None:
        """Let go of what was kept in memory."""
        self._vessels.close()

    def finish(self, connection: Connection) -> list[Comparison]:
        """What of the rows that rest on many facts is not as the log makes it; the whole log was taken."""
        sequences = [{"sender": sender, "sequence": count} for sender, count in self._counts.items()]
        calls, aliases, names = self._vessels.rows()
        return [
            compare(SEQUENCES, sequences, every_row(connection, SEQUENCES)),
            compare(CALLS, calls, every_row(connection, CALLS)),
            compare(ALIASES, aliases, every_row(connection, ALIASES)),
            compare(CALL_NAMES, names, every_row(connection, CALL_NAMES)),
        ]

    def needless_keys(self, connection: Connection) -> Comparison:
        """Rows of the index that no fact explains; the whole log was taken and what it misses is filed."""
        filed = int(connection.scalar(select(func.count()).select_from(KEYS)) or 0)
        needless = list(self._needless(connection)) if filed > self._own_keys + len(self._links) else []
        return compare(KEYS, (), needless)

    def _keys(self, connection: Connection, facts: Sequence[Recorded]) -> Comparison:
        own, links = _filing_of(connection, facts)
        self._own_keys += len(own)
        self._links |= links
        first, last = facts[0].position, facts[-1].position
        pairs = own | links
        found = _filed(connection, {key for key, _ in pairs}, first, last)
        # A correction files older facts too, few and far between; they are looked for one by one.
        for key, position in (pair for pair in links if pair[1] < first):
            found += _filed(connection, [key], position, position)
        expected = [{"key": key, "position": position} for key, position in sorted(pairs)]
        comparison = compare(KEYS, expected, (row for row in found if (row["key"], row["position"]) in pairs))
        ours = {recorded.position for recorded in facts if recorded.fact.kind in OUR_KINDS}
        # Ours go with the history, whence `rebuilding_seals` fetches those that are of no history.
        missing = (_as_old(row) if row["position"] in ours else row for row in comparison.missing)
        return replace(comparison, missing=tuple(missing))

    def _needless(self, connection: Connection) -> Iterator[Row]:
        after: Pair = ("", 0)
        while page := _keys_after(connection, after):
            after = page[-1]
            own = {position: _own_keys(connection, position) for position in {position for _, position in page}}
            yield from (
                {"key": key, "position": position}
                for key, position in page
                if _as_live(key) not in own[position] and (_as_live(key), position) not in self._links
            )


def facts_after(connection: Connection, position: int) -> list[Recorded]:
    """The next facts of the log."""
    return log.since(connection, position, _PAGE)


class _AsOf(Evidence):
    """What a batch that begins at a position could know of corrections and documents; other keys are only collected."""

    def __init__(self, connection: Connection, first: int) -> None:
        super().__init__(connection)
        self._first = first

    def load(self, keys: Iterable[str]) -> None:
        missing = [key for key in dict.fromkeys(keys) if key not in self._under]
        self._under.update((key, []) for key in missing)
        linking = [key for key in missing if key.startswith(_LINKING)]
        for found in log.find_by_keys(self._connection, linking) if linking else ():
            if found.recorded.position < self._first:
                self._under[found.key].append(found.recorded)
        for key in missing:
            self._under[key] += self._unread.pop(key, ())

    def _by_id(self, event_id: str) -> list[Recorded]:
        here = [recorded for _, recorded in self._journal if recorded.event_id == event_id][:1]
        return here or [one for one in log.find_by_ids(self._connection, [event_id]) if one.position < self._first]

    def filed(self) -> Iterable[tuple[str, Recorded]]:
        """(key, fact) as filed, of older facts too."""
        return self._journal


def _filing_of(connection: Connection, facts: Sequence[Recorded]) -> tuple[set[Pair], set[Pair]]:
    """The facts' own keys, and what corrections and documents among them filed under others."""
    evidence = _AsOf(connection, facts[0].position)
    evidence.load([f"e:{one.event_id}" for one in facts if one.fact.kind == "equipment"])
    for recorded in facts:
        evidence.add(recorded)
    own = {(key, recorded.position) for recorded in facts for key in keys_of(recorded)}
    filed = {(key, recorded.position): recorded for key, recorded in evidence.filed()}
    return own, {pair for pair, recorded in filed.items() if pair not in own and pair[0] not in set(keys_of(recorded))}


def _filed(connection: Connection, keys: Iterable[str], first: int, last: int) -> list[Row]:
    """What is filed under these keys between two positions; a fact filed away with a container's history counts as
    filed under the container."""
    wanted = sorted(key for live in keys for key in (live, *([f"o:{live[2:]}"] if live.startswith("c:") else [])))
    rows = _FILED_BETWEEN.rows(connection, wanted, first, last)
    return [{"key": _as_live(key), "position": position} for key, position in rows]


def _as_old(row: Row) -> Row:
    key = str(row["key"])
    return {**row, "key": f"o:{key[2:]}"} if key.startswith("c:") else row


def _as_live(key: str) -> str:
    return f"c:{key[2:]}" if key.startswith("o:") else key


def _keys_after(connection: Connection, pair: Pair) -> list[Pair]:
    key, position = pair
    later = (KEYS.c.key > key) | ((KEYS.c.key == key) & (KEYS.c.position > position))
    query = select(KEYS.c.key, KEYS.c.position).where(later).order_by(KEYS.c.key, KEYS.c.position).limit(_PAGE)
    return [(row.key, row.position) for row in connection.execute(query)]


def _own_keys(connection: Connection, position: int) -> set[str]:
    found = log.since(connection, position - 1, 1)
    return set(keys_of(found[0])) if found and found[0].position == position else set()


def _alerts(connection: Connection, facts: Sequence[Recorded]) -> Comparison:
    raised: dict[str, Alert] = {}
    for recorded in facts:
        if recorded.fact.kind == "alert":
            raised.setdefault(recorded.fact.alert_id, mirror.alert(recorded.fact, recorded.position))
    found = rows_where(connection, ALERTS.c.alert_id, raised)
    # Raised again it stays the first.
    known = {row["alert_id"] for row in found if row["position"] < facts[0].position}
    expected = [alert for alert_id, alert in raised.items() if alert_id not in known]
    return compare(ALERTS, fields_of(ALERTS, expected), [row for row in found if row["alert_id"] not in known])


class _Vessels:
    """The port stays that vessel facts tell of, as the batches made them: all in memory, for a stay's name may come
    from any report of it."""

    def __init__(self, judge: Judge) -> None:
        # The calls that stand must not be looked at: here the log alone speaks.
        self._empty = empty = create_engine("sqlite://", poolclass=StaticPool).connect()
        for table in (CALLS, ALIASES):
            table.create(empty)
        self._evidence = Remembered(empty)
        self._calls = Calls(empty, judge.id_salt)

    def close(self) -> None:
        self._empty.close()
        self._empty.engine.dispose()

    def report(self, recorded: Recorded) -> None:
        self._evidence.add(recorded)
        self._calls.report(self._evidence, recorded)

    def rows(self) -> tuple[list[Row], list[Row], list[Row]]:
        """Those of the calls, of their aliases, of their names."""
        calls: list[Row] = [{"call_id": call.call_id, "record": call.record} for call in self._calls.rows]
        aliases: list[Row] = [{"alias": alias, "call_id": call_id} for alias, call_id in self._calls.aliases]
        named = names_of(self._calls.rows, joined_in(self._calls.aliases))
        return calls, aliases, [{"call_id": c, "name": name, "arrives_at": at} for c, name, at in named]
