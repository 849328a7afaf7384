from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters import charsets
from adapters.edifact import EdiMessage, messages, messages_in
from adapters.edifact_text import Separators, open_text, split_text
from adapters.rejection import Reason, Rejected
from build_edifact import MESSAGE, WHOLE, faults, read, segments, warnings
from build_formats import MESSAGES, kept


def test_a_clean_interchange_is_read_without_a_warning():
    [message] = read(WHOLE)
    assert message == EdiMessage(
        number=1,
        separators=Separators(),
        message_type="CODECO",
        reference="1",
        prepared="2611201400",
        segments=["UNH+1+CODECO:D:95B:UN", "BGM+34+EG1+9"],
        warnings=[],
        broken=None,
    )


@pytest.mark.parametrize(
    "dirty",
    [
        "\ufeff" + WHOLE,
        WHOLE.replace("'", "'\r\n"),
        WHOLE.replace("'", "'\n\n\t"),
        ";" + WHOLE.replace("'", "'\n;"),
        WHOLE + "\x1a",
        WHOLE.replace("UNT+3", "UNT+000003").replace("UNZ+1", "UNZ+01"),
        "UNA:+.? '" + WHOLE,
        "UNA:+.? '\n" + WHOLE,
        WHOLE.replace("261120:", "20261120:"),
        WHOLE.replace("BGM+34", "BG\nM+3\r\n4"),
    ],
)
def test_dirt_that_hides_nothing_is_passed_over(dirty):
    assert segments(dirty) == [["UNH+1+CODECO:D:95B:UN", "BGM+34+EG1+9"]]
    assert warnings(dirty) == []


@pytest.mark.parametrize(
    ("dirty", "warning"),
    [
        (MESSAGE + "UNZ+1+77'", ("ENVELOPE_MISSING", "UNB")),
        (WHOLE.replace("UNZ+1+77'", ""), ("ENVELOPE_MISSING", "UNZ")),
        (WHOLE.replace("UNT+3+1'", ""), ("ENVELOPE_MISSING", "message 1, UNT")),
        (WHOLE.replace("UNT+3", "UNT+7"), ("COUNT_WRONG", "message 1, UNT")),
        (WHOLE.replace("UNT+3", "UNT+x"), ("COUNT_WRONG", "message 1, UNT")),
        (WHOLE.replace("UNT+3+1", "UNT+3+2"), ("ENVELOPE_WRONG", "message 1, UNT")),
        (WHOLE.replace("UNZ+1", "UNZ+4"), ("COUNT_WRONG", "UNZ")),
        (WHOLE.replace("UNZ+1+77", "UNZ+1+78"), ("ENVELOPE_WRONG", "UNZ")),
        ("From: edi\n\n" + WHOLE, ("TEXT_BETWEEN_SEGMENTS", "before the first segment")),
        (WHOLE.replace("BGM", "gate report\nBGM"), ("TEXT_BETWEEN_SEGMENTS", "message 1, after segment 1")),
        (WHOLE.replace("UNT", "-- end --'UNT"), ("TEXT_BETWEEN_SEGMENTS", "message 1, after segment 2")),
        (WHOLE + "\nsent by PORTLINK", ("TEXT_BETWEEN_SEGMENTS", "after message 1")),
        (WHOLE[:-1], ("TERMINATOR_MISSING", "after message 1")),
    ],
)
def test_what_is_odd_but_clear_is_taken_with_a_warning(dirty, warning):
    assert segments(dirty) == [["UNH+1+CODECO:D:95B:UN", "BGM+34+EG1+9"]]
    assert warnings(dirty) == [warning]


def test_two_segments_on_a_line_are_two_segments():
    assert segments(WHOLE.replace("'", "'\n").replace("'\nUNT", "'UNT")) == segments(WHOLE)


def test_a_second_interchange_in_the_same_body_is_read_too():
    assert [(m.number, m.message_type, m.warnings) for m in read(WHOLE + WHOLE)] == [
        (1, "CODECO", []),
        (2, "CODECO", []),
    ]


def test_a_cut_off_message_is_broken_and_the_complete_ones_before_it_count():
    cut = WHOLE[: WHOLE.index("UNZ")] + "UNH+2+CODECO:D:95B:UN'BGM+34+EG2+9'EQD+CN+XMLU10"
    assert segments(cut)[0] == ["UNH+1+CODECO:D:95B:UN", "BGM+34+EG1+9"]
    assert faults(cut) == [None, (Reason.TRUNCATED, "message 2, segment 2 BGM")]


def test_a_message_cut_off_in_its_own_head_is_not_lost():
    assert faults(WHOLE[: WHOLE.index("UNZ")] + "UNH+2+COD") == [None, (Reason.TRUNCATED, "message 2, segment 1 UNH")]


KEPT = sorted(path.relative_to(MESSAGES).as_posix() for path in MESSAGES.rglob("*.edi"))


