"""When a file of the inbox is left alone: while it still changes, and for a while after it could not be taken."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from web.inbox_folder import Found

STUCK_SECONDS = 60


@dataclass(slots=True)
class _Seen:
    signature: tuple[int, ...]
    since: float
    stuck_at: float | None = None


@dataclass(slots=True)
class Patience:
    """What is remembered of each file from look to look; times are those of a stop watch, in seconds."""

    stable_seconds: float
    _seen: dict[tuple[object, ...], _Seen] = field(default_factory=dict)

    def ready(self, listed: Iterable[Found], *, now: float) -> list[Found]:
        """Those that have not changed for the stable time, in the order given; what is gone is forgotten.

        Two looks are compared, as a sender may set a file's own times, and its clock may be wrong.
        """
        seen: dict[tuple[object, ...], _Seen] = {}
        found_ready: list[Found] = []
        for found in listed:
            before = self._seen.get(_key(found))
            if before is None or before.signature != found.signature:
                before = _Seen(found.signature, now)
            seen[_key(found)] = before
            is_stuck = before.stuck_at is not None and now - before.stuck_at < STUCK_SECONDS
            if now - before.since >= self.stable_seconds and not is_stuck:
                found_ready.append(found)
        self._seen = seen
        return found_ready

    def waited(self, found: Found, *, now: float) -> float:
        """For how long it has not changed."""
        seen = self._seen.get(_key(found))
        return 0.0 if seen is None else now - seen.since

    def stick(self, found: Found, *, now: float) -> None:
        """Leave it alone for a minute, or until it changes."""
        self._seen.setdefault(_key(found), _Seen(found.signature, now)).stuck_at = now

    @property
    def stuck(self) -> int:
        """How many could not be taken when they were tried last."""
        return sum(seen.stuck_at is not None for seen in self._seen.values())


def _key(found: Found) -> tuple[object, ...]:
    return (found.place, found.claim, found.name)
