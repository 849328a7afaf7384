"""Which visit a document joins, and what stands on it."""

from __future__ import annotations

from itertools import permutations

import pytest

from build_visit import (
    BOX,
    CALL,
    NEXT_CALL,
    OTHER_BOX,
    OTHER_CALL,
    QUAY,
    at,
    declaration,
    disc,
    folded,
    gtin,
    gtot,
    load,
    manifest,
    notice,
    release,
    the_visit,
    vessel_call,
    visits,
)
from events.types import Consignee, Direction, MovementType, PartyRef, VesselRef
from port.visit import Carrier, Customs, DocumentParty, MovementState, PartyOnVisit, Visit

UNNAMED = VesselRef()
OUT = Direction.EXPORT


def references(visit: Visit) -> list[str]:
    return [document.reference for document in visit.documents]


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


# Manifests told again


def test_of_manifests_of_one_bill_and_call_the_one_issued_last_holds_whole():
    old = manifest(issued_at=at(1), consignee=PartyRef(code="OLD"))
    new = manifest(issued_at=at(2), containers=(OTHER_BOX,))
    assert folded(old, new).visits == ()
    assert [p.recorded.event_id for p in folded(old, new).unplaced] == [old.event_id]
    [other] = visits(old, new, box=OTHER_BOX)
    assert other.parties == ()


def test_undated_manifests_are_united_with_the_dated_one():
    events = [
        manifest(issued_at=at(1), consignee=PartyRef(code="A")),
        manifest(containers=(OTHER_BOX,), forwarder=PartyRef(code="B")),
    ]
    for box in (BOX, OTHER_BOX):
        assert [party.code for party in the_visit(*events, box=box).parties] == ["A", "B"]


# What stands on a document


def test_three_bills_in_one_box_are_three_documents():
    papers = [manifest(f"BL{n}") for n in (1, 2, 3)]
    lodged = [declaration(f"D{n}", f"BL{n}") for n in (1, 2, 3)]
    released = [notice("RELEASED", at(2), f"D{n}") for n in (1, 2, 3)]
    visit = the_visit(disc(at(1)), *papers, *lodged, *released[:2])
    assert (references(visit), visit.customs) == (["BL1", "BL2", "BL3"], Customs.DECLARED)
    assert the_visit(disc(at(1)), *papers, *lodged, *released).customs is Customs.RELEASED
    assert the_visit(disc(at(1)), *papers, *lodged[:2], *released[:2]).customs is Customs.NOT_DECLARED


def test_a_declared_bill_is_a_document_though_no_manifest_has_it():
    visit = the_visit(
        disc(at(1)),
        manifest(),
        declaration(),
        notice("RELEASED", at(2)),
        declaration("D2", "BL2", vessel=CALL, containers=(BOX,)),
    )
    assert [(d.reference, d.is_manifested, d.is_declared) for d in visit.documents] == [
        ("BL1", True, True),
        ("BL2", False, True),
    ]
    assert visit.customs is Customs.DECLARED


def test_a_masters_declarations_stand_on_each_of_its_houses():
    papers = [manifest("M1"), manifest("H1", master_reference="M1"), manifest("H2", master_reference="M1")]
    visit = the_visit(disc(at(1)), *papers, declaration("D1", "M1"), notice("RELEASED", at(2)))
    assert [(d.reference, d.is_counted, d.customs) for d in visit.documents] == [
        ("H1", True, Customs.RELEASED),
        ("H2", True, Customs.RELEASED),
        ("M1", False, Customs.RELEASED),
    ]
    assert visit.customs is Customs.RELEASED
    held = the_visit(disc(at(1)), *papers, declaration("D1", "H1"), notice("RELEASED", at(2)))
    assert held.customs is Customs.NOT_DECLARED


def test_a_house_that_lists_no_container_is_on_its_masters_containers():
    papers = [manifest("M1"), manifest("H1", containers=(), master_reference="M1")]
    assert references(the_visit(disc(at(1)), *papers)) == ["H1", "M1"]


def test_a_declaration_without_containers_covers_every_container_of_its_bill():
    paper = manifest(containers=(BOX, OTHER_BOX))
    for box in (BOX, OTHER_BOX):
        assert the_visit(paper, declaration(), box=box).customs is Customs.DECLARED


