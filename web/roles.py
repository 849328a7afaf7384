"""Which doors a node opens: an address belongs to the roles that answer it, and is closed on every other node."""

from __future__ import annotations

import re
from dataclasses import dataclass

from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send

from web.problems import Problem
from web.settings import ServerRole

_EVERYWHERE = frozenset(ServerRole)
_PEOPLE = frozenset({ServerRole.ALL, ServerRole.API})
_PARTNERS = frozenset({ServerRole.ALL, ServerRole.INGEST})
_STREAM = frozenset({ServerRole.ALL, ServerRole.FEED})


@dataclass(frozen=True, slots=True)
class Door:
    """Addresses and who answers them; `method` is empty where all methods are alike."""

    addresses: re.Pattern[str]
    roles: frozenset[ServerRole]
    method: str = ""


# The first that fits counts; what fits none is for people.
DOORS = (
    Door(re.compile(r"/(?:healthz|readyz|metrics)"), _EVERYWHERE),
    Door(re.compile(r"/v1/messages/[^/]+"), _PARTNERS, "POST"),
    # What a terminal's program asks after its message, its people ask on their screen.
    Door(re.compile(r"/v1/(?:messages|instructions)(?:/.*)?"), _PEOPLE | _PARTNERS),
    Door(re.compile(r"/v1/(?:stream(?:/.*)?|stream-tickets)"), _STREAM),
)


def roles_of(method: str, path: str) -> frozenset[ServerRole]:
    """Which nodes answer that address; `all` does always."""
    fitting = (door for door in DOORS if door.method in ("", method) and door.addresses.fullmatch(path))
    found = next(fitting, None)
    return _PEOPLE if found is None else found.roles


def takes_messages(role: ServerRole) -> bool:
    """Whether partners' messages come in here, by whichever way."""
    return role in _PARTNERS


def has_stream(role: ServerRole) -> bool:
    """Whether live streams end here."""
    return role in _STREAM


def may_lead(role: ServerRole) -> bool:
    """Whether the jobs may run here: where people or partners are answered, so that streams have their node alone."""
    return role is not ServerRole.FEED


class OwnDoors:
    """ASGI middleware: what another node answers is refused with 404 WRONG_NODE, and names the roles that answer it.

    `routes` are the whole port's: an address that is nowhere stays simply not found.
    """

    def __init__(self, app: ASGIApp, *, role: ServerRole, routes: list[BaseRoute]) -> None:
        self._app = app
        self._role = role
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what this node answers."""
        if scope["type"] == "lifespan" or self._role in roles_of(_method(scope), scope["path"]):
            await self._app(scope, receive, send)
        elif any(route.matches(scope)[0] is not Match.NONE for route in self._routes):
            await _wrong_node(self._role, roles_of(_method(scope), scope["path"])).response()(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _method(scope: Scope) -> str:
    """A websocket has none and begins as a GET."""
    return str(scope.get("method", "GET"))


def _wrong_node(role: ServerRole, others: frozenset[ServerRole]) -> Problem:
    named = " or ".join(sorted(others))
    return Problem(
        404,
        "WRONG_NODE",
        f"this node has the role {role}; nodes with the role {named} answer this",
        fix="use the address of the whole port, which the proxy before the nodes knows, or of such a node",
    )
