"""Tracks of containers, each as one viewer may see it: the fold of the box, cut by the same policy as its timeline.

What several tell of one movement is one track; what corrects it keeps its id; what is taken back is told as such.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqlalchemy import Connection

from events.types import Recorded
from port.actor import Actor
from port.evidence import Evidence
from port.filing import applies, leads
from port.judging import Judge
from port.parties import customs_facilities
from port.register import Registered
from port.sighting import Known, Sight, Telling, sights
from port.tracked_movements import movements
from port.tracked_papers import papers
from port.tracks import Track
from port.vessel import stays
from port.visit import CutRules, Folded, Placed, fold


def tracks_of_boxes(
    connection: Connection, evidence: Evidence, actor: Actor, numbers: Iterable[str], *, judge: Judge
) -> dict[str, list[Track]]:
    """By container, every track the viewer may see, in no order; a box that is none of its business is absent."""
    seen = _by_box(sights(connection, actor, numbers))
    gather(evidence, seen)
    rules = judge.rules_with(customs_facilities(connection))
    told = {number: evidence.about(number) for number in seen}
    evidence.calls_for([recorded for facts in told.values() for recorded in facts])
    return {
        number: _tracks(number, told[number], evidence, seen[number], rules=rules, salt=judge.id_salt)
        for number in seen
    }


def gather(evidence: Evidence, numbers: Iterable[str]) -> None:
    """Read all that `about` will ask of these containers, a round of keys for all of them at once."""
    waiting = {number: {f"c:{number}"} for number in numbers}
    followed: dict[str, set[str]] = defaultdict(set)
    while any(waiting.values()):
        evidence.load(sorted(set().union(*waiting.values())))
        for number, keys in waiting.items():
            followed[number] |= keys
            met = [r.fact for key in keys for r in evidence.under(key) if applies(r.fact, number)]
            waiting[number] = {key for fact in met for key in leads(fact)} - followed[number]


def _by_box(found: Iterable[tuple[Registered, Sight]]) -> dict[str, dict[str, Sight]]:
    """By container and visit key.  A visit whose only movement was taken back is cut no more: its place is among what
    belongs to none."""
    by_box: dict[str, dict[str, Sight]] = defaultdict(dict)
    for row, sight in found:
        by_box[row.container_number]["" if sight.dossier.is_withdrawn else row.visit_key] = sight
    return by_box


def _tracks(
    number: str,
    facts: Sequence[Recorded],
    evidence: Evidence,
    seen: Mapping[str, Sight],
    *,
    rules: CutRules,
    salt: bytes,
) -> list[Track]:
    folded = fold(number, facts, stays(evidence.calls_for(facts)), rules)
    tellings = [Telling(placed, seen.get(key)) for key, placed in _placed(folded)]
    known = Known(facts)
    return [*movements(number, tellings, known, salt=salt), *papers(number, tellings, known, salt=salt)]


def _placed(folded: Folded) -> Iterator[tuple[str, Placed]]:
    for visit in folded.visits:
        for placed in visit.events:
            yield visit.visit_key, placed
    for placed in folded.unplaced:
        yield "", placed
