"""What customs says of a container, from the notices of its declarations."""

from __future__ import annotations

import pytest

from build_visit import (
    BOX,
    CALL,
    EMPTY,
    OTHER_BOX,
    SITE,
    at,
    declaration,
    disc,
    gtin,
    gtot,
    load,
    manifest,
    notice,
    the_visit,
)
from events.types import Direction, InspectAt, InspectionResult, NoticeStatus
from port.visit import SEVERITY, Customs, CustomsArrival, FacetFact, InspectionFacts

BASE = [disc(at(1)), manifest(), declaration(declared_at=at(1))]
OUT = Direction.EXPORT


def customs(*events) -> Customs:
    return the_visit(*BASE, *events).customs


@pytest.mark.parametrize(
    ("status", "more", "facet"),
    [
        ("ACCEPTED", {}, Customs.DECLARED),
        ("UNDER_REVIEW", {}, Customs.UNDER_REVIEW),
        ("NO_INSPECTION", {}, Customs.NO_INSPECTION),
        ("SCAN_ORDERED", {}, Customs.SCAN_ORDERED),
        ("INSPECTION_ORDERED", {}, Customs.INSPECTION_ORDERED),
        ("INSPECTION_STARTED", {}, Customs.INSPECTING),
        ("INSPECTION_FINISHED", {"result": InspectionResult.PASS}, Customs.UNDER_REVIEW),
        ("INSPECTION_FINISHED", {"result": InspectionResult.ABNORMAL}, Customs.HELD),
        ("INSPECTION_FINISHED", {}, Customs.HELD),
        ("RELEASED", {}, Customs.RELEASED),
        ("HELD", {}, Customs.HELD),
        ("REJECTED", {}, Customs.REJECTED),
        ("CANCELLED", {}, Customs.VOID),
        ("ARRIVAL_REPORTED", {}, Customs.DECLARED),
        ("TIMELINE_ONLY", {}, Customs.DECLARED),
    ],
)
def test_the_latest_notice_is_the_status(status, more, facet):
    assert customs(notice(status, at(2), **more)) is facet


def test_the_severities_are_ordered_as_customs_weighs_them():
    assert sorted(Customs, key=SEVERITY.__getitem__, reverse=True) == [
        Customs.HELD,
        Customs.INSPECTING,
        Customs.INSPECTION_ORDERED,
        Customs.SCAN_ORDERED,
        Customs.REJECTED,
        Customs.NOT_DECLARED,
        Customs.VOID,
        Customs.UNDER_REVIEW,
        Customs.DECLARED,
        Customs.NO_INSPECTION,
        Customs.RELEASED,
    ]


def test_a_declaration_without_a_notice_is_declared_and_a_box_without_one_is_not():
    assert customs() is Customs.DECLARED
    assert the_visit(disc(at(1)), manifest()).customs is Customs.NOT_DECLARED
    assert the_visit(disc(at(1))).customs is Customs.NOT_DECLARED


def test_of_notices_at_one_time_the_severer_holds():
    assert customs(notice("RELEASED", at(2)), notice("HELD", at(2))) is Customs.HELD
    assert customs(notice("RELEASED", at(2)), notice("CANCELLED", at(2))) is Customs.VOID


def test_a_later_notice_overrules_an_earlier_one_however_severe():
    assert customs(notice("HELD", at(2)), notice("RELEASED", at(3))) is Customs.RELEASED


def test_arrival_reports_and_receipts_never_count():
    events = [notice("RELEASED", at(2)), notice("ARRIVAL_REPORTED", at(3)), notice("TIMELINE_ONLY", at(4))]
    assert customs(*events) is Customs.RELEASED


@pytest.mark.parametrize("status", ["SCAN_ORDERED", "INSPECTION_ORDERED", "INSPECTION_STARTED", "INSPECTION_FINISHED"])
def test_inspection_at_the_destination_does_not_count_once_released(status):
    at_destination = [disc(at(1)), manifest(), declaration(inspect_at=InspectAt.DESTINATION)]
    told = [*at_destination, notice("RELEASED", at(2)), notice(status, at(3))]
    assert the_visit(*told).customs is Customs.RELEASED
    assert the_visit(*at_destination, notice("INSPECTION_ORDERED", at(3))).customs is Customs.INSPECTION_ORDERED
    assert the_visit(*told, notice("HELD", at(4))).customs is Customs.HELD
    in_port = [disc(at(1)), manifest(), declaration(), notice("RELEASED", at(2)), notice("INSPECTION_ORDERED", at(3))]
    assert the_visit(*in_port).customs is Customs.INSPECTION_ORDERED


