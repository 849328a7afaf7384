"""Interests at their door, digests, and how the list of notices is told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.sms import KINDS
from build_notices import MAILBOX, PHONE, SHANGHAI, Browser, Desk, running_desk
from build_port import BILL, BOX, TestPort, at, declaration, discharged, manifest, moved, notice
from events.identifiers import check_digit
from port.actor import Role
from port.happenings import TYPES
from port.interests_choices import CHANNELS, URGENT, default_for

READY, DISCHARGED, RELEASED = "container.ready_for_pickup", "container.discharged", "container.customs_released"
NIGHT = {"from": "22:00", "to": "07:00", "zone": "Asia/Shanghai"}


@pytest.fixture
def desk(sqlite_url: str, tmp_path: Path) -> Iterator[Desk]:
    with running_desk(sqlite_url, tmp_path) as running:
        yield running


@pytest.fixture
def either_desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    with running_desk(database_url, tmp_path) as running:
        yield running


def number(n: int) -> str:
    return f"CSQU{n:06d}{check_digit(f'CSQU{n:06d}')}"


def bring_in(desk: Desk, box: str = BOX, bill: str = BILL) -> None:
    desk.port.customs(manifests=[manifest(containers=[box], transportDocumentReference=bill)])
    desk.port.gate(discharged(minutes_ago=30, box=box))


def release(desk: Desk) -> None:
    desk.port.customs(declarations=[declaration()])
    released = {"transportDocumentReference": BILL, "status": "RELEASED", "releasedAt": at(5)}
    desk.port.customs(notices=[notice("RELEASED", minutes_ago=5)], carrierReleases=[released])


def at_wall(desk: Desk, wall: time) -> None:
    """Set the clock to the next time the wall in Shanghai shows this."""
    today = desk.now.astimezone(SHANGHAI).date()
    days = (datetime.combine(today + timedelta(days=n), wall, SHANGHAI) for n in range(2))
    desk.now = next(day for day in days if day > desk.now)


def test_who_chose_nothing_is_told_what_her_role_is(port: TestPort):
    for role in Role:
        told = port.get("/v1/notifications/settings", role=role.value).json()
        assert told["isDefault"] is True
        assert told["choices"] == {type: list(by) for type, by in default_for(role).choices.items()}
        assert (told["quietHours"], told["digest"], told["language"]) == (None, {"EMAIL": "NONE"}, "zh")
        assert {one["type"] for one in told["types"]} == TYPES.keys()
        assert {one["type"] for one in told["types"] if one["isUrgent"]} == URGENT
        assert [one["channel"] for one in told["channels"]] == list(CHANNELS)


def test_every_default_is_of_a_type_that_there_is():
    assert {type for role in Role for type in default_for(role).choices} <= TYPES.keys()
    assert TYPES.keys() >= URGENT


def test_what_somebody_chose_is_kept_whole_and_is_hers_alone(either_desk: Desk):
    desk = either_desk
    chosen = {
        "choices": {READY: ["EMAIL", "PUSH", "PUSH"], DISCHARGED: []},
        "quietHours": NIGHT,
        "digest": {"EMAIL": "DAILY"},
        "language": "en",
    }
    for _ in range(2):
        told = desk.ask("PUT", "/settings", chosen).json()
    kept = {name: told[name] for name in (*chosen, "isDefault")}
    assert kept == chosen | {"choices": {READY: ["PUSH", "EMAIL"]}, "isDefault": False}
    assert desk.ask("GET", "/settings").json() == told
    assert desk.ask("GET", "/settings", role="broker").json()["isDefault"] is True


@pytest.mark.parametrize(
    ("change", "reason", "where"),
    [
        ({"choices": {"container.eaten": ["PUSH"]}}, "TYPE_UNKNOWN", "choices"),
        ({"choices": {READY: ["WEBHOOK"]}}, "CHANNEL_UNKNOWN", f"choices.{READY}[0]"),
        ({"choices": {READY: ["SMS", "PIGEON"]}}, "CHANNEL_UNKNOWN", f"choices.{READY}[1]"),
        ({"choices": {READY: [1]}}, "VALUE_INVALID", f"choices.{READY}[0]"),
        ({"quietHours": NIGHT | {"zone": "Asia"}}, "ZONE_UNKNOWN", "quietHours.zone"),
        ({"quietHours": NIGHT | {"zone": "../etc/passwd"}}, "ZONE_UNKNOWN", "quietHours.zone"),
        ({"quietHours": NIGHT | {"zone": "Factory"}}, "ZONE_UNKNOWN", "quietHours.zone"),
        ({"quietHours": NIGHT | {"to": "22:00"}}, "QUIET_ALL_DAY", "quietHours.to"),
        ({"quietHours": NIGHT | {"from": "24:00"}}, "VALUE_INVALID", "quietHours.from"),
        ({"digest": {"EMAIL": "WEEKLY"}}, "VALUE_INVALID", "digest.EMAIL"),
        ({"digest": {"SMS": "DAILY"}}, "VALUE_INVALID", "digest.SMS"),
        ({"language": "fr"}, "VALUE_INVALID", "language"),
        ({"tune": "loud"}, "VALUE_INVALID", "tune"),
    ],
)
def test_what_cannot_be_chosen_is_refused_with_its_place(
    port: TestPort, change: dict[str, Any], reason: str, where: str
):
    headers = port.headers("forwarder")
    body = {"choices": {}} | change
    answer = port.client.request("PUT", "/v1/notifications/settings", json=body, headers=headers)
    assert (answer.status_code, answer.json()["reason"], answer.json()["where"]) == (422, reason, where)
    assert port.get("/v1/notifications/settings", role="forwarder").json()["isDefault"] is True


def test_at_night_nothing_is_told_and_in_the_morning_how_it_stands(desk: Desk):
    browser = Browser()
    desk.verify("SMS", PHONE)
    desk.subscribe(browser)
    desk.choose({DISCHARGED: ["SMS", "PUSH"], RELEASED: ["SMS", "PUSH"], READY: ["SMS", "PUSH"]}, quietHours=NIGHT)
    desk.watch(BOX)
    at_wall(desk, time(23))
    bring_in(desk)
    desk.forward(hours=2)
    release(desk)
    desk.forward(hours=5, minutes=59)
    assert (desk.messages(), desk.service.came) == ([], [])
    desk.forward(minutes=2)
    assert [one["text"] for one in desk.messages()] == [f"{BOX} 可以提箱。下一步：安排提箱。"]
    assert [push["type"] for push in desk.pushes(browser)] == [READY]


def test_a_digest_sums_up_box_by_box_what_happened_since_the_last(either_desk: Desk):
    desk, other = either_desk, number(7)
    desk.verify("EMAIL", MAILBOX)
    desk.choose({one: ["EMAIL"] for one in (DISCHARGED, RELEASED, READY)}, digest={"EMAIL": "HOURLY"}, language="en")
    desk.watch(other)
    desk.watch(BOX, label="stone")
    at_wall(desk, time(9, 10))
    bring_in(desk)
    desk.forward(minutes=20)
    bring_in(desk, other, "B2")
    release(desk)
    desk.forward(minutes=20)
    assert desk.mails() == []
    desk.forward(minutes=15)
    [mail] = desk.mails()
    assert mail["Subject"] == "From the port: 2 changed"
    assert mail.get_content().replace("\r\n", "\n").split("\n\n") == [
        f"{BOX} (stone): Ready\nDischarged, Released by customs, Ready for pick-up. Next: Pick it up.",
        f"{other}: Not declared\nDischarged. Next: Declare.",
        "https://port.example/notifications\n",
    ]
    states = [one["channels"] for one in desk.ask("GET", "").json()["items"]]
    assert states == [[{"channel": "EMAIL", "state": "SUMMED"}]] * 4
    desk.forward(hours=3)
    assert len(desk.mails()) == 1
    desk.port.gate(moved("GTOT", minutes_ago=1))
    desk.forward(hours=3)
    assert len(desk.mails()) == 1


def test_a_daily_digest_comes_at_eight_and_what_is_urgent_does_not_wait_for_it(desk: Desk):
    desk.verify("EMAIL", MAILBOX)
    desk.choose({DISCHARGED: ["EMAIL"], "container.customs_held": ["EMAIL"]}, digest={"EMAIL": "DAILY"})
    desk.watch(BOX)
    at_wall(desk, time(9))
    bring_in(desk)
    desk.port.customs(declarations=[declaration()])
    desk.forward(hours=1)
    desk.port.customs(notices=[notice("HELD", minutes_ago=1)])
    desk.forward(hours=1)
    assert [str(mail["Subject"]) for mail in desk.mails()] == [f"{BOX} 海关扣留"]
    desk.forward(hours=20)
    assert len(desk.mails()) == 1
    desk.forward(hours=2)
    assert [str(mail["Subject"]) for mail in desk.mails()] == [f"{BOX} 海关扣留", "港口动态：1 项"]


def test_a_digest_tells_nothing_of_what_is_watched_no_longer(desk: Desk):
    desk.verify("EMAIL", MAILBOX)
    desk.choose({DISCHARGED: ["EMAIL"]}, digest={"EMAIL": "HOURLY"})
    desk.watch(BOX)
    bring_in(desk)
    desk.follow()
    desk.port.client.delete(f"/v1/watchlist/{BOX}", headers=desk.port.headers("forwarder"))
    desk.forward(hours=3)
    assert desk.mails() == []


def test_notices_are_listed_page_by_page_the_latest_first(either_desk: Desk):
    desk = either_desk
    desk.choose({DISCHARGED: ["PUSH"], "container.in_transfer": ["PUSH"]}, language="en")
    boxes = [number(n) for n in range(5)]
    desk.watch(*boxes)
    for n, box in enumerate(boxes):
        bring_in(desk, box, f"B{n}")
        if n in (1, 4):
            desk.forward(minutes=1)
    seen, after = [], ""
    while after is not None:
        told = desk.ask("GET", f"?limit=2{after and f'&after={after}'}").json()
        seen += [item["equipmentReference"] for item in told["items"]]
        after = told["next"]
    assert sorted(seen[:3]) == boxes[2:]
    assert sorted(seen[3:]) == boxes[:2]
    [first] = [item for item in desk.ask("GET", "").json()["items"] if item["equipmentReference"] == BOX] or [None]
    assert first is None
    item = desk.ask("GET", "?limit=1").json()["items"][0]
    box = item["equipmentReference"]
    assert item["text"] == {"zh": f"{box} 已卸船", "en": f"{box}: Discharged"}
    assert (item["type"], item["channels"]) == (DISCHARGED, [])
    bad = desk.ask("GET", "?after=x")
    assert (bad.status_code, bad.json()["reason"]) == (422, "BAD_CURSOR")


def test_the_page_names_every_type_that_is_told_by_itself_and_each_that_does_not_wait():
    page = (Path(__file__).parent.parent / "docs" / "notifications.md").read_text(encoding="utf-8")
    told = {type for role in Role for type in default_for(role).choices} | URGENT
    assert [type for type in sorted(told) if f"`{type}`" not in page] == []
    rows = {
        role: [set(re.findall(r"`([\w.]+)`", cell)) for cell in row.split("|")[2:5]]
        for row in page.splitlines()
        for role in row.partition("|")[2].partition("|")[0].strip().split(", ")
        if role in set(Role)
    }
    by = {
        role: [{t for t, c in default_for(Role(role)).choices.items() if one in c} for one in CHANNELS] for role in rows
    }
    assert rows == by
    assert {role.value for role in Role if default_for(role).choices} == rows.keys()
    assert all(f"`{kind}`" in page for kind in KINDS)
