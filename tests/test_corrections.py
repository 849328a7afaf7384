"""Corrections, withdrawals and replaced documents: which tellings still cut, in whatever order they came."""

from __future__ import annotations

from itertools import permutations

import pytest

from build_visit import (
    BOX,
    OTHER_BOX,
    QUAY,
    SITE,
    YARD,
    at,
    disc,
    drop,
    folded,
    gtin,
    gtot,
    ids,
    manifest,
    the_visit,
    visits,
    withdrawal,
)
from events.types import DocumentFunction, EquipmentEventType, Recorded, ReportedDocument
from port.visit import Mark, MovementState, timeline

ORIGINAL, REPLACE, CANCEL = DocumentFunction.ORIGINAL, DocumentFunction.REPLACE, DocumentFunction.CANCEL


def doc(function: DocumentFunction = ORIGINAL, reference: str = "A1") -> ReportedDocument:
    return ReportedDocument(message_type="CODECO", reference=reference, function=function)


def marks(*events: Recorded, box: str = BOX) -> dict[str, tuple[Mark, str | None]]:
    told = folded(*events, box=box)
    placed = [*told.unplaced, *(p for visit in told.visits for p in visit.events)]
    return {p.recorded.event_id: (p.mark, p.corrected_by) for p in placed}


def test_a_correction_takes_the_place_of_what_it_corrects():
    wrong = gtin(at(1), name="wrong")
    right = gtin(at(1, 3), YARD, supersedes="wrong", name="right")
    visit = the_visit(wrong, right)
    assert [m.event_id for m in visit.movements] == ["right"]
    assert visit.event_ids == {"wrong", "right"}
    assert marks(wrong, right)["wrong"] == (Mark.SUPERSEDED, "right")


def test_a_correction_of_something_unknown_waits_for_it():
    right = gtin(at(1, 3), supersedes="wrong", name="right")
    assert [m.event_id for m in the_visit(right).movements] == ["right"]
    assert [m.event_id for m in the_visit(right, gtin(at(1), name="wrong")).movements] == ["right"]


def test_of_several_corrections_the_one_created_last_wins():
    wrong = gtin(at(1), name="wrong")
    early = gtin(at(1, 3), supersedes="wrong", event_created_datetime=at(2), name="z")
    late = gtin(at(1, 5), supersedes="wrong", event_created_datetime=at(2, 1), name="a")
    unsaid = gtin(at(1, 7), supersedes="wrong", name="y")
    assert [m.event_id for m in the_visit(wrong, early, late, unsaid).movements] == ["a"]


def test_of_corrections_created_together_the_greater_id_wins():
    wrong = gtin(at(1), name="wrong")
    one = gtin(at(1, 3), supersedes="wrong", event_created_datetime=at(2), name="a")
    other = gtin(at(1, 5), supersedes="wrong", event_created_datetime=at(2), name="b")
    assert [m.event_id for m in the_visit(wrong, one, other).movements] == ["b"]


def test_a_correction_corrected_again_brings_the_last_one():
    first = gtin(at(1), name="1")
    second = gtin(at(1, 1), supersedes="1", name="2")
    third = gtin(at(1, 2), supersedes="2", name="3")
    visit = the_visit(third, first, second)
    assert [m.event_id for m in visit.movements] == ["3"]
    assert visit.event_ids == {"1", "2", "3"}


def test_what_is_superseded_stays_so_when_its_correction_is_retracted():
    wrong = gtin(at(1), name="wrong")
    right = gtin(at(1, 3), supersedes="wrong", name="right")
    back = withdrawal(right, name="back")
    told = folded(wrong, right, back)
    assert told.visits == ()
    assert {p.recorded.event_id for p in told.unplaced} == {"wrong", "right", "back"}
    assert marks(wrong, right, back)["right"] == (Mark.RETRACTED, "back")
    assert marks(wrong, right, back)["wrong"] == (Mark.SUPERSEDED, "right")


def test_a_corrected_container_number_refolds_both_containers():
    wrong = gtin(at(1), name="wrong")
    right = gtin(at(1), box=OTHER_BOX, supersedes="wrong", name="right")
    events = [wrong, right]
    assert visits(*events) == ()
    assert [p.recorded.event_id for p in folded(*events).unplaced] == ["wrong"]
    assert marks(*events)["wrong"] == (Mark.SUPERSEDED, "right")
    [other] = visits(*events, box=OTHER_BOX)
    assert (other.event_ids, other.movement) == ({"right"}, MovementState.GATED_IN)


