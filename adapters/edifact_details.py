"""The segments that describe a container and its transport: TDT, LOC, MEA, SEL, DGS, TMP, each read by itself.

What is optional and cannot be read is None, and the caller warns: a movement is not refused for its seal.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from adapters.edifact_text import Segment, part
from events.identifiers import IdentifierInvalid, is_imo_form, parse_imo_number, parse_un_location_code
from events.types import DangerousGoods, TransportMode

_MODES = {"1": TransportMode.VESSEL, "2": TransportMode.RAIL, "3": TransportMode.TRUCK, "8": TransportMode.BARGE}
_CALL_SIGN = re.compile(r"(?=.*[A-Z])[A-Z0-9]{3,8}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,9}(?:[.,][0-9]{1,6})?")
_KILOGRAMS = {"": 1.0, "KGM": 1.0, "KGS": 1.0, "KG": 1.0, "TNE": 1000.0, "LBR": 0.45359237, "GRM": 0.001}
_MAX_MASS_KG = 1_000_000.0
# 6313 (or 6311 when 6313 is empty): gross mass of goods and box; WT is what older guides write for it, AET newer ones.
_GROSS = frozenset({"G", "EGW", "AAD", "WT", "AET"})
_NO_SEAL = frozenset({"", "NONE", "NO", "NIL", "N/A", "NA", "N", "NOSEAL", "NO SEAL", "NULL", "-", "0"})
# What others may say of a ship at most, in whatever format: both become keys and columns.
MAX_VOYAGE = 17
_MAX_NAME = 200
_UN_NUMBER = re.compile(r"[0-9]{1,4}")


class Transport(NamedTuple):
    """A TDT: `stage` is 8051, `mode` 8067; what carries the box has a number, a call sign or a plate, or none."""

    stage: str
    mode: TransportMode | None
    voyage: str | None
    imo_number: str | None
    call_sign: str | None
    name: str | None
    plate: str | None
    is_number_wrong: bool


class Place(NamedTuple):
    """A LOC: UN/LOCODE where one can be read, the terminal's code in the sender's list, the bare location code."""

    un_location_code: str | None
    terminal: str | None
    code: str


def read_transport(segment: Segment) -> Transport:
    """TDT.  The means of transport (C222 8213) is told by its form.

    1131 says 103 for a call sign and 146 for "means of transport identification", which is used for Lloyd's (IMO)
    numbers, call signs and truck plates alike: seven digits are an IMO number, the rest is what its mode makes it.
    """
    mode = _MODES.get(part(segment, 3))
    means = part(segment, 8).upper()
    number, call_sign, is_wrong = read_vessel_means(means)
    is_on_land = mode in (TransportMode.TRUCK, TransportMode.RAIL)
    return Transport(
        stage=part(segment, 1),
        mode=mode,
        voyage=part(segment, 2).upper()[:MAX_VOYAGE] or None,
        imo_number=None if is_on_land else number,
        call_sign=None if is_on_land else call_sign,
        name=part(segment, 8, 3)[:_MAX_NAME] or None,
        plate=means[:35] if mode is TransportMode.TRUCK and means else None,
        is_number_wrong=is_wrong and not is_on_land,
    )


def read_vessel_means(means: str) -> tuple[str | None, str | None, bool]:
    """The IMO number or the call sign that these characters are by form, and whether its check digit is wrong."""
    number, is_wrong = _read_vessel_number(means)
    return number, means if number is None and _CALL_SIGN.fullmatch(means) else None, is_wrong


def _read_vessel_number(means: str) -> tuple[str | None, bool]:
    """The IMO number, and whether its check digit is wrong; such a one is kept as the name the sender uses."""
    if not (means[-7:].isdecimal() and is_imo_form(means)):
        return None, False
    digits = means[-7:]
    # 0000000 and 1111111 stand for a number that is not known: kept, they would join all such ships into one.
    if len({*digits}) == 1:
        return None, True
    try:
        return parse_imo_number(means), False
    except IdentifierInvalid:
        return digits, True


def read_place(segment: Segment) -> Place:
    """LOC.  The terminal stands in C519 (3223) or, as a name, in C517 (3224).

    Some terminals write their own code onto the UN/LOCODE (IDJKT45): the first five are the place, all the terminal.
    """
    code = part(segment, 2).upper()
    try:
        location: str | None = parse_un_location_code(code[:5])
    except IdentifierInvalid:
        location = None
    terminal = part(segment, 3) or part(segment, 2, 3) or (code if location is None or len(code) > 5 else "")
    return Place(un_location_code=location, terminal=terminal[:70] or None, code=code)


def read_mass(segment: Segment) -> tuple[str, float] | None:
    """MEA as ("gross" or "vgm", kilograms), ("", 0) for a measure not kept (tare), None when it cannot be read."""
    purpose, attribute = part(segment, 1), part(segment, 2) or part(segment, 1)
    if "VGM" in (purpose, attribute):
        name = "vgm"
    elif attribute in _GROSS:
        name = "gross"
    else:
        return "", 0.0
    number, factor = read_number(part(segment, 3, 1)), _KILOGRAMS.get(part(segment, 3).upper())
    if number is None or factor is None or not 0 <= number * factor <= _MAX_MASS_KG:
        return None
    return name, number * factor


def read_seal(segment: Segment) -> str | None:
    """SEL: the number, "" for none at all, None when it says that there is a seal but not which one (Y, SI)."""
    number = part(segment, 1).upper()
    if number in _NO_SEAL:
        return ""
    return number[:35] if len(number) > 3 or any(c.isdigit() for c in number) else None


def read_dangerous_goods(segment: Segment) -> DangerousGoods | None:
    """DGS: UN number and class; None without a UN number."""
    number = part(segment, 3)
    if not _UN_NUMBER.fullmatch(number):
        return None
    return DangerousGoods(un_number=number.zfill(4), imo_class=part(segment, 2)[:10] or None)


def read_set_point(segment: Segment) -> float | None:
    """TMP: the temperature of transport in degrees Celsius."""
    number, unit = read_number(part(segment, 2)), part(segment, 2, 1).upper()
    if number is None or unit not in ("", "CEL", "FAH"):
        return None
    celsius = round((number - 32) / 1.8, 2) if unit == "FAH" else number
    return celsius if -100 <= celsius <= 100 else None


def read_number(text: str) -> float | None:
    """A number with either decimal mark: senders rarely keep to the one UNA names."""
    return float(text.replace(",", ".")) if _NUMBER.fullmatch(text) else None
