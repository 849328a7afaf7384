"""What the JSON formats share: camelCase names, the forms of texts, numbers and times, and one item read at a time.

Python writes snake_case; the wire writes camelCase with DCSA's spellings where DCSA has the field.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    StrictBool,
    StringConstraints,
    ValidationError,
)
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from adapters.rejection import Reason, Rejected, Warned
from adapters.seam import MAX_ITEMS, Accepted, Item, Message, Refused
from adapters.wire_errors import refusal_of
from events.identifiers import (
    IdentifierInvalid,
    is_imo_form,
    is_old_size_type,
    parse_container_number,
    parse_declaration_number,
    parse_imo_number,
    parse_postal_item,
    parse_size_type,
    parse_un_location_code,
)
from events.types import OutsideFact

_WIRE_NAMES = {
    "iso_equipment_code": "ISOEquipmentCode",
    "item_id": "itemID",
    "message_id": "messageID",
    "un_location_code": "UNLocationCode",
    "vessel_imo_number": "vesselIMONumber",
}
_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[Tt ]([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?)([Zz]|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_MAX_FIELDS = 100
_YEARS = range(1980, 2100)
_NO_CONTROLS = r"^[^\x00-\x1f\x7f]*$"


def wire_name(name: str) -> str:
    """The field's name in JSON."""
    return _WIRE_NAMES.get(name) or to_camel(name)


class Wire(BaseModel):
    """A body or a part of one, as partners write it; unknown fields are refused."""

    model_config = ConfigDict(alias_generator=wire_name, extra="forbid", frozen=True)


W = TypeVar("W", bound=Wire)


def fault(reason: Reason, message: str, fix: str = "") -> PydanticCustomError:
    """What a validator raises; `refusal_of` makes it a Rejected of that reason."""
    return PydanticCustomError(reason.value, "{message}", {"message": message, "fix": fix})


def _text_of(value: Any) -> str:  # JSON: anything may stand here
    if value is None:
        raise fault(Reason.FIELD_MISSING, "It is null.")
    if not isinstance(value, str):
        raise fault(Reason.BAD_VALUE, f"A text is wanted, not {repr(value)[:40]}.")
    return value.strip()


def _identifier(parse: Callable[[str], str], reason: Reason) -> PlainValidator:
    def read(value: Any) -> str:  # JSON: anything may stand here
        try:
            return parse(_text_of(value))
        except IdentifierInvalid as invalid:
            raise fault(reason, invalid.problem, invalid.fix) from invalid

    return PlainValidator(read)


def _read_imo_number(text: str) -> str:
    """A wrong check digit is only warned of (`vessel_warnings`): an alias nobody can resolve refuses no movement."""
    return text[-7:] if is_imo_form(text) else parse_imo_number(text)


def read_time(value: Any) -> datetime:  # JSON: anything may stand here
    """An RFC 3339 time in UTC; raises what pydantic turns into TIME_MISSING, TIME_WITHOUT_ZONE, DATE_WITHOUT_TIME."""
    if value is None or value == "":
        raise fault(Reason.TIME_MISSING, "There is no time.")
    found = _TIME.fullmatch(_text_of(value))
    if found is None:
        raise _unreadable_time(value)
    day, clock, zone = found.groups()
    if clock is None:
        raise fault(Reason.DATE_WITHOUT_TIME, f"{day} is a date without a time of day.")
    if zone is None:
        raise fault(Reason.TIME_WITHOUT_ZONE, f"{value[:40]} has no zone.")
    try:
        told = datetime.fromisoformat(f"{day}T{clock}{zone.upper()}")
        if told.year in _YEARS:
            return told.astimezone(UTC)
    except ValueError:
        pass
    raise _unreadable_time(value)


def _unreadable_time(value: Any) -> PydanticCustomError:  # JSON: anything may stand here
    return fault(
        Reason.BAD_VALUE,
        f"{repr(value)[:40]} is not a date and time.",
        "Write it as in 2026-11-21T15:04:05+08:00.",
    )


def _text(max_length: int, *, to_upper: bool = False) -> Any:  # what Annotated takes
    return StringConstraints(
        strip_whitespace=True, max_length=max_length, pattern=_NO_CONTROLS, to_upper=to_upper or None
    )


