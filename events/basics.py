"""What facts are made of: the frozen model, directions, vessels and parties as somebody names them."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Fact(BaseModel):
    """A frozen statement; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Direction(StrEnum):
    """Which way a document's cargo crosses the border."""

    IMPORT = "IMPORT"
    EXPORT = "EXPORT"


class VesselRef(Fact):
    """A vessel and voyage as the sender names them; any part may be absent, and an absent part agrees with any."""

    vessel_imo_number: str | None = None
    call_sign: str | None = None
    vessel_name: str | None = None
    voyage: str | None = None


class PartyRef(Fact):
    """A party as a document names it: code (USCC or local) and, when given, its name."""

    code: str
    name: str | None = None
