"""EDIFACT dates and times (DTM 2379), the sender's local time made UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from adapters.rejection import Reason, Rejected

_DIGITS = re.compile(r"([0-9]{6,14})(.*)", re.DOTALL)
_OFFSET = re.compile(r"([+-])([0-9]{2}):?([0-9]{2})?")
# Told by the number of digits, as the sender's format code is often another than that of the value it sends.
_LENGTHS = (10, 12, 14)
# 201 202 203 204: local time; 205, 301 to 304: with a zone; 101 102: dates.  An empty code is told by the digits alone.
_FORMATS = frozenset({"", "101", "102", "201", "202", "203", "204", "205", "301", "302", "303", "304"})
# Two digits for the year.
_SHORT = frozenset({"", "201", "301"})
_SHORT_WITH_SECONDS = frozenset({"202", "302"})
_YEARS = range(1980, 2100)


def read_time(value: str, format_code: str, zone: ZoneInfo, *, where: str) -> tuple[datetime, bool]:
    """The time in UTC, and whether it carried no zone so that `zone` was assumed.

    Raises Rejected: TIME_MISSING for an empty value, DATE_WITHOUT_TIME, UNKNOWN_CODE for another format, BAD_VALUE.
    """
    try:
        return _read(value, format_code, zone)
    except Rejected as refusal:
        raise Rejected(refusal.reason, where, message=refusal.message, fix=refusal.fix) from None


def find_time(value: str, format_code: str, zone: ZoneInfo) -> datetime | None:
    """The time in UTC, or None where it cannot be read: for times that nothing depends on."""
    try:
        return _read(value, format_code, zone)[0]
    except Rejected:
        return None


# A report's containers were mostly handled in the same few minutes.
@lru_cache(maxsize=4096)
def _read(value: str, format_code: str, zone: ZoneInfo) -> tuple[datetime, bool]:
    if not value:
        raise Rejected(Reason.TIME_MISSING)
    if format_code not in _FORMATS:
        raise Rejected(
            Reason.UNKNOWN_CODE,
            message=f"The date format {format_code[:10]!r} is not taken.",
            fix="Send format 203 (CCYYMMDDHHMM) or 204 (with seconds).",
        )
    found = _DIGITS.fullmatch(value)
    if found is None:
        raise _unreadable(value)
    digits, rest = found.groups()
    if len(digits) in (6, 8) and not rest:
        raise Rejected(Reason.DATE_WITHOUT_TIME, message=f"{value!r} is a date without a time of day.")
    # Ten digits under another code may as well be CCYYMMDDHH.
    if len(digits) not in _LENGTHS or (len(digits) == 10 and format_code not in _SHORT):
        raise _unreadable(value)
    stated = _zone_of(rest) if rest else None
    try:
        local = _local(digits, format_code).replace(tzinfo=stated or zone)
    except ValueError:
        raise _unreadable(value) from None
    if local.year not in _YEARS:
        raise _unreadable(value)
    return local.astimezone(UTC), stated is None


def _local(digits: str, format_code: str) -> datetime:
    """The time without its zone; raises ValueError for a day or hour that does not exist."""
    is_short = len(digits) == 10 or (len(digits) == 12 and format_code in _SHORT_WITH_SECONDS)
    century = "20" if is_short else ""
    full = century + digits
    return datetime(  # noqa: DTZ001  the caller adds the zone
        int(full[:4]), int(full[4:6]), int(full[6:8]), int(full[8:10]), int(full[10:12]), int(full[12:] or 0)
    )


def _zone_of(text: str) -> tzinfo:
    if text in ("Z", "UTC", "GMT"):
        return UTC
    found = _OFFSET.fullmatch(text)
    if found is None or int(found[2]) > 14 or int(found[3] or 0) > 59:
        raise Rejected(
            Reason.BAD_VALUE, message=f"The zone {text[:10]!r} is not taken.", fix="Send UTC, or an offset as in +0800."
        )
    offset = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    return timezone(-offset if found[1] == "-" else offset)


def _unreadable(value: str) -> Rejected:
    return Rejected(
        Reason.BAD_VALUE,
        message=f"{value[:20]!r} is not a date and time.",
        fix="Send CCYYMMDDHHMM with format 203, as in 202611211504.",
    )
