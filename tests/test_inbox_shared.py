"""The inbox: what other servers claimed or left, and what is in the way of taking a file now."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from build_inbox import DAY, HandWatch, TestInbox, gated, looking, running_inbox
from events.identifiers import check_digit
from web.inbox_folder import Folder


@pytest.fixture
def box(sqlite_url: str, tmp_path: Path) -> Iterator[TestInbox]:
    with running_inbox(sqlite_url, tmp_path / "inbox") as opened:
        yield opened


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
