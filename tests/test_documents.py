"""Which visit a document joins."""

from __future__ import annotations

from itertools import permutations

from build_visit import (
    BOX,
    CALL,
    NEXT_CALL,
    OTHER_CALL,
    UNNAMED,
    at,
    declaration,
    disc,
    gtin,
    gtot,
    load,
    manifest,
    references,
    release,
    the_visit,
    vessel_call,
    visits,
)
from events.types import Direction, MovementType, VesselRef
from port.visit import Carrier, Customs, MovementState

OUT = Direction.EXPORT


# By call


def test_a_document_joins_the_visit_that_names_its_call():
    old, new = visits(disc(at(1)), gtot(at(3)), disc(at(20), vessel=NEXT_CALL), manifest("BL9", vessel=NEXT_CALL))
    assert (references(old), references(new)) == ([], ["BL9"])


def test_the_voyages_of_one_stay_are_one_call_for_documents_too():
    joined = vessel_call(vessel_imo_number="9074729", call_sign="BXYZ", import_voyage="031W", export_voyage="032E")
    by_sign = manifest(vessel=VesselRef(call_sign="BXYZ", voyage="032E"))
    visit = the_visit(disc(at(1)), by_sign, joined)
    assert references(visit) == ["BL1"]


def test_an_unresolved_alias_is_joined_when_it_is_told():
    by_sign = manifest(vessel=VesselRef(call_sign="BXYZ", voyage="032E"))
    assert len(visits(disc(at(1)), by_sign)) == 2


def test_a_voyage_alone_names_the_call():
    assert len(visits(disc(at(1)), manifest(vessel=VesselRef(voyage="031W")))) == 1
    assert len(visits(disc(at(1), vessel=VesselRef(voyage="031W")), manifest())) == 1


def test_a_vessel_without_a_voyage_names_the_call_when_nothing_contradicts():
    assert len(visits(disc(at(1), vessel=VesselRef(vessel_imo_number="9074729")), manifest())) == 1


def test_of_several_visits_naming_the_call_an_inbound_document_joins_the_first_an_outbound_the_last():
    turned = vessel_call(vessel_imo_number="9074729", import_voyage="031W", export_voyage="032E")
    outbound = VesselRef(vessel_imo_number="9074729", voyage="032E")
    moves = [disc(at(1)), gtot(at(2)), gtin(at(20), vessel=outbound), turned]
    first, second = visits(*moves, manifest("IN"), manifest("OUT", vessel=outbound, direction=OUT))
    assert (references(first), references(second)) == (["IN"], ["OUT"])


def test_a_dated_document_joins_no_visit_of_half_a_year_ago_though_the_voyage_number_is_the_same():
    moves = [disc(at(1)), gtot(at(2)), disc(at(300))]
    old, new = visits(*moves, manifest(issued_at=at(298)))
    assert (references(old), references(new)) == ([], ["BL1"])


def test_a_document_without_a_call_takes_the_call_of_the_one_manifest_with_its_bill():
    visit = the_visit(disc(at(1)), manifest(), declaration(), release())
    assert (references(visit), visit.customs, visit.carrier) == (["BL1"], Customs.DECLARED, Carrier.RELEASED)


def test_a_bill_on_two_calls_gives_no_call():
    events = [
        disc(at(1)),
        gtot(at(2)),
        disc(at(20), vessel=NEXT_CALL),
        manifest(vessel=CALL),
        manifest(vessel=NEXT_CALL),
        declaration(),
    ]
    old, new = visits(*events)
    assert (references(old), references(new)) == (["BL1"], ["BL1"])
    assert (old.customs, new.customs) == (Customs.DECLARED, Customs.NOT_DECLARED)


def test_rolled_cargo_keeps_its_declaration_though_its_bill_is_on_two_calls():
    visit = the_visit(
        gtin(at(1), vessel=CALL),
        load(at(9), vessel=OTHER_CALL),
        manifest(direction=OUT),
        manifest(direction=OUT, vessel=OTHER_CALL),
        declaration(direction=OUT),
    )
    assert (references(visit), visit.customs) == (["BL1"], Customs.DECLARED)


# By bill


def test_a_document_without_a_call_joins_the_visit_that_names_its_bill():
    events = [disc(at(1), transport_document_reference="BL1"), declaration(containers=(BOX,))]
    assert references(the_visit(*events)) == ["BL1"]


def test_a_document_whose_call_nobody_names_joins_by_its_bill():
    rolled = gtin(at(1), vessel=OTHER_CALL, transport_document_reference="BL1")
    assert references(the_visit(rolled, manifest(direction=OUT))) == ["BL1"]


