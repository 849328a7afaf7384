"""The README's tour as it stands there: every line run against a real server, every promised fragment looked for."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from server import ROOT, Server, serve
from stores import NEEDS

README = (ROOT / "README.md").read_text(encoding="utf-8")
ADDRESS = "http://127.0.0.1:8001"
BEGINS, ENDS = "digital-port serve --port 8001", "kill $SERVER"
PROMISE = "# → "
TOUR_SECONDS = 110


@dataclass(frozen=True)
class Step:
    """Some lines of shell, and what their output promises to contain."""

    shell: str
    promises: tuple[str, ...]


def blocks() -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def steps(block: str) -> Iterator[Step]:
    """Lines up to the last promise that follows them; lines without one stand with the next that have."""
    shell: list[str] = []
    promises: list[str] = []
    for line in block.splitlines():
        if line.startswith(PROMISE):
            promises.append(line.removeprefix(PROMISE))
            continue
        if promises:
            yield Step("\n".join(shell), tuple(promises))
            shell, promises = [], []
        shell.append(line)
    yield Step("\n".join(shell), tuple(promises))


@pytest.fixture
def server(sqlite_url: str) -> Iterator[Server]:
    with serve(sqlite_url, salt="the tests draw alike") as running:
        yield running


@pytest.fixture
def environment(server: Server, tmp_path: Path) -> dict[str, str]:
    """A shell that finds `digital-port`, installed or not, and the database of the server that runs."""
    if shutil.which("curl") is None or shutil.which("bash") is None:
        pytest.skip(f"{NEEDS} curl and bash")
    script = tmp_path / "digital-port"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m web.cli "$@"\n')
    script.chmod(0o755)
    path = f"{tmp_path}:{Path(sys.executable).parent}:{server.environment['PATH']}"
    return {**server.environment, "PATH": path, "PYTHONPATH": str(ROOT), "URL": server.base_url}


def test_the_tour_begins_with_a_server_of_its_own_and_ends_it():
    first, *_, last = blocks()
    assert BEGINS in first
    assert f"URL={ADDRESS}" in first
    assert last.strip() == ENDS
    assert [block for block in blocks()[1:-1] if BEGINS in block or ENDS in block] == []


@pytest.mark.slow
def test_every_line_of_the_tour_does_what_it_promises(environment, tmp_path):
    tour = [step for block in blocks()[1:-1] for step in steps(block)]
    # A machine shared with other tests opens a stream late.
    script = "\n".join(f"{step.shell}\nprintf '\\n@@ %s\\n' $?" for step in tour).replace("sleep 4", "sleep 8")
    done = subprocess.run(
        ["bash", "-c", script.replace("--max-time 10", "--max-time 16")],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=TOUR_SECONDS,
        check=False,
    )
    told = re.split(r"\n@@ (\d+)\n", done.stdout)
    outputs, ended = told[0:-1:2], told[1::2]
    assert len(outputs) == len(tour), done.stderr
    broken = [
        (step.shell, [promise for promise in step.promises if promise not in output], output, status)
        for step, output, status in zip(tour, outputs, ended, strict=True)
        if status != "0" or any(promise not in output for promise in step.promises)
    ]
    assert broken == [], done.stderr


def test_every_page_the_readme_leads_to_is_there():
    links = [link for link in re.findall(r"\]\(([^)#]+)\)|src=\"([^\"]+)\"", README) for link in link if link]
    assert [link for link in links if not (ROOT / link).exists()] == []
