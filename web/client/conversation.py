"""One follower's side of the stream, frame by frame: no sockets, clock or chance.

It keeps up to where each key was told, checks that the versions of a key leave nothing out and repeat nothing, and asks
on from there on the next line.  What was told wrongly is reported and asked for anew, without a cursor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from web.client.tellings import Cursor, Ended, Event, Fault, Gap, Snapshot, Stub, Telling, Wire

MAX_KEYS = 128
HEARTBEAT_SECONDS = 25.0
_MENDS_AT_MOST = 3
_BROKEN = 4000


@dataclass(frozen=True, slots=True)
class Parting:
    """Why a line ended; `is_final` where coming back will not help."""

    code: int
    reason: str
    is_final: bool


@dataclass(frozen=True, slots=True)
class Turn:
    """What follows from one thing heard: frames for the port, tellings for whoever follows, and perhaps the end."""

    say: tuple[Wire, ...] = ()
    tell: tuple[Telling, ...] = ()
    parting: Parting | None = None


_NOTHING = Turn()


class TooManyKeys(ValueError):
    """A stream follows at most 128 keys."""


@dataclass(slots=True)
class _Followed:
    """A key: `asked` is the id of a request without an answer, `snapshot_of` the cursor of a snapshot to come."""

    cursor: Cursor | None = None
    asked: int | None = None
    snapshot_of: Cursor | None = None
    mends: int = 0

    @property
    def is_told(self) -> bool:
        return self.asked is None and self.snapshot_of is None


class Conversation:
    """What is said and heard about some keys, over one line after another."""

    def __init__(self, keys: Mapping[str, Cursor | None]) -> None:
        _require_room(len(keys))
        self._keys = {key: _Followed(cursor) for key, cursor in keys.items()}
        self._next_id = 1
        self.is_connected = False
        self.heartbeat_seconds = HEARTBEAT_SECONDS

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that are followed or asked for."""
        return tuple(self._keys)

    @property
    def is_settled(self) -> bool:
        """Whether all that was asked for is answered."""
        return self.is_connected and all(one.is_told for one in self._keys.values())

    def begin(self, ticket: str) -> Turn:
        """A new line is open: nothing asked on the former one will be answered."""
        self.is_connected = False
        for one in self._keys.values():
            one.asked = one.snapshot_of = None
        return Turn(say=({"id": self._id(), "connect": {"ticket": ticket}},))

    def subscribe(self, key: str, since: Cursor | None = None) -> Turn:
        """Follow one more key; one that is followed already goes on."""
        if key in self._keys:
            return _NOTHING
        _require_room(len(self._keys) + 1)
        one = self._keys[key] = _Followed(since)
        return Turn(say=(self._ask(key, one),)) if self.is_connected else _NOTHING

    def unsubscribe(self, key: str) -> Turn:
        """Follow a key no longer."""
        if self._keys.pop(key, None) is None or not self.is_connected:
            return _NOTHING
        return Turn(say=(self._leave(key),))

    def hear(self, frame: Wire) -> Turn:
        """One frame of the port; of a kind that is not known yet, nothing."""
        for name, hear in _HEARD.items():
            told = frame.get(name)
            if isinstance(told, dict):
                return hear(self, told, frame.get("id"))
        return _NOTHING

    def _connected(self, told: Wire, _id: int | None) -> Turn:
        self.is_connected = True
        self.heartbeat_seconds = float(told.get("heartbeatSeconds", HEARTBEAT_SECONDS))
        return Turn(say=tuple(self._ask(key, one) for key, one in self._keys.items()))

    def _subscribed(self, told: Wire, id: int | None) -> Turn:
        key, one = self._find(told)
        if one is None or one.asked != id:
            # Of a key that was left, or the answer to an earlier request for it.
            return _NOTHING
        cursor, was_asked = Cursor(told["epoch"], told["version"]), one.asked is not None
        one.asked = None
        if not told["recovered"]:
            one.snapshot_of = cursor
            return _NOTHING
        if not was_asked or one.cursor is None:
            return self._mend(key, one, Fault.ORDER, cursor.version)
        if one.cursor.epoch != cursor.epoch or one.cursor.version > cursor.version:
            return self._mend(key, one, Fault.HEAD, cursor.version)
        return _NOTHING

    def _snapshot(self, told: Wire, _id: int | None) -> Turn:
        key, one = self._find(told)
        if one is None or one.asked is not None:
            return _NOTHING
        if one.snapshot_of is None:
            return self._mend(key, one, Fault.ORDER, told["version"])
        if one.snapshot_of.version != told["version"]:
            return self._mend(key, one, Fault.HEAD, told["version"])
        one.cursor, one.snapshot_of = one.snapshot_of, None
        return Turn(tell=(Snapshot(key, one.cursor, told["data"]),))

    def _event(self, told: Wire, _id: int | None) -> Turn:
        key, one = self._find(told)
        if one is None or one.asked is not None:
            return _NOTHING
        version = told["version"]
        if one.cursor is None or one.snapshot_of is not None:
            return self._mend(key, one, Fault.ORDER, version)
        if version != one.cursor.version + 1:
            fault = Fault.REPEAT if version <= one.cursor.version else Fault.HOLE
            return self._mend(key, one, fault, version)
        one.cursor = Cursor(one.cursor.epoch, version)
        return Turn(tell=(_told(key, one.cursor, told),))

    def _heartbeat(self, told: Wire, _id: int | None) -> Turn:
        turns = [Turn(say=({"pong": {}},))]
        # A line of server-sent events says which key its heartbeat is about.
        for key in told.get("about", tuple(self._keys)):
            one = self._keys.get(key)
            if one is None or one.asked is not None:
                continue
            version = told.get("versions", {}).get(key)
            # A snapshot comes with its answer: one that is still awaited was lost.
            if one.snapshot_of is None and one.cursor is not None and version == one.cursor.version:
                one.mends = 0
            else:
                turns.append(self._mend(key, one, Fault.HEAD, version))
        return _together(turns)

    def _unsubscribed(self, told: Wire, _id: int | None) -> Turn:
        key, one = self._find(told)
        if one is None or one.asked is not None:
            return _NOTHING
        del self._keys[key]
        return Turn(tell=(Ended(key, told["reason"]),))

    def _error(self, told: Wire, id: int | None) -> Turn:
        refused = next((key for key, one in self._keys.items() if id is not None and one.asked == id), None)
        if refused is None:
            return _NOTHING
        del self._keys[refused]
        message = " ".join(part for part in (told.get("message"), told.get("fix")) if part)
        return Turn(tell=(Ended(refused, told["reason"], message),))

    def _disconnect(self, told: Wire, _id: int | None) -> Turn:
        self.is_connected = False
        return Turn(parting=Parting(told["code"], told["reason"], not told.get("reconnect", True)))

    def _mend(self, key: str, one: _Followed, fault: Fault, version: int | None) -> Turn:
        """Report what was told wrongly and ask anew, from nothing; a port that goes on so is left for a while."""
        gap = Gap(key, fault, one.cursor, version)
        one.cursor = one.snapshot_of = None
        one.mends += 1
        if one.mends > _MENDS_AT_MOST:
            one.mends = 0
            return Turn(tell=(gap,), parting=Parting(_BROKEN, "TOLD_WRONGLY", is_final=False))
        return Turn(say=(self._leave(key), self._ask(key, one)), tell=(gap,))

    def _find(self, told: Wire) -> tuple[str, _Followed | None]:
        key: str = told["key"]
        return key, self._keys.get(key)

    def _ask(self, key: str, one: _Followed) -> Wire:
        one.asked, one.snapshot_of = self._id(), None
        wanted: Wire = {"key": key}
        if one.cursor is not None:
            wanted["since"] = {"epoch": one.cursor.epoch, "version": one.cursor.version}
        return {"id": one.asked, "subscribe": wanted}

    def _leave(self, key: str) -> Wire:
        return {"id": self._id(), "unsubscribe": {"key": key}}

    def _id(self) -> int:
        self._next_id += 1
        return self._next_id - 1


_HEARD = {
    "connected": Conversation._connected,
    "subscribed": Conversation._subscribed,
    "snapshot": Conversation._snapshot,
    "event": Conversation._event,
    "heartbeat": Conversation._heartbeat,
    "unsubscribed": Conversation._unsubscribed,
    "error": Conversation._error,
    "disconnect": Conversation._disconnect,
}


def _told(key: str, cursor: Cursor, told: Wire) -> Telling:
    if "data" not in told:
        return Stub(key, cursor, datetime.fromisoformat(told["at"]))
    return Event(key, cursor, told["eventID"], told["type"], told["data"])


def _together(turns: Sequence[Turn]) -> Turn:
    return Turn(
        say=tuple(frame for turn in turns for frame in turn.say),
        tell=tuple(telling for turn in turns for telling in turn.tell),
        parting=next((turn.parting for turn in turns if turn.parting), None),
    )


def _require_room(keys: int) -> None:
    if keys > MAX_KEYS:
        raise TooManyKeys(f"a stream follows at most {MAX_KEYS} keys, not {keys}")
