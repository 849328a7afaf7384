"""Several nodes on one database, people who follow keys by connections that fail, and what each must never be told."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from build_followers import Cursor, Flaky, Person, Place
from build_live import SECONDS, Client, LivePort, live_port
from build_oracle import granted_at, head_of, rename, renew, rotate
from events.feed import hints_of
from port.actor import Actor, Role
from port.keys import find_actor
from port.sessions import Admission

# A node that does not stop is a fault as well, and would be waited for until the whole test is given up.
STOP_SECONDS = 60.0
CANARIES = ("EGRET-SECRET", "HERON-SECRET", "717171", "818181", "EGRETBL", "HERONBL", "SEAL-SECRET")


@dataclass
class World:
    """The nodes, the people, and how often what happened."""

    url: str
    size: int = 3
    people: dict[str, Person] = field(default_factory=dict)
    nodes: list[LivePort] = field(default_factory=list)
    late: list[Callable[[], None]] = field(default_factory=list)
    mode: str = "plain"
    loses_every: int = 0
    repeats_every: int = 0
    patience: float = SECONDS
    counted: Counter[str] = field(default_factory=Counter)
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def open(self) -> None:
        self.nodes = [await self._stack.enter_async_context(live_port(self.url)) for _ in range(self.size)]
        for node in self.nodes[1:]:
            node.actors = self.nodes[0].actors
        for node in self.nodes:
            feed: Any = node.port.feed
            feed.publish = partial(self._publish, node, feed.publish)

    async def close(self) -> None:
        self.late.clear()
        async with asyncio.timeout(STOP_SECONDS):
            await self._stack.aclose()
        self._stack = AsyncExitStack()

    async def restart(self) -> None:
        for person in self.people.values():
            self.lose(person)
        actors = self.nodes[0].actors
        await self.close()
        await self.open()
        self.nodes[0].actors.update(actors)
        self.counted["restarts"] += 1

    def _publish(self, node: LivePort, publish: Callable[[Any], None], changes: Any) -> None:
        """What a node tells of its commit, with what happens to it on the way."""
        others: list[Any] = [one.port.feed for one in self.nodes if one is not node]
        hints, is_embedded = hints_of(changes), node.port.database.is_embedded
        if self.mode == "late":
            self.late += [partial(publish, changes), *(partial(feed.tell, hints) for feed in others)]
        elif self.mode == "lost" and not is_embedded:
            return
        else:
            for _ in range(2 if self.mode == "twice" else 1):
                publish(changes)
                for feed in others if self.mode in ("told", "twice") else ():
                    feed.tell(hints)

    def arrive(self) -> None:
        """What was under way comes in, last things first."""
        late, self.late = self.late, []
        for tell in reversed(late):
            tell()

    async def person(self, role: str, party: str, *facilities: str) -> Person:
        found = self.people.get(party)
        if found is None:
            actor = await self.nodes[0].actor(role, party, *facilities)
            found = self.people[party] = Person(actor)
        return found

    async def connect(self, person: Person, node: int) -> None:
        if person.client is None:
            person.node = node % self.size
            person.client = Flaky(self.nodes[person.node].live, person.actor, Admission(person.actor))
            person.client.loses_every, person.client.repeats_every = self.loses_every, self.repeats_every
            self.counted["connections"] += 1

    def lose(self, person: Person) -> None:
        """The connection is gone; what had come by then has been read."""
        if person.client is not None:
            self.absorb(person)
        if person.client is not None:
            person.client.leave()
            person.client = None
            self.counted["lost connections"] += 1
        for place in person.places.values():
            place.is_followed = False

    async def subscribe(self, person: Person, key: str, since: Cursor | None) -> None:
        place = person.place(key)
        if person.client is None or place.is_followed:
            return
        place.is_followed, place.version, place.data = True, None, None
        wanted: dict[str, Any] = {"key": key}
        if since is not None:
            place.epoch, place.version = since
            place.data = place.past.get(since)
            wanted["since"] = {"epoch": since[0], "version": since[1]}
        await person.client.say(subscribe=wanted)

    async def unsubscribe(self, person: Person, key: str) -> None:
        place = person.place(key)
        if person.client is None or not place.is_followed:
            return
        await person.client.say(unsubscribe={"key": key})
        self.absorb(person)
        assert not place.is_followed

    def absorb(self, person: Person) -> None:
        """Take in all that has come."""
        client = person.client
        assert client is not None
        heard, client.heard = client.heard, []
        bodies, client.frames = client.frames, []
        for frame, body in zip(heard, bodies, strict=True):
            name = next(one for one in frame if one != "id")
            told = frame[name]
            self.counted[name] += 1
            if name in ("subscribed", "snapshot", "event"):
                self.counted["recovered"] += name == "subscribed" and told["recovered"]
                place = person.places[told["key"]]
                assert place.is_followed, "told of what is not followed"
                place.hear(name, told)
                self._check_rights(person.actor, place, told, body.body)
            elif name in ("unsubscribed", "error"):
                key = told["key"] if name == "unsubscribed" else told["message"]
                if key in person.places:
                    person.places[key].is_followed = False
        if client.ended is not None:
            self.counted[f"ended {client.ended[1]}"] += 1
            client.leave()
            person.client = None
            for place in person.places.values():
                place.is_followed = False

    def _check_rights(self, actor: Actor, place: Place, told: dict[str, Any], body: bytes) -> None:
        """No secret is in a frame that its viewer was not granted at that very version."""
        found = [canary for canary in CANARIES if canary.encode() in body]
        if found and place.key.startswith("container:"):
            granted = self.ask(granted_at, actor, told["data"]["visitID"], told["version"])
            assert [canary for canary in found if canary not in granted] == [], (actor.party, told["key"])
        elif place.key == "port":
            assert found == [], "a secret on the big screen"

    def ask(self, question: Callable[..., Any], *given: Any) -> Any:
        return self.nodes[0].port.ask(question, *given)

    async def settle(self) -> None:
        """Everybody who is connected comes up to date; and what each knows then is what GET answers."""
        self.arrive()
        for person in self.people.values():
            if person.client is not None:
                await self._catch_up(person)

    async def _catch_up(self, person: Person) -> None:
        def is_there() -> bool:
            self.absorb(person)
            followed = [place for place in person.places.values() if place.is_followed]
            return person.client is None or all(self._is_up_to_date(person, place) for place in followed)

        # Of this process, which is not given much where others are at work: by the clock it would be their fault.
        until = time.process_time() + self.patience
        while not is_there():
            if time.process_time() > until:
                behind = [(p.key, p.version, self.head(person.actor, p.key)) for p in person.places.values()]
                raise AssertionError(f"{person.actor.party} was left behind: {behind}")
            # A commit is answered a moment before it is told of.
            self.arrive()
            await asyncio.sleep(0.002)
        for place in person.places.values():
            if place.is_followed and place.data is not None and place.key.startswith("container:"):
                await self._is_as_asked(person, place)

    def _is_up_to_date(self, person: Person, place: Place) -> bool:
        return (place.epoch, place.version) == self.head(person.actor, place.key)

    def head(self, actor: Actor, key: str) -> Cursor:
        """The epoch and version of a key for this viewer now."""
        found: Cursor = self.ask(head_of, self.nodes[0].live._keys, actor, key)
        return found

    async def _is_as_asked(self, person: Person, place: Place) -> None:
        status = await self.nodes[0].status(person.actor, place.key.removeprefix("container:"))
        known, asked = dict(place.data or {}), dict(status)
        for one in (known, asked):
            one.pop("version", None)
            if person.actor.role in (Role.CUSTOMS, Role.TERMINAL):
                # A decision made ahead is no part of the public record, and moves no version.
                one.pop("place", None)
                one.get("facets", {}).pop("instruction", None)
        assert known == asked, (person.actor.party, place.key)

    async def told_on(self, node: int, actor: Actor, key: str, since: Cursor | None) -> list[bytes]:
        """All that somebody new is told there, up to the head."""
        client = Client(self.nodes[node].live, actor, Admission(actor))
        wanted = {"key": key} if since is None else {"key": key, "since": {"epoch": since[0], "version": since[1]}}
        await client.say(subscribe=wanted)
        await client.wait(lambda: _has_come(client.heard, since))
        client.leave()
        return [frame.body for frame in client.frames]

    async def change_rights(self, what: str, person: Person) -> None:
        """Rotate, revoke and renew, or rename."""
        change = {"rotate": rotate, "revoke": renew, "rename": rename}[what]
        node = self.nodes[0]
        # A connection may have been opened with the key before the last rotation.
        speaks_as = person.client.actor if person.client is not None and what == "revoke" else person.actor
        key = await node.port.recorder.command(lambda work: change(work.connection, speaks_as))
        if key is not None:
            if what == "revoke" and person.client is not None:
                gone = person.client
                await gone.wait(lambda: gone.ended is not None)
                self.lose(person)
            actor = await node.port.read(find_actor, key)
            assert actor is not None
            person.actor = actor
        self.counted[what] += 1


def _has_come(heard: Sequence[dict[str, Any]], since: Cursor | None) -> bool:
    """Whether the answer is complete: the head that was promised has been reached, or it was refused."""
    if not heard or "subscribed" not in heard[0]:
        return bool(heard)
    told = heard[0]["subscribed"]
    known = since[1] if told["recovered"] and since else -1
    return max([known, *(next(iter(one.values()))["version"] for one in heard[1:])]) >= told["version"]
