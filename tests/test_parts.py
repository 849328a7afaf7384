"""A long message is taken part by part: others come between, and one that was cut off is taken to its end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from msgspec.structs import replace
from sqlalchemy import event, text
from stdnum import iso6346

from adapters import intake, slices
from adapters.seam import SenderProfile
from build_formats import interchange
from build_parties import new_key
from build_port import moved
from events import log_parts
from events.types import EquipmentEvent
from migrated import make_tables
from port import batch as batches
from port import kept, reconciling, refusals
from port.actor import Actor, Role
from port.draft import Draft, ItemResult, Note, Receipt, derived_id
from port.errors import IdentityReused
from port.parts import PART, event_id
from web import wire
from web.app import open_port
from web.finishing import finish_begun
from web.messages import encode
from web.port import Port
from web.settings import Settings

TERMINAL = SenderProfile(party="XMHT", role=Role.TERMINAL, facilities=frozenset({"XMHT"}))
READER = Actor("k", "XMHT", "Terminal", Role.TERMINAL, frozenset({"XMHT"}))
MANY = 2 * PART + 10


@pytest.fixture
def port(database_url: str) -> Iterator[Port]:
    make_tables(database_url)
    opened = open_port(Settings(database_url=database_url))
    opened.recorder.start()
    yield opened
    opened.recorder.stop()
    opened.database.close()


def draft(identity: str, boxes: range) -> Draft:
    at = datetime.now(UTC).isoformat()
    numbers = [f"CSQU{number:06d}" for number in boxes]
    events = [moved("GTIN", box=n + iso6346.calc_check_digit(n)) | {"eventDateTime": at} for n in numbers]
    body = json.dumps({"messageID": identity, "events": events}).encode()
    return intake.receive(body, format="gate", sender=TERMINAL, key_id="k", received_at=datetime.now(UTC))


def gate_report(boxes: range) -> Draft:
    """A CODECO of these boxes, in an interchange whose reference is always the same."""
    numbers = [f"CSQU{number:06d}" for number in boxes]
    told = [f"EQD+CN+{n}{iso6346.calc_check_digit(n)}+22G1:102:5++2+5'DTM+7:202611201305:203'" for n in numbers]
    body = interchange(f"CODECO'BGM+34+EG1+9'{''.join(told)}")
    return intake.receive(body, format="edifact", sender=TERMINAL, key_id="k", received_at=datetime.now(UTC))


def count(port: Port, what: str) -> int:
    return int(port.ask(lambda connection: connection.scalar(text(f"SELECT count(*) FROM {what}"))))


def test_the_id_of_a_fact_begins_with_its_own_date_whenever_and_wherever_it_is_heard():
    first = draft("IDS", range(3))
    again = replace(first, received_at=first.received_at + timedelta(days=3))
    made = [event_id(first, n) for n in (1, 2, 3)]
    assert made == [event_id(again, n) for n in (1, 2, 3)]
    [fact, *_] = [item.fact for item in first.items]
    assert isinstance(fact, EquipmentEvent)
    assert {int(one[:8], 16) for one in made} == {int(fact.event_datetime.timestamp())}
    assert len(set(made)) == 3


def test_the_id_of_a_fact_without_a_date_follows_from_its_message_alone():
    call = {"vesselCalls": [{"callSign": "BQCD", "voyage": "033E", "facilityCode": "XMHT"}]}
    customs = SenderProfile(party="CUSTOMS", role=Role.CUSTOMS)
    raw = json.dumps({"messageID": "CALL", **call}).encode()
    told = intake.receive(raw, format="customs", sender=customs, key_id="k", received_at=datetime.now(UTC))
    assert event_id(told, 1) == derived_id("event", told.sender, told.format, told.identity, "1")


def states(port: Port) -> dict[str, tuple[str, int]]:
    rows = port.ask(lambda connection: connection.execute(text("SELECT identity, state, items FROM message")).all())
    return {row.identity: (row.state, row.items) for row in rows}


def outcomes(receipt: Receipt) -> list[tuple[int, str]]:
    return [(result.item, result.outcome) for result in receipt.results]


def refused_items(receipt: Receipt) -> set[int]:
    return {result.item for result in receipt.results if result.outcome == "rejected"}


def has_reused(receipt: Receipt) -> bool:
    return any(note.reason == "REFERENCE_REUSED" for result in receipt.results for note in result.warnings)


def shown(port: Port) -> Receipt:
    """The one message's answer, as its sender may read it."""
    [listed] = port.ask(kept.list_messages, READER, only_refused=False, before=None, limit=5).rows
    return port.ask(kept.get_message, READER, listed.receipt_id).receipt


