"""One clock with the server: its own time, as it last told us, carried on at the agreed factor."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta


class ServerClock:
    """Follows the server's time from its answers; two clocks that only started alike would drift apart.

    What it says is never ahead of the server: an answer's time was read before the answer came.
    """

    def __init__(self, *, factor: float, monotonic: Callable[[], float]) -> None:
        self._factor = factor
        self._monotonic = monotonic
        self._heard: datetime | None = None
        self._heard_at = 0.0

    def hear(self, server_now: datetime) -> None:
        """Takes the server's time from an answer that came just now; one that would set the clock back is ignored."""
        if self._heard is None or server_now > self.now():
            self._heard, self._heard_at = server_now, self._monotonic()

    def now(self) -> datetime:
        """The simulated time; LookupError before the server has said anything."""
        if self._heard is None:
            raise LookupError("the server has not told its time yet")
        return self._heard + timedelta(seconds=(self._monotonic() - self._heard_at) * self._factor)

    def seconds_until(self, at: datetime) -> float:
        """Real seconds until the simulated time `at`; negative when it is past."""
        return (at - self.now()).total_seconds() / self._factor
