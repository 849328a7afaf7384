"""Tracks: a movement, a paper's step or a ship's arrival as it stands, for systems that trace cargo.

DCSA calls it an event and gives it one id for life: told anew it keeps the id, taken back it is told as retracted.
`position` is the log position of the fact that last changed it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from events.types import Classifier, Ladenness, MovementType, TransportMode


class TrackKind(StrEnum):
    """DCSA eventType, as far as the port has facts for it."""

    EQUIPMENT = "EQUIPMENT"
    TRANSPORT = "TRANSPORT"
    SHIPMENT = "SHIPMENT"


@dataclass(frozen=True, slots=True)
class TrackPaper:
    """A document by DCSA's type code (TRD, DEO, CUC) and, where the viewer may know it, its reference."""

    type_code: str
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class TrackCall:
    """The call of a means of transport; `visit_reference` is the port stay's public id."""

    mode: TransportMode | None = None
    vessel_imo_number: str | None = None
    call_sign: str | None = None
    vessel_name: str | None = None
    import_voyage: str | None = None
    export_voyage: str | None = None
    visit_reference: str | None = None
    truck_plate: str | None = None


@dataclass(frozen=True, slots=True)
class TrackBox:
    """The container as far as the viewer may see it."""

    container_number: str
    iso_equipment_code: str | None = None
    empty_indicator: Ladenness | None = None
    movement_type: MovementType | None = None
    seals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Track:
    """One DCSA event for one viewer.  `bills` are the viewer's own on the visit: what it may be asked for by."""

    event_id: str
    position: int
    updated_at: datetime
    kind: TrackKind
    type_code: str
    classifier: Classifier
    at: datetime
    is_retracted: bool = False
    facility_code: str | None = None
    un_location_code: str | None = None
    is_at_port: bool = True
    box: TrackBox | None = None
    call: TrackCall | None = None
    papers: tuple[TrackPaper, ...] = ()
    bills: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class TracksWanted:
    """What is asked for; None asks for all.  `since` and `until` bound when a track last changed, both included."""

    container_number: str | None = None
    bill: str | None = None
    vessel_imo_number: str | None = None
    kinds: frozenset[TrackKind] | None = None
    since: datetime | None = None
    until: datetime | None = None

    def has(self, track: Track) -> bool:
        """Whether the track is asked for."""
        return (
            (self.kinds is None or track.kind in self.kinds)
            and (self.since is None or track.updated_at >= self.since)
            and (self.until is None or track.updated_at <= self.until)
            and self._is_about(track)
        )

    def _is_about(self, track: Track) -> bool:
        if self.vessel_imo_number and (track.call is None or track.call.vessel_imo_number != self.vessel_imo_number):
            return False
        # A ship's call is told with the boxes it brings or takes.
        if track.kind is TrackKind.TRANSPORT:
            return True
        is_box = self.container_number in (None, track.box and track.box.container_number)
        return is_box and (self.bill is None or self.bill in track.bills)

    @property
    def key(self) -> str:
        """Equal for equal questions: a cursor serves only the one it was given for."""
        named = (self.container_number, self.bill, self.vessel_imo_number)
        bounds = (at.isoformat() if at else "" for at in (self.since, self.until))
        return "\x1f".join((*(name or "" for name in named), *sorted(self.kinds or ()), *bounds))
