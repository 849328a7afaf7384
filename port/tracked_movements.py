"""Tracks of movements: each fact one track, however many tell it and however often it is corrected.

A track's id follows from what was told first of it: container, type, classifier, minute.  A correction belongs to the
track of what it corrects.  When nothing told of a track stands any more, the track is told as retracted; when another
track has come to say the same, the one told first speaks for both and the other is retracted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from events.types import EquipmentEvent, EquipmentEventType, Recorded
from port.draft import opaque_id
from port.sighting import Known, Sight, Telling, latest
from port.tracks import Track, TrackBox, TrackCall, TrackKind, TrackPaper
from port.visit.corrections import OLDEST, minute

Key = tuple[str, str, bool, str, int]


def movements(number: str, told: Iterable[Telling], known: Known, *, salt: bytes) -> list[Track]:
    """The tracks of the box's movements that their viewer may see; `known` are all facts about the box."""
    own = [t for t in told if isinstance(t.recorded.fact, EquipmentEvent) and _fact(t).container_number == number]
    origins = _Origins(known)
    groups: dict[Key, _Group] = {}
    for telling in own:
        first = origins.first_of(telling.recorded)
        group = groups.setdefault(_key_of(first), _Group(_key_of(first)))
        group.add(telling, is_corrected=first is not telling.recorded)
    changed = _changes(groups.values(), known)
    silenced = _silenced(groups.values())
    return [
        track
        for group in groups.values()
        if (track := group.track(changed[group.key], is_silenced=group.key in silenced, salt=salt)) is not None
    ]


def _fact(telling: Telling) -> EquipmentEvent:
    assert isinstance(telling.recorded.fact, EquipmentEvent)
    return telling.recorded.fact


def _key_of(recorded: Recorded) -> Key:
    """What tellings of one fact share.  Not the facility: a box is in one place at a time, and some do not say
    which."""
    fact = recorded.fact
    assert isinstance(fact, EquipmentEvent)
    elsewhere = "" if fact.is_at_port else fact.un_location_code or ""
    return fact.type_code.value, fact.classifier.value, fact.is_at_port, elsewhere, minute(fact.event_datetime)