def counted(port: Port) -> list[reconciling.Tally]:
    """This hour's reconciliation."""
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    ask = partial(reconciling.count, read_claims=lambda _format, _body: (), pause=lambda: None)
    return [one for back in (1, 0) for one in port.ask(ask, hour - timedelta(hours=back))]


def test_others_are_answered_before_a_long_message_is_through(port: Port) -> None:
    answered: list[str] = []

    async def tell(name: str, boxes: range) -> Receipt:
        receipt = await port.recorder.submit(draft(name, boxes))
        answered.append(name)
        return receipt

    async def both() -> list[Receipt]:
        return await asyncio.gather(tell("LONG", range(MANY)), tell("SHORT", range(900_000, 900_001)))

    long, _ = asyncio.run(both())
    assert answered == ["SHORT", "LONG"]
    assert outcomes(long) == [(n, "accepted") for n in range(1, MANY + 1)]
    assert [result.sequence for result in long.results][-1] == MANY + 1
    assert states(port) == {"id:LONG": ("TAKEN", MANY), "id:SHORT": ("TAKEN", 1)}
    assert count(port, "message") == 2


def test_a_long_message_that_was_cut_off_is_taken_to_its_end_when_it_comes_again(port: Port) -> None:
    long = draft("LONG", range(MANY))
    with port.database.write() as connection:
        # What a server had committed when it was killed.
        batch = batches.Batch(connection, port.judge, now=datetime.now(UTC))
        batch.preload([long])
        assert batch.message(long) is None
        batch.finish()
    assert states(port) == {"id:LONG": ("TAKING", MANY)}
    assert outcomes(shown(port)) == [(n, "accepted") for n in range(1, PART + 1)]
    assert [one.acknowledged for one in counted(port)] == [PART]
    events = count(port, "stored_event WHERE kind = 'equipment'")
    first = port.recorder.submit_and_wait(long)
    again = port.recorder.submit_and_wait(long)
    assert (events, count(port, "stored_event WHERE kind = 'equipment'")) == (PART, MANY)
    assert outcomes(first) == outcomes(again) == [(n, "accepted") for n in range(1, MANY + 1)]
    assert (first.is_duplicate, again.is_duplicate) == (False, True)
    assert shown(port).results == first.results
    assert states(port) == {"id:LONG": ("TAKEN", MANY)}
    assert count(port, "message_part") == 0
    with pytest.raises(IdentityReused):
        port.recorder.submit_and_wait(draft("LONG", range(5)))


