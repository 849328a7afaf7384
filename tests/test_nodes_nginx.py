"""The plain picture, as processes: two nodes take messages, three stream, one answers people; one PostgreSQL, one NATS,
and nginx before them with the file that docs/nginx.conf publishes."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from build_nodes import Nats, Watcher, gauge, nats_that_restarts, nginx, wait_until
from build_writers import box
from server import Key, Server, plain_client, serve
from stores import fresh_database, or_skip
from test_nodes import told

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
BOXES = tuple(range(1, 7))
KEYS = tuple(f"container:{box(number)}" for number in BOXES)
CODES = ("DROP", "PICK")


@dataclass
class Picture:
    """All of it; `url` is nginx, the one address that anybody knows."""

    url: str
    ingest: list[Server]
    feed: list[Server]
    api: Server
    nats: Nats
    terminal: Key
    customs: Key
    admin: Key
    sent: int = 0

    def push(self, number: int, *, code: str = "") -> None:
        """A message through nginx, which must be taken whatever has just died."""
        self.sent += 1
        body = told(f"N-{self.sent}", code or CODES[self.sent % 2], number, minutes_ago=400 - self.sent / 4)
        with plain_client(self.url, self.terminal) as client:
            answer = client.post("/v1/messages/gate", content=body)
        assert answer.status_code == 200, answer.text
        assert [one["outcome"] for one in answer.json()["results"]] == ["accepted"], answer.text

    def push_to_all(self, times: int = 1) -> None:
        with ThreadPoolExecutor(4) as pool:
            for _ in range(times):
                list(pool.map(self.push, BOXES))

    def versions(self) -> dict[str, int]:
        """Each box's version, as people are answered through nginx."""
        with plain_client(self.url, self.customs) as client:
            return {key: client.get(f"/v1/containers/{key[10:]}").json()["version"] for key in KEYS}

    def watcher(self, base_url: str = "") -> Watcher:
        return Watcher(base_url or self.url, self.customs, KEYS)

    def all_joined(self, nodes: list[Server]) -> bool:
        return all(gauge(node, "nats_connected") == 1 for node in nodes)


@pytest.fixture(scope="module")
def picture(postgresql: str) -> Iterator[Picture]:
    with ExitStack() as stack:
        url = stack.enter_context(fresh_database(postgresql))
        nats = stack.enter_context(or_skip("NATS", nats_that_restarts()))
        settings = {"nats_url": nats.url, "salt": "the tests draw alike"}
        first = stack.enter_context(serve(url, "--role", "ingest", **settings))
        with ThreadPoolExecutor(5) as pool:
            rest = [
                pool.submit(stack.enter_context, serve(url, "--role", role, **settings))
                for role in ("ingest", "feed", "feed", "feed", "api")
            ]
            second, *feed, api = [one.result(120) for one in rest]
        ingest = [first, second]
        address = stack.enter_context(or_skip("nginx", nginx(ingest, feed, [api])))
        terminal = first.create_key(party="XMHT", role="terminal", facilities=("XMHT",))
        customs = first.create_key(party="CUSTOMS", role="customs")
        admin = first.create_key(party="PORT", role="admin")
        made = Picture(address, ingest, feed, api, nats, terminal, customs, admin)
        wait_until(lambda: made.all_joined([*ingest, *feed]), "the nodes did not find NATS")
        for number in BOXES:
            made.push(number, code="DISC")
        yield made


def follows(picture: Picture, watchers: list[Watcher], *, seconds: float = 30) -> None:
    """Wait until every watcher was told the last version of every box; none saw a hole or a repeat on the way."""
    versions = picture.versions()
    wait_until(
        lambda: all(watcher.version(key) == versions[key] for watcher in watchers for key in KEYS),
        f"{versions} is not what was told",
        seconds=seconds,
    )
    assert [watcher.faults for watcher in watchers] == [[] for _ in watchers]


def is_told(watchers: list[Watcher]) -> bool:
    return all(watcher.version(key) >= 1 for watcher in watchers for key in KEYS)


def test_clients_of_all_stream_nodes_are_told_the_same_of_what_comes_in_through_nginx(picture: Picture):
    with ExitStack() as stack:
        direct = [stack.enter_context(picture.watcher(node.base_url)) for node in picture.feed]
        through = [stack.enter_context(picture.watcher()) for _ in range(3)]
        wait_until(lambda: is_told(direct + through), "the snapshots did not come")
        begun = {key: max(watcher.version(key) for watcher in direct + through) for key in KEYS}
        before = [gauge(node, "nats_heard_total", picture.admin) for node in picture.feed]
        picture.push_to_all(3)
        follows(picture, direct + through)
        # The same frames, epochs and versions, whichever node tells them.
        assert len({tuple(sorted((key, watcher.epoch(key)) for key in KEYS)) for watcher in direct + through}) == 1
        for key in KEYS:
            after = [[one for one in w.heard[key] if one["version"] > begun[key]] for w in direct + through]
            assert all(told == after[0] for told in after), key
            assert [one["version"] for one in after[0]] == list(range(begun[key] + 1, begun[key] + 4))
        heard = [gauge(node, "nats_heard_total", picture.admin) for node in picture.feed]
        assert all(
            now is not None and was is not None and now >= was + 18 for was, now in zip(before, heard, strict=True)
        )


