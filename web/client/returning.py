"""Whether and when to come back after a line has ended: pure but for the chance it is given."""

from __future__ import annotations

from collections.abc import Callable

from web.client.conversation import Parting

FIRST_SECONDS = 0.5
LONGEST_SECONDS = 30.0
STEADY_SECONDS = 10.0
"""A line that lived so long was a good one: the next wait begins small again."""
RIGHTS_ENDED = 4401
_FINAL = range(4500, 5000)
_MOST_DOUBLINGS = 16


class StreamEnded(Exception):
    """The port ended the stream, and coming back will not help."""

    def __init__(self, parting: Parting) -> None:
        super().__init__(f"the port ended the stream: {parting.reason} ({parting.code})")
        self.parting = parting


class Returning:
    """How often in a row it went wrong, and so how long to wait."""

    def __init__(self, chance: Callable[[], float]) -> None:
        self._chance = chance
        self._attempt = 0
        self._has_renewed = False
        self._connected_at: float | None = None

    def connected(self, now: float) -> None:
        """A line is open."""
        self._connected_at = now

    def delay(self, parting: Parting, *, now: float, at_least: float = 0.0) -> float:
        """Seconds to wait: anything up to a limit that doubles, so that a thousand do not come back together.

        Ended rights are tried once more, with a new ticket.  Raises StreamEnded where coming back will not help.
        """
        if self._connected_at is not None and now - self._connected_at >= STEADY_SECONDS:
            self._attempt, self._has_renewed = 0, False
        self._connected_at = None
        if parting.is_final or parting.code in _FINAL:
            raise StreamEnded(parting)
        if parting.code == RIGHTS_ENDED:
            if self._has_renewed:
                raise StreamEnded(parting)
            self._has_renewed = True
        limit = min(LONGEST_SECONDS, FIRST_SECONDS * 2.0 ** min(self._attempt, _MOST_DOUBLINGS))
        self._attempt += 1
        return at_least + self._chance() * limit
