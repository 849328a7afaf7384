"""A real server under people who mean it harm, while somebody else follows a box and must not notice."""

from __future__ import annotations

import contextlib
import json
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from websockets.sync.client import connect

from build_attacks import HEAD, KEY, MASK, Witness, frame, heard, line_to, opened, reset, said
from build_port import moved
from server import serve

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def witness(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Witness]:
    url = f"sqlite:///{tmp_path_factory.mktemp('attacks') / 'port.db'}"
    with serve(url, salt="the tests draw alike") as server:
        terminal = server.create_key(party="TERMINAL", role="terminal", facilities=("XMHT",))
        customs = server.create_key(party="CUSTOMS", role="customs")
        admin = server.create_key(party="OPERATOR", role="admin")
        with server.client(terminal) as client:
            event = moved("DISC", movementType="IMPORT") | {
                "eventDateTime": (datetime.now(UTC) - timedelta(minutes=2001)).isoformat()
            }
            client.post("/v1/messages/gate", json={"messageID": "W0", "events": [event]}).raise_for_status()
        with connect(f"{server.websocket_url}/v1/stream", compression=None, proxy=None) as line:
            one = Witness(server, terminal, customs, admin, line, version=1)
            line.send(json.dumps({"id": 1, "connect": {"ticket": one.ticket()}}))
            line.send(json.dumps({"id": 2, "subscribe": {"key": KEY}}))
            assert [next(iter(set(json.loads(line.recv(20))) - {"id"})) for _ in range(3)][2] == "snapshot"
            yield one
        assert "Traceback" not in server.log()


@pytest.fixture(autouse=True)
def nobody_notices(witness: Witness) -> Iterator[None]:
    yield
    witness.hears_at_once()
    assert witness.is_alone_again()


def test_a_thousand_that_open_and_say_nothing_are_sent_away_in_time_and_so_is_who_drips_half_a_frame(witness: Witness):
    # Side by side, as each is given ten seconds, and five to go.
    before = witness.memory
    dripping = opened(witness.server)
    with ThreadPoolExecutor(9) as pool:
        drips = pool.submit(drip, dripping)
        lines = [opened(witness.server) for _ in range(1000)]
        witness.hears_at_once()
        assert witness.memory - before < 30 * 2**20
        assert witness.viewers == 1
        opened_at = time.monotonic()
        ends = list(pool.map(heard, lines))
        assert time.monotonic() - opened_at < 20
        assert {code for _, code in ends} == {4002}
        code, seconds = drips.result()
        assert (code in (4002, None), seconds < 25) == (True, True)
    for line in (*lines, dripping):
        line.close()


def drip(line: socket.socket) -> tuple[int | None, float]:
    """Begin to say something, byte by byte; with which code it is ended, and after how long."""
    began = time.monotonic()
    with contextlib.suppress(OSError):
        for byte in said(id=1, connect={"ticket": "x" * 200}):
            line.sendall(bytes((byte,)))
            time.sleep(0.1)
    return heard(line, answers=True)[1], time.monotonic() - began


def test_hundreds_of_half_requests_hold_nobody_up(witness: Witness):
    head = HEAD.format(host="port.example").encode()
    lines = [line_to(witness.server) for _ in range(400)]
    for number, line in enumerate(lines):
        line.sendall(head[: number % len(head)])
    witness.hears_at_once()
    for line in lines:
        reset(line)


def test_a_header_of_many_megabytes_holds_nobody_up(witness: Witness):
    line = line_to(witness.server)
    line.sendall(HEAD.format(host="port.example").encode())
    with contextlib.suppress(OSError):
        for _ in range(20):
            line.sendall(b"X-Padding: " + b"x" * 2**20 + b"\r\n")
    witness.hears_at_once()
    line.close()


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (b"\x81\x05hello", 1002),
        (b"\xf1\x80" + MASK, 1002),
        (b"\x83\x80" + MASK, 1002),
        (b"\x80\x80" + MASK, 1002),
        (b"\x09\x80" + MASK, 1002),
        (b"\x89\xfe\x00\x7e" + MASK, 1002),
        (b"\x88\x82" + MASK + bytes(b ^ m for b, m in zip((1005).to_bytes(2, "big"), MASK, strict=False)), 1002),
        (b"\x81\xff" + (2**63 - 1).to_bytes(8, "big") + MASK, 1009),
        (frame(b"\xff\xfe\xfd"), 1007),
        (frame(b"a" * 9000), 4509),
        (frame(b"x", 2), 4503),
        (frame(b"{}") + frame(b"{}"), 4501),
        (said(id=1, subscribe={"key": KEY}), 4501),
        (said(id=1, connect={"ticket": "guessed"}), 4401),
    ],
)
def test_what_no_client_may_send_ends_it_with_its_code(witness: Witness, wrong: bytes, code: int):
    line = opened(witness.server)
    line.sendall(wrong)
    assert heard(line, answers=True)[1] == code
    line.close()


