"""The inbox: files taken once, with their receipts beside them; what is not finished, not a file or not allowed."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from build_inbox import HandWatch, TestInbox, looking, running_inbox
from build_port import BOX, moved
from events.identifiers import check_digit
from server import Server, serve
from web.inbox_folder import Folder

DAY = "2026-11-21"
CODECO = (
    b"UNB+UNOA:2+XMHT+PORT+261121:1900+77'UNH+1+CODECO:D:95B:UN:ITG13'BGM+34+X-1+9'EQD+CN+CSQU3054383+22G1:102:5++2+5'"
    b"DTM+7:202611211900:203'CNT+16:1'UNT+6+1'UNZ+1+77'"
)


@pytest.fixture
def box(sqlite_url: str, tmp_path: Path) -> Iterator[TestInbox]:
    with running_inbox(sqlite_url, tmp_path / "inbox") as opened:
        yield opened


def gated(message_id: str, *, box: str = BOX, **more: object) -> dict[str, object]:
    return {"messageID": message_id, "events": [moved("GTIN", box=box, **more)]}


def test_a_file_is_taken_as_if_it_had_been_pushed_and_its_receipt_lies_beside_it(box: TestInbox) -> None:
    box.drop("one.json", gated("A-1"))
    box.look()
    assert box.tree() == [f"XMHT/gate/done/{DAY}/one.json", f"XMHT/gate/done/{DAY}/one.json.receipt.json"]
    receipt = box.receipt(f"XMHT/gate/done/{DAY}/one.json")
    assert (receipt["duplicate"], receipt["results"][0]["outcome"]) == (False, "accepted")
    assert receipt["results"][0]["instruction"]["route"] == "YARD"
    [message] = box.port.get("/v1/messages", role="customs").json()["messages"]
    assert (message["receiptID"], message["sender"], message["messageID"]) == (receipt["receiptID"], "XMHT", "A-1")
    pushed = box.port.push("gate", gated("A-1"), role="terminal", party="XMHT").json()
    assert pushed == receipt | {"duplicate": True}


def test_a_file_that_says_nothing_readable_is_kept_refused_and_moved_aside(box: TestInbox) -> None:
    box.drop("bad.json", b'{"events": "none"}')
    box.look()
    assert box.tree() == [f"XMHT/gate/refused/{DAY}/bad.json", f"XMHT/gate/refused/{DAY}/bad.json.receipt.json"]
    [result] = box.receipt(f"XMHT/gate/refused/{DAY}/bad.json")["results"]
    assert (result["outcome"], result["error"]["reason"]) == ("rejected", "BAD_VALUE")
    [message] = box.port.get("/v1/messages?state=rejected", role="customs").json()["messages"]
    assert message["state"] == "REFUSED"


def test_an_interchange_is_answered_with_contrl_too(box: TestInbox) -> None:
    box.drop("one.edi", CODECO, format="edifact")
    box.look()
    folder = box.root / "XMHT" / "edifact" / "done" / DAY
    assert sorted(path.name for path in folder.iterdir()) == ["one.edi", "one.edi.contrl.edi", "one.edi.receipt.json"]
    assert (folder / "one.edi").read_bytes() == CODECO
    assert b"UCI+77+" in (folder / "one.edi.contrl.edi").read_bytes()


def test_the_same_file_again_is_answered_as_a_repeat_under_a_name_of_its_own(box: TestInbox) -> None:
    for _ in range(3):
        box.drop("same.json", gated("A-1"))
        box.look()
    names = ["same", "same-2", "same-3"]
    assert [path for path in box.tree() if "receipt" not in path] == sorted(
        f"XMHT/gate/done/{DAY}/{name}.json" for name in names
    )
    receipts = [box.receipt(f"XMHT/gate/done/{DAY}/{name}.json") for name in names]
    assert [receipt["duplicate"] for receipt in receipts] == [False, True, True]
    assert len({receipt["results"][0]["eventID"] for receipt in receipts}) == 1


def test_another_body_under_the_same_id_is_refused_with_the_conflict(box: TestInbox) -> None:
    box.drop("one.json", gated("A-1"))
    box.look()
    box.drop("two.json", gated("A-1", position="GATE 9"))
    box.look()
    [result] = box.receipt(f"XMHT/gate/refused/{DAY}/two.json")["results"]
    assert result["error"]["reason"] == "IDENTITY_REUSED"


def test_an_upload_is_left_alone_until_it_has_not_changed_for_a_while(box: TestInbox) -> None:
    body = json.dumps(gated("A-1")).encode()
    path = box.drop("slow.json", body[:40])
    for end in (80, 120, len(body)):
        box.look(times=1, seconds=4)
        path.write_bytes(body[:end])
    box.look(times=2, seconds=4)
    assert box.tree() == ["XMHT/gate/slow.json"]
    box.look(times=1)
    assert box.receipt(f"XMHT/gate/done/{DAY}/slow.json")["results"][0]["outcome"] == "accepted"


def test_names_of_unfinished_uploads_are_left_alone(box: TestInbox) -> None:
    names = [".hidden", "a.json.part", "a.json.filepart", "A.TMP", "a.json.partial"]
    for name in names:
        box.drop(name, gated("A-1"))
    box.look(times=5)
    assert box.tree() == sorted(f"XMHT/gate/{name}" for name in names)
    (box.root / "XMHT/gate/a.json.part").rename(box.root / "XMHT/gate/a.json")
    box.look()
    assert f"XMHT/gate/done/{DAY}/a.json" in box.tree()


@pytest.mark.parametrize(
    ("format", "body"), [("edifact", CODECO[:-9]), ("gate", b'{"messageID": "A-1", "events": [')], ids=str
)
def test_a_body_without_its_end_is_given_more_time_and_then_taken_as_what_it_is(
    box: TestInbox, format: str, body: bytes
) -> None:
    box.drop("cut", body, format=format)
    box.look(times=6, seconds=9)
    assert box.tree() == [f"XMHT/{format}/cut"]
    box.look(times=3, seconds=9)
    assert f"XMHT/{format}/cut" not in box.tree()
    assert len(box.port.get("/v1/messages", role="customs").json()["messages"]) == 1


def test_a_file_over_the_limit_is_refused_without_being_read(box: TestInbox) -> None:
    with box.drop("big.json", b"{").open("r+b") as file:
        file.seek(50 * 1024**3 - 1)  # a hole: it could not be read into memory
        file.write(b"}")
    box.look()
    [result] = box.receipt(f"XMHT/gate/refused/{DAY}/big.json")["results"]
    assert (result["error"]["reason"], result["error"]["message"]) == (
        "OVERSIZE",
        "It has 53,687,091,200 bytes; 1,048,576 are the limit.",
    )
    assert box.port.get("/v1/messages", role="customs").json()["messages"] == []


def test_links_and_pipes_are_refused_and_never_followed(box: TestInbox, tmp_path: Path) -> None:
    secret = tmp_path / "secret.json"
    secret.write_text(json.dumps(gated("A-1")))
    folder = box.drop("first.json", gated("A-2")).parent
    (folder / "link.json").symlink_to(secret)
    os.mkfifo(folder / "pipe.json")
    box.look()
    refused = {name: box.receipt(f"XMHT/gate/refused/{DAY}/{name}") for name in ("link.json", "pipe.json")}
    assert {receipt["results"][0]["error"]["reason"] for receipt in refused.values()} == {"NOT_A_FILE"}
    assert (folder / "refused" / DAY / "link.json").is_symlink()
    assert [m["messageID"] for m in box.port.get("/v1/messages", role="customs").json()["messages"]] == ["A-2"]


@pytest.mark.parametrize("planted", ["done", "refused", ".working"])
def test_a_link_in_place_of_one_of_our_folders_leads_nowhere(box: TestInbox, tmp_path: Path, planted: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    folder = box.drop("one.json", b"[]" if planted == "refused" else gated("A-1")).parent
    (folder / planted).symlink_to(elsewhere)
    box.look(times=4)
    assert list(elsewhere.iterdir()) == []
    # Once the link is gone, the file goes its way.
    (folder / planted).unlink()
    box.look(times=4, seconds=30)
    assert [path for path in box.tree() if path.endswith("/one.json")] == [
        f"XMHT/gate/{'refused' if planted == 'refused' else 'done'}/{DAY}/one.json"
    ]


def test_folders_that_are_links_and_names_that_mean_nothing_are_told_and_left(box: TestInbox, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (box.root / "XMSC").symlink_to(tmp_path / "other")
    box.drop("a.json", gated("A-1"), format="fax")
    (box.root / "lost.json").write_text("{}")
    box.look()
    assert "digital_port_inbox_misplaced 2" in box.inbox.gauges()
    assert box.tree() == ["XMHT/fax/a.json", "XMSC", "lost.json"]


def test_a_sender_of_the_wrong_role_is_refused_with_words(box: TestInbox) -> None:
    box.port.key("broker", "BROKER")
    box.drop("one.json", gated("A-1"), sender="BROKER")
    box.drop("one.edi", CODECO, sender="BROKER", format="edifact")
    box.look()
    told = [box.receipt(f"BROKER/{path}")["results"][0]["error"] for path in (
        f"gate/refused/{DAY}/one.json", f"edifact/refused/{DAY}/one.edi")]  # fmt: skip
    assert [(error["reason"], error["message"]) for error in told] == [
        ("NOT_ALLOWED", "A broker may not send gate."),
        ("NOT_ALLOWED", "A broker may send none of these messages."),
    ]


def test_files_of_a_sender_without_a_key_wait_for_one_and_stop_when_it_is_revoked(box: TestInbox) -> None:
    box.drop("one.json", gated("A-1"), sender="XMSC")
    box.look(times=4)
    assert box.tree() == ["XMSC/gate/one.json"]
    assert "digital_port_inbox_waiting 1" in box.inbox.gauges()
    key = box.port.key("terminal", "XMSC")
    box.port.client.app.state.port.doorkeeper.forget()  # else it is noticed 50 ms later
    box.look()
    assert f"XMSC/gate/done/{DAY}/one.json" in box.tree()
    admin = {"Authorization": f"Bearer {box.port.key('admin')}"}
    box.port.client.delete(f"/v1/keys/{key.split('_')[1]}", headers=admin).raise_for_status()
    box.drop("two.json", gated("A-2"), sender="XMSC")
    box.look(times=4)
    assert "XMSC/gate/two.json" in box.tree()


def test_a_folder_may_be_named_after_a_key_whose_rights_it_has(box: TestInbox) -> None:
    first = box.port.key("terminal", "HUB", "XMA").split("_")[1]
    del box.port.keys["terminal", "HUB"]
    box.port.clock.forward(seconds=1)
    box.port.key("terminal", "HUB", "XMB")
    box.drop("key.json", gated("A-1", facilityCode="XMA"), sender=first)
    box.drop("party.json", gated("A-2", facilityCode="XMA"), sender="HUB")
    box.look()
    [foreign] = box.receipt(f"HUB/gate/refused/{DAY}/party.json")["results"]
    assert foreign["error"]["reason"] == "FOREIGN_FACILITY", "the party's newest key speaks for XMB"
    [result] = box.receipt(f"{first}/gate/done/{DAY}/key.json")["results"]
    assert result["outcome"] == "accepted"


def test_what_a_dead_server_had_claimed_is_taken_by_the_next(box: TestInbox) -> None:
    box.drop("one.json", gated("A-1"))
    dying = Folder(box.root, "dying")
    [found] = dying.look().found
    assert dying.claim(found) is not None
    [path] = box.tree()
    assert path.startswith("XMHT/gate/.working/dying/")
    box.look(times=4)
    assert box.tree() == [path], "its lock is still held"
    dying.close()
    box.look()
    assert box.tree() == [f"XMHT/gate/done/{DAY}/one.json", f"XMHT/gate/done/{DAY}/one.json.receipt.json"]
    assert not (box.root / "XMHT/gate/.working/dying").exists()


def test_a_server_that_died_after_the_commit_leaves_one_receipt_and_one_fact(box: TestInbox) -> None:
    pushed = box.port.push("gate", gated("A-1"), role="terminal", party="XMHT").json()
    box.drop("one.json", gated("A-1"))
    done = box.root / "XMHT/gate/done" / DAY
    done.mkdir(parents=True)
    (done / "one.json.receipt.json").write_text(json.dumps(pushed))
    box.look()
    assert box.tree() == [f"XMHT/gate/done/{DAY}/one.json", f"XMHT/gate/done/{DAY}/one.json.receipt.json"]
    assert box.receipt(f"XMHT/gate/done/{DAY}/one.json") == pushed | {"duplicate": True}


def test_two_servers_on_one_folder_take_each_file_once(box: TestInbox) -> None:
    numbers = [f"CSQU{n:06d}" for n in range(1, 61)]
    with looking(box.port, box.root, HandWatch(10.0)) as other:
        for n, number in enumerate(numbers):
            box.drop(f"{n}.json", gated(f"A-{n}", box=f"{number}{check_digit(number)}"))
        for inbox in (box.inbox, other):
            box.port.client.portal.call(inbox.look)
        box.watch.seconds = other._tick.seconds = 30.0  # type: ignore[attr-defined]
        futures = [box.port.client.portal.start_task_soon(inbox.look) for inbox in (box.inbox, other)]
        for future in futures:
            future.result(60)
        assert box.inbox.taken + other.taken == len(numbers)
        assert min(box.inbox.taken, other.taken) > 0
    files = [path for path in box.tree() if "receipt" not in path]
    assert sorted(Path(path).name for path in files) == sorted(f"{n}.json" for n in range(len(numbers)))
    assert {box.receipt(path)["duplicate"] for path in files} == {False}


def test_a_full_queue_leaves_files_where_they_are_and_takes_them_later(sqlite_url: str, tmp_path: Path) -> None:
    with running_inbox(sqlite_url, tmp_path / "inbox") as box:
        box.drop("one.json", gated("A-1"))
        recorder = box.port.client.app.state.port.recorder
        limit, recorder._limit = recorder._limit, 0
        box.look(times=3)
        [path] = box.tree()
        assert path.startswith("XMHT/gate/.working/")
        assert "digital_port_inbox_waiting 1" in box.inbox.gauges()
        recorder._limit = limit
        box.look()
        assert f"XMHT/gate/done/{DAY}/one.json" in box.tree()


def test_a_database_that_takes_nothing_leaves_files_on_the_disk(box: TestInbox, sqlite_url: str) -> None:
    box.drop("one.json", gated("A-1"))
    with contextlib.closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as other:
        other.execute("BEGIN IMMEDIATE")
        box.look(times=2)
        [path] = box.tree()
        assert path.endswith("/one.json")
        other.rollback()
    box.look(times=3)
    assert f"XMHT/gate/done/{DAY}/one.json" in box.tree()


@contextlib.contextmanager
def as_nobody() -> Iterator[None]:
    """Root may read anything: the test must not be root for a while."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_an_unreadable_file_is_told_and_left_until_it_can_be_read() -> None:
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        home.chmod(0o777)
        with as_nobody(), running_inbox(f"sqlite:///{home / 'port.db'}", home / "inbox") as box:
            path = box.drop("one.json", gated("A-1"))
            path.chmod(0)
            box.look(times=5, seconds=6)
            assert "digital_port_inbox_stuck 1" in box.inbox.gauges()
            assert box.tree() == ["XMHT/gate/one.json"]
            path.chmod(0o644)
            box.look()
            assert f"XMHT/gate/done/{DAY}/one.json" in box.tree()


