"""web.client over lines that break anywhere and a port that makes mistakes: what is told is a snapshot and then every
version after it, or a reported gap and then a snapshot; and in the end the client knows the head."""

from __future__ import annotations

from collections import deque
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from web.client.conversation import Conversation, Turn
from web.client.tellings import Cursor, Ended, Event, Gap, Snapshot, Stub, Telling

KEYS = ("container:CSQU3054383", "container:MSKU6011672", "officers")
keys = st.sampled_from(KEYS)
MOST_TOLD = 5


class PortInSmall:
    """What is under each key, and one stream as CONTRACT has it; `wire` is what is on its way to the client."""

    def __init__(self) -> None:
        self.heads = {key: Cursor("e1", 3) for key in KEYS}
        self.wire: deque[dict[str, Any]] = deque()
        self.followed: dict[str, Cursor] = {}

    def obey(self, frame: dict[str, Any]) -> None:
        if "connect" in frame:
            self.wire.append({"id": frame["id"], "connected": {"heartbeatSeconds": 25}})
        elif "subscribe" in frame:
            self._subscribe(frame)
        elif "unsubscribe" in frame:
            key = frame["unsubscribe"]["key"]
            self.followed.pop(key, None)
            self.wire.append({"id": frame["id"], "unsubscribed": {"key": key, "reason": "ASKED"}})

    def _subscribe(self, frame: dict[str, Any]) -> None:
        key, since = frame["subscribe"]["key"], frame["subscribe"].get("since")
        head = self.heads[key]
        assert key not in self.followed
        missed = head.version - since["version"] if since and since["epoch"] == head.epoch else -1
        recovered = 0 <= missed <= MOST_TOLD
        told = {"key": key, "epoch": head.epoch, "version": head.version, "recovered": recovered}
        self.wire.append({"id": frame["id"], "subscribed": told})
        if recovered:
            self.wire.extend(event(key, version) for version in range(since["version"] + 1, head.version + 1))
        else:
            self.wire.append({"snapshot": {"key": key, "version": head.version, "data": {"at": head.version}}})
        self.followed[key] = head

    def commit(self, key: str) -> None:
        self.heads[key] = Cursor(self.heads[key].epoch, self.heads[key].version + 1)
        if key in self.followed:
            self.followed[key] = self.heads[key]
            self.wire.append(event(key, self.heads[key].version))

    def begin_epoch(self, key: str) -> None:
        self.heads[key] = head = Cursor(f"e{int(self.heads[key].epoch[1:]) + 1}", 1)
        if key in self.followed:
            self.followed[key] = head
            told = {"key": key, "epoch": head.epoch, "version": head.version, "recovered": False}
            self.wire.append({"subscribed": told})
            self.wire.append({"snapshot": {"key": key, "version": head.version, "data": {"at": head.version}}})

    def beat(self) -> None:
        versions = {key: cursor.version for key, cursor in self.followed.items()}
        self.wire.append({"heartbeat": {"at": "2026-11-21T04:00:00Z", "versions": versions}})

    def cut(self) -> None:
        self.wire.clear()
        self.followed.clear()


def event(key: str, version: int) -> dict[str, Any]:
    if version % 3 == 0:
        return {"event": {"key": key, "version": version, "at": "2026-11-21T04:00:00Z"}}
    return {"event": {"key": key, "version": version, "eventID": None, "type": "DISC", "data": {"at": version}}}


