"""The case: everything a decision is made on, frozen, and kept with the decision as canonical JSON."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, cast

import orjson

from events.types import InspectAt
from port.diversion.facts import CustomsStatus

Facts = Mapping[str, object]
"""Fact name to value.  What is not known is not in it: never None, 0 or "" in its place."""

NO_FACTS: Facts = MappingProxyType({})
_FINITE_BITS = 1023
_STORED_BITS = 63
_ODD_NUMBERS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A value of no kind that a fact can have, kept as text so that the officer sees what came."""

    text: str


@dataclass(frozen=True, slots=True)
class Needs:
    """What a place must offer this box.  A class nobody named is "?": only a site for all takes it."""

    dangerous_goods_classes: tuple[str, ...] = ()
    has_plug: bool = False


NO_NEEDS = Needs()


@dataclass(frozen=True, slots=True)
class Standing:
    """How one document of the box stands with customs: an active declaration of it, or that there is none.

    `declaration` is the number (or what stands for it) of an active declaration; None without one, and `status` is then
    NOT_DECLARED, REJECTED or VOID.  A document with two declarations is two standings.  `site` is where the order that
    stands, if it names one, wants the box.
    """

    document: str
    declaration: str | None
    status: CustomsStatus
    inspect_at: InspectAt = InspectAt.PORT
    facts: Facts = field(default_factory=dict)
    lines: tuple[Facts, ...] = ()
    site: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "facts", _sealed(self.facts))
        object.__setattr__(self, "lines", tuple(_sealed(line) for line in self.lines))

    @property
    def key(self) -> str:
        """How draws and matched rows call this standing."""
        return self.document if self.declaration is None else self.declaration


@dataclass(frozen=True, slots=True)
class Case:
    """One box at one moment.  `from_json(to_json())` equals it, NaN and unreadable values included."""

    container_number: str
    container: Facts = field(default_factory=dict)
    standings: tuple[Standing, ...] = ()
    needs: Needs = NO_NEEDS
    is_direction_known: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "container", _sealed(self.container))
        object.__setattr__(self, "standings", tuple(self.standings))

    def to_json(self) -> str:
        """Canonical: sorted keys, no spaces; what JSON has no number for as tagged texts, so any column takes it."""
        # orjson writes no NaN, and there is none: `_written` has put a tagged text in its place.
        return orjson.dumps(
            {
                "containerNumber": self.container_number,
                "container": _written(self.container),
                "standings": [_standing_written(standing) for standing in self.standings],
                "needs": {
                    "dangerousGoodsClasses": list(self.needs.dangerous_goods_classes),
                    "hasPlug": self.needs.has_plug,
                },
                "isDirectionKnown": self.is_direction_known,
            },
            option=orjson.OPT_SORT_KEYS,
        ).decode()

    @classmethod
    def from_json(cls, text: str) -> Case:
        """Read back what `to_json` wrote; ValueError or KeyError on anything else."""
        stored = orjson.loads(text)
        return cls(
            container_number=stored["containerNumber"],
            container=_read(stored["container"]),
            standings=tuple(_standing_read(standing) for standing in stored["standings"]),
            needs=Needs(tuple(stored["needs"]["dangerousGoodsClasses"]), stored["needs"]["hasPlug"]),
            is_direction_known=stored["isDirectionKnown"],
        )


# Values of exactly these types are as every compiler sees them already.
_PLAIN = frozenset({str, bool, type(None)})
_NUMBERS = frozenset({float, int})
_MOST = 2.0**53


def _sealed(facts: Facts) -> Facts:
    return MappingProxyType({name: value if type(value) in _PLAIN else _normal(value) for name, value in facts.items()})


def _normal(value: object) -> object:
    """The value as every compiler and the stored JSON see it: a plain scalar, a flat tuple, or Unreadable."""
    if type(value) in _NUMBERS and -_MOST < value < _MOST:  # type: ignore[operator]  # NaN is not
        return value
    if isinstance(value, (list, tuple)):
        return tuple(_scalar(one) for one in value)
    return _scalar(value)


def _scalar(value: object) -> object:
    if value is None or isinstance(value, (bool, Unreadable)):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, float):
        # One NaN for all, or a case read back would not equal the one that was stored.
        return math.nan if math.isnan(value) else float(value)
    if isinstance(value, int) and value.bit_length() <= _FINITE_BITS:
        return int(value)
    return Unreadable(_shown(value))


def _shown(value: object) -> str:
    """The type only: a stranger's repr may raise, and a huge integer's is refused by Python itself."""
    return type(value).__name__


def _written(facts: Facts) -> dict[str, Any]:
    return {name: value if type(value) in _PLAIN else _value_written(value) for name, value in facts.items()}


def _value_written(value: object) -> Any:  # JSON has no narrower type
    if isinstance(value, tuple):
        return [_value_written(one) for one in value]
    if isinstance(value, Unreadable):
        return {"unreadable": value.text}
    if isinstance(value, float) and not math.isfinite(value):
        return {"number": repr(value)}
    if isinstance(value, int) and value.bit_length() > _STORED_BITS:
        return {"number": str(value)}
    return value


def _read(stored: Mapping[str, Any]) -> Facts:
    return {name: _value_read(value) for name, value in stored.items()}


def _value_read(stored: Any) -> object:  # JSON has no narrower type
    if isinstance(stored, list):
        return tuple(_value_read(one) for one in cast("Iterable[Any]", stored))
    if isinstance(stored, dict):
        return _number_read(stored["number"]) if "number" in stored else Unreadable(stored["unreadable"])
    return cast("object", stored)


def _number_read(text: str) -> float:
    odd = _ODD_NUMBERS.get(text)
    return int(text) if odd is None else odd


def _standing_written(standing: Standing) -> dict[str, Any]:
    return {
        "document": standing.document,
        "declaration": standing.declaration,
        "status": standing.status.value,
        "inspectAt": standing.inspect_at.value,
        "facts": _written(standing.facts),
        "lines": [_written(line) for line in standing.lines],
        **({"site": standing.site} if standing.site else {}),
    }


def _standing_read(stored: Mapping[str, Any]) -> Standing:
    return Standing(
        document=stored["document"],
        declaration=stored["declaration"],
        status=CustomsStatus(stored["status"]),
        inspect_at=InspectAt(stored["inspectAt"]),
        facts=_read(stored["facts"]),
        lines=tuple(_read(line) for line in stored["lines"]),
        site=stored.get("site"),
    )
