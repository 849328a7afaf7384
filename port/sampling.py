"""The latest decided cases: what a table under somebody's hands is tried on while it is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, select

from port import orders
from port.diversion.case import Case
from port.orders import DECISIONS, Decided, Decision

MOST = 500


def latest_cases(connection: Connection, *, limit: int = MOST) -> list[Case]:
    """The cases of the latest decisions, newest first; of a visit decided twice the latest alone."""
    return [Case.from_json(decided.fact.case) for decided in latest_decided(connection, limit=limit)]


def latest_decided(connection: Connection, *, limit: int = MOST) -> Sequence[Decided]:
    """The latest decisions with their facts, in the same order."""
    query = select(DECISIONS).where(DECISIONS.c.is_current.is_(True)).order_by(DECISIONS.c.position.desc()).limit(limit)
    rows = [Decision(**row) for row in connection.execute(query).mappings()]
    return orders.with_facts(connection, rows)


def count_codes(cases: Iterable[Case]) -> Counter[str]:
    """How often each HS code was declared."""
    codes: Counter[str] = Counter()
    for case in cases:
        for standing in case.standings:
            codes.update(code for line in standing.lines if isinstance(code := line.get("hs_code"), str))
    return codes
