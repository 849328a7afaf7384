from __future__ import annotations

import pytest

from adapters.rejection import Reason, Rejected
from build_formats import box_numbers, decode, facts, interchange, kept, local, outcomes, reasons, sender, warned
from events.types import CustomsNotice, NoticeStatus
from port.actor import Role

CUSTOMS = sender(Role.CUSTOMS)
ABT = "RFF+ABT:371120261001234567'"
DTM = "DTM+9:202611211016:203'"


def response(*segments: str, bgm: str = "BGM+963+XM1+9'") -> bytes:
    return interchange(f"CUSRES'{bgm}{''.join(segments)}")


def test_a_release_of_two_boxes_with_a_note():
    assert facts(decode("edifact", kept("cusres/released.edi"), CUSTOMS)) == [
        CustomsNotice(
            declaration_number="371120261001234567",
            status=NoticeStatus.RELEASED,
            notice_datetime=local("2026-11-21T10:12"),
            containers=("LJGU1200453", "LJGU3366905"),
            note="PAID, CLEARED SEE LIST",
        )
    ]


def test_two_indicators_are_two_notices_and_a_third_is_not_known():
    items = decode("edifact", kept("cusres/examination.edi"), sender(Role.BROKER))
    said = {"seq_no": "I20260000778812", "notice_datetime": local("2026-11-21T10:16"), "site": "XMCY"}
    assert [getattr(item, "fact", None) for item in items] == [
        CustomsNotice(status=NoticeStatus.ACCEPTED, **said),
        CustomsNotice(status=NoticeStatus.INSPECTION_ORDERED, **said),
        None,
    ]
    assert [item.path for item in items] == ["message 1, GEI 1", "message 1, GEI 2", "message 1, GEI 3"]
    assert reasons(items) == [(Reason.UNKNOWN_CODE, "message 1, segment 7 GEI")]


def test_one_response_to_several_declarations_tells_each_its_own_boxes_and_time():
    shared = {"status": NoticeStatus.RELEASED, "site": "XMCY", "note": "DUTY PAID"}
    items = decode("edifact", kept("cusres/several_declarations.edi"), CUSTOMS)
    assert facts(items) == [
        CustomsNotice(
            declaration_number="371120261001234567",
            notice_datetime=local("2026-11-21T11:10"),
            containers=("LJGU1200453",),
            **shared,
        ),
        CustomsNotice(
            declaration_number="371120261001234575",
            notice_datetime=local("2026-11-21T11:18"),
            containers=("LJGU3366905", "HTSU4088627"),
            **shared,
        ),
    ]
    assert [item.path for item in items] == ["message 1, GIS 1, RFF 1", "message 1, GIS 1, RFF 2"]


def test_a_release_of_one_declaration_is_none_of_the_next_and_silence_is_told():
    items = decode("edifact", kept("cusres/each_its_own.edi"), CUSTOMS)
    held = {"status": NoticeStatus.HELD, "site": "XMCY", "note": "单货不符: 待核"}
    told = {"notice_datetime": local("2026-11-21T11:28")}
    assert [getattr(item, "fact", None) for item in items] == [
        CustomsNotice(
            declaration_number="371120261001234567",
            status=NoticeStatus.RELEASED,
            containers=("LJGU1200453",),
            note="放行",
            **told,
        ),
        CustomsNotice(declaration_number="371120261001234575", **held, **told),
        CustomsNotice(declaration_number="371120261001234583", **held, **told),
        None,
    ]
    assert outcomes(items)[3] == ("message 1, RFF 4", "SEGMENT_MISSING")
    assert items[3].rejected.message == "Nothing is said of this declaration."


def test_a_code_of_a_national_list_is_not_taken_for_the_standards():
    items = decode("edifact", kept("cusres/national_codes.edi"), CUSTOMS)
    assert reasons(items) == [(Reason.UNKNOWN_CODE, "message 1, segment 4 GIS")]
    assert items[0].rejected.message == "The processing indicator '1' of the list kept by 'ZZZ' is not taken."
    assert items[1].fact.status is NoticeStatus.RELEASED


SECOND = "RFF+ABT:371120261001234575'"


@pytest.mark.parametrize(
    ("segments", "told"),
    [
        (["GIS+1'", ABT, "GIS+4'", SECOND, "GIS+7'"], ["67 ACCEPTED", "75 ACCEPTED", "67 RELEASED", "75 HELD"]),
        ([ABT, SECOND, "GIS+4'"], ["67 RELEASED", "75 RELEASED"]),
        ([ABT, "GIS+1'", "GIS+5'"], ["67 ACCEPTED", "67 INSPECTION_ORDERED"]),
        ([ABT, "EQD+CN+LJGU1200453'", "GIS+4'", "TAX+7+VAT'", "MOA+9:1'", "GIS+7'"], ["67 RELEASED"]),
        ([ABT, "TAX+7+VAT'", "FTX+AAO+++PAID'", "GIS+4'"], ["67 RELEASED"]),
        (["RFF+AAE:371120261001234567'", ABT, "GIS+4'"], ["67 RELEASED"]),
        (["RFF+XC:7'", ABT, "RFF+BM:EGLV1'", "GIS+4'"], ["67 RELEASED"]),
    ],
)
def test_an_indicator_is_about_the_declarations_named_since_the_last_one(segments, told):
    items = decode("edifact", response(DTM, *segments), CUSTOMS)
    assert [f"{fact.declaration_number[-2:]} {fact.status.value}" for fact in facts(items)] == told


def test_other_separators():
    other = response(ABT, DTM, "GIS+4'").decode().translate(str.maketrans({"+": "#", ":": "|", "'": "~"}))
    assert outcomes(decode("edifact", f"UNA|#.? ~{other}".encode(), CUSTOMS)) == [("message 1, GIS 1", "notice")]


