"""The inbox of real servers: one that is killed, and two that share one folder."""

from __future__ import annotations

import json
import os
import signal
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from build_port import moved
from events.identifiers import check_digit
from server import Server, serve


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
