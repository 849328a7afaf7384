"""Reading an uploaded file of declarations through, to say what is in it.  Only in a child."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import orjson

from adapters.declarations import DeclarationFile, DeclarationsRefused
from adapters.declarations_cells import CellFault


def read_through(body: bytes) -> bytes:
    """JSON: rows, from, to and problems, `isRefused` where the file cannot be read at all."""
    file = DeclarationFile.of_bytes(body)
    try:
        deque(file, maxlen=0)
    except DeclarationsRefused as refused:
        return _told(file, refused.faults, is_refused=True)
    return _told(file, file.faults, is_refused=False)


def _told(file: DeclarationFile, faults: Sequence[CellFault], *, is_refused: bool) -> bytes:
    told = {
        "isRefused": is_refused,
        "rows": file.rows - file.skipped,
        "from": file.first_at and file.first_at.isoformat(),
        "to": file.last_at and file.last_at.isoformat(),
        "problems": [fault.to_json() for fault in faults],
    }
    return orjson.dumps(told)
