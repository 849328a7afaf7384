"""A server at rest: how soon it is ready, how much memory it holds, how much of a core it uses.

    python -m bench.idle [--rounds 5]

Each round starts the real server, waits for /readyz, leaves it alone for a few seconds and stops it: on an empty SQLite
file (which gets its tables first), on that file again, and on PostgreSQL.  The yardstick is a process that only loads
the libraries the server is made of.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bench import postgresql, servers

REST_SECONDS = 5
_SERVE = (sys.executable, "-m", "web.cli", "serve")
_LIBRARIES = (
    "import fastapi, httptools, psycopg, pydantic, sqlmodel, uvicorn, uvloop, apscheduler.schedulers.background"
)
_NOTE = f"""
Ready: from the start of the process to the first answer of `/readyz`; what of it was processor time tells more where
others use the machine.  Memory: resident, {REST_SECONDS} seconds later.  CPU at rest: of one core, over those seconds.
*Libraries alone*: a process that imports what the server is made of (web framework, database, scheduler), and nothing
of ours."""


@dataclass
class Rest:
    """What the rounds of one kind gave."""

    ready_seconds: list[float] = field(default_factory=list)
    ready_cpu: list[float] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)
    cores: list[float] = field(default_factory=list)


def measure(rounds: int) -> str:
    """The table in Markdown."""
    kinds = {name: Rest() for name in ("empty SQLite file", "SQLite", "PostgreSQL", "libraries alone")}
    with postgresql.databases(1) as [url]:
        for number in range(rounds):
            print(f"round {number + 1} of {rounds}", file=sys.stderr)
            with tempfile.TemporaryDirectory() as folder:
                embedded = f"sqlite:///{Path(folder) / 'port.db'}"
                _serve(kinds["empty SQLite file"], embedded)
                _serve(kinds["SQLite"], embedded)
            _migrate(url)
            _serve(kinds["PostgreSQL"], url)
            _load(kinds["libraries alone"])
    lines = ["| on | ready, s | goal | its CPU, s | memory, MB | goal | CPU at rest |", "|---|---|---|---|---|---|---|"]
    for name, rest in kinds.items():
        ready, memory = _told(rest.ready_seconds, ".2f"), _told(rest.megabytes, ".0f")
        goals = ("", "") if name == "libraries alone" else ("≤ 2", "≤ 120")
        cores = f"{statistics.median(rest.cores):.1%}" if rest.cores else ""
        cpu = _told(rest.ready_cpu, ".2f")
        lines.append(f"| {name} | {ready} | {goals[0]} | {cpu} | {memory} | {goals[1]} | {cores} |")
    head = f"{rounds} rounds taking turns, medians (and the worst)."
    return "\n\n".join((head, "\n".join(lines), _NOTE.strip()))


def _told(taken: list[float], form: str) -> str:
    return f"{statistics.median(taken):{form}} ({max(taken):{form}})"


def _environment(url: str) -> dict[str, str]:
    return os.environ | {"DIGITAL_PORT_DATABASE_URL": url, "DIGITAL_PORT_LOG_LEVEL": "error"}


def _migrate(url: str) -> None:
    command = [sys.executable, "-m", "web.cli", "migrate"]
    subprocess.run(command, env=_environment(url), stdout=subprocess.DEVNULL, check=True)


def _serve(rest: Rest, url: str) -> None:
    port = servers.free_port()
    began = time.perf_counter()
    process = subprocess.Popen([*_SERVE, "--port", str(port)], env=_environment(url))
    try:
        _wait(lambda: _is_ready(port))
        rest.ready_seconds.append(time.perf_counter() - began)
        used = servers.cpu_seconds(process.pid)
        rest.ready_cpu.append(used)
        time.sleep(REST_SECONDS)
        rest.megabytes.append(servers.rss_megabytes(process.pid))
        rest.cores.append((servers.cpu_seconds(process.pid) - used) / REST_SECONDS)
    finally:
        process.terminate()
        process.wait(30)


def _load(rest: Rest) -> None:
    began = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-c", f"{_LIBRARIES}; print(flush=True); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        rest.ready_seconds.append(time.perf_counter() - began)
        rest.ready_cpu.append(servers.cpu_seconds(process.pid))
        rest.megabytes.append(servers.rss_megabytes(process.pid))
        process.communicate(b"\n")


def _is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _wait(until: Callable[[], bool]) -> None:
    deadline = time.monotonic() + servers.READY_SECONDS
    while not until():
        if time.monotonic() > deadline:
            raise TimeoutError("the server did not become ready")
        time.sleep(0.01)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    print(measure(parser.parse_args().rounds))


if __name__ == "__main__":
    main()
