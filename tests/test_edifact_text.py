"""What is text in an interchange and how it is read: separators, releases, charsets, times."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydifact.segmentcollection import Interchange

from adapters.charsets import decode_text
from adapters.edifact_text import Separators, open_text, part, split_segment, split_text
from adapters.edifact_times import read_time
from adapters.interchange import InterchangeHeader, find_header
from adapters.rejection import Reason, Rejected
from adapters.seam import CHINA
from build_edifact import WHOLE, faults, read, segments
from build_formats import kept, local


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