def test_two_who_send_the_same_long_message_at_once_get_the_same_results(
    port: Port, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, find = list[str](), log_parts.find_answers
    monkeypatch.setattr(log_parts, "find_answers", lambda c, ids: [read.extend(ids), find(c, ids)][1])

    async def twice() -> list[Receipt]:
        long = draft("LONG", range(MANY))
        return await asyncio.gather(port.recorder.submit(long), port.recorder.submit(long))

    one, other = asyncio.run(twice())
    assert one.results == other.results
    # The second need not read before each of its parts what the first took.
    assert len(read) <= 1
    assert count(port, "stored_event WHERE kind = 'equipment'") == MANY


def test_a_fault_in_the_middle_of_a_long_message_refuses_its_part_alone(
    port: Port, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = batches.Batch.append

    def faulty(self: batches.Batch, fact, teller, *, event_id):
        recorded = whole(self, fact, teller, event_id=event_id)
        if fact.container_number.startswith(f"CSQU{PART + 5:06d}"):
            raise ZeroDivisionError
        return recorded

    monkeypatch.setattr(batches.Batch, "append", faulty)
    receipt = port.recorder.submit_and_wait(draft("LONG", range(MANY)))
    # Its parts: 16, 32, 64, and then the one with the fault.
    assert refused_items(receipt) == set(range(113, 241))
    assert states(port) == {"id:LONG": ("PARTLY_REFUSED", MANY)}


def test_a_part_that_cannot_be_saved_is_refused_alone(port: Port, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = batches.Batch.finish

    def faulty(self: batches.Batch):
        if any(getattr(one.fact, "container_number", "").startswith("CSQU000020") for one in self._facts.appended):
            raise ZeroDivisionError
        return whole(self)

    monkeypatch.setattr(batches.Batch, "finish", faulty)
    receipt = port.recorder.submit_and_wait(draft("LONG", range(MANY)))
    assert refused_items(receipt) == set(range(17, 49))
    assert states(port) == {"id:LONG": ("PARTLY_REFUSED", MANY)}


def test_the_bytes_of_a_long_message_are_written_once_however_many_parts_it_has(port: Port) -> None:
    asked: list[str] = []
    event.listen(port.database._writer, "before_cursor_execute", lambda _c, _cursor, text, *_: asked.append(text))
    port.recorder.submit_and_wait(draft("LONG", range(20 * PART)))
    of_messages = [
        text.split()[0] for text in asked if "answer" in text and ('"message"' in text or " message " in text)
    ]
    # Whether it was there before is asked once: who holds what was taken asks only how far.
    assert of_messages == ["SELECT", "INSERT", "UPDATE"]
    assert sum('"message_body"' in text for text in asked) == 1
    assert count(port, "message WHERE length(body) = 0") == 1


def test_the_bytes_of_a_long_message_are_read_as_they_came(port: Port) -> None:
    long, short = draft("LONG", range(MANY)), draft("SHORT", range(900_000, 900_001))
    for sent in (long, short):
        receipt_id = port.recorder.submit_and_wait(sent).receipt_id
        assert port.ask(kept.get_message, READER, receipt_id).body == sent.body
        assert port.ask(refusals.get_message, receipt_id).body == sent.body


def test_a_long_interchange_is_not_said_to_have_used_its_own_reference_before(port: Port) -> None:
    told = [port.recorder.submit_and_wait(gate_report(boxes)) for boxes in (range(MANY), range(900_000, 900_001))]
    assert [len(receipt.results) for receipt in told] == [MANY, 1]
    assert [has_reused(receipt) for receipt in told] == [False, True]


def test_what_a_crash_cut_off_is_finished_though_nobody_asks(port: Port, monkeypatch: pytest.MonkeyPatch) -> None:
    with port.database.write() as connection:
        speaker = new_key(connection, facilities=("XMHT",))
        long = replace(draft("LONG", range(MANY)), key_id=speaker.key_id)
        batch = batches.Batch(connection, port.judge, now=datetime.now(UTC))
        batch.preload([long])
        batch.message(long)
        batch.finish()
    assert finish_begun(port) == 0
    monkeypatch.setattr(port, "clock", lambda: datetime.now(UTC) + timedelta(minutes=11))
    assert (finish_begun(port), finish_begun(port)) == (1, 0)
    assert states(port) == {"id:LONG": ("TAKEN", MANY)}
    assert outcomes(port.recorder.submit_and_wait(long)) == [(n, "accepted") for n in range(1, MANY + 1)]


def test_a_long_receipt_is_written_in_slices_as_it_would_be_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    paused: list[float] = []
    monkeypatch.setattr(slices, "sleep", paused.append)
    results = tuple(ItemResult(n, f"events[{n}]", "accepted", warnings=(Note("A", "b"),)) for n in range(1, 2051))
    receipt = Receipt("r", "s", datetime(2026, 11, 22, tzinfo=UTC), False, results)
    assert asyncio.run(encode(receipt)) == wire.encode(wire.receipt(receipt))
    assert len(paused) == 11
