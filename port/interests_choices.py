"""Choices: what somebody wants told of, how, and when; and what one of her role is told before she chose anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from port.actor import Role
from port.happenings import TYPES
from port.outbox import Channel
from port.quiet import Digest, QuietHours

CHANNELS = (Channel.PUSH, Channel.SMS, Channel.EMAIL)
URGENT = frozenset({"container.not_ready", "container.may_not_load", "container.customs_held"})
"""Told in quiet hours too: a lorry that is on its way for the box must be turned round, at night above all."""


class Language(StrEnum):
    """In which language somebody is told."""

    ZH = "zh"
    EN = "en"


Choices = Mapping[str, tuple[Channel, ...]]
"""By type of event the channels, in the order of `CHANNELS`; a type that is absent is not told."""


@dataclass(frozen=True, slots=True)
class Interests:
    """Everything a person chose.  A digest is of mails alone; other channels tell at once what it sums up."""

    choices: Choices
    quiet: QuietHours | None = None
    digest: Digest = Digest.NONE
    language: Language = Language.ZH

    def channels(self, type: str) -> tuple[Channel, ...]:
        """By which channels a happening is told."""
        return self.choices.get(type, ())


_PUSHED, _CALLED, _EVERY = (Channel.PUSH,), (Channel.PUSH, Channel.SMS), CHANNELS
_TRADE: Choices = {
    "container.inspection_ordered": (Channel.PUSH, Channel.EMAIL),
    "container.inspection_finished": _PUSHED,
    "container.customs_held": _EVERY,
    "container.customs_rejected": (Channel.PUSH, Channel.EMAIL),
    "container.customs_released": _PUSHED,
    "container.ready_for_pickup": _EVERY,
    "container.not_ready": _CALLED,
    "container.may_not_load": _CALLED,
    "certificate.in_locker": _CALLED,
    "certificate.delivered": _PUSHED,
    "certificate.returned": _PUSHED,
    "certificate.expired": _PUSHED,
}
_DEFAULTS: Mapping[Role, Choices] = {
    Role.FORWARDER: _TRADE,
    Role.BROKER: _TRADE,
    Role.CONSIGNEE: _TRADE,
    Role.HAULIER: {
        "container.diverted": _PUSHED,
        "container.ready_for_pickup": _CALLED,
        "container.not_ready": _CALLED,
        "container.gated_out": _PUSHED,
    },
    Role.CARRIER: {"container.loaded": _PUSHED, "container.gated_out": _PUSHED},
    Role.AGENT: {"container.loaded": _PUSHED, "container.gated_out": _PUSHED},
    # They work from lists that are live, and put a box on a watch list for what is out of the ordinary.
    Role.TERMINAL: {"container.diverted": _PUSHED, "container.instruction_ended": _PUSHED},
    Role.DEPOT: {"container.diverted": _PUSHED, "container.instruction_ended": _PUSHED},
    Role.CUSTOMS: {"container.at_inspection": _PUSHED},
}


def default_for(role: Role) -> Interests:
    """What one of this role is told who has chosen nothing yet; a channel without an address is none."""
    return Interests(_DEFAULTS.get(role, {}))


def ordered(choices: Mapping[str, tuple[Channel, ...]]) -> Choices:
    """The choices in the order in which types and channels are listed, without what is told by none."""
    return {
        type: tuple(channel for channel in CHANNELS if channel in choices[type]) for type in TYPES if choices.get(type)
    }
