"""Every reason a decoder says it may give is given by a message, and it gives no other."""

from __future__ import annotations

import json

import pytest

from adapters import courier, cusres, customs, dec_result, gate, interchange, platform_file
from adapters.rejection import Rejected
from adapters.seam import Refused, SenderProfile
from build_formats import box_numbers, decode, sender
from build_formats import interchange as enveloped
from build_reasons import TWO, Case, named, refused
from port.actor import Role


def given(format_name: str, cases: list[Case]) -> dict[str, int]:
    """Each reason that came, and how many of the cases gave it."""
    came: dict[str, int] = {}
    for body, by in cases:
        for reason in refused(format_name, body, by):
            came[reason] = came.get(reason, 0) + 1
    return came


CUSTOMS = sender(Role.CUSTOMS)
NUMBER = "RFF+ABT:371120261001234567'"
AT = "DTM+9:202611211016:203'"


def response(*segments: str, bgm: str = "BGM+963+XM1+9'") -> Case:
    return enveloped(f"CUSRES'{bgm}{''.join(segments)}"), CUSTOMS


CUSRES = [
    response(NUMBER, AT, "GIS+77'"),
    response(NUMBER, AT, "GIS+4'", bgm="BGM+963+XM1+1'"),
    response("RFF+ABT:12'", AT, "GIS+4'"),
    response(AT, "GIS+4'"),
    response(NUMBER, "GIS+4'"),
    response(NUMBER, "DTM+9:20261121:102'", "GIS+4'"),
    response(NUMBER, "DTM+9:203611211016:203'", "GIS+4'"),
    response(NUMBER, AT),
    response(NUMBER, AT, "GIS+4'", "RFF+ABT:371120261001234575'"),
    response(NUMBER, AT, "EQD+CN+LJGU1200454'GIS+4'"),
    response(NUMBER, AT, *[f"EQD+CN+{number}'" for number in box_numbers(2001)], "GIS+4'"),
]
EQD = "EQD+CN+XMLU1044773'DTM+7:202611201305:203'"
WHOLE = enveloped(f"CODECO'BGM+34+EG1+9'{EQD}")
INTERCHANGE = [
    (enveloped("COPINO'BGM++1'"), sender()),
    (WHOLE, sender(Role.TALLY)),
    (WHOLE[:-20], sender()),
    (WHOLE.replace(b"EG1+9'", b"EG1+9\n"), sender()),
    (WHOLE.replace(b"UNH+1+CODECO:D:95B:UN'", b""), sender()),
    (b"hello", sender()),
    (b"UNA::.? 'UNB:", sender()),
    (WHOLE.replace(b"EG1", b"E" * 5000), sender()),
    (enveloped(f"CODECO'BGM+34+EG1+9'{EQD * 10_001}"), sender()),
]
BOX = "50:LJGU1200453:45G1:F:I:::9914:202611211652'\n"
LIST = f"00:GATEIN::9'\n{BOX}99:3'"
PLATFORM_FILE = [
    (LIST.replace("0453", "0454").encode(), sender()),
    (LIST.replace("202611211652", "").encode(), sender()),
    (LIST.replace("202611211652", "20261121").encode(), sender()),
    (LIST.replace("202611211652", "soon").encode(), sender()),
    (LIST.replace("202611211652", "203611211652").encode(), sender()),
    (LIST.encode(), TWO),
    (LIST.replace("1652'", "1652:::XMHT'").encode(), sender()),
    (b"hello", sender()),
    (LIST.replace("99:3'", "").encode(), sender()),
    (LIST.replace("GATEIN", "GATES").encode(), sender()),
    (LIST.replace("GATEIN:", "GATEIN:" + "x" * 1001).encode(), sender()),
    (b"00:GATEIN::9'99:2'", sender()),
    (LIST.replace(BOX, BOX * 10_001).encode(), sender()),
]
RECEIPT = (
    "<R><DEC_RESULT><SEQ_NO>1</SEQ_NO><NOTICE_DATE>2026-11-20T09:15:03</NOTICE_DATE><CHANNEL>P</CHANNEL>"
    "</DEC_RESULT></R>"
)
DEC_RESULT = [
    (RECEIPT.replace(old, new).encode(), CUSTOMS)
    for old, new in [
        (">P<", ">K<"),
        (">P<", "><"),
        (">1<", "><"),
        ("2026-11-20T09:15:03", "yesterday"),
        ("2026-11-20T09:15:03", ""),
        ("T09:15:03", ""),
        ("2026-", "2036-"),
        ("</R>", ""),
        ("DEC_RESULT", "OTHER"),
        ("<DEC_RESULT>", "<DEC_RESULT/>" * 10_000 + "<DEC_RESULT>"),
    ]
]
SCAN = {"itemID": "EE473088154CN", "status": "COLLECTED", "scanDateTime": "2026-11-20T09:15:03+08:00"}


def envelopes(name: str, entry: dict[str, object], by: SenderProfile) -> list[Case]:
    """What is wrong with a JSON body as a whole."""
    return [
        (b"{", by),
        ([], by),
        ({name: {}}, by),
        ({name: [entry], "what": 1}, by),
        ({name: []}, by),
        ({name: [entry] * 10_001}, by),
    ]


def changed(name: str, entry: dict[str, object], by: SenderProfile, *changes: dict[str, object]) -> list[Case]:
    return [({name: [{**entry, **change}]}, by) for change in changes]


