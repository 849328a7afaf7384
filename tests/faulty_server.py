"""The server with faults put in: `python faulty_server.py FAULT… serve …` is `digital-port serve …` that misbehaves so.

unsynced     SQLite does not sync its commits, PostgreSQL answers before it has
forgetful    a repeat is not known for one
poison=FILE  while FILE is there, a message from the lorry POISON cannot be prepared, one from BITTER cannot be saved
slow=SECONDS each batch takes that much longer; slow=SECONDS,FILE only while FILE is there

Everything else is the server as it is: what a test proves of it, it proves of the real one.
"""

from __future__ import annotations

import itertools
import sys
import time
import weakref
from collections.abc import Callable
from pathlib import Path

# As `python -m` has it: the source beside these tests.
sys.path[0] = str(Path(__file__).parent.parent)

import port.engines  # noqa: E402
from adapters import intake  # noqa: E402
from port.batch import Batch  # noqa: E402
from web.cli import main  # noqa: E402


def unsynced() -> None:
    port.engines._SQLITE["synchronous"] = "NORMAL"
    port.engines._NEVER_UNSYNCED = "SELECT set_config('synchronous_commit', 'off', false)"


def forgetful() -> None:
    whole, count = intake.identity, itertools.count()
    intake.identity = lambda format, body, named: f"{whole(format, body, named)}#{next(count)}"


def poison(file: str) -> None:
    append, finish = Batch.append, Batch.finish
    bitter = weakref.WeakSet()

    def choke(self: Batch, fact, *rest, **more):
        plate = getattr(fact, "truck_plate", "") if Path(file).exists() else ""
        if plate == "POISON":
            raise ZeroDivisionError
        if plate == "BITTER":
            bitter.add(self)
        return append(self, fact, *rest, **more)

    def choke_late(self: Batch):
        if self in bitter:
            raise ZeroDivisionError
        return finish(self)

    Batch.append, Batch.finish = choke, choke_late


def slow(told: str) -> None:
    finish = Batch.finish
    seconds, _, file = told.partition(",")

    def linger(self: Batch):
        if not file or Path(file).exists():
            time.sleep(float(seconds))
        return finish(self)

    Batch.finish = linger


FAULTS: dict[str, Callable[..., None]] = {
    "unsynced": unsynced,
    "forgetful": forgetful,
    "poison": poison,
    "slow": slow,
}

if __name__ == "__main__":
    faults = list(itertools.takewhile(lambda word: word != "serve", sys.argv[1:]))
    for fault in faults:
        name, _, value = fault.partition("=")
        FAULTS[name](*filter(None, [value]))
    sys.argv[1:] = sys.argv[1 + len(faults) :]
    main()
