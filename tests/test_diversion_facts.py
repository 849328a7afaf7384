"""The catalogue of facts, the case that is kept, and how a case is gathered from what was reported."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import convert

from build_diversion import BOX, PLAIN_DECLARATION, TOYS, case, standing
from events.types import (
    Consignee,
    CreditGrade,
    DangerousGoods,
    DeclarationLine,
    DeclarationLodged,
    DeclarationMode,
    Direction,
    EquipmentEvent,
    EquipmentEventType,
    InspectAt,
    PartyRef,
    TransportMode,
    VesselRef,
)
from port.diversion import gather
from port.diversion.case import Case, Needs, Standing, Unreadable
from port.diversion.facts import CATALOGUE, CustomsStatus, find_fact, reader


def discharge(**given: object) -> EquipmentEvent:
    at = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
    told = {"type_code": EquipmentEventType.DISC, "container_number": BOX, "event_datetime": at, **given}
    return convert(told, EquipmentEvent)


def lodged(**given: object) -> DeclarationLodged:
    return convert({"direction": Direction.IMPORT, **given}, DeclarationLodged)


def test_every_fact_has_one_name_and_is_said_in_chinese_and_english():
    assert len({spec.name for spec in CATALOGUE}) == len(CATALOGUE)
    assert [spec.name for spec in CATALOGUE if not (spec.zh and spec.en)] == []


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("hs_code", ["680223", "6802231000", "02012000"]),
        ("origin_country", ["IN"]),
        ("consignee_credit_grade", ["AEO", "GENERAL", "DISTRUSTED"]),
        ("gross_mass_kg", [0, 24310, 24310.5, 2**70]),
        ("set_point_celsius", [-18.0, 4]),
        ("is_lcl", [True, False]),
        ("dangerous_goods_classes", [(), ("3",), ("2.1", "1.4S")]),
        ("consignee_code", ["91350200MA2XYZ1234", "厦门某公司"]),
    ],
)
def test_a_proper_value_is_readable(name: str, values: list[object]):
    spec = find_fact(name)
    assert spec is not None
    assert [value for value in values if not reader(spec)(value)] == []


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("hs_code", ["", "6802", "68022310001", "12AB56", "680223\n", 680223, None, ("680223",), "６８０２２３"]),
        ("origin_country", ["", "in", "IND", " IN", 1, None]),
        ("consignee_credit_grade", ["", "GOLD", "aeo", None, 1, True]),
        ("gross_mass_kg", [math.nan, math.inf, -math.inf, -1, "24310", None, True, (1,)]),
        ("set_point_celsius", [-300, math.nan, "cold"]),
        ("is_lcl", [0, 1, "true", None]),
        ("dangerous_goods_classes", ["3", ("3", ""), ("X",), (3,), None]),
        ("consignee_code", ["", "  ", None, 7, "x" * 65]),
    ],
)
def test_an_improper_value_is_unreadable(name: str, values: list[object]):
    spec = find_fact(name)
    assert spec is not None
    assert [value for value in values if reader(spec)(value)] == []


def test_a_case_reads_back_as_it_was_stored():
    box = case(
        standing(lines=(TOYS, {"hs_code": 7, "net_mass_kg": math.nan})),
        Standing("B2", None, CustomsStatus.VOID),
        needs=Needs(("3", "?"), has_plug=True),
        is_direction_known=False,
        gross_mass_kg=math.inf,
        vgm_kg=-math.inf,
        un_numbers=["1263", None],
        set_point_celsius={"degrees": -18},
    )
    assert Case.from_json(box.to_json()) == box


json_scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([10**400, b"x", object()])
)


@given(st.dictionaries(st.text(), json_scalars | st.lists(json_scalars | st.lists(json_scalars))))
def test_whatever_a_fact_is_told_as_survives_storing(facts: dict[str, object]):
    box = Case(BOX, facts, (Standing("B", "D", CustomsStatus.DECLARED, facts=facts, lines=(facts, {})),))
    stored = box.to_json()
    assert Case.from_json(stored) == box
    assert Case.from_json(stored).to_json() == stored
    json.loads(stored, parse_constant=pytest.fail)


def test_whole_numbers_and_fractions_are_stored_apart():
    read = Case.from_json(case(seal_count=1, gross_mass_kg=1.0, is_lcl=True).to_json()).container
    assert [type(read[name]) for name in ("seal_count", "gross_mass_kg", "is_lcl")] == [int, float, bool]


def test_a_value_of_no_kind_a_fact_can_have_is_kept_as_its_kind():
    assert case(gross_mass_kg=10**400, vgm_kg=b"24").container["gross_mass_kg"] == Unreadable("int")


def test_a_case_cannot_be_changed_by_whoever_built_it():
    facts = {"gross_mass_kg": 1.0}
    box = Case(BOX, facts)
    facts["gross_mass_kg"] = 2.0
    assert box.container == {"gross_mass_kg": 1.0}
    with pytest.raises(TypeError):
        box.container["gross_mass_kg"] = 3.0


def test_a_box_of_which_little_was_said_has_few_facts():
    assert gather.container_facts([discharge()], bill_count=0) == {
        "has_dangerous_goods": False,
        "dangerous_goods_classes": (),
        "un_numbers": (),
        "bill_count": 0,
    }


def test_the_latest_report_of_each_value_counts():
    first = discharge(
        facility_code="XMHT",
        vessel=VesselRef(vessel_imo_number="9074729"),
        mode_of_transport=TransportMode.VESSEL,
        iso_equipment_code="45R1",
        gross_mass_kg=24000,
        vgm_kg=24310,
        seals=("A1", "A2"),
        reefer_set_point_celsius=-18.0,
        dangerous_goods=(DangerousGoods(un_number="1263", imo_class="3"),),
    )
    second = discharge(gross_mass_kg=25000, dangerous_goods=(DangerousGoods(un_number="1950"),))
    assert gather.container_facts([first, second], bill_count=2) == {
        "facility_code": "XMHT",
        "vessel_imo_number": "9074729",
        "mode_of_transport": "VESSEL",
        "iso_size_type": "45R1",
        "container_type_group": "R",
        "is_reefer": True,
        "set_point_celsius": -18.0,
        "gross_mass_kg": 25000.0,
        "vgm_kg": 24310.0,
        "mass_discrepancy_kg": 690.0,
        "seal_count": 2,
        "has_dangerous_goods": True,
        "dangerous_goods_classes": ("3",),
        "un_numbers": ("1263", "1950"),
        "bill_count": 2,
        "is_lcl": True,
    }


def test_an_old_size_code_does_not_tell_the_type():
    facts = gather.container_facts([discharge(iso_equipment_code="4532")], bill_count=1)
    assert "container_type_group" not in facts
    assert "is_reefer" not in facts


def test_a_place_must_offer_what_was_reported():
    paint = DangerousGoods(un_number="1263", imo_class="3")
    assert gather.container_needs([discharge(iso_equipment_code="22G1")]) == Needs()
    assert gather.container_needs([discharge(iso_equipment_code="45R1")]) == Needs((), has_plug=True)
    assert gather.container_needs([discharge(dangerous_goods=(paint, DangerousGoods(un_number="1950")))]) == Needs(
        ("3", "?")
    )


def test_a_declaration_gives_its_facts_and_those_of_its_lines():
    declaration = lodged(
        mode=DeclarationMode.ADVANCE,
        declarant=PartyRef(code="B1"),
        consignee=Consignee(code="C1", credit_grade=CreditGrade.GENERAL),
        lines=(
            DeclarationLine(
                hs_code="6802231000", origin_country="IN", net_mass_kg=24000, declared_value=18000, currency="USD"
            ),
            DeclarationLine(hs_code="950300", net_mass_kg=100, declared_value=500, currency="USD"),
        ),
    )
    assert gather.declared("B", declaration, CustomsStatus.UNDER_REVIEW, key="D") == Standing(
        "B",
        "D",
        CustomsStatus.UNDER_REVIEW,
        facts={
            "direction": "IMPORT",
            "declaration_mode": "ADVANCE",
            "customs_status": "UNDER_REVIEW",
            "inspect_at": "PORT",
            "consignee_credit_grade": "GENERAL",
            "consignee_code": "C1",
            "declarant_code": "B1",
            "line_count": 2,
            "total_net_mass_kg": 24100.0,
            "total_declared_value": 18500.0,
        },
        lines=(
            {
                "hs_code": "6802231000",
                "origin_country": "IN",
                "net_mass_kg": 24000.0,
                "declared_value": 18000.0,
                "currency": "USD",
                "value_per_kg": 0.75,
            },
            {
                "hs_code": "950300",
                "net_mass_kg": 100.0,
                "declared_value": 500.0,
                "currency": "USD",
                "value_per_kg": 5.0,
            },
        ),
    )


def test_a_bare_declaration_leaves_out_what_it_does_not_say():
    assert gather.declared("B", lodged(inspect_at=InspectAt.DESTINATION), CustomsStatus.DECLARED, key="D") == Standing(
        "B",
        "D",
        CustomsStatus.DECLARED,
        InspectAt.DESTINATION,
        {"direction": "IMPORT", "customs_status": "DECLARED", "inspect_at": "DESTINATION"},
    )


def test_a_total_is_known_only_when_every_part_is():
    def totals(*lines: DeclarationLine) -> tuple[object, object]:
        facts = gather.declaration_facts(lodged(lines=lines), CustomsStatus.DECLARED)
        return facts.get("total_net_mass_kg"), facts.get("total_declared_value")

    dollars = DeclarationLine(hs_code="950300", net_mass_kg=10, declared_value=5, currency="USD")
    euros = DeclarationLine(hs_code="950300", net_mass_kg=10, declared_value=5, currency="EUR")
    silent = DeclarationLine(hs_code="950300", currency="USD")
    broken = DeclarationLine(hs_code="950300", net_mass_kg=math.inf, declared_value=1, currency="USD")
    assert totals(dollars, dollars) == (20, 10)
    assert totals(dollars, euros) == (20, None)
    assert totals(dollars, silent) == (None, None)
    assert math.isnan(float(str(totals(dollars, broken)[0])))


def test_the_value_per_kg_of_nothing_is_not_known():
    facts = gather.line_facts(DeclarationLine(hs_code="950300", net_mass_kg=0, declared_value=5))
    assert facts == {"hs_code": "950300", "net_mass_kg": 0.0, "declared_value": 5.0}


def test_the_facts_of_a_case_are_facts_of_the_catalogue():
    names = {*PLAIN_DECLARATION, *TOYS, *gather.container_facts([discharge()], bill_count=1)}
    assert names <= {spec.name for spec in CATALOGUE}
