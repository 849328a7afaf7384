"""Tables over few facts, so that rows often hide each other, and every kind of box they can tell apart."""

from __future__ import annotations

import itertools
import string
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

from build_diversion import asks, row, ruleset
from events.types import Route
from port.diversion.cells import Cell
from port.diversion.compiler import Compiled, compile_ruleset
from port.diversion.facts import FactType
from port.diversion.table import Ruleset

_CODES = ("ADVANCE", "ARRIVAL", "TWO_STEP")
_CLASSES = ("1.4S", "2", "2.1", "2.1F", "3")
_TEXTS = {
    "container_type_group": ("G", "R", "T"),
    "declaration_mode": _CODES,
    "dangerous_goods_classes": _CLASSES,
    "hs_code": ("680223", "6802231000", "680210"),
}
_STARTS = {"dangerous_goods_classes": ("1", "2", "2.1", "2.2"), "hs_code": ("68", "6802", "68022310")}
_FACTS = (
    "container_type_group",
    "declaration_mode",
    "dangerous_goods_classes",
    "hs_code",
    "gross_mass_kg",
    "is_reefer",
)
_BOUNDS = (0, 1000, 1000.5, 20000)

WHOLE_LANGUAGE = {
    "container_type_group": tuple(string.ascii_uppercase),
    "declaration_mode": _CODES,
    "dangerous_goods_classes": tuple(
        main + sub
        for main in "123456789"
        for sub in ("", *(f".{number}{letter}" for number in "123456" for letter in ("", *string.ascii_uppercase)))
    ),
    "hs_code": tuple(
        start + "".join(rest)
        for start in ("680223", "680210", "680299", "681100", "950300")
        for length in (0, 2, 4)
        for rest in itertools.product("01", repeat=length)
    ),
    "gross_mass_kg": (0, 0.5, 999, 1000, 1000.25, 1000.5, 1001, 20000, 20001, 1e300),
    "is_reefer": (False, True),
}
"""Every readable value, or for HS codes and masses at least one of every kind that these tables can tell apart."""


@st.composite
def conditions(draw: st.DrawFn, facts: tuple[str, ...]) -> dict[str, object]:
    """A condition on one of these facts, as JSON has it."""
    name = draw(st.sampled_from(facts))
    if name == "is_reefer":
        return asks(name, "equals", draw(st.booleans()))
    if name == "gross_mass_kg":
        operator = draw(st.sampled_from(("less", "at_least", "between")))
        bounds = sorted(draw(st.tuples(st.sampled_from(_BOUNDS), st.sampled_from(_BOUNDS))))
        return asks(name, operator, bounds if operator == "between" else bounds[0])
    operator = draw(st.sampled_from(("prefix", "in") if name in _STARTS else ("in", "equals")))
    texts = _STARTS[name] if operator == "prefix" else _TEXTS[name]
    some = draw(st.lists(st.sampled_from(texts), min_size=1, max_size=3, unique=True))
    return asks(name, operator, some[0] if operator == "equals" else some)


@st.composite
def crowded(draw: st.DrawFn) -> Ruleset:
    """A table of up to eight rows over three facts."""
    facts = tuple(draw(st.permutations(_FACTS))[:3])
    routes = st.sampled_from([route.value for route in Route])
    rows = [
        row(draw(routes), *draw(st.lists(conditions(facts), min_size=1, max_size=3)), id=f"row-{number}")
        for number in range(draw(st.integers(2, 8)))
    ]
    return ruleset(*rows, default=draw(st.sampled_from(("YARD", "HOLD"))))


def kinds_of_boxes(rules: Ruleset) -> Iterator[Mapping[str, object]]:
    """Facts of every kind of box this table can tell apart, by the plain meaning of its conditions."""
    cells: dict[str, list[Cell]] = {}
    for cell in (cell for line in compile_ruleset(rules).cells for cell in line):
        cells.setdefault(cell.spec.name, []).append(cell)
    kinds = []
    for name, asked in cells.items():
        if asked[0].spec.type is FactType.TEXTS:
            alone = [value for (value,) in _one_of_each([(one,) for one in WHOLE_LANGUAGE[name]], asked)]
            sets = (some for size in range(4) for some in itertools.combinations(alone, size))
            alike = _one_of_each(sets, asked)
        else:
            alike = _one_of_each(WHOLE_LANGUAGE[name], asked)
        kinds.append([(name, value) for value in alike])
    return map(dict, itertools.product(*kinds))


def _one_of_each(values: Iterable[Any], asked: Sequence[Cell]) -> list[Any]:
    return list({tuple((cell.holds(value), cell.is_open(value)) for cell in asked): value for value in values}.values())


def holds(table: Compiled, name: str, facts: Mapping[str, object]) -> bool:
    """Does that row hold for these facts, by the plain meaning of its conditions?"""
    number = [one for one, _ in table.rows].index(name)
    return all(cell.holds(facts[cell.spec.name]) for cell in table.cells[number])
