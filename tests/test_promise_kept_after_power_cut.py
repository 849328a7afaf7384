"""Promise: what was acknowledged is on the disk when the power goes.

Under load every process is stopped, the acknowledgements read so far are counted, and only then the disk is copied as
it is: without what the kernel still holds in memory.  The copy is mounted and opened as after a power cut.
"""

from __future__ import annotations

import contextlib
import itertools
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

import stores
from books import read_books
from counts import short_and_full, write_down
from images import Disk, descendants, mounted, new_disk, or_skip_loudly, standing_still
from senders import Answer, gate_in, sending
from server import serve
from stands import SALT, faulty, prepare

pytestmark = [pytest.mark.server, pytest.mark.slow]


@dataclass(frozen=True)
class Size:
    """How often the power goes, and how many acknowledgements there are at least from one time to the next."""

    cuts: int
    acknowledged: int


SIZES = short_and_full("size", short=Size(3, 40), full=Size(20, 250))


@pytest.fixture
def disk() -> Iterator[Disk]:
    """A disk of its own, in a folder that PostgreSQL's user may enter."""
    with tempfile.TemporaryDirectory(prefix="dp-disk-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        with or_skip_loudly(new_disk(Path(folder), megabytes=256)) as made:
            yield made


@SIZES
def test_nothing_acknowledged_is_lost_on_sqlite_when_the_power_goes(disk: Disk, size: Size) -> None:
    acknowledged, missing = _cut_sqlite(disk, size)
    assert (missing, acknowledged >= size.cuts * size.acknowledged) == ([0] * size.cuts, True)
    _write_down("SQLite FULL", acknowledged, missing)


@short_and_full("size", short=Size(8, 40), full=Size(20, 250))
def test_sqlite_that_does_not_sync_its_commits_loses_them(disk: Disk, size: Size) -> None:
    """The control: the same cut on `synchronous = NORMAL` must lose, or the cut proves nothing."""
    acknowledged, missing = _cut_sqlite(disk, size, "unsynced")
    assert sum(missing) > 0, "the control lost nothing: on this machine the power cut proves nothing"
    _write_down("control: SQLite NORMAL", acknowledged, missing)


@SIZES
def test_nothing_acknowledged_is_lost_on_postgresql_when_the_power_goes(disk: Disk, size: Size) -> None:
    acknowledged, missing = _cut_postgresql(disk, size)
    assert (missing, acknowledged >= size.cuts * size.acknowledged) == ([0] * size.cuts, True)
    _write_down("PostgreSQL", acknowledged, missing)


@pytest.mark.soak
def test_postgresql_that_answers_before_it_has_synced_loses_commits(disk: Disk) -> None:
    """The control on PostgreSQL: `synchronous_commit = off`."""
    acknowledged, missing = _cut_postgresql(disk, Size(20, 250), "unsynced")
    assert sum(missing) > 0, "the control lost nothing: on this machine the power cut proves nothing"
    _write_down("control: PostgreSQL, synchronous_commit off", acknowledged, missing)


def _write_down(what: str, acknowledged: int, missing: list[int]) -> None:
    in_cuts = sum(lost > 0 for lost in missing)
    write_down(
        f"acknowledged is never lost: power cut, {what}",
        tried=f"{len(missing)} cuts, {acknowledged:,} acknowledged",
        found=f"{sum(missing):,} lost in {in_cuts} of {len(missing)} cuts",
    )


def _cut_sqlite(disk: Disk, size: Size, *faults: str) -> tuple[int, list[int]]:
    """Acknowledged in all, and how many of those each cut lost."""
    url = f"sqlite:///{disk.folder / 'port.db'}"
    key, copy = prepare(url), disk.image.with_name("copy.img")
    acknowledged: list[Answer] = []
    missing = []
    messages = (gate_in(number) for number in itertools.count())
    with serve(url, script=faulty(*faults), salt=SALT) as server, contextlib.ExitStack() as stack:
        senders = stack.enter_context(sending(server.base_url, key=key, messages=messages))
        for _ in range(size.cuts):
            senders.wait_for(len(acknowledged) + size.acknowledged)
            with standing_still([server.pid]):
                acknowledged = senders.acknowledged
                disk.cut_power(copy)
            with mounted(copy, copy.with_name("after")) as after:
                missing.append(_missing(f"sqlite:///{after.folder / 'port.db'}", acknowledged))
    return len(acknowledged), missing


def _cut_postgresql(disk: Disk, size: Size, *faults: str) -> tuple[int, list[int]]:
    acknowledged: list[Answer] = []
    missing = []
    copy = disk.image.with_name("copy.img")
    messages = (gate_in(number) for number in itertools.count())
    with contextlib.ExitStack() as stack:
        store = stack.enter_context(stores.or_skip("PostgreSQL", stores.postgresql(durable=True, under=disk.folder)))
        url = stores.lasting_database(store)
        key = prepare(url)
        server = stack.enter_context(serve(url, script=faulty(*faults), salt=SALT))
        postmaster = _postmaster(url)
        senders = stack.enter_context(sending(server.base_url, key=key, messages=messages))
        for _ in range(size.cuts):
            senders.wait_for(len(acknowledged) + size.acknowledged)
            with standing_still([server.pid]), standing_still(descendants(postmaster)):
                acknowledged = senders.acknowledged
                disk.cut_power(copy)
            with mounted(copy, copy.with_name("after")) as after, _postgresql_in(after.folder, url) as recovered:
                missing.append(_missing(recovered, acknowledged))
    return len(acknowledged), missing


def _missing(url: str, acknowledged: list[Answer]) -> int:
    books = read_books(url)
    # Whatever is lost: what is left must agree with itself.
    assert books.contradictions == ()
    return len(books.missing(acknowledged))


def _postmaster(url: str) -> int:
    with psycopg.connect(url) as connection:
        [data] = connection.execute("SHOW data_directory").fetchone() or ("",)
    return int(Path(data, "postmaster.pid").read_text().split()[0])


@contextlib.contextmanager
def _postgresql_in(folder: Path, url: str) -> Iterator[str]:
    """The server's data as the cut left them, served again."""
    [data] = folder.glob("*/data")
    with stores.postgresql_on(data) as store:
        yield store.rpartition("/")[0] + "/" + url.rpartition("/")[2]
