"""Addresses: verified by a code that came there, seen by nobody else, deleted when it is wished."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from build_notices import MAILBOX, PHONE, Desk, running_desk
from port import interests_addresses
from port.database import open_database
from port.interests_addresses import ADDRESSES, CODES, MOST_ASKED, MOST_CODES, MOST_WRONG_CODES
from web.clock import wall_clock


@pytest.fixture
def desk(sqlite_url: str, tmp_path: Path) -> Iterator[Desk]:
    with running_desk(sqlite_url, tmp_path) as running:
        yield running


@pytest.fixture
def either_desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    with running_desk(database_url, tmp_path) as running:
        yield running


def give(desk: Desk, channel: str, address: str, role: str = "forwarder") -> httpx.Response:
    return desk.ask("POST", "/addresses", {"channel": channel, "address": address}, role=role)


def verify(desk: Desk, channel: str, code: str, role: str = "forwarder") -> tuple[int, str]:
    answer = desk.ask("POST", "/addresses/verify", {"channel": channel, "code": code}, role=role)
    return answer.status_code, answer.json().get("reason", "")


def state(desk: Desk, channel: str, role: str = "forwarder") -> tuple[str | None, str]:
    rows: list[dict[str, Any]] = desk.ask("GET", "/settings", role=role).json()["channels"]
    [row] = [row for row in rows if row["channel"] == channel]
    return row["address"], row["state"]


@pytest.mark.parametrize(("channel", "address"), [("SMS", PHONE), ("EMAIL", MAILBOX)])
def test_an_address_is_told_at_once_its_code_came_back(either_desk: Desk, channel: str, address: str):
    desk = either_desk
    assert state(desk, channel) == (None, "NONE")
    code = desk.give(channel, address)
    assert state(desk, channel) == (address, "PENDING")
    trial = desk.ask("POST", "/test", {"channel": channel})
    assert (trial.status_code, trial.json()["reason"]) == (409, "CHANNEL_NOT_READY")
    assert verify(desk, channel, f" {code} ") == (200, "")
    assert state(desk, channel) == (address, "VERIFIED")
    assert desk.ask("POST", "/test", {"channel": channel}).status_code == 202
    assert desk.ask("POST", "/test", {"channel": channel}).json()["reason"] == "TRIAL_TOO_SOON"
    desk.send()
    told = desk.messages()[-1]["text"] if channel == "SMS" else desk.mails()[-1]["Subject"]
    assert "测试通知" in str(told)


def test_a_code_verifies_once_and_only_its_own_persons_own_address(desk: Desk):
    code = desk.give("SMS", PHONE)
    assert verify(desk, "SMS", code, role="broker") == (404, "ADDRESS_UNKNOWN")
    assert verify(desk, "EMAIL", code) == (404, "ADDRESS_UNKNOWN")
    assert verify(desk, "SMS", code) == (200, "")
    assert verify(desk, "SMS", code) == (409, "ADDRESS_CODE_WRONG")
    assert state(desk, "SMS") == (PHONE, "VERIFIED")


def test_five_wrong_codes_void_the_right_one(desk: Desk):
    code = desk.give("SMS", PHONE)
    wrong = "000000" if code != "000000" else "000001"
    assert {verify(desk, "SMS", wrong) for _ in range(MOST_WRONG_CODES)} == {(409, "ADDRESS_CODE_WRONG")}
    assert verify(desk, "SMS", code) == (409, "ADDRESS_CODE_WRONG")
    assert verify(desk, "SMS", desk.give("SMS", PHONE)) == (200, "")


def test_a_code_is_over_after_a_quarter_of_an_hour_and_is_not_sent_any_more(desk: Desk):
    code = desk.give("SMS", PHONE)
    with closing(open_database(desk.port.url)) as database, database.write() as connection:
        connection.execute(update(ADDRESSES).values(code_expires_at=wall_clock()))
    assert verify(desk, "SMS", code) == (409, "ADDRESS_CODE_WRONG")
    give(desk, "SMS", PHONE)
    desk.now += timedelta(minutes=20)
    desk.send()
    assert len(desk.messages()) == 1


def test_a_new_code_voids_the_one_before(desk: Desk):
    first = desk.give("SMS", PHONE)
    second = desk.give("SMS", PHONE)
    assert first == second or verify(desk, "SMS", first) == (409, "ADDRESS_CODE_WRONG")
    assert verify(desk, "SMS", second) == (200, "")


def test_nobodys_telephone_rings_all_day(desk: Desk):
    roles = ["forwarder", "broker", "consignee"]
    answers = [give(desk, "SMS", PHONE, roles[n % 3]) for n in range(MOST_CODES + 1)]
    assert [answer.status_code for answer in answers] == [202] * MOST_CODES + [409]
    assert answers[-1].json()["reason"] == "TOO_MANY_CODES"
    assert give(desk, "SMS", "+8613900139000").status_code == 202
    desk.ask("DELETE", "/addresses/SMS")
    assert give(desk, "SMS", PHONE).status_code == 409
    with closing(open_database(desk.port.url)) as database, database.write() as connection:
        connection.execute(update(CODES).values(at=wall_clock() - timedelta(hours=24)))
        assert interests_addresses.sweep_codes(connection, now=wall_clock()) == MOST_CODES + 1
    assert give(desk, "SMS", PHONE).status_code == 202


def test_one_person_asks_for_so_many_codes_a_day_and_no_more(desk: Desk):
    answers = [give(desk, "EMAIL", f"lin{n}@x.example").status_code for n in range(MOST_ASKED + 1)]
    assert answers == [202] * MOST_ASKED + [409]


def test_another_address_takes_the_place_of_the_first_and_is_verified_anew(desk: Desk):
    desk.verify("EMAIL", MAILBOX)
    assert give(desk, "EMAIL", "chen@forwarder.example").status_code == 202
    assert state(desk, "EMAIL") == ("chen@forwarder.example", "PENDING")


def test_what_waits_for_an_address_is_not_sent_once_it_is_deleted(desk: Desk):
    desk.verify("EMAIL", MAILBOX)
    desk.ask("POST", "/test", {"channel": "EMAIL"})
    assert desk.ask("DELETE", "/addresses/EMAIL").status_code == 204
    again = desk.ask("DELETE", "/addresses/EMAIL")
    assert (again.status_code, again.json()["reason"]) == (404, "ADDRESS_UNKNOWN")
    desk.forward(minutes=5)
    assert (desk.mails(), state(desk, "EMAIL")) == ([], (None, "NONE"))


def test_a_mail_is_ended_by_its_own_link_without_a_login(desk: Desk):
    desk.verify("EMAIL", MAILBOX)
    desk.ask("POST", "/test", {"channel": "EMAIL"})
    desk.send()
    [mail] = desk.mails()
    link = str(mail["List-Unsubscribe"]).strip("<>")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = link.removeprefix("https://port.example")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answers = [desk.port.client.post(one, content=b"List-Unsubscribe=One-Click", headers=form) for one in (path, path)]
    unknown = desk.port.client.post("/v1/notifications/unsubscribe/nothing")
    assert [answer.status_code for answer in (*answers, unknown)] == [204, 204, 204]
    assert state(desk, "EMAIL") == (MAILBOX, "OFF")
    assert desk.ask("POST", "/test", {"channel": "EMAIL"}).status_code == 409


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("13800138000", PHONE),
        ("138-0013 8000", PHONE),
        ("+86 138 0013 8000", PHONE),
        ("+49 (0)", None),
        ("+4915112345678", "+4915112345678"),
        ("110", None),
        ("+8610110", None),
        ("05922222222", None),
        ("lin@x.example", None),
    ],
)
def test_a_mobile_number_is_kept_in_one_form(desk: Desk, typed: str, kept: str | None):
    answer = give(desk, "SMS", typed)
    if kept is None:
        assert (answer.status_code, answer.json()["reason"]) == (422, "BAD_ADDRESS")
    else:
        assert answer.json()["address"] == kept


@pytest.mark.parametrize("body", [{"channel": "PUSH", "address": "x"}, {"channel": "SMS"}, {"address": PHONE}])
def test_what_is_no_address_for_a_channel_is_refused(desk: Desk, body: dict[str, str]):
    assert desk.ask("POST", "/addresses", body).status_code == 422
    assert desk.ask("DELETE", "/addresses/PUSH").status_code == 422


def test_no_address_and_no_code_lies_where_it_may_be_read_by_others(desk: Desk):
    code = desk.give("SMS", PHONE)
    desk.give("EMAIL", MAILBOX)
    with closing(open_database(desk.port.url)) as database, database.read() as connection:
        names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars().all()
        rows = {name: str(connection.exec_driver_sql(f'SELECT * FROM "{name}"').all()) for name in names}
    assert [name for name, told in rows.items() if PHONE in told or MAILBOX in told] == ["notice_address"]
    assert [name for name, told in rows.items() if f"'{code}'" in told] == []


@pytest.mark.parametrize("typed", ["lin@localhost", "lin@mail", "lin@127.0.0.1"])
def test_a_mailbox_that_is_not_on_the_internet_is_refused_with_what_to_send(desk: Desk, typed: str):
    told = give(desk, "EMAIL", typed)
    assert (told.status_code, told.json()["reason"], told.json()["where"]) == (422, "BAD_ADDRESS", "address")
    assert told.json()["detail"] == "the domain of this mail address has no dot, or is a number"
    assert told.json()["fix"] == "send one with the whole domain, such as name@company.example"
    assert state(desk, "EMAIL") == (None, "NONE")


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        ("zh", ["验证码 {}", "15 分钟内有效。如非本人操作，请忽略。"]),
        ("en", ["Your code is {}", "It is good for 15 minutes. If you did not ask for it, do nothing."]),
    ],
)
def test_the_mail_with_the_code_has_it_in_its_text_with_how_long_it_is_good(
    desk: Desk, language: str, lines: list[str]
):
    desk.choose({}, language=language)
    code = desk.give("EMAIL", MAILBOX)
    [mail] = desk.mails()
    assert mail["Subject"] == lines[0].format(code)
    text = mail.get_content().replace("\r\n", "\n")
    assert text == "\n".join(lines).format(code) + "\n\nhttps://port.example/notifications\n"
