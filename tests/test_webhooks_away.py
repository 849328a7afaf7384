"""A receiver that is away for three days: everything comes later, in order, without a storm, and no other is slower."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select

from adapters.outbound import Outcome, Verdict
from build_outbound import AWAY, DELIVERED, Outbox, endpoint, running_outbox, seeded
from build_port import discharged, moved
from counts import short_and_full, write_down
from port.outbox import DELIVERIES
from port.outbox_schedule import LONGEST_PAUSE
from senders import box as numbered
from web.outbound_sending import MOST_AT_ONCE

BOXES = ("MSCU6639870", "CSQU3054383", "TGHU7599330", "TEMU2233310")
AWAY_FOR = timedelta(days=3)
TYPES = ["container.discharged", "container.gated_in", "container.gated_out", "container.disclosed"]


@pytest.fixture
def outbox(sqlite_url: str) -> Iterator[Outbox]:
    with running_outbox(sqlite_url) as running:
        running.chance = seeded()
        yield running


def stir(outbox: Outbox, round_: int, boxes: Sequence[str] = BOXES) -> None:
    """Something happens to every box, at the terminal."""
    for number, box in enumerate(boxes):
        event = discharged(minutes_ago=600 - round_, box=box, facilityCode="XMHT") if round_ == 0 else None
        event = event or moved(
            "GTOT" if round_ % 2 else "GTIN", minutes_ago=600 - round_ * 5 - number, box=box, facilityCode="XMHT"
        )
        outbox.port.gate(event)


def three_days(outbox: Outbox, boxes: Sequence[str] = BOXES) -> None:
    """A round every three hours."""
    for round_ in range(24):
        stir(outbox, round_, boxes)
        outbox.forward(hours=3)


@pytest.mark.slow
@short_and_full("boxes", short=BOXES, full=tuple(numbered(number) for number in range(100)))
def test_everything_comes_later_in_order_without_a_storm_and_nobody_else_notices(
    outbox: Outbox, boxes: tuple[str, ...]
):
    endpoint(outbox.port, "away", role="terminal", types=TYPES)
    endpoint(outbox.port, "here", role="terminal", types=TYPES)
    back_at = outbox.now + AWAY_FOR + timedelta(minutes=1)
    outbox.receiver.answers["away"] = lambda now: AWAY if now < back_at else DELIVERED
    three_days(outbox, boxes)
    tried = [(at, p) for at, p in outbox.receiver.sent if p.address.endswith("away")]
    here = [(at, p) for at, p in outbox.receiver.sent if p.address.endswith("here")]
    made = len(here)
    assert made == len({p.delivery_id for _, p in here}) >= 60
    # One attempt at a time, at intervals: not one for each delivery and step of its schedule.
    assert len(tried) <= AWAY_FOR / LONGEST_PAUSE + 12
    times = [at for at, _ in tried]
    # Those sent at once before it was known to be down; then each after a pause of its own.
    apart = [later - earlier for earlier, later in pairwise(times[len(boxes) :])]
    assert min(apart) >= timedelta(seconds=5)
    outbox.receiver.sent.clear()
    outbox.naps.clear()
    outbox.forward(minutes=20)
    came = [p for _, p in outbox.receiver.sent if p.address.endswith("away")]
    assert {p.delivery_id for p in came} == {_twin(outbox, p.delivery_id) for _, p in here}
    assert len(came) == made
    versions: dict[str, list[int]] = {}
    for one in outbox.receiver.told("away"):
        versions.setdefault(one["data"]["visitID"], []).append(one["data"]["version"])
    assert all(told == sorted(told) for told in versions.values())
    assert len(versions) >= len(boxes)
    # Filled up slowly, and never faster than fifty a second.
    assert outbox.naps[:3] == [1 / 50, 2 / 50, 4 / 50]
    # Nothing comes after the last wave, so nothing waits for its share of the second.
    assert round(sum(outbox.naps), 6) >= (made - MOST_AT_ONCE) / 50
    assert outbox.port.get("/v1/webhooks", role="terminal").json()["webhooks"][0]["state"] == "ENABLED"
    write_down(
        "webhooks: a receiver away for three days, by a clock set by hand, sqlite",
        tried=f"{made:,} deliveries of {len(boxes)} boxes waited for it; {len(tried)} attempts meanwhile",
        found=f"all {made:,} came once and in order within 20 minutes of its return, at most 50 a second; "
        "the one beside it lacked none",
    )


@pytest.mark.slow
def test_others_are_sent_the_same_bytes_at_the_same_times_whether_one_is_away_or_not(
    outbox: Outbox, tmp_path_factory: pytest.TempPathFactory
):
    def here(running: Outbox) -> list[tuple[timedelta, str, int]]:
        began = running.now
        endpoint(running.port, "here", role="terminal", types=TYPES)
        three_days(running)
        sent = [(at, p) for at, p in running.receiver.sent if p.address.endswith("here")]
        return [(at - began, p.type, len(p.body)) for at, p in sent]

    endpoint(outbox.port, "away", role="terminal", types=TYPES)
    outbox.receiver.answers["away"] = lambda _now: AWAY
    with_one_away = here(outbox)
    folder = tmp_path_factory.mktemp("alone")
    with running_outbox(f"sqlite:///{folder / 'port.db'}") as alone:
        assert sorted(here(alone)) == sorted(with_one_away)


def test_one_delivery_is_tried_ten_times_and_then_the_endpoint_is_turned_off(outbox: Outbox):
    made = endpoint(outbox.port, "never", role="terminal", types=["container.discharged"])
    outbox.receiver.answers["never"] = lambda _now: Outcome(Verdict.RETRY, 500, "REFUSED")
    stir_one = discharged(minutes_ago=30, facilityCode="XMHT")
    outbox.port.gate(stir_one)
    began = outbox.now
    outbox.forward(days=10)
    after = [at - began for at, _ in outbox.receiver.sent]
    assert len(after) == 10
    assert timedelta(hours=75.5) < after[-1] < timedelta(hours=75.6) * 1.1
    told = outbox.port.get(f"/v1/webhooks/{made['webhookID']}", role="terminal").json()
    assert (told["state"], told["disabledReason"], told["waiting"]) == ("DISABLED", "UNREACHABLE", 0)


@pytest.mark.slow
def test_an_endpoint_that_takes_some_and_refuses_one_stays_on(outbox: Outbox):
    endpoint(outbox.port, "picky", role="terminal", types=TYPES)
    stir(outbox, 0)
    outbox.follow()
    refused: set[str] = set()

    async def bring(parcel, now):  # type: ignore[no-untyped-def]
        outbox.receiver.sent.append((now, parcel))
        refused.add(parcel.delivery_id) if not refused else None
        return Outcome(Verdict.RETRY, 422, "REFUSED") if parcel.delivery_id in refused else DELIVERED

    outbox.bring = bring
    for round_ in range(1, 40):
        stir(outbox, round_)
        outbox.forward(hours=3)
    told = outbox.port.get("/v1/webhooks", role="terminal").json()["webhooks"][0]
    assert (told["state"], told["failures"], told["waiting"]) == ("ENABLED", 0, 0)
    attempts = [p.delivery_id for _, p in outbox.receiver.sent if p.delivery_id in refused]
    assert len(attempts) == 10


@pytest.mark.parametrize("mended", ["enable", "url"])
def test_what_was_put_off_for_a_day_is_sent_once_its_owner_has_mended_it(outbox: Outbox, mended: str):
    made = endpoint(outbox.port, "away", role="terminal", types=TYPES)
    day = Outcome(Verdict.RETRY, 503, "REFUSED", timedelta(days=1))
    outbox.receiver.answers["away"] = lambda _now: day
    stir(outbox, 0)
    outbox.forward(seconds=30)
    stir(outbox, 1)
    outbox.forward(hours=1)
    outbox.receiver.answers.clear()
    outbox.receiver.sent.clear()
    path, headers = f"/v1/webhooks/{made['webhookID']}", outbox.port.headers("terminal")
    if mended == "enable":
        outbox.port.client.post(f"{path}/enable", headers=headers)
    else:
        outbox.port.client.request("PATCH", path, json={"url": "https://other.example/away"}, headers=headers)
    outbox.forward(seconds=30)
    waits = select(DELIVERIES.c.delivery_id).where(DELIVERIES.c.state == "WAITING")
    with outbox.database.read() as connection:
        assert connection.execute(waits).all() == []
    assert len(outbox.receiver.sent) >= 2 * len(BOXES)


def test_who_asks_for_an_hour_is_not_asked_within_it(outbox: Outbox):
    endpoint(outbox.port, "busy", role="terminal", types=TYPES)
    hour = timedelta(hours=1)
    outbox.receiver.answers["busy"] = lambda _now: Outcome(Verdict.RETRY, 429, "REFUSED", retry_after=hour)
    stir(outbox, 0)
    outbox.send()
    began, first = outbox.now, len(outbox.receiver.sent)
    outbox.until(began + timedelta(minutes=59))
    assert len(outbox.receiver.sent) == first <= len(BOXES)
    outbox.until(began + timedelta(minutes=61))
    assert len(outbox.receiver.sent) > first


def _twin(outbox: Outbox, delivery_id: str) -> str:
    """The id of the delivery that tells the first endpoint what this one told the second."""
    d = DELIVERIES.c
    with outbox.database.read() as connection:
        one = connection.execute(select(DELIVERIES).where(d.delivery_id == delivery_id)).one()
        twin = select(d.delivery_id).where(
            d.key == one.key, d.version == one.version, d.type == one.type, d.target_id != one.target_id
        )
        found: str = connection.execute(twin).scalar_one()
    return found