# Ended declarations


def test_a_declaration_cancelled_and_lodged_again_is_declared():
    cancelled = [notice("CANCELLED", at(2)), declaration("D2")]
    assert customs(*cancelled) is Customs.DECLARED
    assert customs(*cancelled, notice("RELEASED", at(3), "D2")) is Customs.RELEASED
    assert customs(*cancelled, notice("CANCELLED", at(4), "D2")) is Customs.VOID


def test_without_an_active_declaration_a_rejection_says_more_than_a_cancellation():
    both = [declaration("D2"), notice("CANCELLED", at(2)), notice("REJECTED", at(1), "D2")]
    assert customs(*both) is Customs.REJECTED


def test_lodged_again_under_its_number_after_its_end_it_is_alive():
    ended = notice("REJECTED", at(2))
    assert customs(ended, declaration(declared_at=at(3))) is Customs.DECLARED
    assert customs(ended, declaration(declared_at=at(1, 5))) is Customs.REJECTED
    assert customs(notice("HELD", at(2)), declaration(declared_at=at(3))) is Customs.HELD


def test_cancelled_and_lodged_again_without_a_bill_is_declared_too():
    first = declaration("D1", None, containers=(BOX,), declared_at=at(1))
    second = declaration("D2", None, containers=(BOX,), declared_at=at(2))
    assert the_visit(disc(at(1)), first, second, notice("CANCELLED", at(1, 5))).customs is Customs.DECLARED
    assert the_visit(disc(at(1)), first, notice("CANCELLED", at(1, 5))).customs is Customs.VOID


def test_lodged_again_the_latest_content_holds():
    amended = declaration(declared_at=at(2), inspect_at=InspectAt.DESTINATION)
    [view] = the_visit(*BASE, amended).declarations
    assert (view.inspect_at, view.declared_at, view.event_id) == (InspectAt.DESTINATION, at(2), amended.event_id)


def test_amended_to_other_containers_it_covers_this_one_no_more():
    assert customs(declaration(declared_at=at(2), containers=(OTHER_BOX,))) is Customs.NOT_DECLARED


# Several


def test_the_visit_is_as_bad_as_its_worst_document_and_that_as_its_worst_active_declaration():
    second = [manifest("BL2"), declaration("D2", "BL2")]
    events = [*second, notice("RELEASED", at(2)), notice("SCAN_ORDERED", at(2), "D2")]
    assert customs(*events) is Customs.SCAN_ORDERED
    also = [declaration("D3", "BL1"), notice("HELD", at(1), "D3")]
    assert customs(*events, *also) is Customs.HELD


def test_a_notice_narrowed_to_other_containers_is_not_this_ones():
    assert customs(notice("HELD", at(2), containers=(OTHER_BOX,))) is Customs.DECLARED
    assert customs(notice("HELD", at(2), containers=(OTHER_BOX, BOX))) is Customs.HELD
    narrowed = notice("HELD", at(2), containers=(OTHER_BOX,), name="narrowed")
    assert "narrowed" not in the_visit(*BASE, narrowed).event_ids


# Early receipts


def test_a_receipt_with_a_seq_no_only_finds_its_declaration():
    early = declaration(None, seq_no="S1")
    seq_only = notice("UNDER_REVIEW", at(2), None, seq_no="S1")
    visit = the_visit(disc(at(1)), manifest(), early, seq_only)
    assert visit.customs is Customs.UNDER_REVIEW
    numbered = notice("RELEASED", at(3), "D1", seq_no="S1")
    later = the_visit(disc(at(1)), manifest(), early, seq_only, numbered)
    [view] = later.declarations
    assert (view.key, view.declaration_number, view.seq_no, view.status) == ("D1", "D1", "S1", Customs.RELEASED)


def test_a_receipt_finds_its_declaration_by_its_third_name_too():
    early = declaration(None, seq_no="S1", cus_ciq_no="Q1")
    events = [early, declaration("D1", cus_ciq_no="Q1", declared_at=at(2)), notice("HELD", at(3), None, seq_no="S1")]
    [view] = the_visit(disc(at(1)), manifest(), *events).declarations
    assert (view.key, view.status) == ("D1", Customs.HELD)


