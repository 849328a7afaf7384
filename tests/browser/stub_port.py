"""A port of canned answers, to show the pages to a real browser: real files, real HTTP, a real websocket.

It plays the contract's side of the wire and judges nothing.  Run it by hand to look at the pages:
`python tests/browser/stub_port.py 8099`, then sign in with a key of canned.KEYS.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import socket
import sys
import threading
from collections.abc import Iterator
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

import canned
from canned import Json
from canned_desks import decision, instruction, mailing
from stub_desks import StubDesks
from stub_pages import Answer, page, problem, static_file
from web import pages


class StubPort(StubDesks):
    """What the pages are told; tests set the records and speak on the feed from their own thread."""

    def __init__(self) -> None:
        super().__init__()
        self.records: dict[str, Json] = {}
        self.lines: dict[str, list[Json]] = {}
        self.results: list[Json] = []
        self.sent: list[tuple[str, Any]] = []
        self.subscribed: list[Json] = []
        self.is_feed_open = True
        self.has_no_timeline = False
        self.url = ""
        self._epoch = 1
        self._sockets: dict[WebSocket, set[str]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    # What a test does.

    def put(self, record: Json, lines: list[Json] | None = None) -> None:
        number = record["equipmentReference"]
        self.records[number] = record
        self.lines[number] = canned.LINES if lines is None else lines

    def tell(self, record: Json, *, skip: int = 0) -> None:
        """A new version of the record, and the event about it; `skip` loses that many versions on the way."""
        number = record["equipmentReference"]
        version = self.records[number]["version"] + 1 + skip
        self.records[number] = {**record, "version": version}
        key = f"container:{number}"
        self.say(
            key, {"event": {"key": key, "version": version, "eventID": "e", "type": "X", "data": self.records[number]}}
        )

    def first(self, record: Json) -> None:
        """Something is reported for a number that had nothing: a new epoch and a snapshot."""
        self.put(record)
        self._epoch += 1
        key = f"container:{record['equipmentReference']}"
        self.say(key, {"subscribed": {"key": key, "epoch": str(self._epoch), "version": 7, "recovered": False}})
        self.say(key, {"snapshot": {"key": key, "version": 7, "data": record}})

    def say(self, key: str, frame: Json) -> None:
        async def send() -> None:
            for connection, keys in list(self._sockets.items()):
                if key in keys:
                    await connection.send_text(json.dumps(frame))

        self._run(send())

    def hang_up(self, code: int = 4000) -> None:
        async def close() -> None:
            for connection in list(self._sockets):
                await connection.close(code)

        self._run(close())

    def _run(self, work: Any) -> None:
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    # What the pages ask.

    def app(self) -> Starlette:
        def signed_in(answer: Answer) -> Answer:
            async def guarded(request: Request) -> Response:
                if "dp" not in request.cookies:
                    return problem(401, "NOT_SIGNED_IN", "Sign in.")
                if request.method == "POST":
                    body = await request.body()
                    self.sent.append((request.url.path, json.loads(body) if body else None))
                return await answer(request)

            return guarded

        def route(path: str, answer: Answer, *methods: str) -> Route:
            return Route(path, signed_in(answer), methods=list(methods or ("GET",)))

        return Starlette(
            routes=[
                *[Route(path, page(name)) for path, name in pages.PAGES.items()],
                Route("/static/{name:path}", static_file),
                Route("/v1/session", self.session, methods=["GET", "POST", "DELETE"]),
                route("/v1/stream-tickets", self.ticket, "POST"),
                WebSocketRoute("/v1/stream", self.stream),
                route("/v1/search", self.search),
                route("/v1/containers/{number}", self.container),
                route("/v1/containers/{number}/timeline", self.timeline),
                route("/v1/instructions", self.list_instructions),
                route("/v1/instructions/{id}/{step}", self.step_instruction, "POST"),
                route("/v1/messages", self.list_messages),
                route("/v1/messages/{id}", self.message),
                route("/v1/decisions", self.list_decisions),
                route("/v1/decisions/{id}", self.decision),
                route("/v1/decisions/{id}/override", self.override, "POST"),
                route("/v1/alerts", self.list_alerts),
                route("/v1/certificates", self.certificates, "GET", "POST"),
                route("/v1/certificates/{id}", self.certificate),
                route("/v1/certificates/{id}/{step}", self.step_certificate, "POST"),
            ],
            middleware=[Middleware(GZipMiddleware, minimum_size=500)],
            lifespan=self._lifespan,
        )

    @contextlib.asynccontextmanager
    async def _lifespan(self, app: Starlette) -> Any:
        self._loop = asyncio.get_running_loop()
        yield

    async def session(self, request: Request) -> Response:
        if request.method == "DELETE":
            gone = Response(status_code=204)
            gone.delete_cookie("dp")
            return gone
        if request.method == "GET":
            found = canned.KEYS.get(request.cookies.get("dp", ""))
            return JSONResponse(found) if found else problem(401, "NOT_SIGNED_IN", "Sign in.")
        body = await request.json()
        key = body.get("key") or {"once": "dp_fwd_secret", "officer-once": "dp_off_secret"}.get(body.get("code"))
        if key not in canned.KEYS:
            return problem(401, "UNKNOWN_KEY", "This key is not known.")
        answer = JSONResponse(canned.KEYS[key])
        answer.set_cookie("dp", key, httponly=True, samesite="lax")
        return answer

    async def ticket(self, request: Request) -> Response:
        return JSONResponse({"ticket": secrets.token_hex(8), "expiresAt": "2026-11-21T10:00:00Z"})

    async def search(self, request: Request) -> Response:
        return JSONResponse(
            {"query": request.query_params["q"], "type": "BILL_OF_LADING", "results": self.results, "hint": None}
        )

    async def container(self, request: Request) -> Response:
        number = request.path_params["number"]
        if number == "CSQU3054384":
            return problem(422, "BAD_CONTAINER_NUMBER", "The check digit should be 3.")
        record = self.records.get(number)
        return JSONResponse(record) if record else JSONResponse(canned.NOT_REPORTED, 404)

    async def timeline(self, request: Request) -> Response:
        record = self.records.get(request.path_params["number"])
        if self.has_no_timeline:
            return problem(500, "INTERNAL_ERROR", "Something went wrong here.")
        if not record:
            return JSONResponse(canned.NOT_REPORTED, 404)
        number = record["equipmentReference"]
        return JSONResponse(
            {**{k: record[k] for k in ("equipmentReference", "visitID", "version")}, "lines": self.lines[number]}
        )

    async def stream(self, connection: WebSocket) -> None:
        if not self.is_feed_open:
            await connection.close(4000)
            return
        await connection.accept()
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            while True:
                await self.hear(connection, json.loads(await connection.receive_text()))
        self._sockets.pop(connection, None)

    async def hear(self, connection: WebSocket, frame: Json) -> None:
        if "connect" in frame:
            self._sockets[connection] = set()
            await connection.send_text(json.dumps({"id": frame["id"], "connected": {}}))
        if "subscribe" in frame:
            self.subscribed.append(frame["subscribe"])
            for answer in self._subscribe(connection, frame):
                await connection.send_text(json.dumps(answer))
        if "unsubscribe" in frame:
            self._sockets[connection].discard(frame["unsubscribe"]["key"])

    def _subscribe(self, connection: WebSocket, frame: Json) -> list[Json]:
        key = frame["subscribe"]["key"]
        since = frame["subscribe"].get("since")
        self._sockets[connection].add(key)
        record = self.records.get(key.partition(":")[2])
        version = record["version"] if record else 0
        recovered = since == {"epoch": str(self._epoch), "version": version}
        told = {"key": key, "epoch": str(self._epoch), "version": version, "recovered": recovered}
        snapshot = {"snapshot": {"key": key, "version": version, "data": record or {}}}
        return [{"id": frame["id"], "subscribed": told}, *([] if recovered else [snapshot])]


@contextlib.contextmanager
def serve(port: StubPort, *, number: int = 0) -> Iterator[StubPort]:
    """The stub on a loopback port of its own, in a thread, until the block ends."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", number))
    port.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    options: dict[str, Any] = {"log_level": "warning", "timeout_graceful_shutdown": 1, "server_header": False}
    server = uvicorn.Server(uvicorn.Config(port.app(), **options))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        while not server.started:
            thread.join(0.02)
            assert thread.is_alive(), "the stub did not start"
        yield port
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()


