"""The Recorder: one write path that answers after the commit, and that nothing sent to it can stop."""

from __future__ import annotations

import asyncio
import gc
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from adapters import intake
from adapters.seam import SenderProfile
from build_port import moved
from migrated import make_tables
from port.actor import Role
from port.batch import Batch
from port.draft import Draft, Receipt
from port.errors import IdentityReused
from port.record import AnswerLate, QueueFull, StoreUnavailable
from web.app import open_port
from web.port import Port
from web.settings import Settings

TERMINAL = SenderProfile(party="XMHT", role=Role.TERMINAL, facilities=frozenset({"XMHT"}))
BOXES = ("CSQU3054383", "TGHU1643396", "MSKU6353588")


@pytest.fixture
def port(database_url: str) -> Iterator[Port]:
    make_tables(database_url)
    opened = open_port(Settings(database_url=database_url))
    opened.recorder.start()
    yield opened
    opened.recorder.stop()
    opened.database.close()


def draft(identity: str, *, box: str = BOXES[0], code: str = "GTIN") -> Draft:
    event = moved(code, box=box) | {"eventDateTime": datetime.now(UTC).isoformat()}
    body = json.dumps({"messageID": identity, "events": [event]}).encode()
    return intake.receive(body, format="gate", sender=TERMINAL, key_id="k", received_at=datetime.now(UTC))


def stored(port: Port) -> list[tuple[str, str]]:
    with port.database.read() as connection:
        rows = connection.execute(text("SELECT identity, state FROM message ORDER BY identity"))
        return [(row.identity, row.state) for row in rows]


def test_a_repeat_in_the_same_batch_gets_the_first_answer(port: Port) -> None:
    sent = draft("A")

    async def both() -> list[object]:
        return await asyncio.gather(port.recorder.submit(sent), port.recorder.submit(sent))

    first, second = asyncio.run(both())
    assert (first.is_duplicate, second.is_duplicate) == (False, True)
    assert first.results == second.results


def test_another_body_under_the_same_id_is_a_conflict_and_disturbs_nobody(port: Port) -> None:
    async def three() -> list[object]:
        sent = [draft("A"), draft("A", box=BOXES[1]), draft("B", box=BOXES[2])]
        return await asyncio.gather(*map(port.recorder.submit, sent), return_exceptions=True)

    first, conflict, other = asyncio.run(three())
    assert isinstance(conflict, IdentityReused)
    assert [receipt.results[0].outcome for receipt in (first, other)] == ["accepted", "accepted"]