class Exactness(RuleBasedStateMachine):
    """`is_honest`: the wire loses nothing within a line, as a websocket; else any frame may be lost or come again."""

    is_honest = True

    def __init__(self) -> None:
        super().__init__()
        self.port = PortInSmall()
        self.client = Conversation(dict.fromkeys(KEYS[:2]))
        self.is_open = False
        self.told: dict[str, Cursor | None] = {}

    @initialize()
    def opens(self) -> None:
        self.open()

    @precondition(lambda self: not self.is_open)
    @rule()
    def open(self) -> None:
        self.is_open = True
        self._do(self.client.begin("ticket"))

    @precondition(lambda self: self.is_open)
    @rule()
    def the_line_breaks(self) -> None:
        self.is_open = self.client.is_connected = False
        self.port.cut()

    @rule(key=keys, times=st.integers(1, 8))
    def commits(self, key: str, times: int) -> None:
        for _ in range(times):
            self.port.commit(key)

    @rule(key=keys)
    def another_visit(self, key: str) -> None:
        self.port.begin_epoch(key)

    @precondition(lambda self: self.is_open)
    @rule(frames=st.integers(1, 10))
    def hears(self, frames: int) -> None:
        for _ in range(frames):
            if self.is_open and self.port.wire:
                self._do(self.client.hear(self.port.wire.popleft()))

    @precondition(lambda self: self.is_open and self.client.is_connected)
    @rule()
    def heart_beats(self) -> None:
        self.port.beat()

    @rule(key=keys)
    def follows_one_more(self, key: str) -> None:
        if key not in self.client.keys:
            self.told[key] = None
        self._do(self.client.subscribe(key))

    @rule(key=keys)
    def leaves_one(self, key: str) -> None:
        self._do(self.client.unsubscribe(key))
        self.told[key] = None

    @precondition(lambda self: not self.is_honest and self.port.wire)
    @rule(place=st.integers(0, 20), is_lost=st.booleans())
    def the_port_errs(self, place: int, is_lost: bool) -> None:
        place %= len(self.port.wire)
        frame = self.port.wire[place]
        if "event" not in frame and "snapshot" not in frame:
            return
        if is_lost:
            del self.port.wire[place]
        else:
            self.port.wire.insert(place, frame)

    @invariant()
    def all_is_known_when_all_was_heard(self) -> None:
        if not self.is_honest or self.port.wire or not self.client.is_settled:
            return
        assert {key: self.told[key] for key in self.client.keys} == {
            key: self.port.heads[key] for key in self.client.keys
        }

    def teardown(self) -> None:
        """Whatever happened: a heartbeat or two later the client is where the port is."""
        if not self.is_open:
            self.open()
        for _ in range(12):
            self._hear_all()
            if not self.is_open:
                self.open()
            elif self.client.is_connected:
                self.port.beat()
        self._hear_all()
        heads = {key: self.port.heads[key] for key in self.client.keys}
        assert {key: self.told[key] for key in self.client.keys} == heads

    def _hear_all(self) -> None:
        while self.is_open and self.port.wire:
            self._do(self.client.hear(self.port.wire.popleft()))

    def _do(self, turn: Turn) -> None:
        for telling in turn.tell:
            self._take(telling)
        if turn.parting is not None:
            assert not self.is_honest
            self.the_line_breaks()
            return
        if self.is_open:
            for frame in turn.say:
                self.port.obey(frame)

    def _take(self, telling: Telling) -> None:
        before = self.told.get(telling.key)
        match telling:
            case Snapshot(key, cursor, data):
                assert data == {"at": cursor.version}
                self.told[key] = cursor
            case Event(key, cursor) | Stub(key, cursor):
                assert before is not None
                assert cursor == Cursor(before.epoch, before.version + 1)
                self.told[key] = cursor
            case Gap(key, _, cursor, _):
                assert not self.is_honest, telling
                assert cursor == before
                self.told[key] = None
            case Ended():
                raise AssertionError(telling)


class ExactnessAgainstErrors(Exactness):
    is_honest = False


TestOverLinesThatBreak = Exactness.TestCase
TestOverLinesThatErr = ExactnessAgainstErrors.TestCase
TestOverLinesThatBreak.settings = settings(deadline=None, max_examples=100, stateful_step_count=40)
TestOverLinesThatErr.settings = settings(deadline=None, max_examples=100, stateful_step_count=40)
