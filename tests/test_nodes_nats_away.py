"""NATS away for a while, between processes: everything is taken as before, and nobody who watches misses or repeats."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest

from build_nodes import Nats, Watcher, gauge, nats_that_restarts, wait_until
from build_writers import box
from counts import write_down
from server import Key, Server, serve
from stores import fresh_database, or_skip
from test_nodes import told

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
SENDERS = 2
CAUGHT_UP_SECONDS = 30


@dataclass
class Pair:
    """A node that takes messages and one that streams, with NATS between them."""

    ingest: Server
    feed: Server
    nats: Nats
    terminal: Key
    customs: Key


@pytest.fixture
def pair(postgresql: str) -> Iterator[Pair]:
    with ExitStack() as stack:
        url = stack.enter_context(fresh_database(postgresql))
        nats = stack.enter_context(or_skip("NATS", nats_that_restarts()))
        settings = {"nats_url": nats.url, "salt": "the tests draw alike"}
        ingest = stack.enter_context(serve(url, "--role", "ingest", **settings))
        feed = stack.enter_context(serve(url, "--role", "feed", **settings))
        terminal = ingest.create_key(party="XMHT", role="terminal", facilities=("XMHT",))
        customs = ingest.create_key(party="CUSTOMS", role="customs")
        made = Pair(ingest, feed, nats, terminal, customs)
        wait_until(lambda: joined(made) == [1, 1], "the nodes did not find NATS")
        yield made


def joined(pair: Pair) -> list[float | None]:
    return [gauge(node, "nats_connected") for node in (pair.ingest, pair.feed)]


@dataclass
class Sender:
    """Sends movements of its own boxes, one after another, until it is told to stop; counts every answer."""

    pair: Pair
    boxes: tuple[int, ...]
    pause: float
    answers: Counter[tuple[int, str]] = field(default_factory=Counter)
    sent: Counter[int] = field(default_factory=Counter)
    _is_over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Sender:
        self._thread = threading.Thread(target=self._send, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        self._is_over.set()
        self._thread.join(60)
        assert not self._thread.is_alive()

    def _send(self) -> None:
        with self.pair.ingest.client(self.pair.terminal) as client:
            while not self._is_over.wait(self.pause):
                number = min(self.boxes, key=lambda one: self.sent[one])
                self.sent[number] += 1
                step = self.sent[number]
                code = "DISC" if step == 1 else ("DROP", "PICK")[step % 2]
                body = told(f"A-{number}-{step}", code, number, minutes_ago=2000 - 2 * step)
                answer = client.post("/v1/messages/gate", content=body)
                outcome = answer.json()["results"][0]["outcome"] if answer.is_success else answer.text
                self.answers[answer.status_code, outcome] += 1


@dataclass(frozen=True)
class Found:
    """What came of it: messages in all and without NATS; how far a stream was behind, and how soon none was."""

    messages: int
    without: int
    behind: int
    caught_up_seconds: float


def away(pair: Pair, *, seconds: float, boxes: int, pause: float) -> Found:
    numbers = range(1, boxes + 1)
    keys = tuple(f"container:{box(number)}" for number in numbers)
    with ExitStack() as stack:
        senders = [stack.enter_context(Sender(pair, tuple(numbers[start::SENDERS]), pause)) for start in range(SENDERS)]
        watchers = [stack.enter_context(Watcher(pair.feed.base_url, pair.customs, keys)) for _ in range(3)]
        wait_until(lambda: all(watcher.version(key) > 0 for watcher in watchers for key in keys), "nobody was told")
        pair.nats.kill()
        wait_until(lambda: joined(pair) == [0, 0], "nobody noticed")
        before, behind, over = taken(senders), 0, time.monotonic() + seconds
        while time.monotonic() < over:
            time.sleep(0.5)
            behind = max(behind, taken(senders) - min(told_to(watcher) for watcher in watchers))
        without = taken(senders) - before
        assert without > 0
        pair.nats.start()
        back_at, due = time.monotonic(), taken(senders)
        wait_until(
            lambda: min(told_to(watcher) for watcher in watchers) >= due,
            "the streams stay behind",
            seconds=CAUGHT_UP_SECONDS,
        )
        caught_up_seconds = time.monotonic() - back_at
        wait_until(lambda: joined(pair) == [1, 1], "NATS was not found again", seconds=CAUGHT_UP_SECONDS)
        time.sleep(1)
        for sender in senders:
            sender.stop()
        every_message_is_told_once(senders, watchers)
        return Found(taken(senders), without, behind, caught_up_seconds)


def every_message_is_told_once(senders: Sequence[Sender], watchers: Sequence[Watcher]) -> None:
    """Every message was taken, each is one version of its box, and every watcher was told each of them once."""
    assert {answer for sender in senders for answer in sender.answers} == {(200, "accepted")}
    versions = {f"container:{box(n)}": sender.sent[n] for sender in senders for n in sender.boxes}
    wait_until(
        lambda: all(watcher.version(key) >= versions[key] for watcher in watchers for key in versions),
        "the streams did not catch up",
        seconds=CAUGHT_UP_SECONDS,
    )
    assert [watcher.faults for watcher in watchers] == [[], [], []]
    assert {watcher.connections for watcher in watchers} == {1}
    for watcher in watchers:
        for key in versions:
            heard = [one["version"] for one in watcher.heard[key]]
            assert heard == list(range(heard[0], watcher.version(key) + 1)), key


def taken(senders: Sequence[Sender]) -> int:
    return sum(sum(sender.answers.values()) for sender in senders)


def told_to(watcher: Watcher) -> int:
    """Versions of all its boxes; each message is one."""
    return sum(watcher.version(key) for key in watcher.keys)


def test_a_moment_without_nats_costs_no_message_and_no_event(pair: Pair):
    away(pair, seconds=4, boxes=6, pause=0.05)


@pytest.mark.soak
def test_ten_minutes_without_nats_cost_no_message_and_no_event(pair: Pair):
    found = away(pair, seconds=600, boxes=100, pause=0.1)
    write_down(
        "feed: NATS away, ingest and feed node, postgresql",
        tried=f"10 minutes, {found.without:,} messages meanwhile, 100 boxes followed by 3 streams",
        found=f"all {found.messages:,} accepted; 0 holes, 0 repeats, no stream ended; at most {found.behind} versions "
        f"behind while it was away, none {found.caught_up_seconds:.1f} s after it was back",
    )