def test_a_fault_in_preparing_one_message_refuses_that_one_and_keeps_it(
    port: Port, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Batch.append

    def faulty(self: Batch, fact, teller, *, event_id):  # a fault of ours, in the middle of a message
        recorded = whole(self, fact, teller, event_id=event_id)
        if fact.container_number == BOXES[1]:
            raise ZeroDivisionError
        return recorded

    monkeypatch.setattr(Batch, "append", faulty)

    async def three() -> list[object]:
        sent = [draft(name, box=box) for name, box in zip("ABC", BOXES, strict=True)]
        return await asyncio.gather(*map(port.recorder.submit, sent))

    outcomes = [receipt.results[0].outcome for receipt in asyncio.run(three())]
    assert outcomes == ["accepted", "rejected", "accepted"]
    assert stored(port) == [("id:A", "TAKEN"), ("id:B", "REFUSED"), ("id:C", "TAKEN")]
    with port.database.read() as connection:
        assert (
            connection.scalar(text("SELECT count(*) FROM visit WHERE container_number = :box"), {"box": BOXES[1]}) == 0
        )


def test_poison_that_only_shows_when_saved_is_kept_as_refused_and_blocks_nobody(
    port: Port, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Batch.finish

    def faulty(self: Batch):
        if any(story.container_number == BOXES[1] for story in self.state.visits.stories.changed()):
            raise ValueError("cannot be saved")
        return whole(self)

    monkeypatch.setattr(Batch, "finish", faulty)

    async def three() -> list[object]:
        sent = [draft(name, box=box) for name, box in zip("ABC", BOXES, strict=True)]
        return await asyncio.gather(*map(port.recorder.submit, sent))

    errors = [receipt.results[0].error for receipt in asyncio.run(three())]
    assert [error and error.reason for error in errors] == [None, "INTERNAL_ERROR", None]
    assert stored(port) == [("id:A", "TAKEN"), ("id:B", "REFUSED"), ("id:C", "TAKEN")]


def test_a_database_that_fails_is_told_and_forgotten_once_it_is_back(
    port: Port, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(self: Batch):
        raise OperationalError("INSERT", {}, Exception("disk full"))

    with monkeypatch.context() as patched:
        patched.setattr(Batch, "finish", down)
        with pytest.raises(StoreUnavailable):
            port.recorder.submit_and_wait(draft("A"))
    assert stored(port) == []
    assert port.recorder.submit_and_wait(draft("A")).is_duplicate is False


def test_one_poisoned_message_of_many_costs_a_search_and_not_a_transaction_for_each(
    port: Port, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, commits = Batch.finish, []

    def faulty(self: Batch):
        commits.append(len(self.state.visits.stories.changed()))
        if any(story.container_number == BOXES[1] for story in self.state.visits.stories.changed()):
            raise ValueError("cannot be saved")
        return whole(self)

    monkeypatch.setattr(Batch, "finish", faulty)

    async def thirty_two() -> list[Receipt]:
        names = [f"{number:02}" for number in range(32)]
        sent = [draft(name, box=BOXES[1] if name == "20" else BOXES[0]) for name in names]
        return await asyncio.gather(*map(port.recorder.submit, sent))

    receipts = asyncio.run(thirty_two())
    assert [n for n, receipt in enumerate(receipts) if receipt.is_refused] == [20]
    # At most: one before the others had come, all, four parts of it and of each of their parts, and the refusal.
    assert len(commits) <= 1 + 1 + 4 * 3 + 1


def test_poison_that_shows_when_its_surroundings_are_read_is_kept_once_however_often_it_comes(
    port: Port, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Batch.preload

    def faulty(self: Batch, drafts, begun=None):
        if any(item.fact for draft in drafts for item in draft.items if draft.identity == "id:B"):
            raise ValueError("cannot be read")
        whole(self, drafts, begun)

    monkeypatch.setattr(Batch, "preload", faulty)
    healthy, sick = draft("A"), draft("B")
    receipts = [port.recorder.submit_and_wait(sent) for sent in (healthy, sick)]
    again = port.recorder.submit_and_wait(sick)
    assert [receipt.is_refused for receipt in receipts] == [False, True]
    assert (again.results[0].error, again.receipt_id) == (receipts[1].results[0].error, receipts[1].receipt_id)
    assert stored(port) == [("id:A", "TAKEN"), ("id:B", "REFUSED")]


def test_a_listener_that_fails_stops_nobody(port: Port) -> None:
    def fail(_changes: object) -> None:
        raise RuntimeError

    port.feed.listen(fail)
    for name, box in zip("AB", BOXES, strict=False):
        assert port.recorder.submit_and_wait(draft(name, box=box)).is_refused is False


def test_who_waits_too_long_is_told_that_it_may_still_be_taken_and_may_send_it_again(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'port.db'}"
    make_tables(url)
    port = open_port(Settings(database_url=url, answer_seconds=0.05))
    sent = draft("A")

    async def wait() -> Receipt:
        with pytest.raises(AnswerLate, match=r"not recorded within 0\.05 seconds; it may still be"):
            await port.recorder.submit(sent)
        with pytest.raises(AnswerLate):
            await port.recorder.command(lambda work: work.now)
        port.recorder.start()
        return await asyncio.to_thread(port.recorder.submit_and_wait, sent)

    again = asyncio.run(wait())
    assert (again.is_duplicate, again.results[0].outcome) == (True, "accepted")
    port.recorder.stop()
    port.database.close()


def test_a_caller_who_has_left_does_not_stop_the_writer(port: Port) -> None:
    async def leave() -> None:
        waiting = asyncio.ensure_future(port.recorder.submit(draft("A")))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    asyncio.run(leave())
    assert port.recorder.submit_and_wait(draft("B", box=BOXES[1])).results[0].outcome == "accepted"
    assert [identity for identity, _ in stored(port)] == ["id:A", "id:B"]


def test_more_than_the_limit_is_turned_away_at_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'port.db'}"
    make_tables(url)
    port = open_port(Settings(database_url=url, queue_limit=1))

    async def fill() -> None:
        waiting = asyncio.ensure_future(port.recorder.submit(draft("A")))
        await asyncio.sleep(0)
        with pytest.raises(QueueFull):
            await port.recorder.submit(draft("B"))
        port.recorder.start()
        await waiting

    asyncio.run(fill())
    port.recorder.stop()
    port.database.close()


def test_what_a_batch_made_is_gone_with_it_and_does_not_wait_for_the_collector(port: Port) -> None:
    gc.collect()
    gc.disable()
    try:
        port.recorder.submit_and_wait(draft("A"))
        port.recorder.command_and_wait(lambda work: work.now)
        port.recorder.stop()
        assert [kept for kept in gc.get_objects() if isinstance(kept, Batch)] == []
    finally:
        gc.enable()
