"""Learning by the clock what inspections found, for the profiles that live decisions ask."""

from __future__ import annotations

import time
from functools import partial

from port import finding_following
from port.batch import Work
from port.finding_following import Stretch
from web.port import Port

_POSITIONS = 1_000
_STRETCHES = 50
# Long enough that who waits for an answer does not notice the learning.
_PAUSE_SECONDS = 0.01


def learn_findings(port: Port) -> int:
    """Learn from the next stretches of the log; how many profiles changed.

    Read on the calling thread, with pauses; only what was learnt goes through the Recorder.
    """
    did = 0
    for _ in range(_STRETCHES):
        stretch = port.ask(finding_following.read_stretch, most=_POSITIONS)
        if stretch is None:
            break
        did += len(stretch.counts) if port.recorder.command_and_wait(partial(_keep, stretch)) else 0
        time.sleep(_PAUSE_SECONDS)
    return did


def _keep(stretch: Stretch, work: Work) -> bool:
    return finding_following.keep_stretch(work.connection, stretch)
