"""From a request to its caller: a key in the Authorization header, or a browser's session cookie.

A cookie is sent by the browser whoever made it call, so a cookie's writes must come from our own pages.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from port.actor import Actor, Role
from port.database import Database
from port.keys import find_actor
from port.parties import rights_version
from port.sessions import Issued, Session, find_session
from port.tokens import sha256
from web.clock import Clock, wall_clock
from web.problems import refused
from web.settings import Settings

# For so long a revoked key may still work on a node that did not revoke it itself.
FRESH_SECONDS = 0.25
_REMEMBERED_KEYS = 10_000
_log = logging.getLogger("digital_port.security")
_READING = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls; `session` when it is a browser."""

    actor: Actor
    session: Session | None = None


class Doorkeeper:
    """Knows callers.  Keys are remembered, keyed by the rights version, so that a busy sender costs no query.

    `forget` after changing rights here; what other processes change is noticed within `FRESH_SECONDS`.
    """

    def __init__(
        self,
        database: Database,
        settings: Settings,
        *,
        clock: Clock = wall_clock,
        tick: Callable[[], float] = time.monotonic,
    ) -> None:
        self.clock = clock
        self.settings = settings
        self._database = database
        self._tick = tick
        self._actors: dict[str, Actor] = {}
        self._version = -1
        self._checked_at = float("-inf")
        self._forgotten = 0
        self._checking = asyncio.Lock()
        self._renewal: asyncio.Task[None] | None = None

    async def find_caller(self, connection: HTTPConnection) -> Caller | None:
        """Who calls, by key if there is an Authorization header, else by cookie; None when that opens nothing."""
        authorization = connection.headers.get("authorization")
        if authorization is not None:
            scheme, _, bearer = authorization.partition(" ")
            actor = await self.find_actor(bearer.strip()) if scheme.lower() == "bearer" else None
            return None if actor is None else Caller(actor)
        token = connection.cookies.get(cookie_name(is_https=self.is_https(connection)))
        session = None if token is None else await run_in_threadpool(self._read_session, token)
        return None if session is None else Caller(session.actor, session)

    async def find_actor(self, bearer: str) -> Actor | None:
        """Whom the key speaks for; None for any key that does not live."""
        known = await self.find_known(bearer)
        if known is not None:
            return known
        version, actor = await run_in_threadpool(self._read_actor, bearer)
        # Read at another version, it may be out of date before it is remembered.
        if actor is not None and version == self._version:
            self._remember(sha256(bearer), actor)
        return actor

    async def find_known(self, bearer: str) -> Actor | None:
        """Whom a key speaks for that has opened before, and still does; None for any other."""
        await self._check_version()
        return self._actors.get(sha256(bearer))

    @property
    def version(self) -> int:
        """The rights version that answers go by at present; what is derived of rights elsewhere is keyed by it."""
        return self._version

    async def current_version(self) -> int:
        """The same, asked for anew where it may be out of date."""
        await self._check_version()
        return self._version

    def forget(self) -> None:
        """Ask the database again before the next answer: rights have changed."""
        self._checked_at = float("-inf")
        self._forgotten += 1

    def is_https(self, connection: HTTPConnection) -> bool:
        """Whether the browser sees https, which a proxy may have taken off."""
        if self.settings.has_https is not None:
            return self.settings.has_https
        return connection.url.scheme in ("https", "wss")

    def is_own_origin(self, headers: Headers) -> bool:
        """Whether a browser sent this from one of our own pages, or it was no browser at all."""
        if headers.get("sec-fetch-site") in ("same-origin", "none"):
            return True
        origin = headers.get("origin")
        if origin is None:
            return "sec-fetch-site" not in headers
        return origin == self.settings.public_url or urlsplit(origin).netloc == headers.get("host")

    async def _check_version(self) -> None:
        age = self._tick() - self._checked_at
        if age < FRESH_SECONDS / 2:
            return
        if age < FRESH_SECONDS:
            # Asked in time, nobody has to wait for it.
            if self._renewal is None:
                self._renewal = asyncio.create_task(self._renew_in_time())
            return
        # One asks, the others wait for its answer.
        async with self._checking:
            if self._tick() - self._checked_at >= FRESH_SECONDS:
                await self._renew()

    async def _renew_in_time(self) -> None:
        try:
            await self._renew()
        except SQLAlchemyError as error:
            # Who comes once it is too old is told.
            _log.warning("the rights were not asked for: %s", type(error).__name__)
        finally:
            self._renewal = None

    async def _renew(self) -> None:
        asked_at, forgotten = self._tick(), self._forgotten
        version = await run_in_threadpool(self._read_version)
        if version != self._version:
            self._actors.clear()
        self._version = version
        if forgotten == self._forgotten:
            self._checked_at = asked_at

    def _remember(self, remembered_as: str, actor: Actor) -> None:
        if len(self._actors) >= _REMEMBERED_KEYS:
            self._actors.clear()
        self._actors[remembered_as] = actor

    def _read_version(self) -> int:
        with self._database.read() as connection:
            return rights_version(connection)

    def _read_actor(self, bearer: str) -> tuple[int, Actor | None]:
        with self._database.read() as connection:
            return rights_version(connection), find_actor(connection, bearer)

    def _read_session(self, token: str) -> Session | None:
        with self._database.read() as connection:
            return find_session(connection, token, now=self.clock())


