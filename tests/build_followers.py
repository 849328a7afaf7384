"""People who follow keys by connections that fail, and what each knows of a key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from build_live import Client
from port.actor import Actor
from web.live_frames import Close, Frame

Cursor = tuple[str, int]


class Flaky(Client):
    """A client that may stop reading: it takes so many more frames, and is cut off by the next."""

    takes: int | None = None
    loses_every: int = 0
    repeats_every: int = 0
    sent: int = 0

    def send(self, told: Sequence[Frame], *, is_asked: bool) -> None:
        self._take([one for frame in told for one in self._as_it_comes(frame)], is_asked=is_asked)

    def _as_it_comes(self, frame: Frame) -> list[Frame]:
        if frame.name != "event":
            return [frame]
        self.sent += 1
        if self.loses_every and self.sent % self.loses_every == 0:
            return []
        return [frame, frame] if self.repeats_every and self.sent % self.repeats_every == 0 else [frame]

    def _take(self, told: Sequence[Frame], *, is_asked: bool) -> None:
        if self.takes is None or self.ended is not None:
            super().send(told, is_asked=is_asked)
            return
        taken = tuple(told)[: self.takes]
        self.takes -= len(taken)
        super().send(taken, is_asked=is_asked)
        if len(taken) < len(told):
            self.end(Close.TOO_SLOW)


@dataclass
class Place:
    """What one person knows of one key; `data` is None where it came with a cursor it had from elsewhere."""

    key: str
    epoch: str = ""
    version: int | None = None
    data: dict[str, Any] | None = None
    is_followed: bool = False
    past: dict[Cursor, dict[str, Any] | None] = field(default_factory=dict)

    def hear(self, name: str, told: dict[str, Any]) -> None:
        """Take in a frame about the key, as any client must be able to."""
        if name == "subscribed":
            if not told["recovered"]:
                self.version, self.data = None, None
            else:
                assert (told["epoch"], self.is_followed) == (self.epoch, True), "recovered what was not asked for"
            self.epoch = told["epoch"]
            return
        if name == "snapshot":
            assert self.version is None, "a snapshot that nobody announced"
            self.version, self.data = told["version"], told["data"]
        else:
            assert self.version is not None, "an event before any snapshot"
            assert told["version"] == self.version + 1, f"a hole or a repeat: {told['version']} after {self.version}"
            self.version = told["version"]
            self.data = told.get("data", self.data)
        self.past[self.epoch, self.version] = self.data


@dataclass
class Person:
    """A party's line of keys, its one connection, and what it knows."""

    actor: Actor
    places: dict[str, Place] = field(default_factory=dict)
    client: Flaky | None = None
    node: int = 0

    def place(self, key: str) -> Place:
        return self.places.setdefault(key, Place(key))
