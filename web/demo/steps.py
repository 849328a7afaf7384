"""The language between stories and the player: a story yields steps and is sent the answer to each."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Expect(StrEnum):
    """What the story means the port to answer; anything else is a surprise and counted."""

    TAKEN = "TAKEN"
    REFUSED = "REFUSED"
    DUPLICATE = "DUPLICATE"
    NOT_TOO_LATE = "NOT_TOO_LATE"  # taken, unless things have changed since (409)


@dataclass(frozen=True, slots=True)
class Speak:
    """One HTTP request at simulated time `at`, with the key of `party`.

    `says` is its line in the log; `is_minor` keeps the line out unless the answer is a surprise.
    """

    at: datetime
    party: str
    path: str
    body: bytes | None = None
    method: str = "POST"
    content_type: str = "application/json"
    says: str = ""
    expect: Expect = Expect.TAKEN
    container: str = ""
    is_minor: bool = False


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing until `at`; the answer has what the port wants done with `container` by then."""

    at: datetime
    container: str = ""


@dataclass(frozen=True, slots=True)
class Begin:
    """Another story begins at `at` and runs beside this one."""

    at: datetime
    story: Story


@dataclass(frozen=True, slots=True)
class Instruction:
    """What the port told a terminal to do with a box; only who was told it, the `keeper`, may answer for it."""

    keeper: str
    instruction_id: str
    container: str
    route: str
    place: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Result:
    """One line of a receipt."""

    outcome: str
    event_id: str | None = None
    reason: str | None = None
    where: str | None = None
    message: str | None = None
    instruction: Instruction | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision as an officer's list shows it."""

    decision_id: str
    container: str


@dataclass(frozen=True, slots=True)
class View:
    """A container as the asking party sees it."""

    headline: str
    is_ready: bool
    may_load: bool
    blockers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back.

    `standing` is the instruction now in force for the step's container, if there is one; `listed` and `decisions` are
    lists that were asked for; `mailing_id` and `code` are a certificate mailing's; `server_now` is the server's time.
    """

    status: int
    results: tuple[Result, ...] = ()
    is_duplicate: bool = False
    problem: str | None = None
    view: View | None = None
    mailing_id: str | None = None
    code: str | None = None
    listed: tuple[Instruction, ...] = ()
    decisions: tuple[Decided, ...] = ()
    standing: Instruction | None = None
    server_now: datetime | None = None

    @property
    def is_taken(self) -> bool:
        """Whether the port kept what was said (2xx)."""
        return 200 <= self.status < 300

    @property
    def event_id(self) -> str | None:
        """The event id of the first accepted item."""
        return next((r.event_id for r in self.results if r.event_id), None)


Step = Speak | Wait | Begin
Story = Generator[Step, Answer, None]
Scene = Generator[Step, Answer, datetime]
"""A part of a story: it ends with the simulated time at which the next part may begin."""
