"""Promise: the live feed has no hole and no repeat, whatever dies: real servers, real connections, a real NATS."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from build_feed_soak import Follower, Listener, Node, Who, boxes_move, following, new_key, papers
from build_nodes import Nats, nats_that_restarts
from counts import short_and_full, write_down
from port.actor import Role
from senders import box, sending
from stands import prepare
from stores import fresh_database, or_skip

pytestmark = [pytest.mark.server, pytest.mark.slow, pytest.mark.timeout(3600)]

BOXES = [box(number) for number in range(40)]
CUSTOMS = Who(Role.CUSTOMS, "OFFICERS")
PEOPLE = (
    CUSTOMS,
    Who(Role.FORWARDER, "EGRET"),
    Who(Role.TERMINAL, "XMHT-2"),
    Who(Role.AUTHORITY, "MARITIME"),
)


@dataclass(frozen=True)
class Size:
    """What is done, and so what must have happened at least."""

    rounds: int
    followers: int
    reconnects: int
    a_second: float = 60.0


@dataclass
class Scene:
    """The nodes that stream, the one that takes messages, and who follows."""

    url: str
    taking: Node
    streaming: list[Node]
    followers: list[Follower]
    nats: Nats | None
    chance: random.Random
    counted: Counter[str]
    loop: asyncio.AbstractEventLoop | None = None

    def addresses(self) -> list[str]:
        return [node.address for node in self.streaming if node.address]

    def disturb(self, number: int) -> None:
        """One disturbance after another, each kind in its turn."""
        node = self.streaming[number % len(self.streaming)]
        kinds = ["kill", "term", "lines", "revoke"] + (["nats"] if self.nats else [])
        kind = kinds[number % len(kinds)]
        if kind in ("kill", "term"):
            node.end(signal.SIGKILL if kind == "kill" else signal.SIGTERM)
            self.chance_to_wait(0.3)
            node.start()
        elif kind == "lines":
            for one in self.followers:
                if self.chance.random() < 0.6 and self.loop is not None:
                    self.loop.call_soon_threadsafe(one.break_line)
        elif kind == "revoke":
            self._revoke()
        elif self.nats is not None:
            self.nats.kill()
            self.chance_to_wait(1.0)
            self.nats.start()
        self.counted[kind] += 1

    def _revoke(self) -> None:
        one = self.chance.choice([one for one in self.followers if not one.is_slow])
        before = one.counted["ended RIGHTS_ENDED"]
        one.revoked_at, one.key = time.monotonic(), new_key(self.url, one.who, instead_of=one.key)
        deadline = time.monotonic() + 8
        while one.counted["ended RIGHTS_ENDED"] == before and time.monotonic() < deadline:
            time.sleep(0.05)

    def chance_to_wait(self, most: float) -> None:
        time.sleep(self.chance.uniform(0.05, most))


def followers_of(url: str, scene: Scene, size: Size) -> list[Follower]:
    made: list[Follower] = []
    for number in range(size.followers):
        who = PEOPLE[number % len(PEOPLE)]
        wide = ("port",) if who.role in (Role.CUSTOMS, Role.AUTHORITY) else ()
        chance, key = random.Random(number), new_key(url, who)
        if number % 4 == 3:
            keys, kind = (f"container:{BOXES[number]}",), Listener
        else:
            keys, kind = (*(f"container:{one}" for one in BOXES[number % 5 :: 5]), *wide), Follower
        made.append(kind(who, key, keys, scene.addresses, chance))
    for number in range(2):
        keys = tuple(f"container:{one}" for one in BOXES)
        made.append(
            Follower(CUSTOMS, new_key(url, CUSTOMS), keys, scene.addresses, random.Random(number), is_slow=True)
        )
    return made


@contextmanager
def scene_of(url: str, size: Size, *, has_nats: bool, stack: ExitStack) -> Iterator[tuple[Scene, str]]:
    key = prepare(url)
    nats = stack.enter_context(or_skip("NATS", nats_that_restarts())) if has_nats else None
    settings = {"nats_url": nats.url} if nats else {}
    if has_nats:
        taking = Node(url, ("--role", "ingest"), settings)
        streaming = [Node(url, ("--role", "feed"), settings) for _ in range(2)]
    else:
        taking = Node(url)
        streaming = [taking]
    nodes = list({id(node): node for node in (taking, *streaming)}.values())
    for node in nodes:
        stack.callback(node.close)
        node.start()
    scene = Scene(url, taking, streaming, [], nats, random.Random(size.rounds), Counter())
    customs = new_key(url, CUSTOMS)
    with httpx.Client(base_url=str(taking.address), trust_env=False, timeout=20) as http:
        headers = {"Authorization": f"Bearer {customs}"}
        http.post("/v1/messages/customs", json=papers(BOXES, "EGRET"), headers=headers).raise_for_status()
    scene.followers = followers_of(url, scene, size)
    yield scene, key


def soak(url: str, size: Size, *, has_nats: bool, liar: int = 0) -> Scene:
    """All of it; in the end everybody knows what somebody new is told."""
    with ExitStack() as stack, scene_of(url, size, has_nats=has_nats, stack=stack) as (scene, key):
        scene.followers[0].loses_every = liar
        moves = boxes_move(BOXES, a_second=size.a_second)
        with following(scene.followers) as scene.loop:
            with sending(
                lambda: scene.taking.address, key=key, messages=moves, connections=4, is_stubborn=True
            ) as senders:
                senders.wait_for(3 * len(BOXES))
                for number in range(size.rounds):
                    scene.disturb(number)
                    scene.chance_to_wait(2.0)
                told = len(senders.acknowledged)
                time.sleep(1)
            scene.counted["messages"] = told
            wait_until_calm(scene.followers)
        wanted = [tuple(one.places.values()) for one in scene.followers]
        for one, places in zip(scene.followers, wanted, strict=True):
            compare(scene, one, places)
    return scene


def wait_until_calm(followers: Sequence[Follower], *, seconds: float = 60) -> None:
    """Until everybody follows all its keys again and nobody has been told anything for a while."""
    deadline, before = time.monotonic() + seconds, -1
    while time.monotonic() < deadline:
        told = sum(one.counted["event"] + one.counted["snapshot"] for one in followers)
        if told == before and all(place.is_followed for one in followers for place in one.places.values()):
            return
        before = told
        time.sleep(3)
    pytest.fail("the followers do not come to rest")


def compare(scene: Scene, one: Follower, places: Sequence[Any]) -> None:
    """What it knows against what somebody new with its rights is told."""
    with httpx.Client(base_url=scene.addresses()[0], trust_env=False, timeout=20) as http:
        for place in places:
            headers = {"Authorization": f"Bearer {one.key}"}
            with http.stream("GET", "/v1/stream/sse", params={"key": place.key}, headers=headers) as answer:
                lines = (line.removeprefix("data: ") for line in answer.iter_lines() if line.startswith("data: "))
                fresh = Follower(one.who, "", (place.key,), scene.addresses, scene.chance)
                for line in lines:
                    fresh.hear(line)
                    if fresh.places[place.key].version is not None:
                        break
            now = fresh.places[place.key]
            known, due = [
                (it.epoch, it.version, _data(it.data) if place.key != "port" else None) for it in (place, now)
            ]
            if known != due:
                one.faults.append(f"{one.who.party} {place.key} ends at {known}, not at {due}")


def _data(told: Any) -> Any:
    return {name: value for name, value in (told or {}).items() if name != "version"}


def report(scene: Scene, size: Size, name: str) -> None:
    followers = scene.followers
    total: Counter[str] = sum((one.counted for one in followers), Counter())
    reconnects = sum(one.counted["reconnects"] for one in followers)
    assert [fault for one in followers for fault in one.faults] == []
    assert reconnects >= size.reconnects
    kinds = ("kill", "term", "lines", "revoke", *(["nats"] if scene.nats else []))
    assert [kind for kind in kinds if scene.counted[kind] < size.rounds // len(kinds)] == []
    assert total["ended RIGHTS_ENDED"] >= 1
    assert max(one.longest_after_revocation for one in followers) < 5
    cut_off = total["ended TOO_SLOW"] + total["stopped reading"]
    assert cut_off >= 1
    write_down(
        f"feed: no hole, no repeat, real servers, {name}",
        tried=f"{reconnects:,} reconnects; " + ", ".join(f"{scene.counted[kind]} {kind}" for kind in kinds),
        found=f"0 holes, 0 repeats in {total['event']:,} events, {total['recovered']:,} keys recovered, "
        f"{total['snapshot']:,} snapshots; readers stood still {total['stopped reading']} times, of which "
        f"{total['ended TOO_SLOW']} cut off; all ends equal; "
        f"revoked keys closed within {max(one.longest_after_revocation for one in followers):.1f} s",
    )


SIZES = short_and_full("size", short=Size(5, 8, 10), full=Size(60, 16, 200))


@SIZES
def test_followers_of_one_server_that_dies_miss_nothing(sqlite_url: str, size: Size) -> None:
    report(soak(sqlite_url, size, has_nats=False), size, "one node, sqlite")


@SIZES
def test_followers_of_several_nodes_miss_nothing_though_nats_dies_too(postgresql: str, size: Size) -> None:
    with fresh_database(postgresql) as url:
        report(soak(url, size, has_nats=True), size, "ingest and 2 feed nodes, NATS, postgresql")


def test_a_client_that_loses_a_frame_is_found_out(sqlite_url: str) -> None:
    """The control."""
    scene = soak(sqlite_url, Size(1, 3, 0), has_nats=False, liar=10)
    assert any("a hole or a repeat" in fault for fault in scene.followers[0].faults)
    assert [fault for one in scene.followers[1:] for fault in one.faults] == []
