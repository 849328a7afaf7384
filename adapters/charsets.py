"""Charsets: which characters the bytes of a text format are, told by UNB and by what fits."""

from __future__ import annotations

import re
from codecs import getincrementaldecoder
from collections.abc import Iterator

_BLOCK_BYTES = 1 << 16
_SYNTAX = re.compile(rb"UNB[^A-Za-z0-9](UNO[A-Z])")
# ISO 9735 annex: what each level's letter says of the repertoire.
_CHARSETS = {
    b"UNOC": "iso8859-1",
    b"UNOD": "iso8859-2",
    b"UNOE": "iso8859-5",
    b"UNOF": "iso8859-7",
    b"UNOG": "iso8859-3",
    b"UNOH": "iso8859-4",
    b"UNOI": "iso8859-6",
    b"UNOJ": "iso8859-8",
    b"UNOK": "iso8859-9",
}


def decode_text(body: bytes) -> str:
    """The body as text, in the first charset that fits; a byte order mark stays in front of it."""
    return body.decode(charset_of(body))


def decode_blocks(body: bytes) -> Iterator[str]:
    """The same a block at a time, so that text and bytes are not held side by side; "" for the last where it is cut."""
    return _blocks(body, charset_of(body))


def charset_of(body: bytes) -> str:
    """The first charset that fits.

    UTF-8 goes before what UNB names: files that say UNOC and hold UTF-8 are common, and Latin text is hardly ever valid
    UTF-8 by chance.  Where UNB names nothing (UNOA, UNOB, none) Chinese terminals send GB18030.
    """
    if body.isascii():
        return "ascii"
    found = _SYNTAX.search(body[:4096])
    named = _CHARSETS.get(found[1]) if found else None
    for charset in ("utf-8", named or "gb18030"):
        if _fits(body, charset):
            return charset
    return "iso8859-1"


def _fits(body: bytes, charset: str) -> bool:
    try:
        for _ in _blocks(body, charset):
            pass
    except UnicodeDecodeError:
        return False
    return True


def _blocks(body: bytes, charset: str) -> Iterator[str]:
    decoder = getincrementaldecoder(charset)()
    for start in range(0, len(body), _BLOCK_BYTES):
        stop = start + _BLOCK_BYTES
        yield decoder.decode(body[start:stop], final=stop >= len(body))
