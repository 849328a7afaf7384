"""The machine that tries the live feed: several nodes and readers, and whatever may happen to them in any order."""

from __future__ import annotations

import asyncio
import itertools
import tempfile
from collections import Counter
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from build_exactness import World
from build_followers import Person
from build_oracle import aliases
from build_port import at, declaration, discharged, manifest, moved, notice
from port.errors import PortError
from port.nominations import nominate, revoke
from senders import box as numbered
from web import live_rounds, live_watch

_numbers = itertools.count(1)
READERS = {
    "EGRET": ("forwarder",),
    "HERON": ("forwarder",),
    "BROKER": ("broker",),
    "TRUCKS": ("haulier",),
    "CUSTOMS": ("customs",),
    "AUTHORITY": ("authority",),
    "TERMINAL": ("terminal", "XMHT"),
    "SONGYU": ("terminal", "XMSY"),
}
VALUES = {"EGRET": 717171, "HERON": 818181}
readers, nodes, which = st.sampled_from(sorted(READERS)), st.integers(0, 2), st.integers(0, 1)
kinds = st.sampled_from(["past", "forged", "foreign", "future"])
parties = st.sampled_from(["EGRET", "HERON"])
CODES = ["DISC", "DROP", "PICK", "GTOT", "GTIN", "LOAD"]


