"""web.live_foreseeing: a reading goes once to PostgreSQL, and tells the same whatever was foreseen."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import Connection

from build_live import KEY, LivePort, live_port
from build_port import BOX, at, discharged, manifest, moved
from events.feed import Hint
from events.line import Line, _Piped
from port import register
from port.errors import PortError
from web.live_foreseeing import answer_foreseen
from web.live_frames import Cursor
from web.live_keys import LiveKeys
from web.live_tail import MAX_TAIL, Answers, Tail, Wish, answer_all

pytestmark = pytest.mark.anyio
OTHER, NEVER = "TGHU1643396", "MSKU6011672"
KEYS = [
    KEY,
    f"container:{OTHER}",
    f"container:{NEVER}",
    "container:no\0box",
    "instructions:XMHT",
    "officers",
    "nothing:",
]


@pytest.fixture
async def port(postgresql_url: str) -> AsyncIterator[LivePort]:
    """A box that was one forwarder's and became another's, and another box."""
    async with live_port(postgresql_url) as opened:
        await opened.customs(manifests=[named("HERON", minutes_ago=90)])
        await opened.gate(discharged(minutes_ago=60))
        await opened.customs(manifests=[named("EGRET", minutes_ago=30)])
        for minutes_ago in (20, 10):
            await opened.gate(moved("DROP", minutes_ago=minutes_ago, position=f"P{minutes_ago}"))
        await opened.gate(moved("DROP", minutes_ago=5, equipmentReference=OTHER))
        yield opened


def named(code: str, *, minutes_ago: float) -> dict[str, object]:
    return manifest(forwarder={"code": code, "name": f"{code} of Xiamen"}, consignee=None, issuedAt=at(minutes_ago))


def told(answers: dict[str, Answers]) -> dict[str, dict[Wish, object]]:
    """The answers, a refusal as its words."""
    return {
        key: {wish: str(one) if isinstance(one, PortError) else one for wish, one in of_key.items()}
        for key, of_key in answers.items()
    }


async def plainly(port: LivePort, wishes: dict[str, list[Wish]]) -> dict[str, dict[Wish, object]]:
    """What is told when nothing is foreseen."""
    return told(await port.port.read(answer_all, LiveKeys(port.port.database_id), wishes))


async def standing(port: LivePort) -> dict[str, list[Wish]]:
    """Everybody before every key, up to every version of the box under each grant, and of nothing."""
    actors = [await port.actor("customs"), await port.actor("terminal", "TERMINAL", "XMHT")]
    actors += [await port.actor("forwarder", code) for code in ("HERON", "EGRET", "STRANGER")]
    whole = await port.port.read(
        answer_all, LiveKeys(port.port.database_id), {KEY: [Wish(actor, None) for actor in actors]}
    )
    heads = [tail.cursor for tail in whole[KEY].values() if isinstance(tail, Tail)]
    cursors = [Cursor(head.epoch, version) for head in heads for version in range(head.version + 2)]
    return {key: [Wish(actor, cursor) for actor in actors for cursor in (None, *cursors)] for key in KEYS}


async def hint_of(port: LivePort, number: str) -> Hint:
    """What was told of a box's last commit."""
    seen = await port.seen(await port.actor("customs"), number)
    assert seen is not None
    return Hint(f"visit:{seen.visit_id}", seen.version, 1, number)


async def test_whatever_is_hinted_the_same_is_told(port: LivePort) -> None:
    right, others = await hint_of(port, BOX), await hint_of(port, OTHER)
    hints = [
        right,
        others,
        Hint(right.key, right.version - 2, 1, BOX),
        Hint(right.key, right.version + 3, 1, BOX),
        Hint(others.key, right.version, 1, BOX),
        Hint("visit:nobody's", right.version, 1, BOX),
        Hint("visit:\0", right.version, 1, BOX),
        Hint("", 0, 0),
    ]
    wishes = await standing(port)
    expected = await plainly(port, wishes)
    keys = LiveKeys(port.port.database_id)
    assert told(await port.port.read(answer_foreseen, keys, wishes, {})) == expected
    for hint in hints:
        assert told(await port.port.read(answer_foreseen, keys, wishes, dict.fromkeys(KEYS, hint))) == expected, hint
    assert "HERON" in str(expected)


@pytest.mark.parametrize(
    # What a vessel's box asks of its call is in its record, which must be read first.
    ("number", "is_hinted", "expected"),
    [(OTHER, True, 1), (OTHER, False, 2), (BOX, True, 2), (BOX, False, 3)],
)
async def test_a_phone_that_is_one_behind_waits_for_one_way_to_the_database(
    port: LivePort, monkeypatch: pytest.MonkeyPatch, number: str, is_hinted: bool, expected: int
) -> None:
    keys, hint, key = LiveKeys(port.port.database_id), await hint_of(port, number), f"container:{number}"
    wish = Wish(await port.actor("customs"), None)
    stands = (await port.port.read(answer_all, keys, {key: [wish]}))[key][wish]
    assert isinstance(stands, Tail)
    behind = Wish(wish.actor, Cursor(stands.cursor.epoch, stands.cursor.version - 1))
    ways, hear = list[int](), _Piped._hear
    monkeypatch.setattr(_Piped, "_hear", lambda piped: [ways.append(1), hear(piped)][1])

    def ask(connection: Connection) -> tuple[dict[str, Answers], int]:
        ways.clear()
        return answer_foreseen(connection, keys, {key: [behind]}, {key: hint} if is_hinted else {}), len(ways)

    answers, waited = await port.port.read(ask)
    tail = answers[key][behind]
    assert isinstance(tail, Tail)
    assert [frame.name for frame in tail.frames] == ["event"]
    assert waited == expected


@pytest.mark.parametrize("number", [OTHER, BOX])
async def test_what_is_foreseen_for_a_phone_that_is_one_behind_is_asked(port: LivePort, number: str) -> None:
    keys, hint, key = LiveKeys(port.port.database_id), await hint_of(port, number), f"container:{number}"
    wish = Wish(await port.actor("customs"), None)
    stands = (await port.port.read(answer_all, keys, {key: [wish]}))[key][wish]
    assert isinstance(stands, Tail)
    behind = Wish(wish.actor, Cursor(stands.cursor.epoch, stands.cursor.version - 1))

    def left(connection: Connection) -> list[object]:
        answer_foreseen(connection, keys, {key: [behind]}, {key: hint})
        line = connection.connection.dbapi_connection
        assert isinstance(line, Line)
        return [answer.given for of_text in line._piped._foreseen.values() for answer in of_text]

    assert await port.port.read(left) == []


async def test_a_live_event_is_foreseen_by_what_woke_it(port: LivePort, monkeypatch: pytest.MonkeyPatch) -> None:
    foreseen = list[tuple[object, ...]]()
    foresee = register.foresee_changes_after
    monkeypatch.setattr(register, "foresee_changes_after", lambda *given: [foreseen.append(given[1:]), foresee(*given)])
    client = await port.client("customs")
    subscribed, _ = await client.subscribe(KEY)
    await port.gate(moved("DROP", minutes_ago=1, position="P1"))
    [event] = await client.hear()
    key = (await hint_of(port, BOX)).key
    assert event["event"]["version"] == subscribed["subscribed"]["version"] + 1
    assert foreseen == [(key, subscribed["subscribed"]["version"] - 1, MAX_TAIL + 1)]
    assert not port.live._topics._hints
