"""A vessel call from its announcement to its departure, and the endless row of calls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random

from web.demo import cast, messages, papers
from web.demo.inbound import after_discharge, discharged
from web.demo.outbound import gated_in
from web.demo.schedule import Scenario
from web.demo.steps import Begin, Speak, Story, Wait
from web.demo.telling import Pen, tell_together
from web.demo.world import Bill, Consignment, Kind, VesselCall
from web.demo.yard import Stay

_MINUTE = timedelta(minutes=1)
_LEAD = timedelta(hours=4)
_FIRST_BATCH = timedelta(minutes=2)


def first_word(scenario: Scenario) -> datetime:
    """When the first call is announced, hours before the start."""
    return scenario.eta(0) - _LEAD


def traffic(scenario: Scenario) -> Story:
    """Every call, four hours ahead of the ship, for as long as anybody plays."""
    number = 0
    while True:
        at = scenario.eta(number) - _LEAD
        yield Wait(at)
        yield Begin(at, vessel_call(scenario, number))
        number += 1


def vessel_call(scenario: Scenario, number: int) -> Story:
    """One call: announced, its papers in, arrived, worked, sailed."""
    call = scenario.call(number)
    at = call.eta - _LEAD
    pen = Pen(f"{_run_tag(call)}VC")
    stays = {c.tag: _stay(scenario, call, c) for c in (*call.discharges, *call.loads)}
    yield _call_told(
        pen,
        call,
        at=at,
        says=f"expects {call.vessel.name} {call.import_voyage} at {call.eta.astimezone(messages.PORT_ZONE):%H:%M}",
    )
    for direction, consignments in (("IMPORT", call.discharges), ("EXPORT", call.loads)):
        at += 2 * _MINUTE
        yield _manifests(pen, call, consignments, direction=direction, at=at)
    for start, story in _papers_ahead(call, stays, at=at):
        yield Begin(start, story)
    for place, consignment in enumerate(call.loads):
        assert consignment.comes_at is not None
        yield Begin(consignment.comes_at, gated_in(scenario, stays[consignment.tag], place))
    yield Begin(call.discharged_at(0), _discharge(scenario, call, stays))
    for when, what in ((call.ata, "arrived"), (call.atb, "berthed"), (call.atd, "sailed")):
        yield _call_told(pen, call, at=when + 3 * _MINUTE, says=f"{call.vessel.name} {what}, {call.terminal}")


def _run_tag(call: VesselCall) -> str:
    return call.discharges[0].tag[:-2]


def _stay(scenario: Scenario, call: VesselCall, consignment: Consignment) -> Stay:
    rng = Random(f"{scenario.seed}/story/{call.number}/{consignment.tag[-2:]}")
    return Stay(consignment=consignment, call=call, pen=Pen(consignment.tag), rng=rng, facility=call.terminal)


def _discharge(scenario: Scenario, call: VesselCall, stays: dict[str, Stay]) -> Story:
    """The crane goes through its list: mostly box by box, here and there two boxes in one message."""
    place = 0
    while place < len(call.discharges):
        pair = [stays[c.tag] for c in call.discharges[place : place + 2]]
        at = call.discharged_at(place)
        if place % 6 == 2 and len(pair) == 2 and not any(stay.consignment.mishap for stay in pair):
            yield Begin(at, _two_lifts(scenario, pair, at=at))
            place += 2
        else:
            yield Begin(at, discharged(scenario, pair[0], at=at))
            place += 1


def _two_lifts(scenario: Scenario, pair: Sequence[Stay], *, at: datetime) -> Story:
    lifts = [stay.movement("DISC", at + _FIRST_BATCH * place) for place, stay in enumerate(pair)]
    answer = yield from tell_together(pair[0].pen, lifts)
    begins = lifts[-1].at + 2 * _MINUTE
    for place, stay in enumerate(pair):
        order = answer.results[place].instruction if place < len(answer.results) else None
        yield Begin(begins, after_discharge(scenario, stay, order, at=begins))


def _papers_ahead(call: VesselCall, stays: dict[str, Stay], *, at: datetime) -> Iterator[tuple[datetime, Story]]:
    """Declarations and delivery orders that are out before the box is there; a bill of two boxes once."""
    seen: set[str] = set()
    for consignment in (*call.discharges, *call.loads):
        stay = stays[consignment.tag]
        begins = at + stay.minutes(5, 100)
        if consignment.comes_at:
            begins = consignment.comes_at - stay.minutes(50, 100)
        for bill in consignment.bills:
            if bill.reference in seen:
                continue
            seen.add(bill.reference)
            yield begins, papers.ahead(stay.pen, bill, call, rng=stay.rng, at=begins)
            if consignment.kind is Kind.IMPORT and consignment.is_let_go_ahead and bill.master is None:
                yield begins, _let_go_ahead(stay, bill, at=begins + 90 * _MINUTE)


def _let_go_ahead(stay: Stay, bill: Bill, *, at: datetime) -> Story:
    yield papers.let_go(stay.pen, bill, haulier=stay.consignment.haulier, at=at)


def _manifests(
    pen: Pen, call: VesselCall, consignments: Sequence[Consignment], *, direction: str, at: datetime
) -> Speak:
    bills = {bill.reference: bill for consignment in consignments for bill in consignment.bills}
    body = messages.manifests(pen.number(), call, list(bills.values()), direction=direction, issued_at=at)
    says = f"{direction.lower()} manifest of {call.vessel.name}: {len(bills)} bills"
    return Speak(at=at, party=cast.CARRIER, path="/v1/messages/customs", body=body, says=says)


def _call_told(pen: Pen, call: VesselCall, *, at: datetime, says: str) -> Speak:
    body = messages.vessel_call(pen.number(), call, told_at=at)
    return Speak(at=at, party=cast.AGENT, path="/v1/messages/customs", body=body, says=says)
