"""Boxes that go by sea: through the gate, cleared, loaded, or left behind for the next ship."""

from __future__ import annotations

from datetime import datetime, timedelta

from web.demo import cast, clearing, messages, yard
from web.demo.inbound import look
from web.demo.schedule import CALLS_PER_ROUND, Scenario
from web.demo.steps import Begin, Scene, Speak, Story
from web.demo.telling import corroborate, tell
from web.demo.world import Kind, VesselCall
from web.demo.yard import Stay

_MINUTE = timedelta(minutes=1)
_ROLLS = 3  # ships a box is left behind by before nobody asks any more


def gated_in(scenario: Scenario, stay: Stay, place: int) -> Story:
    """From the gate to the ship; `place` is the box's turn on the load list."""
    at = stay.consignment.comes_at
    assert at is not None
    answer = yield from tell(stay.pen, stay.movement("GTIN", at, position="GATE 3"), mishap=stay.consignment.mishap)
    at += (2 if stay.consignment.mishap is None else 6) * _MINUTE
    if stay.consignment.kind is Kind.EMPTY_OUT:
        yield from yard.follow(stay, None, at=at)
        yield from _loaded(stay, at=stay.call.loaded_at(place))
        return
    at = yield from yard.follow(stay, answer.standing, at=at)
    at = yield from clearing.arrival_reported(stay, at=at)
    at = yield from clearing.cleared(stay, at=at)
    if stay.is_at_site:
        at = yield from yard.back_to_terminal(stay, at=at + stay.minutes(5, 20))
    yield from _shipped(scenario, stay, place, at=at)


def _shipped(scenario: Scenario, stay: Stay, place: int, *, at: datetime) -> Story:
    """Loaded when its turn comes and the port says that it may; if not, the carrier books it on its next call."""
    is_rolled = stay.consignment.is_rolled
    for _ in range(_ROLLS):
        turn = stay.call.loaded_at(place)
        if turn > at and not is_rolled:
            answer = yield look(stay.call.terminal, stay.container, at=turn - 2 * _MINUTE)
            if answer.view and answer.view.may_load:
                yield from _loaded(stay, at=turn)
                return
        at = max(at, turn)
        is_rolled = False
        at = yield from _rolled(stay, scenario.call(stay.call.number + CALLS_PER_ROUND), at=at)


def _rolled(stay: Stay, onto: VesselCall, *, at: datetime) -> Scene:
    """The same bill on the carrier's next call."""
    stay.call = onto
    at += 10 * _MINUTE
    body = messages.manifests(stay.pen.number(), onto, stay.consignment.bills, direction="EXPORT", issued_at=at)
    says = f"rolls {stay.container} to {onto.vessel.name} {onto.export_voyage}"
    yield Speak(at=at, party=cast.CARRIER, path="/v1/messages/customs", body=body, says=says)
    return at


def _loaded(stay: Stay, *, at: datetime) -> Story:
    lift = stay.movement("LOAD", at)
    yield from tell(stay.pen, lift)
    if stay.rng.random() < 0.3:
        yield Begin(at + 20 * _MINUTE, corroborate(stay.pen, lift))
