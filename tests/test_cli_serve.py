"""`digital-port serve`: what it needs before it starts, and how it ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from server import environment_for
from stores import free_port

pytestmark = pytest.mark.slow

SERVE = (sys.executable, "-m", "web.cli", "serve")


def end_of(url: str, *arguments: str, **settings: str) -> tuple[int, str]:
    """Exit code and last words of a server that does not start."""
    environment = environment_for(url, **settings)
    done = subprocess.run(
        [*SERVE, *arguments], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stderr.splitlines()[-1]


def test_postgresql_wants_to_be_migrated_first(postgresql_url: str) -> None:
    assert end_of(postgresql_url) == (3, "Error: the database is empty: run `digital-port migrate`")


def test_sqlite_has_one_server_with_every_role(sqlite_url: str) -> None:
    assert end_of(sqlite_url, "--role", "feed") == (
        2,
        "Error: the role feed needs PostgreSQL: a SQLite database has one server, with the role all",
    )


def test_an_address_in_use_is_told(sqlite_url: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert end_of(sqlite_url, "--port", port) == (1, f"Error: cannot listen on 127.0.0.1:{port}")


@pytest.mark.parametrize(("stop", "code"), [(signal.SIGTERM, -signal.SIGTERM), (signal.SIGINT, 0)])
def test_an_empty_file_is_served_and_the_server_stops_when_told(
    sqlite_url: str, tmp_path: Path, stop: signal.Signals, code: int
) -> None:
    port = free_port()
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen([*SERVE, "--port", str(port)], env=environment_for(sqlite_url), stderr=log)
        try:
            assert first_answer(f"http://127.0.0.1:{port}/v1/session").status_code == 401
            os.kill(process.pid, stop)
            assert process.wait(30) == code
        finally:
            process.kill()
            process.wait()


def first_answer(url: str) -> httpx.Response:
    deadline = time.monotonic() + 60
    while True:
        try:
            return httpx.get(url, trust_env=False)
        except httpx.TransportError:
            assert time.monotonic() < deadline, "the server did not answer in time"
            time.sleep(0.05)
