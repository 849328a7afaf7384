"""What wakes a stream when another node commits: NATS, PostgreSQL's NOTIFY, and the look at the log; each alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial

import msgspec
import psycopg
import pytest
from sqlalchemy import URL, make_url

from build_feed import until
from build_live import Client, LivePort, live_port
from build_port import moved
from events.feed import Hint
from port import following, notifying
from port.database import Database, open_database
from port.notifying import NotHeard, announce, channel_of
from web import live_watch

pytestmark = pytest.mark.server
BOX = "CSQU3054383"
KEY = f"container:{BOX}"
DATABASE = "0123456789abcdef0123456789abcdef"
FOR_EVER = 1000.0


async def silent(_url: URL, _database_id: str) -> AsyncIterator[int]:
    """A database that notifies nobody."""
    yield 0
    await asyncio.sleep(FOR_EVER)


@pytest.fixture
def nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the look twice a second only a wake-up can bring news."""
    monkeypatch.setattr(live_watch, "FOLLOW_SECONDS", FOR_EVER)


@pytest.fixture
def nobody_notifies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notifying, "positions", silent)


async def follower(port: LivePort) -> Client:
    """Who follows the box at that node, and has its snapshot."""
    client = await port.client("customs")
    await client.subscribe(KEY)
    return client


async def hears_of(client: Client, commit: Callable[[], Awaitable[object]]) -> str:
    """The type of the event that a commit elsewhere brings."""
    await commit()
    [told] = await client.hear()
    return str(told["event"]["type"])


async def tell(port: LivePort, code: str, minutes_ago: int) -> None:
    await port.gate(moved(code, box=BOX, minutes_ago=minutes_ago))


async def between(writer: LivePort, reader: LivePort) -> list[str]:
    await tell(writer, "DISC", 40)
    client = await follower(reader)
    return [
        await hears_of(client, partial(tell, writer, code, minutes))
        for minutes, code in ((30, "DROP"), (20, "PICK"), (10, "DROP"))
    ]


@pytest.mark.usefixtures("nobody_looks")
def test_a_notification_leads_to_the_log(postgresql_url: str):
    async def run() -> None:
        async with live_port(postgresql_url) as writer, live_port(postgresql_url, role="feed") as reader:
            await until(lambda: reader.port.nodes.is_notified)
            assert await between(writer, reader) == ["DROP", "PICK", "DROP"]
            assert reader.port.nodes.wakeups["notify"] >= 3

    asyncio.run(run())


@pytest.mark.usefixtures("nobody_looks", "nobody_notifies")
def test_a_hint_by_nats_leads_to_the_reading_itself(postgresql_url: str, nats_url: str):
    async def run() -> None:
        async with (
            live_port(postgresql_url, nats_url=nats_url) as writer,
            live_port(postgresql_url, nats_url=nats_url, role="feed") as reader,
        ):
            await until(lambda: writer.port.nodes.is_joined and reader.port.nodes.is_joined)
            assert await between(writer, reader) == ["DROP", "PICK", "DROP"]
            # Joining is one reason to look at the log, and there was no other.
            assert reader.port.nodes.wakeups["gap"] <= 1

    asyncio.run(run())


@pytest.mark.usefixtures("nobody_looks", "nobody_notifies")
def test_what_was_heard_and_told_is_not_read_again_when_the_look_finds_it(postgresql_url: str, nats_url: str):
    async def run() -> None:
        async with (
            live_port(postgresql_url, nats_url=nats_url) as writer,
            live_port(postgresql_url, nats_url=nats_url, role="feed") as reader,
        ):
            await until(lambda: writer.port.nodes.is_joined and reader.port.nodes.is_joined)
            await tell(writer, "DISC", 40)
            client = await follower(reader)
            await reader.live._watch._look()
            found = reader.port.nodes.wakeups["log"]
            for minutes, code in ((30, "DROP"), (20, "PICK"), (10, "DROP")):
                assert await hears_of(client, partial(tell, writer, code, minutes)) == code
                await reader.live._watch._look()
            assert reader.port.nodes.wakeups["log"] == found

    asyncio.run(run())


def test_a_hint_that_came_before_its_commit_does_not_hide_it(postgresql_url: str, nats_url: str):
    async def run() -> None:
        async with (
            live_port(postgresql_url) as writer,
            live_port(postgresql_url, nats_url=nats_url, role="feed") as reader,
        ):
            await until(lambda: reader.port.nodes.is_joined)
            await tell(writer, "DISC", 40)
            client = await follower(reader)
            heads = await writer.port.read(following.heads_from, 0)
            [visit] = [head for head in heads if head.key.startswith("visit:")]
            last = max(head.position for head in heads)
            assert reader.port.nodes.joined is not None
            for position in range(last + 1, last + 5):
                early = Hint(visit.key, visit.version + 1, position, BOX)
                reader.port.nodes.joined._take(msgspec.json.encode(early))
            assert await client.hears_nothing_more(0.2)
            assert await hears_of(client, partial(tell, writer, "DROP", 30)) == "DROP"

    asyncio.run(run())