def test_a_declaration_of_other_containers_covers_only_those():
    paper = manifest(containers=(BOX, OTHER_BOX))
    assert the_visit(paper, declaration(containers=(OTHER_BOX,))).customs is Customs.NOT_DECLARED


def test_a_declaration_without_a_bill_covers_the_only_document():
    lodged = declaration("D1", None, containers=(BOX,), declared_at=at(1))
    visit = the_visit(disc(at(1)), manifest(), lodged)
    assert [(d.reference, [v.key for v in d.declarations]) for d in visit.documents] == [("BL1", ["D1"])]


def test_a_declaration_without_a_bill_stands_for_itself_beside_several():
    lodged = declaration("D1", None, containers=(BOX,), declared_at=at(1))
    visit = the_visit(disc(at(1)), manifest("BL1"), manifest("BL2"), lodged)
    assert references(visit) == ["BL1", "BL2", "D1"]
    assert visit.customs is Customs.NOT_DECLARED


def test_a_declaration_without_bill_or_call_joins_the_only_expected_visit_of_its_way():
    assert the_visit(manifest(), declaration("D1", None, containers=(BOX,))).customs is Customs.DECLARED


# Carrier


def test_a_revoked_delivery_order_is_not_released():
    events = [disc(at(1)), manifest(), release("BL1", at(2)), release("BL1", at(3), status="REVOKED")]
    assert the_visit(*events).carrier is Carrier.NOT_RELEASED
    assert the_visit(*events, release("BL1", at(4))).carrier is Carrier.RELEASED


def test_the_carrier_has_released_when_every_document_is():
    papers = [disc(at(1)), manifest("BL1"), manifest("BL2")]
    assert the_visit(*papers, release("BL1")).carrier is Carrier.UNKNOWN
    assert the_visit(*papers, release("BL1"), release("BL2")).carrier is Carrier.RELEASED
    revoked = release("BL2", at(3), status="REVOKED")
    assert the_visit(*papers, release("BL1"), revoked).carrier is Carrier.NOT_RELEASED


def test_a_masters_delivery_order_covers_its_houses():
    papers = [disc(at(1)), manifest("M1"), manifest("H1", master_reference="M1"), release("M1", at(2))]
    assert the_visit(*papers).carrier is Carrier.RELEASED


def test_a_delivery_order_for_other_containers_is_not_this_ones():
    papers = [disc(at(1)), manifest(containers=(BOX, OTHER_BOX))]
    assert the_visit(*papers, release("BL1", containers=(OTHER_BOX,))).carrier is Carrier.UNKNOWN


# Parties


def test_who_is_on_the_visit_is_told_by_its_documents():
    events = [
        manifest(consignee=PartyRef(code="C", name="Consignee"), forwarder=PartyRef(code="F"), sender="LINE"),
        declaration(declarant=PartyRef(code="B"), consignee=Consignee(code="C")),
        release("BL1", haulier_code="H"),
    ]
    visit = the_visit(disc(at(1)), *events)
    assert visit.parties == (
        PartyOnVisit("B", None, "declarant", ("BL1",)),
        PartyOnVisit("C", "Consignee", "consignee", ("BL1",)),
        PartyOnVisit("F", None, "forwarder", ("BL1",)),
        PartyOnVisit("H", None, "haulier", ("BL1",)),
    )
    assert visit.documents[0].senders == {"LINE", "CARRIER"}
    assert DocumentParty("consignee", "C", "Consignee") in visit.documents[0].parties


def test_yesterdays_consignee_is_not_on_todays_visit():
    old, new = visits(
        disc(at(1)),
        manifest(consignee=PartyRef(code="YESTERDAY")),
        gtot(at(3)),
        disc(at(20), QUAY, vessel=NEXT_CALL),
        manifest("BL2", vessel=NEXT_CALL, consignee=PartyRef(code="TODAY")),
    )
    assert ([p.code for p in old.parties], [p.code for p in new.parties]) == (["YESTERDAY"], ["TODAY"])


@pytest.mark.parametrize("status", ["RELEASED", "HELD"])
def test_notices_follow_their_declaration_after_the_box_has_gone(status):
    events = [disc(at(1)), manifest(), declaration(), gtot(at(3))]
    late = notice(status, at(30), name="late")
    old, new = visits(*events, late, disc(at(29), vessel=NEXT_CALL))
    assert "late" in old.event_ids
    assert "late" not in new.event_ids
    assert old.customs.value == status
