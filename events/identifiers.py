"""The numbers the port lives by: their one written form, their check digits, and how to mend a wrong one.

Every `parse_` gives the normalised string or raises `IdentifierInvalid`, which says what is wrong and what to send.
"""

from __future__ import annotations

import re
from enum import StrEnum
from operator import mul

from stdnum import imo as stdnum_imo
from stdnum.cn import uscc as stdnum_uscc
from stdnum.exceptions import ValidationError as StdnumError


class IdentifierInvalid(ValueError):
    """`problem` says what is wrong with the value, `fix` what to send instead; both are sentences for a person."""

    def __init__(self, problem: str, fix: str) -> None:
        super().__init__(f"{problem} {fix}")
        self.problem = problem
        self.fix = fix


# ISO 6346: the letters count 10 to 38, leaving out the multiples of 11.
_LETTER_VALUES = dict(
    zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", (n for n in range(10, 39) if n % 11), strict=True),
)
_CHARACTER_VALUES = {**{str(n): n for n in range(10)}, **_LETTER_VALUES}
_POSITION_WEIGHTS = tuple(2**n for n in range(10))
_CONTAINER = re.compile(r"[A-Z]{3}[UJZ][0-9]{7}")
_CONTAINER_WITHOUT_CHECK = re.compile(r"[A-Z]{3}[UJZ][0-9]{6}")
_BETWEEN = re.compile(r"[\s\-‐-―./_]+")
_UN_LOCATION = re.compile(r"[A-Z]{2}[A-Z2-9]{3}")
_DECLARATION = re.compile(r"[0-9]{18}")
_S10 = re.compile(r"[A-Z]{2}[0-9]{9}[A-Z]{2}")
_S10_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)
# China Post's domestic numbers: EMS has thirteen digits, other carriers up to twenty and a few letters in front.
_DOMESTIC_ITEM = re.compile(r"[A-Z]{0,4}[0-9]{8,20}")
_SIZE_TYPE = re.compile(r"[1-4A-HK-NP][0-9C-FL-NP][A-Z][0-9A-Z]")
_OLD_SIZE_TYPE = re.compile(r"[0-9]{4}")
_IMO = re.compile(r"(?:IMO|LLOYD'?S?)?:?([0-9]{7})")


def compact(text: str) -> str:
    """In upper case, without the spaces, hyphens, dots and slashes that people write between the characters."""
    if text.isalnum():
        return text.upper()
    return _BETWEEN.sub("", text).upper()


def check_digit(number: str) -> int:
    """The eleventh character of a container number, from the ten before it.

    The value of position n weighs 2**n; the sum mod 11, where 10 becomes 0.  ISO 6346.  check_digit("CSQU305438") == 3
    """
    total: int = sum(map(mul, map(_CHARACTER_VALUES.__getitem__, number), _POSITION_WEIGHTS))
    return total % 11 % 10


def parse_container_number(text: str) -> str:
    """Eleven characters, upper case, without the spaces and hyphens people write.  ISO 6346."""
    number = compact(text)
    if _CONTAINER.fullmatch(number):
        right = check_digit(number)
        if right == int(number[10]):
            return number
        raise IdentifierInvalid(
            f"{number} has the check digit {number[10]}, which does not fit.",
            f"Look at the container again: {number[:10]} has the check digit {right} ({number[:10]}{right}).",
        )
    if _CONTAINER_WITHOUT_CHECK.fullmatch(number):
        raise IdentifierInvalid(
            f"{number} has no check digit.", f"Send all eleven characters: {number}{check_digit(number)}."
        )
    raise IdentifierInvalid(
        f"{text[:40]!r} is not a container number.",
        "Send the owner's three letters, then U, J or Z, then six digits and the check digit, as in CSQU3054383.",
    )


def is_imo_form(text: str) -> bool:
    """Whether the text is seven digits, with or without IMO before them; says nothing of the check digit."""
    return _IMO.fullmatch(compact(text)) is not None


def parse_imo_number(text: str) -> str:
    """The seven digits of a ship's IMO number."""
    found = _IMO.fullmatch(compact(text))
    if found is None:
        raise IdentifierInvalid(f"{text[:40]!r} is not an IMO number.", "Send seven digits, as in 9074729.")
    digits = found[1]
    if stdnum_imo.is_valid(digits):
        return digits
    raise IdentifierInvalid(
        f"{digits} has the check digit {digits[6]}, which does not fit.",
        f"Look the ship up again: {digits[:6]} has the check digit {stdnum_imo.calc_check_digit(digits[:6])}.",
    )


def parse_un_location_code(text: str) -> str:
    """Country and place, five characters.  Checked for form only: UN/LOCODE changes twice a year."""
    code = compact(text)
    if _UN_LOCATION.fullmatch(code):
        return code
    raise IdentifierInvalid(
        f"{text[:40]!r} is not a UN/LOCODE.", "Send two letters of the country and three of the place, as in CNXMN."
    )


