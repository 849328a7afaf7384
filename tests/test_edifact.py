from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydifact.segmentcollection import Interchange

from adapters import charsets
from adapters.charsets import decode_text
from adapters.edifact import EdiMessage, messages, messages_in
from adapters.edifact_text import Separators, open_text, part, split_segment, split_text
from adapters.edifact_times import read_time
from adapters.interchange import InterchangeHeader, find_header
from adapters.rejection import Reason, Rejected
from adapters.seam import CHINA
from build_formats import MESSAGES, kept, local

MESSAGE = "UNH+1+CODECO:D:95B:UN'BGM+34+EG1+9'UNT+3+1'"
WHOLE = f"UNB+UNOA:2+EGGT+XML+261120:1400+77'{MESSAGE}UNZ+1+77'"


def read(text: str | bytes) -> list[EdiMessage]:
    return list(messages(text if isinstance(text, bytes) else text.encode()))


def segments(text: str | bytes) -> list[list[str]]:
    return [message.segments for message in read(text)]


def warnings(text: str | bytes) -> list[tuple[str, str]]:
    return [(warned.reason.value, warned.where) for message in read(text) for warned in message.warnings]


def faults(text: str | bytes) -> list[tuple[Reason, str] | None]:
    return [message.broken and (message.broken.reason, message.broken.where) for message in read(text)]


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


def test_una_may_name_other_separators():
    [message] = read(kept("codeco/other_separators.edi"))
    assert message.separators == Separators("|", "#", ",", "\\", "~")
    assert message.split("SEL#A\\#B+C'77#CA") == [["SEL"], ["A#B+C'77"], ["CA"]]


def test_level_b_separates_by_information_separators():
    text = WHOLE.replace("UNOA", "UNOB").replace("'", "\x1c").replace("+", "\x1d").replace(":", "\x1f")
    [message] = read(text)
    assert message.split(message.segments[0]) == [["UNH"], ["1"], ["CODECO", "D", "95B", "UN"]]


@pytest.mark.parametrize(
    ("raw", "segment"),
    [
        ("FTX+A?'B", [["FTX"], ["A'B"]]),
        ("FTX+A??+B", [["FTX"], ["A?"], ["B"]]),
        ("FTX+A???+B", [["FTX"], ["A?+B"]]),
        ("FTX+A:B??:C?:D", [["FTX"], ["A", "B?", "C:D"]]),
        ("FTX+A?", [["FTX"], ["A"]]),
        ("FTX", [["FTX"]]),
    ],
)
def test_the_release_character_frees_the_next_one(raw, segment):
    assert split_segment(raw, Separators()) == segment
    assert part(segment, 9, 9) == ""


escaped = st.text(st.sampled_from("AB?'+: \n"), max_size=30)


@given(st.lists(escaped, min_size=1, max_size=5))
def test_any_text_survives_being_escaped_and_read_again(texts):
    raw = "+".join("".join(f"?{c}" if c in "?'+:" else c for c in text) for text in texts)
    opened = open_text(f"UNH+{raw}'".encode())
    [piece] = list(split_text(opened))
    assert split_segment(piece, opened.separators) == [["UNH"], *([text] for text in texts)]


def test_windows_join_where_an_escaped_terminator_meets_their_edge():
    texts = [f"{n}x'" * 300 for n in range(200)]
    escaped = "".join("FTX+" + text.replace("'", "?'") + "'" for text in texts)
    pieces = list(split_text(open_text(f"UNH+1+CODECO:D:95B:UN'{escaped}".encode())))
    assert [split_segment(piece, Separators())[1][0] for piece in pieces[1:]] == texts


def test_what_is_longer_than_a_window_breaks_its_message_and_no_other():
    text = WHOLE.replace("UNZ+1", "UNH+2+CODECO:D:95B:UN'BGM+34+EG2+9'UNT+3+2'UNZ+2")
    broken = text.replace("EG1", "?'" * 50_000, 1)
    assert faults(broken)[0] == (Reason.OVERSIZE, "message 1, segment 2 BGM")
    assert segments(broken)[-1] == ["UNH+2+CODECO:D:95B:UN", "BGM+34+EG2+9"]


@pytest.mark.parametrize(("filler", "reason"), [("a'", Reason.NOT_EDIFACT), ("LOC+9'", Reason.OVERSIZE)])
def test_a_body_of_nothing_but_filler_is_given_up(filler, reason):
    with pytest.raises(Rejected) as raised:
        read(WHOLE.replace("UNT", filler * 300_001 + "UNT"))
    assert raised.value.reason is reason


