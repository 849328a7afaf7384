from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters import contrl, intake
from adapters.edifact import messages
from adapters.interchange import find_header
from adapters.rejection import WARNINGS, Reason
from build_edi import lifted
from build_formats import MESSAGES, NOW, interchange, kept, sender
from build_port import TestPort
from port.draft import ItemResult, Receipt

EQD = "EQD+CN+XMLU1044773'DTM+7:202611201305:203'"
WRONG = "EQD+CN+XMLU1044774'DTM+7:202611201305:203'"
EDI = sorted(path.read_bytes() for path in MESSAGES.rglob("*.edi"))


def receipt_of(body: bytes, receipt_id: str = "0193aaaa-bbbb-8ccc-8ddd-eeeeffff0001") -> Receipt:
    draft = intake.receive(body, format="edifact", sender=sender(), key_id="k", received_at=NOW)
    results = tuple(
        ItemResult(n, item.path, "accepted" if item.fact else "rejected", warnings=item.warnings, error=item.error)
        for n, item in enumerate(draft.items, 1)
    )
    return Receipt(receipt_id, draft.sha256, NOW, is_duplicate=False, results=results)


def answered(body: bytes, **told: str) -> list[str]:
    return contrl.answer(body, receipt_of(body, **told)).decode("iso8859-1").splitlines()


def test_an_interchange_taken_whole_is_acknowledged():
    assert answered(interchange(f"CODECO'BGM+34+EG1+9'{EQD}")) == [
        "UNB+UNOC:3+XML+EGGT+261121:1200+DDEEEEFFFF0001'",
        "UNH+1+CONTRL:D:3:UN'",
        "UCI+77+EGGT+XML+7'",
        "UNT+3+1'",
        "UNZ+1+DDEEEEFFFF0001'",
    ]


def test_a_message_not_taken_is_named_and_one_taken_in_part_explained():
    body = interchange(f"CODECO'BGM+34+EG1+9'{WRONG}{EQD}", "COPINO'BGM++1'")
    assert answered(body)[1:] == [
        "UNH+1+CONTRL:D:3:UN'",
        "UCI+77+EGGT+XML+7'",
        "UCM+2+COPINO:D:95B:UN+4+14+UNH'",
        "UNT+4+1'",
        "UNH+2+APERAK:D:00B:UN'",
        "BGM+313+DDEEEEFFFF00011+9'",
        "DTM+137:20261121120000:204'",
        "RFF+ACW:1'",
        "ERC+12'",
        (
            "FTX+AAO+++BAD_CONTAINER_NUMBER:message 1, EQD 1:message 1, segment 3 EQD"
            ":XMLU1044774 has the check digit 4, "
            "which does not fit."
            ":Look at the container again?: XMLU104477 has the check digit 3 (XMLU1044773).'"
        ),
        "UNT+7+2'",
        "UNZ+2+DDEEEEFFFF0001'",
    ]


@pytest.mark.parametrize(
    ("body", "uci"),
    [
        (b"{}", "UCI+0+UNKNOWN+PORT+4+18'"),
        (b"UNB+UNOA:2+EG?'GT:ZZ+XML:14+261120:1400+7?+7'UNZ+0+77'", "UCI+7?+7+EG?'GT:ZZ+XML:14+4+13'"),
        (b"UNB+UNOA:2+\xe9\x97\xbd+XML+261120:1400+1'UNZ+0+1'", "UCI+1+.+XML+4+13'"),
    ],
)
def test_a_body_without_a_message_is_rejected_whole(body, uci):
    assert answered(body)[2] == uci


def test_a_message_cut_off_or_headless_has_what_is_known_of_it():
    body = kept("coarri/discharge_and_load.edi")
    lines = answered(body[: body.index(b"SEL+H73175")])
    assert [line for line in lines if line.startswith("UC")][1].endswith("+4+13+UNT'")
    assert "UCM+0+NOTYPE+4+13'" in answered(b"UNB+UNOA:2+A+B+261120:1400+1'BGM+34+EG1+9'UNT+2+1'UNZ+1+1'")


@pytest.mark.parametrize(
    ("wound", "verdict"),
    [
        (("EQD+CN", "EQD+CN+" + "X" * 5000 + "'EQD+CN"), ["UCM+1+CODECO:D:95B:UN+4'", "UCS+3+39'"]),
        (("EG1+9'", "EG1+9\n"), ["UCM+1+CODECO:D:95B:UN+4'", "UCS+2+13'"]),
        (("BGM+34+EG1+9'", ""), ["UCM+1+CODECO:D:95B:UN+4+13'"]),
        (("CODECO", "COPINO"), ["UCM+1+COPINO:D:95B:UN+4+14+UNH'"]),
    ],
)
def test_a_fault_of_form_is_told_with_the_position_of_its_segment(wound, verdict):
    body = interchange(f"CODECO'BGM+34+EG1+9'{EQD}").decode().replace(*wound).encode()
    lines = answered(body)
    assert [line for line in lines if line.startswith(("UCM", "UCS"))] == verdict
    assert not any(line.startswith("ERC") for line in lines)


