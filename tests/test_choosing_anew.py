"""Who chooses anew has what waits already by that: sooner, in its order, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from build_notices import MAILBOX, PHONE, SHANGHAI, Browser, Desk, running_desk
from build_port import BOX, declaration, discharged, manifest, notice

DISCHARGED, RELEASED, READY = "container.discharged", "container.customs_released", "container.ready_for_pickup"
NIGHT = {"from": "22:00", "to": "07:00", "zone": "Asia/Shanghai"}


@pytest.fixture
def desk(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """At 23:00 in Shanghai, by the clock of the settings' door too, with a telephone and a mailbox."""
    with running_desk(database_url, tmp_path) as running:
        running.verify("SMS", PHONE)
        running.verify("EMAIL", MAILBOX)
        today = running.now.astimezone(SHANGHAI).date()
        days = (datetime.combine(today + timedelta(days=n), time(23), SHANGHAI) for n in range(2))
        running.now = next(day for day in days if day > running.now)
        monkeypatch.setattr("web.notifications.wall_clock", lambda: running.now)
        yield running


def bring_in(desk: Desk) -> None:
    desk.port.customs(manifests=[manifest()])
    desk.port.gate(discharged(minutes_ago=30))


def release(desk: Desk) -> None:
    desk.port.customs(declarations=[declaration()])
    desk.port.customs(notices=[notice("RELEASED", minutes_ago=5)])


def states(desk: Desk) -> list[dict[str, str]]:
    items = desk.ask("GET", "").json()["items"]
    return [{one["channel"]: one["state"] for one in item["channels"]} for item in items]


def wait_through(desk: Desk, chosen: dict[str, list[str]], **more: Any) -> Browser:
    """The night has begun, and all that happened waits."""
    browser = Browser()
    desk.subscribe(browser)
    desk.choose(chosen, quietHours=NIGHT, **more)
    desk.watch(BOX)
    bring_in(desk)
    desk.forward(minutes=20)
    release(desk)
    desk.forward(minutes=20)
    assert (desk.messages(), desk.service.came) == ([], [])
    return browser


@pytest.mark.parametrize("quiet", [None, NIGHT | {"to": "23:30"}], ids=["ended", "shortened"])
def test_what_waited_for_the_end_of_quiet_hours_comes_when_they_are_over(desk: Desk, quiet: dict[str, str] | None):
    chosen = {DISCHARGED: ["SMS", "PUSH"], RELEASED: ["SMS", "PUSH"]}
    browser = wait_through(desk, chosen)
    desk.choose(chosen, quietHours=quiet)
    desk.forward(minutes=1)
    assert [push["type"] for push in desk.pushes(browser)] == [RELEASED]
    assert len(desk.messages()) == 1
    assert states(desk) == [{"SMS": "DELIVERED", "PUSH": "DELIVERED"}, {"SMS": "MERGED", "PUSH": "MERGED"}]
    desk.forward(hours=12)
    assert (len(desk.messages()), len(desk.service.came)) == (1, 1)


def test_quiet_hours_that_end_earlier_end_earlier_for_what_waits(desk: Desk):
    chosen = {DISCHARGED: ["SMS"]}
    wait_through(desk, chosen)
    desk.choose(chosen, quietHours=NIGHT | {"to": "05:00"})
    desk.forward(hours=5)
    assert desk.messages() == []
    desk.forward(hours=1)
    assert len(desk.messages()) == 1


def test_quiet_hours_that_end_later_end_later_for_what_waits(desk: Desk):
    chosen = {DISCHARGED: ["SMS"]}
    wait_through(desk, chosen)
    desk.choose(chosen, quietHours=NIGHT | {"to": "09:00"})
    desk.forward(hours=9)
    assert desk.messages() == []
    desk.forward(minutes=30)
    assert len(desk.messages()) == 1


def test_what_was_tried_in_vain_before_the_night_is_tried_again_once_it_is_given_up(desk: Desk):
    browser = Browser()
    desk.subscribe(browser)
    desk.choose({DISCHARGED: ["PUSH"]})
    desk.watch(BOX)
    bring_in(desk)
    desk.service.status = 503
    desk.send()
    desk.choose({DISCHARGED: ["PUSH"]}, quietHours=NIGHT)
    desk.forward(minutes=10)
    desk.service.status = 201
    assert len(desk.service.came) == 1
    desk.choose({DISCHARGED: ["PUSH"]})
    desk.forward(minutes=2)
    assert states(desk) == [{"PUSH": "DELIVERED"}]


def test_what_is_no_longer_wanted_by_a_channel_waits_no_longer(desk: Desk):
    wait_through(desk, {DISCHARGED: ["SMS", "PUSH"]})
    desk.choose({DISCHARGED: ["PUSH"]}, quietHours=NIGHT)
    desk.send()
    assert states(desk) == [{"SMS": "REVOKED", "PUSH": "WAITING"}]
    desk.forward(hours=9)
    assert (desk.messages(), len(desk.service.came)) == ([], 1)


@pytest.mark.parametrize(
    ("more", "minutes"),
    [({"quietHours": NIGHT}, None), ({"digest": {"EMAIL": "HOURLY"}}, 21.5), ({}, 0)],
    ids=["given up in quiet hours", "each hour", "given up"],
)
def test_a_digest_that_waits_for_the_morning_comes_sooner_and_once(
    desk: Desk, more: dict[str, Any], minutes: float | None
):
    chosen = {DISCHARGED: ["EMAIL"], RELEASED: ["EMAIL"]}
    wait_through(desk, chosen, digest={"EMAIL": "DAILY"})
    desk.choose(chosen, **more)
    desk.forward(minutes=7 * 60 + 19 if minutes is None else minutes - 1 if minutes else 0)
    assert len(desk.mails()) == (minutes == 0)
    desk.forward(minutes=2)
    [mail] = desk.mails()
    assert mail["Subject"] == "港口动态：1 项"
    assert states(desk) == [{"EMAIL": "SUMMED"}] * 2
    desk.choose(chosen, quietHours=NIGHT, digest={"EMAIL": "DAILY"})
    desk.forward(hours=24)
    assert len(desk.mails()) == 1


def test_a_digest_leaves_out_what_is_no_longer_wanted_by_mail(desk: Desk):
    wait_through(desk, {DISCHARGED: ["EMAIL"], READY: ["EMAIL"]}, digest={"EMAIL": "DAILY"})
    desk.choose({READY: ["EMAIL"]}, digest={"EMAIL": "DAILY"})
    desk.forward(hours=24)
    assert desk.mails() == []
