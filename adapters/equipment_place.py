"""Where a reported movement happened and what carried the box, from the places and transports of group and head."""

from __future__ import annotations

from adapters.edifact_details import Place, Transport
from adapters.equipment_group import Group
from adapters.equipment_head import MAIN_CARRIAGE, ON_LAND
from adapters.seam import SenderProfile
from events.types import TransportMode

_INLAND = (TransportMode.TRUCK, TransportMode.RAIL, TransportMode.BARGE)


def find_place(qualifiers: tuple[str, ...], group: Group, head: Group) -> Place | None:
    """The head's place goes first: there the terminal is named, in the group often the port alone."""
    for qualifier in qualifiers:
        place = head.places.get(qualifier) or group.places.get(qualifier)
        if place is not None:
            return place
    return None


def claimed_facility(place: Place | None, sender: SenderProfile) -> str | None:
    """The facility a report names: only a code of this platform is one, any other is from the terminal's own list."""
    if place is None:
        return None
    if place.terminal and sender.knows_facility(place.terminal):
        return place.terminal
    is_ours = place.code in sender.facilities or place.code in sender.known_facilities
    return place.code if is_ours else None


def find_inland(group: Group, head: Group) -> Transport | None:
    """What brings the box to the gate or takes it away: a TDT of the container, else one by land in the head."""
    own = next((t for t in group.transports if t.mode in _INLAND), None)
    return own or next((t for t in head.transports if t.mode in ON_LAND or t.stage != MAIN_CARRIAGE), None)


def vessel_mode(head: Group) -> TransportMode:
    """Barge where the main carriage is one, else seagoing vessel."""
    is_barge = any(t.mode is TransportMode.BARGE for t in head.transports if t.stage == MAIN_CARRIAGE)
    return TransportMode.BARGE if is_barge else TransportMode.VESSEL
