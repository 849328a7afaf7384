"""Tracks of ships: expected and actual arrival and actual departure of each call at each facility."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from events.types import Classifier, Recorded, TransportMode, VesselCallReported
from port import calls
from port.calls import BerthRecord, CallRecord
from port.draft import opaque_id
from port.evidence import Evidence
from port.filing import call_aliases
from port.tracks import Track, TrackCall, TrackKind

# Berthing has no code of its own.
_TOLD = (
    ("eta", "ARRI", Classifier.EST),
    ("ata", "ARRI", Classifier.ACT),
    ("atd", "DEPA", Classifier.ACT),
)


@dataclass(frozen=True, slots=True)
class _Told:
    recorded: Recorded
    fact: VesselCallReported


def tracks_of_calls(
    connection: Connection, evidence: Evidence, aliases: Iterable[str], *, salt: bytes
) -> dict[str, list[Track]]:
    """By alias, the tracks of the call it names; an alias of no call is absent."""
    found = calls.find_by_aliases(connection, aliases)
    records = {call.call_id: call.read() for call in found.values()}
    evidence.load(f"v:{alias}" for record in records.values() for alias in _named(record))
    by_call = {call_id: _tracks(call_id, record, evidence, salt) for call_id, record in records.items()}
    return {alias: by_call[call.call_id] for alias, call in found.items()}


def _named(record: CallRecord) -> list[str]:
    """The aliases that facts name; a stay as a whole has one of its own, which none does."""
    return [alias for alias in record.aliases if not alias.startswith("stay:")]


def _tracks(call_id: str, record: CallRecord, evidence: Evidence, salt: bytes) -> list[Track]:
    told = list(_tellings(record, evidence))
    return [track for berth in record.berths for track in _of_berth(call_id, record, berth, told, salt)]


def _tellings(record: CallRecord, evidence: Evidence) -> Iterator[_Told]:
    """What was told of the call, in log order."""
    under = {r.position: r for alias in _named(record) for r in evidence.under(f"v:{alias}")}
    for position in sorted(under):
        fact = under[position].fact
        if isinstance(fact, VesselCallReported) and not set(record.aliases).isdisjoint(call_aliases(fact)):
            yield _Told(under[position], fact)


def _of_berth(
    call_id: str, record: CallRecord, berth: BerthRecord, told: Sequence[_Told], salt: bytes
) -> Iterator[Track]:
    for name, type_code, classifier in _TOLD:
        at = getattr(berth, name)
        tellers = [t for t in told if t.fact.facility_code == berth.facility_code and getattr(t.fact, name) is not None]
        if at is None or not tellers:
            continue
        yield Track(
            # The first telling names it for ever; what is told later of the same time keeps the id.
            event_id=opaque_id(salt, "track", "call", tellers[0].recorded.event_id, name),
            position=tellers[-1].recorded.position,
            updated_at=tellers[-1].recorded.received_at,
            kind=TrackKind.TRANSPORT,
            type_code=type_code,
            classifier=classifier,
            at=at,
            facility_code=berth.facility_code,
            call=_call(call_id, record, told),
        )


def _call(call_id: str, record: CallRecord, told: Sequence[_Told]) -> TrackCall:
    imports = [t.fact.import_voyage or t.fact.voyage for t in told]
    exports = [t.fact.export_voyage or t.fact.voyage for t in told]
    return TrackCall(
        mode=TransportMode.VESSEL,
        vessel_imo_number=record.vessel_imo_number,
        call_sign=record.call_sign,
        vessel_name=record.vessel_name,
        import_voyage=next((voyage for voyage in reversed(imports) if voyage), None),
        export_voyage=next((voyage for voyage in reversed(exports) if voyage), None),
        visit_reference=call_id,
    )