def doorkeeper(connection: HTTPConnection) -> Doorkeeper:
    """The doorkeeper of the server that answers this."""
    keeper: Doorkeeper = connection.app.state.port.doorkeeper
    return keeper


async def caller(request: Request) -> Caller:
    """Dependency: who calls.  401 when nobody we know, 403 for a write that another site made a browser send."""
    keeper = doorkeeper(request)
    found = await keeper.find_caller(request)
    if found is None:
        raise unauthorized(request)
    if found.session is not None and request.method not in _READING:
        refuse_foreign_origin(request)
    return found


async def actor(request: Request) -> Actor:
    """Dependency: whom the caller speaks for."""
    return (await caller(request)).actor


def actor_in(*roles: Role) -> Callable[[Request], Awaitable[Actor]]:
    """A dependency: the actor, when it has one of these roles; 403 otherwise."""

    async def actor_with_role(request: Request) -> Actor:
        found = await actor(request)
        if found.role not in roles:
            raise wrong_role(found, *roles)
        return found

    return actor_with_role


def wrong_role(found: Actor, *roles: Role) -> Exception:
    """403: the caller is known, and this is not for its role."""
    allowed = ", ".join(sorted(roles))
    return refused(
        403, "WRONG_ROLE", f"this is not for the role {found.role}", fix=f"use a key with the role {allowed}"
    )


def unauthorized(connection: HTTPConnection) -> Exception:
    """401, alike for an unknown key, a wrong secret and a revoked one."""
    if "authorization" in connection.headers:
        reason, detail, challenge = "KEY_UNKNOWN", "this key opens nothing here", 'Bearer error="invalid_token"'
    else:
        reason, detail, challenge = "KEY_MISSING", "this needs a key or a session", "Bearer"
    fix = "send Authorization: Bearer dp_<id>_<secret> with a live key, or log in"
    return refused(401, reason, detail, fix=fix, WWW_Authenticate=challenge)


def refuse_foreign_origin(connection: HTTPConnection) -> None:
    """403 for what a page of another site made the browser send."""
    if not doorkeeper(connection).is_own_origin(connection.headers):
        raise refused(
            403, "FOREIGN_ORIGIN", "a page of another site may not do this", where="Origin", fix="use a key instead"
        )


def cookie_name(*, is_https: bool) -> str:
    """The session cookie's name; browsers keep `__Host-` cookies to this very host and to https."""
    return "__Host-dp" if is_https else "dp"


def set_session_cookie(response: Response, issued: Issued, *, is_https: bool, seconds: int) -> None:
    """Log the browser in for that long."""
    name = cookie_name(is_https=is_https)
    response.set_cookie(name, issued.token, max_age=seconds, path="/", secure=is_https, httponly=True, samesite="lax")


def clear_session_cookie(response: Response, *, is_https: bool) -> None:
    """Log the browser out."""
    response.delete_cookie(cookie_name(is_https=is_https), path="/", secure=is_https, httponly=True, samesite="lax")
