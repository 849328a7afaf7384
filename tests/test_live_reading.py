"""web.live_reading and what it spares: no answer waits for its transaction's end, and no projection is made in vain."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection

from build_port import NOW
from port import dossier, projecting
from port.access import NO_CALL, View
from port.availability import DatabaseUnavailable
from port.database import Database, open_database
from port.dossier import Dossier
from web.live_keys import LiveKeys
from web.live_reading import READERS, Reading

VIEWS = [View(name) for name in ("customs", "authority", "terminal", "trade", "haulier", "carrier", "tally")]


class Lingering(Database):
    """A database whose transactions end only when they may."""

    def __init__(self, url: str) -> None:
        opened = open_database(url)
        super().__init__(opened.url, writer=opened._writer, reader=opened._reader)
        self.may_end = threading.Event()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with super().read() as connection:
            yield connection
            assert self.may_end.wait(20)


def test_an_answer_does_not_wait_for_the_end_of_its_transaction(sqlite_url: str):
    with closing(Lingering(sqlite_url)) as database:
        reading = Reading(database, LiveKeys("a" * 32))
        try:
            # As many as may ask at once, and those who ask while these end.
            for _ in range(2 * READERS):
                assert asyncio.run(asyncio.wait_for(reading.ask({}, {}), 20)) == {}
            assert not database.may_end.is_set()
        finally:
            database.may_end.set()
            reading.stop()


def test_who_asks_hears_that_the_database_is_away(postgresql_url: str):
    nowhere = postgresql_url.rpartition("/")[0] + "/nowhere"
    with closing(open_database(nowhere)) as database:
        reading = Reading(database, LiveKeys("a" * 32))
        with pytest.raises(DatabaseUnavailable):
            asyncio.run(asyncio.wait_for(reading.ask({}, {}), 20))
        reading.stop()


def on_the_yard() -> Dossier:
    """A visit of which little was told."""
    empty = dict.fromkeys(Dossier.__struct_fields__)
    flags = dict.fromkeys(("is_past_point", "is_withdrawn", "is_expected", "left_without_release"), False)
    many = dict.fromkeys(("facilities", "seals", "documents", "movement_senders", "nominees"), ())
    told = {"visit_id": "V", "container_number": "CSQU3054383", "movement": "IN_YARD", "facet_facts": {}}
    facets = {"customs": "NOT_DECLARED", "customs_arrival": "NOT_REPORTED", "carrier": "UNKNOWN", "charges": "UNKNOWN"}
    return Dossier(**(empty | flags | many | told | facets))  # type: ignore[arg-type]  # of each field its own


@pytest.mark.parametrize(
    "changed",
    [
        {"position": "A01"},
        {"facility_code": "XMHT"},
        {"direction": "IMPORT"},
        {"begun_at": NOW},
        {"ended_at": NOW + timedelta(microseconds=1)},
    ],
)
def test_what_surely_differs_is_shown_differently_to_everybody(changed: dict[str, object]):
    one = on_the_yard()
    other = replace(one, **changed)
    assert projecting.surely_differ(one, other)
    for view in VIEWS:
        told = [projecting.project(each, view, NO_CALL, version=1) for each in (one, other)]
        assert told[0] != told[1], view


def test_of_what_only_some_may_see_nothing_is_said():
    one = on_the_yard()
    assert not projecting.surely_differ(one, replace(one, seals=("S1",), gross_mass_kg=1.0, is_laden=True))
    assert not projecting.surely_differ(one, dossier.from_json(dossier.to_json(one)))
