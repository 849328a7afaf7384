"""The one place where the parts are joined: database, Recorder, feed, doors, pages."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import Depends, FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.requests import Request
from starlette.responses import Response

from port import errors
from port.availability import DatabaseUnavailable
from port.database import Database, open_database
from port.diversion.documents import Document, load_default_tests, load_file
from port.diversion.loading import load_default
from port.founding import found
from port.judging import Judge
from port.record import QueueFull, Recorder, StoreUnavailable
from port.rulesets_active import active_ruleset
from web import (
    containers,
    dcsa,
    history,
    keys,
    lab_files,
    lab_jobs,
    lab_shadow,
    lab_try,
    messages,
    notifications,
    notifications_addresses,
    officers,
    operations,
    pages,
    reconciliations,
    roles,
    rulesets,
    rulesets_changes,
    rulesets_past,
    rulesets_steps,
    rulesets_words,
    services,
    sessions,
    terminals,
    watchlist,
    webhooks,
)
from web.bodies import refuse_nul
from web.clock import Clock, port_clock
from web.doors import doors_of
from web.fast_lane import FastLane
from web.jobs import Jobs
from web.live import Live
from web.live import router as live_router
from web.logs import RequestIds
from web.nodes import nodes_of
from web.port import Port
from web.problems import add_problems
from web.security import Doorkeeper
from web.settings import ServerRole, Settings

_log = logging.getLogger("digital_port.app")
# The one table from an error of `port` to a status.
STATUSES: dict[type[Exception], int] = {
    errors.NothingThere: 404,
    errors.NotAllowed: 403,
    errors.Conflict: 409,
    errors.BadRequest: 422,
    errors.PortError: 422,
    QueueFull: 429,
    StoreUnavailable: 503,
    DatabaseUnavailable: 503,
}
# Twice this is what a sender may wait for its 503: a batch that waits for the lock, and the one that gathers meanwhile.
_LOCK_SECONDS = 0.8
# Nobody listens to its telemetry, and each request would look whether somebody does.
_FASTAPI: dict[str, Any] = {  # its own keywords
    "title": "digital-port",
    "version": "0.1.0",
    "docs_url": None,
    "redoc_url": None,
    "telemetry": {"tracing": False, "metrics": False, "logs": False},
}

_DOORS = (
    messages, containers, history, dcsa, terminals, officers, services, sessions, keys, reconciliations, operations,
    watchlist, notifications, notifications_addresses,
    lab_jobs, lab_shadow, lab_files, lab_try, rulesets_past, rulesets, rulesets_changes, rulesets_steps, rulesets_words,
    webhooks,
)  # fmt: skip


def create_app(settings: Settings, *, clock: Clock | None = None) -> FastAPI:
    """The application; its parts start with the server and stop with it.  `clock` is the port's, for tests."""

    app = FastAPI(**_FASTAPI, lifespan=lambda app: _running(app, settings, clock), dependencies=[Depends(refuse_nul)])
    app.add_middleware(pages.GzipAnswers)
    app.add_middleware(FastLane, statuses=STATUSES)
    if settings.role is not ServerRole.ALL:
        app.add_middleware(roles.OwnDoors, role=settings.role, routes=app.router.routes)
    app.add_middleware(RequestIds)
    add_problems(app, STATUSES)
    for module in _DOORS:
        app.include_router(module.router)
    app.include_router(live_router)
    app.include_router(pages.router)
    app.add_api_route("/docs", _docs, include_in_schema=False)
    return app


@asynccontextmanager
async def _running(app: FastAPI, settings: Settings, clock: Clock | None) -> AsyncIterator[None]:
    """The parts of a server, from its start to its stop."""
    port = open_port(settings, clock=clock)
    app.state.port = port
    port.recorder.start()
    app.state.live = Live(port)
    services.follow(app.state.live)
    app.state.jobs = Jobs(port)
    if roles.has_stream(settings.role):
        await app.state.live.start()
    port.nodes.start()
    if roles.may_lead(settings.role):
        app.state.jobs.start()
    app.state.doors = doors_of(port)
    app.state.doors.start()
    try:
        yield
    finally:
        await app.state.doors.stop()
        app.state.jobs.stop()
        await app.state.live.stop()
        port.recorder.stop()
        await port.nodes.stop()
        port.database.close()


def open_port(settings: Settings, *, clock: Clock | None = None) -> Port:
    """Open the database and make what a server holds; nothing runs yet."""
    database = open_database(settings.database_url, readers=settings.readers, lock_seconds=_LOCK_SECONDS)
    clock = clock or port_clock(settings.clock_start, settings.clock_factor)
    judge, database_id = _prepare(database, settings, clock=clock)
    nodes = nodes_of(settings, database, database_id)
    recorder = Recorder(
        database,
        judge,
        nodes.feed,
        clock=clock,
        limit=settings.queue_limit,
        batch_limit=settings.batch_limit,
        answer_seconds=settings.answer_seconds,
        stopwatch=time.perf_counter,
    )
    doorkeeper = Doorkeeper(database, settings)
    return Port(settings, database, judge, recorder, nodes.feed, doorkeeper, clock, database_id, nodes=nodes)


def _prepare(database: Database, settings: Settings, *, clock: Clock) -> tuple[Judge, str]:
    """The secrets of this port and the rules it begins with, drawn or kept at the first start, and what decides now."""
    wanted, now = _rules(settings), clock()
    with database.write() as connection:
        founded = found(connection, wanted, now=now, draw=secrets.token_bytes)
        ruleset = active_ruleset(connection, now=now) or wanted.ruleset
    if settings.ruleset is not None and ruleset != wanted.ruleset:
        _log.warning("DIGITAL_PORT_RULESET is what an empty database begins with; another version is active here")
    draw_salt = founded.draw_salt if settings.salt is None else settings.salt.get_secret_value().encode()
    rules = settings.cut_rules(frozenset())
    return Judge(ruleset=ruleset, draw_salt=draw_salt, id_salt=founded.id_salt, rules=rules), founded.database_id


def _rules(settings: Settings) -> Document:
    if settings.ruleset is None:
        return Document(load_default(), load_default_tests())
    return load_file(settings.ruleset.read_bytes())


async def _docs(request: Request) -> Response:
    """The API's reference, with the reader's scripts from here and not from a CDN."""
    return get_swagger_ui_html(
        openapi_url=str(request.app.openapi_url),
        title="digital-port",
        swagger_js_url="/static/vendor/swagger-ui-bundle.js",
        swagger_css_url="/static/vendor/swagger-ui.css",
        swagger_favicon_url="/static/icon.svg",
    )