def test_two_numbers_are_two_declarations_though_they_share_a_seq_no():
    both = [declaration("D1", seq_no="S1"), declaration("D2", seq_no="S1"), notice("CANCELLED", at(2), "D1")]
    visit = the_visit(disc(at(1)), manifest(), *both)
    assert {view.key: view.status for view in visit.declarations} == {"D1": Customs.VOID, "D2": Customs.DECLARED}


def test_a_notice_waits_for_its_declaration():
    early = notice("RELEASED", at(1), name="early")
    assert the_visit(disc(at(2)), manifest(), early).customs is Customs.NOT_DECLARED
    assert the_visit(disc(at(2)), manifest(), early, declaration()).customs is Customs.RELEASED


# Arrival


def test_arrival_is_reported_when_every_declared_document_has_it():
    papers = [
        gtin(at(1), vessel=CALL),
        manifest(direction=OUT),
        manifest("BL2", direction=OUT),
    ]
    lodged = [declaration(direction=OUT), declaration("D2", "BL2", direction=OUT)]
    one = [*papers, *lodged, notice("ARRIVAL_REPORTED", at(2))]
    assert the_visit(*one).customs_arrival is CustomsArrival.NOT_REPORTED
    both = the_visit(*one, notice("ARRIVAL_REPORTED", at(3), "D2", name="last"))
    assert both.customs_arrival is CustomsArrival.REPORTED
    assert both.facet_facts.customs_arrival == FacetFact(at(3), "CUSTOMS", "last")
    assert the_visit(*papers).customs_arrival is CustomsArrival.NOT_REPORTED


# What it rests on


def test_a_facet_tells_the_fact_it_rests_on():
    event = notice("HELD", at(2), name="held")
    facts = the_visit(*BASE, event).facet_facts
    assert facts.customs == FacetFact(at(2), "CUSTOMS", "held")
    assert facts.movement == FacetFact(at(1), "HT", BASE[0].event_id)
    assert dict(facts).keys() == {"movement", "customs"}
    lodged = the_visit(*BASE).facet_facts.customs
    assert lodged == FacetFact(at(1), "BROKER", BASE[2].event_id)


def test_the_inspection_queue_is_told():
    events = [
        notice("INSPECTION_ORDERED", at(1, 1), site=SITE),
        gtin(at(1, 3), SITE),
        notice("INSPECTION_STARTED", at(1, 5)),
        notice("INSPECTION_FINISHED", at(1, 6), result=InspectionResult.PASS),
    ]
    assert the_visit(*BASE, *events).inspection == InspectionFacts(
        SITE, at(1, 1), at(1, 3), at(1, 5), at(1, 6), InspectionResult.PASS
    )
    assert the_visit(*BASE).inspection is None


# Left without release


def test_an_import_that_leaves_unreleased_is_noticed():
    assert the_visit(*BASE, gtot(at(3))).left_without_release
    released = notice("RELEASED", at(2))
    assert not the_visit(*BASE, released, gtot(at(3))).left_without_release
    assert not the_visit(*BASE, released, gtot(at(3)), notice("HELD", at(4))).left_without_release


def test_a_release_given_after_the_box_has_gone_comes_too_late():
    assert the_visit(*BASE, gtot(at(3)), notice("RELEASED", at(4))).left_without_release


def test_an_export_loaded_unreleased_is_noticed():
    papers = [manifest(direction=OUT), declaration(direction=OUT)]
    assert the_visit(gtin(at(1)), load(at(3)), *papers).left_without_release
    assert not the_visit(gtin(at(1)), load(at(3)), *papers, notice("RELEASED", at(2))).left_without_release


def test_empties_transfers_and_transhipment_leave_without_release_unremarked():
    assert not the_visit(disc(at(1), empty_indicator=EMPTY), gtot(at(2), empty_indicator=EMPTY)).left_without_release
    assert not the_visit(disc(at(1)), gtot(at(2), to_facility_code=SITE)).left_without_release
    assert not the_visit(gtin(at(1)), gtot(at(2))).left_without_release


def test_every_status_of_a_notice_has_its_meaning():
    told = {status: customs(notice(status.value, at(2))) for status in NoticeStatus}
    assert len(told) == len(NoticeStatus)
