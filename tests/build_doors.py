"""A server with nothing behind its doors, to test the doors themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, FastAPI

from build_client import Client
from build_parties import NOON
from port.actor import Actor, Role
from port.database import Database
from web.problems import add_problems
from web.security import Caller, Doorkeeper, actor_in, caller
from web.settings import Settings


@dataclass(slots=True)
class HandClock:
    """A clock and a stop watch that go when they are told."""

    now: datetime = NOON
    ticks: float = 0.0

    def __call__(self) -> datetime:
        return self.now

    def tick(self) -> float:
        return self.ticks


@dataclass(slots=True)
class Doors:
    """What the security module looks for in `app.state.port`."""

    doorkeeper: Doorkeeper


def doors(database: Database, clock: HandClock, *, settings: Settings | None = None) -> Client:
    """A client of a server whose only address tells who called."""
    app = FastAPI()
    add_problems(app, {})
    app.state.port = Doors(Doorkeeper(database, settings or Settings(), clock=clock, tick=clock.tick))

    @app.api_route("/who", methods=["GET", "POST"])
    async def who(found: Annotated[Caller, Depends(caller)]) -> dict[str, str | None]:
        return {"party": found.actor.party, "session": found.session and found.session.session_id}

    @app.get("/customs-only")
    async def customs_only(found: Annotated[Actor, Depends(actor_in(Role.CUSTOMS))]) -> str:
        return found.party

    return Client(app)
