"""What people in offices do all day: the terminals' desks ask for instructions, exporters mail certificates."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from web.demo import cast, messages
from web.demo.numbers import postal_item
from web.demo.schedule import Scenario
from web.demo.steps import Begin, Speak, Story, Wait
from web.demo.telling import Pen

_MINUTE = timedelta(minutes=1)
_EVERY = timedelta(minutes=5)
_LETTER_EVERY = timedelta(minutes=55)
_LOCKERS = ("LOCKER-A1", "LOCKER-A2", "LOCKER-B1")


def desk(keeper: str, *, at: datetime) -> Story:
    """Asks for one terminal or yard every five minutes what the port wants done that was in no answer to a message."""
    while True:
        yield Speak(at=at, party=keeper, path="/v1/instructions?state=ISSUED", method="GET")
        at += _EVERY


def letters(scenario: Scenario, *, at: datetime) -> Story:
    """An exporter's certificate of origin every hour or so."""
    number = 0
    while True:
        at += _LETTER_EVERY
        yield Wait(at)
        yield Begin(at, letter(scenario, number, at=at))
        number += 1


def letter(scenario: Scenario, number: int, *, at: datetime) -> Story:
    """From the application to the recipient's door: signed, in the locker, opened by code, carried, delivered."""
    rng = Random(f"{scenario.seed}/letter/{number}")
    applicant = rng.choice((*cast.FORWARDERS, *(trader.code for trader in cast.TRADERS)))
    item = postal_item("EA", 10_000_000 + scenario.seed * 1009 + number * 17)
    body = messages.certificate(
        f"C26{scenario.start:%m%d%H%M}{number:04d}",
        recipient="Lin Xiaoyu",
        phone="13900000000",
        address="12 Lighthouse Road, Xiamen",
    )
    answer = yield _say(applicant, "", body, at=at, says="applies to have a certificate mailed")
    if answer.mailing_id is None:
        return
    mailing = f"/{answer.mailing_id}"
    at += timedelta(minutes=rng.randrange(10, 30))
    yield _say(cast.CUSTOMS, f"{mailing}/sign", messages.command(), at=at, says="signs the certificate")
    at += 6 * _MINUTE
    place = messages.command(locker=rng.choice(_LOCKERS))
    yield _say(cast.CUSTOMS, f"{mailing}/place", place, at=at, says="puts the certificate in a locker")
    at += timedelta(minutes=rng.randrange(10, 40))
    answer = yield _say(applicant, f"{mailing}/code", messages.command(), at=at, says="asks for the locker's code")
    confirm = messages.command(code=answer.code or "000000")
    at += 3 * _MINUTE
    yield _say(applicant, f"{mailing}/confirm", confirm, at=at, says="opens the locker with the code")
    at += 12 * _MINUTE
    collect = messages.command(itemID=item)
    yield _say(cast.COURIER, f"{mailing}/collect", collect, at=at, says=f"collects the certificate as {item}")
    yield Begin(at, _carried(scenario, number, item, at=at))


def _carried(scenario: Scenario, number: int, item: str, *, at: datetime) -> Story:
    pen = Pen(f"L{scenario.start:%m%d%H%M}{number:03d}")
    for status, place, minutes in (
        ("COLLECTED", "Customs hall", 2),
        ("IN_TRANSIT", "Xiamen sorting centre", 70),
        ("OUT_FOR_DELIVERY", "Lighthouse Road", 150),
        ("DELIVERED", "Lighthouse Road 12", 45),
    ):
        at += minutes * _MINUTE
        body = messages.courier_scan(pen.number(), item, status, at=at, place=place)
        says = f"{status.lower().replace('_', ' ')} {item}"
        yield Speak(at=at, party=cast.COURIER, path="/v1/messages/courier", body=body, says=says)


def _say(party: str, path: str, body: bytes, *, at: datetime, says: str) -> Speak:
    return Speak(at=at, party=party, path=f"/v1/certificates{path}", body=body, says=says)
