"""Boxes, declarations and tables for the tests of the diversion, plain unless told otherwise; and random ones."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from hypothesis import strategies as st

from events.types import InspectAt, Route
from port.diversion.capacity import SiteState
from port.diversion.case import NO_NEEDS, Case, Needs, Standing
from port.diversion.decide import Outcome, decide
from port.diversion.facts import CATALOGUE, CustomsStatus, FactSpec, FactType, Level
from port.diversion.loading import load
from port.diversion.table import Ruleset

BOX = "CSQU3054383"
WORDS = {"zh": "测试", "en": "test"}
NOT_DRAWN = 0.999
PLAIN_BOX = {
    "has_dangerous_goods": False,
    "dangerous_goods_classes": (),
    "un_numbers": (),
    "bill_count": 1,
    "is_lcl": False,
}
PLAIN_DECLARATION = {
    "direction": "IMPORT",
    "declaration_mode": "ADVANCE",
    "customs_status": "DECLARED",
    "inspect_at": "PORT",
    "consignee_credit_grade": "GENERAL",
    "consignee_code": "91350200MA2XYZ1234",
    "line_count": 1,
}
TOYS = {
    "hs_code": "9503008900",
    "origin_country": "VN",
    "net_mass_kg": 8000.0,
    "declared_value": 42000.0,
    "currency": "USD",
}
GRANITE = {
    "hs_code": "6802231000",
    "origin_country": "IN",
    "net_mass_kg": 24000.0,
    "declared_value": 18200.0,
    "currency": "USD",
}


def standing(
    status: CustomsStatus | str = "DECLARED",
    *,
    document: str = "COSU6123456780",
    declaration: str | None = "371120261001234567",
    inspect_at: InspectAt = InspectAt.PORT,
    lines: Sequence[Mapping[str, object]] = (TOYS,),
    without: Sequence[str] = (),
    **facts: object,
) -> Standing:
    """A declared document of toys; `without` leaves facts out."""
    told = {**PLAIN_DECLARATION, "customs_status": str(status), "inspect_at": inspect_at.value, **facts}
    known = {name: value for name, value in told.items() if name not in without}
    return Standing(document, declaration, CustomsStatus(status), inspect_at, known, tuple(lines))


def undeclared(document: str = "COSU0000000000", status: CustomsStatus | str = "NOT_DECLARED") -> Standing:
    """A document nobody has declared, or not validly."""
    return Standing(document, None, CustomsStatus(status))


def case(*standings: Standing, needs: Needs = NO_NEEDS, is_direction_known: bool = True, **facts: object) -> Case:
    """A plain box with these documents; one declared document of toys when none is given."""
    return Case(BOX, {**PLAIN_BOX, **facts}, standings or (standing(),), needs, is_direction_known)


def asks(fact: str, operator: str, value: object = None, **given: object) -> dict[str, object]:
    """One condition as JSON has it."""
    return {"fact": fact, "operator": operator, **({} if value is None else {"value": value}), **given}


def row(route: Route | str, *when: Mapping[str, object], id: str = "") -> dict[str, object]:  # its name in JSON
    """One row as JSON has it; its id tells the route when none is given."""
    return {"id": id or str(route).lower().replace("_", "-"), "when": list(when), "route": str(route), "note": WORDS}


def written(*rows: Mapping[str, object], default: Route | str = "YARD", **parts: object) -> dict[str, Any]:
    """A ruleset as JSON has it."""
    return {
        "name": "test",
        "title": WORDS,
        "rows": list(rows),
        "default": {"route": str(default), "note": WORDS},
        **parts,
    }


def ruleset(*rows: Mapping[str, object], default: Route | str = "YARD", **parts: object) -> Ruleset:
    """A ruleset with these rows, read from JSON as an officer's would be."""
    return load(json.dumps(written(*rows, default=default, **parts)))


def site(code: str, *kinds: str, **given: object) -> dict[str, object]:
    """A place as JSON has it."""
    return {"code": code, "title": WORDS, "kinds": list(kinds), **given}


def decided(
    box: Case, rules: Ruleset, *, draw: float = NOT_DRAWN, sites: SiteState | None = None, trace: bool = False
) -> Outcome:
    """The outcome when every declaration draws the same."""
    draws = {one.key: draw for one in box.standings}
    return decide(box, rules, draws=draws, sites=sites or SiteState(), trace=trace)


RELEASES_ALL = ruleset(row("DIRECT_RELEASE", asks("direction", "in", ["IMPORT", "EXPORT"])))
STONE = row("INSPECTION", asks("hs_code", "prefix", ["6802"]), asks("origin_country", "in", ["IN"]))
TABLE = ruleset(
    row("HOLD", asks("hs_code", "prefix", ["3915"])),
    STONE,
    row("SCAN", asks("gross_mass_kg", "at_least", 30000), asks("hs_code", "prefix", ["72"])),
    row("DIRECT_RELEASE", asks("consignee_credit_grade", "in", ["AEO", "GENERAL"])),
)
BROKEN = RELEASES_ALL.model_copy(update={"rows": (SimpleNamespace(id="broken"),)})


def granite(**given: object) -> Standing:
    """A declaration of its own, of granite from India."""
    return standing(document="B-STONE", declaration="D-STONE", lines=[GRANITE], **given)


