"""Promise: a store that is full, failing, locked or gone costs nobody an acknowledged message, and nobody a restart.

While it lasts a sender is told 503 with Retry-After within two seconds, and who only reads is answered; when it is over
the same process goes on.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import httpx
import psycopg
import pytest

import stores
from books import read_books
from counts import short_and_full, write_down
from images import filled, or_skip_loudly, small_disk
from senders import Answer, box, gate_ins, sending
from server import SCRIPT, Server, serve
from stands import SALT, prepare

pytestmark = [pytest.mark.server, pytest.mark.slow]

TOLD_WITHIN_SECONDS = 2.0
ACKNOWLEDGED_BEFORE = ACKNOWLEDGED_AFTER = 30
REFUSED = 12
AGAIN_WITHIN_SECONDS = 15
OUTAGES = short_and_full("outages", short=1, full=10)


@OUTAGES
def test_a_full_disk_under_sqlite(tmp_path: Path, outages: int) -> None:
    with or_skip_loudly(small_disk(tmp_path / "small", megabytes=8 + 8 * outages)) as disk:
        url = f"sqlite:///{disk / 'port.db'}"
        key = prepare(url)
        with serve(url, salt=SALT) as server:
            _go_through("disk full, SQLite", server, key, lambda: filled(disk), outages)


@OUTAGES
def test_a_full_disk_under_postgresql(postgresql: str, outages: int) -> None:
    with tempfile.TemporaryDirectory(prefix="dp-disk-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        with (
            or_skip_loudly(small_disk(Path(folder) / "small", megabytes=24 + 8 * outages)) as disk,
            _on_tablespace(postgresql, disk) as url,
        ):
            key = prepare(url)
            with serve(url, salt=SALT) as server:
                _go_through("disk full, PostgreSQL", server, key, lambda: filled(disk), outages)


@OUTAGES
def test_a_failing_sync_under_sqlite(tmp_path: Path, preload: tuple[str, ...], faults: Path, outages: int) -> None:
    url = f"sqlite:///{tmp_path / 'port.db'}"
    key = prepare(url)
    with serve(url, script=(*preload, *SCRIPT), salt=SALT) as server:
        _go_through("failing sync, SQLite", server, key, lambda: _there(faults / "always"), outages)


@OUTAGES
def test_a_failing_sync_under_postgresql(
    preload: tuple[str, ...], faults: Path, monkeypatch: pytest.MonkeyPatch, outages: int
) -> None:
    """PostgreSQL ends all its processes when its log cannot be synced, and recovers; we are cut off meanwhile."""
    with contextlib.ExitStack() as running:
        with monkeypatch.context() as patched:
            for setting in preload[1:]:
                patched.setenv(*setting.split("=", 1))
            store = running.enter_context(stores.or_skip("PostgreSQL", stores.postgresql(durable=True)))
        url = stores.lasting_database(store)
        key = prepare(url)
        server = running.enter_context(serve(url, salt=SALT))
        outage = partial(_once, faults / "once")
        _go_through("failing sync, PostgreSQL", server, key, outage, outages, refused=1, reads=False)


@OUTAGES
def test_a_stopped_postgresql(outages: int) -> None:
    with stores.or_skip("PostgreSQL", stores.postgresql(durable=True)) as store:
        url = stores.lasting_database(store)
        key = prepare(url)
        with contextlib.ExitStack() as later, serve(url, salt=SALT) as server:
            outage = partial(_stopped, url, later)
            _go_through("database down, PostgreSQL", server, key, outage, outages, reads=False)


@OUTAGES
def test_a_sqlite_file_locked_by_another_writer(sqlite_url: str, outages: int) -> None:
    key = prepare(sqlite_url)
    with serve(sqlite_url, salt=SALT) as server:
        _go_through("locked by another writer, SQLite", server, key, lambda: _locked_file(sqlite_url), outages)


@OUTAGES
def test_a_log_head_locked_by_another_server(postgresql_url: str, outages: int) -> None:
    key = prepare(postgresql_url)
    with serve(postgresql_url, salt=SALT) as server:
        _go_through("locked by another writer, PostgreSQL", server, key, lambda: _locked_head(postgresql_url), outages)


def test_a_store_that_is_well_refuses_nobody(sqlite_url: str) -> None:
    """The control: without an outage the same test must fail, for want of anything refused."""
    key = prepare(sqlite_url)
    with serve(sqlite_url, salt=SALT) as server, pytest.raises(AssertionError, match="0 answers in 1 s"):
        _go_through("control", server, key, contextlib.nullcontext, 1, patience=1)


def _go_through(
    what: str,
    server: Server,
    key: str,
    outage: Callable[[], AbstractContextManager[None]],
    outages: int,
    *,
    refused: int = REFUSED,
    reads: bool = True,
    patience: float = 30,
) -> None:
    """Load before, during and after each outage; everything promised is asserted."""
    read, waits, pid = [], [], server.pid
    with server.client() as asking, sending(server.base_url, key=key, messages=gate_ins()) as senders:
        asking.headers["Authorization"] = f"Bearer {key}"
        for _ in range(outages):
            senders.wait_for(len(senders.answers) + ACKNOWLEDGED_BEFORE)
            with outage():
                senders.wait_for_refusals(len(senders.refusals) + refused, seconds=patience)
                read += [_read(asking) for _ in range(5)]
            over_at = time.monotonic()
            senders.wait_for(len(senders.answers) + ACKNOWLEDGED_AFTER, seconds=AGAIN_WITHIN_SECONDS)
            waits.append(time.monotonic() - over_at)
        assert _read(asking)[0] == httpx.codes.OK
    assert all(answer.is_acknowledgement for answer in senders.answers)
    assert {_refusal(answer) for answer in senders.refusals} == {(503, True)}
    slowest = max(answer.seconds for answer in senders.refusals)
    assert slowest <= TOLD_WITHIN_SECONDS
    assert {status for status, _ in read} == {200} if reads else {status for status, _ in read} <= {200, 503}
    assert max(seconds for _, seconds in read) <= TOLD_WITHIN_SECONDS
    assert (server.pid, server.kept.has_ended()) == (pid, False)
    books = read_books(server.database_url)
    assert (books.contradictions, books.missing(senders.answers)) == ((), [])
    write_down(
        f"store fails: {what}",
        tried=f"{outages} times; {len(senders.refusals):,} told 503, {len(senders.answers):,} acknowledged around it",
        found=f"told within {slowest:.2f} s, none lost, taken again {max(waits):.1f} s after at most, same process",
    )


def _read(asking: httpx.Client) -> tuple[int, float]:
    began = time.monotonic()
    answer = asking.get(f"/v1/containers/{box(0)}")
    if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
        assert answer.headers["retry-after"].isdecimal()
    return answer.status_code, time.monotonic() - began


def _refusal(answer: Answer) -> tuple[int, bool]:
    return answer.status, answer.headers.get("retry-after", "").isdecimal()


@pytest.fixture
def faults() -> Iterator[Path]:
    """Where files say which syncs fail; PostgreSQL's user may take them away."""
    with tempfile.TemporaryDirectory(prefix="dp-faults-") as folder:
        Path(folder).chmod(0o777)
        yield Path(folder)


