"""Our server for the feed's benchmarks: `digital-port serve` as it is, and a socket on which versions are published.

    python -m bench.feed_server memory PORT CONTROL      (settings from the environment, as for serve)

`memory`: what is published is kept in memory, and the stream's reader is given it instead of the log.  Everything else
is as it is: tickets, frames, topics, the transport.  So it does what a broker does, which keeps no log either.
`log`: each version published is committed to the database and goes the whole way.  `plain`: there is no such socket.
With BENCH_COMMITS=path, the time of each version's commit is written there, as the feed hears of it.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path
from typing import Any

import orjson
from fastapi import FastAPI

from bench.feed_log import Versions
from bench.feed_peers import Published
from events.feed import Hint
from web import cli_serve
from web import live_frames as frames
from web.app import create_app, open_port
from web.console import require_tables, settings_from_environment
from web.live import Live
from web.live import router as live_router
from web.live_frames import Cursor, Frame
from web.live_tail import Answers, Tail, Wish
from web.port import Port
from web.settings import Settings

_EPOCH = "memory"
# More than can be on the way to one key.
_MAX_KEPT = 128


class _Told:
    """The last versions of one key: the number of those let go, and what was published after them."""

    __slots__ = ("gone", "payloads")

    def __init__(self) -> None:
        self.gone = 0
        self.payloads: list[bytes] = []

    @property
    def version(self) -> int:
        return self.gone + len(self.payloads)

    def let_go(self, version: int) -> None:
        """All up to that version has been told."""
        if version > self.gone:
            del self.payloads[: version - self.gone]
            self.gone = version

    def events(self, key: str) -> tuple[Frame, ...]:
        """What has not been told, each version encoded once."""
        told, version = [], self.gone
        for payload in self.payloads:
            version += 1
            # It is JSON already, as it is for a broker, and orjson writes it as the object that it is.
            data: dict[str, object] = orjson.Fragment(payload)  # type: ignore[assignment]
            told.append(frames.event(key, Cursor(_EPOCH, version), event_id="E", type="DROP", data=data))
        return tuple(told)


class Memory:
    """Versions of keys in memory until they are told, and the reader over them."""

    def __init__(self) -> None:
        self._told: defaultdict[str, _Told] = defaultdict(_Told)
        self._changed: dict[str, None] = {}

    def publish(self, key: str, payload: bytes) -> None:
        """The key's next version."""
        told = self._told[key]
        told.payloads.append(payload)
        if len(told.payloads) > _MAX_KEPT:
            told.let_go(told.gone + 1)
        self._changed[key] = None

    def take(self) -> tuple[str, ...]:
        """The keys published since this was last asked."""
        changed, self._changed = tuple(self._changed), {}
        return changed

    async def ask(self, wishes: dict[str, list[Wish]], _hints: object) -> dict[str, Answers]:
        """As the log's reader answers: each version encoded once, and the same to all who stand alike."""
        return {key: self._answers(key, wanted) for key, wanted in wishes.items()}

    def _answers(self, key: str, wanted: list[Wish]) -> Answers:
        told = self._told[key]
        told.let_go(min(_version(wish.cursor) for wish in wanted))
        events = told.events(key)
        tails: dict[int, Tail] = {}
        for since in {_version(wish.cursor) for wish in wanted}:
            head = Cursor(epoch=_EPOCH, version=told.version)
            if since >= told.gone:
                tails[since] = Tail(head, recovered=True, frames=events[since - told.gone :])
            else:
                tails[since] = Tail(head, recovered=False, frames=(frames.snapshot(key, head, {}),))
        return {wish: tails[_version(wish.cursor)] for wish in wanted}


def _version(cursor: Cursor | None) -> int:
    return -1 if cursor is None or cursor.epoch != _EPOCH else cursor.version


class Commits:
    """What was published since the last commit, committed together: one commit at a time, as the Recorder does."""

    def __init__(self, versions: Versions) -> None:
        self._versions = versions
        self._waiting: list[str] = []
        self._something = asyncio.Event()

    def publish(self, key: str, _payload: bytes) -> None:
        """Give the box behind a key its next version."""
        self._waiting.append(key.removeprefix("container:"))
        self._something.set()

    async def run(self) -> None:
        """Commit what waits, for ever."""
        while True:
            await self._something.wait()
            self._something.clear()
            waiting, self._waiting = self._waiting, []
            await self._versions.commit(waiting)


def main() -> None:
    """Serve until told to stop."""
    mode, port, control = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    settings = settings_from_environment(port=port)
    require_tables(settings, may_create=True)
    app = _in_memory(settings, control) if mode == "memory" else _whole(settings, control, mode)
    configuration = cli_serve._configuration(app, settings)
    with closing(cli_serve._listen(configuration)) as listening, suppress(KeyboardInterrupt):
        cli_serve._Server(configuration, app).run(sockets=[listening])


def _in_memory(settings: Settings, control: int) -> FastAPI:
    """The stream alone, over versions in memory; tickets are of the database."""
    memory = Memory()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.port = port = open_port(settings)
        port.recorder.start()
        app.state.live = live = Live(port, ask=memory.ask)
        await live.start()
        async with _published(lambda: Published(memory.publish, lambda: live.wake(memory.take())), control):
            yield
        await live.stop()
        port.recorder.stop()
        port.database.close()

    app = FastAPI(lifespan=lifespan)
    app.include_router(live_router)
    return app


def _whole(settings: Settings, control: int, mode: str) -> FastAPI:
    """The server as it is."""
    app = create_app(settings)
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[Any]:  # whatever state the inner one gives
        async with inner(app) as state:
            if path := os.environ.get("BENCH_COMMITS"):
                _write_commits(app.state.port, Path(path))
            commits = Commits(Versions(app.state.port.recorder))
            committing = asyncio.create_task(commits.run())
            publish = commits.publish if mode == "log" else _nothing
            async with _published(lambda: Published(publish), control):
                yield state
            committing.cancel()

    app.router.lifespan_context = lifespan
    return app


def _nothing(_key: str, _payload: bytes) -> None:
    return


@asynccontextmanager
async def _published(protocol: Callable[[], asyncio.Protocol], control: int) -> AsyncIterator[None]:
    listening = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", control)
    yield
    listening.close()


def _write_commits(port: Port, path: Path) -> None:
    """The time of each commit, taken where the feed hears of it: on the Recorder's thread, right after the commit."""
    file = path.open("w", buffering=1, encoding="ascii")

    def hear(hints: tuple[Hint, ...]) -> None:
        at = time.monotonic_ns()
        file.write("".join(f"{hint.key} {hint.subject or '-'} {hint.version} {at}\n" for hint in hints))

    port.feed.listen(hear)


if __name__ == "__main__":
    main()
