"""The rule lab as tests use it: tables to propose, officers, jobs to wait for, and what a child is doing."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

import httpx
from sqlalchemy import insert

from build_port import NOW, TestPort
from port.database import open_database
from port.rulesets import RULESETS

PATIENCE_SECONDS = 40.0
# Long enough to be looked at, killed and cancelled; some forty seconds where nobody ends it.
LONG = {"import_boxes": 6000, "export_boxes": 4000}
SHORT = {"import_boxes": 20, "export_boxes": 20}


def table(*rows: dict[str, Any], default: str = "YARD", name: str = "trial", **parts: Any) -> dict[str, Any]:
    """A ruleset document of these rows."""
    words = {"zh": "试", "en": "a trial"}
    return {
        "name": name,
        "title": words,
        "rows": [{"note": words, **row} for row in rows],
        "default": {"route": default, "note": words},
        **parts,
    }


def row(route: str, *when: dict[str, Any], id: str = "trial-row") -> dict[str, Any]:
    """A row of these conditions."""
    return {"id": id, "route": route, "when": list(when)}


def asks(fact: str, operator: str, value: Any) -> dict[str, Any]:
    """A condition."""
    return {"fact": fact, "operator": operator, "value": value}


IMPORTS = asks("direction", "equals", "IMPORT")


def until(is_so: Callable[[], Any], what: str, seconds: float = PATIENCE_SECONDS) -> Any:
    """Wait until it is so; what `is_so` said.  Fails the test when it takes too long."""
    deadline = time.monotonic() + seconds
    while True:
        found = is_so()
        if found:
            return found
        assert time.monotonic() < deadline, f"{what} did not come about"
        time.sleep(0.05)


def job_of(client: httpx.Client, job_id: str) -> dict[str, Any]:
    """As GET tells it."""
    told: dict[str, Any] = client.get(f"/v1/jobs/{job_id}").json()
    return told


def ended(client: httpx.Client, job_id: str) -> dict[str, Any]:
    """The job once it has ended, however."""
    until(lambda: job_of(client, job_id)["state"] not in ("WAITING", "RUNNING"), "the end of the job")
    return job_of(client, job_id)


def simulate(client: httpx.Client, parameters: dict[str, Any]) -> str:
    """The id of a simulation that was asked for."""
    answer = client.post("/v1/simulations", json={"parameters": parameters})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["jobID"])


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and is not yet fetched by its parent does not."""
    try:
        with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123  # no file of ours
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def end(pid: int, signal: int) -> None:
    """Send that signal, and wait until it is gone."""
    os.kill(pid, signal)
    until(lambda: not is_alive(pid), "the end of the process")


def keep_version(port: TestPort, document: dict[str, Any]) -> str:
    """The hash of a version that an officer has proposed."""
    answer = port.post("/v1/rulesets", {"ruleset": document, "tests": [], "note": "a trial"}, role="customs")
    assert answer.status_code == 201, answer.text
    return str(answer.json()["hash"])


UNREADABLE = "0bad" * 16


def keep_unreadable(url: str) -> str:
    """The hash of a version as another program's would be: this one cannot read it."""
    row = {
        "content_hash": UNREADABLE, "name": "of another program", "kept_at": NOW, "body": '{"name": "other facts"}',
        "party": "", "note": "", "tests": "[]", "position": 0,
    }  # fmt: skip
    database = open_database(url)
    with database.write() as connection:
        connection.execute(insert(RULESETS).values(row))
    database.close()
    return UNREADABLE


def shadow(port: TestPort, content_hash: str, *, on: bool = True, why: str = "to see what it does") -> httpx.Response:
    """Put a version in shadow, or take it out."""
    return port.post(f"/v1/rulesets/{content_hash}/shadow", {"on": on, "why": why}, role="customs")
