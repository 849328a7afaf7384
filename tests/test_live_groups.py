"""Who follows one key, in groups that stand alike before it; and how little of memory that takes."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc
from collections import defaultdict
from collections.abc import Sequence
from random import Random

import pytest

from port.actor import Actor, Role
from port.sessions import Admission
from web.live_frames import Close, Cursor, Frame
from web.live_groups import Group, Topic, Viewer
from web.live_tail import Answers, Tail, Wish
from web.live_topics import Topics

_KEYS = 1000
# By what there is: the topic 80, its group 56, wish and cursor 32 each, key and epoch 73 each, and room for it in two
# dictionaries.  A tuple of one for each, or a frame that was told and stays, would not pass.
_BYTES_PER_KEY = 490


class _Silent:
    """A peer that keeps nothing."""

    def send(self, told: Sequence[Frame], *, is_asked: bool) -> None:
        pass

    def end(self, close: Close, reason: str = "") -> None:
        pass


def viewer(name: str = "A") -> Viewer:
    actor = Actor(name, "CUSTOMS", "Customs", Role.CUSTOMS, frozenset())
    return Viewer(Admission(actor), actor, _Silent(), 0.0)


def wish(one: Viewer, version: int) -> Wish:
    return Wish(one.actor, Cursor("e", version))


def standing(topic: Topic) -> dict[Wish, list[Viewer]]:
    return {group.wish: sorted(group.members, key=id) for group in topic.groups}


@pytest.mark.parametrize("count", [1, 2, 3, 8, 9, 20])
def test_so_many_who_stand_alike_are_one_group(count: int):
    topic, viewers = Topic("container:X"), [viewer() for _ in range(count)]
    for one in viewers:
        topic.place(one, wish(one, 1))
    assert standing(topic) == {wish(viewers[0], 1): sorted(viewers, key=id)}
    for one in viewers:
        place = one.keys.pop(topic.key)
        assert isinstance(place, Group)
        place.discard(one)
    assert topic.groups == ()
    assert not topic.is_followed


@pytest.mark.parametrize("seed", range(20))
def test_groups_are_what_plain_lists_would_be(seed: int):
    random, topic = Random(seed), Topic("container:X")
    viewers = [viewer(name) for name in "ABC" for _ in range(random.choice((1, 3, 12)))]
    expected: dict[Wish, list[Viewer]] = defaultdict(list)
    for _ in range(300):
        one = random.choice(viewers)
        place = one.keys.get(topic.key)
        if place is None:
            where = wish(one, random.randrange(4))
            topic.place(one, where)
            expected[where].append(one)
        elif random.random() < 0.5:
            assert isinstance(place, Group)
            expected[place.wish].remove(one)
            del one.keys[topic.key]
            place.discard(one)
        else:
            assert isinstance(place, Group)
            told, after = place.wish, wish(one, random.randrange(4))
            if told != after:
                topic.advance(place, after)
                expected[after] += expected.pop(told)
        assert standing(topic) == {where: sorted(there, key=id) for where, there in expected.items() if there}
        assert all(one.keys[topic.key].wish == where for where, there in expected.items() for one in there)


async def _memory_of_followed_keys() -> float:
    """Bytes for each key that one stream alone follows, after it was told."""

    async def ask(wishes: dict[str, list[Wish]], _hints: object) -> dict[str, Answers]:
        told = Frame("snapshot", bytes(2000))
        return {key: {one: _tail(key, told) for one in wanted} for key, wanted in wishes.items()}

    def _tail(key: str, told: Frame) -> Tail:
        return Tail(Cursor(f"{key:>24.24}", 1), recovered=False, frames=(told,))

    topics = Topics(ask)
    topics.start()
    one = viewer()
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for number in range(_KEYS):
        topics.follow(one, f"container:CSQU30{number:05}", since=None, id=number)
    while one.joining:
        answered = asyncio.Event()
        one.on_room = answered.set
        await answered.wait()
    await asyncio.sleep(0)
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    await topics.stop()
    return (after - before) / _KEYS


def test_a_key_that_one_stream_follows_costs_less_than_half_a_kilobyte_and_nothing_of_what_was_told():
    assert asyncio.run(_memory_of_followed_keys()) <= _BYTES_PER_KEY
