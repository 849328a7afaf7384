"""Notifications over HTTP: what the caller wants told, how and when; what she was told; a trial of each channel."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from functools import cache
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field
from sqlalchemy import Connection
from starlette.responses import Response

from port import interests, interests_addresses, interests_push, notices, noticing_anew
from port.actor import Actor
from port.batch import Work
from port.happenings import TYPES
from port.interests_choices import CHANNELS, Interests, Language, ordered
from port.outbox import Channel
from port.quiet import Digest, QuietHours
from web import wire, wire_notices
from web.bodies import Body, read_body
from web.clock import wall_clock
from web.port import port_of
from web.problems import refused
from web.security import actor

router = APIRouter(prefix="/v1/notifications", tags=["notifications"])
Asking = Annotated[Actor, Depends(actor)]
_CURSOR = re.compile(r"([0-9]{1,17})\.([0-9]{1,6})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
Wall = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class Quiet(Body):
    """When to keep quiet, by the clock of a zone."""

    begins: Wall = Field(alias="from")
    ends: Wall = Field(alias="to")
    zone: str = Field(max_length=64)


class Digests(Body):
    """How mails are summed up."""

    email: Digest = Field(default=Digest.NONE, alias="EMAIL")


class Chosen(Body):
    """Everything somebody chose."""

    choices: dict[str, tuple[str, ...]]
    quiet_hours: Quiet | None = Field(default=None, alias="quietHours")
    digest: Digests = Digests()
    language: Language = Language.ZH


@router.get("/settings")
async def show_settings(request: Request, who: Asking) -> Response:
    """What the caller chose, or what her role is told; and where she is told it."""
    return wire.answer(await port_of(request).read(_settings, who))


@router.put("/settings")
async def choose(request: Request, who: Asking) -> Response:
    """Choose anew, also for what waits already; answers as GET."""
    chosen = _checked(await read_body(request, Chosen))
    port = port_of(request)

    def keep(work: Work) -> None:
        now = wall_clock()
        interests.keep(work.connection, who.person, chosen, now=now)
        noticing_anew.hasten(work.connection, who.person, chosen, now=now, zone=port.settings.zone)

    await port.recorder.command(keep)
    return wire.answer(await port.read(_settings, who))


@router.get("")
async def show(
    request: Request,
    who: Asking,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[str | None, Query(max_length=64)] = None,
) -> Response:
    """What the caller was told, or is to be, the latest first, but for what she may no longer see."""
    return wire.answer(await port_of(request).read(_page, who, after=after, limit=limit))


def _settings(connection: Connection, who: Actor) -> wire.Wire:
    found = {channel: interests_addresses.find(connection, who.person, channel) for channel in CHANNELS}
    return wire_notices.settings(
        interests.of(connection, who),
        {channel: address for channel, address in found.items() if address is not None},
        browsers=len(interests_push.targets(connection, [who.person]).get(who.person, [])),
        is_default=not interests.has_chosen(connection, who.person),
    )


def _page(connection: Connection, who: Actor, *, after: str | None, limit: int) -> wire.Wire:
    upto, skipping = (None, 0) if after is None else _unseal(after)
    found = notices.latest(connection, who.person, upto=upto, skipping=skipping, limit=limit + 1)
    page = found[:limit]
    shown = notices.visible(connection, who, page)
    targets = [*interests_addresses.ids(connection, who.person)]
    targets += [one.target_id for one in interests_push.targets(connection, [who.person]).get(who.person, [])]
    told = notices.states(connection, shown, targets)
    items = [wire_notices.notice(one, told) for one in shown]
    return {"items": items, "next": _seal(page, upto, skipping) if len(found) > limit else None}


def _seal(page: list[notices.Notice], upto: datetime | None, skipping: int) -> str:
    """After the last of the page, and of those noticed with it all that were shown."""
    last = page[-1].noticed_at
    shown = sum(1 for one in page if one.noticed_at == last)
    return f"{(last - _EPOCH) // _MICROSECOND}.{shown + (skipping if last == upto else 0)}"


def _unseal(cursor: str) -> tuple[datetime, int]:
    found = _CURSOR.fullmatch(cursor)
    if found is None:
        raise refused(422, "BAD_CURSOR", "this cursor is not of a list of notices", where="after", fix="use `next`")
    return _EPOCH + int(found[1]) * _MICROSECOND, int(found[2])


def _checked(chosen: Chosen) -> Interests:
    unknown = next((type for type in chosen.choices if type not in TYPES), None)
    if unknown is not None:
        raise refused(
            422, "TYPE_UNKNOWN", f"there is no event of this type: {unknown[:60]!r}", where="choices",
            fix="see `types` of GET /v1/notifications/settings",
        )  # fmt: skip
    choices = {type: _channels(type, named) for type, named in chosen.choices.items()}
    quiet = None if chosen.quiet_hours is None else _quiet(chosen.quiet_hours)
    return Interests(ordered(choices), quiet, chosen.digest.email, chosen.language)


def _channels(type: str, named: tuple[str, ...]) -> tuple[Channel, ...]:
    for place, name in enumerate(named):
        if name not in CHANNELS:
            raise refused(
                422, "CHANNEL_UNKNOWN", f"people are not told by {name[:60]!r}", where=f"choices.{type}[{place}]",
                fix="choose among PUSH, SMS and EMAIL; a system is told at POST /v1/webhooks",
            )  # fmt: skip
    return tuple(map(Channel, named))


def _quiet(told: Quiet) -> QuietHours:
    if told.zone not in _zones():
        raise refused(
            422, "ZONE_UNKNOWN", f"there is no time zone {told.zone!r}", where="quietHours.zone",
            fix="send a name of the IANA database, such as Asia/Shanghai",
        )  # fmt: skip
    if told.begins == told.ends:
        raise refused(
            422, "QUIET_ALL_DAY", "quiet hours that end as they begin are a whole day", where="quietHours.to",
            fix="send another end; to be told nothing, choose no channels",
        )  # fmt: skip
    return QuietHours(time.fromisoformat(told.begins), time.fromisoformat(told.ends), ZoneInfo(told.zone))


@cache
def _zones() -> frozenset[str]:
    # What some systems keep beside the zones is no place: the server's own clock, and what one stands at unset.
    return frozenset(available_timezones() - {"localtime", "Factory"})
