"""What the port refuses to do, in words an officer would use; `web` turns each into a status."""

from __future__ import annotations


class PortError(Exception):
    """A command or question that cannot be answered as asked; the message says what, and `fix` how to mend it."""

    fix = ""

    def __init__(self, message: str, *, fix: str = "") -> None:
        super().__init__(message)
        self.fix = fix or self.fix


class NothingThere(PortError):
    """Absent, or not for this caller: the two are never told apart."""


class NotAllowed(PortError):
    """The caller's role may not do this at all."""


class Conflict(PortError):
    """True as things stand now; `current` is what stands instead, for the answer."""

    def __init__(self, message: str, *, fix: str = "", current: object = None) -> None:
        super().__init__(message, fix=fix)
        self.current = current


class BadRequest(PortError):
    """The request itself is wrong; `where` names the part."""

    def __init__(self, message: str, *, where: str = "", fix: str = "", reason: str = "BAD_VALUE") -> None:
        super().__init__(message, fix=fix)
        self.where = where
        self.reason = reason


class IdentityReused(Conflict):
    """The same message id came before with another body."""

    fix = "give the corrected message a new messageID"
