"""The key a push service knows us by: the same number as a real library makes of what was drawn."""

from __future__ import annotations

import base64
from contextlib import closing

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from build_port import TestPort
from port.database import open_database
from port.salts import SALTS
from port.vapid import VAPID, is_on_curve, private_number, public_key


def point_of(drawn: bytes) -> bytes:
    key = ec.derive_private_key(private_number(drawn), ec.SECP256R1())
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


@given(st.binary(min_size=32, max_size=32))
def test_the_public_key_is_that_of_the_library(drawn: bytes):
    told = public_key(drawn)
    assert base64.urlsafe_b64decode(told + "=") == point_of(drawn)
    assert len(told) == 87


def test_the_edges_of_what_may_be_drawn_give_keys_too():
    for drawn in (bytes(32), b"\xff" * 32, (1).to_bytes(32, "big")):
        assert base64.urlsafe_b64decode(public_key(drawn) + "=") == point_of(drawn)


@given(st.binary(min_size=32, max_size=32), st.integers(1, 64), st.integers(1, 255))
def test_a_point_is_told_from_what_is_none(drawn: bytes, place: int, change: int):
    point = bytearray(point_of(drawn))
    assert is_on_curve(bytes(point))
    point[place] ^= change
    assert not is_on_curve(bytes(point)) or place > 32
    assert not is_on_curve(bytes(point[:64]))
    assert not is_on_curve(b"\x02" + bytes(point[1:]))


def test_every_start_and_every_role_is_told_one_key_and_the_private_half_to_nobody(port: TestPort):
    told = {port.get("/v1/notifications/push-key", role=role).text for role in ("forwarder", "customs", "admin")}
    with closing(open_database(port.url)) as database, database.read() as connection:
        drawn = bytes(connection.scalar(select(SALTS.c.value).where(SALTS.c.name == VAPID)) or b"")
    assert told == {f'{{"publicKey":"{public_key(drawn)}"}}'}
