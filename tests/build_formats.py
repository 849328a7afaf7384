"""What the tests of the formats are built from: a sender, a body, and the kept messages."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from adapters.registry import DECODERS
from adapters.rejection import Reason, Rejected
from adapters.seam import CHINA, Accepted, Item, Message, Refused, SenderProfile
from events.identifiers import check_digit
from port.actor import Role

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
MESSAGES = Path(__file__).parent / "messages"


def sender(role: Role = Role.TERMINAL, *facilities: str, party: str = "EGGT-CO", **known: Any) -> SenderProfile:
    """A terminal whose zone is agreed, so that a warning in a test is one the test is about."""
    kept = facilities or (("XMEG",) if role in (Role.TERMINAL, Role.DEPOT, Role.TALLY) else ())
    defaults = {"facilities": frozenset(kept), "is_time_zone_agreed": True}
    return SenderProfile(party, role, **{**defaults, **known})


def kept(name: str) -> bytes:
    """A verbatim message of tests/messages."""
    return (MESSAGES / name).read_bytes()


def decode(format_name: str, body: bytes | object, by: SenderProfile | None = None) -> list[Item]:
    """The items of a body; anything but bytes is sent as JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    return list(DECODERS[format_name](Message(raw, None, NOW), by or sender()))


def refusal(format_name: str, body: bytes | object, by: SenderProfile | None = None) -> Rejected:
    """Why a whole body is refused."""
    try:
        items = decode(format_name, body, by)
    except Rejected as rejected:
        return rejected
    raise AssertionError(f"taken: {items}")


def outcomes(items: Iterable[Item]) -> list[tuple[str, str]]:
    """Each item's path and either its container, or the reason it was refused for."""
    return [
        (item.path, item.rejected.reason.value)
        if isinstance(item, Refused)
        else (item.path, getattr(item.fact, "container_number", None) or item.fact.kind)
        for item in items
    ]


def reasons(items: Iterable[Item]) -> list[tuple[Reason, str]]:
    """The reason and place of each refused item."""
    return [(item.rejected.reason, item.rejected.where) for item in items if isinstance(item, Refused)]


def facts(items: Iterable[Item]) -> list[Any]:
    """The facts of items that must all be accepted, without warnings."""
    found = list(items)
    assert [item for item in found if isinstance(item, Refused) or item.warnings] == []
    return [item.fact for item in found if isinstance(item, Accepted)]


def warned(items: Iterable[Item]) -> list[tuple[str, str]]:
    """All warnings, in order."""
    return [(warning.reason.value, warning.where) for item in items for warning in item.warnings]


def local(text: str) -> datetime:
    """A time as UTC from how a message writes it, in Xiamen's time unless it says otherwise."""
    told = datetime.fromisoformat(text)
    return (told if told.tzinfo else told.replace(tzinfo=CHINA)).astimezone(UTC)


def interchange(*messages: str) -> bytes:
    """Messages, each without UNH and UNT, in a clean envelope."""
    whole = []
    for number, text in enumerate(messages, 1):
        segments = text.rstrip("'").split("'")
        head, *rest = segments
        whole.append("'".join([f"UNH+{number}+{head}:D:95B:UN", *rest, f"UNT+{len(segments) + 1}+{number}"]) + "'")
    return f"UNB+UNOA:2+EGGT+XML+261120:1400+77'{''.join(whole)}UNZ+{len(messages)}+77'".encode()


def box_numbers(count: int) -> list[str]:
    """So many container numbers, no two alike."""
    return [f"CSQU{n:06d}{check_digit(f'CSQU{n:06d}')}" for n in range(count)]
