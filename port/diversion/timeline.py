"""Which version of the rules is active when, out of the activations as they were written."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct


class Activation(Struct, frozen=True):
    """From `effective_at` on this version decides, until a later one does; `number` is in the order of writing.

    What takes effect when it is written has `effective_at` = `at`.  `restores` is the activation that a rollback went
    back to, `withdraws` one that was called off before its time.
    """

    number: int
    content_hash: str
    effective_at: datetime
    at: datetime
    restores: int | None = None
    withdraws: int | None = None


class Timeline:
    """All activations of a port, oldest first."""

    def __init__(self, activations: Iterable[Activation]) -> None:
        self.written = tuple(activations)
        due = {one.number: one.effective_at for one in self.written}
        # What has begun cannot be called off, only followed by another.
        off = {one.withdraws for one in self.written if one.withdraws is not None and one.at < due[one.withdraws]}
        standing = [one for one in self.written if one.withdraws is None and one.number not in off]
        self._standing = sorted(standing, key=lambda one: (one.effective_at, one.number))
        self._by_number = {one.number: one for one in self._standing}

    def active(self, now: datetime) -> Activation | None:
        """The one that decides; None where the port was never founded."""
        return max(self._begun(now), key=_order, default=None)

    def scheduled(self, now: datetime) -> list[Activation]:
        """Those still to come, soonest first."""
        return [one for one in self._standing if not _has_begun(one, now)]

    def begun(self, now: datetime) -> list[Activation]:
        """Those that have decided or do, in the order in which they took effect."""
        return self._begun(now)

    def before(self, activation: Activation) -> Activation | None:
        """What a rollback from it goes back to; None from the first.

        A rollback undoes an activation, so from what it restored the way leads further back, never forth again.
        """
        origin = self._by_number.get(activation.restores or activation.number, activation)
        earlier = [one for one in self._standing if _order(one) < _order(origin)]
        found = next((one for one in reversed(earlier) if one.content_hash != activation.content_hash), None)
        return found if found is None or found.restores is None else self._by_number.get(found.restores, found)

    def _begun(self, now: datetime) -> list[Activation]:
        return [one for one in self._standing if _has_begun(one, now)]


def _has_begun(activation: Activation, now: datetime) -> bool:
    # What was to take effect at once has, whatever another node's clock says.
    return activation.effective_at <= now or activation.effective_at <= activation.at


def _order(activation: Activation) -> tuple[datetime, int]:
    return activation.effective_at, activation.number
