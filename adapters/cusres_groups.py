"""What a customs response holds: its declarations, and its indicators with the declarations each is about.

The standard lets one response answer several declarations.  An indicator in the head is about all of them, one further
on about those named since the indicator before; one behind a tax is the tax's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from adapters.edifact import EdiMessage
from adapters.edifact_text import Segment, part
from adapters.rejection import Reason, Rejected
from adapters.seam import MAX_ITEMS
from events.identifiers import IdentifierInvalid, parse_container_number

# 1153: what names a declaration; other references are of other things.
_NAMING = frozenset({"ABT", "AAE", "ABE"})
_PLACE_OF_EXAMINATION = "43"
_MAX_CONTAINERS = 2000
_MAX_CONTAINERS_IN_ALL = 20_000
_MAX_TEXTS = 100


@dataclass(slots=True, eq=False)
class Declaration:
    """What is said of one declaration, or in the head of all of them; each value with its place."""

    label: str = ""
    where: str = ""
    references: dict[str, tuple[str, str]] = field(default_factory=dict)
    times: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    containers: dict[str, None] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    site: str | None = None
    is_mentioned: bool = False

    def find_time(self, qualifiers: tuple[str, ...]) -> tuple[str, str, str] | None:
        """The first of those times that is told: value, format and place."""
        return next((self.times[qualifier] for qualifier in qualifiers if qualifier in self.times), None)


@dataclass(slots=True)
class Indicator:
    """A processing indicator (7365) of a list (3055), and whom it is about."""

    label: str
    where: str
    code: str
    agency: str
    about: list[Declaration]


@dataclass(slots=True)
class Response:
    """`head` holds what goes for every declaration."""

    head: Declaration = field(default_factory=Declaration)
    declarations: list[Declaration] = field(default_factory=list)
    indicators: list[Indicator] = field(default_factory=list)

    def unmentioned(self) -> Iterator[Declaration]:
        """The declarations that no indicator is about."""
        return (declaration for declaration in self.declarations if not declaration.is_mentioned)


def read_response(edi: EdiMessage) -> Response:
    """Raises Rejected: SEGMENT_MISSING without BGM or indicator, UNKNOWN_CODE for a cancellation,
    BAD_CONTAINER_NUMBER, TOO_MANY_ITEMS."""
    reader = _Reader()
    has_head = False
    for index, raw in enumerate(edi.segments):
        take = _READERS.get(raw[:3])
        if take is not None:
            take(reader, edi.split(raw), edi.where(index))
        elif raw[:3] == "BGM":
            has_head = True
            _check_function(edi.split(raw), edi.where(index))
        reader.is_tax = raw[:3] in ("TAX", "MOA") and (reader.is_tax or raw[:3] == "TAX")
    if not has_head:
        raise Rejected(Reason.SEGMENT_MISSING, edi.path, message="There is no BGM.")
    return reader.close(edi.path)


def _check_function(bgm: Segment, where: str) -> None:
    if part(bgm, 3) == "1":
        raise Rejected(
            Reason.UNKNOWN_CODE,
            where,
            message="A response cannot be cancelled.",
            fix="Send a new response with the status that holds now.",
        )


class _Reader:
    """`current` are the declarations named since the last indicator; until one is named, the head."""

    def __init__(self) -> None:
        self.response = Response()
        self.current: list[Declaration] = []
        self.is_told = False
        self.is_tax = False

    @property
    def last(self) -> Declaration:
        return self.current[-1] if self.current else self.response.head

    def take_reference(self, segment: Segment, where: str) -> None:
        qualifier, text = part(segment, 1), part(segment, 1, 1)
        if qualifier not in _NAMING or not text:
            return
        if not self.current or self.is_told or qualifier in self.last.references:
            self._begin(where)
        self.last.references[qualifier] = (text, where)

    def _begin(self, where: str) -> None:
        """Another declaration."""
        if self.is_told:
            self.current, self.is_told = [], False
        declarations = self.response.declarations
        if len(declarations) == MAX_ITEMS:
            raise Rejected(Reason.TOO_MANY_ITEMS)
        declarations.append(Declaration(f"RFF {len(declarations) + 1}", where))
        self.current.append(declarations[-1])

    def take_indicator(self, segment: Segment, where: str) -> None:
        if self.is_tax:
            return
        # GIS+4 or GEI+5+4: the indicator, which GEI puts behind what kind of indicator it is.
        at = 1 if segment[0][0] == "GIS" else 2
        label = f"{segment[0][0]} {len(self.response.indicators) + 1}"
        for declaration in () if self.is_told else self.current:
            declaration.is_mentioned = True
        self.is_told = True
        # The list is shared by all indicators in a row: the next declaration begins another.
        about = self.current
        self.response.indicators.append(Indicator(label, where, part(segment, at), part(segment, at, 2), about))

    def take_time(self, segment: Segment, where: str) -> None:
        if part(segment, 1, 1):
            self.last.times.setdefault(part(segment, 1), (part(segment, 1, 1), part(segment, 1, 2), where))

    def take_container(self, segment: Segment, where: str) -> None:
        try:
            number = parse_container_number(part(segment, 2))
        except IdentifierInvalid as invalid:
            raise Rejected(Reason.BAD_CONTAINER_NUMBER, where, message=invalid.problem, fix=invalid.fix) from invalid
        self.last.containers[number] = None
        if len(self.last.containers) + len(self.response.head.containers) > _MAX_CONTAINERS:
            raise Rejected(Reason.TOO_MANY_ITEMS, where, message=f"It names more than {_MAX_CONTAINERS} containers.")

    def take_place(self, segment: Segment, where: str) -> None:
        if part(segment, 1) == _PLACE_OF_EXAMINATION:
            for told_of in self.current or [self.response.head]:
                told_of.site = part(segment, 2)[:35] or None

    def take_text(self, segment: Segment, where: str) -> None:
        texts = [text for n in range(5) if (text := part(segment, 4, n))]
        for told_of in self.current or [self.response.head]:
            if len(told_of.texts) < _MAX_TEXTS:
                told_of.texts += texts

    def close(self, path: str) -> Response:
        """Indicators of the head are about every declaration; without any, about the one that nothing names."""
        response = self.response
        if not response.indicators:
            raise Rejected(Reason.SEGMENT_MISSING, path, message="There is no GIS or GEI: it says nothing of a status.")
        everyone = response.declarations or [Declaration()]
        of_head = [indicator for indicator in response.indicators if not indicator.about]
        for indicator in of_head:
            indicator.about = everyone
        for declaration in everyone if of_head else ():
            declaration.is_mentioned = True
        self._refuse_many()
        return response

    def _refuse_many(self) -> None:
        """A few indicators about many declarations of many containers make a notice of all of them for each."""
        notices = boxes = 0
        for indicator in self.response.indicators:
            for declaration in indicator.about:
                notices += 1
                boxes += len(self.response.head.containers) + len(declaration.containers)
                if notices > MAX_ITEMS:
                    raise Rejected(Reason.TOO_MANY_ITEMS)
                if boxes > _MAX_CONTAINERS_IN_ALL:
                    raise Rejected(
                        Reason.TOO_MANY_ITEMS,
                        indicator.where,
                        message=f"Its notices name more than {_MAX_CONTAINERS_IN_ALL} containers.",
                    )


_READERS = {
    "RFF": _Reader.take_reference,
    "GIS": _Reader.take_indicator,
    "GEI": _Reader.take_indicator,
    "DTM": _Reader.take_time,
    "EQD": _Reader.take_container,
    "LOC": _Reader.take_place,
    "FTX": _Reader.take_text,
}