def test_a_client_that_has_no_websocket_is_told_each_event_when_it_happens(picture: Picture):
    number = BOXES[0]
    with (
        plain_client(picture.url, picture.customs, timeout=10) as client,
        client.stream("GET", "/v1/stream/sse", params={"key": KEYS[0]}) as answer,
    ):
        lines = answer.iter_lines()
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert any(line == "event: snapshot" for line in lines)
        picture.push(number)
        # Or it would sit in a buffer of nginx until more comes.
        assert any(line == "event: event" for line in lines)


def test_each_address_leads_to_a_node_that_answers_it(picture: Picture):
    with plain_client(picture.url, picture.customs) as client:
        status = {
            path: client.get(path).status_code
            for path in ("/healthz", "/v1/messages", "/v1/instructions", "/v1/session", "/", "/metrics", "/readyz")
        }
        assert client.post("/v1/stream-tickets").status_code == 200
        assert client.post("/v1/messages/gate", content=b"{").json().get("reason") != "WRONG_NODE"
    assert status == {
        "/healthz": 200,
        "/v1/messages": 200,
        "/v1/instructions": 200,
        "/v1/session": 200,
        "/": 200,
        "/metrics": 404,
        "/readyz": 404,
    }


def test_a_page_may_open_the_stream_by_the_address_people_type_and_a_foreign_one_may_not(picture: Picture):
    asked = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
    asked["Sec-WebSocket-Key"] = "MDEyMzQ1Njc4OWFiY2RlZg=="
    with plain_client(picture.url, timeout=10) as client:

        def opened(origin: str) -> int:
            with client.stream("GET", "/v1/stream", headers={**asked, "Origin": origin}) as answer:
                return answer.status_code

        assert (opened(picture.url), opened("https://elsewhere.example")) == (101, 403)


def test_clients_of_a_stream_node_that_is_killed_go_on_at_another_where_they_were(picture: Picture):
    with ExitStack() as stack:
        watchers = [stack.enter_context(picture.watcher()) for _ in range(6)]
        wait_until(lambda: is_told(watchers), "the snapshots did not come")
        dying = picture.feed.pop(0)
        with ThreadPoolExecutor(1) as pool:
            pushing = pool.submit(picture.push_to_all, 6)
            os.kill(dying.pid, signal.SIGKILL)
            pushing.result(120)
        follows(picture, watchers)
        came_back = [watcher for watcher in watchers if watcher.connections > 1]
        # Some of them were there: they were spread over the three.
        assert 1 <= len(came_back) <= 4
        assert {(watcher.recovered, watcher.snapshots) for watcher in came_back} == {(len(KEYS), len(KEYS))}


def test_while_nats_is_away_all_is_taken_and_told_and_after_it_too(picture: Picture):
    with ExitStack() as stack:
        watchers = [stack.enter_context(picture.watcher()) for _ in range(4)]
        wait_until(lambda: is_told(watchers), "the snapshots did not come")
        picture.nats.kill()
        picture.push_to_all(3)
        follows(picture, watchers)
        wait_until(lambda: gauge(picture.feed[0], "nats_connected") == 0, "nobody noticed")
        picture.push_to_all(1)
        picture.nats.start()
        picture.push_to_all(2)
        follows(picture, watchers)
        wait_until(lambda: picture.all_joined([*picture.ingest, *picture.feed]), "NATS was not found again", seconds=30)
        before = gauge(picture.feed[0], "nats_heard_total", picture.admin) or 0
        picture.push_to_all(1)
        follows(picture, watchers)
        assert (gauge(picture.feed[0], "nats_heard_total", picture.admin) or 0) > before
        assert {watcher.connections for watcher in watchers} == {1}


def test_an_ingest_node_that_is_killed_is_not_noticed_by_senders_or_watchers(picture: Picture):
    with ExitStack() as stack:
        watchers = [stack.enter_context(picture.watcher()) for _ in range(2)]
        wait_until(lambda: is_told(watchers), "the snapshots did not come")
        dying = picture.ingest.pop(0)
        with ThreadPoolExecutor(1) as pool:
            pushing = pool.submit(picture.push_to_all, 6)
            os.kill(dying.pid, signal.SIGKILL)
            pushing.result(120)
        follows(picture, watchers)
        assert {watcher.connections for watcher in watchers} == {1}