def test_an_inbox_that_is_gone_is_told_and_found_again(box: TestInbox, tmp_path: Path) -> None:
    box.root.rename(tmp_path / "unmounted")
    box.look(times=1)
    assert "digital_port_inbox_up 0" in box.inbox.gauges()
    (tmp_path / "unmounted").rename(box.root)
    box.drop("one.json", gated("A-1"))
    box.look()
    assert "digital_port_inbox_up 1" in box.inbox.gauges()
    assert f"XMHT/gate/done/{DAY}/one.json" in box.tree()


def test_strange_and_endless_names_are_taken_too(box: TestInbox) -> None:
    folder = box.drop("plain.json", gated("A-0")).parent
    names = [b"x" * 250, "闸口 & 'quotes' \n.json".encode(), b"latin-\xe9.json", b"--help"]
    for n, name in enumerate(names):
        Path(os.fsdecode(os.path.join(os.fsencode(folder), name))).write_text(json.dumps(gated(f"A-{n + 1}")))  # noqa: PTH118
    box.look()
    assert box.inbox.taken == len(names) + 1
    assert len(list((folder / "done" / DAY).glob("*.receipt.json"))) == len(names) + 1


# --- the real server ----------------------------------------------------------------------------------------------


def real(message_id: str, number: str) -> bytes:
    event = moved("GTIN", box=number) | {"eventDateTime": datetime.now(UTC).isoformat()}
    return json.dumps({"messageID": message_id, "events": [event]}).encode()