@pytest.mark.parametrize(
    ("text", "charset", "named"),
    [
        ("闽D", "utf-8", "UNOY"),
        ("闽D", "utf-8", "UNOC"),
        ("闽D", "gb18030", "UNOA"),
        ("闽D", "gb2312", "UNOB"),
        ("MUNCIË", "iso8859-1", "UNOC"),
        ("Łódź", "iso8859-2", "UNOD"),
        ("Ωμέγα", "iso8859-7", "UNOF"),
    ],
)
def test_the_charset_is_what_the_bytes_fit_not_what_unb_claims(text, charset, named):
    assert text in decode_text(f"UNB+{named}:3+{text}'".encode(charset))


def test_bytes_of_no_charset_still_give_a_text():
    assert "UNB" in decode_text(b"UNB+UNOA:1+\xff\xff\x81'")


@pytest.mark.parametrize("body", [b"\xef", b"\xef\xbb", b"\xef\xbb\xbf", b"\xe9", b"\x81", b"UNB\xef\xbb"])
def test_a_body_that_ends_within_a_character_is_text_all_the_same(body):
    decode_text(body)
    with pytest.raises(Rejected):
        read(body)


def test_the_header_says_who_sends_under_which_reference():
    assert find_header(WHOLE.encode()) == InterchangeHeader(sender="EGGT", recipient="XML", reference="77")
    assert find_header(b"UNH+1+CODECO'") is None
    assert find_header(b"") is None


@pytest.mark.filterwarnings("ignore::pydifact.exceptions.MissingImplementationWarning")
@pytest.mark.parametrize(
    "name", ["codeco/release_character.edi", "coarri/discharge_and_load.edi", "coarri/replacement.edi"]
)
def test_pydifact_reads_the_same_segments_from_a_clean_file(name):
    # pydifact keeps line breaks inside its tags, so it gets the file without them.
    text = kept(name).decode().replace("\n", "")
    theirs = [
        [[segment.tag, *segment.elements] for segment in message.segments]
        for message in Interchange.from_str(text).get_messages()
    ]
    ours = [[message.split(raw) for raw in message.segments[1:]] for message in read(kept(name))]
    assert [[[tag[0], *map(_flat, rest)] for tag, *rest in message] for message in ours] == theirs


def _flat(element: list[str]) -> str | list[str]:
    return element[0] if len(element) == 1 else element


@pytest.mark.parametrize(
    ("value", "code", "at", "is_zone_assumed"),
    [
        ("202611201305", "203", "2026-11-20T13:05", True),
        ("20261120130507", "204", "2026-11-20T13:05:07", True),
        ("2611201305", "201", "2026-11-20T13:05", True),
        ("261120130507", "202", "2026-11-20T13:05:07", True),
        ("20261120130507", "203", "2026-11-20T13:05:07", True),
        ("202611201305", "", "2026-11-20T13:05", True),
        ("202611201305+0100", "205", "2026-11-20T13:05+01:00", False),
        ("202611201305UTC", "303", "2026-11-20T13:05+00:00", False),
        ("20261120130507-05", "304", "2026-11-20T13:05:07-05:00", False),
    ],
)
def test_an_edifact_time_is_the_senders_local_time_unless_it_says_a_zone(value, code, at, is_zone_assumed):
    assert read_time(value, code, CHINA, where="x") == (local(at), is_zone_assumed)


@pytest.mark.parametrize(
    ("value", "code", "reason"),
    [
        ("", "203", Reason.TIME_MISSING),
        ("20261120", "102", Reason.DATE_WITHOUT_TIME),
        ("20261120", "203", Reason.DATE_WITHOUT_TIME),
        ("261120", "101", Reason.DATE_WITHOUT_TIME),
        ("202611201305", "805", Reason.UNKNOWN_CODE),
        ("202611312400", "203", Reason.BAD_VALUE),
        ("202613201305", "203", Reason.BAD_VALUE),
        ("000011201305", "203", Reason.BAD_VALUE),
        ("2010112013", "203", Reason.BAD_VALUE),
        ("20261120130", "203", Reason.BAD_VALUE),
        ("2026-11-20 13:05", "203", Reason.BAD_VALUE),
        ("202611201305EST", "303", Reason.BAD_VALUE),
        ("202611201305+9900", "205", Reason.BAD_VALUE),
        ("２０２６１１２０１３０５", "203", Reason.BAD_VALUE),
    ],
)
def test_a_time_that_cannot_be_read_says_why(value, code, reason):
    with pytest.raises(Rejected) as raised:
        read_time(value, code, CHINA, where="message 1, segment 4 DTM")
    assert (raised.value.reason, raised.value.where) == (reason, "message 1, segment 4 DTM")


@settings(max_examples=300)
@given(st.binary(max_size=300) | st.text(st.sampled_from("UNABHTZ+:'?\n ;1CO"), max_size=200).map(str.encode))
def test_nothing_but_rejected_leaves_the_reader(body):
    for text in (body, b"UNB+UNOA:1'" + body, b"UNA" + body):
        with suppress(Rejected):
            assert all(message.segments for message in messages(text))
