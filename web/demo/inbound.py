"""Boxes that come by sea: import boxes from the crane to the consignee, empties, transhipments and restows."""

from __future__ import annotations

import json
from collections.abc import Generator
from datetime import datetime, timedelta

from web.demo import cast, clearing, papers, yard
from web.demo.schedule import CALLS_PER_ROUND, Scenario
from web.demo.steps import Answer, Begin, Instruction, Scene, Speak, Step, Story
from web.demo.telling import corroborate, tell
from web.demo.world import Kind, Path
from web.demo.yard import Stay

_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_LOOKS = 8


def discharged(scenario: Scenario, stay: Stay, *, at: datetime) -> Story:
    """The crane sets the box down and the terminal tells the port; what the answer says is done."""
    lift = stay.movement("DISC", at)
    answer = yield from tell(stay.pen, lift, mishap=stay.consignment.mishap)
    if stay.rng.random() < 0.4:
        seal = "TALLY77" if stay.rng.random() < 0.15 else None
        yield Begin(at + 20 * _MINUTE, corroborate(stay.pen, lift, seal=seal))
    at += (2 if stay.consignment.mishap is None else 6) * _MINUTE
    yield Begin(at, after_discharge(scenario, stay, answer.standing, at=at))


def after_discharge(scenario: Scenario, stay: Stay, order: Instruction | None, *, at: datetime) -> Story:
    """The rest of the way of a box that is off the ship."""
    match stay.consignment.kind:
        case Kind.IMPORT:
            yield from _import(stay, order, at=at)
        case Kind.EMPTY_IN:
            yield from _empty(stay, at=at)
        case Kind.RESTOW:
            yield from _restow(stay)
        case _:
            yield from _transshipment(scenario, stay, at=at)


def _import(stay: Stay, order: Instruction | None, *, at: datetime) -> Story:
    at = yield from yard.follow(stay, order, at=at)
    if stay.consignment.leaves_unreleased and not stay.is_at_site:
        yield from tell(stay.pen, stay.movement("GTOT", at + stay.minutes(5, 12)))
        yield from clearing.cleared(stay, at=at + stay.minutes(30, 60))
        return
    at = yield from clearing.cleared(stay, at=at)
    if stay.is_at_site:
        at = yield from yard.back_to_terminal(stay, at=at + stay.minutes(5, 30))
    at = yield from _let_go(stay, at=at)
    at, is_ready = yield from _awaited(stay, at=at)
    if is_ready:
        yield from _fetched(stay, at=at + stay.minutes(8, 45))


def _fetched(stay: Stay, *, at: datetime) -> Story:
    """Out of the gate on the haulier's lorry; the consignee reads how it went, and may send the box back empty."""
    yield from tell(stay.pen, stay.movement("GTOT", at))
    reader = stay.consignment.bills[-1].trader.code
    yield look(reader, stay.container, at=at + 5 * _MINUTE, part="/timeline")
    for bill in stay.declared_bills:
        if bill.declaration and bill.declaration.path is Path.DESTINATION:
            yield from clearing.at_destination(stay, bill, at=at + 5 * _HOUR)
    if stay.consignment.is_returned:
        yield from returned_empty(stay, at=at + 3 * _HOUR)


def _let_go(stay: Stay, *, at: datetime) -> Scene:
    """The delivery order, where the carrier has not given it before the ship came."""
    first = stay.consignment.bills[0]
    if stay.consignment.is_let_go_ahead or first.containers[0] != stay.container:
        return at
    at += stay.minutes(2, 40)
    yield papers.let_go(stay.pen, first, haulier=stay.consignment.haulier, at=at)
    return at


def _awaited(stay: Stay, *, at: datetime) -> Generator[Step, Answer, tuple[datetime, bool]]:
    """The forwarder watches until the box may be fetched; most of an afternoon, then it is left to another day."""
    bill = stay.consignment.bills[0]
    yield _watch(bill.forwarder, stay.container, at=at)
    is_ready = False
    for _ in range(_LOOKS):
        at += 4 * _MINUTE
        answer = yield look(bill.forwarder, stay.container, at=at)
        is_ready = bool(answer.view and answer.view.is_ready)
        if is_ready:
            break
        at += 25 * _MINUTE
    yield Begin(at + _HOUR, _unwatched(bill.forwarder, stay.container, at=at + _HOUR))
    return at, is_ready


def _watch(party: str, container: str, *, at: datetime) -> Speak:
    """On the party's watch list, which its page shows live, and whose news are told as it chose."""
    body = json.dumps({"containers": [container]}).encode()
    says = f"watches {container}"
    return Speak(at=at, party=party, path="/v1/watchlist", body=body, says=says, container=container, is_minor=True)


def _unwatched(party: str, container: str, *, at: datetime) -> Story:
    path, says = f"/v1/watchlist/{container}", f"no longer watches {container}"
    yield Speak(at=at, party=party, path=path, method="DELETE", says=says, container=container, is_minor=True)


def returned_empty(stay: Stay, *, at: datetime) -> Story:
    """The box comes back to the depot empty and goes out again to be stuffed."""
    empty = stay.emptied(at_facility=cast.DEPOT)
    yield from tell(empty.pen, empty.movement("GTIN", at))
    at += empty.minutes(40, 90)
    yield from tell(empty.pen, empty.movement("GTOT", at))


def look(party: str, container: str, *, at: datetime, part: str = "") -> Speak:
    """The party's own view of the container, or of a part of it."""
    path = f"/v1/containers/{container}{part}"
    says = f"looks up {container}{part}"
    return Speak(at=at, party=party, path=path, method="GET", says=says, container=container, is_minor=True)


def _empty(stay: Stay, *, at: datetime) -> Story:
    at = yield from yard.follow(stay, None, at=at)
    at += 4 * _HOUR + stay.minutes(0, 90)
    yield from tell(stay.pen, stay.movement("GTOT", at))
    stay.facility = cast.DEPOT
    yield from tell(stay.pen, stay.movement("GTIN", at + stay.minutes(15, 30)))


def _restow(stay: Stay) -> Story:
    """Off to reach what lies beneath, and on again before the ship sails."""
    at = stay.call.discharged_at(len(stay.call.discharges)) + stay.minutes(2, 12)
    yield from tell(stay.pen, stay.movement("LOAD", at))


def _transshipment(scenario: Scenario, stay: Stay, *, at: datetime) -> Story:
    yield from yard.follow(stay, None, at=at)
    stay.call = scenario.call(stay.call.number + CALLS_PER_ROUND)
    yield from tell(stay.pen, stay.movement("LOAD", stay.call.atd - stay.minutes(32, 38)))
