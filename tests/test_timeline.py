"""The timeline: one line a fact, tellings merged, nothing hidden and nobody's secret told."""

from __future__ import annotations

from build_visit import (
    BOX,
    CALL,
    QUAY,
    RULES,
    at,
    declaration,
    disc,
    drop,
    estimated,
    folded,
    gtin,
    gtot,
    manifest,
    notice,
    recorded,
    release,
    the_visit,
    told,
    vessel_call,
    visits,
)
from events.types import (
    AlertRaised,
    DiversionDecided,
    EquipmentEventType,
    InstructionIssued,
    InstructionStep,
    NoticeStatus,
    PartyNominated,
    Point,
    Reason,
    Recorded,
    Route,
)
from port.vessel import stays
from port.visit import Audience, Difference, fold, timeline, wording
from port.visit.model import Visit


def lines(visit: Visit) -> list[tuple[str, str]]:
    return [(line.type, line.event_id) for line in timeline(visit.events)]


def test_tellings_of_one_fact_are_one_line_with_what_they_differ_in():
    first = disc(at(1, 0, 0, 10), name="b", gross_mass_kg=24000.0, event_created_datetime=at(1, 2), sender="HT")
    tally = disc(
        at(1, 0, 0, 5), name="c", gross_mass_kg=24310.0, seals=("S1",), event_created_datetime=at(1, 1), sender="TALLY"
    )
    silent = disc(at(1, 0, 0, 5), None, name="d", sender="TALLY")
    [line] = timeline(the_visit(first, tally, silent).events)
    assert (line.event_id, line.event_ids, line.tellings, line.sender) == ("c", ("c", "d", "b"), 3, "TALLY")
    assert (line.at, line.created_at, line.place) == (at(1, 0, 0, 5), at(1, 1), QUAY)
    details = dict(line.details)
    assert (details["gross_mass_kg"], details["seals"]) == (24000.0, ("S1",))
    assert line.differences == (Difference("gross_mass_kg", (("HT", 24000.0), ("TALLY", 24310.0))),)


def test_the_same_movement_at_two_facilities_or_minutes_is_two_lines():
    assert len(timeline(the_visit(gtin(at(1)), gtin(at(1, 0, 1))).events)) == 2


def test_plans_papers_notices_and_movements_stand_in_one_order():
    events = [
        manifest(name="m"),
        estimated("DISC", at(1), vessel=CALL, name="est"),
        disc(at(1, 2), name="disc"),
        declaration(declared_at=at(1, 1), name="decl"),
        notice("RELEASED", at(1, 3), name="rel"),
        release("BL1", at(1, 4), name="order"),
        told("AVPU", at(1, 5), name="av"),
        gtot(at(1, 6), name="out"),
    ]
    assert lines(the_visit(*events)) == [
        ("MANIFEST", "m"),
        ("DISC", "est"),
        ("DECLARATION", "decl"),
        ("DISC", "disc"),
        ("CUSTOMS_RELEASED", "rel"),
        ("CARRIER_RELEASE", "order"),
        ("AVPU", "av"),
        ("GTOT", "out"),
    ]


def test_an_estimate_says_so():
    [line] = timeline(the_visit(estimated("DISC", at(1))).events)
    assert (line.title_zh, line.title_en, line.classifier) == ("预计卸船", "Estimated: Discharged from vessel", "EST")


def test_each_line_says_whose_eyes_it_is_for():
    events = [
        disc(at(1)),
        manifest(),
        declaration(),
        notice("ACCEPTED", at(1)),
        release("BL1"),
        told("CUSI", at(1)),
    ]
    seen = {
        line.type: (line.audience, line.references, line.declaration) for line in timeline(the_visit(*events).events)
    }
    assert seen == {
        "DISC": (Audience.MOVEMENT, (), None),
        "MANIFEST": (Audience.DOCUMENT, ("BL1",), None),
        "DECLARATION": (Audience.CUSTOMS, ("BL1",), "D1"),
        "CUSTOMS_ACCEPTED": (Audience.CUSTOMS, ("BL1",), "D1"),
        "CARRIER_RELEASE": (Audience.CARRIER, ("BL1",), None),
        "CUSI": (Audience.TARGETING, (), None),
    }


def test_nobody_is_told_another_bill_by_a_movement_line():
    [line] = timeline(the_visit(disc(at(1), transport_document_reference="SECRET")).events)
    assert "SECRET" not in repr(line.details)


