"""Promise: a message sent again, by whomever and however often, has its effect once and gets the first answer."""

from __future__ import annotations

import contextlib
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from books import doctor_says, read_books
from counts import short_and_full, write_down
from senders import Answer, Senders, Told, gate_in, send_all, sending
from server import Server, serve
from stands import SALT, faulty, kill, prepare

pytestmark = [pytest.mark.server, pytest.mark.slow]

CLIENTS = 8


@dataclass(frozen=True)
class Size:
    """How many messages, and how often the server is killed meanwhile."""

    messages: int
    kills: int


@short_and_full("size", short=Size(300, 2), full=Size(10_000, 20))
def test_a_message_sent_again_has_its_effect_once(database_url: str, size: Size) -> None:
    key, chance = prepare(database_url), random.Random(size.messages)
    once = [gate_in(number) for number in range(size.messages)]
    sent = _with_resends(once, chance)
    with _killed_now_and_then(database_url, kills=size.kills) as (address, killer):
        with sending(address, key=key, messages=sent, connections=CLIENTS, is_stubborn=True) as senders:
            killer(senders, len(sent))
            senders.wait_for(len(sent), seconds=60 + len(sent) / 20)
        others = _under_the_same_ids(once[: CLIENTS * 2])
        reused = send_all(address() or "", others, key=key)
    assert all(answer.is_acknowledgement for answer in senders.answers)
    assert len(senders.answers) == len(sent)
    assert [_reason(answer) for answer in reused.answers] == [(409, "IDENTITY_REUSED")] * len(others)
    _assert_each_had_one_answer(senders.answers)
    books = read_books(database_url)
    assert books.contradictions == ()
    assert (books.told_events, books.visits, books.decisions, books.instructions, len(books.answers)) == (
        (size.messages,) * 5
    )
    assert books.versions == Counter({1: size.messages})
    assert doctor_says(database_url)[0] == 0
    write_down(
        f"never twice, {database_url.partition(':')[0]}",
        tried=f"{size.messages:,} messages sent {len(sent):,} times by {CLIENTS} clients, {size.kills} kills",
        found=f"{books.told_events:,} events, {books.instructions:,} instructions, one answer each",
    )


def test_a_server_that_forgets_what_it_was_told_doubles_the_effect(sqlite_url: str) -> None:
    """The control: with repeats unknown the same messages have more effects than one, and more answers."""
    key = prepare(sqlite_url)
    once = [gate_in(number) for number in range(30)]
    with serve(sqlite_url, script=faulty("forgetful"), salt=SALT) as server:
        answers = send_all(server.base_url, [*once, *once], key=key).answers
    assert read_books(sqlite_url).told_events == 60
    with pytest.raises(AssertionError, match="more than one answer"):
        _assert_each_had_one_answer(answers)


def _with_resends(once: list[Told], chance: random.Random) -> list[Told]:
    """Each one to five times more: some at once beside the first, some later."""
    placed = []
    for place, told in enumerate(once):
        times = [place, *(place + chance.choice((0, 1, 5, 100, 1000)) for _ in range(chance.randint(1, 5)))]
        placed += [(when, chance.random(), told) for when in times]
    return [told for *_, told in sorted(placed, key=lambda one: one[:2])]


def _assert_each_had_one_answer(answers: list[Answer]) -> None:
    results: dict[str, list[object]] = {}
    for answer in answers:
        told = answer.json()
        assert told["results"][0]["instruction"] is not None
        results.setdefault(answer.told.message_id, []).append((told["receiptID"], told["results"]))
    different = [name for name, given in results.items() if any(one != given[0] for one in given)]
    assert not different, f"{len(different)} messages had more than one answer"
    firsts = Counter(answer.told.message_id for answer in answers if not answer.json()["duplicate"])
    assert firsts.most_common(1)[0][1] == 1


def _under_the_same_ids(taken: list[Told]) -> list[Told]:
    return [gate_in(900_000 + n, message_id=told.message_id) for n, told in enumerate(taken)]


def _reason(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json()["reason"]


@contextlib.contextmanager
def _killed_now_and_then(url: str, *, kills: int) -> Iterator[tuple]:
    """Where the server is just now, and what kills it `kills` times while so many answers come."""
    with contextlib.ExitStack() as everything:
        running: list[tuple[Server, contextlib.ExitStack]] = []

        def start() -> None:
            stack = everything.enter_context(contextlib.ExitStack())
            running.append((stack.enter_context(serve(url, salt=SALT)), stack))

        def address() -> str | None:
            return running[-1][0].base_url if running else None

        def killer(senders: Senders, wanted: int) -> None:
            for count in range(1, kills + 1):
                senders.wait_for(wanted * count // (kills + 1), seconds=60 + wanted / 20)
                server, stack = running[-1]
                kill(server)
                stack.close()
                start()

        start()
        yield address, killer