class Exactness(RuleBasedStateMachine):
    """Two boxes, eight readers with one connection each, three nodes."""

    url: ClassVar[str] = ""
    totals: ClassVar[Counter[str]] = Counter()
    faults: ClassVar[list[str]] = []

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        # A reading that ends after the node it was for may still close its files.
        self.folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.world = World(self.url or f"sqlite:///{self.folder.name}/port.db")
        self.boxes = [numbered(next(_numbers)), numbered(next(_numbers))]
        self.minutes = 90 * 1440
        self.told: list[dict[str, Any]] = []
        self.bills: dict[tuple[str, int], str] = {}
        self.nominated: list[tuple[Person, str]] = []
        self.patience = live_watch.FOLLOW_SECONDS, live_rounds.RIGHTS_SECONDS
        live_watch.FOLLOW_SECONDS = live_rounds.RIGHTS_SECONDS = 0.02
        self.do(self.begin())

    async def begin(self) -> None:
        await self.world.open()
        for party, (role, *facilities) in READERS.items():
            await self.world.person(role, party, *facilities)

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        try:
            return self.loop.run_until_complete(work)
        except AssertionError as fault:
            self.faults.append(str(fault))  # Hypothesis plays it again, and tells of that only.
            raise

    def teardown(self) -> None:
        live_watch.FOLLOW_SECONDS, live_rounds.RIGHTS_SECONDS = self.patience
        self.world.counted["aliases"] += self.world.ask(aliases, self.boxes)
        self.do(self.world.close())
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()
        self.folder.cleanup()
        self.totals.update(self.world.counted)

    def keys(self, party: str) -> list[str]:
        own = {
            "CUSTOMS": ["officers", "port", "instructions:XMHT"],
            "AUTHORITY": ["port"],
            "TERMINAL": ["instructions:XMHT"],
        }
        return [f"container:{box}" for box in self.boxes] + own.get(party, [])

    @initialize()
    def everybody_connects(self) -> None:
        self.do(self.join_all(0))

    async def join_all(self, node: int) -> None:
        for number, party in enumerate(READERS):
            await self.join(party, node + number)

    # What is told to the port

    @rule(box=which, code=st.sampled_from(CODES), node=nodes, is_late=st.booleans())
    def a_box_moves(self, box: int, code: str, node: int, is_late: bool) -> None:
        self.do(self.move(box, code, node, is_late=is_late))

    @rule(number=st.integers(0, 30), node=nodes)
    def a_movement_is_taken_back(self, number: int, node: int) -> None:
        if self.told:
            event = self.told.pop(number % len(self.told))
            self.do(self.world.nodes[node].gate(event | {"isRetracted": True}))

    @rule(box=which, party=parties, bill=st.integers(0, 1), node=nodes)
    def a_manifest_names_a_party(self, box: int, party: str, bill: int, node: int) -> None:
        """A bill of its own, or one that was another's: then that one is struck off."""
        self.do(self.name(box, party, bill, node))

    @rule(box=which, first=parties, second=parties, step=st.integers(1, 5), node=nodes)
    def a_bill_changes_hands_and_the_new_one_asks_for_the_past(
        self, box: int, first: str, second: str, step: int, node: int
    ) -> None:
        async def change() -> None:
            for party in (first, second):
                await self.name(box, party, 0, node)
            await self.world.settle()
            await self.come_with(self.world.people[second], box, self.world.people[first], "forged", step)

        self.do(change())

    async def name(self, box: int, party: str, bill: int, node: int) -> None:
        self.minutes -= 1
        reference = self.bills.setdefault((self.boxes[box], bill), f"{party}BL{self.boxes[box][4:9]}{bill}")
        named = manifest(
            transportDocumentReference=reference,
            containers=[self.boxes[box]],
            forwarder={"code": party, "name": f"{party}-SECRET"},
            consignee=None,
            issuedAt=at(self.minutes),
        )
        await self.world.nodes[node].customs(manifests=[named])

    @rule(box=which, party=parties, status=st.sampled_from(["ACCEPTED", "HELD", "RELEASED"]), node=nodes)
    def customs_speaks(self, box: int, party: str, status: str, node: int) -> None:
        number = f"37112026{box}{VALUES[party]:09d}"
        told = declaration(
            declarationNumber=number,
            seqNo=None,
            transportDocumentReference=self.bills.get((self.boxes[box], 0), "NOBILL"),
            containers=[self.boxes[box]],
            declarant={"code": "BROKER", "name": "Broker"},
            consignee={"code": party, "name": f"{party}-SECRET"},
            lines=[{"hsCode": "9403600000", "declaredValue": VALUES[party], "currency": "USD"}],
        )
        self.minutes -= 1
        said = notice(status, declarationNumber=number, minutes_ago=self.minutes)
        self.do(self.world.nodes[node].customs(declarations=[told], notices=[said]))

    @rule(box=which, is_given=st.booleans())
    def the_carrier_releases_to_a_haulier(self, box: int, is_given: bool) -> None:
        self.minutes -= 1
        release = {
            "transportDocumentReference": self.bills.get((self.boxes[box], 0), "NOBILL"),
            "containers": [self.boxes[box]],
            "status": "RELEASED" if is_given else "REVOKED",
            "releasedAt": at(self.minutes),
            "haulierCode": "TRUCKS" if is_given else None,
        }
        self.do(self.world.nodes[0].customs(carrierReleases=[release]))

    @rule(box=which, party=parties, guest=st.sampled_from(["EGRET", "HERON", "BROKER"]))
    def a_party_nominates_another(self, box: int, party: str, guest: str) -> None:
        host = self.world.people[party]
        bill = self.bills.get((self.boxes[box], 0), "NOBILL")

        def ask(work: Any) -> Any:
            role = READERS[guest][0]
            return nominate(work, host.actor, number=self.boxes[box], bill=bill, nominee=guest, role=role)

        with suppress(PortError):
            told = self.do(self.world.nodes[0].port.recorder.command(ask))
            self.nominated.append((host, told["nominationID"]))

    @rule(number=st.integers(0, 10))
    def a_nomination_is_taken_back(self, number: int) -> None:
        if not self.nominated:
            return
        host, nomination = self.nominated.pop(number % len(self.nominated))
        recorder = self.world.nodes[1].port.recorder
        with suppress(PortError):
            self.do(recorder.command(lambda work: revoke(work, host.actor, nomination_id=nomination)))

    @rule(days=st.integers(1, 8))
    def days_go_by(self, days: int) -> None:
        self.minutes = max(2000, self.minutes - days * 1440)

    async def move(self, box: int, code: str, node: int, *, is_late: bool = False) -> None:
        self.minutes = max(10, self.minutes - 7)
        ago = self.minutes + (2000 if is_late else 0)
        event = discharged if code == "DISC" else lambda **more: moved(code, **more)
        made = event(box=self.boxes[box], minutes_ago=ago, seals=["SEAL-SECRET"])
        self.told.append(made)
        await self.world.nodes[node].gate(made)

    # What happens to those who follow

    @rule(party=readers, node=nodes)
    def somebody_connects(self, party: str, node: int) -> None:
        self.do(self.join(party, node))

    async def join(self, party: str, node: int) -> None:
        person = self.world.people[party]
        await self.world.connect(person, node)
        for key in self.keys(party):
            place = person.place(key)
            since = None if place.version is None else (place.epoch, place.version)
            await self.world.subscribe(person, key, since)

    @rule(party=readers)
    def a_connection_is_lost(self, party: str) -> None:
        self.world.lose(self.world.people[party])

    @rule(party=readers, takes=st.integers(0, 3))
    def somebody_stops_reading(self, party: str, takes: int) -> None:
        client = self.world.people[party].client
        if client is not None:
            client.takes = takes

    @rule(party=readers, key=st.integers(0, 3), whose=readers, kind=kinds, step=st.integers(0, 9))
    def somebody_comes_with_another_cursor(self, party: str, key: int, whose: str, kind: str, step: int) -> None:
        self.do(self.come_with(self.world.people[party], key, self.world.people[whose], kind, step))

    async def come_with(self, person: Person, key: int, other: Person, kind: str, step: int) -> None:
        await self.world.connect(person, step)
        names = self.keys(person.actor.party)
        name = names[key % len(names)]
        await self.world.unsubscribe(person, name)
        epoch, version = self.world.head(person.actor, name)
        past = list(person.place(name).past)
        foreign = other.place(name)
        cursor = {
            "past": past[step % len(past)] if past else (epoch, version),
            "forged": (epoch, max(0, version - step)),
            "foreign": (foreign.epoch, foreign.version or step),
            "future": (epoch, version + 1 + step),
        }[kind]
        await self.world.subscribe(person, name, cursor)

    @rule(party=readers, key=st.integers(0, 3))
    def somebody_unsubscribes(self, party: str, key: int) -> None:
        names = self.keys(party)
        self.do(self.world.unsubscribe(self.world.people[party], names[key % len(names)]))

    @rule(party=readers, what=st.sampled_from(["rotate", "revoke", "rename"]))
    def rights_change(self, party: str, what: str) -> None:
        self.do(self.world.change_rights(what, self.world.people[party]))

    # What happens to the nodes

    @rule(mode=st.sampled_from(["plain", "told", "twice", "late", "lost"]))
    def hints_fare_otherwise_from_now_on(self, mode: str) -> None:
        self.world.arrive()
        self.world.mode = mode

    @rule(do_all_come_back=st.booleans(), node=nodes)
    def the_servers_restart(self, do_all_come_back: bool, node: int) -> None:
        self.do(self.world.restart())
        if do_all_come_back:
            self.do(self.join_all(node))

    @rule(
        moves=st.lists(st.tuples(which, st.sampled_from(["DROP", "PICK"]), nodes), min_size=2, max_size=8),
        joins=st.lists(st.tuples(readers, nodes), max_size=4),
    )
    def much_at_once(self, moves: list[tuple[int, str, int]], joins: list[tuple[str, int]]) -> None:
        async def everything() -> None:
            await asyncio.gather(*(self.move(*move) for move in moves), *(self.join(*join) for join in joins))

        self.do(everything())

    @rule(party=readers, key=st.integers(0, 3), step=st.integers(0, 6))
    def all_nodes_tell_the_same(self, party: str, key: int, step: int) -> None:
        person, names = self.world.people[party], self.keys(party)
        name = names[key % len(names)]
        epoch, version = self.world.head(person.actor, name)

        async def told() -> list[list[bytes]]:
            since = (epoch, max(0, version - step)) if step else None
            return [await self.world.told_on(node, person.actor, name, since) for node in range(self.world.size)]

        first, *others = self.do(told())
        assert others == [first] * len(others)
        self.world.counted["compared on all nodes"] += 1

    @invariant()
    def everybody_is_up_to_date(self) -> None:
        self.do(self.world.settle())
