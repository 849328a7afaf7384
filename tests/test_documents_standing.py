"""What stands on a visit's documents: manifests told again, declarations, the carrier's word, parties."""

from __future__ import annotations

import pytest

from build_visit import (
    BOX,
    CALL,
    NEXT_CALL,
    OTHER_BOX,
    QUAY,
    at,
    declaration,
    disc,
    folded,
    gtot,
    manifest,
    notice,
    references,
    release,
    the_visit,
    visits,
)
from events.types import Consignee, PartyRef
from port.visit import Carrier, Customs, DocumentParty, PartyOnVisit

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
