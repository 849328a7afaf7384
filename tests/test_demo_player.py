"""The simulated port's clock, player and journal."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from build_demo import START, AnsweringPort, player
from web.demo import answers
from web.demo.clock import ServerClock
from web.demo.journal import Journal
from web.demo.player import ServerGone
from web.demo.steps import Answer, Expect, Instruction, Result, Speak, View


def test_the_clock_goes_on_from_what_the_server_said_and_never_back():
    seconds = [0.0]
    clock = ServerClock(factor=60, monotonic=lambda: seconds[0])
    with pytest.raises(LookupError):
        clock.now()
    clock.hear(START)
    seconds[0] = 2.0
    assert clock.now() == START + timedelta(minutes=2)
    assert clock.seconds_until(START + timedelta(minutes=5)) == 3.0
    clock.hear(START + timedelta(minutes=1))
    assert clock.now() == START + timedelta(minutes=2)
    clock.hear(START + timedelta(minutes=3))
    assert clock.now() == START + timedelta(minutes=3)


def test_a_message_is_sent_again_while_the_server_is_busy():
    replies = [httpx.Response(503), httpx.Response(429), httpx.Response(200, json={"now": "2026-11-21T01:00:00Z"})]
    naps: list[float] = []
    one = player(AnsweringPort())
    one.client = httpx.Client(transport=httpx.MockTransport(lambda request: replies.pop(0)), base_url="http://port")
    one.sleep = naps.append
    one.read_clock()
    assert naps == [0.2, 0.4]


def test_a_server_that_tells_no_time_cannot_be_played_at():
    one = player(AnsweringPort())
    one.client = httpx.Client(
        transport=httpx.MockTransport(lambda request: httpx.Response(200, json={})), base_url="http://port"
    )
    with pytest.raises(ServerGone, match="does not tell the server's time"):
        one.read_clock()


def speak(**changes) -> Speak:
    return replace(Speak(at=START, party="XMHT", path="/v1/messages/gate", says="DISC CSQU3054383"), **changes)


@pytest.mark.parametrize(
    ("step", "answer", "line", "is_surprise"),
    [
        (
            speak(),
            Answer(
                200,
                results=(
                    Result("accepted", instruction=Instruction("XMHT", "i", "CSQU3054383", "SCAN", "XMSC1", "RULE")),
                ),
            ),
            "09:00  XMHT      DISC CSQU3054383  → SCAN at XMSC1 (RULE)",
            False,
        ),
        (
            speak(expect=Expect.REFUSED),
            Answer(422, results=(Result("rejected", reason="BAD_CONTAINER_NUMBER", where="events[0]"),)),
            "09:00  XMHT      DISC CSQU3054383  ✗ BAD_CONTAINER_NUMBER at events[0]",
            False,
        ),
        (
            speak(is_minor=True),
            Answer(403, problem="FOREIGN_FACILITY"),
            "09:00  XMHT      DISC CSQU3054383  ✗ 403 FOREIGN_FACILITY  (unexpected)",
            True,
        ),
        (
            speak(expect=Expect.REFUSED),
            Answer(200, results=(Result("accepted"),)),
            "09:00  XMHT      DISC CSQU3054383",
            True,
        ),
        (
            speak(expect=Expect.DUPLICATE),
            Answer(200, is_duplicate=True),
            "09:00  XMHT      DISC CSQU3054383  = known already",
            False,
        ),
        (
            speak(method="GET", says="looks up CSQU3054383"),
            Answer(200, view=View("Awaiting release", is_ready=False, may_load=False, blockers=("CUSTOMS",))),
            "09:00  XMHT      looks up CSQU3054383  · Awaiting release (CUSTOMS)",
            False,
        ),
        (speak(is_minor=True), Answer(200), None, False),
    ],
)
def test_the_log_says_what_happened_and_what_nobody_meant(step, answer, line, is_surprise):
    lines: list[str] = []
    journal = Journal(lines.append)
    journal.note(step, answer)
    assert lines == ([line] if line else [])
    assert bool(journal.surprises) is is_surprise


def test_an_answer_of_any_shape_can_be_read():
    page = httpx.Response(502, text="<html>bad gateway</html>")
    assert answers.read(page, party="XMHT") == Answer(502, problem="no reason given")
    odd = httpx.Response(200, content=json.dumps({"results": 3, "headline": None, "receivedAt": 5}))
    assert answers.read(odd, party="XMHT") == Answer(200, view=View("", is_ready=False, may_load=False))
