"""web.stream against web.sockets: the same conversations with our own transport and with the stock route end alike."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from build_stream import OPENING, Both, RawClient, both, conversation, masked, said

CONNECT = said(id=1, connect={"ticket": "good"})
CLOSE = masked(0x88, (1000).to_bytes(2, "big"))
ENDS = {
    "closes": CLOSE,
    "closes without a word": masked(0x88, b""),
    "closes with its own code": masked(0x88, (4321).to_bytes(2, "big") + "再见".encode()),
    "closes with a code that nobody may send": masked(0x88, (1006).to_bytes(2, "big")),
    "closes with half a code": masked(0x88, b"\x03"),
    "closes with a reason that is no text": masked(0x88, (1000).to_bytes(2, "big") + b"\xff"),
    "sets a reserved bit": masked(0xC1, b"{}"),
    "invents an opcode": masked(0x83, b"{}"),
    "does not mask": b"\x81\x02{}",
    "goes on with what was not begun": masked(0x80, b"{}"),
    "begins within another": masked(0x01, b"{") + masked(0x81, b"}"),
    "closes within a message": masked(0x01, b"{") + CLOSE,
    "cuts a ping": masked(0x09, b""),
    "pings at length": masked(0x89, b"x" * 126),
    "is not UTF-8": masked(0x81, b"\xff\xfe"),
    "is much too long": b"\x81\xff" + (65_537).to_bytes(8, "big") + b"mask",
    "is too long": masked(0x81, b'"' + b"x" * 8192 + b'"'),
    "is binary": masked(0x82, b"{}"),
}


@pytest.fixture(scope="module", params=["asyncio", "uvloop"])
def servers(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    with both(tmp_path_factory.mktemp("both"), loop=request.param) as running:
        yield running


def alike(servers: Both, sent: list[bytes], last: bytes) -> tuple[list[bytes], list[tuple[int, bytes]]]:
    """What both servers say; that they do is asserted.  What is answered from a reading may overtake what is not."""
    own, stock = conversation(servers.own, sent, last), conversation(servers.stock, sent, last)
    assert sorted(_codes(own[0])) == sorted(_codes(stock[0]))
    assert _codes(own[1]) == _codes(stock[1])
    return sorted(payload for _, payload in own[0]), own[1]


def _codes(frames: list[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
    """The words in a close frame are each server's own."""
    return [(first, payload[:2] if first == 0x88 else payload) for first, payload in frames]


@pytest.mark.parametrize("ending", ENDS)
def test_they_end_alike_for_whoever(servers: Both, ending: str):
    alike(servers, [CONNECT, said(id=2, subscribe={"key": "container:A"})], ENDS[ending])


@pytest.mark.parametrize(
    "first",
    [
        said(id=1, subscribe={"key": "container:A"}),
        said(id=1, connect={"ticket": "used"}),
        said(id=1, connect={"ticket": "fault"}),
        said(id=1, connect={"ticket": ""}),
        masked(0x81, b"{"),
        masked(0x82, b"{}"),
        masked(0x88, b""),
        masked(0x89, b"before anything") + CONNECT,
        masked(0x01, CONNECT[:0] + b'{"id":1,"connect":{"tick') + masked(0x89, b"p") + masked(0x80, b'et":"good"}}'),
    ],
)
def test_they_take_the_same_first_frames(servers: Both, first: bytes):
    alike(servers, [first], CLOSE)


keys = st.sampled_from(["container:A", "container:B", "no:C", "officers"])
since = st.sampled_from([None, {"epoch": "e", "version": 0}, {"epoch": "another", "version": 7}, {"epoch": 7}])
commands = st.one_of(
    st.builds(lambda key, since: said(id=5, subscribe={"key": key, "since": since}), keys, since),
    st.builds(lambda key: said(id=6, unsubscribe={"key": key}), keys),
    st.sampled_from(
        [
            said(pong={}),
            said(id=7, connect={"ticket": "good"}),
            said(id=8, shout={}),
            masked(0x81, b"[]"),
            masked(0x81, "{再见".encode()),
            masked(0x89, b"ping"),
            masked(0x8A, b"pong"),
            masked(0x01, b'{"pong"') + masked(0x89, b"between") + masked(0x00, b":") + masked(0x80, b"{}}"),
        ]
    ),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=st.lists(commands, max_size=30), ending=st.sampled_from(sorted(ENDS)))
def test_whole_conversations_go_alike(servers: Both, sent: list[bytes], ending: str):
    alike(servers, [CONNECT, *sent], ENDS[ending])


HEADS = {
    "plain": OPENING,
    "of another page": OPENING.replace(b"Host", b"Origin: https://evil.example\r\nHost"),
    "of our own page": OPENING.replace(b"Host", b"Origin: http://port.example\r\nHost"),
    "from another site by its own word": OPENING.replace(b"Host", b"Sec-Fetch-Site: cross-site\r\nHost"),
    "of an old version": OPENING.replace(b"Version: 13", b"Version: 8"),
    "without a version": OPENING.replace(b"Sec-WebSocket-Version: 13\r\n", b""),
    "without a key": OPENING.replace(b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", b""),
    "with a short key": OPENING.replace(b"dGhlIHNhbXBsZSBub25jZQ==", b"dGhl"),
    "with two keys": OPENING.replace(b"Host", b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nHost"),
    "with a query": OPENING.replace(b"/v1/stream", b"/v1/stream?ticket=x"),
    "with a subprotocol": OPENING.replace(b"Host", b"Sec-WebSocket-Protocol: chat\r\nHost"),
    "through a proxy": OPENING.replace(b"Host", b"X-Forwarded-Proto: https\r\nX-Forwarded-For: 192.0.2.1\r\nHost"),
    "of another address": OPENING.replace(b"/v1/stream", b"/v1/streams"),
    "asking for compression": OPENING.replace(b"Host", b"Sec-WebSocket-Extensions: permessage-deflate\r\nHost"),
}


@pytest.mark.parametrize("head", HEADS)
def test_they_open_and_refuse_alike(servers: Both, head: str):
    own, stock = RawClient(servers.own, HEADS[head]), RawClient(servers.stock, HEADS[head])
    assert own.status == stock.status
    if own.status == 101:
        assert _fields(own) == _fields(stock)
    else:
        assert own.body() == stock.body()
    own.close()
    stock.close()


def _fields(client: RawClient) -> dict[str, str]:
    lines = [line.partition(": ") for line in client.head.decode().split("\r\n")[1:]]
    return {name.lower(): value for name, _, value in lines if name.lower() not in ("date", "server")}


def test_who_unsubscribes_within_a_turn_of_many_joins_is_told_no_more(servers: Both):
    many = [said(id=10 + n, subscribe={"key": f"container:M{n}"}) for n in range(30)]
    gone = [said(id=60 + n, unsubscribe={"key": f"container:M{n}"}) for n in range(30)]
    told, _ = alike(servers, [CONNECT, *many, *gone], CLOSE)
    answered = [json.loads(frame).get("id") for frame in told]
    assert {id for id in answered if id and 60 <= id < 90} == set(range(60, 90))
