"""web.live_tail: whatever happens in whatever order, no client has a hole, a repeat, or another's frame."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from build_live import Client, LivePort, live_port
from build_port import at, discharged, manifest, moved
from port.actor import Actor
from port.sessions import Admission
from web import live_watch

BOXES = ("CSQU3054383", "TEMU1234565")
PARTIES = ("EGRET", "HERON")
boxes = st.sampled_from(BOXES)
readers = st.sampled_from(
    [("forwarder", "EGRET"), ("forwarder", "HERON"), ("customs", "CUSTOMS"), ("haulier", "TRUCKS")]
)


@dataclass
class Follower:
    """What one client knows of one box, over all its connections."""

    actor: Actor
    box: str
    client: Client | None = None
    epoch: str | None = None
    version: int | None = None
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return f"container:{self.box}"

    def absorb(self) -> None:
        """Take in what was heard, as any client must be able to."""
        assert self.client is not None
        heard, self.client.heard = self.client.heard, []
        for frame in heard:
            if told := frame.get("subscribed"):
                if not told["recovered"]:
                    self.version = None
                assert told["recovered"] is False or told["epoch"] == self.epoch
                self.epoch = told["epoch"]
            elif told := frame.get("snapshot"):
                assert self.version is None, "a snapshot nobody announced"
                self.version, self.data = told["version"], told["data"]
            elif told := frame.get("event"):
                assert self.version is not None
                assert told["version"] == self.version + 1, "a hole or a repeat"
                self.version += 1
                self.data = told.get("data", self.data)
            elif "unsubscribed" in frame:
                self.client.leave()
                self.client, self.version = None, None
                return


class Exactness(RuleBasedStateMachine):
    """Two boxes, four readers, two nodes on one database; messages, lost connections and restarts in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.followers: dict[tuple[str, str], Follower] = {}
        self.minute = 2000
        self.bills = 0
        self.patience = live_watch.FOLLOW_SECONDS
        live_watch.FOLLOW_SECONDS = 0.02
        self.do(self.open())

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(work)

    async def open(self) -> None:
        self.stack = AsyncExitStack()
        url = f"sqlite:///{self.folder.name}/port.db"
        self.nodes: list[LivePort] = [await self.stack.enter_async_context(live_port(url)) for _ in range(2)]
        self.nodes[1].actors = self.nodes[0].actors
        await self.nodes[0].actor("terminal", "TERMINAL", "XMHT")
        await self.nodes[0].actor("customs", "CUSTOMS")

    def teardown(self) -> None:
        live_watch.FOLLOW_SECONDS = self.patience
        self.do(self.stack.aclose())
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()
        self.folder.cleanup()

    @rule(box=boxes, code=st.sampled_from(["DISC", "DROP", "PICK", "GTOT", "GTIN"]), node=st.integers(0, 1))
    def a_box_moves(self, box: str, code: str, node: int) -> None:
        self.do(self.move(box, code, node))

    @rule(box=boxes, party=st.sampled_from(PARTIES), is_new_bill=st.booleans())
    def a_manifest_names_a_party(self, box: str, party: str, is_new_bill: bool) -> None:
        self.do(self.name(box, party, is_new_bill=is_new_bill))

    @rule(box=boxes, reader=readers, node=st.integers(0, 1))
    def somebody_connects(self, box: str, reader: tuple[str, str], node: int) -> None:
        self.do(self.connect(box, reader, node))

    @rule(reader=readers, box=boxes)
    def a_connection_is_lost(self, reader: tuple[str, str], box: str) -> None:
        self.lose(self.followers.get((reader[1], box)))

    @rule(
        moves=st.lists(st.tuples(boxes, st.sampled_from(["DROP", "PICK"]), st.integers(0, 1)), min_size=2, max_size=6),
        joins=st.lists(st.tuples(boxes, readers, st.integers(0, 1)), max_size=4),
    )
    def much_at_once(self, moves: list[tuple[str, str, int]], joins: list[tuple[str, tuple[str, str], int]]) -> None:
        async def everything() -> None:
            await asyncio.gather(*(self.move(*move) for move in moves), *(self.connect(*join) for join in joins))

        self.do(everything())

    @rule()
    def the_servers_restart(self) -> None:
        for follower in self.followers.values():
            self.lose(follower)
        self.do(self.stack.aclose())
        actors = self.nodes[0].actors
        self.do(self.open())
        self.nodes[0].actors.update(actors)

    @invariant()
    def everybody_is_up_to_date(self) -> None:
        self.do(self.settle())

    async def move(self, box: str, code: str, node: int) -> None:
        self.minute -= 1
        minutes = self.minute
        event = discharged if code == "DISC" else lambda **more: moved(code, **more)
        await self.nodes[node].gate(event(box=box, minutes_ago=minutes))

    async def name(self, box: str, party: str, *, is_new_bill: bool) -> None:
        self.bills += is_new_bill
        self.minute -= 1
        named = manifest(
            transportDocumentReference=f"COSU{box[4:8]}{self.bills}",
            containers=[box],
            forwarder={"code": party, "name": party},
            consignee=None,
            issuedAt=at(self.minute),
        )
        await self.nodes[0].customs(manifests=[named])

    async def connect(self, box: str, reader: tuple[str, str], node: int) -> None:
        role, party = reader
        actor = await self.nodes[0].actor(role, party)
        follower = self.followers.setdefault((party, box), Follower(actor, box))
        if follower.client is not None:
            return
        follower.client = Client(self.nodes[node].live, actor, Admission(actor))
        since = None if follower.version is None else {"epoch": follower.epoch, "version": follower.version}
        await follower.client.say(subscribe={"key": follower.key, "since": since})

    def lose(self, follower: Follower | None) -> None:
        if follower is not None and follower.client is not None:
            follower.absorb()
        if follower is not None and follower.client is not None:
            follower.client.leave()
            follower.client = None

    async def settle(self) -> None:
        for follower in self.followers.values():
            if follower.client is not None:
                await self.catch_up(follower)

    async def catch_up(self, follower: Follower) -> None:
        node = self.nodes[0]
        seen = await node.seen(follower.actor, follower.box)
        head = 0 if seen is None else seen.version
        epoch = None if seen is None else seen.epoch(node.port.database_id)

        def is_there() -> bool:
            follower.absorb()
            is_same_history = epoch is None or follower.epoch == epoch
            return follower.client is None or (follower.version == head and is_same_history)

        assert follower.client is not None
        await follower.client.wait(is_there)
        if follower.client is not None:
            status = await node.status(follower.actor, follower.box)
            assert follower.data | {"version": 0} == status | {"version": 0}


Exactness.TestCase.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)
TestExactness = Exactness.TestCase
