"""A recorded day: read from a file or made of the port's own decisions, and played again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from events.types import Direction, DiversionDecided, Point, Reason, Route
from port.diversion.case import Case, Standing
from port.diversion.facts import CustomsStatus
from port.diversion.loading import load_default
from port.diversion.moves.boxes import TRADITIONAL, Plan, Variant, variants_of, variants_of_routes
from port.diversion.moves.choosing import plans
from port.diversion.moves.measuring import Group
from port.diversion.moves.parameters import Parameters
from port.diversion.moves.recorded import RECORDED, RecordedBox, RecordedRefused, boxes_of, day_of, read_recorded
from port.diversion.moves.running import run
from port.diversion.moves.simulation import simulate
from port.diversion.moves.trace import Mark

pytestmark = pytest.mark.slow

ZONE = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
HEADING = "container_number,direction,at,vessel,declared_at,decided_at,order,route_active"
FILE = (
    HEADING,
    "CSQU3054383,IMPORT,2026-11-20T10:00:00+08:00,A,2026-11-19T10:00:00+08:00,,,DIRECT_RELEASE",
    "MSCU1234566,IMPORT,2026-11-20T10:30:00+08:00,A,2026-11-20T14:30:00+08:00,2026-11-20T15:30:00+08:00,INSPECTION,YARD",
    "TGHU7654321,EXPORT,2026-11-20T11:00:00+08:00,A,,,,YARD",
)


def test_a_file_is_read_box_by_box():
    shanghai = timezone(timedelta(hours=8))
    first, second, third = read_recorded(FILE)
    assert first == RecordedBox(
        "CSQU3054383",
        Direction.IMPORT,
        datetime(2026, 11, 20, 10, 0, tzinfo=shanghai),
        vessel="A",
        declared_at=datetime(2026, 11, 19, 10, 0, tzinfo=shanghai),
        routes={"active": Route.DIRECT_RELEASE},
    )
    assert (second.order, second.is_in_advance, third.is_in_advance) == (Route.INSPECTION, False, False)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["container_number,at"], ("heading: direction is missing",)),
        ([HEADING + ",colour"], ("heading: colour is no column of ours",)),
        ([HEADING], ("no box",)),
        ([HEADING, ",IMPORT,2026-11-20T10:00:00Z"], ("line 2: container_number is missing",)),
        ([HEADING, "A,SIDEWAYS,2026-11-20T10:00:00Z"], ("line 2: 'SIDEWAYS' is not a valid Direction",)),
        ([HEADING, "A,IMPORT,2026-11-20T10:00:00"], ("line 2: 2026-11-20T10:00:00 has no offset",)),
        ([HEADING, "A,IMPORT,noon"], ("line 2: Invalid isoformat string: 'noon'",)),
        ([HEADING, "A,IMPORT,2026-11-20T10:00:00Z,,,,,GREEN"], ("line 2: 'GREEN' is not a valid Route",)),
    ],
)
def test_what_cannot_be_read_is_told_by_line(lines, told):
    with pytest.raises(RecordedRefused) as refused:
        read_recorded(lines)
    assert refused.value.problems == told


def test_a_case_that_is_none_is_told_by_line():
    lines = ["container_number,direction,at,case", 'A,IMPORT,2026-11-20T10:00:00Z,"{}"']
    with pytest.raises(RecordedRefused, match="line 2"):
        read_recorded(lines)


def test_boxes_come_off_when_they_did():
    day = day_of(read_recorded(FILE), zone=ZONE)(1)
    assert (day.begins_at, day.vessels, day.is_recorded) == (10.0, (0.0,), True)
    assert [box.point_hours for box in day.boxes] == [0.0, 0.5, 1.0]
    assert [box.declare_hours for box in day.boxes] == [0.0, 4.0, None]
    assert [box.decision_hours for box in day.boxes] == [None, 1.0, None]
    for variant in (TRADITIONAL, Variant("active")):
        played = run(day, plans(day, variant, Parameters()), Parameters(), flow=variant.flow)
        points = played.trace.times(Mark.POINT)
        assert [points[number] for number in (0, 1)] == [0.0, 0.5]


def test_recorded_routes_are_followed_and_an_order_comes_later():
    day = day_of(read_recorded(FILE), zone=ZONE)(1)
    active = plans(day, Variant("active"), Parameters())
    assert [(active[n].route, active[n].treatment) for n in range(3)] == [
        (Route.DIRECT_RELEASE, Route.DIRECT_RELEASE),
        (Route.YARD, Route.INSPECTION),
        (Route.YARD, Route.DIRECT_RELEASE),
    ]


def test_the_traditional_flow_inspects_what_the_first_recorded_routes_do():
    recorded = RecordedBox("CSQU3054383", Direction.IMPORT, AT, declared_at=AT, routes={"active": Route.INSPECTION})
    day = day_of([recorded], zone=ZONE)(1)
    traditional, active = variants_of_routes(["active"])
    assert plans(day, active, Parameters())[0] == Plan(Route.INSPECTION, Route.INSPECTION)
    assert plans(day, traditional, Parameters())[0] == Plan(Route.YARD, Route.INSPECTION)


def test_a_recorded_day_is_compared_over_seeds():
    day = day_of(read_recorded(FILE), zone=ZONE)
    found = simulate(Parameters(), [TRADITIONAL, Variant("active")], seeds=range(1, 9), day_of=day)
    assert found.is_recorded
    assert [one.find(Group.ALL).figures["boxes"].mean for one in found.variants] == [3, 3]
    assert [one.find(Group.OPENED).figures["boxes"].mean for one in found.variants] == [1, 1]


def test_a_day_without_boxes_is_refused():
    with pytest.raises(ValueError, match="needs a box"):
        day_of([], zone=ZONE)


def decided(visit: str, route: Route, reason: Reason, *, hours: float, is_point: bool = False) -> DiversionDecided:
    status = CustomsStatus.NOT_DECLARED if reason is Reason.NOT_DECLARED else CustomsStatus.DECLARED
    declaration = None if reason is Reason.NOT_DECLARED else "D"
    facts = {"direction": "IMPORT", "declaration_mode": "ADVANCE", "consignee_credit_grade": "AEO"}
    line = {"hs_code": "8542310000", "origin_country": "MY", "currency": "USD", "value_per_kg": 20.0}
    container = {"dangerous_goods_classes": (), "has_dangerous_goods": False, "is_lcl": False}
    facts |= {"customs_status": status.value}
    case = Case("CSQU3054383", container, (Standing("B", declaration, status, facts=facts, lines=(line,)),))
    return DiversionDecided(
        decision_id=f"{visit}-{hours}",
        visit_id=visit,
        container_number="CSQU3054383",
        decided_at=AT + timedelta(hours=hours),
        point=Point.DISCHARGE if is_point else None,
        route=route,
        reason=reason,
        ruleset_hash="h",
        compiler_version="c",
        case=case.to_json(),
        draws=(("D", 0.5),),
    )


def test_the_ports_own_decisions_make_a_day():
    decisions = [
        decided("late", Route.YARD, Reason.NOT_DECLARED, hours=0, is_point=True),
        decided("late", Route.DIRECT_RELEASE, Reason.RULE, hours=3),
        decided("late", Route.INSPECTION, Reason.CUSTOMS_ORDER, hours=5),
        decided("early", Route.DIRECT_RELEASE, Reason.RULE, hours=-20),
        decided("early", Route.DIRECT_RELEASE, Reason.RULE, hours=0, is_point=True),
        decided("expected", Route.DIRECT_RELEASE, Reason.RULE, hours=0),
    ]
    early, late = boxes_of(decisions, points={"late": AT, "early": AT, "expected": AT})
    assert (early.is_in_advance, early.order, early.routes) == (True, None, {RECORDED: Route.DIRECT_RELEASE})
    assert (late.is_in_advance, late.order, late.routes) == (False, Route.INSPECTION, {RECORDED: Route.YARD})
    assert late.declared_at == AT + timedelta(hours=3)
    assert [len(one.case.standings) for one in (early, late)] == [1, 1]
    assert late.case.standings[0].declaration == "D"


def test_a_ruleset_decides_on_the_recorded_cases():
    boxes = boxes_of([decided("early", Route.YARD, Reason.RULE, hours=0, is_point=True)], points={"early": AT})
    day = day_of(boxes, zone=ZONE)(1)
    traditional, active = variants_of({"active": load_default()})
    assert plans(day, active, Parameters())[0].route is Route.DIRECT_RELEASE
    assert plans(day, traditional, Parameters())[0].route is Route.YARD
    assert plans(day, Variant(RECORDED), Parameters())[0].route is Route.YARD