def test_a_corrected_container_number_leaves_the_papers_expecting_the_first():
    wrong = disc(at(1), name="wrong")
    right = disc(at(1), box=OTHER_BOX, supersedes="wrong", name="right")
    paper = manifest(name="paper")
    visit = the_visit(wrong, right, paper)
    assert (visit.movement, visit.event_ids) == (MovementState.EXPECTED, {"wrong", "paper"})


def test_only_the_sender_corrects_or_withdraws_its_report():
    event = gtin(at(1), name="theirs")
    foreign = gtin(at(9), supersedes="theirs", sender="OTHER", name="foreign")
    assert [[m.event_id for m in v.movements] for v in visits(event, foreign)] == [["theirs"], ["foreign"]]
    assert len(visits(event, withdrawal(event, sender="OTHER"))) == 1


def test_a_withdrawn_event_cuts_no_more():
    event = gtot(at(2))
    visit = the_visit(gtin(at(1)), event, withdrawal(event, name="back"))
    assert (visit.movement, visit.ended_at) == (MovementState.GATED_IN, None)
    assert {event.event_id, "back"} <= visit.event_ids


def test_a_withdrawal_names_the_same_fact_by_its_content():
    events = [gtin(at(1)), gtot(at(2, 0, 0, 40))]
    by_content = {"type_code": EquipmentEventType.GTOT, "event_datetime": at(2), "facility_code": QUAY}
    assert the_visit(*events, withdrawal(**by_content)).movement is MovementState.GATED_IN
    assert the_visit(*events, withdrawal(**by_content, sender="OTHER")).movement is MovementState.GATED_OUT
    elsewhere = {**by_content, "facility_code": YARD}
    assert the_visit(*events, withdrawal(**elsewhere)).movement is MovementState.GATED_OUT
    later = {**by_content, "event_datetime": at(2, 0, 1)}
    assert the_visit(*events, withdrawal(**later)).movement is MovementState.GATED_OUT


def test_what_is_reported_again_after_a_withdrawal_by_content_stands():
    out = {"event_created_datetime": at(2, 1)}
    back = withdrawal(type_code=EquipmentEventType.GTOT, event_datetime=at(2), event_created_datetime=at(2, 2))
    again = gtot(at(2), event_created_datetime=at(2, 3), name="again")
    visit = the_visit(gtin(at(1)), gtot(at(2), **out), back, again)
    assert [m.event_id for m in visit.movements][1:] == ["again"]


def test_of_two_tellings_the_unretracted_one_still_cuts():
    first, second = disc(at(1)), disc(at(1), sender="TALLY")
    visit = the_visit(first, second, withdrawal(first))
    assert [m.event_id for m in visit.movements] == ids(second)


def test_a_withdrawal_of_something_unknown_waits():
    event = gtin(at(1), name="later")
    back = withdrawal(event, name="back")
    assert [p.recorded.event_id for p in folded(back).unplaced] == ["back"]
    assert visits(back, event) == ()


def test_a_withdrawn_event_stays_with_the_visit_it_would_be_on():
    entry, work = disc(at(1), name="entry"), drop(at(1, 2), name="work")
    visit = the_visit(entry, work, withdrawal(entry))
    assert (visit.is_entry_reported, "entry" in visit.event_ids) == (False, True)
    ends = [disc(at(1)), gtin(at(9), name="mistake"), gtot(at(20))]
    assert "mistake" in the_visit(*ends, withdrawal(ends[1])).event_ids


def test_a_withdrawn_visit_does_not_fall_to_an_older_one():
    old = [disc(at(1)), gtot(at(2))]
    event = gtin(at(20), name="mistake")
    told = folded(*old, event, withdrawal(event))
    assert [v.event_ids for v in told.visits] == [set(ids(*old))]
    assert "mistake" in {p.recorded.event_id for p in told.unplaced}


# Documents


