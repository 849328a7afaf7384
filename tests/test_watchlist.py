"""Watch lists at their doors: added, told, taken off; each person's own; one set of queries however long."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import event

from build_port import BOX, TestPort, discharged, manifest, moved
from events.identifiers import check_digit
from port import views, watching
from port.actor import Role
from port.database import open_database
from port.keys import find_actor
from port.watchlist import MOST

OTHER = "TGHU2611217"
HEADLINE = {"code": "NOT_DECLARED", "zh": "尚未申报", "en": "Not declared"}


def number(n: int) -> str:
    return f"CSQU{n:06d}{check_digit(f'CSQU{n:06d}')}"


def watch(port: TestPort, *numbers: str, role: str = "forwarder", **more: Any) -> Any:
    return port.post("/v1/watchlist", {"containers": numbers, **more}, role=role)


def listed(port: TestPort, role: str = "forwarder", query: str = "") -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = port.get(f"/v1/watchlist{query}", role=role).json()["items"]
    return [{name: value for name, value in item.items() if name != "addedAt"} for item in items]


def bring_in(port: TestPort) -> None:
    port.customs(manifests=[manifest()])
    port.gate(discharged())


def test_a_container_is_told_with_the_headline_its_watcher_may_see_now(either_port: TestPort):
    bring_in(either_port)
    answer = watch(either_port, BOX, OTHER, label="stone")
    assert (answer.status_code, answer.json()) == (201, {"added": [BOX, OTHER], "already": [], "refused": []})
    step = {"code": "DECLARE", "zh": "申报", "en": "Declare"}
    assert listed(either_port) == [
        {
            "equipmentReference": BOX,
            "label": "stone",
            "headline": HEADLINE,
            "nextStep": step,
            "readyForPickup": False,
        },
        {
            "equipmentReference": OTHER,
            "label": "stone",
            "headline": None,
            "nextStep": None,
            "readyForPickup": False,
        },
    ]


def test_a_list_is_its_persons_own(port: TestPort):
    watch(port, BOX)
    assert listed(port, role="consignee") == []
    assert port.get("/v1/watchlist", role="forwarder", party="SOMEBODY").json() == {"items": [], "next": None}
    assert port.client.delete(f"/v1/watchlist/{BOX}", headers=port.headers("consignee")).status_code == 404
    assert [item["equipmentReference"] for item in listed(port)] == [BOX]


def test_a_key_and_its_successor_have_one_list(port: TestPort):
    watch(port, BOX)
    old = port.headers("forwarder")
    [key] = port.client.get("/v1/keys", headers=old).json()["keys"]
    successor = port.client.post(f"/v1/keys/{key['keyID']}/rotate", headers=old).json()["key"]
    told = port.client.get("/v1/watchlist", headers={"Authorization": f"Bearer {successor}"}).json()
    assert [item["equipmentReference"] for item in told["items"]] == [BOX]


def test_what_is_watched_already_keeps_its_place_and_gets_the_new_label(port: TestPort):
    watch(port, BOX, label="old")
    watch(port, OTHER)
    assert watch(port, BOX, label="new").json() == {"added": [], "already": [BOX], "refused": []}
    assert watch(port, BOX).status_code == 200
    assert [(item["equipmentReference"], item["label"]) for item in listed(port)] == [(OTHER, ""), (BOX, "new")]


def test_numbers_that_are_none_are_refused_one_by_one_with_what_to_send_instead(port: TestPort):
    told = watch(port, "csqu 305438-3", "CSQU3054384", "hello").json()
    assert (told["added"], told["already"]) == ([BOX], [])
    assert [(one["value"], one["where"], one["reason"]) for one in told["refused"]] == [
        ("CSQU3054384", "containers[1]", "BAD_CONTAINER_NUMBER"),
        ("hello", "containers[2]", "BAD_CONTAINER_NUMBER"),
    ]
    assert "CSQU3054383" in told["refused"][0]["fix"]


def test_a_container_is_taken_off_once(port: TestPort):
    watch(port, BOX, OTHER)
    headers = port.headers("forwarder")
    assert port.client.delete(f"/v1/watchlist/{BOX.lower()}", headers=headers).status_code == 204
    again = port.client.delete(f"/v1/watchlist/{BOX}", headers=headers)
    assert (again.status_code, again.json()["reason"]) == (404, "NOT_WATCHED")
    wrong = port.client.delete("/v1/watchlist/CSQU3054384", headers=headers)
    assert (wrong.status_code, wrong.json()["reason"]) == (422, "BAD_CONTAINER_NUMBER")
    assert [item["equipmentReference"] for item in listed(port)] == [OTHER]


def test_pages_follow_one_another_without_gap_or_repeat(either_port: TestPort):
    numbers = [number(n) for n in range(7)]
    for start in (0, 3):
        watch(either_port, *numbers[start : start + 4])
    seen, after = [], ""
    while after is not None:
        told = either_port.get(f"/v1/watchlist?limit=3{after and f'&after={after}'}", role="forwarder").json()
        seen += [item["equipmentReference"] for item in told["items"]]
        after = told["next"]
    assert seen == [*sorted(numbers[4:]), *sorted(numbers[:4])]
    bad = either_port.get("/v1/watchlist?after=none", role="forwarder")
    assert (bad.status_code, bad.json()["reason"]) == (422, "BAD_CURSOR")


def test_a_list_has_a_most_and_is_not_filled_in_part(port: TestPort):
    assert watch(port, *(number(n) for n in range(MOST))).status_code == 201
    full = watch(port, number(0), number(MOST))
    assert (full.status_code, full.json()["reason"]) == (409, "WATCHLIST_FULL")
    many = watch(port, *(number(n) for n in range(MOST + 1)), role="broker")
    assert (many.status_code, many.json()["reason"], listed(port, "broker")) == (409, "WATCHLIST_FULL", [])
    assert watch(port, *([number(0)] * (MOST + 1)), role="broker").json()["added"] == [number(0)]
    assert watch(port, number(0)).json()["already"] == [number(0)]
    assert len(port.get(f"/v1/watchlist?limit={MOST}", role="forwarder").json()["items"]) == MOST


@pytest.mark.parametrize("label", ["tea\nCustoms: released", "a\tb", "\u202etxt", "a\u2066b"])
def test_a_label_that_breaks_its_line_or_turns_the_text_is_refused(port: TestPort, label: str):
    answer = watch(port, BOX, label=label)
    told = answer.json()
    assert (answer.status_code, told["reason"], told["where"]) == (422, "VALUE_INVALID", "label")
    assert told["fix"] == "Write it in one line, without characters that cannot be seen."
    assert listed(port) == []


def test_a_file_is_taken_and_given_back(port: TestPort):
    headers = {**port.headers("forwarder"), "Content-Type": "text/csv"}
    body = f"箱号,备注\n{BOX.lower()},=1+1\n{OTHER},茶\nCSQU3054384,x\n".encode("gb18030")
    told = port.client.post("/v1/watchlist", content=body, headers=headers)
    assert (told.status_code, told.json()["added"]) == (201, [BOX, OTHER])
    assert [(one["value"], one["where"]) for one in told.json()["refused"]] == [("CSQU3054384", "line 4")]
    given = port.client.get("/v1/watchlist.csv", headers=port.headers("forwarder"))
    assert given.headers["content-type"] == "text/csv; charset=utf-8"
    lines = given.content.decode("utf-8-sig").splitlines()
    assert [line.split(",")[:2] for line in lines] == [["equipmentReference", "label"], [BOX, "'=1+1"], [OTHER, "茶"]]
    again = port.client.post("/v1/watchlist", content=given.content, headers={**port.headers("broker"), **headers})
    assert again.json()["already"] == [BOX, OTHER]


def test_a_file_that_cannot_be_read_changes_nothing(port: TestPort):
    headers = {**port.headers("forwarder"), "Content-Type": "text/csv"}
    answer = port.client.post("/v1/watchlist", content=b"vessel\nEVER\n", headers=headers)
    assert (answer.status_code, answer.json()["reason"], answer.json()["where"]) == (
        422, "WATCHLIST_UNREADABLE", "line 1",
    )  # fmt: skip
    assert listed(port) == []
    sheet = port.client.post(
        "/v1/watchlist", content=b"x", headers=headers | {"Content-Type": "application/vnd.ms-excel"}
    )
    assert (sheet.status_code, sheet.json()["fix"]) == (415, "send application/json, or text/csv for a file")
    long = port.client.post("/v1/watchlist", content=f"{BOX},{'x' * 101}".encode(), headers=headers).json()["refused"]
    assert [(one["value"], one["reason"]) for one in long] == [(BOX, "BAD_VALUE")]
    large = port.client.post("/v1/watchlist", content=b"x" * (1 << 20) + b"x", headers=headers)
    assert large.status_code == 413


@pytest.mark.parametrize("role", ["forwarder", "customs", "terminal"])
def test_the_list_costs_the_same_few_questions_however_long_it_is(port: TestPort, role: str):
    bring_in(port)
    for n in range(6):
        port.customs(manifests=[manifest(containers=[number(n)], transportDocumentReference=f"B{n}")])
        port.gate(discharged(box=number(n)))
    asked: list[str] = []
    with closing(open_database(port.url)) as database, database.read() as connection:
        actor = find_actor(connection, port.key(role))
        assert actor is not None
        event.listen(connection, "before_cursor_execute", lambda *given: asked.append(given[2]))
        counts = []
        for many in (1, 6):
            asked.clear()
            numbers = [number(n) for n in range(many)]
            assert len(watching.statuses(connection, actor, numbers)) == many
            counts.append(len(asked))
    assert counts[0] == counts[1] <= 4


def test_what_is_listed_is_what_the_container_itself_shows(either_port: TestPort):
    port = either_port
    bring_in(port)
    port.customs(manifests=[manifest(containers=[OTHER], transportDocumentReference="B2")])
    for role in Role:
        with closing(open_database(port.url)) as database, database.read() as connection:
            actor = find_actor(connection, port.key(role.value))
            assert actor is not None
            seen = {one: views.find_seen(connection, actor, one) for one in (BOX, OTHER)}
            told = watching.statuses(connection, actor, [BOX, OTHER])
        assert told.keys() == {one for one, found in seen.items() if found is not None}, role
        for one, status in told.items():
            assert status["visitID"] == seen[one].visit_id
            assert status["headline"] == port.container(one, role=role.value)["headline"]


def test_a_stay_set_aside_is_told_to_who_was_on_none_since(port: TestPort):
    """Yesterday's forwarder still finds yesterday's stay on its list; today's, of another, it does not see."""
    month = 30 * 24 * 60
    port.customs(manifests=[manifest()])
    port.gate(discharged(minutes_ago=2 * month))
    port.gate(moved("GTOT", minutes_ago=2 * month - 60))
    stranger = {"code": "STRANGER", "name": "Stranger"}
    later = manifest(transportDocumentReference="B9", voyage="077W", forwarder=stranger, consignee=stranger)
    port.customs(manifests=[later])
    for start in (month, 600):
        port.gate(discharged(minutes_ago=start, voyage="077W" if start == 600 else "055W"))
        port.gate(moved("GTOT", minutes_ago=start - 60))
    watch(port, BOX)
    [item] = listed(port)
    assert item["headline"] == port.container(BOX, role="forwarder")["headline"]
    with closing(open_database(port.url)) as database, database.read() as connection:
        actor = find_actor(connection, port.key("forwarder"))
        assert actor is not None
        seen = views.find_seen(connection, actor, BOX)
        assert seen is not None
        assert watching.statuses(connection, actor, [BOX])[BOX]["visitID"] == seen.visit_id
        sealed = connection.exec_driver_sql("SELECT count(*) FROM visit WHERE is_sealed").scalar()
    assert sealed