@pytest.mark.parametrize("name", KEPT)
@pytest.mark.parametrize("size", [1, 3, 10, 64])
def test_a_body_read_in_blocks_of_any_size_is_the_same_body(name, size, monkeypatch):
    def told() -> list[EdiMessage] | Rejected:
        try:
            return read(kept(name))
        except Rejected as rejected:
            return rejected

    at_once = told()
    monkeypatch.setattr(charsets, "_BLOCK_BYTES", size)
    assert told() == at_once


def test_no_more_of_a_body_is_decoded_than_is_asked_for():
    body = WHOLE.encode() * 5000
    opened = open_text(body)
    assert next(messages_in(opened)).number == 1
    assert sum(map(len, opened.blocks)) > 0.7 * len(body)


def test_a_piece_without_an_end_is_not_held_whole():
    body = WHOLE[: WHOLE.index("BGM")].encode() + b"BGM+34+" + b"E" * 900_000
    pieces = list(split_text(open_text(body)))
    assert [len(piece) for piece in pieces[2:]] == [65536]
    assert faults(body) == [(Reason.TRUNCATED, "message 1, segment 1 UNH")]


def test_after_a_piece_that_is_too_long_the_next_segment_is_found():
    long = WHOLE.replace("EG1", "E" * 200_000)
    assert [piece[:3] for piece in split_text(open_text(long.encode()))] == ["UNB", "UNH", "BGM", "UNT", "UNZ"]
    assert faults(long) == [(Reason.OVERSIZE, "message 1, segment 2 BGM")]


def test_blanks_of_any_length_between_segments_are_passed_over():
    assert segments(WHOLE.replace("BGM", " \r\n" * 70_000 + "BGM")) == segments(WHOLE)


def test_text_of_any_length_before_the_first_segment_is_passed_over():
    text = "forwarded by the mail gateway\n" * 9000 + WHOLE
    assert warnings(text) == [("TEXT_BETWEEN_SEGMENTS", "before the first segment")]


@pytest.mark.parametrize("length", range(1, len(WHOLE)))
def test_a_cut_at_any_place_gives_the_whole_message_or_says_that_something_is_missing(length):
    try:
        [message] = read(WHOLE[:length])
        fault = message.broken.reason if message.broken else None
        is_told = bool(message.warnings)
    except Rejected as rejected:
        fault, is_told = rejected.reason, False
    assert is_told or fault in (Reason.NOT_EDIFACT, Reason.TRUNCATED, Reason.SEGMENT_MISSING)


def test_a_missing_terminator_breaks_its_message_and_no_other():
    text = WHOLE.replace("UNZ+1", "UNH+2+CODECO:D:95B:UN'BGM+34+EG2+9'UNT+3+2'UNZ+2")
    broken = text.replace("BGM+34+EG1+9'", "BGM+34+EG1+9\n")
    assert faults(broken) == [(Reason.TERMINATOR_MISSING, "message 1, segment 2 BGM"), None]


def test_a_body_without_terminators_is_refused_as_that():
    with pytest.raises(Rejected) as raised:
        read(kept("codeco/no_terminators.edi"))
    assert raised.value == Rejected(Reason.TERMINATOR_MISSING, "UNB")


def test_a_segment_without_a_head_before_it_is_told():
    assert faults(WHOLE.replace("UNH+1+CODECO:D:95B:UN'", "")) == [(Reason.SEGMENT_MISSING, "message 1, before BGM")]


def test_a_segment_longer_than_any_of_the_standard_breaks_its_message():
    assert faults(WHOLE.replace("EG1", "E" * 5000)) == [(Reason.OVERSIZE, "message 1, segment 2 BGM")]


@pytest.mark.parametrize(
    ("body", "reason", "message"),
    [
        (b"", Reason.NOT_EDIFACT, "The body is empty."),
        (b" \r\n\t", Reason.NOT_EDIFACT, "The body is empty."),
        (b"hello", Reason.NOT_EDIFACT, "The body holds no EDIFACT interchange."),
        (b'{"events":[]}', Reason.NOT_EDIFACT, "The body holds no EDIFACT interchange."),
        (WHOLE.encode("utf-16"), Reason.NOT_EDIFACT, "The body holds NUL bytes."),
        (b"UNA:+", Reason.TRUNCATED, "The message is cut off: the body ends before its UNT."),
        (b"UNA::.? 'UNB:", Reason.BAD_VALUE, "UNA::.? ' names separators that cannot be told apart."),
        (b"UNB+UNOA:2+A+B+261120:1400+1'UNZ+0+1'", Reason.SEGMENT_MISSING, "The interchange holds no message."),
    ],
)
def test_what_is_no_interchange_is_refused_whole(body, reason, message):
    with pytest.raises(Rejected) as raised:
        read(body)
    assert (raised.value.reason, raised.value.message) == (reason, message)


@settings(max_examples=300)
@given(st.binary(max_size=300) | st.text(st.sampled_from("UNABHTZ+:'?\n ;1CO"), max_size=200).map(str.encode))
def test_nothing_but_rejected_leaves_the_reader(body):
    for text in (body, b"UNB+UNOA:1'" + body, b"UNA" + body):
        with suppress(Rejected):
            assert all(message.segments for message in messages(text))
