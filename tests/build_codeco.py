"""A CODECO of one box and more, and the one fact it tells."""

from __future__ import annotations

from build_formats import decode, facts, interchange, sender
from events.types import EquipmentEvent

EQD = "EQD+CN+XMLU1044773+22G1:102:5++2+5'DTM+7:202611201305:203'"


def report(*groups: str, bgm: str = "BGM+34+EG1+9'", head: str = "") -> bytes:
    """A CODECO of those container groups, in a clean envelope."""
    return interchange(f"CODECO'{bgm}{head}{''.join(groups)}")


def one(body: bytes, **known: object) -> EquipmentEvent:
    """The one fact it tells, without a warning, by a sender of whom that is known."""
    [fact] = facts(decode("edifact", body, sender(**known)))
    return fact
