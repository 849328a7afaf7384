"""port.parties and port.keys: who there is, and who speaks with which key."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from pydantic import ValidationError
from sqlalchemy import Connection, select

from build_database import database_with_tables
from build_parties import NOON, key_wanted, new_key, seeded
from port.actor import Actor, Role
from port.keys import KEYS, KeyUnknown, KeyWanted, create_key, find_actor, list_keys, revoke_key, rotate_key, split_key
from port.parties import (
    Facility,
    FacilityKind,
    FacilityTaken,
    Party,
    customs_facilities,
    list_facilities,
    list_parties,
    rights_version,
)
from port.salts import get_salt

LATER = NOON + timedelta(hours=1)


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    with database_with_tables(database_url) as database, database.write() as opened:
        yield opened


def test_a_key_speaks_for_its_party_in_its_role_at_its_facilities(connection: Connection) -> None:
    created = new_key(connection, facilities=("XMHT",))
    assert find_actor(connection, created.key) == Actor(
        key_id=created.key_id,
        party="XMHT",
        party_name="海天码头",
        role=Role.TERMINAL,
        facilities=frozenset({"XMHT"}),
        person=created.key_id,
    )


def test_a_key_names_itself_and_its_secret_is_not_stored(connection: Connection) -> None:
    created = new_key(connection)
    key_id, secret = split_key(created.key)
    [stored] = connection.execute(select(KEYS)).all()
    assert (key_id, created.party, created.role) == (created.key_id, "XMHT", Role.TERMINAL)
    assert len(secret) == 52
    assert secret not in str(stored)


@pytest.mark.parametrize("spoil", [lambda key: key[:-1], lambda key: key + "a", lambda key: key.replace("dp_", "dq_")])
def test_a_wrong_secret_speaks_for_nobody(connection: Connection, spoil: object) -> None:
    created = new_key(connection)
    assert callable(spoil)
    assert find_actor(connection, spoil(created.key)) is None


@pytest.mark.parametrize(
    "bearer", ["", "dp_", "dp_nobody", "dp_nobody_", "dp__x", "dp_nobody_nothing", "Bearer x", "龙_龙_龙"]
)
def test_what_is_no_key_of_ours_speaks_for_nobody(connection: Connection, bearer: str) -> None:
    assert find_actor(connection, bearer) is None


def test_a_revoked_key_speaks_for_nobody(connection: Connection) -> None:
    created = new_key(connection)
    revoke_key(connection, created.key_id, now=LATER)
    assert find_actor(connection, created.key) is None
    with pytest.raises(KeyUnknown):
        revoke_key(connection, created.key_id, now=LATER)


def test_two_keys_live_side_by_side_while_one_takes_over_from_the_other(connection: Connection) -> None:
    first = new_key(connection, facilities=("XMHT",))
    second = rotate_key(connection, first.key_id, now=LATER, draw=seeded(2))
    actors = [find_actor(connection, key.key) for key in (first, second)]
    assert [actor and (actor.party, actor.role, actor.facilities) for actor in actors] == [
        ("XMHT", Role.TERMINAL, frozenset({"XMHT"}))
    ] * 2


def test_the_third_key_of_a_line_ends_the_first(connection: Connection) -> None:
    first = new_key(connection)
    other_line = new_key(connection, seed=9)
    second = rotate_key(connection, first.key_id, now=LATER, draw=seeded(2))
    third = rotate_key(connection, second.key_id, now=LATER, draw=seeded(3))
    alive = [find_actor(connection, key.key) is not None for key in (first, second, third, other_line)]
    assert alive == [False, True, True, True]


def test_a_revoked_key_has_no_successor(connection: Connection) -> None:
    created = new_key(connection)
    revoke_key(connection, created.key_id, now=LATER)
    with pytest.raises(KeyUnknown):
        rotate_key(connection, created.key_id, now=LATER, draw=seeded(2))


def test_a_hub_may_speak_for_whichever_facility_is_named_and_has_none_of_its_own(connection: Connection) -> None:
    actor = find_actor(connection, new_key(connection, facilities=("*",)).key)
    assert actor is not None
    assert (actor.may_speak_for("XMHT"), actor.only_facility, actor.facilities) == (True, None, frozenset())
    assert list_facilities(connection) == ()


@pytest.mark.parametrize(
    ("facilities", "only", "may"),
    [((), None, False), (("XMHT",), "XMHT", True), (("XMHT", "XMST"), None, True), (("XMST",), "XMST", False)],
)
def test_only_a_single_facility_stands_for_a_message_that_names_none(
    facilities: tuple[str, ...], only: str | None, may: bool
) -> None:
    actor = Actor("k", "XMHT", "海天码头", Role.TERMINAL, frozenset(facilities))
    assert (actor.only_facility, actor.may_speak_for("XMHT")) == (only, may)


def test_a_facility_belongs_to_the_party_whose_terminal_depot_or_customs_key_named_it_first(
    connection: Connection,
) -> None:
    new_key(connection, facilities=("XMHT",))
    new_key(connection, "DEPOT1", role=Role.DEPOT, facilities=("XMD1",), seed=2)
    new_key(connection, "CIQ", role=Role.CUSTOMS, facilities=("XMCIQ",), seed=3)
    new_key(connection, "TALLY", role=Role.TALLY, facilities=("XMHT", "XMNEW"), seed=4)
    assert list_facilities(connection) == (
        Facility("XMCIQ", "XMCIQ", FacilityKind.INSPECTION, "CIQ"),
        Facility("XMD1", "XMD1", FacilityKind.DEPOT, "DEPOT1"),
        Facility("XMHT", "XMHT", FacilityKind.TERMINAL, "XMHT"),
    )
    assert customs_facilities(connection) == frozenset({"XMCIQ"})


def test_a_facility_of_another_party_is_refused_and_nothing_is_created(connection: Connection) -> None:
    new_key(connection, facilities=("XMHT",))
    with pytest.raises(FacilityTaken, match="facility XMHT belongs to another party"):
        new_key(connection, "RIVAL", facilities=("XMRV", "XMHT"), seed=2)
    assert [party.code for party in list_parties(connection)] == ["XMHT"]
    assert [facility.code for facility in list_facilities(connection)] == ["XMHT"]


def test_customs_own_terminal_key_leaves_the_site_under_customs_control(connection: Connection) -> None:
    new_key(connection, "CIQ", facilities=("XMCIQ",), seed=1)
    new_key(connection, "CIQ", role=Role.CUSTOMS, facilities=("XMCIQ",), seed=2)
    new_key(connection, "CIQ", facilities=("XMCIQ",), seed=3)
    assert customs_facilities(connection) == frozenset({"XMCIQ"})


def test_a_party_keeps_its_first_name_and_gathers_roles(connection: Connection) -> None:
    new_key(connection, facilities=("XMHT",))
    wanted = key_wanted(name="another name", role=Role.CARRIER)
    create_key(connection, wanted, now=NOON, draw=seeded(2))
    assert list_parties(connection, "XMHT") == (
        Party(
            code="XMHT",
            name="海天码头",
            roles=(Role.CARRIER, Role.TERMINAL),
            facilities=(Facility("XMHT", "XMHT", FacilityKind.TERMINAL, "XMHT"),),
        ),
    )


def test_keys_are_listed_oldest_first_with_the_ended_ones(connection: Connection) -> None:
    second = new_key(connection, now=LATER, facilities=("*",))
    first = new_key(connection, "FWD", role=Role.FORWARDER, seed=2)
    revoke_key(connection, second.key_id, now=LATER)
    listed = [(key.key_id, key.party, key.facilities, key.revoked_at) for key in list_keys(connection)]
    assert listed == [(first.key_id, "FWD", (), None), (second.key_id, "XMHT", ("*",), LATER)]
    assert [key.key_id for key in list_keys(connection, party="FWD")] == [first.key_id]


def test_each_change_of_rights_counts_up_the_version(connection: Connection) -> None:
    versions = [rights_version(connection)]
    first = new_key(connection)
    versions.append(rights_version(connection))
    rotate_key(connection, first.key_id, now=LATER, draw=seeded(2))
    versions.append(rights_version(connection))
    revoke_key(connection, first.key_id, now=LATER)
    versions.append(rights_version(connection))
    assert versions == [0, 1, 2, 3]


@pytest.mark.parametrize(
    "wrong",
    [
        {"party": ""},
        {"party": "a b"},
        {"party": "x" * 65},
        {"name": "  "},
        {"role": "king"},
        {"facilities": ("*", "XMHT")},
        {"facilities": ("XM HT",)},
        {"colour": "red"},
    ],
)
def test_a_key_for_something_that_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        KeyWanted.model_validate({"party": "XMHT", "name": "海天码头", "role": "terminal"} | wrong)


def test_a_salt_is_drawn_once(connection: Connection) -> None:
    drawn = [get_salt(connection, name, draw=seeded(n)) for n, name in enumerate(("draws", "draws", "visits"))]
    assert [len(salt) for salt in drawn] == [32, 32, 32]
    assert (drawn[0] == drawn[1], drawn[0] == drawn[2]) == (True, False)
