"""The live stream of one server process: who is connected, what each asks, and the two doors to it.

What is told is `live_topics`' and `live_tail`'s, what it means `live_keys`', how it looks `live_frames`'; bytes and
back-pressure are the peers' (`sockets`, `sse`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from typing import Annotated

import orjson
from fastapi import APIRouter, Depends, Query
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.websockets import WebSocket

from port.actor import Actor
from port.sessions import Admission
from web import live_frames as frames
from web import live_port, sockets, sse
from web.live_admitting import NotLetIn, Redeem, Tickets
from web.live_commands import BadFrame, Command, Subscribe, read
from web.live_frames import HEARTBEAT_SECONDS, MAX_KEYS, Close, Peer
from web.live_groups import Viewer
from web.live_keys import Grant, LiveKeys, Retell, Show, everybody_alike
from web.live_reading import Reading
from web.live_rounds import Rounds
from web.live_topics import Ask, Topics
from web.live_watch import Watch
from web.port import Port
from web.problems import refused
from web.roles import has_stream
from web.security import Caller, caller, refuse_foreign_origin
from web.sockets import Socket
from web.stream_limits import CONNECT_SECONDS

router = APIRouter(tags=["live"])

_JOINING_AT_ONCE = 8
_MAX_BAD_FRAMES = 20
_REMEMBERED_ACTORS = 10_000
_GRACE_SECONDS = 3.0
_STATUSES = {"NOTHING_THERE": 404, "NOTHING_REPORTED_TO_YOU": 404, "NOT_ALLOWED": 403}


class Live:
    """`start` with the server; `stop` before its connections are closed, so that everybody is told to come back.

    `ask` reads what followers must be told, and `redeem` says whom a ticket admits, raising NotLetIn; both ask the
    port's database unless given.
    """

    def __init__(self, port: Port, *, ask: Ask | None = None, redeem: Redeem | None = None) -> None:
        self._port = port
        self._keys = LiveKeys(port.database_id)
        live_port.teach(self._keys)
        self._reading = Reading(port.database, self._keys)
        self._topics = Topics(ask or self._reading.ask)
        self._redeem = redeem or Tickets(port).redeem
        self._admissions: dict[Actor, Admission] = {}
        self._viewers: set[Viewer] = set()
        self._watch = Watch(port, self._topics)
        self._rounds = Rounds(port, self._topics, self._viewers)
        self._is_empty = asyncio.Event()
        self._is_stopped = False

    async def start(self) -> None:
        """Begin to listen and to tell."""
        await self._watch.start()
        self._rounds.start()
        self._topics.start()

    async def stop(self) -> None:
        """Send everybody away with 4001 and wait briefly until they have gone; again does nothing."""
        if self._is_stopped:
            return
        self._is_stopped = True
        await self._watch.stop()
        await self._rounds.stop()
        await self._topics.stop()
        self._reading.stop()
        for viewer in tuple(self._viewers):
            viewer.peer.end(Close.GOING_AWAY)
        if self._viewers:
            with suppress(TimeoutError):
                async with asyncio.timeout(_GRACE_SECONDS):
                    await self._is_empty.wait()

    @property
    def viewers(self) -> int:
        """How many streams are open."""
        return len(self._viewers)

    @property
    def lag_seconds(self) -> float:
        """How long ago it was looked what other processes have committed."""
        return self._watch.lag_seconds

    def register(self, kind: str, *, show: Show, retell: Retell, grant: Grant = everybody_alike) -> None:
        """Tell of keys `kind:<name>` too: what `show` shows at first, and `retell` of each version announced later.

        `grant` names in which capacity an actor sees them: another grant is another epoch.
        """
        self._keys.add(kind, show=show, retell=retell, grant=grant)

    def pace(self, is_writing: Callable[[], bool]) -> None:
        """Tell more at once while the transport is busy writing; only one transport can say so."""
        self._topics.pace(is_writing)

    def wake(self, keys: Iterable[str]) -> None:
        """Read these keys again, if anybody follows them: something may have changed."""
        self._topics.wake(keys)

    def may_open(self, headers: Headers) -> bool:
        """Whether a websocket may be opened at all by a request with these headers, on this node."""
        return has_stream(self._port.settings.role) and self._port.doorkeeper.is_own_origin(headers)

    def open(self, admission: Admission, peer: Peer) -> Viewer:
        """A new stream for whoever was admitted; `close` it when its peer has gone."""
        due = asyncio.get_running_loop().time() + HEARTBEAT_SECONDS
        viewer = Viewer(admission, admission.actor, peer, due)
        self._viewers.add(viewer)
        self._is_empty.clear()
        if self._is_stopped:
            peer.end(Close.GOING_AWAY)
        return viewer

    def close(self, viewer: Viewer) -> None:
        """The peer has gone."""
        self._viewers.discard(viewer)
        for key in tuple(viewer.keys):
            self._topics.leave(viewer, key)
        if not self._viewers:
            self._is_empty.set()

    async def receive(self, viewer: Viewer, text: str) -> None:
        """Obey one frame of a client.

        Waits while many of its keys have no answer yet, so that nobody can ask for more than it reads.
        """
        self.hear(viewer, text)
        while self.is_crowded(viewer):
            room = asyncio.Event()
            viewer.on_room = room.set
            await room.wait()

    def hear(self, viewer: Viewer, text: str) -> None:
        """Obey one frame of a client; it should say no more while it `is_crowded`."""
        try:
            self.obey(viewer, read(text))
        except BadFrame as bad:
            viewer.bad_frames += 1
            viewer.peer.send([told(bad)], is_asked=True)
            if viewer.bad_frames >= _MAX_BAD_FRAMES:
                viewer.peer.end(Close.BAD_FRAMES)

    def is_crowded(self, viewer: Viewer) -> bool:
        """Whether many of its keys have no answer yet."""
        return viewer.joining >= _JOINING_AT_ONCE

    def obey(self, viewer: Viewer, command: Command) -> None:
        """Do what a command says; the answer comes through the peer.  Raises BadFrame."""
        if command.connect is not None:
            raise BadFrame("ALREADY_CONNECTED", "this stream is connected", where="connect", id=command.id)
        if command.subscribe is not None:
            self._subscribe(viewer, command.subscribe, id=command.id)
        if command.unsubscribe is not None:
            self._unsubscribe(viewer, command.unsubscribe, id=command.id)

    def connected(self, id: int | None) -> frames.Frame:
        """The answer to the frame that opened a stream."""
        return frames.connected(id, at=self._port.clock())

    async def talk(self, socket: Socket) -> None:
        """One websocket from its first frame to its end."""
        try:
            admission, id = await self._admit(socket)
        except NotLetIn as why:
            socket.end(why.close, why.reason)
            return
        viewer = self.open(admission, socket)
        try:
            socket.send([self.connected(id)], is_asked=True)
            while (text := await socket.receive()) is not None:
                await self.receive(viewer, text)
        finally:
            self.close(viewer)

    async def _admit(self, socket: Socket) -> tuple[Admission, int | None]:
        """Whom the first frame admits, and its id."""
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                text = await socket.receive()
        except TimeoutError:
            raise NotLetIn(Close.CONNECT_TIMEOUT) from None
        if text is None:
            raise NotLetIn(Close.GOING_AWAY)
        try:
            command = read(text)
        except BadFrame as bad:
            socket.send([told(bad)], is_asked=True)
            raise NotLetIn(Close.CONNECT_FIRST) from None
        if command.connect is None:
            raise NotLetIn(Close.CONNECT_FIRST)
        return await self.admit(command.connect), command.id

    async def admit(self, ticket: str) -> Admission:
        """Whom the ticket admits; equal actors are the same object.  Raises NotLetIn."""
        admission = await self._redeem(ticket)
        if len(self._admissions) >= _REMEMBERED_ACTORS:
            self._admissions.clear()
        alike = self._admissions.setdefault(admission.actor, Admission(admission.actor))
        return alike if admission.session_id is None else Admission(alike.actor, admission.session_id)

    def _subscribe(self, viewer: Viewer, wanted: Subscribe, *, id: int | None) -> None:
        where = "subscribe.key"
        if wanted.key in viewer.keys:
            raise BadFrame("ALREADY_SUBSCRIBED", "this key is followed already", where=where, id=id)
        if len(viewer.keys) >= MAX_KEYS:
            raise BadFrame("TOO_MANY_KEYS", f"a stream follows at most {MAX_KEYS} keys", where=where, id=id)
        self._topics.follow(viewer, wanted.key, since=wanted.since, id=id)

    def _unsubscribe(self, viewer: Viewer, key: str, *, id: int | None) -> None:
        self._topics.leave(viewer, key)
        viewer.peer.send([frames.unsubscribed(id, key=key, reason="ASKED")], is_asked=True)


@router.websocket("/v1/stream")
async def stream(websocket: WebSocket) -> None:
    """The live stream; docs/asyncapi.yaml says what is said on it.  403 before anything for another site's page."""
    if not _port(websocket).doorkeeper.is_own_origin(websocket.headers):
        foreign = refused(403, "FOREIGN_ORIGIN", "a page of another site may not open this", where="Origin")
        await websocket.send_denial_response(foreign.problem.response())
        return
    await sockets.converse(websocket, live_of(websocket).talk)


