"""People are told what happened to what they watch: once, by what they chose, and nothing they may not see."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from build_notices import MAILBOX, PHONE, SHANGHAI, Browser, Desk, running_desk
from build_port import BILL, BOX, at, declaration, discharged, manifest, moved, notice

READY, NOT_READY, RELEASED = "container.ready_for_pickup", "container.not_ready", "container.customs_released"
DISCHARGED, CARRIER = "container.discharged", "container.carrier_released"
RELEASE = {"transportDocumentReference": BILL, "status": "RELEASED", "releasedAt": at(5)}


@pytest.fixture
def desk(sqlite_url: str, tmp_path: Path) -> Iterator[Desk]:
    with running_desk(sqlite_url, tmp_path) as running:
        yield running


@pytest.fixture
def either_desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    with running_desk(database_url, tmp_path) as running:
        yield running


def announce(desk: Desk, **papers: Any) -> None:
    desk.port.customs(manifests=[manifest(**papers)])
    desk.port.customs(declarations=[declaration()])


def arrive(desk: Desk) -> None:
    desk.port.gate(discharged(minutes_ago=30))


def release(desk: Desk, minutes_ago: float = 5) -> None:
    desk.port.customs(
        notices=[notice("RELEASED", minutes_ago=minutes_ago)],
        carrierReleases=[{**RELEASE, "releasedAt": at(minutes_ago)}],
    )


def told(desk: Desk, role: str = "forwarder") -> list[tuple[str, dict[str, str]]]:
    items = desk.ask("GET", "", role=role).json()["items"]
    return [(item["type"], {one["channel"]: one["state"] for one in item["channels"]}) for item in items]


def test_a_box_that_may_be_fetched_is_told_by_every_channel_once(either_desk: Desk):
    desk, browser = either_desk, Browser()
    desk.verify("SMS", "138 0013 8000")
    desk.verify("EMAIL", MAILBOX)
    desk.subscribe(browser)
    desk.choose({READY: ["PUSH", "SMS", "EMAIL"]})
    announce(desk)
    desk.watch(BOX, label="茶")
    arrive(desk)
    release(desk)
    desk.forward(minutes=10)
    desk.forward(minutes=10)
    [push] = desk.pushes(browser)
    assert push | {"at": ""} == {
        "title": f"{BOX} (茶) 可以提箱",
        "body": "下一步：安排提箱。",
        "tag": BOX,
        "url": f"/#/c/{BOX}",
        "lang": "zh",
        "type": READY,
        "at": "",
    }
    [message] = desk.messages()
    assert (message["to"], message["text"]) == (PHONE, f"{BOX} (茶) 可以提箱。下一步：安排提箱。")
    [mail] = desk.mails()
    assert (mail["To"], mail["Subject"]) == (MAILBOX, f"{BOX} (茶) 可以提箱")
    assert mail.get_content().split() == ["下一步：安排提箱。", f"https://port.example/#/c/{BOX}"]
    assert told(desk) == [(READY, {"EMAIL": "DELIVERED", "PUSH": "DELIVERED", "SMS": "DELIVERED"})]


def test_nothing_is_told_of_what_is_not_watched_or_not_chosen(desk: Desk):
    browser = Browser()
    desk.subscribe(browser)
    desk.choose({RELEASED: ["PUSH"]})
    announce(desk)
    arrive(desk)
    release(desk)
    desk.forward(minutes=5)
    desk.watch(BOX)
    desk.port.gate(moved("GTOT"))
    desk.forward(minutes=5)
    assert (desk.pushes(browser), told(desk)) == ([], [])


def test_what_happened_before_somebody_watched_is_not_told_afterwards(desk: Desk):
    browser = Browser()
    desk.choose({DISCHARGED: ["PUSH"], READY: ["PUSH"]})
    announce(desk)
    arrive(desk)
    desk.watch(BOX)
    desk.subscribe(browser)
    release(desk)
    desk.forward(minutes=5)
    assert [push["type"] for push in desk.pushes(browser)] == [READY]


def test_a_stranger_who_watches_a_box_is_told_nothing_of_it(either_desk: Desk):
    desk, browser = either_desk, Browser()
    desk.subscribe(browser, role="haulier")
    desk.choose({one: ["PUSH"] for one in (DISCHARGED, READY, RELEASED)}, role="haulier")
    desk.watch(BOX, role="haulier")
    announce(desk)
    arrive(desk)
    release(desk)
    desk.forward(hours=1)
    assert (desk.service.came, told(desk, "haulier")) == ([], [])


def test_what_may_no_longer_be_seen_when_it_is_sent_is_not_sent_and_not_listed(either_desk: Desk):
    desk = either_desk
    desk.verify("SMS", PHONE, role="haulier")
    desk.choose({READY: ["SMS"]}, role="haulier")
    announce(desk)
    named = {"equipmentReference": BOX, "transportDocumentReference": BILL, "nominee": "HAULIER", "role": "haulier"}
    lent = desk.port.post("/v1/visits/nominations", named, role="forwarder").json()
    desk.watch(BOX, role="haulier")
    arrive(desk)
    release(desk)
    desk.follow()
    assert told(desk, "haulier") == [(READY, {"SMS": "WAITING"})]
    headers = desk.port.headers("forwarder")
    taken = {"nominationID": lent["nominationID"]}
    assert desk.port.client.request("DELETE", "/v1/visits/nominations", json=taken, headers=headers).is_success
    assert desk.port.get(f"/v1/containers/{BOX}", role="haulier").status_code == 404
    desk.forward(minutes=10)
    assert (desk.messages(), told(desk, "haulier")) == ([], [])


def test_a_revoked_key_ends_what_its_person_is_told(desk: Desk):
    desk.verify("SMS", PHONE)
    desk.choose({READY: ["SMS"]})
    announce(desk)
    desk.watch(BOX)
    arrive(desk)
    release(desk)
    desk.follow()
    headers = desk.port.headers("forwarder")
    [key] = desk.port.client.get("/v1/keys", headers=headers).json()["keys"]
    desk.port.client.delete(f"/v1/keys/{key['keyID']}", headers=headers)
    desk.forward(minutes=10)
    assert desk.messages() == []


def test_the_text_is_of_how_it_stands_when_it_is_sent(desk: Desk):
    desk.verify("SMS", PHONE)
    desk.choose({RELEASED: ["SMS"]}, language="en")
    announce(desk)
    desk.watch(BOX)
    arrive(desk)
    desk.port.customs(notices=[notice("RELEASED", minutes_ago=9)])
    desk.follow()
    desk.port.customs(carrierReleases=[RELEASE])
    desk.forward(minutes=1)
    assert [one["text"] for one in desk.messages()] == [f"{BOX}: Released by customs. Ready. Next: Pick it up."]


def test_what_follows_at_the_heels_takes_the_place_of_what_was_to_be_told(desk: Desk):
    desk.verify("SMS", PHONE)
    desk.choose({one: ["SMS"] for one in (DISCHARGED, RELEASED, CARRIER, READY)})
    announce(desk)
    desk.watch(BOX)
    arrive(desk)
    desk.forward(seconds=10)
    release(desk)
    desk.forward(minutes=2)
    assert [one["text"] for one in desk.messages()] == [f"{BOX} 可以提箱。下一步：安排提箱。"]
    merged = [(type, {"SMS": "MERGED"}) for type in (CARRIER, RELEASED, DISCHARGED)]
    assert told(desk) == [(READY, {"SMS": "DELIVERED"}), *merged]


def test_each_push_of_a_box_takes_the_place_of_the_one_before(desk: Desk):
    browser = Browser()
    desk.subscribe(browser)
    desk.choose({DISCHARGED: ["PUSH"], READY: ["PUSH"]})
    announce(desk)
    desk.watch(BOX)
    arrive(desk)
    desk.forward(seconds=1)
    release(desk)
    desk.forward(seconds=1)
    assert [(push["type"], push["tag"]) for push in desk.pushes(browser)] == [(DISCHARGED, BOX), (READY, BOX)]
    assert len({headers["topic"] for _, _, headers in desk.service.came}) == 1


def test_what_was_not_sent_before_quiet_hours_began_waits_for_their_end(desk: Desk):
    browser = Browser()
    desk.subscribe(browser)
    desk.verify("SMS", PHONE)
    announce(desk)
    desk.watch(BOX)
    desk.choose({READY: ["PUSH", "SMS"]})
    arrive(desk)
    release(desk)
    desk.service.status = 503
    desk.send()
    wall = desk.now.astimezone(SHANGHAI)
    quiet = {"from": f"{wall:%H:%M}", "to": f"{wall + timedelta(hours=2):%H:%M}", "zone": "Asia/Shanghai"}
    desk.choose({READY: ["PUSH", "SMS"]}, quietHours=quiet)
    desk.forward(minutes=118)
    assert (desk.messages(), len(desk.service.came)) == ([], 1)
    assert told(desk) == [(READY, {"SMS": "WAITING", "PUSH": "WAITING"})]
    desk.service.status = 201
    desk.forward(minutes=2)
    assert told(desk) == [(READY, {"SMS": "DELIVERED", "PUSH": "DELIVERED"})]
    assert (len(desk.messages()), len(desk.service.came)) == (1, 2)


def test_a_release_taken_back_is_told_at_once_even_at_night(desk: Desk):
    desk.verify("SMS", PHONE)
    everyday = {"from": "00:00", "to": "23:59", "zone": "Asia/Shanghai"}
    desk.choose({READY: ["SMS"], NOT_READY: ["SMS"]}, quietHours=everyday, language="en")
    announce(desk)
    desk.watch(BOX)
    arrive(desk)
    release(desk, minutes_ago=9)
    desk.forward(seconds=40)
    assert desk.messages() == []
    desk.port.customs(notices=[notice("HELD", minutes_ago=1)])
    desk.forward(seconds=1)
    [message] = desk.messages()
    assert message["text"].startswith(f"{BOX}: No longer ready for pick-up. Customs hold.")
    desk.forward(hours=25)
    assert len(desk.messages()) == 1


def test_a_certificate_is_told_to_the_people_of_who_applied(desk: Desk):
    mine, officers = Browser("mine"), Browser("officers")
    desk.subscribe(mine)
    desk.subscribe(officers, role="customs")
    desk.choose({"certificate.signed": ["PUSH"]}, role="customs")
    desk.choose({"certificate.signed": ["PUSH"]}, language="en")
    body = {"certificateNumber": "C1", "recipient": {"name": "N", "address": "A"}}
    mailing = desk.port.post("/v1/certificates", body, role="forwarder").json()["mailingID"]
    desk.port.post(f"/v1/certificates/{mailing}/sign", role="authority")
    desk.forward(minutes=1)
    [push] = desk.pushes(mine)
    assert (push["title"], push["url"]) == ("C1: The certificate is signed", f"/certificates#/m/{mailing}")
    assert desk.pushes(officers) == []
    [item] = desk.ask("GET", "").json()["items"]
    assert (item["certificateNumber"], item["equipmentReference"]) == ("C1", None)


def test_a_crash_between_noticing_and_moving_on_tells_nothing_twice(either_desk: Desk, monkeypatch: pytest.MonkeyPatch):
    desk, browser = either_desk, Browser()
    desk.subscribe(browser)
    desk.choose({READY: ["PUSH"]})
    announce(desk)
    desk.watch(BOX)
    arrive(desk)
    release(desk)

    def crash(*_given: object) -> bool:
        raise OSError("the power is gone")

    with monkeypatch.context() as patched:
        patched.setattr("port.noticing.advance", crash)
        with pytest.raises(OSError, match="the power is gone"):
            desk.follow()
    desk.forward(minutes=1)
    desk.forward(minutes=1)
    assert len(desk.pushes(browser)) == 1
    assert told(desk) == [(READY, {"PUSH": "DELIVERED"})]


def test_a_person_sees_what_all_her_keys_see_together(desk: Desk):
    # What a terminal's key makes for itself is the same person's.
    browser, mine = Browser(), desk.port.headers("terminal")
    desk.subscribe(browser, role="terminal")
    desk.choose({DISCHARGED: ["PUSH"]}, role="terminal")
    desk.watch(BOX, role="terminal")
    made = desk.port.client.post("/v1/keys", json={"facilities": []}, headers=mine)
    assert made.status_code == 201, made.text
    announce(desk)
    arrive(desk)
    desk.forward(minutes=1)
    assert [push["type"] for push in desk.pushes(browser)] == [DISCHARGED]
