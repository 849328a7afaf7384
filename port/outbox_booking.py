"""Booking what came of attempts: the delivery's next attempt or its end, and how its target fares."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from port.database import insert_if_absent
from port.outbox import ATTEMPTS, DELIVERIES, TARGETS, DeliveryState
from port.outbox_parcels import Outcome, Verdict
from port.outbox_queue import Delivery, Target, earliest, lock
from port.outbox_schedule import LONGEST_RETRY_AFTER, Chance, delay_of, pause_after

_ENDS = {
    Verdict.DELIVERED: DeliveryState.DELIVERED,
    Verdict.GONE: DeliveryState.GONE,
    Verdict.REFUSED: DeliveryState.FAILED,
    Verdict.REVOKED: DeliveryState.REVOKED,
}
# Nobody was spoken to: no attempt, and no word of how the target fares.
_UNTRIED = frozenset({Verdict.REVOKED, Verdict.NOT_YET})
_FARING = ("next_at", "failures", "failing_since", "shut_until", "delivered_at")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt: what it was at, what came of it, when it began and how long it took."""

    delivery: Delivery
    outcome: Outcome
    at: datetime
    took: timedelta


def book(connection: Connection, attempts: list[Attempt], *, now: datetime, chance: Chance) -> Target:
    """Write down attempts at one target, of different keys; how the target stands then."""
    channel, target_id = attempts[0].delivery.channel, attempts[0].delivery.target_id
    target = lock(connection, channel, target_id)
    for attempt in attempts:
        if attempt.outcome.verdict not in _UNTRIED:
            # Two who held one lease in turn may both have tried.
            insert_if_absent(connection, ATTEMPTS, _logged(attempt))
        _conclude(connection, attempt, now=now, chance=chance)
    return _fare(connection, target, attempts, now=now)


def _logged(attempt: Attempt) -> dict[str, object]:
    return {
        "delivery_id": attempt.delivery.delivery_id,
        "number": attempt.delivery.tries + 1,
        "at": attempt.at,
        "milliseconds": round(attempt.took.total_seconds() * 1000),
        "verdict": attempt.outcome.verdict.value,
        "status": attempt.outcome.status,
        "detail": attempt.outcome.detail,
    }


def _conclude(connection: Connection, attempt: Attempt, *, now: datetime, chance: Chance) -> None:
    delivery, outcome = attempt.delivery, attempt.outcome
    tried = int(outcome.verdict not in _UNTRIED)
    values: dict[str, object] = {"attempt": delivery.attempt + tried, "tries": delivery.tries + tried}
    if outcome.verdict in (Verdict.RETRY, Verdict.NOT_YET):
        delay = _delay(delivery, outcome, chance=chance)
        if delay is None:
            values |= {"state": DeliveryState.FAILED.value, "finished_at": now}
        else:
            values["due_at"] = now + delay
            _wait_behind(connection, delivery, now + delay)
    else:
        values |= {"state": _ENDS[outcome.verdict].value, "finished_at": now}
    # Who was too late with its lease finds it finished, and changes nothing.
    waits = (DELIVERIES.c.delivery_id == delivery.delivery_id, DELIVERIES.c.state == DeliveryState.WAITING.value)
    connection.execute(update(DELIVERIES).where(*waits).values(values))


def _delay(delivery: Delivery, outcome: Outcome, *, chance: Chance) -> timedelta | None:
    """How long until it is tried again; None when it is not."""
    if outcome.verdict is Verdict.NOT_YET:
        return outcome.retry_after
    delay = delay_of(delivery.channel, delivery.attempt + 1, chance=chance)
    return None if delay is None else max(delay, _asked(outcome))


def _wait_behind(connection: Connection, delivery: Delivery, due_at: datetime) -> None:
    """What comes after it under its key need not be looked at before."""
    d = DELIVERIES.c
    behind = update(DELIVERIES).where(
        d.channel == delivery.channel.value,
        d.target_id == delivery.target_id,
        d.key == delivery.key,
        d.state == DeliveryState.WAITING.value,
        d.due_at < due_at,
        d.delivery_id != delivery.delivery_id,
    )
    connection.execute(behind.values(due_at=due_at))


def _wait_no_longer(connection: Connection, target: Target, *, now: datetime) -> None:
    """The target is back: what failed while it was away, and what came after that under its key, is due."""
    d, failed = DELIVERIES, DELIVERIES.alias("failed")
    waiting = DeliveryState.WAITING.value
    blocker = select(failed.c.delivery_id).where(
        failed.c.channel == d.c.channel,
        failed.c.target_id == d.c.target_id,
        failed.c.key == d.c.key,
        failed.c.state == waiting,
        failed.c.attempt > 0,
        failed.c.due_at == d.c.due_at,
    )
    put_off = update(d).where(
        d.c.channel == target.channel.value,
        d.c.target_id == target.target_id,
        d.c.state == waiting,
        d.c.due_at > now,
        blocker.correlate(d).exists(),
    )
    connection.execute(put_off.values(due_at=now))


def _fare(connection: Connection, target: Target, attempts: list[Attempt], *, now: datetime) -> Target:
    """How the target fares after these, and what is next; each answer that is not to be tried again shows that it is
    there."""
    tried = [one for one in attempts if one.outcome.verdict not in _UNTRIED]
    fared = _tried(target, tried, now=now) if tried else target
    if target.is_down and fared.delivered_at != target.delivered_at:
        _wait_no_longer(connection, target, now=now)
    next_at = earliest(connection, target.channel, target.target_id)
    if next_at is not None and fared.shut_until is not None:
        next_at = max(next_at, fared.shut_until)
    fared = replace(fared, next_at=next_at)
    this = (TARGETS.c.channel == target.channel.value, TARGETS.c.target_id == target.target_id)
    values = {name: getattr(fared, name) for name in _FARING}
    connection.execute(update(TARGETS).where(*this).values(values))
    return fared


def _tried(target: Target, tried: list[Attempt], *, now: datetime) -> Target:
    failed = [one for one in tried if one.outcome.verdict is Verdict.RETRY]
    failures = target.failures + len(failed) if len(failed) == len(tried) else 0
    asked = max((_asked(one.outcome) for one in failed), default=timedelta())
    pause = max(pause_after(failures), asked)
    was_delivered = any(one.outcome.verdict is Verdict.DELIVERED for one in tried)
    return replace(
        target,
        failures=failures,
        failing_since=(target.failing_since or min(one.at for one in tried)) if failures else None,
        shut_until=now + pause if pause else None,
        delivered_at=now if was_delivered else target.delivered_at,
    )


def _asked(outcome: Outcome) -> timedelta:
    """For how long the target asked to be left alone."""
    return min(max(outcome.retry_after or timedelta(), timedelta()), LONGEST_RETRY_AFTER)
