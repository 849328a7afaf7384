"""web.webhooks: a party's own endpoints, made, changed, turned off; to everybody else they are absent."""

from __future__ import annotations

import base64
import re

import pytest

from build_outbound import endpoint
from build_port import TestPort, running_port
from port import webhooks_owning
from port.webhooks_owning import MOST_ENDPOINTS

URL = "https://hooks.example/port"


@pytest.fixture(autouse=True)
def _no_child(port: TestPort) -> None:
    port.client.app.state.port.outbound.rests_until = float("inf")


def patch(port: TestPort, webhook_id: str, body: object, **who: str):
    return port.client.request("PATCH", f"/v1/webhooks/{webhook_id}", json=body, headers=port.headers(**who))


def test_an_endpoint_is_shown_with_its_secret_once_and_never_again(port: TestPort):
    body = {"url": URL, "types": ["container.gated_out", "container.discharged"], "description": "TMS"}
    answer = port.post("/v1/webhooks", body, role="forwarder")
    made = answer.json()
    secret = made.pop("secret")
    assert (answer.status_code, len(base64.b64decode(secret.removeprefix("whsec_")))) == (201, 32)
    assert made == {
        "webhookID": made["webhookID"], "url": URL, "types": ["container.discharged", "container.gated_out"],
        "description": "TMS", "state": "ENABLED", "disabledReason": None, "disabledAt": None,
        "createdAt": made["createdAt"], "oldSecretUntil": None, "isReplaying": False, "failures": 0,
        "failingSince": None, "nextAttemptAt": None, "deliveredAt": None, "waiting": 0, "oldestWaitingAt": None,
    }  # fmt: skip
    shown = port.get("/v1/webhooks", role="forwarder").json()
    assert shown["webhooks"] == [made]
    assert port.get(f"/v1/webhooks/{made['webhookID']}", role="forwarder").json() == made
    assert {"type": "container.gated_out", "zh": "已出闸", "en": "Gated out"} in shown["types"]


def test_what_is_changed_is_only_what_is_given(port: TestPort):
    made = endpoint(port)
    del made["secret"]
    answer = patch(port, made["webhookID"], {"types": ["container.loaded"]}, role="forwarder")
    assert (answer.status_code, answer.json()) == (200, made | {"types": ["container.loaded"]})
    changed = patch(port, made["webhookID"], {"url": URL, "description": "new"}, role="forwarder").json()
    assert changed == made | {"types": ["container.loaded"], "url": URL, "description": "new"}


def test_it_is_turned_off_and_on_and_deleted(port: TestPort):
    path = f"/v1/webhooks/{endpoint(port)['webhookID']}"
    for _ in range(2):
        off = port.post(f"{path}/disable", role="forwarder").json()
        assert (off["state"], off["disabledReason"]) == ("DISABLED", "BY_OWNER")
    refusal = port.post(f"{path}/test", role="forwarder")
    assert (refusal.status_code, refusal.json()["reason"]) == (409, "WEBHOOK_DISABLED")
    for _ in range(2):
        assert port.post(f"{path}/enable", role="forwarder").json()["state"] == "ENABLED"
    assert port.client.delete(path, headers=port.headers("forwarder")).status_code == 204
    assert port.get(path, role="forwarder").status_code == 404


def test_a_secret_that_is_renewed_at_once_leaves_no_old_one(port: TestPort):
    path = f"/v1/webhooks/{endpoint(port)['webhookID']}/rotate"
    assert port.post(path, {"overlapHours": 1}, role="forwarder").json()["oldSecretUntil"] is not None
    assert port.post(path, {"overlapHours": 0}, role="forwarder").json()["oldSecretUntil"] is None


@pytest.mark.parametrize(
    ("role", "party"), [("forwarder", "STRANGER"), ("consignee", "FORWARDER"), ("customs", "CUSTOMS")]
)
def test_another_partys_endpoint_and_none_at_all_are_answered_alike(port: TestPort, role: str, party: str):
    foreign, absent = endpoint(port)["webhookID"], "wh_" + "a" * 24
    body = {"url": URL}
    asked = [
        ("GET", "", None), ("PATCH", "", body), ("DELETE", "", None), ("GET", "/deliveries", None),
        ("POST", "/test", None), ("POST", "/enable", None), ("POST", "/disable", None), ("POST", "/rotate", {}),
        ("POST", "/replay", {"after": "x"}),
    ]  # fmt: skip
    for method, path, given in asked:
        both = [
            port.client.request(
                method, f"/v1/webhooks/{webhook_id}{path}", json=given, headers=port.headers(role, party)
            )
            for webhook_id in (foreign, absent)
        ]
        assert {(one.status_code, one.content) for one in both} == {(404, both[0].content)}
        assert both[0].json()["reason"] == "WEBHOOK_UNKNOWN"
    assert port.get("/v1/webhooks", role=role, party=party).json()["webhooks"] == []
    assert port.get(f"/v1/webhooks/{foreign}", role="forwarder").json()["url"] != URL


