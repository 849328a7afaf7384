"""Boxes with faults in their facts, and tables that ask for every one of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hypothesis import strategies as st

from build_diversion import (
    ASKED_FACTS,
    BOX,
    TOYS,
    UNREADABLE_VALUES,
    asks,
    row,
    ruleset,
)
from port.diversion.case import Case, Standing
from port.diversion.facts import CustomsStatus, FactSpec, Level, find_fact, reader
from port.diversion.table import Ruleset


class Raising(Mapping[str, object]):
    """Facts that cannot be had."""

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def __getitem__(self, name: str) -> object:
        raise self._error

    def get(self, name: str, default: object = None) -> object:
        raise self._error

    def __iter__(self) -> Iterator[str]:
        raise self._error

    def __len__(self) -> int:
        return 1


def unreadable_as(spec: FactSpec) -> list[object]:
    box = Case(BOX, {f"fact{n}": value for n, value in enumerate(UNREADABLE_VALUES)})
    return [value for value in box.container.values() if not reader(spec)(value)]


MISSING = object()
FAULTS = {spec.name: [MISSING, *unreadable_as(spec)] for spec in ASKED_FACTS}
BY_LEVEL = {level: [spec for spec in ASKED_FACTS if spec.level is level] for level in Level}


@st.composite
def damaged(draw: st.DrawFn, box: Case) -> tuple[Case, list[tuple[Level, int, int, str]]]:
    """The box with some facts missing or unreadable, and where."""
    places = [
        (spec.level, at, line, spec.name)
        for spec in ASKED_FACTS
        for at, one in enumerate(box.standings)
        for line in range(len(one.lines))
        if (spec.level is not Level.CONTAINER or at + line == 0) and (spec.level is Level.LINE or line == 0)
    ]
    hit = draw(st.lists(st.sampled_from(places), min_size=1, max_size=4, unique=True))
    faults = {place: draw(st.sampled_from(FAULTS[place[3]])) for place in hit}
    return with_facts(box, faults), hit


def with_facts(box: Case, told: Mapping[tuple[Level, int, int, str], object]) -> Case:
    """The box with these facts told otherwise, or not at all."""

    def changed(facts: Mapping[str, object], level: Level, at: int = 0, line: int = 0) -> dict[str, object]:
        new = dict(facts)
        for (where, number, row_, name), value in told.items():
            if (where, number, row_) == (level, at, line):
                new.pop(name) if value is MISSING else new.update({name: value})
        return new

    standings = [
        Standing(
            one.document,
            one.declaration,
            one.status,
            facts=changed(one.facts, Level.DECLARATION, at),
            lines=tuple(changed(line, Level.LINE, at, number) for number, line in enumerate(one.lines)),
        )
        for at, one in enumerate(box.standings)
    ]
    return Case(box.container_number, changed(box.container, Level.CONTAINER), tuple(standings))


def of(place: tuple[Level, int, int, str]) -> FactSpec:
    spec = find_fact(place[3])
    assert spec is not None
    return spec


@st.composite
def tables_that_ask_everything(draw: st.DrawFn, box: Case) -> Ruleset:
    """Strict rows that the box passes by, each only by a hair of one fact, and a row that then releases everything."""
    strict = st.sampled_from(["HOLD", "INSPECTION", "SCAN", "YARD"])
    rows = [row(draw(strict), other_than(spec, box), id=f"asks-{spec.name.replace('_', '-')}") for spec in ASKED_FACTS]
    release = row("DIRECT_RELEASE", asks("direction", "equals", "IMPORT"))
    return ruleset(*draw(st.permutations(rows)), release)


def other_than(spec: FactSpec, box: Case) -> dict[str, object]:
    """A condition on the fact that this box does not meet."""
    if spec.name == "is_reefer":
        return asks(spec.name, "equals", not box.container["is_reefer"])
    return {
        "hs_code": asks("hs_code", "prefix", ["0201"]),
        "origin_country": asks("origin_country", "in", ["ZZ"]),
        "dangerous_goods_classes": asks("dangerous_goods_classes", "prefix", ["9"]),
        "net_mass_kg": asks("net_mass_kg", "between", [7, 8]),
        "gross_mass_kg": asks("gross_mass_kg", "between", [7, 8]),
        "hs_origin_find_rate": asks("hs_origin_find_rate", "between", [0.7, 0.8]),
        "consignee_credit_grade": asks("consignee_credit_grade", "equals", "DISTRUSTED"),
        "declaration_mode": asks("declaration_mode", "equals", "ARRIVAL"),
    }[spec.name]


def blameless_box() -> Case:
    """A box about which everything that is asked for is known, and nothing stands against it."""
    ordinary = {"consignee_credit_grade": "GENERAL", "declaration_mode": "ADVANCE", "direction": "IMPORT"}
    declared = Standing("B", "D", CustomsStatus.DECLARED, facts=ordinary, lines=({**TOYS, "hs_origin_find_rate": 0.1},))
    return Case(BOX, {"is_reefer": False, "gross_mass_kg": 9000.0, "dangerous_goods_classes": ()}, (declared,))
