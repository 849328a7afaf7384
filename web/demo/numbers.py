"""Numbers that pass their check: containers, vessels, postal items, declarations.

Written here a second time on purpose: the demo stands outside and borrows nothing from the port it plays against.
"""

from __future__ import annotations

_LETTER_VALUES = [value for value in range(10, 39) if value % 11]
_POSTAL_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)


def container_check_digit(ten: str) -> int:
    """The eleventh character of a container number (ISO 6346) from its four letters and six digits."""
    values = [int(c) if c.isdigit() else _LETTER_VALUES[ord(c) - ord("A")] for c in ten]
    return sum(value << place for place, value in enumerate(values)) % 11 % 10


def container_number(owner: str, serial: int) -> str:
    """A container number with its check digit; `owner` is four letters, the serial is taken modulo one million."""
    ten = f"{owner}{serial % 1_000_000:06d}"
    return f"{ten}{container_check_digit(ten)}"


def wrong_container_number(number: str) -> str:
    """The same number with a check digit that is off by one, as a clerk mistypes it."""
    return f"{number[:10]}{(int(number[10]) + 1) % 10}"


def imo_number(six: int) -> str:
    """A seven-digit IMO ship number: six digits weighed 7..2, the last digit of the sum appended."""
    digits = f"{six:06d}"
    return f"{digits}{sum(int(d) * w for d, w in zip(digits, range(7, 1, -1), strict=True)) % 10}"


def postal_item(service: str, serial: int, country: str = "CN") -> str:
    """A UPU S10 item identifier: two letters, eight digits, check digit, country."""
    digits = f"{serial % 100_000_000:08d}"
    rest = 11 - sum(int(d) * w for d, w in zip(digits, _POSTAL_WEIGHTS, strict=True)) % 11
    return f"{service}{digits}{ {10: 0, 11: 5}.get(rest, rest) }{country}"


def declaration_number(office: str, year: int, *, is_import: bool, serial: int) -> str:
    """Eighteen digits: customs office (4), year (4), 1 import or 0 export, serial (9)."""
    return f"{office}{year:04d}{int(is_import)}{serial % 1_000_000_000:09d}"


def spread(serial: int, salt: int) -> int:
    """A number below one million, different for every serial below one million, that does not look like a count."""
    return (serial * 618_033 + salt * 7_919 + 104_729) % 1_000_000
