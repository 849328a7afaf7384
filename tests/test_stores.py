"""The test machinery itself: databases that answer, servers that end when their asker does, skips that count."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import nats
import psycopg
import pytest
from playwright.sync_api import Browser

import adapters
import events
import port
import stores
import web

HERE = Path(__file__).parent


@pytest.mark.parametrize("package", [events, port, adapters, web])
def test_the_four_rooms_are_this_repository_s(package):
    # PyPI has distributions of such names; one of them installed by accident would shadow ours.
    assert Path(package.__file__) == HERE.parent / package.__name__ / "__init__.py"


def test_each_kind_of_database_answers_and_is_empty(database_url):
    if database_url.startswith("sqlite:///"):
        assert not Path(database_url.removeprefix("sqlite:///")).exists()
        assert sqlite3.connect(database_url.removeprefix("sqlite:///")).execute("SELECT 1").fetchone() == (1,)
    else:
        with psycopg.connect(database_url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
            tables = connection.execute("SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'")
            assert tables.fetchone() == (0,)


def test_a_database_is_dropped_though_somebody_is_still_connected(postgresql):
    with stores.fresh_database(postgresql) as url:
        lingering = psycopg.connect(url)
    with lingering, pytest.raises(psycopg.OperationalError):
        lingering.execute("SELECT 1")
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(url)


def test_a_stream_is_kept_by_nats(nats_url):
    async def publish_one() -> int:
        client = await nats.connect(nats_url)
        stream = client.jetstream()
        await stream.add_stream(name="try", subjects=["try"])
        acknowledged = await stream.publish("try", b"hello")
        await client.close()
        return acknowledged.seq

    assert asyncio.run(publish_one()) == 1


@pytest.mark.browser
def test_the_browser_runs_a_script(chromium: Browser):
    page = chromium.new_page()
    page.set_content("<script>document.title = 1 + 1</script>")
    assert page.title() == "2"
    page.close()


ASKER = """
import stores, sys, time
with stores.postgresql() as url:
    print(url, flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_a_server_does_not_outlive_whoever_asked_for_it(postgresql, end):
    asker = subprocess.Popen([sys.executable, "-c", ASKER], cwd=HERE, stdout=subprocess.PIPE, text=True)
    connection = psycopg.connect(asker.stdout.readline().strip())
    [data] = connection.execute("SHOW data_directory").fetchone()
    postmaster = int(Path(data, "postmaster.pid").read_text().split()[0])
    asker.send_signal(end)
    asker.communicate()
    assert _ends(postmaster), f"{data} is still served"
    connection.close()
    shutil.rmtree(Path(data).parent)


def _ends(pid: int) -> bool:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


SKIPPING = """
import pytest

def test_wants_more_than_there_is():
    pytest.skip("NEEDS: a harbour: none here")

def test_is_skipped_for_a_reason_of_its_own():
    pytest.skip("another day")
"""


@pytest.mark.parametrize(("require", "summary"), [("", "2 skipped"), ("1", "1 failed, 1 skipped")])
def test_a_missing_server_is_a_skip_and_where_all_is_required_a_failure(tmp_path, require, summary):
    (tmp_path / "test_skipping.py").write_text(SKIPPING)
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "required", "-c", HERE.parent / "pyproject.toml", tmp_path],
        env={**os.environ, "DIGITAL_PORT_REQUIRE_ALL": require, "PYTHONPATH": str(HERE)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert summary in run.stdout.splitlines()[-1], run.stdout + run.stderr
