"""What facts are made of: the frozen struct, directions, vessels and parties as somebody names them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

Aware = Annotated[datetime, Meta(tz=True)]
"""An instant with its offset; a stored fact whose time has none is not read back."""


class Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A frozen part of a fact.

    Types are held by mypy where one is built and by msgspec where one is read; what is told from outside is checked by
    the formats before it becomes a fact.
    """


class Fact(Part, frozen=True, tag_field="kind"):
    """A frozen statement; its `kind` tells it from the others of the union."""


class Direction(StrEnum):
    """Which way a document's cargo crosses the border."""

    IMPORT = "IMPORT"
    EXPORT = "EXPORT"


class VesselRef(Part, frozen=True, kw_only=True):
    """A vessel and voyage as the sender names them; any part may be absent, and an absent part agrees with any."""

    vessel_imo_number: str | None = None
    call_sign: str | None = None
    vessel_name: str | None = None
    voyage: str | None = None


NO_VESSEL = VesselRef()


class PartyRef(Part, frozen=True, kw_only=True):
    """A party as a document names it: code (USCC or local) and, when given, its name."""

    code: str
    name: str | None = None
