"""A long message is taken part by part: others come between, and one that was cut off is taken to its end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace
from sqlalchemy import text
from stdnum import iso6346

from adapters import intake
from adapters.seam import SenderProfile
from build_parties import new_key
from build_port import moved
from migrated import make_tables
from port import batch as batches
from port.actor import Role
from port.draft import Draft, Receipt
from port.errors import IdentityReused
from port.parts import PART
from web.app import open_port
from web.finishing import finish_begun
from web.port import Port
from web.settings import Settings

TERMINAL = SenderProfile(party="XMHT", role=Role.TERMINAL, facilities=frozenset({"XMHT"}))
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


def count(port: Port, what: str) -> int:
    return int(port.ask(lambda connection: connection.scalar(text(f"SELECT count(*) FROM {what}"))))


def states(port: Port) -> dict[str, tuple[str, int]]:
    rows = port.ask(lambda connection: connection.execute(text("SELECT identity, state, items FROM message")).all())
    return {row.identity: (row.state, row.items) for row in rows}


def outcomes(receipt: Receipt) -> list[tuple[int, str]]:
    return [(result.item, result.outcome) for result in receipt.results]


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
    assert states(port) == {"id:LONG": ("TAKING", PART)}
    events = count(port, "stored_event WHERE kind = 'equipment'")
    first = port.recorder.submit_and_wait(long)
    again = port.recorder.submit_and_wait(long)
    assert (events, count(port, "stored_event WHERE kind = 'equipment'")) == (PART, MANY)
    assert outcomes(first) == outcomes(again) == [(n, "accepted") for n in range(1, MANY + 1)]
    assert (first.is_duplicate, again.is_duplicate) == (False, True)
    assert states(port) == {"id:LONG": ("TAKEN", MANY)}
    with pytest.raises(IdentityReused):
        port.recorder.submit_and_wait(draft("LONG", range(5)))


def test_two_who_send_the_same_long_message_at_once_get_the_same_results(port: Port) -> None:
    async def twice() -> list[Receipt]:
        long = draft("LONG", range(MANY))
        return await asyncio.gather(port.recorder.submit(long), port.recorder.submit(long))

    one, other = asyncio.run(twice())
    assert one.results == other.results
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
    refused = {result.item for result in receipt.results if result.outcome == "rejected"}
    assert refused == set(range(PART + 1, 2 * PART + 1))
    assert states(port) == {"id:LONG": ("PARTLY_REFUSED", MANY)}


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
