"""Plays the stories: takes each step when the server's clock has reached it, speaks, and hands back the answer."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count

import httpx

from web.demo import answers
from web.demo.clock import ServerClock
from web.demo.journal import Journal
from web.demo.steps import Answer, Begin, Instruction, Speak, Story, Wait

_NAP_SECONDS = 0.25
_TRIES = 6
_BUSY = (429, 503)


class ServerGone(Exception):
    """The server does not answer any more, or not as this server does."""


@dataclass(slots=True)
class Player:
    """One simulated port at work on one server.  `keys` has the key of each party that speaks.

    Steps that are due at the same time are taken in the order in which they were planned, so equal answers make an
    equal run.
    """

    client: httpx.Client
    keys: Mapping[str, str]
    clock: ServerClock
    journal: Journal
    sleep: Callable[[float], None]
    _agenda: list[tuple[datetime, int, Speak | Wait | None, Story]] = field(default_factory=list)
    _order: count[int] = field(default_factory=count)
    _standing: dict[str, Instruction] = field(default_factory=dict)
    _known: set[str] = field(default_factory=set)

    def read_clock(self) -> None:
        """Sets the clock from the server's own time; ServerGone when it tells none."""
        server_now = answers.read(self._request("GET", "/healthz", headers={}, body=None), party="").server_now
        if server_now is None:
            raise ServerGone("/healthz does not tell the server's time (now)")
        self.clock.hear(server_now)

    def begin(self, at: datetime, story: Story) -> None:
        """Lets a story begin at a simulated time."""
        self._plan(at, None, story)

    def play(self, *, is_over: Callable[[], bool]) -> None:
        """Plays until `is_over` or until no story has a step left."""
        while self._agenda and not is_over():
            wait = self.clock.seconds_until(self.next_at)
            if wait > 0:
                self.sleep(min(wait, _NAP_SECONDS))
            else:
                self.play_next()

    @property
    def next_at(self) -> datetime:
        """When the earliest step is due; IndexError when there is none."""
        return self._agenda[0][0]

    def play_next(self) -> None:
        """Takes the earliest step, whatever the time is."""
        _, _, step, story = heapq.heappop(self._agenda)
        match step:
            case None:
                self._advance(story, None)
            case Wait():
                self._advance(story, Answer(status=0, standing=self._standing.get(step.container)))
            case Speak():
                self._advance(story, self._spoken(step))

    def _plan(self, at: datetime, step: Speak | Wait | None, story: Story) -> None:
        heapq.heappush(self._agenda, (at, next(self._order), step, story))

    def _advance(self, story: Story, answer: Answer | None) -> None:
        """Runs a story on to its next step that takes time; what it begins on the way goes on the agenda."""
        try:
            step = next(story) if answer is None else story.send(answer)
            while isinstance(step, Begin):
                self._plan(step.at, None, step.story)
                step = story.send(Answer(status=0))
        except StopIteration:
            return
        self._plan(step.at, step, story)

    def _spoken(self, step: Speak) -> Answer:
        headers = {"Authorization": f"Bearer {self.keys[step.party]}"}
        if step.body is not None:
            headers["Content-Type"] = step.content_type
        answer = answers.read(self._request(step.method, step.path, headers=headers, body=step.body), party=step.party)
        if answer.server_now:
            self.clock.hear(answer.server_now)
        self.journal.note(step, answer)
        return self._with_standing(step, answer)

    def _with_standing(self, step: Speak, answer: Answer) -> Answer:
        """The answer with the instruction now in force for the step's container; new ones are kept for later steps."""
        if answer.standing and step.container:
            self._learn(replace(answer.standing, container=step.container))
        for order in answer.listed:
            if self._learn(order):
                self.journal.instructed(step.at, step.party, order)
        return replace(answer, standing=self._standing.get(step.container))

    def _learn(self, order: Instruction) -> bool:
        if order.instruction_id in self._known:
            return False
        self._known.add(order.instruction_id)
        self._standing[order.container] = order
        return True

    def _request(self, method: str, path: str, *, headers: Mapping[str, str], body: bytes | None) -> httpx.Response:
        """One request, repeated while the server is away or busy: every message may safely be sent again."""
        for attempt in range(_TRIES):
            try:
                response = self.client.request(method, path, headers=dict(headers), content=body)
            except httpx.TransportError:
                self.sleep(0.2 * 2**attempt)
                continue
            if response.status_code not in _BUSY:
                return response
            self.sleep(0.2 * 2**attempt)
        raise ServerGone(f"no answer to {method} {path}")