@pytest.mark.parametrize(
    ("body", "reason", "where"),
    [
        ({"url": "http://hooks.example/"}, "ADDRESS_REFUSED", "url"),
        ({"url": "https://127.0.0.1/"}, "ADDRESS_REFUSED", "url"),
        ({"url": "https://u:p@hooks.example/"}, "ADDRESS_REFUSED", "url"),
        ({"url": URL, "types": ["container.vanished"]}, "TYPE_UNKNOWN", "types"),
        ({"url": URL, "types": "all"}, "VALUE_INVALID", "types"),
        ({"url": URL, "secret": "mine"}, "VALUE_INVALID", "secret"),
        ({}, "VALUE_INVALID", "url"),
    ],
)
def test_what_cannot_be_is_refused_with_where_and_how_to_mend_it(port: TestPort, body: object, reason: str, where: str):
    answer = port.post("/v1/webhooks", body, role="forwarder")
    told = answer.json()
    assert (answer.status_code, told["reason"], told["where"]) == (422, reason, where)
    assert answer.headers["content-type"] == "application/problem+json"
    assert reason == "VALUE_INVALID" or told["fix"]
    made = endpoint(port)
    if reason != "VALUE_INVALID":
        assert patch(port, made["webhookID"], body, role="forwarder").json()["reason"] == reason


def test_a_party_has_so_many_and_no_more(port: TestPort):
    for number in range(MOST_ENDPOINTS):
        endpoint(port, f"{number}")
    answer = port.post("/v1/webhooks", {"url": URL}, role="forwarder")
    assert (answer.status_code, answer.json()["reason"]) == (409, "TOO_MANY_WEBHOOKS")
    assert endpoint(port, role="consignee")["state"] == "ENABLED"


@pytest.mark.parametrize("body", [{}, {"after": "a", "deliveryID": "b"}, {"after": "not a cursor"}])
def test_a_replay_names_one_delivery_or_one_cursor_of_ours(port: TestPort, body: object):
    path = f"/v1/webhooks/{endpoint(port)['webhookID']}/replay"
    answer = port.post(path, body, role="forwarder")
    assert (answer.status_code, answer.json()["reason"] in ("VALUE_INVALID", "BAD_CURSOR")) == (422, True)


def test_the_cursor_of_another_party_is_refused(port: TestPort):
    cursor = port.get("/v1/events", role="consignee").json()["next"]
    path = f"/v1/webhooks/{endpoint(port)['webhookID']}/replay"
    assert port.post(path, {"after": cursor}, role="forwarder").json()["reason"] == "BAD_CURSOR"


def test_a_lesser_key_that_takes_an_endpoint_over_brings_its_own_rights(port: TestPort):
    hub = endpoint(port, role="terminal", party="QUAYS")
    before = _key_of(port, hub["webhookID"])
    made = port.post("/v1/keys", {"facilities": []}, role="terminal", party="QUAYS").json()
    headers = {"Authorization": f"Bearer {made['key']}"}
    path = f"/v1/webhooks/{hub['webhookID']}"
    port.client.request("PATCH", path, json={"description": "mine"}, headers=headers)
    assert _key_of(port, hub["webhookID"]) == before
    port.client.request("PATCH", path, json={"url": URL}, headers=headers)
    assert _key_of(port, hub["webhookID"]) == made["keyID"] != before


def test_deliveries_are_paged_newest_first(port: TestPort):
    path = f"/v1/webhooks/{endpoint(port)['webhookID']}"
    ids = [port.post(f"{path}/test", role="forwarder").json()["deliveryID"] for _ in range(5)]
    found, after = list[str](), ""
    while True:
        page = port.get(f"{path}/deliveries?limit=2{after and '&after='}{after}", role="forwarder").json()
        found += [one["deliveryID"] for one in page["deliveries"]]
        after = page["next"]
        if after is None:
            break
    assert found == ids[::-1]
    assert port.get(f"{path}/deliveries?state=DELIVERED", role="forwarder").json() == {"deliveries": [], "next": None}
    assert port.get(f"{path}/deliveries?after=msg_other", role="forwarder").status_code == 422


def test_who_runs_it_sees_in_the_gauges_what_waits(port: TestPort):
    path = f"/v1/webhooks/{endpoint(port)['webhookID']}"
    port.post(f"{path}/test", role="forwarder")
    told = port.get("/metrics", role="admin").text
    assert 'digital_port_outbox_waiting{channel="webhook"} 1' in told
    assert re.search(r"^digital_port_webhooks_disabled 0$", told, re.MULTILINE)
    assert "digital_port_outbox" not in port.get("/metrics", role="forwarder").text


def test_private_addresses_are_taken_where_it_is_set(sqlite_url: str):
    with running_port(sqlite_url.replace("port.db", "private.db"), webhooks_private=True) as port:
        assert endpoint(port, url="http://127.0.0.1:9/x")["url"] == "http://127.0.0.1:9/x"
        assert port.post("/v1/webhooks", {"url": "http://169.254.169.254/"}, role="forwarder").status_code == 422


def _key_of(port: TestPort, webhook_id: str) -> str:
    with port.client.app.state.port.database.read() as connection:
        found = webhooks_owning.find(connection, webhook_id)
    assert found is not None
    return found.key_id
