"""`platform-file`: gate and discharge lists as records of colon-separated fields (平台文件), 00 head to 99 trailer.

The form (a record number first, fields between colons, an apostrophe at the end, a count in the trailer) is the one
Chinese port platforms use; which field stands where is ours, written down in docs/platform-file.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NamedTuple, TypeVar

from adapters.charsets import decode_text
from adapters.edifact_details import read_number, read_vessel_means
from adapters.edifact_text import (
    OpenText,
    Segment,
    Separators,
    Unterminated,
    part,
    split_segment,
    split_text,
)
from adapters.edifact_times import find_time, read_time
from adapters.rejection import Reason, Rejected, Warned
from adapters.seam import Accepted, Item, Message, Refused, SenderProfile, facility_of, limited, refuse_future
from adapters.slices import sliced
from events.identifiers import IdentifierInvalid, is_old_size_type, parse_container_number, parse_size_type
from events.types import (
    EquipmentEvent,
    EquipmentEventType,
    Ladenness,
    MovementType,
    TransportMode,
    VesselRef,
    Withdrawal,
)

_LISTS = {
    "GATEIN": (EquipmentEventType.GTIN, None),
    "GATEOT": (EquipmentEventType.GTOT, None),
    "DISCHG": (EquipmentEventType.DISC, TransportMode.VESSEL),
    "LOADED": (EquipmentEventType.LOAD, TransportMode.VESSEL),
}
_ORIGINAL, _ADDED, _DELETED = "9", "2", "3"
_LADENNESS = {"E": Ladenness.EMPTY, "F": Ladenness.LADEN, "L": Ladenness.LADEN}
_TRADES = {
    "I": MovementType.IMPORT,
    "E": MovementType.EXPORT,
    "T": MovementType.TRANSSHIPMENT,
    "R": MovementType.RESTOW,
    "D": MovementType.DOMESTIC,
    "S": MovementType.STORAGE,
}
_MODES = {
    "1": TransportMode.VESSEL,
    "2": TransportMode.RAIL,
    "3": TransportMode.TRUCK,
    "8": TransportMode.BARGE,
}
# Nothing is divided within a field, so what divides components in EDIFACT is a character no field can hold.
_SEPARATORS = Separators(component="\x00", element=":", terminator="'")
_MAX_RECORD = 1000
# About a millisecond's work each.
_RECORDS_PER_SLICE, _ITEMS_PER_SLICE = 500, 50
_BLANKS = " \t\r\n\ufeff\x1a"

T = TypeVar("T")


class _Head(NamedTuple):
    """Records 00 and 10: what all containers of the list share."""

    type_code: EquipmentEventType
    is_deletion: bool
    created: datetime | None
    vessel: VesselRef
    mode: TransportMode | None
    warnings: tuple[Warned, ...]


def decode(message: Message, sender: SenderProfile) -> Iterator[Item]:
    """One item per record 50, in file order; a file that deletes (function 3) gives Withdrawals of the same movements.

    Refused items: BAD_CONTAINER_NUMBER, TIME_MISSING, DATE_WITHOUT_TIME, BAD_VALUE, FUTURE_TIME, FACILITY_MISSING,
    FOREIGN_FACILITY.  Raises Rejected: SEGMENT_MISSING without a record 00 at the head, TRUNCATED without a 99 at the
    end, UNKNOWN_CODE (list or function), OVERSIZE (a record), NO_ITEMS, TOO_MANY_ITEMS.
    """
    records = _read_records(message.body)
    head = _read_head(records, sender)
    boxes = [(n, record) for n, record in enumerate(records, 1) if part(record, 0) == "50"]
    if not boxes:
        raise Rejected(Reason.NO_ITEMS, "record 50", message="The list names no container.")
    notes = (*head.warnings, *_check_trailer(records))
    items = _items(boxes, head, notes, message=message, sender=sender)
    return limited(sliced(items, message.body, every=_ITEMS_PER_SLICE))


def _read_records(body: bytes) -> list[Segment]:
    text = decode_text(body).strip(_BLANKS)
    if not text.startswith("00:"):
        raise Rejected(Reason.SEGMENT_MISSING, "record 00", message="The file does not begin with a record 00.")
    records: list[Segment] = []
    pieces = split_text(OpenText(iter([text]), _SEPARATORS, has_text_before=False))
    for piece in sliced(pieces, body, every=_RECORDS_PER_SLICE):
        raw = piece.strip(_BLANKS)
        if len(raw) > _MAX_RECORD:
            raise Rejected(
                Reason.OVERSIZE,
                f"record {len(records) + 1}",
                message=f"The record is longer than {_MAX_RECORD} characters.",
                fix="Look for a missing apostrophe.",
            )
        if raw and not (isinstance(piece, Unterminated) and not raw.startswith("99:")):
            records.append(split_segment(raw, _SEPARATORS))
    if not records or part(records[-1], 0) != "99":
        raise Rejected(
            Reason.TRUNCATED,
            f"record {len(records)}",
            message="The file is cut off: it does not end with a record 99.",
            fix="Send the file again, whole.",
        )
    return records


def _read_head(records: list[Segment], sender: SenderProfile) -> _Head:
    head = records[0]
    kind, function = part(head, 1).upper(), part(head, 3)
    if kind not in _LISTS:
        raise _unknown(kind, "field 2", f"Send {', '.join(_LISTS)}.")
    if function not in (_ORIGINAL, _ADDED, _DELETED):
        raise _unknown(function, "field 4", "Send 9 (original), 2 (more of it) or 3 (delete); delete what was wrong.")
    type_code, mode = _LISTS[kind]
    vessel, warnings = _read_vessel(records)
    created = find_time(part(head, 6), "", sender.time_zone)
    return _Head(type_code, function == _DELETED, created, vessel, mode, warnings)


def _unknown(code: str, field: str, fix: str) -> Rejected:
    return Rejected(Reason.UNKNOWN_CODE, f"record 1, {field}", message=f"{code[:20]!r} is not taken.", fix=fix)


def _read_vessel(records: list[Segment]) -> tuple[VesselRef, tuple[Warned, ...]]:
    found = next(((n, record) for n, record in enumerate(records, 1) if part(record, 0) == "10"), None)
    if found is None:
        return VesselRef(), ()
    number, record = found
    imo_number, call_sign, is_wrong = read_vessel_means(part(record, 1).upper())
    told = {at: part(record, at) for at in (2, 3)}
    # An escape makes an ordinary character even of NUL, which no database keeps.
    wrong = [at for at, text in told.items() if not text.isprintable()]
    name, voyage = ("" if at in wrong else told[at] for at in (2, 3))
    vessel = VesselRef(
        vessel_imo_number=imo_number,
        call_sign=call_sign,
        vessel_name=name[:200] or None,
        voyage=voyage.upper()[:17] or None,
    )
    warnings = [Warned(Reason.BAD_VESSEL_NUMBER, f"record {number}, field 2")] if is_wrong else []
    warnings += [Warned(Reason.VALUE_IGNORED, f"record {number}, field {at + 1}") for at in wrong]
    return vessel, tuple(warnings)


def _check_trailer(records: list[Segment]) -> tuple[Warned, ...]:
    """The trailer counts all records, itself and the head too."""
    told = part(records[-1], 1)
    is_right = told.isdecimal() and int(told[:9]) == len(records)
    return () if is_right else (Warned(Reason.COUNT_WRONG, f"record {len(records)}, field 2"),)


def _items(
    boxes: list[tuple[int, Segment]],
    head: _Head,
    notes: tuple[Warned, ...],
    *,
    message: Message,
    sender: SenderProfile,
) -> Iterator[Item]:
    for number, record in boxes:
        reader = _Box(record, f"record {number}", head, message=message, sender=sender)
        try:
            fact = reader.read()
            yield Accepted(fact, reader.path, (*notes, *reader.warnings))
        except Rejected as refusal:
            yield Refused(refusal, reader.path, (*notes, *reader.warnings))
        notes = ()


class _Box:
    """One record 50 as it is read, and what is odd about it."""

    def __init__(self, record: Segment, path: str, head: _Head, *, message: Message, sender: SenderProfile) -> None:
        self.record, self.path, self.head = record, path, head
        self.message, self.sender = message, sender
        self.warnings: list[Warned] = []

    def read(self) -> EquipmentEvent | Withdrawal:
        container_number = self._read_container()
        happened = self._read_time()
        facility_code = facility_of(self._text(11) or None, self.sender, where=self._where(11))
        if self.head.is_deletion:
            return Withdrawal(
                container_number=container_number,
                type_code=self.head.type_code,
                facility_code=facility_code,
                event_datetime=happened,
                event_created_datetime=self.head.created,
            )
        seal = self._text(6)
        mode = self.head.mode or self._look_up(_MODES, 9)
        return EquipmentEvent(
            type_code=self.head.type_code,
            container_number=container_number,
            event_datetime=happened,
            event_created_datetime=self.head.created,
            facility_code=facility_code,
            is_at_port=self.sender.is_at_port(None),
            vessel=self.head.vessel,
            iso_equipment_code=self._read_size_type(),
            empty_indicator=self._look_up(_LADENNESS, 3),
            transport_document_reference=self._text(5).upper() or None,
            seals=(seal,) if seal else (),
            gross_mass_kg=self._read_mass(),
            movement_type=self._look_up(_TRADES, 4),
            mode_of_transport=mode,
            truck_plate=self._read_plate(mode),
            position=self._text(12) or None,
        )

    def _where(self, at: int) -> str:
        return f"{self.path}, field {at + 1}"

    def _text(self, at: int) -> str:
        text = part(self.record, at)[:35]
        if text.isprintable():
            return text
        self._ignore(at)
        return ""

    def _ignore(self, at: int) -> None:
        self.warnings.append(Warned(Reason.VALUE_IGNORED, self._where(at)))

    def _read_container(self) -> str:
        try:
            return parse_container_number(part(self.record, 1))
        except IdentifierInvalid as invalid:
            raise Rejected(
                Reason.BAD_CONTAINER_NUMBER, self._where(1), message=invalid.problem, fix=invalid.fix
            ) from invalid

    def _read_time(self) -> datetime:
        where = self._where(8)
        happened, is_zone_assumed = read_time(part(self.record, 8), "", self.sender.time_zone, where=where)
        refuse_future(happened, self.message.received_at, where=where)
        if is_zone_assumed and not self.sender.is_time_zone_agreed:
            self.warnings.append(Warned(Reason.TIME_ZONE_ASSUMED, where))
        return happened

    def _read_size_type(self) -> str | None:
        text = part(self.record, 2)
        if not text:
            return None
        try:
            code = parse_size_type(text)
        except IdentifierInvalid:
            self._ignore(2)
            return None
        if is_old_size_type(code):
            self.warnings.append(Warned(Reason.OLD_SIZE_CODE, self._where(2)))
        return code

    def _read_mass(self) -> float | None:
        text = part(self.record, 7)
        mass = read_number(text)
        if text and (mass is None or not 0 <= mass <= 1_000_000):
            self._ignore(7)
            return None
        return mass

    def _read_plate(self, mode: TransportMode | None) -> str | None:
        plate = self._text(10) or None
        if plate and mode not in (TransportMode.TRUCK, None):
            self._ignore(10)
            return None
        return plate

    def _look_up(self, codes: Mapping[str, T], at: int) -> T | None:
        code = part(self.record, at).upper()
        if code and code not in codes:
            self._ignore(at)
        return codes.get(code)