def ours(visit_id: str, event_id: str) -> list[Recorded]:
    decided = DiversionDecided(
        decision_id="d",
        visit_id=visit_id,
        container_number=BOX,
        decided_at=at(1),
        point=Point.DISCHARGE,
        point_event_id=event_id,
        route=Route.INSPECTION,
        reason=Reason.RULE,
        ruleset_hash="h",
        compiler_version="1",
        case="{}",
    )
    issued = InstructionIssued(
        instruction_id="i",
        decision_id="d",
        visit_id=visit_id,
        container_number=BOX,
        facility_code=QUAY,
        point=Point.DISCHARGE,
        point_event_id=event_id,
        route=Route.INSPECTION,
        place="B1",
        reason=Reason.RULE,
        issued_at=at(1),
    )
    alert = AlertRaised(alert_id="a", code="RULE_FAULT", visit_id=visit_id, container_number=BOX, at=at(60))
    nominated = PartyNominated(
        nomination_id="n",
        visit_id=visit_id,
        container_number=BOX,
        nominator="F",
        nominee="H",
        role="haulier",
        at=at(60),
    )
    return [recorded(fact, sender="PORT", name=f"our-{fact.kind}") for fact in (decided, issued, alert, nominated)]


def test_our_own_facts_go_with_their_visit_and_not_with_their_date():
    opening = disc(at(1), name="opening")
    events = [opening, gtot(at(2)), gtin(at(50)), *ours("V1", "opening")]
    old, new = visits(*events)
    assert {i for i in old.event_ids if i.startswith("our-")} == {
        "our-diversion_decided",
        "our-instruction_issued",
        "our-alert",
        "our-nomination",
    }
    assert len(new.event_ids) == 1
    shown = {line.type: line.audience for line in timeline(old.events)}
    assert shown["DIVERSION_DECIDED"] is Audience.OFFICER
    assert shown["INSTRUCTION_ISSUED"] is Audience.ROUTE
    assert shown["ALERT"] is Audience.OFFICER
    assert shown["NOMINATION"] is Audience.PARTIES


def test_our_facts_follow_the_event_their_visit_was_founded_on():
    events = [disc(at(1)), gtot(at(2)), gtin(at(50), name="founder"), ours("V2", "unknown")[2]]
    told_apart = fold(BOX, events, stays([]), RULES, founding={"V2": "founder"})
    assert "our-alert" in told_apart.visits[1].event_ids


def test_a_vessels_facts_are_no_line():
    call = vessel_call(vessel_imo_number="9074729", voyage="031W", ata=at(1))
    assert lines(the_visit(disc(at(1), name="d"), call)) == [("DISC", "d")]


# Where what cuts nothing belongs


def test_a_plan_belongs_to_the_visit_that_names_its_call_else_to_the_next_to_begin():
    plan = estimated("DISC", at(9), vessel=CALL, name="plan")
    old, new = visits(disc(at(1)), gtot(at(2)), gtin(at(20)), plan)
    assert "plan" in old.event_ids
    silent = estimated("GTIN", at(9), name="silent")
    old, new = visits(disc(at(1)), gtot(at(2)), gtin(at(20)), silent)
    assert "silent" in new.event_ids


def test_a_status_after_the_exit_belongs_to_the_visit_left():
    visit = the_visit(disc(at(1)), gtot(at(2)), told("CUSR", at(3), name="status"))
    assert "status" in visit.event_ids


def test_a_plan_of_an_entry_alone_expects_a_visit():
    visit = the_visit(estimated("DISC", at(1)))
    assert (visit.movement, visit.direction) == ("EXPECTED", "IMPORT")


def test_another_ports_movement_alone_is_no_visit():
    told_elsewhere = folded(disc(at(1), is_at_port=False, name="elsewhere"))
    assert told_elsewhere.visits == ()
    assert [line.event_id for line in timeline(told_elsewhere.unplaced)] == ["elsewhere"]


def test_the_last_fact_is_the_last_to_happen_and_no_plan():
    visit = the_visit(disc(at(1)), drop(at(1, 1), name="last"), estimated("GTOT", at(5)), manifest(issued_at=at(1)))
    assert (visit.last_fact.at, visit.last_fact.event_id) == (at(1, 1), "last")


# Words


def test_every_type_and_notice_has_words_and_none_says_targeting():
    assert set(wording.MOVEMENTS) == set(EquipmentEventType)
    assert set(wording.NOTICES) == set(NoticeStatus)
    assert set(wording.ROUTES) == set(Route)
    # A step without words would take the whole timeline down with it.
    assert set(wording.STEPS) == set(InstructionStep)
    titles = [*wording.MOVEMENTS.values(), *wording.NOTICES.values(), *wording.ROUTES.values(), *wording.STEPS.values()]
    assert not [zh for zh, _ in titles if "布控" in zh]
