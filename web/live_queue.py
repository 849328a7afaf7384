"""Which keys are to be read, and which of them first."""

from __future__ import annotations

from itertools import islice

from web.live_frames import Rank
from web.live_groups import Topic

_PATIENCE = 16
"""How many times others are taken before what goes last has its turn."""


class Queue:
    """Keys that wait to be read, each once.  Those who follow already go before those who come; a terminal's work list
    goes before all, and the whole port, which takes long to read, is taken alone and last."""

    def __init__(self) -> None:
        self._changed: dict[Rank, dict[Topic, None]] = {rank: {} for rank in Rank}
        self._joined: dict[Rank, dict[Topic, None]] = {rank: {} for rank in Rank}
        self._passed_over = 0

    def __bool__(self) -> bool:
        return any(self._changed.values()) or any(self._joined.values())

    @property
    def is_urgent(self) -> bool:
        """Whether a terminal's work list waits."""
        return bool(self._changed[Rank.FIRST] or self._joined[Rank.FIRST])

    def add(self, topic: Topic, *, is_new: bool) -> None:
        """It has changed, or somebody new follows it."""
        if not is_new:
            self._joined[topic.rank].pop(topic, None)
            self._changed[topic.rank][topic] = None
        elif topic not in self._changed[topic.rank]:
            self._joined[topic.rank][topic] = None

    def discard(self, topic: Topic) -> None:
        """Nobody follows it any more."""
        self._changed[topic.rank].pop(topic, None)
        self._joined[topic.rank].pop(topic, None)

    def take(self, count: int) -> list[Topic]:
        """Up to so many to be read together; none when none waits."""
        last = self._changed[Rank.LAST] or self._joined[Rank.LAST]
        taken = [] if last and self._passed_over >= _PATIENCE else self._take_others(count)
        if taken or not last:
            self._passed_over += 1 if last else 0
            return taken
        self._passed_over = 0
        return _take_out(last, 1)

    def _take_others(self, count: int) -> list[Topic]:
        taken: list[Topic] = []
        for rank in (Rank.FIRST, Rank.MIDDLE):
            for waiting in (self._changed[rank], self._joined[rank]):
                taken += _take_out(waiting, count - len(taken))
        return taken


def _take_out(waiting: dict[Topic, None], count: int) -> list[Topic]:
    taken = list(islice(waiting, count))
    for topic in taken:
        del waiting[topic]
    return taken