def test_a_house_joins_the_visit_that_names_its_master():
    events = [disc(at(1), vessel=UNNAMED, transport_document_reference="M1")]
    visit = the_visit(*events, manifest("H1", master_reference="M1", vessel=UNNAMED))
    assert references(visit) == ["H1"]


# By date


def test_a_dated_document_joins_the_first_visit_of_its_direction_that_ends_after_it():
    moves = [disc(at(1)), gtot(at(3)), disc(at(10), vessel=NEXT_CALL), gtot(at(12))]
    first, second = visits(*moves, declaration(containers=(BOX,), declared_at=at(2)))
    assert (references(first), references(second)) == (["BL1"], [])
    first, second = visits(*moves, declaration(containers=(BOX,), declared_at=at(4)))
    assert (references(first), references(second)) == ([], ["BL1"])


def test_a_dated_document_joins_no_visit_of_the_other_direction():
    events = [gtin(at(3)), declaration(containers=(BOX,), declared_at=at(2))]
    export, expected = visits(*events)
    assert (references(export), references(expected)) == ([], ["BL1"])
    assert expected.direction is MovementType.IMPORT


def test_a_dated_document_joins_no_visit_that_another_document_names():
    events = [disc(at(1)), manifest("BL7"), declaration(containers=(BOX,), declared_at=at(1))]
    visit, expected = visits(*events)
    assert (references(visit), references(expected)) == (["BL7"], ["BL1"])


def test_several_dated_documents_without_a_name_join_one_visit():
    papers = [declaration(f"D{n}", f"BL{n}", containers=(BOX,), declared_at=at(n)) for n in (1, 2, 3)]
    assert references(the_visit(disc(at(4)), *papers)) == ["BL1", "BL2", "BL3"]


def test_a_dated_document_of_another_call_joins_no_visit_that_names_one():
    events = [disc(at(1)), declaration(containers=(BOX,), declared_at=at(1), vessel=OTHER_CALL)]
    assert [references(visit) for visit in visits(*events)] == [[], ["BL1"]]
    silent = [disc(at(1), vessel=UNNAMED), declaration(containers=(BOX,), declared_at=at(1), vessel=OTHER_CALL)]
    assert [references(visit) for visit in visits(*silent)] == [["BL1"]]


def test_a_dated_document_joins_no_visit_begun_more_than_thirty_days_from_it():
    assert len(visits(disc(at(31)), declaration(containers=(BOX,), declared_at=at(1)))) == 1
    assert len(visits(disc(at(32)), declaration(containers=(BOX,), declared_at=at(1)))) == 2


def test_a_visit_without_a_reported_exit_ends_at_its_last_movement():
    moves = [disc(at(1)), disc(at(10), vessel=NEXT_CALL)]
    old, new = visits(*moves, declaration(containers=(BOX,), declared_at=at(2)))
    assert (references(old), references(new)) == ([], ["BL1"])


def test_an_undated_document_nobody_names_is_expected():
    visit, expected = visits(disc(at(1)), declaration(containers=(BOX,)))
    assert (references(visit), references(expected)) == ([], ["BL1"])
    assert (expected.movement, expected.direction) == (MovementState.EXPECTED, MovementType.IMPORT)


def test_receipt_time_attaches_nothing():
    events = [disc(at(1)), declaration(containers=(BOX,)), manifest("BL2", vessel=NEXT_CALL), release("BL3")]
    keys = {tuple(v.visit_key for v in visits(*order)) for order in permutations(events)}
    assert len(keys) == 1


# Expected


def test_a_manifest_alone_makes_an_expected_visit_which_the_discharge_then_is():
    paper = manifest(name="paper")
    expected = the_visit(paper)
    assert (expected.movement, expected.direction, expected.begun_at) == (
        MovementState.EXPECTED,
        MovementType.IMPORT,
        None,
    )
    assert expected.entry_call == CALL
    arrived = the_visit(paper, disc(at(1)))
    assert "paper" in arrived.event_ids


def test_expected_visits_come_last():
    states = [v.movement for v in visits(manifest(vessel=NEXT_CALL), disc(at(1)), gtot(at(2)))]
    assert states == [MovementState.GATED_OUT, MovementState.EXPECTED]


def test_the_papers_of_one_call_expect_one_visit_those_of_another_call_another():
    papers = [manifest("BL1"), manifest("BL2"), declaration("D2", "BL2"), manifest("BL3", vessel=NEXT_CALL)]
    assert sorted(references(visit) for visit in visits(*papers)) == [["BL1", "BL2"], ["BL3"]]
