"""The inbox: files taken once, with their receipts beside them; what is not finished, not a file or not allowed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from build_inbox import CODECO, DAY, TestInbox, gated, running_inbox


@pytest.fixture
def box(sqlite_url: str, tmp_path: Path) -> Iterator[TestInbox]:
    with running_inbox(sqlite_url, tmp_path / "inbox") as opened:
        yield opened


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
