from __future__ import annotations

import base64
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.rejection import Reason, Rejected
from adapters.seam import Accepted
from build_formats import decode, facts, kept, local, outcomes, reasons, refusal, sender, warned
from events.types import CustomsNotice, NoticeStatus
from port.actor import Role

CUSTOMS = sender(Role.CUSTOMS, party="XMCUS")


def receipt(**changed: str) -> str:
    fields = {
        "CUS_CIQ_NO": "I20260000441527309",
        "ENTRY_ID": "371120261004417735",
        "NOTICE_DATE": "2026-11-20T09:15:03",
        "CHANNEL": "P",
        **changed,
    }
    return f"<DEC_RESULT>{''.join(f'<{tag}>{text}</{tag}>' for tag, text in fields.items())}</DEC_RESULT>"


def wrapped(*documents: bytes) -> bytes:
    data = "".join(f"<Data>{base64.b64encode(document).decode()}</Data>" for document in documents)
    return f'<DxpMsg xmlns="http://www.chinaport.gov.cn/dxp" ver="1.0">{data}</DxpMsg>'.encode()


def test_a_receipt_of_the_old_generation_in_gb2312():
    assert decode("dec-result", kept("dec_result/old_gb2312.xml"), CUSTOMS) == [
        Accepted(
            CustomsNotice(
                seq_no="000000002204517366",
                status=NoticeStatus.TIMELINE_ONLY,
                notice_datetime=local("2026-11-19T15:03:22"),
                note="Z37000002204517366直接申报成功",
                channel="7",
            ),
            "DEC_RESULT[0]",
        )
    ]


@pytest.mark.parametrize("name", ["dec_result/single_window.xml", "dec_result/wrapped.xml"])
def test_a_receipt_of_the_single_window_bare_and_wrapped(name):
    assert facts(decode("dec-result", kept(name), CUSTOMS)) == [
        CustomsNotice(
            declaration_number="371120261004417735",
            cus_ciq_no="I20260000441527309",
            status=NoticeStatus.RELEASED,
            notice_datetime=local("2026-11-20T09:15:03"),
            note="放行回执",
            channel="P",
        )
    ]


@pytest.mark.parametrize(
    ("channels", "status"),
    [
        ("L", NoticeStatus.ACCEPTED),
        ("JWFGMTU", NoticeStatus.UNDER_REVIEW),
        ("C", NoticeStatus.INSPECTION_ORDERED),
        ("IPB", NoticeStatus.RELEASED),
        ("H", NoticeStatus.HELD),
        ("EZ", NoticeStatus.REJECTED),
        ("AD", NoticeStatus.CANCELLED),
        ("RX#79SY", NoticeStatus.TIMELINE_ONLY),
    ],
)
def test_the_channel_is_what_the_contract_says_of_it(channels, status):
    body = f"<R>{''.join(receipt(CHANNEL=channel) for channel in channels)}</R>".encode()
    assert [(fact.status, fact.channel) for fact in facts(decode("dec-result", body, CUSTOMS))] == [
        (status, channel) for channel in channels
    ]


def test_an_unknown_channel_is_kept_and_refused():
    [item] = decode("dec-result", receipt(CHANNEL="K").encode(), CUSTOMS)
    assert item.rejected == Rejected(
        Reason.UNKNOWN_CODE,
        "DEC_RESULT[0]/CHANNEL",
        message="The CHANNEL code 'K' is not known here.",
        fix="The receipt is kept: tell the port what the code means, and it will be read again.",
    )


@pytest.mark.parametrize(
    ("changed", "reason", "where"),
    [
        ({"CHANNEL": ""}, Reason.FIELD_MISSING, "/CHANNEL"),
        ({"CHANNEL": "LP"}, Reason.UNKNOWN_CODE, "/CHANNEL"),
        ({"CHANNEL": "p"}, Reason.UNKNOWN_CODE, "/CHANNEL"),
        ({"ENTRY_ID": "", "CUS_CIQ_NO": ""}, Reason.FIELD_MISSING, ""),
        ({"NOTICE_DATE": ""}, Reason.TIME_MISSING, "/NOTICE_DATE"),
        ({"NOTICE_DATE": "20261120"}, Reason.DATE_WITHOUT_TIME, "/NOTICE_DATE"),
        ({"NOTICE_DATE": "2026-11-20"}, Reason.DATE_WITHOUT_TIME, "/NOTICE_DATE"),
        ({"NOTICE_DATE": "2026-13-20T09:15:03"}, Reason.BAD_VALUE, "/NOTICE_DATE"),
        ({"NOTICE_DATE": "0001-01-01T00:00:00"}, Reason.BAD_VALUE, "/NOTICE_DATE"),
        ({"NOTICE_DATE": "yesterday"}, Reason.BAD_VALUE, "/NOTICE_DATE"),
        ({"NOTICE_DATE": "2026-11-21T20:15:01"}, Reason.FUTURE_TIME, "/NOTICE_DATE"),
    ],
)
def test_a_wrong_receipt_is_refused_alone(changed, reason, where):
    items = decode("dec-result", f"<R>{receipt(**changed)}{receipt()}</R>".encode(), CUSTOMS)
    assert reasons(items) == [(reason, f"DEC_RESULT[0]{where}")]
    assert outcomes(items)[1] == ("DEC_RESULT[1]", "notice")