def refused(body: bytes) -> Reason:
    """Why nothing of it is taken, be it the interchange or its one message that is refused."""
    try:
        [item] = decode("edifact", body, CUSTOMS)
    except Rejected as rejected:
        return rejected.reason
    return item.rejected.reason


@pytest.mark.parametrize(
    "body",
    [
        response(ABT, DTM, *["GIS+4'"] * 10_001),
        response(DTM, "GIS+4'", *[f"RFF+ABT:{371120261001200000 + n}'" for n in range(10_001)]),
        response(DTM, *["GIS+4'"] * 200, *[f"RFF+ABT:{371120261001200000 + n}'" for n in range(9000)]),
    ],
)
def test_a_response_of_more_than_ten_thousand_notices_is_refused(body):
    assert refused(body) is Reason.TOO_MANY_ITEMS


def test_notices_that_name_more_boxes_together_than_a_ship_carries_are_refused():
    boxes = [f"EQD+CN+{number}'" for number in box_numbers(1900)]
    assert outcomes(decode("edifact", response(DTM, *boxes, *["GIS+4'"] * 11, ABT), CUSTOMS)) == [
        ("message 1", "TOO_MANY_ITEMS")
    ]


def test_a_response_naming_more_boxes_than_a_declaration_may_have_is_refused():
    boxes = [f"EQD+CN+{number}'" for number in box_numbers(2001)]
    assert outcomes(decode("edifact", response(ABT, DTM, *boxes, "GIS+4'"), CUSTOMS)) == [
        ("message 1", "TOO_MANY_ITEMS")
    ]


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("1", NoticeStatus.ACCEPTED),
        ("2", NoticeStatus.REJECTED),
        ("3", NoticeStatus.REJECTED),
        ("4", NoticeStatus.RELEASED),
        ("5", NoticeStatus.INSPECTION_ORDERED),
        ("6", NoticeStatus.UNDER_REVIEW),
        ("7", NoticeStatus.HELD),
        ("8", NoticeStatus.TIMELINE_ONLY),
        ("9", NoticeStatus.ACCEPTED),
    ],
)
def test_7365_says_what_customs_decided(code, status):
    [fact] = facts(decode("edifact", response(ABT, DTM, f"GIS+{code}'"), CUSTOMS))
    assert fact.status is status


def test_a_time_without_a_zone_is_remarked_on():
    items = decode("edifact", response(ABT, DTM, "GIS+4'"), sender(Role.CUSTOMS, is_time_zone_agreed=False))
    assert warned(items) == [("TIME_ZONE_ASSUMED", "message 1, segment 4 DTM")]


@pytest.mark.parametrize(
    ("body", "reason", "where"),
    [
        (response(ABT, DTM, "GIS+77'"), Reason.UNKNOWN_CODE, "message 1, segment 5 GIS"),
        (response(ABT, DTM, "GEI+5'"), Reason.UNKNOWN_CODE, "message 1, segment 5 GEI"),
        (response("RFF+ABT:12'", DTM, "GIS+4'"), Reason.BAD_VALUE, "message 1, segment 3 RFF"),
        (response(DTM, "GIS+4'"), Reason.FIELD_MISSING, "message 1, segment 4 GIS"),
        (response(ABT, "GIS+4'"), Reason.TIME_MISSING, "message 1, segment 4 GIS"),
        (response(ABT, "DTM+9:20261121:102'", "GIS+4'"), Reason.DATE_WITHOUT_TIME, "message 1, segment 4 DTM"),
        (response(ABT, "DTM+9:now:203'", "GIS+4'"), Reason.BAD_VALUE, "message 1, segment 4 DTM"),
        (response(ABT, "DTM+9:202612211016:203'", "GIS+4'"), Reason.FUTURE_TIME, "message 1, segment 4 DTM"),
        (response(ABT, DTM, "EQD+CN+LJGU1200454'GIS+4'"), Reason.BAD_CONTAINER_NUMBER, "message 1, segment 5 EQD"),
        (response(ABT, DTM, "GIS+4'", bgm="BGM+963+XM1+1'"), Reason.UNKNOWN_CODE, "message 1, segment 2 BGM"),
        (response(ABT, DTM, "GIS+4'", bgm=""), Reason.SEGMENT_MISSING, "message 1"),
        (response(ABT, DTM), Reason.SEGMENT_MISSING, "message 1"),
    ],
)
def test_what_is_refused_says_why_and_where(body, reason, where):
    assert reasons(decode("edifact", body, CUSTOMS)) == [(reason, where)]


def test_a_carrier_may_not_speak_for_customs():
    assert outcomes(decode("edifact", response(ABT, DTM, "GIS+4'"), sender(Role.CARRIER))) == [
        ("message 1", "NOT_ALLOWED")
    ]


def test_a_box_named_often_is_named_once():
    [fact] = facts(decode("edifact", response(ABT, DTM, "EQD+CN+LJGU1200453'" * 3000, "GIS+4'"), CUSTOMS))
    assert fact.containers == ("LJGU1200453",)


def test_the_same_response_twice_gives_the_same_items():
    body = kept("cusres/released.edi")
    assert decode("edifact", body, CUSTOMS) == decode("edifact", body, CUSTOMS)


def test_of_a_cut_off_response_nothing_is_taken():
    body = kept("cusres/released.edi")
    assert outcomes(decode("edifact", body[: body.index(b"FTX")], CUSTOMS)) == [("message 1", "TRUNCATED")]


def test_the_escape_character_frees_signs_in_a_note():
    [item] = decode("edifact", response(ABT, DTM, "GIS+4'", "FTX+AAO+++DON?'T ?+ ?:??'"), CUSTOMS)
    assert item.fact.note == "DON'T + :?"