@pytest.fixture
def preload(faults: Path) -> tuple[str, ...]:
    """The beginning of a command whose syncs fail on demand."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("NOT TESTED, NO SYNC CAN BE MADE TO FAIL: there is no C compiler here")
    library = faults / "faulty_sync.so"
    source = Path(__file__).with_name("faulty_sync.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", str(library), str(source)], check=True)
    return ("env", f"LD_PRELOAD={library}", f"FAULTY_SYNC={faults}")


@contextlib.contextmanager
def _there(file: Path) -> Iterator[None]:
    file.touch()
    try:
        yield
    finally:
        file.unlink()


@contextlib.contextmanager
def _once(file: Path) -> Iterator[None]:
    file.touch()
    yield
    assert not file.exists(), "no sync failed"


@contextlib.contextmanager
def _stopped(url: str, later: contextlib.ExitStack) -> Iterator[None]:
    """PostgreSQL stopped as in an emergency; it is started again at the end, on the same port."""
    with psycopg.connect(url) as connection:
        [data] = connection.execute("SHOW data_directory").fetchone() or ("",)
    postmaster = int(Path(data, "postmaster.pid").read_text().split()[0])
    os.kill(postmaster, signal.SIGQUIT)
    while _lives(postmaster):
        time.sleep(0.01)
    yield
    later.enter_context(stores.postgresql_on(Path(data), port=psycopg.conninfo.conninfo_to_dict(url)["port"]))


def _lives(pid: int) -> bool:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


@contextlib.contextmanager
def _locked_file(url: str) -> Iterator[None]:
    connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    # Between two batches of the server.
    connection.execute("PRAGMA busy_timeout = 20000")
    connection.execute("BEGIN IMMEDIATE")
    yield
    connection.close()


@contextlib.contextmanager
def _locked_head(url: str) -> Iterator[None]:
    with psycopg.connect(url) as connection:
        connection.execute("SELECT * FROM log_head FOR UPDATE")
        yield


@contextlib.contextmanager
def _on_tablespace(store: str, disk: Path) -> Iterator[str]:
    """A database whose tables lie on that disk."""
    folder = disk / "tables"
    folder.mkdir()
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody")
    with psycopg.connect(store, autocommit=True) as connection:
        connection.execute(f"CREATE TABLESPACE small LOCATION '{folder}'")
        connection.execute("CREATE DATABASE small TABLESPACE small")
    try:
        yield store.rpartition("/")[0] + "/small"
    finally:
        with psycopg.connect(store, autocommit=True) as connection:
            connection.execute("DROP DATABASE small WITH (FORCE)")
            connection.execute("DROP TABLESPACE small")
