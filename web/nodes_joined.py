"""Joining the other nodes by NATS; imported only where the settings name one, as nats-py is no small thing."""

from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import dataclass

import msgspec
from nats.aio.client import Client
from nats.js.errors import NotFoundError
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from events.jetstream import JetStreamFeed
from events.nats_stream import AWAY, Broker, connect, read_hint, stream_of
from events.relaying import Stretch
from port import following
from port.database import Database
from web import roles
from web.nats_address import parse_servers, tls_context
from web.settings import Settings

_LOOK_SECONDS = 3.0


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


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look at NATS found: how many hints it keeps, and the log position of the latest; None for no stream."""

    hints: int = 0
    position: int | None = None


async def look(broker: Broker, database_id: str) -> Seen:
    """Look once, without joining.  Raises NotReached."""
    client, trouble = Client(), []

    async def end(error: Exception | None = None) -> None:
        trouble.append(error)

    try:
        await connect(client, broker, end)
        context = client.jetstream(timeout=_LOOK_SECONDS)
        info = await context.stream_info(stream_of(database_id))
        if not info.state.messages:
            return Seen()
        latest = await context.get_msg(stream_of(database_id), info.state.last_seq)
        return Seen(info.state.messages, read_hint(latest.data or b"").position)
    except NotFoundError:
        return Seen()
    except (*AWAY, msgspec.DecodeError) as error:
        raise NotReached(type(error).__name__) from None
    finally:
        with suppress(*AWAY):
            await client.close()


class NotReached(Exception):
    """NATS does not answer."""
