"""The desk of a terminal or yard, where instructions arrive that were in no answer to a message of its own."""

from __future__ import annotations

from datetime import datetime, timedelta

from web.demo.steps import Speak, Story

_EVERY = timedelta(minutes=5)


def desk(keeper: str, *, at: datetime) -> Story:
    """Asks every five minutes what the port wants done."""
    while True:
        yield Speak(at=at, party=keeper, path="/v1/instructions?state=ISSUED", method="GET")
        at += _EVERY
