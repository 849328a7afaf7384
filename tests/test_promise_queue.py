"""Promise: when more comes than can be written, senders are told at once to come back, and what was taken is kept."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from books import read_books
from counts import short_and_full, write_down
from senders import Told, gate_in, send_all
from server import Server, serve
from stands import SALT, faulty, prepare

pytestmark = [pytest.mark.server, pytest.mark.slow]

TOLD_WITHIN_SECONDS = 2.0


@short_and_full("count", short=150, full=1000)
def test_a_full_queue_turns_away_at_once_with_a_time_to_come_back(database_url: str, count: int) -> None:
    key = prepare(database_url)
    messages = [gate_in(number) for number in range(count)]
    with serve(database_url, script=faulty("slow=0.2"), salt=SALT, queue_limit="4", batch_limit="4") as server:
        senders = send_all(server.base_url, messages, key=key, connections=24)
        # Those who come back are taken, and those who were taken are answered as the first time.
        again = send_all(server.base_url, messages[:12], key=key, connections=2)
    assert len(senders.answers) + len(senders.refusals) == len(messages)
    assert len(senders.refusals) >= 20
    assert len(senders.acknowledged) == len(senders.answers) >= 8
    assert {(a.status, a.headers["retry-after"], a.json()["reason"]) for a in senders.refusals} == {
        (429, "1", "QUEUE_FULL")
    }
    slowest = max(answer.seconds for answer in senders.refusals)
    assert slowest <= TOLD_WITHIN_SECONDS
    assert len(again.acknowledged) == 12
    books = read_books(database_url)
    assert (books.contradictions, books.missing(senders.answers + again.answers)) == ((), [])
    turned_away = {answer.told.identity for answer in senders.refusals} - {a.told.identity for a in again.answers}
    assert turned_away & books.answers.keys() == set()
    write_down(
        f"queue full, {database_url.partition(':')[0]}",
        tried=f"{len(messages)} messages by 24 clients, a queue of 4, batches slowed down",
        found=f"{len(senders.refusals)} told 429 within {slowest:.2f} s, {len(senders.answers)} taken, none lost",
    )


def test_a_queue_with_room_turns_nobody_away(sqlite_url: str) -> None:
    """The control: the same load on the queue as it is by default."""
    key = prepare(sqlite_url)
    with serve(sqlite_url, script=faulty("slow=0.2"), salt=SALT) as server:
        senders = send_all(server.base_url, [gate_in(number) for number in range(150)], key=key, connections=24)
    assert (senders.refusals, len(senders.acknowledged)) == ([], 150)


def test_a_lorry_that_waits_too_long_is_told_and_gets_its_instruction_when_it_asks_again(
    database_url: str, tmp_path: Path
) -> None:
    key, lorry, fault = prepare(database_url), gate_in(1), tmp_path / "slow"
    fault.touch()
    with serve(database_url, script=faulty(f"slow=2.5,{fault}"), salt=SALT, answer_seconds="1") as server:
        late = send_all(server.base_url, [lorry], key=key, connections=1)
        [told] = late.refusals
        assert (told.status, told.json()["reason"], told.headers["retry-after"].isdecimal()) == (
            503,
            "ANSWER_LATE",
            True,
        )
        assert 1 <= told.seconds <= TOLD_WITHIN_SECONDS
        fault.unlink()
        again = _ask_until_answered(server, lorry, key)
    assert (again["duplicate"], again["results"][0]["instruction"]["route"]) == (True, "YARD")
    assert read_books(database_url).told_events == 1


def _ask_until_answered(server: Server, lorry: Told, key: str) -> dict[str, Any]:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if answers := send_all(server.base_url, [lorry], key=key, connections=1).acknowledged:
            return answers[0].json()
    raise AssertionError("never answered")
