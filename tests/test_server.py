"""The server as a process of its own: it becomes ready, takes keys while it runs, and can be killed."""

from __future__ import annotations

import os
import signal

import httpx
import pytest

from port.tables import is_current
from server import Server, create_key_by_script, serve


def test_a_server_is_ready_and_knows_a_key_made_while_it_runs(server: Server):
    key = create_key_by_script(server.environment, party="HT", role="terminal", facility="XMHT")
    with server.client(key) as client:
        session = client.get("/v1/session")
    assert session.status_code == httpx.codes.OK, server.log()
    assert (session.json()["party"], session.json()["role"], session.json()["facilities"]) == (
        "HT",
        "terminal",
        ["XMHT"],
    )


@pytest.mark.server
def test_an_empty_file_is_given_its_tables_by_the_server(sqlite_url):
    with serve(sqlite_url, is_empty=True) as server:
        key = server.create_key(party="HT", role="terminal", facilities=("XMHT",))
        with server.client(key) as client:
            assert client.get("/v1/session").json()["party"] == "HT"
    assert is_current(sqlite_url)


def test_who_has_no_key_is_not_known(server: Server):
    with server.client() as client:
        assert client.get("/v1/session").status_code == httpx.codes.UNAUTHORIZED


@pytest.mark.server
def test_a_killed_server_comes_back_on_its_database(database_url):
    with serve(database_url) as first:
        key = first.create_key(party="HT", role="terminal", facilities=("XMHT",))
        os.kill(first.pid, signal.SIGKILL)
        first.kept.keeper.wait(10)
    with serve(database_url) as second, second.client(key) as client:
        assert client.get("/v1/session").json()["party"] == "HT"
