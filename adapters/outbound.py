"""The contract between the outbox and those who bring: a parcel in, what came of it out; nothing is raised."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from port.outbox_parcels import Outcome, Parcel, Verdict

__all__ = ["Deliver", "Outcome", "Parcel", "Verdict"]

Deliver = Callable[[Parcel, datetime], Awaitable[Outcome]]
"""Bring one parcel, at this time of the wall's clock.  Whatever goes wrong outside is an Outcome."""
