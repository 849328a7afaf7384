"""COARRI and CODECO as a terminal sends them, one document an interchange, for what is pushed through the door."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from build_port import BOX, NOW

CHINA = ZoneInfo("Asia/Shanghai")


def local(minutes_ago: float = 0) -> str:
    """The terminal's own time, so many minutes before the clock's start, as DTM 203 writes it."""
    return f"{_local(minutes_ago):%Y%m%d%H%M}"


def lifted(
    *boxes: str, code: str = "44", voyage: str = "031W", document: str = "D1", function: str = "9",
    control: str = "1", minutes_ago: float = 0, written: float = 0, containers: int | None = None, seal: str = "",
) -> bytes:  # fmt: skip
    """A COARRI of laden import boxes off the vessel (44) or onto it (46), written `written` minutes ago."""
    group = [*([f"SEL+{seal}+CA"] if seal else [])]
    boxes = boxes or (BOX,)
    body = [
        f"BGM+{code}+{document}+{function}",
        f"DTM+137:{local(written)}:203",
        f"TDT+20+{voyage}+1+13+HXL:172:20+++9074729:146",
        *(
            segment
            for box in boxes
            for segment in (f"EQD+CN+{box}+22G1:102:5++3+5", f"DTM+203:{local(minutes_ago)}:203", *group)
        ),
        f"CNT+16:{len(boxes) if containers is None else containers}",
    ]
    return interchange("COARRI", body, control=control)


def interchange(message_type: str, body: list[str], *, control: str = "1") -> bytes:
    """One message in a clean envelope."""
    message = [f"UNH+1+{message_type}:D:95B:UN:SMDG20", *body, f"UNT+{len(body) + 2}+1"]
    whole = [f"UNB+UNOA:2+XMHT+PORT+{_local(0):%y%m%d}:{_local(0):%H%M}+{control}", *message, f"UNZ+1+{control}"]
    return "".join(f"{segment}'" for segment in whole).encode()


def _local(minutes_ago: float) -> datetime:
    return (NOW - timedelta(minutes=minutes_ago)).astimezone(CHINA)