def filled() -> StubPort:
    """A stub with something on every page."""
    port = StubPort()
    for record in (
        canned.status(),
        canned.ready(),
        canned.inspected(),
        canned.scanned(),
        canned.export(),
        canned.gone(),
    ):
        port.put(record)
    port.instructions = [
        instruction(),
        instruction("i-2", canned.SCAN_BOX, route="SCAN", place="机检通道 1", reason="RANDOM", state="ACKNOWLEDGED"),
        instruction("i-3", canned.READY_BOX, route="DIRECT_RELEASE", place="泊位 5 船边", reason="RELEASED"),
    ]
    port.decisions = [
        decision(),
        decision(
            "d-2", canned.SCAN_BOX, route="YARD", reason="NO_CAPACITY", isAwaitingSite=True, alerts=["NO_CAPACITY"]
        ),
        decision("d-3", canned.READY_BOX, route="DIRECT_RELEASE", reason="RELEASED", place="泊位 5 船边", alerts=[]),
    ]
    port.mailings = [
        mailing(),
        mailing("m-2", certificateNumber="C267800123499", state="IN_LOCKER", locker="象屿 3 号柜 12"),
    ]
    port.results = [
        {
            "type": "CONTAINER",
            "key": number,
            "title": "COSU6123456780",
            "equipmentReference": number,
            "visitID": f"v-{number}",
            "headline": port.records[number]["headline"],
        }
        for number in (canned.IMPORT_BOX, canned.READY_BOX, canned.HELD_BOX)
    ]
    return port


if __name__ == "__main__":
    with serve(filled(), number=int(sys.argv[1])):
        threading.Event().wait()