@router.get("/v1/stream/sse")
async def stream_events(
    request: Request,
    who: Annotated[Caller, Depends(caller)],
    key: Annotated[str, Query(min_length=1, max_length=100)],
) -> Response:
    """One key of the stream as server-sent events; `Last-Event-ID` goes on where an earlier one ended."""
    refuse_foreign_origin(request)
    live, peer = live_of(request), sse.EventStream()
    viewer = live.open(Admission(who.actor, None if who.session is None else who.session.session_id), peer)
    with ExitStack() as stack:
        stack.callback(live.close, viewer)
        live.obey(viewer, Command(subscribe=Subscribe(key=key, since=sse.cursor(request.headers.get("last-event-id")))))
        first = await peer.first()
        if first.name == "error":
            told = orjson.loads(first.body)["error"]
            raise refused(_STATUSES.get(told["reason"], 422), told["reason"], told["message"], fix=told.get("fix", ""))
        return sse.EventStreamResponse(peer, on_end=stack.pop_all().close)


def live_of(connection: HTTPConnection) -> Live:
    """The live stream of the server that answers this."""
    live: Live = connection.app.state.live
    return live


def _port(connection: HTTPConnection) -> Port:
    port: Port = connection.app.state.port
    return port


def told(bad: BadFrame) -> frames.Frame:
    return frames.error(bad.id, reason=bad.reason, message=str(bad), where=bad.where)