@pytest.mark.usefixtures("nobody_notifies")
def test_without_any_wake_up_the_log_is_looked_at(postgresql_url: str):
    async def run() -> None:
        async with live_port(postgresql_url) as writer, live_port(postgresql_url, role="feed") as reader:
            assert await between(writer, reader) == ["DROP", "PICK", "DROP"]
            assert reader.port.nodes.wakeups["log"] >= 3

    asyncio.run(run())


def test_what_a_lying_hint_tells_is_looked_up_and_what_it_hides_is_found(postgresql_url: str, nats_url: str):
    async def run() -> None:
        async with (
            live_port(postgresql_url) as writer,
            live_port(postgresql_url, nats_url=nats_url, role="feed") as reader,
        ):
            await until(lambda: reader.port.nodes.is_joined)
            await tell(writer, "DISC", 40)
            client = await follower(reader)
            nodes = reader.port.nodes
            assert nodes.joined is not None
            for version in (2, 3, 2**62):
                lie = b'{"key":"visit:nobody","version":%d,"position":%d,"subject":"%s"}' % (
                    version,
                    version,
                    BOX.encode(),
                )
                nodes.joined._take(lie)
            assert await client.hears_nothing_more(0.3)
            assert await hears_of(client, partial(tell, writer, "DROP", 10)) == "DROP"

    asyncio.run(run())


@pytest.mark.usefixtures("nobody_looks")
def test_what_was_committed_while_the_line_was_cut_is_found_when_it_is_back(postgresql_url: str):
    async def run() -> None:
        async with live_port(postgresql_url) as writer, live_port(postgresql_url, role="feed") as reader:
            await until(lambda: reader.port.nodes.is_notified)
            await tell(writer, "DISC", 40)
            client = await follower(reader)
            await asyncio.to_thread(cut_listeners, postgresql_url)
            assert await hears_of(client, partial(tell, writer, "DROP", 10)) == "DROP"

    asyncio.run(run())


def cut_listeners(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'digital-port listening'"
        )


@pytest.fixture
def database(postgresql_url: str) -> Database:
    return open_database(postgresql_url)


def test_a_position_is_told_after_its_commit_and_never_without_one(database: Database):
    async def run() -> list[int]:
        told: list[int] = []
        listening = notifying.positions(database.url, DATABASE)
        told.append(await anext(listening))

        with pytest.raises(ZeroDivisionError):
            await asyncio.to_thread(fail_after_announcing, database, 6)
        await asyncio.to_thread(announce_all, database, 7, 9)
        told += [await anext(listening), await anext(listening)]
        await listening.aclose()
        return told

    assert asyncio.run(run()) == [0, 7, 9]
    database.close()


def announce_all(database: Database, *positions: int) -> None:
    for position in positions:
        with database.write() as connection:
            announce(connection, DATABASE, position)


def fail_after_announcing(database: Database, position: int) -> None:
    with database.write() as connection:
        announce(connection, DATABASE, position)
        raise ZeroDivisionError


def test_what_others_say_on_the_channel_is_no_position(database: Database, postgresql_url: str):
    async def run() -> list[int]:
        listening = notifying.positions(database.url, DATABASE)
        told = [await anext(listening)]
        with psycopg.connect(postgresql_url, autocommit=True) as other:
            for payload in ("", "x", "1e3", "{}"):
                other.execute("SELECT pg_notify(%s, %s)", (channel_of(DATABASE), payload))
        await asyncio.to_thread(announce_all, database, 5)
        told.append(await anext(listening))
        await listening.aclose()
        return told

    assert asyncio.run(run()) == [0, 5]
    database.close()


def test_a_line_that_is_cut_is_heard_no_more_and_another_is(database: Database, postgresql_url: str):
    async def run() -> list[int]:
        listening = notifying.positions(database.url, DATABASE)
        assert await anext(listening) == 0
        waiting = asyncio.ensure_future(anext(listening))
        await asyncio.sleep(0.05)
        with psycopg.connect(postgresql_url, autocommit=True) as operator:
            operator.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE '%ing'"
            )
        with pytest.raises(NotHeard):
            await asyncio.wait_for(waiting, 20)

        again = notifying.positions(database.url, DATABASE)
        told = [await anext(again)]
        await asyncio.to_thread(announce_all, database, 5)
        told.append(await asyncio.wait_for(anext(again), 20))
        await again.aclose()
        return told

    assert asyncio.run(run()) == [0, 5]
    database.close()


def test_what_comes_while_the_line_is_asked_is_told_too(database: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(notifying, "_SILENT_SECONDS", 0.001)

    async def run() -> list[int]:
        listening = notifying.positions(database.url, DATABASE)
        told = [await anext(listening)]
        for position in range(1, 51):
            await asyncio.to_thread(announce_all, database, position)
            told.append(await asyncio.wait_for(anext(listening), 20))
        await listening.aclose()
        return told

    assert asyncio.run(run()) == list(range(51))
    database.close()


def test_a_database_that_is_not_there_is_not_heard():
    async def run() -> None:
        await anext(notifying.positions(make_url("postgresql+psycopg://nobody:secret@127.0.0.1:1/none"), DATABASE))

    with pytest.raises(NotHeard) as why:
        asyncio.run(run())
    assert "secret" not in str(why.value)


def test_on_sqlite_there_is_nobody_to_notify(sqlite_url: str):
    database = open_database(sqlite_url)
    with database.write() as connection:
        announce(connection, DATABASE, 1)
    database.close()
