"""One cell of a file of declarations: what it says, or what is wrong with it and how to mend it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, NamedTuple

from adapters.seam import CHINA
from port.diversion.facts import FactSpec, FactType, reader
from port.diversion.outcomes import Stratum

_SAYING_NOTHING = frozenset({"", "null", "nan", "none", "n/a", "-", "--", "\\n", "#n/a", "<na>"})
_YES = frozenset({"1", "1.0", "true", "yes", "y", "t", "是", "有", "found", "查获"})
_NO = frozenset({"0", "0.0", "false", "no", "n", "f", "否", "无", "nothing", "未查获"})
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{4})(\d{2})(\d{2})")
_WHOLE = re.compile(r"(\d+)\.0+")
# 950300.0 is a number to a program, 9503.00 an HS code to a person.
_WHOLE_CODE = re.compile(r"(\d{5,10})\.0+")
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
_STRATA = {
    "random": Stratum.RANDOM,
    "draw": Stratum.RANDOM,
    "随机": Stratum.RANDOM,
    "rules": Stratum.BY_RULES,
    "rule": Stratum.BY_RULES,
    "by_rules": Stratum.BY_RULES,
    "布控": Stratum.BY_RULES,
    "规则": Stratum.BY_RULES,
    "order": Stratum.ORDERED,
    "ordered": Stratum.ORDERED,
    "指令": Stratum.ORDERED,
}
_MOST_SHOWN = 40
_FIRST_YEAR, _LAST_YEAR = 1970, 2199


@dataclass(frozen=True, slots=True)
class Told:
    """The same in Chinese and in English."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class CellFault:
    """Row and column of the file (the header is row 1), what is wrong there, and how to mend it."""

    row: int
    column: str
    message: Told
    fix: Told

    def __str__(self) -> str:
        return f"row {self.row}, {self.column}: {self.message.en} {self.fix.en}"

    def to_json(self) -> dict[str, Any]:
        """As `problems` of an upload has it."""
        return {
            "row": self.row,
            "column": self.column,
            "message": {"zh": self.message.zh, "en": self.message.en},
            "fix": {"zh": self.fix.zh, "en": self.fix.en},
        }


class Wrong(NamedTuple):
    """What is wrong with a cell, wherever it stands."""

    message: Told
    fix: Told


class Moment(NamedTuple):
    """A day, with the hour where it was told."""

    at: datetime
    has_hour: bool


Read = Callable[[str], object]
"""Of a stripped text: the value, None when it says nothing, or Wrong."""


def is_silent(text: str) -> bool:
    """Is this one of the ways to leave a cell empty?  NA is Namibia."""
    return text.lower() in _SAYING_NOTHING


def read_moment(text: str) -> Moment | Wrong:
    """A day (2020-01-31, 2020/1/31, 20200131, 2020年1月31日) or a time of ISO 8601; without a zone, China's.

    0001-01-01, as programs write for none, is no day of a declaration: it would leave out all of a history.
    """
    try:
        moment = _moment(text)
    except (ValueError, OverflowError):
        moment = None
    if moment is None or not _FIRST_YEAR <= moment.at.year <= _LAST_YEAR:
        return _wrong(
            text, Told("不是日期。", "is no date."), Told("写成 2020-01-31。", "Write the day as 2020-01-31.")
        )
    return moment


def _moment(text: str) -> Moment:
    found = _DAY.fullmatch(text)
    if found:
        day = date(*(int(part) for part in found.groups() if part))
        return Moment(datetime.combine(day, time(), CHINA), has_hour=False)
    told = datetime.fromisoformat(text)
    zoned = told if told.tzinfo else told.replace(tzinfo=CHINA)
    # Tables written by programs put midnight behind a day.
    return Moment(zoned.astimezone(CHINA), has_hour=told.time() != time())


