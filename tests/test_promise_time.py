"""Promise: a clock that is wrong, ours or a sender's, never changes what happened before what.

What has happened cannot lie in the future: an ACT more than 15 minutes after we hear of it is refused, whatever zone it
is told in.  When we heard is kept and orders nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters import intake
from adapters.seam import SenderProfile
from build_formats import interchange
from build_port import NOW, TestPort, moved, running_port
from port.actor import Role
from port.draft import DraftItem
from senders import box

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = ("Europe/Berlin", "Asia/Shanghai", "America/New_York", "Australia/Lord_Howe", "UTC")
# A year with both changes of clocks in it, and every minute of the night in which Berlin repeats an hour.
INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)) | st.integers(0, 240).map(  # noqa: DTZ001
    lambda minutes: datetime(2026, 10, 24, 23) + timedelta(minutes=minutes)  # noqa: DTZ001
)


def profile(zone: str = "Asia/Shanghai") -> SenderProfile:
    return SenderProfile("TERMINAL", Role.TERMINAL, frozenset({"XMHT"}), time_zone=ZoneInfo(zone))


def told_by_gate(at: str, *, received_at: datetime, classifier: str = "ACT") -> DraftItem:
    event = moved("GTIN", box=box(1)) | {"eventDateTime": at, "eventClassifierCode": classifier}
    return _taken("gate", json.dumps({"events": [event]}).encode(), profile(), received_at)


def told_by_codeco(at: str, *, zone: str, received_at: datetime) -> DraftItem:
    body = interchange(f"CODECO'BGM+34+T1+9'EQD+CN+{box(1)}+22G1:102:5++2+5'DTM+7:{at}:204'")
    return _taken("edifact", body, profile(zone), received_at)


def _taken(format: str, body: bytes, sender: SenderProfile, received_at: datetime) -> DraftItem:
    [item] = intake.receive(body, format=format, sender=sender, key_id="k", received_at=received_at).items
    return item


def refusal(item: DraftItem) -> str | None:
    return item.error.reason if item.error else None


@given(
    received_at=INSTANTS,
    ahead=st.integers(-86_400, 86_400) | st.integers(890, 910),
    zone=st.sampled_from(ZONES),
)
def test_what_happened_is_refused_from_fifteen_minutes_in_the_future_on(
    received_at: datetime, ahead: int, zone: str
) -> None:
    heard = received_at.replace(tzinfo=UTC, microsecond=0)
    happened = heard + timedelta(seconds=ahead)
    expected = "FUTURE_TIME" if ahead > 15 * 60 else None
    told = happened.astimezone(ZoneInfo(zone)).isoformat()
    assert refusal(told_by_gate(told, received_at=heard)) == expected
    # What is expected or planned lies in the future by its nature.
    assert refusal(told_by_gate(told, received_at=heard, classifier="EST")) is None
    assert refusal(told_by_codeco(f"{happened:%Y%m%d%H%M%S}", zone="UTC", received_at=heard)) == expected


@given(instant=INSTANTS, zone=st.sampled_from(ZONES))
def test_a_time_with_an_offset_is_that_very_instant_in_any_zone_and_season(instant: datetime, zone: str) -> None:
    happened = instant.replace(tzinfo=UTC, microsecond=0)
    item = told_by_gate(happened.astimezone(ZoneInfo(zone)).isoformat(), received_at=happened + timedelta(days=1))
    assert item.fact.event_datetime == happened


@given(instant=INSTANTS, zone=st.sampled_from(ZONES))
def test_a_local_time_is_that_instant_unless_the_clocks_showed_it_twice(instant: datetime, zone: str) -> None:
    """Of an hour that is repeated the first is meant; nothing in the message could say which."""
    happened = instant.replace(tzinfo=UTC, microsecond=0)
    local = happened.astimezone(ZoneInfo(zone))
    item = told_by_codeco(f"{local:%Y%m%d%H%M%S}", zone=zone, received_at=happened + timedelta(days=1))
    meant = local.replace(fold=0).astimezone(UTC)
    assert item.fact.event_datetime == meant
    assert (meant == happened) == (local.fold == 0)
    assert "TIME_ZONE_ASSUMED" in {note.reason for note in item.warnings}


@pytest.mark.parametrize(
    ("local", "instant"),
    [
        ("20261025015959", "2026-10-24T23:59:59Z"),
        ("20261025020000", "2026-10-25T00:00:00Z"),
        ("20261025023000", "2026-10-25T00:30:00Z"),
        ("20261025030000", "2026-10-25T02:00:00Z"),
        # The clocks went from two to three: an hour that never was is read as if they had not.
        ("20260329015959", "2026-03-29T00:59:59Z"),
        ("20260329023000", "2026-03-29T01:30:00Z"),
        ("20260329030000", "2026-03-29T01:00:00Z"),
    ],
)
def test_the_nights_in_which_berlin_changes_its_clocks(local: str, instant: str) -> None:
    item = told_by_codeco(local, zone="Europe/Berlin", received_at=NOW)
    assert item.fact.event_datetime == datetime.fromisoformat(instant)


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestPort]:
    with running_port(f"sqlite:///{tmp_path_factory.mktemp('time') / 'port.db'}") as running:
        yield running


STORY = [("GTIN", 90), ("DROP", 80), ("PICK", 70), ("DROP", 60), ("PICK", 50), ("LOAD", 40)]
_boxes = iter(range(1, 1_000_000))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    order=st.permutations(range(len(STORY))),
    skews=st.lists(st.integers(-20, 3 * 24 * 60), min_size=len(STORY), max_size=len(STORY)),
)
def test_neither_our_clock_nor_the_order_of_hearing_reorders_what_happened(
    port: TestPort, order: list[int], skews: list[int]
) -> None:
    told_in_order, told_anyhow = box(next(_boxes)), box(next(_boxes))
    port.clock.now = NOW
    for code, minutes in STORY:
        _tell(port, told_in_order, code, minutes)
    for place, skew in zip(order, skews, strict=True):
        port.clock.now = NOW + timedelta(minutes=skew)
        _tell(port, told_anyhow, *STORY[place])
    port.clock.now = NOW + timedelta(days=4)
    assert _story(port, told_anyhow) == _story(port, told_in_order)
    assert [code for code, _ in _story(port, told_anyhow)[1]] == [code for code, _ in STORY]


def _tell(port: TestPort, number: str, code: str, minutes_ago: int) -> None:
    event = moved(code, box=number, minutes_ago=minutes_ago, movementType="EXPORT")
    [result] = port.gate(event)["results"]
    assert result["outcome"] != "rejected"


def _story(port: TestPort, number: str) -> tuple[str, list[tuple[str, str]]]:
    facets = port.container(number)["facets"]
    lines = port.get(f"/v1/containers/{number}/timeline", role="customs").json()["lines"]
    codes = {code for code, _ in STORY}
    return facets["movement"], [(line["type"], line["at"]) for line in lines if line["type"] in codes]


def test_a_terminal_in_berlin_tells_the_repeated_hour_with_its_offsets(sqlite_url: str) -> None:
    """By offsets the two hours are told apart, through every layer."""
    with running_port(sqlite_url, time_zone="Europe/Berlin") as port:
        number, night = box(1), ("2026-10-25T02:50:00+02:00", "2026-10-25T02:10:00+01:00")
        for code, at in zip(("GTIN", "LOAD"), night, strict=True):
            port.gate(moved(code, box=number, movementType="EXPORT") | {"eventDateTime": at})
        movement, lines = _story(port, number)
    assert (movement, lines) == ("LOADED", [("GTIN", "2026-10-25T00:50:00Z"), ("LOAD", "2026-10-25T01:10:00Z")])


def test_a_server_whose_clock_was_wrong_takes_what_it_refused_once_it_is_right(port: TestPort) -> None:
    """The control of the limit: the same event, refused by a clock that is behind, is no poison for ever."""
    event = moved("GTIN", box=box(next(_boxes)), movementType="EXPORT")
    port.clock.now = NOW - timedelta(hours=1)
    behind = port.gate(event)["results"][0]["error"]["reason"]
    port.clock.now = NOW
    assert (behind, port.gate(event)["results"][0]["outcome"]) == ("FUTURE_TIME", "accepted")
