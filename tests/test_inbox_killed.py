"""web.inbox_folder: a server that is killed at any step leaves what the next one ends as if nothing had been."""

from __future__ import annotations

import errno
import os
import sys
from itertools import count
from pathlib import Path

import orjson
import pytest

from web.inbox_folder import DONE, RECEIPT, Folder

DAY = "2026-11-21"
BODY = b'{"messageID": "A-1"}'
RESULTS = {RECEIPT: orjson.dumps({"sha256": "5e", "duplicate": False}), ".contrl.edi": b"UNB+UNOA:2'"}
ENDED = [f"done/{DAY}/one.json", f"done/{DAY}/one.json.contrl.edi", f"done/{DAY}/one.json.receipt.json"]
_STEPS = {"open", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir"}


def take(root: Path, server: str) -> None:
    """What an inbox does with a file, from finding it to settling it."""
    folder = Folder(root, server)
    for found in folder.look().found:
        claimed = folder.claim(found)
        assert claimed is not None
        assert folder.read(claimed, limit=1000) == BODY
        folder.settle(claimed, into=DONE, day=DAY, results=RESULTS)
    folder.close()


def killed_at(step: int, root: Path) -> bool:
    """Take what lies there in a process that ends before its step of that number; whether it came so far."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    numbers = count()
    sys.addaudithook(lambda name, _given: os._exit(9) if name in _STEPS and next(numbers) == step else None)
    take(root, "killed")
    os._exit(0)


def tree(place: Path) -> list[str]:
    paths = (path for path in place.rglob("*") if not path.is_dir() and path.name != "lock")
    return sorted(str(path.relative_to(place)) for path in paths)


def test_whatever_step_a_server_is_killed_at_the_next_one_leaves_one_file_with_its_receipt(tmp_path: Path) -> None:
    for step in count():
        place = tmp_path / str(step) / "XMHT" / "gate"
        place.mkdir(parents=True)
        (place / "one.json").write_bytes(BODY)
        was_killed = killed_at(step, tmp_path / str(step))
        take(tmp_path / str(step), "next")
        assert tree(place) == ENDED, f"killed at step {step}"
        assert (place / f"{ENDED[0]}{RECEIPT}").read_bytes() == RESULTS[RECEIPT]
        if not was_killed:
            break
    assert step > 20


def test_a_disk_without_hard_links_has_the_receipts_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_given: object, **_named: object) -> None:
        raise PermissionError(errno.EPERM, "no hard links here")

    monkeypatch.setattr(os, "link", refuse)
    place = tmp_path / "XMHT" / "gate"
    place.mkdir(parents=True)
    for server in ("one", "two"):
        (place / "one.json").write_bytes(BODY)
        take(tmp_path, server)
    again = [name.replace("one.json", "one-2.json") for name in ENDED]
    assert tree(place) == sorted([*ENDED, *again])
