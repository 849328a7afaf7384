"""How interests and notices look on the wire."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from port.happenings import TYPES
from port.interests_addresses import Address
from port.interests_choices import CHANNELS, URGENT, Interests
from port.notices import DIGEST, Notice, Told
from port.outbox import Channel, DeliveryState
from port.quiet import QuietHours
from web.wire import Wire, time

# Of several browsers the one that got it speaks for all.
_WEIGHT = (
    DeliveryState.DELIVERED, DeliveryState.WAITING, DeliveryState.FAILED, DeliveryState.GONE, DeliveryState.CANCELLED,
    DeliveryState.REVOKED,
)  # fmt: skip
_STANDS = frozenset({DeliveryState.DELIVERED, DeliveryState.WAITING})
MERGED, SUMMED = "MERGED", "SUMMED"


def settings(chosen: Interests, addresses: Mapping[Channel, Address], *, browsers: int, is_default: bool) -> Wire:
    """What somebody chose, what there is to choose, and where she is told."""
    return {
        "choices": {type: list(channels) for type, channels in chosen.choices.items()},
        "quietHours": None if chosen.quiet is None else _quiet(chosen.quiet),
        "digest": {Channel.EMAIL.value: chosen.digest},
        "language": chosen.language,
        "isDefault": is_default,
        "types": [
            {"type": one.type, "zh": one.zh, "en": one.en, "isUrgent": one.type in URGENT} for one in TYPES.values()
        ],
        "channels": [_channel(channel, addresses.get(channel), browsers) for channel in CHANNELS],
    }


def _quiet(quiet: QuietHours) -> Wire:
    begins, ends = quiet.begins.isoformat("minutes"), quiet.ends.isoformat("minutes")
    return {"from": begins, "to": ends, "zone": quiet.zone.key}


def _channel(channel: Channel, address: Address | None, browsers: int) -> Wire:
    if channel is Channel.PUSH:
        state = "VERIFIED" if browsers else "NONE"
        return {"channel": channel, "address": None, "state": state, "browsers": browsers}
    state = "NONE" if address is None else address.state.value
    return {"channel": channel, "address": None if address is None else address.address, "state": state}


def notice(one: Notice, told: Mapping[tuple[str, int, str], Sequence[Told]]) -> Wire:
    """A notice, and how each channel stands with it."""
    words = TYPES[one.type]
    is_certificate = one.type.startswith("certificate.")
    return {
        "at": time(one.at),
        "type": one.type,
        "equipmentReference": None if is_certificate else one.subject,
        "certificateNumber": one.subject if is_certificate else None,
        "text": {"zh": f"{one.subject} {words.zh}", "en": f"{one.subject}: {words.en}"},
        "channels": [*_states(one, told), *_summed(one, told)],
    }


def _states(one: Notice, told: Mapping[tuple[str, int, str], Sequence[Told]]) -> list[Wire]:
    by_channel: dict[Channel, DeliveryState] = {}
    for each in told.get((one.key, one.version, one.type), ()):
        known = by_channel.get(each.channel, each.state)
        by_channel[each.channel] = min(known, each.state, key=_WEIGHT.index)
    return [
        {"channel": channel, "state": MERGED if _is_merged(one, channel, state, told) else state}
        for channel, state in by_channel.items()
    ]


def _is_merged(
    one: Notice, channel: Channel, state: DeliveryState, told: Mapping[tuple[str, int, str], Sequence[Told]]
) -> bool:
    """Whether it was left to a later one about the same."""
    if state is not DeliveryState.REVOKED:
        return False
    return any(
        key == one.key and version >= one.version and (version, type) != (one.version, one.type)
        for (key, version, type), those in told.items()
        if any(each.channel is channel and each.state in _STANDS for each in those)
    )


def _summed(one: Notice, told: Mapping[tuple[str, int, str], Sequence[Told]]) -> list[Wire]:
    """How the digest stands that it became part of."""
    if one.digest_at is None:
        return []
    return [
        {"channel": each.channel, "state": SUMMED if each.state is DeliveryState.DELIVERED else each.state}
        for each in told.get((DIGEST, int(one.digest_at.timestamp()), DIGEST), ())
    ]
