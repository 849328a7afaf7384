"""What a child process of the server does: `python -m web.lab_worker job`, `follow` or `call MODULE:FUNCTION`.

The server never imports this, nor what it imports when it is asked to.
"""

from __future__ import annotations

import os
import resource
import sys
import traceback
from importlib import import_module
from types import TracebackType

NICENESS = 10
# Of a call: enough for any workbook, and an archive that unpacks without end is stopped by it.
_MOST_MEMORY = 2 << 30
_MOST_CPU_SECONDS = 300
MOST_ANSWERED = 64 << 20


def main(arguments: list[str]) -> int:
    """Do what was asked; the exit code."""
    os.nice(NICENESS)
    sys.excepthook = tell_where
    match arguments:
        case ["call", target]:
            return _call(target)
        case [("job" | "follow") as what]:
            return int(getattr(import_module("web.lab_work"), what)(sys.stdin.buffer))
        case _:
            return 2


def tell_where(kind: type[BaseException], _error: BaseException, trace: TracebackType | None) -> None:
    """As sys.excepthook: where it broke and by what kind of error, without its message, which may name what officers
    alone may know; standard error is the server's log."""
    sys.stderr.write("".join(traceback.format_tb(trace)) + f"{kind.__name__}\n")


def _call(target: str) -> int:
    _bound(resource.RLIMIT_AS, _MOST_MEMORY)
    _bound(resource.RLIMIT_CPU, _MOST_CPU_SECONDS)
    module, _, function = target.partition(":")
    answer: bytes = getattr(import_module(module), function)(sys.stdin.buffer.read())
    if len(answer) > MOST_ANSWERED:
        return 1
    sys.stdout.buffer.write(answer)
    return 0


def _bound(what: int, most: int) -> None:
    _, hard = resource.getrlimit(what)
    resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
