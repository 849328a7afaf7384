"""Keys and parties: an admin keeps everybody's keys, a party those of its own in its role."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, Request
from pydantic import Field, ValidationError
from starlette.responses import Response

from port.actor import Actor, Role
from port.batch import Work
from port.keys import (
    EVERY_FACILITY,
    Code,
    CreatedKey,
    FacilityCode,
    KeyUnknown,
    KeyWanted,
    ListedKey,
    Name,
    create_key,
    get_key,
    list_keys,
    revoke_key,
    rotate_key,
)
from port.parties import list_parties
from web import wire, wire_keys
from web.bodies import Body, read_body
from web.port import port_of
from web.problems import Refused, invalid, refused
from web.security import actor, doorkeeper

router = APIRouter(prefix="/v1", tags=["keys"])
Asking = Annotated[Actor, Depends(actor)]
T = TypeVar("T")
_SEES_ALL_PARTIES = (Role.CUSTOMS, Role.ADMIN)


class NewKey(Body):
    """What a key is to be for; what is absent is as with the caller's own key."""

    party: Code | None = None
    name: Name | None = None
    role: Role | None = None
    facilities: tuple[FacilityCode, ...] | None = Field(default=None, max_length=1000)


@router.post("/keys")
async def add_key(request: Request, asking: Asking) -> Response:
    """A new key, shown this once."""
    wanted = _wanted(await read_body(request, NewKey), asking)
    now = doorkeeper(request).clock()
    # Whom an admin lets in is somebody new; a key that somebody makes for herself is hers.
    person = "" if asking.role is Role.ADMIN else asking.person

    def add(work: Work) -> CreatedKey:
        return create_key(work.connection, wanted, now=now, draw=secrets.token_bytes, person=person)

    created = await _change(request, add)
    return wire.answer(wire_keys.created_key(created), 201)


@router.post("/keys/{key_id}/rotate")
async def rotate(request: Request, key_id: str, asking: Asking) -> Response:
    """A successor of a key, shown this once; both live until the older is revoked or the newer rotated."""
    now = doorkeeper(request).clock()

    def succeed(work: Work) -> CreatedKey:
        found = get_key(work.connection, key_id)
        _check_own(found, asking)
        _check_same_person(found, asking)
        return rotate_key(work.connection, key_id, now=now, draw=secrets.token_bytes)

    return wire.answer(wire_keys.created_key(await _change(request, succeed)), 201)


@router.delete("/keys/{key_id}")
async def end_key(request: Request, key_id: str, asking: Asking) -> Response:
    """End a key with its sessions and streams."""
    now = doorkeeper(request).clock()

    def end(work: Work) -> None:
        _check_own(get_key(work.connection, key_id), asking)
        revoke_key(work.connection, key_id, now=now)

    await _change(request, end)
    return Response(status_code=204)


@router.get("/keys")
async def show_keys(request: Request, asking: Asking) -> Response:
    """Keys without their secrets, oldest first: an admin's all, others' own."""
    party = None if asking.role is Role.ADMIN else asking.party
    keys = await port_of(request).read(list_keys, party=party)
    return wire.answer({"keys": [wire_keys.listed_key(key) for key in keys if _is_own(key, asking)]})


@router.get("/parties")
async def show_parties(request: Request, asking: Asking) -> Response:
    """Customs and admins see every party's name, the others their own."""
    code = None if asking.role in _SEES_ALL_PARTIES else asking.party
    parties = await port_of(request).read(list_parties, code)
    return wire.answer({"parties": [wire_keys.party(party) for party in parties]})


def _wanted(new: NewKey, asking: Actor) -> KeyWanted:
    own = (EVERY_FACILITY,) if asking.is_hub else tuple(sorted(asking.facilities))
    party = new.party or asking.party
    try:
        wanted = KeyWanted(
            party=party,
            name=new.name or (asking.party_name if party == asking.party else party),
            role=new.role or asking.role,
            facilities=own if new.facilities is None else new.facilities,
        )
    except ValidationError as error:
        raise Refused(invalid(error.errors(include_url=False))) from None
    if asking.role is not Role.ADMIN and not _is_within(wanted, asking):
        raise refused(
            403,
            "WRONG_ROLE",
            "a key may make keys of its own party and role only, for no more facilities than its own",
            fix="ask an admin",
        )
    return wanted


def _is_within(wanted: KeyWanted, asking: Actor) -> bool:
    is_same = (wanted.party, wanted.role) == (asking.party, asking.role)
    return is_same and (asking.is_hub or asking.facilities.issuperset(wanted.facilities))


def _is_own(key: ListedKey, asking: Actor) -> bool:
    return asking.role is Role.ADMIN or (key.party, key.role) == (asking.party, asking.role)


def _check_own(key: ListedKey, asking: Actor) -> None:
    # A foreign key is as absent as one that never was.
    if not _is_own(key, asking):
        raise KeyUnknown(key.key_id)


def _check_same_person(key: ListedKey, asking: Actor) -> None:
    """Of two officers neither may take the other's place: rules need four eyes, and a successor's secret is shown."""
    if asking.role is Role.CUSTOMS and key.person != asking.person:
        raise refused(403, "ANOTHER_PERSON", "this is another officer's key", fix="let her rotate it, or ask an admin")


async def _change(request: Request, run: Callable[[Work], T]) -> T:
    port = port_of(request)
    try:
        return await port.recorder.command(run)
    finally:
        port.doorkeeper.forget()
