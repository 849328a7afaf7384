"""port.outbox: each delivery once, in order per key, one process per target, and booked with its next attempt."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from adapters.outbound import Outcome, Verdict
from migrated import make_tables
from port import outbox_log, outbox_pruning, outbox_queue
from port.database import Database, open_database
from port.outbox import ATTEMPTS, DELIVERIES, Channel
from port.outbox_booking import Attempt, book
from port.outbox_queue import LEASE, Delivery, Target, Wanted
from port.outbox_schedule import DOWN_AFTER, LONGEST_PAUSE, SCHEDULES, delay_of, longest, pause_after

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
OK = Outcome(Verdict.DELIVERED, 200)
FAILED = Outcome(Verdict.RETRY, 503)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    make_tables(database_url)
    with closing(open_database(database_url)) as opened:
        yield opened


def wanted(version: int = 1, *, key: str = "visit:A", target: str = "T", **more: object) -> Wanted:
    return replace(Wanted(Channel.WEBHOOK, target, key, version, "container.discharged", position=version), **more)


def put(database: Database, *all_wanted: Wanted, now: datetime = NOW) -> int:
    with database.write() as connection:
        return outbox_queue.enqueue(connection, all_wanted, now=now)


def take(database: Database, *, token: str = "one", now: datetime = NOW, most: int = 10) -> list[Target]:
    with database.write() as connection:
        return outbox_queue.take(connection, token=token, now=now, most=most)


def heads(database: Database, target: Target, *, now: datetime = NOW) -> list[Delivery]:
    with database.read() as connection:
        return outbox_queue.list_heads(connection, target, now=now, limit=10)


def booked(database: Database, outcome: Outcome, *deliveries: Delivery, now: datetime = NOW) -> Target:
    attempts = [Attempt(one, outcome, now, timedelta(milliseconds=20)) for one in deliveries]
    with database.write() as connection:
        return book(connection, attempts, now=now, chance=lambda: 0.0)


def states(database: Database) -> dict[int, str]:
    with database.read() as connection:
        return {row.version: row.state for row in connection.execute(select(DELIVERIES))}


def test_what_is_put_in_twice_is_there_once(database: Database):
    assert [put(database, wanted(1), wanted(2)), put(database, wanted(2), wanted(3))] == [2, 1]
    assert states(database) == {1: "WAITING", 2: "WAITING", 3: "WAITING"}


def test_the_id_is_the_same_for_the_same_thing_and_tells_no_number():
    ids = {wanted(version, key=key).delivery_id for version in (1, 2) for key in ("visit:A", "visit:B")}
    assert len(ids) == 4
    assert wanted(1).delivery_id == wanted(1, detail="other").delivery_id
    assert all(one.startswith("msg_") and one[4:].isalnum() and "." not in one for one in ids)


def test_of_each_key_only_the_next_is_sent_and_the_others_wait_for_its_end(database: Database):
    put(database, wanted(2), wanted(1), wanted(3, key="visit:B"))
    [target] = take(database)
    assert [(one.key, one.version) for one in heads(database, target)] == [("visit:A", 1), ("visit:B", 3)]
    first = heads(database, target)[0]
    booked(database, FAILED, first)
    assert [one.key for one in heads(database, target)] == ["visit:B"]
    booked(database, OK, replace(first, attempt=1, tries=1))
    assert next((one.key, one.version) for one in heads(database, target)) == ("visit:B", 3)
    later = NOW + timedelta(seconds=6)
    assert ("visit:A", 2) in [(one.key, one.version) for one in heads(database, target, now=later)]


def test_types_of_one_version_keep_their_order(database: Database):
    put(database, wanted(1, type="container.ready_for_pickup", ordinal=9), wanted(1, ordinal=2))
    [target] = take(database)
    assert [one.ordinal for one in heads(database, target)] == [2]


def test_a_target_is_served_by_one_at_a_time(database: Database):
    put(database, wanted())
    assert [len(take(database, token=token)) for token in ("one", "two")] == [1, 0]
    with database.write() as connection:
        assert outbox_queue.release(connection, token="one") == 1
    assert len(take(database, token="two")) == 1


def test_a_lease_that_nobody_renews_ends_and_one_that_ended_is_not_renewed(database: Database):
    put(database, wanted())
    [target] = take(database)
    with database.write() as connection:
        held = outbox_queue.renew(connection, [target], token="one", now=NOW + LEASE / 2)
    assert held == {(Channel.WEBHOOK, "T")}
    over = NOW + LEASE * 2
    assert [one.target_id for one in take(database, token="two", now=over)] == ["T"]
    with database.write() as connection:
        assert outbox_queue.renew(connection, [target], token="one", now=over) == set()


def test_a_failure_comes_again_by_the_schedule_until_it_is_over(database: Database):
    put(database, wanted())
    [target] = take(database)
    now, pauses = NOW, []
    while found := heads(database, target, now=now):
        booked(database, FAILED, *found, now=now)
        with database.read() as connection:
            row = connection.execute(select(DELIVERIES)).one()
        pauses.append(row.due_at - now)
        now = row.due_at
    hours = [timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)]
    assert pauses[:9] == [timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30), *hours]
    assert (row.state, row.attempt, row.tries) == ("FAILED", 10, 10)
    with database.read() as connection:
        assert len(connection.execute(select(ATTEMPTS)).all()) == 10


def test_chance_lengthens_a_pause_by_a_tenth_at_most_and_shortens_none():
    for attempts, plain in enumerate(SCHEDULES[Channel.WEBHOOK]):
        found = [delay_of(Channel.WEBHOOK, attempts, chance=lambda drawn=drawn: drawn) for drawn in (0.0, 0.5, 0.999)]
        assert found[0] == plain
        assert all(plain <= one <= plain * 1.1 for one in found if one is not None)
    assert delay_of(Channel.WEBHOOK, 10, chance=lambda: 0.0) is None
    assert longest(Channel.WEBHOOK) == timedelta(hours=75, minutes=35, seconds=5)


def test_a_target_is_left_alone_for_longer_each_time_but_never_for_long():
    pauses = [pause_after(failures) for failures in range(60)]
    assert pauses[:DOWN_AFTER] == [timedelta()] * DOWN_AFTER
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE


def test_a_target_that_fails_again_and_again_is_shut_and_one_success_opens_it(database: Database):
    put(database, *(wanted(n, key=f"visit:{n}") for n in range(1, 6)))
    [target] = take(database)
    found = heads(database, target)
    assert not booked(database, FAILED, *found[: DOWN_AFTER - 1]).is_down
    shut = booked(database, FAILED, found[DOWN_AFTER - 1])
    assert (shut.is_down, shut.failing_since) == (True, NOW)
    assert shut.shut_until == NOW + pause_after(DOWN_AFTER)
    with database.read() as connection:
        assert outbox_queue.next_at(connection) == shut.shut_until
    opened = booked(database, OK, found[-1])
    assert (opened.failures, opened.failing_since, opened.shut_until, opened.delivered_at) == (0, None, None, NOW)


def test_once_a_target_is_back_what_failed_meanwhile_is_due_and_what_was_put_off_is_not(database: Database):
    put(database, *(wanted(n, key=f"visit:{n}") for n in range(1, DOWN_AFTER + 2)), wanted(9, key="visit:1"))
    put(database, wanted(10, key="visit:1", due_at=NOW + timedelta(hours=9)))
    [target] = take(database)
    *failing, last = heads(database, target)
    booked(database, FAILED, *failing)
    booked(database, OK, last)
    with database.read() as connection:
        due = {
            row.version: row.due_at - NOW for row in connection.execute(select(DELIVERIES)) if row.state == "WAITING"
        }
    assert due == {1: timedelta(), 2: timedelta(), 3: timedelta(), 9: timedelta(), 10: timedelta(hours=9)}


@pytest.mark.parametrize(
    ("asked", "shut"), [(timedelta(minutes=7), timedelta(minutes=7)), (timedelta(days=40), timedelta(hours=24))]
)
def test_who_asks_to_be_left_alone_is_though_not_for_ever(database: Database, asked: timedelta, shut: timedelta):
    put(database, wanted())
    [target] = take(database)
    told = booked(database, replace(FAILED, retry_after=asked), *heads(database, target))
    assert told.shut_until == NOW + shut
    assert heads(database, target, now=NOW + shut - timedelta(seconds=1)) == []


def test_each_end_is_written_down_and_what_was_not_sent_is_no_attempt(database: Database):
    ends = {Verdict.DELIVERED: "DELIVERED", Verdict.GONE: "GONE", Verdict.REFUSED: "FAILED", Verdict.REVOKED: "REVOKED"}
    for verdict in ends:
        target = f"T-{verdict}"
        put(database, wanted(target=target))
        [taken] = take(database)
        booked(database, Outcome(verdict), *heads(database, taken))
    with database.read() as connection:
        rows = connection.execute(select(DELIVERIES)).all()
        tried = {row.delivery_id for row in connection.execute(select(ATTEMPTS))}
    assert {row.target_id: row.state for row in rows} == {f"T-{verdict}": state for verdict, state in ends.items()}
    assert {row.target_id for row in rows if row.delivery_id not in tried} == {"T-REVOKED"}


def test_a_target_turned_off_is_told_nothing_more(database: Database):
    put(database, wanted(1), wanted(2))
    with database.write() as connection:
        assert outbox_queue.cancel_target(connection, Channel.WEBHOOK, "T", now=NOW) == 2
    assert (take(database), states(database)) == ([], {1: "CANCELLED", 2: "CANCELLED"})


def test_what_is_finished_may_be_sent_again_under_its_id(database: Database):
    put(database, wanted(1), wanted(2))
    [target] = take(database)
    [first] = heads(database, target)
    booked(database, OK, first)
    with database.write() as connection:
        ids = [first.delivery_id, wanted(2).delivery_id]
        assert outbox_queue.send_again(connection, Channel.WEBHOOK, "T", ids, now=NOW) == 1
    [again] = heads(database, target)
    assert (again.delivery_id, again.attempt, again.tries) == (first.delivery_id, 0, 1)


def test_quiet_hours_put_off_what_is_due(database: Database):
    later = NOW + timedelta(hours=8)
    put(database, wanted(due_at=later))
    assert (take(database), len(take(database, now=later))) == ([], 1)


def test_what_was_told_long_ago_is_forgotten_and_what_waits_is_not(database: Database):
    put(database, wanted(1, position=0), wanted(2, position=0, key="visit:B"))
    [target] = take(database)
    booked(database, OK, heads(database, target)[0])
    for days, forgotten in ((29, 0), (31, 1), (32, 0)):
        with database.write() as connection:
            assert outbox_pruning.prune(connection, now=NOW + timedelta(days=days)) == forgotten
    assert states(database) == {2: "WAITING"}


def test_the_gauges_count_what_is_due_and_what_fails(database: Database):
    put(database, wanted(), wanted(target="U"), wanted(target="V", due_at=NOW + timedelta(hours=1)))
    [target] = take(database, most=1)
    booked(database, FAILED, *heads(database, target))
    later = NOW + timedelta(minutes=20)
    with database.read() as connection:
        [webhooks, *others] = outbox_log.totals(connection, now=later)
    assert (webhooks.waiting, webhooks.due, webhooks.targets_failing, webhooks.is_late(later)) == (3, 2, 1, True)
    assert [(one.waiting, one.due) for one in others] == [(0, 0)] * 3
