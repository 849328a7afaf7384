"""Certificates of origin by post: applied for, signed, laid in a locker, fetched with a code, carried, delivered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from web.demo import cast, messages
from web.demo.numbers import postal_item
from web.demo.schedule import Scenario
from web.demo.steps import Begin, Expect, Scene, Speak, Story, Wait
from web.demo.telling import Pen

_MINUTE = timedelta(minutes=1)
_EVERY = timedelta(minutes=55)
_MISTYPED_EVERY = 4
_GIVEN_UP_EVERY = 6
_LOCKERS = ("LOCKER-A1", "LOCKER-A2", "LOCKER-B1")
_WAY = (
    ("IN_TRANSIT", "Xiamen sorting centre", 70),
    ("OUT_FOR_DELIVERY", "Lighthouse Road", 150),
    ("DELIVERED", "Lighthouse Road 12", 45),
)


@dataclass(frozen=True, slots=True)
class Letter:
    """One certificate and who wants it where."""

    number: int
    certificate: str
    applicant: str
    item: str
    tag: str

    @property
    def is_given_up(self) -> bool:
        """Whether the applicant changes its mind."""
        return self.number % _GIVEN_UP_EVERY == 2

    @property
    def is_mistyped(self) -> bool:
        """Whether the code is typed wrong the first time."""
        return self.number % _MISTYPED_EVERY == 1


def letters(scenario: Scenario, *, at: datetime) -> Story:
    """An exporter's certificate every hour or so; the first is on its way soon."""
    number = 0
    at += 10 * _MINUTE
    while True:
        yield Wait(at)
        yield Begin(at, _mailed(_letter(scenario, number), Random(f"{scenario.seed}/letter/{number}"), at=at))
        number += 1
        at += _EVERY


def _letter(scenario: Scenario, number: int) -> Letter:
    rng = Random(f"{scenario.seed}/applicant/{number}")
    return Letter(
        number=number,
        certificate=f"C{scenario.start:%y%m%d%H%M}{number:04d}",
        applicant=rng.choice((*cast.FORWARDERS, *(trader.code for trader in cast.TRADERS))),
        item=postal_item("EA", int(scenario.start.timestamp()) // 60 * 31 + number * 17),
        tag=f"L{scenario.start:%m%d%H%M}{number:03d}",
    )


def _mailed(letter: Letter, rng: Random, *, at: datetime) -> Story:
    """From the application to the recipient's door."""
    body = messages.certificate(
        letter.certificate, recipient="Lin Xiaoyu", phone="13900000000", address="12 Lighthouse Road, Xiamen"
    )
    answer = yield _say(letter.applicant, "", body, at=at, says=f"asks to have {letter.certificate} mailed")
    if answer.mailing_id is None:
        return
    mailing = f"/{answer.mailing_id}"
    at += timedelta(minutes=rng.randrange(10, 30))
    if letter.is_given_up:
        yield _say(letter.applicant, f"{mailing}/cancel", at=at, says=f"wants {letter.certificate} no more")
        return
    yield _say(cast.AUTHORITY, f"{mailing}/sign", at=at, says=f"signs {letter.certificate}")
    at += 6 * _MINUTE
    place = messages.command(locker=rng.choice(_LOCKERS))
    yield _say(cast.AUTHORITY, f"{mailing}/place", place, at=at, says=f"lays {letter.certificate} in a locker")
    at = yield from _opened(letter, mailing, at=at + timedelta(minutes=rng.randrange(10, 40)))
    at += 12 * _MINUTE
    item = messages.command(itemID=letter.item)
    yield _say(cast.COURIER, f"{mailing}/collect", item, at=at, says=f"collects {letter.item}")
    yield from _carried(letter, at=at)


def _opened(letter: Letter, mailing: str, *, at: datetime) -> Scene:
    """The applicant asks for the code and opens the locker with it, now and then at the second attempt."""
    answer = yield _say(letter.applicant, f"{mailing}/code", at=at, says="asks for the locker's code")
    code = answer.code or ""
    confirm = f"{mailing}/confirm"
    if letter.is_mistyped:
        wrong = messages.command(code=code[::-1] if code[::-1] != code else "x")
        step = _say(letter.applicant, confirm, wrong, at=at + _MINUTE, says="mistypes the code", expect=Expect.REFUSED)
        yield step
    at += 3 * _MINUTE
    body = messages.command(code=code)
    yield _say(letter.applicant, confirm, body, at=at, says=f"opens the locker of {letter.certificate}")
    return at


def _carried(letter: Letter, *, at: datetime) -> Story:
    pen = Pen(letter.tag)
    for status, place, minutes in _WAY:
        at += minutes * _MINUTE
        body = messages.courier_scan(pen.number(), letter.item, status, at=at, place=place)
        says = f"{letter.item} {status.lower().replace('_', ' ')}"
        yield Speak(at=at, party=cast.COURIER, path="/v1/messages/courier", body=body, says=says)


def _say(
    party: str, path: str, body: bytes = b"{}", *, at: datetime, says: str, expect: Expect = Expect.TAKEN
) -> Speak:
    return Speak(at=at, party=party, path=f"/v1/certificates{path}", body=body, says=says, expect=expect)
