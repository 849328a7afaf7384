"""`digital-port serve`: the server, until it is told to stop."""

from __future__ import annotations

import socket
from contextlib import closing, suppress
from typing import Any

import click
import uvicorn
from fastapi import FastAPI

from port import garbage
from web.app import create_app
from web.console import Failure, failures_told, is_embedded, require_tables, settings_from_environment
from web.live import Live
from web.logs import begin_logging
from web.settings import ServerRole, Settings, StreamTransport
from web.stream_codec import MAX_MESSAGE_BYTES
from web.stream_protocol import stream_protocol

GRACE_SECONDS = 10


@click.command("serve")
@click.option("--host", help="Address to listen on; 0.0.0.0 for all.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on; 0 for a free one.")
@click.option("--role", type=click.Choice([role.value for role in ServerRole]), help="Doors to open; SQLite: all.")
def command(*, host: str | None, port: int | None, role: str | None) -> None:
    """Run the server.

    An empty SQLite database gets its tables first; PostgreSQL wants `digital-port migrate`.  SIGTERM and SIGINT let
    what was accepted finish, within 10 seconds.
    """
    settings = settings_from_environment(host=host, port=port, role=role)
    begin_logging(settings.log_level)
    with failures_told():
        require_tables(settings, may_create=is_embedded(settings))
        app = create_app(settings)
        configuration = _configuration(app, settings)
    # Ctrl-C has been obeyed when it comes back as an exception.
    with closing(_listen(configuration)) as listening, suppress(KeyboardInterrupt):
        _Server(configuration, app).run(sockets=[listening])


def _listen(configuration: uvicorn.Config) -> socket.socket:
    try:
        return configuration.bind_socket()
    except SystemExit:
        raise Failure(f"cannot listen on {configuration.host}:{configuration.port}") from None


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self.app = app

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        garbage.settle()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Before uvicorn closes the connections: everybody on the stream is told to come back elsewhere (4001).
        live: Live | None = getattr(self.app.state, "live", None)
        if live is not None:
            await live.stop()
        await super().shutdown(sockets=sockets)


def _websockets(app: FastAPI, settings: Settings) -> Any:  # as uvicorn's own argument: a class, or the name of one
    if settings.stream_transport is StreamTransport.STOCK:
        return "auto"
    return stream_protocol(lambda: getattr(app.state, "live", None))


def _configuration(app: FastAPI, settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http="httptools",
        lifespan="on",
        log_config=None,
        # Query strings would be logged, and each request would cost a write.
        access_log=False,
        server_header=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=GRACE_SECONDS,
        ws=_websockets(app, settings),
        ws_per_message_deflate=False,
        ws_max_size=MAX_MESSAGE_BYTES,
    )
