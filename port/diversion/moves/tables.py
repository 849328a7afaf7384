"""The findings as plain text tables in Chinese or English."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from unicodedata import east_asian_width

from port.diversion.moves import wording
from port.diversion.moves.boxes import DIVERTED, TRADITIONAL
from port.diversion.moves.comparison import Comparison, GroupResult, Spread
from port.diversion.moves.measuring import Group, Sides
from port.diversion.moves.parameters import ASSUMED, Parameters, catalogue
from port.diversion.moves.sweeping import GROUPS, HEADLINES, Alternative, Sweep
from port.diversion.moves.wording import Language

_SHOWN = ("boxes", "lifts", "hauls", "moves", "available_mean", "available_median", "available_p90", "port_mean")
_CHANGED = ("moves", "available_mean", "available_median", "port_mean")
_NONE = "–"
_GAP = "  "


def comparison_table(found: Comparison, *, language: Language) -> str:
    """Every group and side with its figures in each variant, then the port."""
    parts = []
    for sides in Sides:
        rows = list(_group_rows(found, sides, language=language))
        if rows:
            parts.append(f"{wording.SIDES[sides].in_(language)}\n{aligned([_heading(language), *rows])}")
    parts.append(f"{wording.PORT_HEADING.in_(language)}\n{aligned(list(_port_rows(found, language=language)))}")
    return "\n\n".join([*parts, _notes(found.parameters, len(found.seeds), language=language)])


def sweep_table(found: Sweep, *, language: Language) -> str:
    """From which share on each headline holds, by rate of inspection; then the changes under other assumptions."""
    heading = wording.HOLDS.in_(language)
    parts = [f"{heading}\n{aligned(list(_claim_rows(found, language=language)))}"]
    given = found.parameters
    instead = wording.INSTEAD.in_(language).format(advance=given.advance_share, rate=given.inspection_rate)
    parts += [
        f"{instead}: {wording.GROUPS[group].in_(language).strip()}\n"
        f"{aligned(list(_alternative_rows(found.alternatives, group, language=language)))}"
        for group in GROUPS
    ]
    return "\n\n".join([*parts, _notes(given, len(found.seeds), language=language)])


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Columns side by side, the first to the left and the rest to the right; a Chinese character is two wide."""
    widths = [max(map(_width, column)) for column in zip_longest(*rows, fillvalue="")]
    return "\n".join(
        _GAP.join(
            _padded(cell, widths[place], is_left=place == 0 or not _is_figure(cell)) for place, cell in enumerate(row)
        ).rstrip()
        for row in rows
    )


def percent(one: Spread | None) -> str:
    """A change with half its interval."""
    return _NONE if one is None else f"{one.mean:+.0%} ±{(one.high - one.low) / 2:.0%}"


def _heading(language: Language) -> list[str]:
    shown = [wording.FIGURES[name].in_(language) for name in _SHOWN]
    changed = [f"Δ {wording.FIGURES[name].in_(language)}" for name in _CHANGED]
    return ["", wording.VARIANT.in_(language), *shown, *changed]


def _group_rows(found: Comparison, sides: Sides, *, language: Language) -> Iterator[list[str]]:
    for group in Group:
        name = wording.GROUPS[group].in_(language)
        for variant in found.variants:
            result = variant.find(group, sides)
            if result is not None:
                yield [name, _named(variant.name, language), *_cells(result)]
                name = ""


def _cells(result: GroupResult) -> list[str]:
    shown = [f"{result.figures['boxes'].mean:.0f}", *(_amount(result.figures[name]) for name in _SHOWN[1:])]
    return shown + ([percent(result.changes.get(name)) for name in _CHANGED] if result.changes else [])


def _port_rows(found: Comparison, *, language: Language) -> Iterator[list[str]]:
    yield ["", *(_named(one.name, language) for one in found.variants)]
    for name, said in wording.PORT.items():
        yield [said.in_(language), *(_amount(one.port[name]) for one in found.variants)]


def _claim_rows(found: Sweep, *, language: Language) -> Iterator[list[str]]:
    rates = sorted({point.inspection_rate for point in found.points})
    yield [wording.CLAIM.in_(language), *(f"{wording.RATE.in_(language)} {rate:.0%}" for rate in rates)]
    for name, bound in HEADLINES.items():
        for group in GROUPS:
            for sides in Sides:
                said = (wording.FIGURES[name], wording.GROUPS[group], wording.SIDES[sides])
                claim = f"{bound:+.0%} {', '.join(one.in_(language) for one in said)}"
                firsts = [found.first_advance(name, sides=sides, group=group, inspection_rate=rate) for rate in rates]
                yield [claim, *(_NONE if first is None else f"{first:.0%}" for first in firsts)]


def _alternative_rows(tried: Sequence[Alternative], group: Group, *, language: Language) -> Iterator[list[str]]:
    yield ["", *(wording.FIGURES[name].in_(language) for name in HEADLINES)]
    for one in tried:
        told = ", ".join(f"{name}={value:g}" for name, value in one.values.items())
        changes = one.point.changes.get((Sides.BOTH, group), {})
        yield [told or wording.AS_GIVEN.in_(language), *(percent(changes.get(name)) for name in HEADLINES)]


def _notes(parameters: Parameters, seeds: int, *, language: Language) -> str:
    specs = catalogue()
    assumed = sum(spec.source.startswith(ASSUMED) for spec in specs)
    lines = [
        wording.LEGEND.in_(language),
        wording.SEEDS.in_(language).format(n=seeds),
        wording.ASSUMED.in_(language).format(n=len(specs), m=assumed),
    ]
    others = [f"{one.name}={value:g}" for one in specs if (value := getattr(parameters, one.name)) != one.default]
    return "\n".join(lines + ([wording.CHANGED.in_(language) + ", ".join(others)] if others else []))


def _named(name: str, language: Language) -> str:
    said = {TRADITIONAL.name: wording.TRADITIONAL, DIVERTED.name: wording.DIVERTED}.get(name)
    return name if said is None else said.in_(language)


def _amount(one: Spread) -> str:
    half = (one.high - one.low) / 2
    is_bare = one.mean >= 100 or (half == 0 and one.mean == int(one.mean))
    return f"{one.mean:.0f}" if is_bare else f"{one.mean:.2f} ±{half:.2f}"


def _is_figure(cell: str) -> bool:
    return cell[:1].isdigit() or cell[:1] in "+-–"


def _width(cell: str) -> int:
    return sum(2 if east_asian_width(one) in "WF" else 1 for one in cell)


def _padded(cell: str, width: int, *, is_left: bool) -> str:
    room = " " * (width - _width(cell))
    return cell + room if is_left else room + cell