@pytest.mark.parametrize(
    ("bgm", "code", "said"),
    [
        ("BGM+34+EG1+3'", "ERC+14'", "UNKNOWN_CODE:message 1:message 1, segment 2 BGM:The document function"),
        ("BGM+34++5'", "ERC+13'", "FIELD_MISSING:message 1:message 1, segment 2 BGM:It replaces or cancels"),
    ],
)
def test_a_message_refused_for_what_it_says_was_read_and_is_explained(bgm, code, said):
    lines = answered(interchange(f"CODECO'{bgm}{EQD}"))
    assert "UCI+77+EGGT+XML+7'" in lines
    assert not any(line.startswith("UCM") for line in lines)
    assert lines[-4] == code
    assert lines[-3].startswith(f"FTX+AAO+++{said}")


def test_an_answer_names_no_more_errors_than_anybody_reads():
    lines = answered(interchange("CODECO'BGM+34+EG1+9'" + WRONG * 3000))
    assert sum(line.startswith("ERC") for line in lines) == 999


def test_words_beyond_the_answers_characters_are_dots():
    body = interchange(f"CODECO'BGM+34+EG1+9'{EQD}").replace(b"EGGT", "嵩屿".encode())
    assert "UCI+77+..+XML+7'" in answered(body)


def test_a_dry_run_has_no_reference():
    assert answered(interchange(f"CODECO'BGM+34+EG1+9'{EQD}"), receipt_id="")[-1] == "UNZ+1+0'"


def test_every_refusal_of_an_interchange_has_a_code_of_the_standard():
    told = set(contrl._ERRORS)
    other = {"NOT_JSON", "NOT_XML", "NOT_EDIFACT", "TIME_WITHOUT_ZONE", "FOREIGN_DECLARANT", "INTERNAL_ERROR"}
    assert told | other == set(Reason) - WARNINGS
    assert set(contrl._ERRORS.values()) <= {"12", "13", "14", "15", "16", "17", "18", "32", "36", "39"}


def test_the_documentation_says_which_number_stands_for_which_reason():
    page = (Path(__file__).parent.parent / "docs" / "reasons.md").read_text()
    rows = [line.split("|") for line in page.partition("## In EDIFACT")[2].splitlines() if re.match(r"\| [0-9]", line)]
    told = {reason: row[1].split()[0] for row in rows for reason in re.findall(r"`([A-Z_]+)`", row[2])}
    assert told == {reason.value: number for reason, number in contrl._ERRORS.items()}
    broken = page.partition("Broken in its form are")[2]
    assert set(re.findall(r"`([A-Z_]+)`", broken)) == {reason.value for reason in contrl._OF_SYNTAX}


@settings(max_examples=100, deadline=None)
@given(body=st.sampled_from(EDI), at=st.integers(0, 4000), put=st.binary(max_size=8), cut=st.integers(0, 12))
def test_whatever_came_the_answer_is_an_interchange_that_can_be_read(body, at, put, cut):
    where = at % len(body)
    wounded = body[:where] + put + body[where + cut :]
    answer = contrl.answer(wounded, receipt_of(wounded))
    assert find_header(answer) is not None
    read = list(messages(answer))
    assert [edi.message_type for edi in read] == ["CONTRL", *["APERAK"] * (len(read) - 1)]
    assert [(edi.broken, edi.warnings) for edi in read] == [(None, [])] * len(read)


def test_the_door_answers_in_edifact_when_asked(port: TestPort):
    asked = {"Accept": "application/edifact"}
    taken = port.push("edifact", lifted(), role="terminal", **asked)
    assert (taken.status_code, taken.headers["content-type"]) == (200, "application/edifact")
    assert taken.text.splitlines()[2] == "UCI+1+XMHT+PORT+7'"
    again = port.push("edifact", lifted(), role="terminal", **asked)
    assert again.text == taken.text
    refused = port.push("edifact", b"nothing", role="terminal", **asked)
    assert (refused.status_code, refused.text.splitlines()[2]) == (422, "UCI+0+UNKNOWN+PORT+4+18'")


def test_who_may_send_some_messages_only_is_turned_away_with_any_other(port: TestPort):
    released = kept("cusres/released.edi")
    answers = [port.push("edifact", body, role="customs") for body in (lifted(), released, lifted() + released)]
    assert [answer.status_code for answer in answers] == [403, 200, 200]
    assert [one["outcome"] for one in answers[2].json()["results"]] == ["rejected", "accepted"]


def test_a_receipt_is_json_unless_asked_otherwise(port: TestPort):
    assert port.push("edifact", lifted(), role="terminal").headers["content-type"] == "application/json"