class _Origins:
    """What was told first of a movement: through corrections, and through tellings of one document."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._of_document: dict[tuple[str, ...], list[Recorded]] = defaultdict(list)
        for recorded in known.in_order:
            if document := _document_of(recorded):
                self._of_document[document].append(recorded)

    def first_of(self, recorded: Recorded) -> Recorded:
        """Known only by what was told before it, so that it stays the same for ever."""
        while (earlier := self._earlier(recorded)) is not None:
            recorded = earlier
        return recorded

    def _earlier(self, recorded: Recorded) -> Recorded | None:
        fact = recorded.fact
        assert isinstance(fact, EquipmentEvent)
        named = self._known.by_id.get(fact.supersedes) if fact.supersedes else None
        if named is not None and _is_earlier(named, recorded):
            return named
        document = _document_of(recorded)
        told = [r for r in self._of_document.get(document or (), ()) if _is_earlier(r, recorded)]
        told = [r for r in told if r.receipt_id != recorded.receipt_id]
        of_one_message = [r for r in told if r.receipt_id == told[0].receipt_id]
        # Several such movements in one report: which of them is meant is not said.
        return of_one_message[0] if len(of_one_message) == 1 else None


def _document_of(recorded: Recorded) -> tuple[str, ...] | None:
    """The report that it is told in, as far as it can be told anew: a DCSA event, or a type of movement in a document
    of EDIFACT."""
    fact = recorded.fact
    if not isinstance(fact, EquipmentEvent) or fact.document is None:
        return None
    document = fact.document
    is_event = document.message_type == "DCSA"
    part = "" if is_event else fact.type_code.value
    return recorded.sender, document.message_type, document.reference, fact.container_number, part


def _is_earlier(one: Recorded, than: Recorded) -> bool:
    """Whether the same sender told it before, of the same box."""
    is_same = isinstance(one.fact, EquipmentEvent) and one.fact.container_number == _number(than)
    return is_same and one.sender == than.sender and one.position < than.position


def _number(recorded: Recorded) -> str:
    assert isinstance(recorded.fact, EquipmentEvent)
    return recorded.fact.container_number


@dataclass(slots=True)
class _Group:
    """Everything told of one track."""

    key: Key
    told: list[tuple[bool, Telling]] = field(default_factory=list)

    def add(self, telling: Telling, *, is_corrected: bool) -> None:
        self.told.append((is_corrected, telling))

    @property
    def tellings(self) -> list[Telling]:
        return [telling for _, telling in self.told]

    @property
    def keys(self) -> set[Key]:
        """What its tellings say, standing or not."""
        return {self.key} | {_key_of(telling.recorded) for telling in self.tellings}

    @property
    def begun(self) -> int:
        """Where in the log it was first told."""
        return min(telling.recorded.position for telling in self.tellings)

    @property
    def standing(self) -> list[Telling]:
        """What stands, the telling said last at the end; a correction was said after what others told of the same."""
        standing = [told for told in self.told if told[1].stands]
        return [telling for _, telling in sorted(standing, key=_said)]

    def changed(self, known: Known) -> Recorded:
        """The fact that changed it last: a telling, a correction, a withdrawal, what gave it a visit and its bills."""
        return max((known.last_change(t, _bills_of(t)) for t in self.tellings), key=lambda r: r.position)

    def track(self, changed: Recorded, *, is_silenced: bool, salt: bytes) -> Track | None:
        standing = [] if is_silenced else self.standing
        seen = [telling for telling in standing or self.tellings if telling.is_visible]
        if not seen:
            return None
        number = _fact(seen[0]).container_number
        event_id = opaque_id(salt, "track", number, *(str(part) for part in self.key))
        return _track(event_id, changed, standing=standing, seen=seen)


def _bills_of(telling: Telling) -> tuple[str, ...]:
    return telling.sight.own_bills if telling.sight is not None and telling.stands else ()


def _said(told: tuple[bool, Telling]) -> tuple[bool, object, str]:
    is_corrected, telling = told
    return is_corrected, _fact(telling).event_created_datetime or OLDEST, telling.recorded.event_id


def _changes(groups: Iterable[_Group], known: Known) -> dict[Key, Recorded]:
    """By group, the fact that changed it last.  Groups that ever said the same change together: which of them speaks
    may have changed."""
    found = list(groups)
    last: dict[Key, Recorded] = {}
    for group in found:
        own = group.changed(known)
        last.update((key, own) for key in group.keys if key not in last or last[key].position < own.position)
    # What puts one movement right may give another visit, and with it other bills, to all the rest.
    righting = [recorded for recorded in known.in_order if _puts_right(recorded)][-1:]
    return {
        group.key: max([*(last[key] for key in group.keys), *righting], key=lambda r: r.position) for group in found
    }


def _puts_right(recorded: Recorded) -> bool:
    fact = recorded.fact
    return fact.kind == "withdrawal" or (fact.kind == "equipment" and fact.supersedes is not None)


def _silenced(groups: Iterable[_Group]) -> set[Key]:
    """The groups whose fact another group told first."""
    same: dict[Key, list[_Group]] = defaultdict(list)
    for group in groups:
        if standing := group.standing:
            same[_key_of(standing[-1].recorded)].append(group)
    return {group.key for of_one in same.values() for group in sorted(of_one, key=lambda g: g.begun)[1:]}


def _track(event_id: str, changed: Recorded, *, standing: list[Telling], seen: list[Telling]) -> Track:
    head = _fact((standing or seen)[-1])
    sight = next(telling.sight for telling in reversed(seen) if telling.sight is not None)
    same_minute = [_fact(t).event_datetime for t in seen if _key_of(t.recorded) == _key_of(seen[-1].recorded)]
    return Track(
        event_id=event_id,
        position=changed.position,
        updated_at=changed.received_at,
        kind=TrackKind.EQUIPMENT,
        type_code=head.type_code.value,
        classifier=head.classifier,
        at=min(same_minute),
        is_retracted=not standing,
        facility_code=latest(seen, lambda t: _fact(t).facility_code),
        un_location_code=latest(seen, lambda t: _fact(t).un_location_code),
        is_at_port=head.is_at_port,
        box=_box(seen),
        call=_call(seen, is_import=head.type_code is EquipmentEventType.DISC),
        papers=tuple(TrackPaper("TRD", bill) for bill in sight.own_bills),
        bills=_asked_by(seen, sight),
    )


def _asked_by(seen: list[Telling], sight: Sight) -> frozenset[str]:
    return sight.asked_by.union(*(t.sight.asked_by for t in seen if t.sight is not None))


def _box(seen: list[Telling]) -> TrackBox:
    return TrackBox(
        container_number=_fact(seen[-1]).container_number,
        iso_equipment_code=latest(seen, lambda t: _fact(t).iso_equipment_code),
        empty_indicator=latest(seen, lambda t: _fact(t).empty_indicator),
        movement_type=latest(seen, lambda t: _fact(t).movement_type),
        seals=latest(seen, lambda t: t.shown("seals", _fact(t).seals)) or (),
    )


def _call(seen: list[Telling], *, is_import: bool) -> TrackCall:
    voyage = latest(seen, lambda t: _fact(t).vessel.voyage)
    return TrackCall(
        mode=latest(seen, lambda t: _fact(t).mode_of_transport),
        vessel_imo_number=latest(seen, lambda t: _fact(t).vessel.vessel_imo_number),
        call_sign=latest(seen, lambda t: _fact(t).vessel.call_sign),
        vessel_name=latest(seen, lambda t: _fact(t).vessel.vessel_name),
        import_voyage=voyage if is_import else None,
        export_voyage=None if is_import else voyage,
        truck_plate=latest(seen, lambda t: t.shown("truck_plate", _fact(t).truck_plate)),
    )
