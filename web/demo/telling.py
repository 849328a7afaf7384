"""How a movement gets told: in the teller's format, and sometimes late, twice, wrong or broken."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from web.demo import cast, edifact, messages
from web.demo.numbers import container_number, wrong_container_number
from web.demo.steps import Answer, Begin, Expect, Speak, Step, Story
from web.demo.world import Mishap, Movement

Telling = Generator[Step, Answer, Answer]

_EDI = "application/edifact"
_DELAY = timedelta(seconds=40)
_LATE = timedelta(minutes=95)


@dataclass(frozen=True, slots=True)
class Amendment:
    """What a telling does to an earlier one: EDIFACT names the document and a function, JSON the event."""

    document: str = ""
    function: str = edifact.ORIGINAL
    supersedes: str | None = None


_NEW = Amendment()


@dataclass(slots=True)
class Pen:
    """Numbers the messages of one story: the tag and a running number, at most fourteen characters."""

    tag: str
    count: int = field(default=0)

    def number(self) -> str:
        """The next message number."""
        self.count += 1
        return f"{self.tag}{self.count:02d}"


def tell(pen: Pen, movement: Movement, *, mishap: Mishap | None = None) -> Telling:
    """Tells the port of a movement and returns the answer that counts; told late, the answer is empty."""
    teller = cast.teller_at(movement.facility)
    match mishap:
        case None:
            return (yield _speak(pen, [movement], teller=teller))
        case Mishap.LATE:
            yield Begin(movement.at + _LATE, _told_late(pen, movement, teller))
            return Answer(status=0)
        case Mishap.REPEATED:
            return (yield from _told_twice(pen, movement, teller))
        case Mishap.CORRECTED:
            return (yield from _corrected(pen, movement, teller))
        case Mishap.WITHDRAWN:
            return (yield from _withdrawn(pen, movement, teller))
        case broken:
            return (yield from _broken(pen, movement, teller, broken))


def tell_together(pen: Pen, movements: Sequence[Movement]) -> Telling:
    """Tells of several movements of one kind at one facility in one message."""
    return (yield _speak(pen, movements, teller=cast.teller_at(movements[0].facility)))


def corroborate(pen: Pen, movement: Movement, *, seal: str | None = None) -> Story:
    """The tally company's own COARRI about the same lift, sometimes with another seal."""
    box = movement.box if seal is None else replace(movement.box, seals=(seal,))
    yield _speak(pen, [replace(movement, box=box)], teller=cast.TALLY, told_at=movement.at + timedelta(minutes=20))


def _speak(
    pen: Pen,
    movements: Sequence[Movement],
    *,
    teller: str,
    told_at: datetime | None = None,
    note: str = "",
    garble: Callable[[bytes], bytes] = bytes,
    expect: Expect = Expect.TAKEN,
    how: Amendment = _NEW,
) -> Speak:
    """One message of one or more movements, garbled if it is to be refused."""
    first = movements[0]
    told_at = told_at or movements[-1].at + _DELAY
    is_edifact = teller in (cast.TALLY, cast.EDIFACT_TERMINAL) and edifact.is_spoken(first)
    number = pen.number()
    if is_edifact:
        body = edifact.interchange(
            number, movements, sender=teller, told_at=told_at, document=how.document, function=how.function
        )
    else:
        is_retracted = how.function == edifact.CANCEL
        body = messages.gate(number, movements, supersedes=how.supersedes, is_retracted=is_retracted)
    boxes = " ".join(movement.box.container_number for movement in movements)
    return Speak(
        at=told_at,
        party=teller,
        path="/v1/messages/edifact" if is_edifact else "/v1/messages/gate",
        body=garble(body),
        content_type=_EDI if is_edifact else "application/json",
        says=" ".join(filter(None, (first.type_code, boxes, _voyage(first), note))),
        expect=expect,
        container=first.box.container_number,
        is_minor=first.type_code == "DROP",
    )


def _voyage(movement: Movement) -> str:
    return f"{movement.vessel.name} {movement.voyage}" if movement.vessel and movement.voyage else ""


def _told_late(pen: Pen, movement: Movement, teller: str) -> Story:
    yield _speak(pen, [movement], teller=teller, told_at=movement.at + _LATE, note="(told late)")


def _told_twice(pen: Pen, movement: Movement, teller: str) -> Telling:
    first = _speak(pen, [movement], teller=teller)
    answer = yield first
    again = replace(first, at=first.at + _DELAY, says=f"{first.says} (the same again)", expect=Expect.DUPLICATE)
    yield again
    return answer


def _corrected(pen: Pen, movement: Movement, teller: str) -> Telling:
    """First for another container of the same owner, or with another seal; then as it was."""
    right = movement.box
    serial = int(right.container_number[4:10])
    another = container_number(right.container_number[:4], serial + 500_000 + 1)
    wrong = replace(right, container_number=another) if serial % 2 else replace(right, seals=("MISREAD0",))
    first = _speak(pen, [replace(movement, box=wrong)], teller=teller, note="(misread)")
    answer = yield first
    corrected_at = first.at + timedelta(minutes=4)
    how = _amending(first, pen, answer, edifact.REPLACE)
    return (yield _speak(pen, [movement], teller=teller, told_at=corrected_at, note="(corrected)", how=how))


def _amending(first: Speak, pen: Pen, answer: Answer, function: str) -> Amendment:
    if first.content_type == _EDI:
        return Amendment(document=f"{pen.tag}{pen.count:02d}", function=function)
    return Amendment(function=function, supersedes=answer.event_id)


def _withdrawn(pen: Pen, movement: Movement, teller: str) -> Telling:
    """Told for a moment when it had not happened, taken back, and told again as it was."""
    too_early = replace(movement, at=movement.at - timedelta(minutes=25))
    first = _speak(pen, [too_early], teller=teller, told_at=movement.at + _DELAY, note="(by mistake)")
    answer = yield first
    how = _amending(first, pen, answer, edifact.CANCEL)
    taken_back = movement.at + timedelta(minutes=2)
    yield _speak(pen, [too_early], teller=teller, told_at=taken_back, note="(withdrawn)", how=how)
    return (yield _speak(pen, [movement], teller=teller, told_at=movement.at + timedelta(minutes=3)))


def _broken(pen: Pen, movement: Movement, teller: str, mishap: Mishap) -> Telling:
    """A message that cannot be taken, and two minutes later the one that was meant."""
    note = f"({mishap.value.lower().replace('_', ' ')})"
    number = movement.box.container_number

    def garble(body: bytes) -> bytes:
        return garbled(body, mishap, container=number)

    yield _speak(pen, [movement], teller=teller, note=note, garble=garble, expect=Expect.REFUSED)
    return (yield _speak(pen, [movement], teller=teller, told_at=movement.at + timedelta(minutes=2)))


def garbled(body: bytes, mishap: Mishap, *, container: str) -> bytes:
    """The body as the fault leaves it."""
    match mishap:
        case Mishap.BAD_CHECK_DIGIT:
            return body.replace(container.encode(), wrong_container_number(container).encode())
        case Mishap.NO_TIME_ZONE:
            return body.replace(b"+08:00", b"")
        case Mishap.UNKNOWN_CODE:
            return body.replace(b'"equipmentEventTypeCode":"', b'"equipmentEventTypeCode":"X-')
        case Mishap.CUT_OFF:
            return body[: body.index(b"EQD+") + 30]
        case Mishap.NOT_JSON:
            return b"<html><body>gate system restarting</body></html>"
        case _:
            return body