def test_one_ticket_in_many_hands_opens_one_stream(witness: Witness):
    ticket = witness.ticket()

    def try_it(_number: int) -> tuple[str, int | None]:
        line = opened(witness.server)
        line.sendall(said(id=1, connect={"ticket": ticket}))
        line.settimeout(2)
        texts, code = heard(line, seconds=2)
        line.close()
        return (next(iter(set(texts[0]) - {"id"})) if texts else ""), code

    with ThreadPoolExecutor(12) as pool:
        ends = list(pool.map(try_it, range(12)))
    assert sorted(ends, key=str).count(("connected", None)) == 1
    assert [code for name, code in ends if name != "connected"] == [4401] * 11


def test_all_that_is_said_in_one_piece_is_heard_in_order(witness: Witness):
    line = opened(witness.server)
    words = said(id=1, connect={"ticket": witness.ticket()}) + said(id=2, subscribe={"key": KEY})
    words += (
        said(id=3, subscribe={"key": KEY}) + said(id=4, connect={"ticket": "x"}) + said(id=5, unsubscribe={"key": KEY})
    )
    line.sendall(words)
    texts, _ = heard(line, seconds=3)
    names = [next(iter(set(one) - {"id"})) for one in texts]
    assert names[0] == "connected"
    assert [one["error"]["reason"] for one in texts if "error" in one] == ["ALREADY_SUBSCRIBED", "ALREADY_CONNECTED"]
    assert texts[-1] == {"id": 5, "unsubscribed": {"key": KEY, "reason": "ASKED"}}
    line.close()


@pytest.mark.parametrize("is_connected", [False, True])
@pytest.mark.parametrize(
    "flood",
    [
        pytest.param(lambda: frame(b"", 9) * 20_000, id="pings"),
        pytest.param(lambda: frame(b"", 10) * 20_000, id="pongs"),
        pytest.param(lambda: frame(b"", 1, is_final=False) + frame(b"", 0, is_final=False) * 20_000, id="pieces"),
        pytest.param(
            lambda: b"".join(said(id=n, subscribe={"key": f"instructions:F{n}"}) for n in range(5000)), id="keys"
        ),
        pytest.param(
            lambda: (said(subscribe={"key": "port"}) + said(unsubscribe={"key": "port"})) * 3000, id="to and fro"
        ),
    ],
)
def test_a_flood_is_ended_and_costs_the_others_nothing(
    witness: Witness, flood: Callable[[], bytes], is_connected: bool
):
    line = opened(witness.server)
    if is_connected:
        line.sendall(said(id=1, connect={"ticket": witness.ticket()}))
    with ThreadPoolExecutor(1) as pool:
        end = pool.submit(heard, line, answers=True)
        with contextlib.suppress(OSError):
            line.sendall(flood())
        witness.hears_at_once()
        assert end.result(30)[1] in (4429, 4500, 4501, 1009, None)
    line.close()


def test_resets_in_the_middle_of_everything_leave_nothing_behind(witness: Witness):
    for number in range(40):
        line = opened(witness.server)
        line.sendall(said(id=1, connect={"ticket": witness.ticket()}))
        if number % 3:
            line.sendall(said(id=2, subscribe={"key": KEY}) + said(id=3, subscribe={"key": "port"}))
        if number % 3 == 2:
            line.recv(10)
        if number % 5 == 0:
            line.sendall(frame(b"", 8))
        reset(line)
    assert witness.is_alone_again()


def test_followers_who_never_read_are_ended_and_hold_no_memory_for_long(witness: Witness):
    before, lines = witness.memory, []
    for _ in range(30):
        line = opened(witness.server)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.sendall(said(id=1, connect={"ticket": witness.ticket()}))
        line.sendall(said(id=2, subscribe={"key": KEY}) + said(id=3, subscribe={"key": "port"}))
        lines.append(line)
    for _ in range(15):
        witness.hears_at_once()
    assert witness.memory - before < 15 * 2**20
    for line in lines:
        reset(line)