def read_yes_or_no(text: str) -> bool | Wrong:
    """Was anything found, was it opened: 1 or 0, yes or no, 是 or 否."""
    low = text.lower()
    if low in _YES or low in _NO:
        return low in _YES
    return _wrong(
        text,
        Told("不是“是”或“否”。", "is neither yes nor no."),
        Told("写 1、0，不知道的留空。", "Write 1 or 0, or leave what is not known empty."),
    )


def read_stratum(text: str) -> Stratum | Wrong:
    """Why it was inspected."""
    found = _STRATA.get(text.lower())
    return found or _wrong(
        text,
        Told("不是查验原因。", "is no reason for an inspection."),
        Told("写 RANDOM、RULES 或 ORDER，不知道的留空。", "Write RANDOM, RULES or ORDER, or leave it empty."),
    )


def read_name(text: str) -> str:
    """A number or name as it stands; a whole number that a program wrote as 123.0 loses its point."""
    found = _WHOLE.fullmatch(text)
    return found[1] if found else text


def reader_of(spec: FactSpec, *, has_decimal_commas: bool) -> Read:
    """How a cell of that fact is read; what the catalogue would call unreadable is Wrong."""
    readable, made = reader(spec), _maker(spec, has_decimal_commas)

    def read(text: str) -> object:
        value = made(text)
        if isinstance(value, Wrong):
            return value
        return value if readable(value) else _wrong(text, *_WANTED.get(spec.name, _wanted(spec)))

    return read


def _maker(spec: FactSpec, has_decimal_commas: bool) -> Callable[[str], object]:
    if spec.type is FactType.NUMBER:
        return lambda text: _number(text, has_decimal_commas)
    if spec.type is FactType.FLAG:
        return read_yes_or_no
    if spec.type is FactType.TEXTS:
        return lambda text: tuple(part for part in re.split(r"[\s;|/，、]+", text) if part)
    if spec.name == "hs_code":
        return _hs_code
    return str.upper if spec.codes or spec.name in _UPPER else read_name


_UPPER = frozenset({"origin_country", "currency", "iso_size_type", "container_type_group"})


def _number(text: str, has_decimal_commas: bool) -> object:
    plain = text.replace("\u00a0", "").replace(" ", "")
    if has_decimal_commas and _DECIMAL_COMMA.fullmatch(plain):
        plain = plain.replace(",", ".")
    elif _THOUSANDS.fullmatch(plain):
        plain = plain.replace(",", "")
    try:
        return float(plain)
    except ValueError:
        return plain  # No number: the catalogue's reader refuses it.


def _hs_code(text: str) -> str:
    """Digits alone.  An odd number of them has lost its leading zero to a program that took it for a number."""
    found = _WHOLE_CODE.fullmatch(text)
    digits = found[1] if found else re.sub(r"[.\s]", "", text)
    return f"0{digits}" if digits.isdigit() and len(digits) in (5, 7, 9) else digits


_WANTED = {
    "hs_code": (
        Told("不是商品编号。", "is no HS code."),
        Told("写 6 至 10 位数字。", "Write 6 to 10 digits."),
    ),
    "origin_country": (
        Told("不是国家代码。", "is no country code."),
        Told("写 ISO 3166-1 的两个字母。", "Write the two letters of ISO 3166-1, or leave it empty."),
    ),
}


def _wanted(spec: FactSpec) -> tuple[Told, Told]:
    message = Told(f"不是{spec.zh}。", f"is no {spec.en}.")
    if spec.codes:
        codes = ", ".join(spec.codes)
        return message, Told(f"可写 {codes}。", f"Write one of {codes}, or leave it empty.")
    if spec.type is FactType.NUMBER:
        return message, Told("写不带单位的数字，不小于零。", "Write a number of at least 0, without a unit.")
    return message, Told("请改正或留空。", "Correct it, or leave it empty.")


def _wrong(text: str, message: Told, fix: Told) -> Wrong:
    shown = text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"
    return Wrong(Told(f"“{shown}”{message.zh}", f"{shown!r} {message.en}"), fix)