Moment = Annotated[datetime, PlainValidator(read_time)]
ContainerNumber = Annotated[str, _identifier(parse_container_number, Reason.BAD_CONTAINER_NUMBER)]
ImoNumber = Annotated[str, _identifier(_read_imo_number, Reason.BAD_VALUE)]
LocationCode = Annotated[str, _identifier(parse_un_location_code, Reason.BAD_VALUE)]
DeclarationNumber = Annotated[str, _identifier(parse_declaration_number, Reason.BAD_VALUE)]
PostalItem = Annotated[str, _identifier(parse_postal_item, Reason.BAD_VALUE)]
SizeType = Annotated[str, _identifier(parse_size_type, Reason.BAD_VALUE)]
Code = Annotated[str, _text(35)]
Name = Annotated[str, _text(200)]
# Free text may have line breaks, and nothing else that does not print.
Note = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=1000, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$")
]
# Compared between senders, so written in one way.
Voyage = Annotated[str, _text(17, to_upper=True)]
CallSign = Annotated[str, _text(10, to_upper=True)]
DocumentReference = Annotated[str, _text(35, to_upper=True)]
Flag = StrictBool
Mass = Annotated[float, Field(strict=True, ge=0, le=1_000_000, allow_inf_nan=False)]
Amount = Annotated[float, Field(strict=True, ge=0, le=1e15, allow_inf_nan=False)]
# The first wrong number refuses the element: to read the others would only cost time.
Containers = Annotated[tuple[ContainerNumber, ...], Field(max_length=2000, fail_fast=True)]


class PartyWire(Wire):
    """A party by its code."""

    code: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=35, pattern=_NO_CONTROLS)]
    name: Name | None = None


def read_object(message: Message) -> dict[str, Any]:
    """The JSON object of a body, with a `messageID` that may be one, if any."""
    try:
        read = message.json
    except ValueError as error:
        raise Rejected(Reason.NOT_JSON, message=f"The body is not JSON: {str(error)[:120]}.") from error
    if not isinstance(read, dict):
        raise Rejected(Reason.BAD_VALUE, "$", message="The body is not a JSON object.")
    _check_message_id(read.get("messageID"))
    return read


def refuse_unknown(envelope: dict[str, Any], fields: tuple[str, ...]) -> None:
    """Raises Rejected(UNKNOWN_FIELD) for a field of the envelope that is neither `messageID` nor among `fields`."""
    for name in envelope:
        if name not in fields and name != "messageID":
            raise Rejected(Reason.UNKNOWN_FIELD, name[:40], fix=f"An envelope has {', '.join(fields)} and messageID.")


def _check_message_id(told: object) -> None:
    if told is not None and not is_message_id(told):
        raise Rejected(
            Reason.BAD_VALUE,
            "messageID",
            message="The messageID is not a text of 1 to 200 printable characters.",
            fix="Give each message a short text of its own, or leave messageID out.",
        )


def is_message_id(told: object) -> bool:
    """Whether it may be a messageID: it becomes a key in our store, so it is short and printable."""
    return isinstance(told, str) and 0 < len(told) <= 200 and told.isprintable()


def list_at(envelope: dict[str, Any], name: str) -> list[Any]:
    """The array of that name, [] when it is absent or null."""
    found = envelope.get(name)
    if found is None:
        return []
    if not isinstance(found, list):
        raise Rejected(Reason.BAD_VALUE, name, message=f"{name} is not an array.")
    if len(found) > MAX_ITEMS:
        raise Rejected(Reason.TOO_MANY_ITEMS, name)
    return found


def read_item(
    model: type[W],
    told: object,
    path: str,
    *,
    build: Callable[[W], OutsideFact],
    warn: Callable[[W], tuple[Warned, ...]],
) -> Item:
    """One item: `told` as `model` has it, made a fact by `build`, which may raise Rejected."""
    try:
        _refuse_many_fields(told, path)
        read = model.model_validate(told)
        return Accepted(build(read), path, warn(read))
    except ValidationError as error:
        return Refused(refusal_of(error, model, path), path)
    except Rejected as refusal:
        return Refused(refusal, path)


def _refuse_many_fields(told: object, path: str) -> None:
    """Each unknown field costs an error of its own, so their number is looked at first."""
    if isinstance(told, dict) and len(told) > _MAX_FIELDS:
        raise Rejected(Reason.UNKNOWN_FIELD, path, message=f"It has {len(told)} fields.")


def within(path: str, name: str) -> str:
    """The JSON path of a field of the item at `path`; `$` is the body itself."""
    return name if path == "$" else f"{path}.{name}"


def vessel_warnings(imo_number: str | None, path: str) -> tuple[Warned, ...]:
    """A warning where the check digit of an IMO number does not fit."""
    if imo_number is None:
        return ()
    try:
        parse_imo_number(imo_number)
    except IdentifierInvalid:
        return (Warned(Reason.BAD_VESSEL_NUMBER, within(path, "vesselIMONumber")),)
    return ()


def size_warnings(code: str | None, path: str) -> tuple[Warned, ...]:
    """A warning for a size and type code of the old edition."""
    if code is None or not is_old_size_type(code):
        return ()
    return (Warned(Reason.OLD_SIZE_CODE, within(path, "ISOEquipmentCode")),)
