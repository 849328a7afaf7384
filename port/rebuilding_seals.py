"""What is sealed of containers made again: their seals, what their history names, and where their facts are filed.

Where one of our own facts of a sealed visit lies is left as it is: which of them were there when it was sealed depends
on which commit made them, and nothing else does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from events.log import KEYS
from events.statements import AMONG, Statement
from events.types import OUR_KINDS
from port import sealing
from port.rebuilding_replay import Replayed
from port.rebuilding_rows import Comparison, Row, compare, rows_where
from port.sealing import Sealed, SealedReferenceRow, SealRow
from port.visit import CutRules

SEALS = SealRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it at class creation
SEALED_REFERENCES = SealedReferenceRow.__table__  # type: ignore[attr-defined]  # likewise

_FILED = Statement(f'SELECT "key", position FROM event_key WHERE "key" {AMONG}')


def sealed_of(one: Replayed, rules: CutRules) -> Sealed:
    """What is to be sealed of a container's whole story."""
    return sealing.closed(list(one.visits.values()), one.facts, rules)


def compare_seals(connection: Connection, replayed: Sequence[Replayed], rules: CutRules) -> list[Comparison]:
    """What of these containers' seals and filing is not as their facts make it."""
    numbers = [one.container_number for one in replayed]
    filed = _filed(connection, numbers)
    seals: list[Row] = []
    references: list[Row] = []
    keys: list[Row] = []
    for one in replayed:
        sealed, number = sealed_of(one, rules), one.container_number
        if sealed.seal is not None:
            until, begun = sealed.seal.until, sealed.seal.next_begun_at
            seals.append({"container_number": number, "until": until, "next_begun_at": begun})
            references += ({"container_number": number, "reference": name} for name in sealed.references)
        keys += _keys(one, sealed, filed.get(number, {}))
    found = [{"key": key, "position": position} for own in filed.values() for position, at in own.items() for key in at]
    return [
        compare(SEALS, seals, rows_where(connection, SEALS.c.container_number, numbers)),
        compare(SEALED_REFERENCES, references, rows_where(connection, SEALED_REFERENCES.c.container_number, numbers)),
        compare(KEYS, keys, found),
    ]


def _keys(one: Replayed, sealed: Sealed, filed: dict[int, set[str]]) -> Iterable[Row]:
    """Each fact filed under the container in its one place: with its history, or with what is live."""
    live, old = f"c:{one.container_number}", f"o:{one.container_number}"
    away = sealed.event_ids
    by_position = {recorded.position: recorded for recorded in one.facts}
    for position, at in filed.items():
        recorded = by_position.get(position)
        is_away = recorded is not None and recorded.event_id in away
        if recorded is not None and recorded.fact.kind in OUR_KINDS and is_away:
            key = min(at)
        else:
            key = old if is_away else live
        yield {"key": key, "position": position}


def _filed(connection: Connection, numbers: Sequence[str]) -> dict[str, dict[int, set[str]]]:
    """The keys of the containers' facts, by container and position."""
    found: dict[str, dict[int, set[str]]] = {}
    keys = [key for number in numbers for key in (f"c:{number}", f"o:{number}")]
    for key, position in _FILED.rows(connection, keys):
        found.setdefault(key[2:], {}).setdefault(position, set()).add(key)
    return found
