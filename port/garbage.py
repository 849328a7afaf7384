"""What a process that has loaded its modules does about Python's garbage collector."""

from __future__ import annotations

import gc

# More than a full batch of the writer holds at once, and a share of a rebuild: what they make is gone before anybody
# looks for circles in it.  There are none; looking cost a third of a rebuild and a fifteenth of an event.
_YOUNG = 250_000


def settle() -> None:
    """What was loaded stays, and is not looked through again; what is made is looked through seldom."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, 50, 1000)