# What random tables and cases are made of: few values, so that they meet.
_TEXTS = {
    "hs_code": ("680223", "6802231000", "68021000", "9503008900", "950300"),
    "origin_country": ("IN", "VN", "BR"),
    "dangerous_goods_classes": ("1.4S", "2", "2.1", "3"),
}
_STARTS = {"hs_code": ("68", "6802", "6802231", "95030089"), "dangerous_goods_classes": ("1", "2", "2.1")}
_NUMBERS = (0, 1, 2.5, 1000, 1000.0, 2**60, 1e300)
_SHARES = (0, 0.25, 0.5, 1)
_ASKED = (
    "hs_code",
    "origin_country",
    "dangerous_goods_classes",
    "net_mass_kg",
    "gross_mass_kg",
    "is_reefer",
    "hs_origin_find_rate",
    "consignee_credit_grade",
    "declaration_mode",
)
ASKED_FACTS = tuple(spec for spec in CATALOGUE if spec.name in _ASKED)
UNREADABLE_VALUES = (
    math.nan, math.inf, -math.inf, -1, -0.5, None, True, 0, 1, "", " ", "x", "GOLD", "68 02", "12AB", 10**400,
    6802231000, b"IN", object(), {"a": 1}, ["x", 3], [None], [["IN"]], "IN\n", "680223\x00", 3.5,
)  # fmt: skip
"""Unreadable as most facts; each test sorts out for which."""


def values_of(spec: FactSpec) -> tuple[object, ...]:
    """Some readable values of the fact."""
    if spec.codes:
        return spec.codes
    if spec.type is FactType.NUMBER:
        return _SHARES if spec.maximum == 1 else _NUMBERS
    if spec.type is FactType.FLAG:
        return (True, False)
    if spec.type is FactType.TEXTS:
        texts = _TEXTS[spec.name]
        return ((), *((one,) for one in texts), texts[:2], texts)
    return _TEXTS[spec.name]


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, object]:
    """A condition that makes sense, as JSON has it."""
    spec = draw(st.sampled_from(ASKED_FACTS))
    if spec.type is FactType.FLAG:
        return asks(spec.name, "equals", draw(st.booleans()))
    if spec.type is FactType.NUMBER:
        operator = draw(st.sampled_from(("equals", "less", "at_least", "between")))
        numbers = st.sampled_from(values_of(spec))
        bounds = sorted(draw(st.tuples(numbers, numbers)))
        return asks(spec.name, operator, bounds if operator == "between" else bounds[0])
    texts = spec.codes or _TEXTS[spec.name]
    operator = draw(st.sampled_from(("prefix", "in", "equals") if spec.name in _STARTS else ("in", "equals")))
    some = draw(
        st.lists(st.sampled_from(_STARTS[spec.name] if operator == "prefix" else texts), min_size=1, unique=True)
    )
    return asks(spec.name, operator, some[0] if operator == "equals" else some)


@st.composite
def rulesets(draw: st.DrawFn, *, lanes: bool = False, risk: bool = False) -> Ruleset:
    """A table of up to six rows of up to three conditions; the default is anything that does not release.

    With `lanes` half of what would be released is drawn; with `risk` lanes are drawn from and topped up at random.
    """
    routes = st.sampled_from([route.value for route in Route])
    rows = [
        row(draw(routes), *draw(st.lists(conditions(), min_size=1, max_size=3)), id=f"row-{number}")
        for number in range(draw(st.integers(1, 6)))
    ]
    default = draw(st.sampled_from(("YARD", "HOLD", "SCAN", "INSPECTION")))
    floor = [{"route": "DIRECT_RELEASE", "minimum_random_rate": 0.5}] if lanes else []
    score = draw(risk_terms()) if risk else []
    return ruleset(*rows, default=default, lanes=draw(topped_lanes(bool(score))) if risk else floor, risk=score)


@st.composite
def risk_terms(draw: st.DrawFn) -> list[dict[str, object]]:
    """Up to four terms on numbers and flags."""
    weighable = [spec for spec in ASKED_FACTS if spec.type in (FactType.NUMBER, FactType.FLAG)]
    weights = st.sampled_from((-1, 0, 1e-3, 0.5, 2.5))
    return [
        {"fact": spec.name, "weight": draw(weights), "missing": draw(st.sampled_from(_SHARES))}
        for spec in draw(st.lists(st.sampled_from(weighable), max_size=4, unique=True))
    ]


@st.composite
def topped_lanes(draw: st.DrawFn, is_scored: bool) -> list[dict[str, object]]:
    """Lanes with a draw or without, topped up from somewhere if there is a score."""
    bounds = st.sampled_from((None, -1, 0, 0.5, 1, 1.5, 1000))
    return [
        {
            "route": route,
            "minimum_random_rate": draw(st.sampled_from((0, 0.5))),
            "top_up_from": draw(bounds) if is_scored else None,
        }
        for route in draw(st.lists(st.sampled_from(("DIRECT_RELEASE", "YARD", "SCAN")), unique=True))
    ]


def known_facts(level: Level) -> st.SearchStrategy[dict[str, object]]:
    """All facts of the level that random tables ask for, readable."""
    return st.fixed_dictionaries(
        {spec.name: st.sampled_from(values_of(spec)) for spec in ASKED_FACTS if spec.level is level}
    )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A box with one to three declarations of one or two lines, every fact known."""
    standings = [
        Standing(
            f"BL{number}",
            f"D{number}",
            CustomsStatus.DECLARED,
            facts=draw(known_facts(Level.DECLARATION)),
            lines=tuple(draw(st.lists(known_facts(Level.LINE), min_size=1, max_size=2))),
        )
        for number in range(draw(st.integers(1, 3)))
    ]
    return Case(BOX, draw(known_facts(Level.CONTAINER)), tuple(standings))
