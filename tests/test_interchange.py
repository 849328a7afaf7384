from __future__ import annotations

import pytest

from adapters import slices
from adapters.interchange import InterchangeHeader, find_header, list_types
from build_formats import decode, interchange, outcomes, sender
from port.actor import Role

EQD = "EQD+CN+XMLU1044773+22G1:102:5++2+5'DTM+7:202611201305:203'"
RECEIPT = (
    "<DEC_RESULT><SEQ_NO>1</SEQ_NO><NOTICE_DATE>2026-11-20T09:15:03</NOTICE_DATE><CHANNEL>P</CHANNEL></DEC_RESULT>"
)
REPORT = f"CODECO'BGM+34+EG1+9'{EQD}"


@pytest.fixture
def pauses(monkeypatch) -> list[float]:
    taken: list[float] = []
    monkeypatch.setattr(slices, "sleep", taken.append)
    return taken


def test_a_large_interchange_is_read_in_slices_so_that_others_get_their_turn(pauses):
    body = interchange(*[REPORT] * 500)
    assert len(decode("edifact", body)) == 500
    assert len(pauses) >= 500 // 20


def test_one_large_message_is_read_in_slices_too(pauses):
    body = interchange(REPORT + EQD * 3000)
    assert len(decode("edifact", body)) == 3001
    assert len(pauses) >= 3000 // 20


@pytest.mark.parametrize(
    ("format_name", "body", "by"),
    [
        ("platform-file", "00:GATEIN::9'" + "50:LJGU1200453:::::::202611211652'" * 3000 + "99:3002'", sender()),
        ("dec-result", f"<R>{RECEIPT * 1000}</R>", sender(Role.CUSTOMS)),
    ],
)
def test_large_lists_and_receipts_are_read_in_slices_too(pauses, format_name, body, by):
    assert len(decode(format_name, body.encode(), by)) == body.count("LJGU") + body.count("<SEQ_NO>")
    assert len(pauses) >= 10


def test_a_small_interchange_is_read_in_one_go(pauses):
    assert outcomes(decode("edifact", interchange(REPORT))) == [("message 1, EQD 1", "XMLU1044773")]
    assert pauses == []


def test_the_head_of_a_long_interchange_is_read_in_its_own_characters():
    body = interchange(*[REPORT + "FTX+AAI+++箱体完好'"] * 200).replace(b"EGGT", "嵩屿码头".encode())
    assert find_header(body) == InterchangeHeader(sender="嵩屿码头", recipient="XML", reference="77")


def test_the_types_of_its_messages_are_told_without_reading_them():
    assert list_types(interchange(REPORT, "COPINO'BGM++1'")) == {"CODECO", "COPINO"}
    assert list_types(b"nothing") == set()
