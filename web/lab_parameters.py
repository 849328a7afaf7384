"""What a back-test or a simulation is asked for, as it comes in and as its job keeps it."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import AwareDatetime, Field, model_validator

from web.bodies import Body


class BacktestParameters(Body, populate_by_name=True):
    """What to try a version on; `share` inspects that share of all cases instead of what the table says."""

    source: Literal["VISITS", "UPLOAD"]
    upload_id: str | None = Field(default=None, alias="uploadID")
    since: AwareDatetime | None = Field(default=None, alias="from")
    until: AwareDatetime | None = Field(default=None, alias="to")
    against: str | None = None
    share: float | None = Field(default=None, gt=0, le=1)
    random_floor: float = Field(default=0, ge=0, le=1, alias="randomFloor")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if (self.source == "UPLOAD") != (self.upload_id is not None):
            raise ValueError("an uploadID goes with the source UPLOAD, and with no other")
        return self


class SimulationParameters(Body, populate_by_name=True):
    """Which versions to play days at the port with, by their hashes, and the parameters that differ from the usual.

    The days are made up, or one was recorded here between `from` and `to`.
    """

    rulesets: tuple[str, ...] = Field(default=(), max_length=4)
    parameters: dict[str, Any] = Field(default_factory=dict)  # whatever JSON the model knows
    source: Literal["SYNTHETIC", "VISITS"] = "SYNTHETIC"
    since: AwareDatetime | None = Field(default=None, alias="from")
    until: AwareDatetime | None = Field(default=None, alias="to")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.source == "VISITS" and (self.since is None or self.until is None):
            raise ValueError("a recorded day needs from and to")
        return self


class KeptSimulation(SimulationParameters):
    """The same as the job keeps it: all versions, the active one first, and the port's time zone."""

    rulesets: tuple[str, ...] = ()
    zone: str