def times(name: str) -> list[dict[str, object]]:
    wrong = [None, "2026-11-20T09:15:03", "2026-11-20", "2036-11-20T09:15:03Z"]
    return [{name: value} for value in wrong]


EMS = sender(Role.COURIER)
COURIER = [
    *envelopes("scans", SCAN, EMS),
    *changed("scans", SCAN, EMS, {"itemID": "?"}, {"status": "LOST"}, {"x": 1}, {"status": None}),
    *changed("scans", SCAN, EMS, *times("scanDateTime")),
]
MOVED = {
    "equipmentEventTypeCode": "DISC",
    "eventDateTime": "2026-11-20T15:04:05+08:00",
    "equipmentReference": "XMLU1044773",
}
GATE = [
    *envelopes("events", MOVED, sender()),
    *changed("events", MOVED, sender(), *times("eventDateTime")),
    *changed(
        "events",
        MOVED,
        sender(),
        {"equipmentReference": "XMLU1044774"},
        {"equipmentEventTypeCode": "FLY"},
        {"equipmentEventTypeCode": None},
        {"x": 1},
        {"grossMassKg": "heavy"},
        {"facilityCode": "XMHT"},
    ),
    *changed("events", MOVED, TWO, {}),
]
NOTICE = {
    "declarationNumber": "371120261004417735",
    "status": "RELEASED",
    "noticeDateTime": "2026-11-20T09:15:03+08:00",
}
BROKER = sender(Role.BROKER, party="XMBRK")
DECLARATION = {"declarationNumber": "371120261004417735", "direction": "IMPORT", "declarant": {"code": "OTHER"}}
CALL = {"vesselIMONumber": "9123453", "facilityCode": "XMHT"}
CUSTOMS_JSON = [
    *envelopes("notices", NOTICE, CUSTOMS),
    *changed("notices", NOTICE, CUSTOMS, *times("noticeDateTime")),
    *changed(
        "notices",
        NOTICE,
        CUSTOMS,
        {"containers": ["XMLU1044774"]},
        {"status": "LOST"},
        {"status": None},
        {"x": 1},
        {"declarationNumber": "12"},
    ),
    ({"notices": [NOTICE]}, BROKER),
    ({"declarations": [DECLARATION]}, BROKER),
    ({"vesselCalls": [CALL]}, sender()),
    ({"vesselCalls": [{**CALL, "facilityCode": None}]}, TWO),
]


@pytest.mark.parametrize(
    ("format_name", "decoder", "cases", "other"),
    [
        ("edifact", cusres.decode, CUSRES, set()),
        # A fault of ours has a test of its own (test_codeco).
        ("edifact", interchange.decoder_of, INTERCHANGE, {"INTERNAL_ERROR"}),
        ("platform-file", platform_file.decode, PLATFORM_FILE, set()),
        ("dec-result", dec_result.decode, DEC_RESULT, set()),
        ("courier", courier.decode, COURIER, set()),
        ("gate", gate.decode, GATE, set()),
        ("customs", customs.decode, CUSTOMS_JSON, set()),
    ],
    ids=["cusres", "interchange", "platform-file", "dec-result", "courier", "gate", "customs"],
)
def test_a_format_gives_every_reason_its_decoder_names_and_no_other(format_name, decoder, cases, other):
    assert set(given(format_name, cases)) == named(decoder) - other


@pytest.mark.parametrize("cases", [CUSRES, INTERCHANGE, PLATFORM_FILE, DEC_RESULT, COURIER, GATE, CUSTOMS_JSON])
def test_whoever_is_refused_reads_what_is_wrong_where_and_how_to_mend_it(cases):
    names = {id(CUSRES): "edifact", id(INTERCHANGE): "edifact", id(PLATFORM_FILE): "platform-file"}
    names |= {id(DEC_RESULT): "dec-result", id(COURIER): "courier", id(GATE): "gate", id(CUSTOMS_JSON): "customs"}
    for body, by in cases:
        for rejected in refusals(names[id(cases)], body, by):
            assert rejected.message.endswith("."), rejected
            assert rejected.fix.endswith((".", ")", "?", "'")), rejected.fix


def refusals(format_name: str, body: bytes | object, by: SenderProfile) -> list[Rejected]:
    try:
        return [item.rejected for item in decode(format_name, body, by) if isinstance(item, Refused)]
    except Rejected as rejected:
        return [rejected]


def test_json_escapes_are_undone_and_what_they_smuggle_is_refused():
    text = json.dumps({"scans": [{**SCAN, "place": "厦门"}]})
    assert "\\u53a6" in text
    [item] = decode("courier", text.encode(), EMS)
    assert item.fact.place == "厦门"
    for smuggled in ("\\u0000", "\\ud800"):
        body = text.replace("\\u53a6", smuggled).encode()
        assert refused("courier", body, EMS) <= {"BAD_VALUE", "NOT_JSON"} != set()


@pytest.mark.parametrize("deep", ['{"scans":' + "[" * 5000 + "]" * 5000 + "}", "[" * 400_000, '{"a":' * 100_000])
def test_json_nested_deeper_than_any_message_is_refused(deep):
    for format_name, by in (("courier", EMS), ("gate", sender()), ("customs", CUSTOMS)):
        assert len(refused(format_name, deep.encode(), by)) == 1
