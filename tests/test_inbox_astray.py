"""The inbox: links, pipes and folders that are none, and senders who may not, or not any more."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from build_inbox import CODECO, DAY, TestInbox, gated, running_inbox


@pytest.fixture
def box(sqlite_url: str, tmp_path: Path) -> Iterator[TestInbox]:
    with running_inbox(sqlite_url, tmp_path / "inbox") as opened:
        yield opened


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
