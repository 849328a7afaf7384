"""The whole show: which stories run in a simulated port, put on a player's agenda."""

from __future__ import annotations

from datetime import datetime, timedelta

from web.demo import cast, letters, voyage
from web.demo.desk import desk
from web.demo.journal import Journal
from web.demo.player import Player
from web.demo.schedule import Scenario
from web.demo.steps import Story, Wait

_SUM_EVERY = timedelta(minutes=30)


def begin(player: Player, scenario: Scenario) -> None:
    """Begins the traffic, the desks of terminals and yard, the letters, and a sum in the log every half hour.

    What would have happened before the start comes first and at once: the port is found at work.
    """
    start = scenario.start
    player.begin(voyage.first_word(scenario), voyage.traffic(scenario))
    for keeper in (cast.GATE_TERMINAL, cast.EDIFACT_TERMINAL, cast.INSPECTION_YARD):
        player.begin(start, desk(keeper, at=start))
    player.begin(start, letters.letters(scenario, at=start))
    player.begin(start, _sums(player.journal, at=start))


def _sums(journal: Journal, *, at: datetime) -> Story:
    while True:
        at += _SUM_EVERY
        yield Wait(at)
        journal.sum(at)
