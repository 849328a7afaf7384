"""Generated histories of one container: movements, papers, notices, corrections, withdrawals and our own facts."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from msgspec.structs import replace

from build_visit import (
    BOX,
    CALL,
    EMPTY,
    LADEN,
    NEXT_CALL,
    OTHER_BOX,
    OTHER_CALL,
    QUAY,
    QUAY_2,
    SITE,
    YARD,
    at,
    declaration,
    manifest,
    notice,
    recorded,
    release,
    told,
    vessel_call,
    withdrawal,
)
from events.types import (
    AlertRaised,
    Classifier,
    Direction,
    DocumentFunction,
    EquipmentEventType,
    InspectAt,
    InspectionResult,
    MovementType,
    NoticeStatus,
    Recorded,
    ReportedDocument,
    TransportMode,
    VesselRef,
    Withdrawal,
)

MOVES = ["DISC", "GTIN", "GTOT", "LOAD", "DISC", "GTIN", "GTOT", "LOAD", "DROP", "PICK", "INSP", "AVPU", "CUSI"]
CALLS = [VesselRef(), VesselRef(), CALL, NEXT_CALL, OTHER_CALL, VesselRef(voyage="031W")]
HOURS = [0, 0, 1, 5, 11, 13, 24, 40, 73, 100, 24 * 20, 24 * 40]
BILLS = ["BL1", "BL2", "H1", "M1"]
NUMBERS = ["D1", "D2", None]

moments = st.tuples(st.sampled_from(HOURS), st.sampled_from([0, 0, 30])).map(
    lambda when: at(1) + timedelta(hours=when[0], seconds=when[1])
)
maybe_moments = st.none() | moments
boxes = st.sampled_from([BOX, BOX, BOX, OTHER_BOX])
lists = st.sampled_from([(BOX,), (BOX,), (), (OTHER_BOX,), (BOX, OTHER_BOX)])
calls = st.sampled_from(CALLS)
directions = st.sampled_from(Direction)
senders = st.sampled_from(["HT", "HT", "TALLY"])
names = st.integers(0, 11).map(lambda number: f"e{number:02}")


def _document(function: DocumentFunction | None, reference: str) -> ReportedDocument | None:
    return function and ReportedDocument(message_type="COARRI", reference=reference, function=function)


movements = st.fixed_dictionaries(
    {
        "type_code": st.sampled_from(MOVES),
        "when": moments,
        "facility": st.sampled_from([QUAY, QUAY, QUAY_2, YARD, SITE, None]),
        "vessel": calls,
        "empty_indicator": st.sampled_from([LADEN, LADEN, None, EMPTY]),
        "classifier": st.sampled_from([Classifier.ACT] * 5 + [Classifier.EST]),
    },
    optional={
        "to_facility_code": st.sampled_from([SITE, YARD]),
        "movement_type": st.sampled_from(MovementType),
        "mode_of_transport": st.sampled_from(TransportMode),
        "transport_document_reference": st.sampled_from(BILLS),
        "event_created_datetime": moments,
        "gross_mass_kg": st.sampled_from([1.0, 2.0]),
        "sender": senders,
        "is_at_port": st.sampled_from([True, True, False]),
    },
)
corrected = st.fixed_dictionaries(
    {},
    optional={
        "box": boxes,
        "supersedes": names,
        "document": st.builds(
            _document, st.sampled_from([DocumentFunction.ORIGINAL, DocumentFunction.REPLACE]), st.sampled_from("AB")
        ),
        "receipt": st.sampled_from(["r1", "r2"]),
    },
)
manifests = st.builds(
    manifest,
    st.sampled_from(BILLS),
    lists,
    vessel=calls,
    direction=directions,
    issued_at=maybe_moments,
    master_reference=st.sampled_from([None, None, "M1"]),
)
declarations = st.builds(
    declaration,
    st.sampled_from(NUMBERS),
    st.sampled_from([*BILLS, None]),
    direction=directions,
    containers=lists,
    vessel=calls,
    declared_at=maybe_moments,
    seq_no=st.sampled_from([None, "S1", "S2"]),
    inspect_at=st.sampled_from(InspectAt),
)
notices = st.builds(
    notice,
    st.sampled_from(NoticeStatus),
    moments,
    st.sampled_from(NUMBERS),
    seq_no=st.sampled_from([None, "S1", "S2"]),
    containers=lists,
    site=st.sampled_from([None, None, "NEWSITE", QUAY]),
    result=st.sampled_from([None, *InspectionResult]),
)
releases = st.builds(
    release,
    st.sampled_from(BILLS),
    maybe_moments,
    status=st.sampled_from(["RELEASED", "REVOKED"]),
    containers=lists,
)
vessel_calls = st.builds(
    vessel_call,
    vessel_imo_number=st.sampled_from(["9074729", "9839284"]),
    voyage=st.sampled_from(["031W", "033W", "077E"]),
    export_voyage=st.sampled_from([None, "032E", "033W"]),
    facility_code=st.sampled_from([QUAY, QUAY_2]),
    atd=maybe_moments,
)


def _withdrawn(event_id: str) -> Recorded:
    return recorded(Withdrawal(container_number=BOX, retracts=event_id))


withdrawals = st.one_of(
    st.builds(_withdrawn, names),
    st.builds(
        lambda kind, when: withdrawal(type_code=EquipmentEventType(kind), event_datetime=when),
        st.sampled_from(MOVES),
        moments,
    ),
    st.builds(
        lambda reference, when: withdrawal(
            document=_document(DocumentFunction.CANCEL, reference), event_created_datetime=when
        ),
        st.sampled_from("AB"),
        maybe_moments,
    ),
)
alerts = st.builds(
    lambda visit, when: recorded(
        AlertRaised(alert_id="a", code="RULE_FAULT", visit_id=visit, container_number=BOX, at=when), sender="PORT"
    ),
    st.sampled_from(["V1", "V2", None]),
    moments,
)


def _move(fields: dict[str, object], more: dict[str, object]) -> Recorded:
    fields = {**fields, **more}
    return told(fields.pop("type_code"), fields.pop("when"), fields.pop("facility"), **fields)  # type: ignore[arg-type]


plain_moves = st.builds(_move, movements, st.just({}))
moves = st.builds(_move, movements, st.just({}) | corrected)
papers = st.one_of(manifests, declarations, notices, releases)


def named(events: list[Recorded]) -> list[Recorded]:
    """Under short ids, so that generated corrections find something to correct."""
    return [replace(event, event_id=f"e{place:02}") for place, event in enumerate(events)]


anything = st.one_of(moves, moves, papers, vessel_calls, withdrawals, alerts)
histories = st.lists(anything, min_size=1, max_size=12).map(named)
uncorrected = st.one_of(plain_moves, plain_moves, papers, vessel_calls)
uncorrected_histories = st.lists(uncorrected, min_size=1, max_size=12).map(named)
