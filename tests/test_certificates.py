"""Certificate mailing at the doors: applied, signed, in the locker, code confirmed, collected, delivered."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
import pytest

from build_port import TestPort

ITEM = "EE123456785CN"
SECOND_ITEM = "EE000000014CN"
CERTIFICATE = "C260000000123456"
RECIPIENT = {"name": "Lin Xiaoyu", "phone": "13800000000", "address": "1 Gulangyu Road, Xiamen"}


def apply(port: TestPort, number: str = CERTIFICATE, *, role: str = "consignee", **more: Any) -> httpx.Response:
    return port.post("/v1/certificates", {"certificateNumber": number, "recipient": RECIPIENT} | more, role=role)


def applied(port: TestPort, number: str = CERTIFICATE) -> str:
    mailing_id: str = apply(port, number).json()["mailingID"]
    return mailing_id


def step(
    port: TestPort, mailing_id: str, name: str, body: Any = None, *, role: str = "authority", party: str | None = None
) -> httpx.Response:
    return port.post(f"/v1/certificates/{mailing_id}/{name}", body, role=role, party=party)


def in_locker(port: TestPort, number: str = CERTIFICATE) -> str:
    mailing_id = applied(port, number)
    step(port, mailing_id, "sign")
    step(port, mailing_id, "place", {"locker": "L-7"})
    return mailing_id


def code_of(port: TestPort, mailing_id: str) -> str:
    code: str = step(port, mailing_id, "code", role="consignee").json()["code"]
    return code


def collected(port: TestPort, number: str = CERTIFICATE, item: str = ITEM) -> str:
    mailing_id = in_locker(port, number)
    step(port, mailing_id, "confirm", {"code": code_of(port, mailing_id)}, role="courier")
    step(port, mailing_id, "collect", {"itemID": item}, role="courier")
    return mailing_id


def scanned(port: TestPort, status: str, *, item: str = ITEM, party: str | None = None, minutes: float = 0) -> str:
    at = f"2026-11-21T11:{30 + minutes:02.0f}:00Z"
    scan = {"itemID": item, "status": status, "scanDateTime": at}
    answer = port.push("courier", {"scans": [scan]}, role="courier", party=party).json()
    outcome: str = answer["results"][0]["outcome"]
    return outcome


def state(port: TestPort, mailing_id: str, role: str = "consignee") -> str:
    told: str = port.get(f"/v1/certificates/{mailing_id}", role=role).json()["state"]
    return told


def test_a_certificate_travels_from_the_application_to_the_door(either_port: TestPort):
    port = either_port
    mailing_id = in_locker(port)
    code = code_of(port, mailing_id)
    assert re.fullmatch(r"[0-9]{6}", code)
    for name, body, reached in (
        ("confirm", {"code": code}, "CODE_CONFIRMED"), ("collect", {"itemID": ITEM}, "COLLECTED"),
    ):  # fmt: skip
        answer = step(port, mailing_id, name, body, role="courier")
        assert (answer.status_code, answer.json()["state"]) == (200, reached)
    assert scanned(port, "DELIVERED") == "accepted"
    told = port.get(f"/v1/certificates/{mailing_id}", role="consignee").json()
    assert [one["step"] for one in told["steps"]] == [
        "APPLIED", "SIGNED", "IN_LOCKER", "CODE_CONFIRMED", "COLLECTED", "DELIVERED",
    ]  # fmt: skip
    assert told["steps"][-1]["at"] == "2026-11-21T11:30:00Z"
    assert {name: told[name] for name in ("state", "certificateNumber", "itemID", "locker", "recipient")} == {
        "state": "DELIVERED", "certificateNumber": CERTIFICATE, "itemID": ITEM, "locker": "L-7", "recipient": RECIPIENT,
    }  # fmt: skip


def test_every_step_may_be_sent_again_and_none_may_be_left_out(port: TestPort):
    mailing_id = applied(port)
    early = step(port, mailing_id, "place", {"locker": "L-7"})
    assert (early.status_code, early.json()["reason"]) == (409, "STEP_OUT_OF_ORDER")
    for name, body in (("sign", None), ("place", {"locker": "L-7"})):
        first, again = step(port, mailing_id, name, body), step(port, mailing_id, name, body)
        assert (first.status_code, again.json()) == (200, first.json())
    assert step(port, mailing_id, "collect", {"itemID": ITEM}, role="courier").status_code == 409
    assert step(port, mailing_id, "sign").status_code == 409


def test_one_certificate_is_mailed_once_at_a_time(either_port: TestPort):
    port = either_port
    first = apply(port)
    again = apply(port)
    assert (first.status_code, again.status_code) == (201, 409)
    step(port, first.json()["mailingID"], "cancel", role="consignee")
    anew = apply(port)
    assert anew.status_code == 201
    assert anew.json()["mailingID"] != first.json()["mailingID"]


@pytest.mark.parametrize("role", ["terminal", "courier", "customs", "authority", "haulier", "carrier", "admin"])
def test_only_the_trade_applies(port: TestPort, role: str):
    assert apply(port, role=role).status_code == 403


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"certificateNumber": "", "recipient": RECIPIENT}, "certificateNumber"),
        ({"certificateNumber": CERTIFICATE}, "recipient"),
        ({"certificateNumber": CERTIFICATE, "recipient": RECIPIENT | {"address": ""}}, "recipient.address"),
        ({"certificateNumber": CERTIFICATE, "recipient": RECIPIENT, "code": "1"}, "code"),
    ],
)
def test_an_application_that_lacks_something_is_told_what(port: TestPort, body: dict[str, Any], where: str):
    answer = port.post("/v1/certificates", body, role="consignee")
    assert (answer.status_code, answer.json()["where"]) == (422, where)


# The code


def test_a_code_is_shown_once_to_the_applicant_only_and_never_again(port: TestPort):
    mailing_id = in_locker(port)
    for role in ("courier", "authority", "customs"):
        assert step(port, mailing_id, "code", role=role).status_code == 403
    drawn = step(port, mailing_id, "code", role="consignee").json()
    assert drawn["expiresAt"] == "2026-11-22T12:00:00Z"
    seen = [
        port.get(path, role=role).text
        for role in ("consignee", "courier", "authority", "customs")
        for path in (f"/v1/certificates/{mailing_id}", "/v1/certificates")
    ]
    assert not [text for text in seen if drawn["code"] in text]
    mine = port.get(f"/v1/certificates/{mailing_id}", role="consignee").json()
    assert (mine["codeMasked"], mine["codeExpiresAt"]) == ("••••••", "2026-11-22T12:00:00Z")
    theirs = port.get(f"/v1/certificates/{mailing_id}", role="courier").json()
    assert (theirs["codeMasked"], theirs["codeExpiresAt"]) == (None, None)


def test_a_code_opens_once(port: TestPort):
    mailing_id = in_locker(port)
    code = code_of(port, mailing_id)
    assert step(port, mailing_id, "confirm", {"code": code}, role="courier").status_code == 200
    again = step(port, mailing_id, "confirm", {"code": code}, role="courier")
    assert (again.status_code, again.json()["reason"]) == (409, "STEP_OUT_OF_ORDER")


def test_a_code_that_has_expired_opens_nothing(port: TestPort):
    mailing_id = in_locker(port)
    code = code_of(port, mailing_id)
    port.clock.forward(hours=24)
    answer = step(port, mailing_id, "confirm", {"code": code}, role="courier")
    assert (answer.status_code, answer.json()["reason"]) == (409, "CODE_WRONG")


def test_five_wrong_codes_void_the_right_one(either_port: TestPort):
    port = either_port
    mailing_id = in_locker(port)
    code = code_of(port, mailing_id)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    for _ in range(5):
        assert step(port, mailing_id, "confirm", {"code": wrong}, role="courier").json()["reason"] == "CODE_WRONG"
    assert step(port, mailing_id, "confirm", {"code": code}, role="courier").status_code == 409
    assert step(port, mailing_id, "confirm", {"code": code_of(port, mailing_id)}, role="courier").status_code == 200


def test_a_new_code_voids_the_one_before(port: TestPort):
    mailing_id = in_locker(port)
    old, new = code_of(port, mailing_id), code_of(port, mailing_id)
    if old != new:
        assert step(port, mailing_id, "confirm", {"code": old}, role="courier").status_code == 409
    assert step(port, mailing_id, "confirm", {"code": new}, role="courier").status_code == 200


def test_codes_cannot_be_drawn_without_end(port: TestPort):
    mailing_id = in_locker(port)
    answers = [step(port, mailing_id, "code", role="consignee").status_code for _ in range(6)]
    assert answers == [200] * 5 + [409]
    # Once the last has expired there may be more, or a locker would be shut for good.
    port.clock.forward(hours=24)
    assert step(port, mailing_id, "code", role="consignee").status_code == 200


def test_there_is_no_code_before_the_locker(port: TestPort):
    assert step(port, applied(port), "code", role="consignee").json()["reason"] == "STEP_OUT_OF_ORDER"


# The courier


def test_a_scan_that_comes_before_its_item_is_named_counts_when_it_is(port: TestPort):
    assert scanned(port, "DELIVERED") == "accepted"
    assert state(port, collected(port)) == "DELIVERED"


def test_only_the_courier_that_collected_it_delivers_it(port: TestPort):
    mailing_id = collected(port)
    scanned(port, "DELIVERED", party="RIVAL-POST")
    assert state(port, mailing_id) == "COLLECTED"


@pytest.mark.parametrize("status", ["IN_TRANSIT", "OUT_FOR_DELIVERY", "FAILED", "COLLECTED"])
def test_a_scan_on_the_way_changes_no_step(port: TestPort, status: str):
    mailing_id = collected(port)
    scanned(port, status)
    assert state(port, mailing_id) == "COLLECTED"


def test_the_latest_scan_by_its_own_time_wins_whatever_their_order(port: TestPort):
    mailing_id = collected(port)
    scanned(port, "RETURNED", minutes=20)
    scanned(port, "DELIVERED", minutes=5)
    assert state(port, mailing_id) == "RETURNED"


def test_an_item_number_belongs_to_one_mailing(port: TestPort):
    collected(port)
    second = in_locker(port, "C260000000999999")
    step(port, second, "confirm", {"code": code_of(port, second)}, role="courier")
    taken = step(port, second, "collect", {"itemID": ITEM}, role="courier")
    assert taken.status_code == 409
    assert step(port, second, "collect", {"itemID": SECOND_ITEM}, role="courier").status_code == 200


def test_a_wrong_item_number_is_told_with_the_right_digit(port: TestPort):
    mailing_id = in_locker(port)
    answer = step(port, mailing_id, "collect", {"itemID": "EE123456784CN"}, role="courier")
    assert (answer.status_code, answer.json()["where"]) == (422, "itemID")
    assert ITEM in answer.json()["fix"]


# Who sees it


def test_a_courier_sees_its_items_and_no_contents(port: TestPort):
    mailing_id = collected(port)
    other = in_locker(port, "C260000000999999")
    told = port.get(f"/v1/certificates/{mailing_id}", role="courier").json()
    assert {name: value for name, value in told.items() if value is not None and name != "steps"} == {
        "mailingID": mailing_id, "state": "COLLECTED", "locker": "L-7", "itemID": ITEM,
    }  # fmt: skip
    text = json.dumps(told) + port.get("/v1/certificates", role="courier").text
    assert not [one for one in (*RECIPIENT.values(), CERTIFICATE, "CONSIGNEE") if one in text]
    rival = port.get("/v1/certificates", role="courier", party="RIVAL-POST").json()["certificates"]
    assert [one["mailingID"] for one in rival] == [other]


def test_customs_and_the_authority_see_the_status_and_not_the_address(port: TestPort):
    mailing_id = in_locker(port)
    for role in ("customs", "authority"):
        told = port.get(f"/v1/certificates/{mailing_id}", role=role).json()
        assert (told["state"], told["applicant"], told["recipient"], told["locker"]) == (
            "IN_LOCKER", "CONSIGNEE", None, None,
        )  # fmt: skip


def test_anothers_mailing_and_none_are_told_alike(port: TestPort):
    mailing_id = in_locker(port)
    for name in ("", "/sign", "/place", "/code", "/confirm", "/collect", "/cancel"):
        method = "POST" if name else "GET"
        body = {"/place": {"locker": "L"}, "/confirm": {"code": "1"}, "/collect": {"itemID": ITEM}}.get(name)
        answers = [
            port.client.request(
                method, f"/v1/certificates/{one}{name}", json=body, headers=port.headers("consignee", "X")
            )
            for one in (mailing_id, "nothing")
        ]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert answers[0].content == answers[1].content
    assert port.get("/v1/certificates", role="consignee", party="X").json() == {"certificates": []}


def test_the_applicant_may_cancel_until_the_courier_has_it(port: TestPort):
    mailing_id = in_locker(port)
    assert step(port, mailing_id, "cancel", role="consignee").json()["state"] == "CANCELLED"
    second = collected(port, "C260000000999999")
    assert step(port, second, "cancel", role="consignee").status_code == 409


def test_what_nobody_fetches_in_three_days_expires(either_port: TestPort):
    port = either_port
    mailing_id = in_locker(port)
    port.clock.forward(hours=72)
    assert port.run_job("expire-mailings") == 0
    port.clock.forward(seconds=1)
    assert port.run_job("expire-mailings") == 1
    assert (state(port, mailing_id), port.run_job("expire-mailings")) == ("EXPIRED", 0)
    assert apply(port).status_code == 201
