"""The outermost layer of EDIFACT: which characters the bytes are, which of them separate, and where segments end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple

from adapters.charsets import decode_blocks
from adapters.rejection import Reason, Rejected


class Separators(NamedTuple):
    """The service characters of ISO 9735, UNA; an empty `release` means that nothing can be escaped."""

    component: str = ":"
    element: str = "+"
    decimal: str = "."
    release: str = "?"
    terminator: str = "'"


class OpenText(NamedTuple):
    """A body as text from its first segment on, a block at a time, and its separators."""

    blocks: Iterator[str]
    separators: Separators
    has_text_before: bool


class Unterminated(str):
    """The rest of a text after its last terminator."""

    __slots__ = ()


class Mended(NamedTuple):
    """What a piece of several lines holds: its segment, perhaps behind stray text, perhaps run into a second one."""

    segment: str
    has_text_before: bool = False
    has_second: bool = False


# One element or component of a segment is addressed from 0, the tag being element 0.
Segment = list[list[str]]

DEFAULT_SEPARATORS = Separators()
# Mail clients, editors and MS-DOS leave these in front of a segment; one terminal's converter writes ";".
BEFORE_A_TAG = " \t\r\n;\ufeff\x1a"
# Level B without UNA separates by the information separators of ISO 646.
_LEVEL_B_SEPARATORS = Separators("\x1f", "\x1d", ".", "", "\x1c")
# Tags that tell a new segment from the second half of a broken line.
_KNOWN_TAGS = (
    "UNA|UNB|UNG|UNH|UNT|UNE|UNZ|AJT|BGM|CNI|CNT|COM|CPS|CST|CTA|DAM|DGS|DIM|DOC|DTM|EQA|EQD|EQN|ERC|FTX|GDS|GEI|GID|GIR|GOR|GRP"
    "|HAN|IFT|IMD|LIN|LOC|MEA|MOA|MSG|NAD|PAC|PCI|PIA|PRI|QTY|RFF|RNG|SEL|SGP|STS|TAX|TCC|TDT|TMD|TMP|TOD|TPL|TSR|UNS"
)
_LINE_BREAK = re.compile(r"\r\n?|\n")
_WINDOW = 1 << 16
# As many as the longest segment has room for.
_MAX_ESCAPES = 4000
# UNA and its six characters.
_LONGEST_START = 9
_START = re.compile(r"UNA(?![A-Za-z0-9 ])|UN[BGH][+\x1d]|UN[BH][^A-Za-z0-9\s]")


def open_text(body: bytes) -> OpenText:
    """Finds the first segment; no more is decoded yet than that.  Raises Rejected(NOT_EDIFACT)."""
    if b"\x00" in body:
        raise Rejected(Reason.NOT_EDIFACT, message="The body holds NUL bytes.", fix="Send text; UTF-16 is not taken.")
    blocks = decode_blocks(body)
    held, has_text_before = "", False
    for block in blocks:
        held += block
        found = _START.search(held)
        if found is not None and found.start() + _LONGEST_START <= len(held):
            break
        if found is None:
            # A start may lie across two blocks.
            has_text_before = has_text_before or bool(held[:-_LONGEST_START].strip(BEFORE_A_TAG))
            held = held[-_LONGEST_START:]
    else:
        found = _START.search(held)
    before = held[: found.start()] if found else held
    has_text_before = has_text_before or bool(before.strip(BEFORE_A_TAG))
    if found is not None:
        return _opened(held[found.start() :], blocks, has_text_before=has_text_before)
    raise Rejected(Reason.NOT_EDIFACT, message="" if has_text_before else "The body is empty.")


def _opened(text: str, blocks: Iterator[str], *, has_text_before: bool) -> OpenText:
    if text.startswith("UNA"):
        return OpenText(chain([text[9:]], blocks), _read_una(text[3:9]), has_text_before)
    separators = _LEVEL_B_SEPARATORS if text[3] == "\x1d" else DEFAULT_SEPARATORS
    return OpenText(chain([text], blocks), separators, has_text_before)


def _read_una(characters: str) -> Separators:
    if len(characters) < 6:
        raise Rejected(Reason.TRUNCATED, "UNA")
    component, element, decimal, release, _, terminator = (*characters,)
    separators = Separators(component, element, decimal, release.strip(), terminator)
    telling = [component, element, terminator, *separators.release]
    if len({*telling}) < len(telling) or any(c.isalnum() for c in telling):
        raise Rejected(
            Reason.BAD_VALUE,
            "UNA",
            message=f"UNA{characters} names separators that cannot be told apart.",
            fix="Send UNA:+.? ' or leave UNA out.",
        )
    return separators


def split_text(opened: OpenText) -> Iterator[str]:
    """The pieces between terminators, a block at a time; the rest after the last one comes as `Unterminated`.

    A piece longer than a window is cut off there, and may end at an escaped terminator: it is no segment anyhow,
    whoever reads it refuses it.
    """
    separators = opened.separators
    terminator, release = separators.terminator, separators.release
    held, is_overlong = "", False
    for block in opened.blocks:
        if is_overlong:
            stop = block.find(terminator)
            if stop < 0:
                continue
            yield held
            held, block, is_overlong = "", block[stop + 1 :], False
        held += block
        stop = _last_terminator(held, separators)
        if stop >= 0:
            whole, held = held[:stop], held[stop + 1 :]
            pieces = whole.split(terminator)
            yield from _glue(pieces, separators) if release and release in whole else pieces
        if len(held) > _WINDOW:
            held = held.lstrip(BEFORE_A_TAG)
            is_overlong = len(held) > _WINDOW
            held = held[:_WINDOW]
    if held:
        yield Unterminated(held)


def _last_terminator(text: str, separators: Separators) -> int:
    """The last real terminator, else the first one, -1 where it seems to have none."""
    terminator = separators.terminator
    stop = text.rfind(terminator)
    for _ in range(_MAX_ESCAPES):
        if stop < 0 or not _is_escaped(text, stop, separators.release):
            return stop
        stop = text.rfind(terminator, 0, stop)
    stop = text.find(terminator)
    for _ in range(_MAX_ESCAPES):
        if stop < 0 or not _is_escaped(text, stop, separators.release):
            return stop
        stop = text.find(terminator, stop + 1)
    return -1


def _is_escaped(text: str, at: int, release: str) -> bool:
    if not release:
        return False
    before = at
    while before > 0 and text[before - 1] == release and at - before < _MAX_ESCAPES:
        before -= 1
    return (at - before) % 2 == 1


def _glue(pieces: list[str], separators: Separators) -> Iterator[str]:
    """Pieces cut at an escaped terminator, put together again."""
    held: list[str] = []
    for piece in pieces:
        held.append(piece)
        if not _is_escaped(piece, len(piece), separators.release):
            yield separators.terminator.join(held)
            held.clear()
    if held:
        yield separators.terminator.join(held)


def line_starts(element: str) -> re.Pattern[str]:
    """What a line that begins a segment begins with."""
    return re.compile(rf"(?:{_KNOWN_TAGS}){re.escape(element)}")


def mend_lines(raw: str, starts_with: re.Pattern[str], *, element: str) -> Mended:
    """Puts the lines of a piece together: text before its segment is stray, text after it is its broken rest."""
    # What is longer than a window is no segment, however its lines are put together.
    lines = _LINE_BREAK.split(raw[:_WINDOW])
    starts = [n for n, line in enumerate(lines) if starts_with.match(line.lstrip(BEFORE_A_TAG))]
    if not starts:
        return Mended("".join(lines) if element in raw else "")
    first = lines[starts[0]].strip(BEFORE_A_TAG)
    if len(starts) == 1:
        return Mended("".join([first, *lines[starts[0] + 1 :]]), has_text_before=starts[0] > 0)
    return Mended(first, has_text_before=starts[0] > 0, has_second=True)


def split_segment(raw: str, separators: Separators) -> Segment:
    """The elements of a segment, each a list of its components, escapes undone."""
    if separators.release and separators.release in raw:
        return _split_escaped(raw, separators)
    component = separators.component
    return [
        element.split(component) if component in element else [element] for element in raw.split(separators.element)
    ]


def _split_escaped(raw: str, separators: Separators) -> Segment:
    segment: Segment = [[""]]
    characters = iter(raw)
    for character in characters:
        if character == separators.element:
            segment.append([""])
        elif character == separators.component:
            segment[-1].append("")
        elif character == separators.release:
            segment[-1][-1] += next(characters, "")
        else:
            segment[-1][-1] += character
    return segment


def part(segment: Segment, element: int, component: int = 0) -> str:
    """One component without the spaces around it, or "" where the segment ends before it."""
    if element < len(segment):
        found = segment[element]
        if component < len(found):
            return found[component].strip()
    return ""