def test_a_provisional_entry_id_names_nothing():
    [item] = decode("dec-result", receipt(ENTRY_ID="37110000I000017735").encode(), CUSTOMS)
    assert item.fact.declaration_number is None
    assert warned([item]) == [("VALUE_IGNORED", "DEC_RESULT[0]/ENTRY_ID")]


def test_times_are_beijings_with_a_warning_unless_agreed():
    abroad = sender(Role.BROKER, is_time_zone_agreed=False)
    [item] = decode("dec-result", receipt().encode(), abroad)
    assert item.fact.notice_datetime == local("2026-11-20T09:15:03")
    assert warned([item]) == [("TIME_ZONE_ASSUMED", "DEC_RESULT[0]/NOTICE_DATE")]


def test_a_wrapper_may_hold_several_documents_of_both_generations():
    body = wrapped(kept("dec_result/old_gb2312.xml"), receipt().encode())
    assert [fact.channel for fact in facts(decode("dec-result", body, CUSTOMS))] == ["7", "P"]


@pytest.mark.parametrize("encoding", ["GB2312", "gbk", "GB18030"])
def test_every_gb_charset_is_read(encoding):
    body = f'<?xml version="1.0" encoding="{encoding}"?>{receipt(NOTE="无纸放行通知")}'.encode(encoding)
    assert facts(decode("dec-result", body, CUSTOMS))[0].note == "无纸放行通知"


def test_utf_8_is_read_with_a_mark_and_where_the_prolog_is_wrong():
    assert facts(decode("dec-result", b"\xef\xbb\xbf" + receipt(NOTE="放行").encode(), CUSTOMS))[0].note == "放行"
    wrong = '<?xml version="1.0" encoding="UTF-8"?>' + receipt(NOTE="放行")
    assert facts(decode("dec-result", wrong.encode("gb18030"), CUSTOMS))[0].note == "放行"


def test_entities_of_xml_are_undone():
    assert facts(decode("dec-result", receipt(NOTE="A &amp; B &#x653E;行").encode(), CUSTOMS))[0].note == "A & B 放行"


BOMB = '<!DOCTYPE a [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("body", "reason", "said"),
    [
        (b"", Reason.NOT_XML, "no element found"),
        (b"{}", Reason.NOT_XML, "not well-formed"),
        (b"<DEC_RESULT>", Reason.NOT_XML, "no element found"),
        (f"{BOMB}{receipt(NOTE='&b;')}".encode(), Reason.NOT_XML, "document type declaration"),
        (f'<?xml version="1.0"?>{BOMB}{receipt()}'.encode(), Reason.NOT_XML, "document type declaration"),
        (receipt(NOTE="&b;").encode(), Reason.NOT_XML, "undefined entity"),
        (wrapped(f"{BOMB}{receipt()}".encode()), Reason.NOT_XML, "document type declaration"),
        (f'<?xml version="1.0" encoding="UTF-16"?>{receipt()}'.encode("utf-16"), Reason.NOT_XML, "neither"),
        (wrapped().replace(b"</DxpMsg>", b"<Data>!!</Data></DxpMsg>"), Reason.NOT_XML, "not base64"),
        (wrapped(), Reason.NO_ITEMS, "no DEC_RESULT"),
        (b"<MANIFEST/>", Reason.NO_ITEMS, "no DEC_RESULT"),
        (b"<a>" * 100_000 + b"</a>" * 100_000, Reason.NO_ITEMS, "no DEC_RESULT"),
        (b"<R>" + b"<DEC_RESULT/>" * 10_001 + b"</R>", Reason.TOO_MANY_ITEMS, "10,000"),
    ],
)
def test_a_body_without_receipts_is_refused_whole(body, reason, said):
    found = refusal("dec-result", body, CUSTOMS)
    assert found.reason is reason
    assert said in found.message


def test_a_cut_off_receipt_is_not_xml():
    body = kept("dec_result/single_window.xml").rstrip()
    assert {refusal("dec-result", body[:length], CUSTOMS).reason for length in range(len(body))} == {Reason.NOT_XML}


def test_the_same_message_twice_gives_the_same_items():
    body = kept("dec_result/wrapped.xml")
    assert decode("dec-result", body, CUSTOMS) == decode("dec-result", body, CUSTOMS)


@given(
    st.binary(max_size=200)
    | st.text(max_size=60).map(lambda text: receipt(NOTICE_DATE=text).encode())
    | st.binary(max_size=100).map(wrapped)
    | st.lists(
        st.sampled_from(["<DEC_RESULT>", "</DEC_RESULT>", "<CHANNEL>", "</CHANNEL>", "P", "&", "]]>", "<?xml"])
    ).map(lambda parts: "".join(parts).encode())
)
def test_nothing_but_rejected_leaves_the_decoder(body):
    with suppress(Rejected):
        decode("dec-result", body, CUSTOMS)