def test_a_replaced_document_takes_its_earlier_events_along():
    first = gtin(at(1), document=doc(), event_created_datetime=at(1, 1), name="old")
    again = gtin(at(1, 5), document=doc(REPLACE), event_created_datetime=at(1, 6), name="new")
    assert [m.event_id for m in the_visit(again, first).movements] == ["new"]
    assert marks(first, again)["old"] == (Mark.SUPERSEDED, "new")


def test_a_replaced_document_drops_the_containers_it_no_longer_lists():
    mine = gtin(at(1), document=doc(), event_created_datetime=at(1, 1), name="mine")
    other = gtin(at(1), box=OTHER_BOX, document=doc(REPLACE), event_created_datetime=at(1, 6), name="other")
    assert visits(mine, other) == ()
    assert marks(mine, other)["mine"] == (Mark.SUPERSEDED, "other")


def test_a_cancelled_document_takes_everything_said_before_along():
    first = gtin(at(1), document=doc(), event_created_datetime=at(1, 1), name="old")
    second = gtin(at(1, 5), document=doc(REPLACE), event_created_datetime=at(1, 6), name="new")
    cancel = withdrawal(document=doc(CANCEL), event_created_datetime=at(2), name="cancel")
    assert visits(first, second, cancel) == ()
    assert marks(first, second, cancel)["new"] == (Mark.RETRACTED, "cancel")


def test_of_several_replacements_the_one_created_last_holds():
    first = gtin(at(1), document=doc(), event_created_datetime=at(1, 1))
    second = gtin(at(1, 2), document=doc(REPLACE), event_created_datetime=at(1, 6), name="b")
    third = gtin(at(1, 3), document=doc(REPLACE), event_created_datetime=at(1, 7), name="a")
    cancel = withdrawal(document=doc(CANCEL), event_created_datetime=at(1, 5))
    for events in permutations([first, second, third, cancel]):
        assert [m.event_id for m in the_visit(*events).movements] == ["a"]


def test_a_document_number_used_again_later_is_not_what_was_replaced():
    replaced = gtin(at(1), document=doc(REPLACE), event_created_datetime=at(1, 1))
    later = gtot(at(2), document=doc(), event_created_datetime=at(2, 1))
    assert the_visit(replaced, later).movement is MovementState.GATED_OUT


def test_a_document_is_its_senders_own():
    first = gtin(at(1), document=doc(), event_created_datetime=at(1, 1), name="mine")
    foreign = gtin(at(1), document=doc(REPLACE), event_created_datetime=at(2), sender="OTHER", name="foreign")
    another = gtin(at(1), document=doc(REPLACE, "B7"), event_created_datetime=at(2), name="another")
    assert {m.event_id for m in the_visit(first, foreign, another).movements} == {"mine", "foreign", "another"}


def test_one_message_of_a_document_keeps_all_its_own_boxes():
    mine = gtin(at(1), document=doc(REPLACE), event_created_datetime=at(2), receipt="r", name="a")
    other = gtin(at(1), box=OTHER_BOX, document=doc(REPLACE), event_created_datetime=at(2), receipt="r", name="z")
    assert len(visits(mine, other)) == 1
    assert len(visits(mine, other, box=OTHER_BOX)) == 1


# The timeline


def test_the_timeline_shows_a_correction_as_a_correction():
    wrong = gtin(at(1), name="wrong")
    right = gtin(at(1, 3), SITE, supersedes="wrong", name="right")
    lines = timeline(the_visit(wrong, right).events)
    assert [(line.event_id, line.mark, line.corrected_by, line.place) for line in lines] == [
        ("wrong", Mark.SUPERSEDED, "right", QUAY),
        ("right", Mark.CURRENT, None, SITE),
    ]


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_no_order_of_hearing_changes_what_stands(order):
    events = [
        gtin(at(1), name="wrong"),
        gtin(at(1, 3), supersedes="wrong", name="right"),
        gtot(at(2), name="out"),
        withdrawal(name="back", type_code=EquipmentEventType.GTOT, event_datetime=at(2)),
    ]
    assert marks(*[events[i] for i in order]) == {
        "wrong": (Mark.SUPERSEDED, "right"),
        "right": (Mark.CURRENT, None),
        "out": (Mark.RETRACTED, "back"),
        "back": (Mark.CURRENT, None),
    }
