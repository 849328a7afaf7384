"""What reconciliation found: asked by a sender of itself, by customs and the admin of all; and alerts of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, func, literal, select, tuple_

from events.types import AlertRaised
from port import reconciling
from port.actor import Actor, Role
from port.batch import Work
from port.draft import derived_id
from port.errors import BadRequest
from port.kept import Page
from port.reconciling import RECONCILIATIONS, Difference, Tally

DIFFERS = "RECONCILIATION_DIFFERS"
SHORT = "CONTROL_COUNT_SHORT"
LATELY = timedelta(days=7)

_SEE_ALL = frozenset({Role.CUSTOMS, Role.ADMIN})
_DIFFERENCES = msgspec.json.Decoder(list[Difference])
_TALLY = tuple(RECONCILIATIONS.c[name] for name in (*reconciling.COUNTED, "differences"))


@dataclass(frozen=True, slots=True)
class Standing:
    """How reconciliation stands: the hour counted last, the one that is due, and what differed in the last week."""

    counted_until: datetime | None
    due: datetime | None
    differing: int
    counts_wrong: int

    def overdue_seconds(self, now: datetime) -> float:
        """For how long an hour has been over that nobody counts; 0 when none is due."""
        return max(0.0, (now - self.due - reconciling.HOUR - reconciling.GRACE).total_seconds()) if self.due else 0.0


def record(work: Work, tallies: Iterable[Tally]) -> int:
    """Keep an hour's tallies, and raise an alert for each that differs; how many were new."""
    new = reconciling.keep(work.connection, tallies, now=work.now)
    work.state.carry_out(alert for tally in new for alert in _alerts(tally, work.now))
    return len(new)


def list_tallies(
    connection: Connection, actor: Actor, *, only_differing: bool, before: str | None, limit: int
) -> Page[Tally]:
    """Hours counted, the latest first: the caller's own, for customs and the admin everybody's.  Raises BadRequest."""
    row = RECONCILIATIONS.c
    order = (row.hour, row.sender, row.format)
    query = select(*_TALLY).order_by(*(column.desc() for column in order)).limit(limit + 1)
    if actor.role not in _SEE_ALL:
        query = query.where(row.sender == actor.party)
    if only_differing:
        query = query.where(reconciling.DIFFERING)
    if before is not None:
        told = [literal(value, column.type) for value, column in zip(_cursor(before), order, strict=True)]
        # The hour by itself too: of one sender's hours an index begins there.
        query = query.where(tuple_(*order) < tuple_(*told), row.hour <= told[0])
    rows = [_tally(dict(found)) for found in connection.execute(query).mappings()]
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(tuple(rows[:limit]), f"{last.hour:%Y%m%dT%H}Z {last.format} {last.sender}" if last else None)


def standing(connection: Connection, *, now: datetime) -> Standing:
    """For `doctor` and the gauges."""
    row = RECONCILIATIONS.c
    lately = select(func.count().filter(row.is_equal.is_(False)), func.coalesce(func.sum(row.counts_wrong), 0)).where(
        row.hour >= now - LATELY
    )
    [found] = connection.execute(lately).all()
    return Standing(
        counted_until=connection.scalar(select(func.max(row.hour))),
        due=reconciling.next_due(connection, now=now),
        differing=int(found[0]),
        counts_wrong=int(found[1]),
    )


def _alerts(tally: Tally, now: datetime) -> Iterable[AlertRaised]:
    if not tally.is_equal:
        counted = f"acknowledged {tally.acknowledged}, stored {tally.stored}, folded {tally.folded}"
        yield _alert(tally, DIFFERS, counted, now)
    short = [one for one in tally.differences if one.kind in ("CNT", "UNZ") and one.claimed > one.found]
    if short:
        named = "; ".join(f"{one.kind} {one.where} {one.claimed} for {one.found}" for one in short[:3])
        yield _alert(tally, SHORT, named, now)


def _alert(tally: Tally, code: str, detail: str, now: datetime) -> AlertRaised:
    hour = tally.hour.isoformat()
    return AlertRaised(
        alert_id=derived_id("alert", code, tally.sender, tally.format, hour),
        code=code,
        at=now,
        detail=f"{tally.sender} {tally.format} {hour}: {detail}",
    )


def _cursor(before: str) -> tuple[datetime, str, str]:
    hour, _, source = before.partition(" ")
    format, _, sender = source.partition(" ")
    try:
        return datetime.strptime(f"{hour[:-1]}+0000", "%Y%m%dT%H%z"), sender, format
    except ValueError:
        raise BadRequest(
            "this cursor is not one of ours", where="before", fix="begin without one, then use `next` as it is"
        ) from None


def _tally(row: Mapping[str, Any]) -> Tally:  # _TALLY, each of its own type
    return Tally(**{**row, "differences": _DIFFERENCES.decode(row["differences"])})
