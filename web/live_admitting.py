"""Whom the first frame of a stream admits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from port.record import QueueFull, StoreUnavailable
from port.sessions import Admission, NotAdmitted, redeem_ticket
from web.live_frames import Close
from web.port import Port

Redeem = Callable[[str], Awaitable[Admission]]
"""Whom a ticket admits; it is used up.  Raises NotLetIn."""


class NotLetIn(Exception):
    """The first frame opens nothing; the stream is to be closed so."""

    def __init__(self, close: Close, reason: str = "") -> None:
        super().__init__(reason)
        self.close = close
        self.reason = reason


class Tickets:
    """Redeems the tickets of the port's database."""

    def __init__(self, port: Port) -> None:
        self._port = port

    async def redeem(self, ticket: str) -> Admission:
        """Whom the ticket admits.  Raises NotLetIn, with TRY_LATER where it could not be asked."""
        now = self._port.doorkeeper.clock()
        try:
            return await self._port.recorder.command(lambda work: redeem_ticket(work.connection, ticket, now=now))
        except NotAdmitted as error:
            raise NotLetIn(Close.RIGHTS_ENDED, error.reason) from None
        except (QueueFull, StoreUnavailable):
            raise NotLetIn(Close.TRY_LATER) from None