def fill(inbox: Path, count: int, *, party: str = "XMHT") -> None:
    """So many whole files, as an upload that renames when it is done."""
    folder = inbox / party / "gate"
    folder.mkdir(parents=True, exist_ok=True)
    for n in range(count):
        number = f"CSQU{n + 1:06d}"
        (folder / f".{n}").write_bytes(real(f"A-{n}", f"{number}{check_digit(number)}"))
        (folder / f".{n}").rename(folder / f"{n}.json")


def taken(inbox: Path, party: str = "XMHT") -> list[Path]:
    return [
        path for path in (inbox / party / "gate" / "done").rglob("*.json") if not path.name.endswith("receipt.json")
    ]


def wait_until(count: int, inbox: Path, server: Server) -> None:
    deadline = time.monotonic() + 60
    while len(taken(inbox)) < count:
        assert time.monotonic() < deadline, server.log()[-2000:]
        time.sleep(0.02)


@pytest.mark.server
def test_a_server_killed_in_the_middle_of_its_files_takes_each_once_after_its_start(
    sqlite_url: str, tmp_path: Path
) -> None:
    inbox, count = tmp_path / "inbox", 300
    settings = {"inbox": str(inbox), "inbox_poll_seconds": "0.05", "inbox_stable_seconds": "0"}
    inbox.mkdir()
    with serve(sqlite_url, **settings) as first:
        key = first.create_key(party="XMHT", role="terminal", facilities=("XMHT",))
        fill(inbox, count)
        wait_until(20, inbox, first)
        os.kill(first.pid, signal.SIGKILL)
        first.kept.keeper.wait(10)
    assert len(taken(inbox)) < count
    with serve(sqlite_url, **settings) as second, second.client(key) as client:
        wait_until(count, inbox, second)
        messages = pages(client)
        assert len(messages) == count
        assert {message["state"] for message in messages} == {"TAKEN"}
    assert sorted(path.name for path in taken(inbox)) == sorted(f"{n}.json" for n in range(count))
    receipts = list((inbox / "XMHT/gate/done").rglob("*.receipt.json"))
    assert len(receipts) == count


def pages(client) -> list[dict[str, object]]:
    messages, before = [], ""
    while True:
        told = client.get(f"/v1/messages?limit=500{before}").json()
        messages += told["messages"]
        if told["next"] is None:
            return messages
        before = f"&before={told['next']}"


@pytest.mark.server
def test_two_real_servers_share_one_inbox(postgresql_url: str, tmp_path: Path) -> None:
    inbox, count = tmp_path / "inbox", 200
    settings = {"inbox": str(inbox), "inbox_poll_seconds": "0.05", "inbox_stable_seconds": "0"}
    inbox.mkdir()
    with (
        serve(postgresql_url, role="ingest", **settings) as first,
        serve(postgresql_url, role="all", **settings) as second,
    ):
        first.create_key(party="XMHT", role="terminal", facilities=("XMHT",))
        fill(inbox, count)
        wait_until(count, inbox, second)
    assert sorted(path.name for path in taken(inbox)) == sorted(f"{n}.json" for n in range(count))
    told = [json.loads(path.with_name(f"{path.name}.receipt.json").read_text()) for path in taken(inbox)]
    assert {receipt["duplicate"] for receipt in told} == {False}
