"""Making a webhook's deliveries: which endpoint is told what of the versions that are new, and of those replayed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, update

from port.actor import Actor
from port.database import Database
from port.happenings import ORDINALS
from port.keys import list_first_speakers
from port.outbox import Channel
from port.outbox_following import Version, advance, end_of_stretch, is_behind, read_stretch, told_to, versions_between
from port.outbox_queue import Wanted, enqueue, send_again
from port.webhooks import ENDPOINTS, Disabled
from port.webhooks_owning import Endpoint, disable, list_enabled, speaker_of

FOLLOWER = "webhooks"
# In one transaction, which live ingest may have to wait for: some ten milliseconds.
_AT_ONCE = 200
_REPLAYED_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class _Reader:
    """Endpoints that see alike."""

    actor: Actor
    endpoints: tuple[Endpoint, ...]


def is_wanted(connection: Connection) -> bool:
    """Whether there is an endpoint, and something it was not told of."""
    endpoints = list_enabled(connection)
    return bool(endpoints) and (
        any(one.replay_upto is not None for one in endpoints) or is_behind(connection, FOLLOWER)
    )


def follow(database: Database, now: datetime) -> bool:
    """Make the deliveries of the next stretch of versions, and of the next one to be replayed; whether there is more.

    They are written in lots; the follower's place moves with the last.  Whoever comes after a crash makes the same
    again, and what is there already is not put in twice.
    """
    with database.read() as connection:
        endpoints = list_enabled(connection)
        if not endpoints:
            return False
        readers, lost = _readers(connection, endpoints)
        start = min(one.since_position for one in endpoints)
        stretch = read_stretch(connection, FOLLOWER, start=start)
        wanted = [] if stretch is None else list(_wanted(readers, stretch.versions))
    *lots, last = [*_lots(wanted)] or [[]]
    for lot in lots:
        with database.write() as connection:
            enqueue(connection, lot, now=now)
    if stretch is not None or lost:
        with database.write() as connection:
            enqueue(connection, last, now=now)
            if stretch is not None:
                advance(connection, stretch)
            for one in lost:
                disable(connection, one.webhook_id, Disabled.KEY_REVOKED, now=now)
    replayed = [_replay(database, one, now) for one in endpoints if one.replay_upto is not None]
    return (stretch is not None and stretch.has_more) or any(replayed)


def _readers(connection: Connection, endpoints: Sequence[Endpoint]) -> tuple[list[_Reader], list[Endpoint]]:
    """Endpoints grouped by what they may see, and those whose key is gone."""
    lost: list[Endpoint] = []
    alike: dict[Actor, list[Endpoint]] = {}
    speakers = list_first_speakers(connection, {endpoint.key_id for endpoint in endpoints})
    for endpoint in endpoints:
        actor = speakers.get(endpoint.key_id)
        if actor is None:
            lost.append(endpoint)
        else:
            alike.setdefault(replace(actor, key_id="", person=""), []).append(endpoint)
    return [_Reader(actor, tuple(group)) for actor, group in alike.items()], lost


def _wanted(readers: Sequence[_Reader], versions: Iterable[Version]) -> Iterator[Wanted]:
    for version in versions:
        for reader in readers:
            told = told_to(reader.actor, version)
            for endpoint in reader.endpoints:
                if told and _is_new_to(endpoint, version):
                    yield from _of(endpoint, version, told)


def _of(endpoint: Endpoint, version: Version, told: Iterable[str]) -> Iterator[Wanted]:
    change = version.change
    for type in told:
        if endpoint.wants(type):
            yield Wanted(
                Channel.WEBHOOK, endpoint.webhook_id, change.key, change.version, type, ordinal=ORDINALS[type],
                position=change.position, visit_id=version.visit_id,
            )  # fmt: skip


def _is_new_to(endpoint: Endpoint, version: Version) -> bool:
    """Whether it happened since the endpoint is told anything: a commit may share the position of the one before."""
    change = version.change
    return (change.position, change.at) >= (endpoint.since_position, endpoint.since_at) and (
        change.position > endpoint.since_position or change.at >= endpoint.since_at
    )


def _replay(database: Database, endpoint: Endpoint, now: datetime) -> bool:
    """Replay the next stretch; whether there is more.

    What was finished goes out again under its id, what was never made is made, what waits goes on waiting.
    """
    after, last = endpoint.replay_after or 0, endpoint.replay_upto or 0
    with database.read() as connection:
        actor = speaker_of(connection, endpoint)
        if actor is None:
            return False
        upto = min(last, end_of_stretch(connection, after + 1, _REPLAYED_AT_ONCE))
        versions = versions_between(connection, after + 1, upto)
        wanted = [one for version in versions for one in _of(endpoint, version, told_to(actor, version))]
    is_last = upto >= last
    with database.write() as connection:
        values = {"replay_after": None, "replay_upto": None} if is_last else {"replay_after": upto}
        mine = (ENDPOINTS.c.webhook_id == endpoint.webhook_id, ENDPOINTS.c.replay_after == endpoint.replay_after)
        if connection.execute(update(ENDPOINTS).where(*mine).values(values)).rowcount == 1:
            ids = [one.delivery_id for one in wanted]
            send_again(connection, Channel.WEBHOOK, endpoint.webhook_id, ids, now=now)
            enqueue(connection, wanted, now=now)
    return not is_last


def _lots(wanted: Sequence[Wanted]) -> Iterator[Sequence[Wanted]]:
    for start in range(0, len(wanted), _AT_ONCE):
        yield wanted[start : start + _AT_ONCE]
