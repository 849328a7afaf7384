"""Joining the other nodes by NATS; imported only where the settings name one, as nats-py is no small thing."""

from __future__ import annotations

import random

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from events.jetstream import Broker, JetStreamFeed
from events.relaying import Stretch
from port import following
from port.database import Database
from web import roles
from web.nats_address import parse_servers, tls_context
from web.settings import Settings


def join(settings: Settings, database: Database, database_id: str) -> JetStreamFeed:
    """The feed that joins this process with the others, not yet begun."""

    def stretch(position: int, most: int) -> Stretch | None:
        try:
            with database.read() as connection:
                return following.stretch_from(connection, position, most)
        except SQLAlchemyError:
            return None

    async def read(position: int, most: int) -> Stretch | None:
        return await run_in_threadpool(stretch, position, most)

    hears = roles.has_stream(settings.role)
    broker = broker_of(settings)
    return JetStreamFeed(broker, database_id=database_id, hears=hears, read=read, spread=random.uniform)


def broker_of(settings: Settings) -> Broker:
    """Where the settings say NATS is."""
    assert settings.nats_url is not None
    tls = tls_context(settings.nats_ca, settings.nats_certificate, settings.nats_certificate_key)
    return Broker(parse_servers(settings.nats_url.get_secret_value()), tls)
