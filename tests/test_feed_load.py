"""The load client of the feed's benchmarks: what it counts as wrong, so that none wrong means something."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from bench import feed_client
from bench.feed_client import Client, Plan
from bench.sections import Skipped

KEY = "container:CSQU3054383"


@pytest.fixture(scope="module")
def program() -> Iterator[Path]:
    with ExitStack() as stack:
        try:
            built = stack.enter_context(feed_client.built())
        except Skipped as why:
            pytest.skip(str(why))
        yield built


@contextmanager
def told(program: Path, *versions: int) -> Iterator[Client]:
    """A client that is told a snapshot of version 1 and then these versions, at each of its connections."""

    def talk(connection: ServerConnection) -> None:
        try:
            assert json.loads(connection.recv())["connect"] == {"ticket": "T"}
            connection.send('{"id":1,"connected":{"at":"2026-01-01T00:00:00Z","heartbeatSeconds":25,"maxKeys":128}}')
            asked = json.loads(connection.recv())["subscribe"]
            came_back = "since" in asked
            version = asked["since"]["version"] if came_back else 1
            begun = {"key": KEY, "epoch": "E", "version": version, "recovered": came_back}
            connection.send(json.dumps({"id": 2, "subscribed": begun}, separators=(",", ":")))
            if not came_back:
                connection.send(f'{{"snapshot":{{"key":"{KEY}","version":1,"data":{{}}}}}}')
                for number in versions:
                    connection.send(f'{{"event":{{"key":"{KEY}","version":{number},"at":"2026-01-01T00:00:00Z"}}}}')
            connection.recv()
        except ConnectionClosed:
            return

    with serve(talk, "127.0.0.1", 0, compression=None) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.socket.getsockname()[1]
        with feed_client.running(program, Plan("ours", port, [f"T {KEY}"]), core="") as client:
            client.open(seconds=10)
            client.ask("listen", 0.2)
            yield client
        server.shutdown()


def wrong(client: Client) -> dict[str, int]:
    report = client.ask("report")
    return {name: report[name] for name in ("deliveries", "holes", "repeats", "wrong", "errors", "odd", "behind")}


NOTHING = {"deliveries": 0, "holes": 0, "repeats": 0, "wrong": 0, "errors": 0, "odd": 0, "behind": 0}


def test_every_version_in_its_turn_is_right(program):
    with told(program, 2, 3, 4) as client:
        assert wrong(client) == NOTHING | {"deliveries": 3}


def test_a_version_left_out_is_a_hole(program):
    with told(program, 2, 4) as client:
        assert wrong(client) == NOTHING | {"deliveries": 2, "holes": 1}


def test_a_version_told_again_is_a_repeat(program):
    with told(program, 2, 2, 3) as client:
        assert wrong(client) == NOTHING | {"deliveries": 3, "repeats": 1}


def test_who_comes_back_says_how_far_it_was_told(program):
    with told(program, 2, 3) as client:
        client.ask("close", 0, 1)
        client.open(seconds=10)
        report = client.ask("report")
        assert (report["open"], report["recovered"], report["snapshots"]) == (1, 1, 1)
        assert wrong(client) == NOTHING | {"deliveries": 2}
