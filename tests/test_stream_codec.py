"""web.stream_codec: reads what the `websockets` library reads, refuses what it refuses, with the same code."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode
from websockets.protocol import OPEN
from websockets.server import ServerProtocol

from web import stream_codec
from web.stream_codec import MAX_MESSAGE_BYTES, Broken, Reader, check_close, close_frame, control_frame, text_frame

DATA = (Opcode.CONT, Opcode.TEXT, Opcode.BINARY)
Heard = list[tuple[int, bytes]]


def theirs(*chunks: bytes) -> tuple[Heard, int | None]:
    """What websockets makes of it: messages and control frames, and the code it fails the connection with."""
    protocol = ServerProtocol(state=OPEN, max_size=MAX_MESSAGE_BYTES)
    heard: Heard = []
    pieces: list[Frame] = []
    for chunk in chunks:
        protocol.receive_data(chunk)
        for event in protocol.events_received():
            assert isinstance(event, Frame)
            if event.opcode not in DATA:
                heard.append((int(event.opcode), bytes(event.data)))
                continue
            pieces.append(event)
            if event.fin:
                heard.append((int(pieces[0].opcode), b"".join(bytes(piece.data) for piece in pieces)))
                pieces = []
    failed = protocol.parser_exc is not None
    return heard, protocol.close_sent.code if failed and protocol.close_sent else None


def ours(*chunks: bytes) -> tuple[Heard, int | None]:
    """What our reader makes of it; like theirs it stops at a close frame."""
    reader = Reader()
    heard: Heard = []
    try:
        for chunk in chunks:
            reader.feed(chunk)
            while (received := reader.next()) is not None:
                if received.opcode is stream_codec.Opcode.CLOSE:
                    check_close(received.payload)
                    return [*heard, (int(received.opcode), received.payload)], None
                heard.append((int(received.opcode), received.payload))
    except Broken as broken:
        return heard, broken.code
    return heard, None


@st.composite
def frames(draw: st.DrawFn) -> bytes:
    """One frame of a client, mostly right; a wrong one is whole, as websockets judges no sooner."""
    opcode = draw(st.sampled_from([0, 1, 1, 1, 2, 8, 9, 10, 3, 15]))
    is_final, reserved = draw(st.sampled_from([True, True, True, False])), draw(st.sampled_from([0] * 9 + [1, 4]))
    size = draw(st.sampled_from([0, 1, 2, 5, 124, 125, 126, 127, 300, 65_535, 65_536, 65_537]))
    payload = random.Random(draw(st.integers(0, 99))).randbytes(size)
    if opcode == 8 and draw(st.booleans()):
        code = draw(st.sampled_from([1000, 1001, 1004, 1005, 1006, 1011, 1014, 1015, 2999, 3000, 4999, 5000]))
        payload = code.to_bytes(2, "big") + draw(st.sampled_from([b"", b"bye", "再见".encode(), b"\xff"]))
    form = draw(st.sampled_from(["shortest"] * 6 + ["two", "eight"]))
    mask = draw(st.one_of(st.none(), st.binary(min_size=4, max_size=4))) if draw(st.integers(0, 9)) == 0 else b"mask"
    return _frame((is_final << 7) | (reserved << 4) | opcode, payload, form=form, mask=mask)


def _frame(first: int, payload: bytes, *, form: str = "shortest", mask: bytes | None = b"mask") -> bytes:
    length, bit = len(payload), 0 if mask is None else 0x80
    if form == "eight" or length > 65_535:
        head = bytes((first, bit | 127)) + length.to_bytes(8, "big")
    elif form == "two" or length > 125:
        head = bytes((first, bit | 126)) + length.to_bytes(2, "big")
    else:
        head = bytes((first, bit | length))
    if mask is None:
        return head + payload
    return head + mask + bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))


@given(st.lists(frames(), max_size=6), st.lists(st.floats(0, 1), max_size=5))
def test_every_conversation_is_read_as_websockets_reads_it(sent: list[bytes], places: list[float]):
    stream = b"".join(sent)
    cuts = sorted({round(place * len(stream)) for place in places})
    chunks = [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True) if start != end]
    heard, code = theirs(*chunks)
    # A frame that breaks two rules at once may be called too big or wrong.
    told, failed = ours(*chunks)
    assert told == heard
    assert failed == code or {failed, code} == {1002, 1009}


def test_a_close_with_a_wrong_code_and_no_text_fails_as_websockets_fails_it():
    sent = b"\x88\x85mask\xa0f_\xb3\x0f"
    assert ours(sent) == theirs(sent) == ([], 1007)


@given(st.binary(max_size=400))
def test_noise_is_refused_no_later_than_by_websockets(noise: bytes):
    heard, code = theirs(noise)
    told, failed = ours(noise)
    assert told == heard
    assert code is None or failed == code or {failed, code} == {1002, 1009}


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, 200_000])
def test_what_we_write_is_what_websockets_would_write(size: int):
    payload = bytes(size)
    assert text_frame(payload) == Frame(Opcode.TEXT, payload).serialize(mask=False)
    if size <= 125:
        written = control_frame(stream_codec.Opcode.PONG, payload)
        assert written == Frame(Opcode.PONG, payload).serialize(mask=False)


def test_a_reason_that_is_too_long_is_cut():
    assert close_frame(4000, "x" * 200) == b"\x88\x7d" + (4000).to_bytes(2, "big") + b"x" * 123


def test_a_message_that_comes_byte_by_byte_is_whole_at_its_last():
    reader = Reader()
    whole = _frame(0x81, b"x" * 60_000)
    for byte in whole[:-1]:
        reader.feed(bytes((byte,)))
        assert reader.next() is None
    reader.feed(whole[-1:])
    assert (reader.next(), reader.is_empty) == ((stream_codec.Opcode.TEXT, b"x" * 60_000), True)


def test_control_frames_may_come_between_the_pieces_of_a_message():
    pieces = [_frame(0x01, b"half "), _frame(0x89, b"ping"), _frame(0x80, b"and half")]
    assert ours(*pieces) == ([(9, b"ping"), (1, b"half and half")], None)