def parse_uscc(text: str) -> str:
    """A Unified Social Credit Code, eighteen characters.  GB 32100."""
    try:
        return str(stdnum_uscc.validate(compact(text)))
    except StdnumError as error:
        raise IdentifierInvalid(
            f"{text[:40]!r} is not a Unified Social Credit Code: {str(error).rstrip('.')}.",
            "Copy the eighteen characters from the business licence; the last one is a check character.",
        ) from error


def parse_declaration_number(text: str) -> str:
    """The eighteen digits of a customs declaration: office, year, direction and serial number."""
    number = compact(text)
    if _DECLARATION.fullmatch(number):
        return number
    raise IdentifierInvalid(
        f"{text[:40]!r} is not a declaration number.",
        "Send its eighteen digits; before customs has given the number send seqNo or cusCiqNo instead.",
    )


def s10_check_digit(serial: str) -> int:
    """The ninth digit of a UPU S10 item number, from the eight before it."""
    left = 11 - sum(int(d) * w for d, w in zip(serial, _S10_WEIGHTS, strict=True)) % 11
    return {10: 0, 11: 5}.get(left, left)


def parse_postal_item(text: str) -> str:
    """A UPU S10 item number (EE123456785CN) or a domestic one, which has no check digit."""
    item = compact(text)
    if _S10.fullmatch(item):
        right = s10_check_digit(item[2:10])
        if right == int(item[10]):
            return item
        raise IdentifierInvalid(
            f"{item} has the check digit {item[10]}, which does not fit.",
            f"Scan it again: {item[:10]} has the check digit {right} ({item[:10]}{right}{item[11:]}).",
        )
    if _DOMESTIC_ITEM.fullmatch(item):
        return item
    raise IdentifierInvalid(
        f"{text[:40]!r} is not a postal item number.", "Send an S10 number as EE123456785CN, or the domestic number."
    )


def parse_size_type(text: str) -> str:
    """The four characters of size and type, the old all-digit ones too (`is_old_size_type` tells).  ISO 6346."""
    code = compact(text)
    if _SIZE_TYPE.fullmatch(code) or _OLD_SIZE_TYPE.fullmatch(code):
        return code
    raise IdentifierInvalid(
        f"{text[:40]!r} is not an ISO 6346 size and type code.", "Send four characters, as in 22G1 or 45R1."
    )


def is_old_size_type(code: str) -> bool:
    """Whether the code is of the edition of 1984 (4300, 2200) or says nothing at all (0000)."""
    return _OLD_SIZE_TYPE.fullmatch(code) is not None


class SearchKind(StrEnum):
    """What a person typed into the search box."""

    CONTAINER = "CONTAINER"
    BILL_OF_LADING = "BILL_OF_LADING"
    DECLARATION = "DECLARATION"
    VISIT = "VISIT"
    VESSEL = "VESSEL"
    CERTIFICATE = "CERTIFICATE"
    PARCEL = "PARCEL"
    UNKNOWN = "UNKNOWN"


_LONGEST_SEARCH = 100
# First match wins, on the text without spaces and hyphens and in upper case.
_SEARCH_FORMS = (
    # The opaque id is a UUID; its hyphens are gone here.
    (SearchKind.VISIT, re.compile(r"[0-9A-F]{32}")),
    # A wrong or missing check digit is still meant as a container: the answer then says which digit fits.
    (SearchKind.CONTAINER, re.compile(r"[A-Z]{3}[UJZ][0-9]{6,7}")),
    (SearchKind.DECLARATION, _DECLARATION),
    (SearchKind.PARCEL, _S10),
    (SearchKind.VESSEL, re.compile(r"IMO[0-9]{7}|[0-9]{7}")),
    # Certificates of origin: one letter, two digits of the year, then digits and perhaps letters; CCPIT writes 26C….
    (SearchKind.CERTIFICATE, re.compile(r"[A-Z]{1,2}[0-9]{2}[0-9A-Z]{11,14}|[0-9]{2}C[0-9A-Z]{10,14}")),
    (SearchKind.PARCEL, re.compile(r"[0-9]{13}")),
    (SearchKind.BILL_OF_LADING, re.compile(r"(?=(?:.*[0-9]){4})[A-Z0-9]{8,35}")),
    # A call sign, before a name: three to seven letters and digits, not digits alone.
    (SearchKind.VESSEL, re.compile(r"(?=.*[A-Z])[A-Z0-9]{3,7}")),
    (SearchKind.VESSEL, re.compile(r"[A-Z]{3,35}")),
)


def detect(text: str) -> SearchKind:
    """What the text looks like; a guess by form alone, so a vessel's name and a call sign are both VESSEL."""
    if len(text) > _LONGEST_SEARCH:
        return SearchKind.UNKNOWN
    typed = compact(text)
    return next((kind for kind, form in _SEARCH_FORMS if form.fullmatch(typed)), SearchKind.UNKNOWN)
