"""Chinese customs receipts (报关单业务回执), both generations, for the door `dec-result`."""

from __future__ import annotations

from datetime import datetime

from web.demo.messages import PORT_ZONE

CHANNELS = {"ACCEPTED": "L", "INSPECTION_ORDERED": "C", "RELEASED": "P", "HELD": "H", "REJECTED": "E"}
"""The channel letter for the notices that this form can say."""

_NOTES = {"L": "入库成功", "C": "查验通知", "P": "放行", "H": "挂起", "E": "退单"}


def early(seq_no: str, status: str, *, at: datetime, entry_id: str = "") -> bytes:
    """The first generation, GB2312, with a sequence number; before the entry exists its number is empty."""
    channel = CHANNELS[status]
    text = (
        '<?xml version="1.0" encoding="GB2312"?>\n'
        "<DEC_DATA>\n<DEC_RESULT>\n"
        f"<SEQ_NO>{seq_no}</SEQ_NO>\n<ENTRY_ID>{entry_id}</ENTRY_ID>\n"
        f"<NOTICE_DATE>{at.astimezone(PORT_ZONE):%Y%m%dT%H%M%S}00</NOTICE_DATE>\n"
        f"<CHANNEL>{channel}</CHANNEL>\n<NOTE>{_NOTES[channel]}</NOTE>\n<DECL_PORT>3711</DECL_PORT>\n"
        "</DEC_RESULT>\n<RESULT_INFO></RESULT_INFO>\n</DEC_DATA>\n"
    )
    return text.encode("gb2312")


def single_window(number: str, status: str, *, at: datetime) -> bytes:
    """The second generation, UTF-8, with the entry's number."""
    channel = CHANNELS[status]
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        "<DEC_RESULT>\n"
        f"<CUS_CIQ_NO>I{number[4:]}</CUS_CIQ_NO>\n<ENTRY_ID>{number}</ENTRY_ID>\n"
        f"<NOTICE_DATE>{at.astimezone(PORT_ZONE):%Y-%m-%dT%H:%M:%S}</NOTICE_DATE>\n"
        f"<CHANNEL>{channel}</CHANNEL>\n<NOTE>{_NOTES[channel]}</NOTE>\n<CUSTOM_MASTER>3711</CUSTOM_MASTER>\n"
        "</DEC_RESULT>\n"
    )
    return text.encode()
