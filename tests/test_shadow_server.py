"""Shadows on a real server: followed by a child, resumed exactly after either is killed, and ingest never waits."""

from __future__ import annotations

import os
import signal
import time
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from build_lab import IMPORTS, end, is_alive, keep_unreadable, row, table, until
from build_port import declaration, discharged, manifest
from server import Key, Server, serve

pytestmark = [pytest.mark.server, pytest.mark.timeout(300)]

SALT = "the tests draw alike"
STERN = table(row("INSPECTION", IMPORTS, id="everything"), name="stern")
MILD = table(row("DIRECT_RELEASE", IMPORTS, id="all"), name="mild")
_numbers = count(1)


def box(n: int) -> str:
    """A container number with its check digit, ISO 6346."""
    head = f"TSTU{n:06d}"
    values = {letter: 10 + k + (k + 9) // 10 for k, letter in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ")}
    total = sum((values.get(c) or int(c)) * 2**p for p, c in enumerate(head))
    return f"{head}{total % 11 % 10}"


def ago(minutes: float) -> str:
    """So long ago by the real clock, which a real server goes by."""
    return (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()


def propose(officer: httpx.Client, document: dict[str, Any]) -> str:
    answer = officer.post("/v1/rulesets", json={"ruleset": document, "tests": [], "note": "a trial"})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["hash"])


def into_shadow(officer: httpx.Client, *hashes: str) -> None:
    for one in hashes:
        assert officer.post(f"/v1/rulesets/{one}/shadow", json={"on": True, "why": "to see"}).status_code == 200


def bring(officer: httpx.Client, terminal: httpx.Client, boxes: int) -> None:
    """So many boxes, declared and discharged."""
    for _ in range(boxes):
        n = next(_numbers)
        paper = {"containers": [box(n)], "transportDocumentReference": f"BILL{n:06d}"}
        lodged = declaration(declarationNumber=f"{371120261000000000 + n}", declaredAt=ago(600), **paper)
        told = {"messageID": f"C{n}", "manifests": [manifest(**paper)], "declarations": [lodged]}
        assert officer.post("/v1/messages/customs", json=told).status_code == 200
        gate = {"messageID": f"G{n}", "events": [discharged(box=box(n), eventDateTime=ago(60))]}
        answer = terminal.post("/v1/messages/gate", json=gate)
        assert answer.json()["results"][0]["instruction"] is not None


def children(pid: int) -> dict[int, str]:
    """The children of a process, with their command lines."""
    found = {}
    for child in Path(f"/proc/{pid}/task").glob("*/children"):
        for one in child.read_text().split():
            found[int(one)] = Path(f"/proc/{one}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    return found


def follower_of(server: Server) -> int:
    """The follower's pid, once there is one."""
    return int(
        until(
            lambda: next((pid for pid, line in children(server.pid).items() if "lab_worker follow" in line), None),
            "a follower",
        )
    )


def cases(officer: httpx.Client, content_hash: str) -> int:
    return int(officer.get(f"/v1/rulesets/{content_hash}/shadow").json()["cases"])


def decided(officer: httpx.Client) -> int:
    return len(officer.get("/v1/decisions?limit=500").json()["decisions"])


def keys_of(server: Server) -> tuple[Key, Key]:
    return (
        server.create_key(party="CUSTOMS", role="customs"),
        server.create_key(party="TERMINAL", role="terminal", facilities=("XMHT",)),
    )


def test_two_candidates_one_of_them_broken_and_nobody_live_notices(sqlite_url: str) -> None:
    with serve(sqlite_url, salt=SALT) as server:
        officer_key, terminal_key = keys_of(server)
        with server.client(officer_key) as officer, server.client(terminal_key) as terminal:
            stern, broken = propose(officer, STERN), keep_unreadable(sqlite_url)
            into_shadow(officer, stern, broken)
            bring(officer, terminal, 5)
            count = decided(officer)
            until(lambda: cases(officer, stern) == count, "all cases of the one")
            until(lambda: cases(officer, broken) == count, "all cases of the other")
            told = officer.get(f"/v1/rulesets/{stern}/shadow").json()
            assert (told["errors"], told["agreed"]) == (0, 0)
            assert officer.get(f"/v1/rulesets/{broken}/shadow").json()["errors"] == count
            assert {one["route"] for one in officer.get("/v1/decisions").json()["decisions"]} == {"DIRECT_RELEASE"}
            pid = follower_of(server)
            for one in (stern, broken):
                officer.post(f"/v1/rulesets/{one}/shadow", json={"on": False, "why": "seen enough"})
            until(lambda: not is_alive(pid), "the end of the follower", seconds=10)


def test_each_case_is_counted_once_whoever_is_killed_meanwhile(sqlite_url: str) -> None:
    with serve(sqlite_url, salt=SALT) as first:
        officer_key, terminal_key = keys_of(first)
        with first.client(officer_key) as officer, first.client(terminal_key) as terminal:
            mild = propose(officer, MILD)
            into_shadow(officer, mild)
            pid = follower_of(first)
            bring(officer, terminal, 4)
            end(pid, signal.SIGKILL)
            bring(officer, terminal, 4)
            count = decided(officer)
            until(lambda: cases(officer, mild) == count, "the cases of another follower")
            bring(officer, terminal, 4)
            pid = follower_of(first)
            end(first.pid, signal.SIGKILL)
        until(lambda: not is_alive(pid), "the end of the orphan", seconds=10)
    with serve(sqlite_url, salt=SALT) as second, second.client(officer_key) as officer:
        count = decided(officer)
        until(lambda: cases(officer, mild) == count, "the cases after a restart")
        time.sleep(2)
        told = officer.get(f"/v1/rulesets/{mild}/shadow").json()
        assert (told["cases"], told["agreed"], told["errors"]) == (count, count, 0)


def test_a_stopped_follower_holds_up_nobody(sqlite_url: str) -> None:
    with serve(sqlite_url, salt=SALT) as server:
        officer_key, terminal_key = keys_of(server)
        with server.client(officer_key) as officer, server.client(terminal_key) as terminal:
            mild = propose(officer, MILD)
            into_shadow(officer, mild)
            pid = follower_of(server)
            bring(officer, terminal, 1)
            until(lambda: cases(officer, mild) > 0, "a case")
            os.kill(pid, signal.SIGSTOP)
            before = cases(officer, mild)
            bring(officer, terminal, 5)
            assert cases(officer, mild) == before
            os.kill(pid, signal.SIGCONT)
            until(lambda: cases(officer, mild) == decided(officer), "what it missed")
