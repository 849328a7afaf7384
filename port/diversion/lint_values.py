"""The values worth trying for a fact: one of every kind that the conditions of a table tell apart, and none left out.

Two values that meet the same conditions and leave the same ones open are alike to the table.  So the endless many
values of a fact fall into few kinds, and what is tried on one of each is known of all.
"""

from __future__ import annotations

import string
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from math import floor, inf, nextafter
from types import MappingProxyType

from port.diversion.cells import Cell
from port.diversion.facts import CustomsStatus, FactSpec, FactType, text_reader
from port.diversion.table import Operator

ASKED_STATUSES = (
    CustomsStatus.DECLARED,
    CustomsStatus.UNDER_REVIEW,
    CustomsStatus.SCAN_ORDERED,
    CustomsStatus.INSPECTION_ORDERED,
    CustomsStatus.INSPECTING,
)
"""How a declaration can stand when the table is asked: in all other cases customs has spoken, or papers are missing.
Ordered and begun are only those at destination."""

LIKELY: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "hs_code": ("9503008900", "8471300000"),
        "origin_country": ("VN", "DE"),
        "currency": ("CNY", "JPY"),
        "iso_size_type": ("22G1",),
        "container_type_group": ("G",),
        "dangerous_goods_classes": ("3",),
        "un_numbers": ("1263",),
        "vessel_imo_number": ("9074729",),
        "facility_code": ("TERMINAL",),
        "consignee_code": ("91350200MA2XYZ1234",),
        "declarant_code": ("3502980001",),
        "direction": ("IMPORT",),
        "declaration_mode": ("ADVANCE",),
        "customs_status": ("DECLARED",),
        "inspect_at": ("PORT",),
        "consignee_credit_grade": ("GENERAL",),
        "mode_of_transport": ("VESSEL",),
    }
)
"""Tried before made-up ones, so that an example reads like a box."""

_COUNTED = ("_count", "_inspections")
_LETTERS = string.digits + string.ascii_uppercase + "." + string.ascii_lowercase + "-_"
_FIRST_OF_MANY = 0x4E00
"""Chinese characters: names may have them, and there are more than any table names."""
_FILLERS = ("0", "A", "1")
_LONGEST_FILL = 10
_LIKELY_LENGTH = 10


def is_counted(spec: FactSpec) -> bool:
    """Does the fact count things, so that nothing lies between two whole numbers?"""
    return spec.name.endswith(_COUNTED)


def values_of(spec: FactSpec, cells: Sequence[Cell]) -> tuple[object, ...]:
    """One readable value of every kind that these conditions on the fact tell apart; of a TEXTS fact, single texts."""
    if spec.type is FactType.FLAG:
        return (False, True)
    if spec.type is FactType.NUMBER:
        return tuple(_numbers(spec, cells))
    if spec.name == "customs_status":
        return tuple(status.value for status in ASKED_STATUSES)
    if spec.codes:
        return spec.codes
    return tuple(_Texts(spec, cells).kinds().values())


def _numbers(spec: FactSpec, cells: Sequence[Cell]) -> Iterator[float]:
    """Each bound, something below the first, above the last, and between every two."""
    bounds = sorted({bound for cell in cells for bound in _bounds(cell)})
    low = nextafter(spec.minimum, -inf)
    for bound in bounds:
        below = _between(low, bound, spec)
        if below is not None:
            yield below
        yield bound
        low = bound
    beyond = low + max(1, abs(low))
    above = beyond if beyond <= spec.maximum else _between(low, inf, spec)
    if above is not None:
        yield above


def _bounds(cell: Cell) -> tuple[float, ...]:
    return cell.compared if isinstance(cell.compared, tuple) else (cell.compared,)


def _between(low: float, high: float, spec: FactSpec) -> float | None:
    """A number above `low` and below `high`, a whole one if there is any; None when nothing lies between."""
    middle = low / 2 + min(high, spec.maximum) / 2
    for one in (floor(middle), floor(low) + 1, middle, nextafter(low, inf)):
        if low < one < high and spec.minimum <= one <= spec.maximum:
            return one
    return None


class _Texts:
    """The texts that conditions name, as a tree of their beginnings.

    A value either stands on a node of it, or leaves it somewhere; where it leaves, only the beginnings behind it count.
    """

    def __init__(self, spec: FactSpec, cells: Sequence[Cell]) -> None:
        self._spec, self._reads = spec, text_reader(spec)
        self._whole: set[str] = set()
        self._starts: set[str] = set()
        for cell in cells:
            named = {cell.compared} if isinstance(cell.compared, str) else set(cell.compared)
            (self._starts if cell.condition.operator is Operator.PREFIX else self._whole).update(named)
        self._longest = max(map(len, self._starts), default=0)
        self._next: dict[str, set[str]] = defaultdict(set)
        for text in self._whole | self._starts:
            for at, letter in enumerate(text):
                self._next[text[:at]].add(letter)

    def kinds(self) -> dict[tuple[str, str], str]:
        """A value of each kind, by what makes the kind."""
        found: dict[tuple[str, str], str] = {}
        for value in LIKELY.get(self._spec.name, ()):
            if self._reads(value):
                found.setdefault(self._kind(value), value)
        for node in sorted({"", *self._next, *self._whole, *self._starts}):
            if self._kind(node) not in found or ("within", self._behind(node)) not in found:
                for value in self._on_or_behind(node):
                    found.setdefault(self._kind(value), value)
        return found

    def _on_or_behind(self, node: str) -> Iterator[str]:
        """The node itself and a value that leaves the tree there, where they can be read."""
        on = [node] if self._reads(node) else []
        # An HS code is told in full as a rule, a dangerous goods class by its first digit.
        yield from on if self._spec.type is FactType.TEXTS else ()
        left = self._leaving(node)
        if left is not None:
            yield left
        yield from on

    def _kind(self, value: str) -> tuple[str, str]:
        """A text named whole, or one that may be cut short of a named one, is a kind of its own."""
        if value in self._whole or (self._spec.may_be_cut and value in self._next):
            return "exactly", value
        return "within", self._behind(value)

    def _behind(self, value: str) -> str:
        """The longest named beginning of the value: it implies all shorter ones."""
        lengths = range(min(len(value), self._longest), 0, -1)
        return next((value[:length] for length in lengths if value[:length] in self._starts), "")

    def _leaving(self, node: str) -> str | None:
        """A readable value that begins with the node and goes on where no named text goes; None if there is none."""
        taken = self._next.get(node, set())
        other = next(letter for letter in map(chr, count(_FIRST_OF_MANY)) if letter not in taken)
        free = [letter for letter in (*_LETTERS, other) if letter not in taken]
        wanted = _LIKELY_LENGTH - len(node) - 1
        lengths = sorted(range(_LONGEST_FILL), key=lambda length: length != wanted)
        made = (node + letter + filler * length for letter in free for filler in _FILLERS for length in lengths)
        return next((value for value in made if self._reads(value)), None)


def holds_always(cell: Cell, values: Sequence[object]) -> bool:
    """Does the condition hold for whatever is told?  `values` are those of `values_of`."""
    test: Callable[[object], bool] = cell.holds
    return cell.spec.type is not FactType.TEXTS and all(test(value) for value in values)
