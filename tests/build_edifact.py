"""An interchange of one message, and what the reader makes of any text."""

from __future__ import annotations

from adapters.edifact import EdiMessage, messages
from adapters.rejection import Reason

MESSAGE = "UNH+1+CODECO:D:95B:UN'BGM+34+EG1+9'UNT+3+1'"
WHOLE = f"UNB+UNOA:2+EGGT+XML+261120:1400+77'{MESSAGE}UNZ+1+77'"


def read(text: str | bytes) -> list[EdiMessage]:
    """Its messages."""
    return list(messages(text if isinstance(text, bytes) else text.encode()))


def segments(text: str | bytes) -> list[list[str]]:
    """Each message's segments."""
    return [message.segments for message in read(text)]


def warnings(text: str | bytes) -> list[tuple[str, str]]:
    """All warnings, by reason and place."""
    return [(warned.reason.value, warned.where) for message in read(text) for warned in message.warnings]


def faults(text: str | bytes) -> list[tuple[Reason, str] | None]:
    """Of each message why and where it is broken, None when it is not."""
    return [message.broken and (message.broken.reason, message.broken.where) for message in read(text)]
