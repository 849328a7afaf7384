"""What a running server holds, joined once in `app` and handed to every door."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection

from adapters.seam import SenderProfile
from events.feed import Feed
from port.actor import Actor
from port.database import Database
from port.judging import Judge
from port.keys import find_actor_of_key
from port.parties import list_facilities
from port.record import Recorder
from web.clock import Clock
from web.lab_children import Lab
from web.nodes import Nodes
from web.outbound_child import Outbound
from web.security import Doorkeeper
from web.settings import Settings

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(slots=True)
class Port:
    """The parts of one server process."""

    settings: Settings
    database: Database
    judge: Judge
    recorder: Recorder
    feed: Feed
    doorkeeper: Doorkeeper
    clock: Clock
    database_id: str
    lab: Lab = field(default_factory=Lab)
    outbound: Outbound = field(default_factory=Outbound)
    nodes: Nodes = field(default_factory=Nodes)
    _facilities: frozenset[str] = frozenset()
    _profiles: dict[Actor, SenderProfile] = field(default_factory=dict)
    _profiles_version: int = -1

    async def read(self, question: Callable[Concatenate[Connection, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Ask the database off the event loop; all of one question sees one commit."""
        return await run_in_threadpool(lambda: self.ask(question, *args, **kwargs))

    def ask(self, question: Callable[Concatenate[Connection, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Ask the database on this thread."""
        with self.database.read() as connection:
            return question(connection, *args, **kwargs)

    async def profile(self, actor: Actor) -> SenderProfile:
        """What intake must know of a sender; remembered for as long as nobody's rights or facilities change."""
        version = await self.doorkeeper.current_version()
        if version != self._profiles_version:
            self._facilities = frozenset(facility.code for facility in await self.read(list_facilities))
            self._profiles = {}
            self._profiles_version = version
        found = self._profiles.get(actor)
        if found is None:
            found = self._profiles[actor] = self.profile_with(actor, self._facilities)
        return found

    def profile_with(self, actor: Actor, known_facilities: frozenset[str]) -> SenderProfile:
        """The profile where the port has these facilities."""
        return SenderProfile(
            party=actor.party,
            role=actor.role,
            facilities=actor.facilities,
            is_hub=actor.is_hub,
            time_zone=self.settings.zone,
            port_un_location_code=self.settings.port_un_location_code,
            known_facilities=known_facilities,
        )

    async def profile_of_key(self, key_id: str, *, fallback: Actor) -> SenderProfile:
        """The profile of the key that sent a kept message; of `fallback` when that key is gone."""
        actor = await self.read(find_actor_of_key, key_id)
        return await self.profile(actor or fallback)


def port_of(connection: HTTPConnection) -> Port:
    """The server that answers this."""
    port: Port = connection.app.state.port
    return port
