"""Tracks of containers, each as one viewer may see it: the fold of the box, cut by the same policy as its timeline.

What several tell of one movement is one track; what corrects it keeps its id; what is taken back is told as such.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqlalchemy import Connection

from events.types import Recorded
from port import register
from port.actor import Actor
from port.evidence import Evidence
from port.filing import applies, leads
from port.judging import Judge
from port.register import Registered
from port.rulesets_active import cut_rules
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
    seen = _seen(connection, actor, numbers)
    gather(evidence, seen)
    rules = cut_rules(connection, judge)
    told = {number: evidence.about(number) for number in seen}
    evidence.calls_for([recorded for facts in told.values() for recorded in facts])
    return {
        number: _tracks(
            number, told[number], evidence, seen[number], viewer=actor.party, rules=rules, salt=judge.id_salt
        )
        for number in seen
    }


def gather(evidence: Evidence, numbers: Iterable[str]) -> None:
    """Read all that `about` will ask of these containers, a round of keys for all of them at once."""
    waiting = {number: {f"c:{number}", f"o:{number}"} for number in numbers}
    followed: dict[str, set[str]] = defaultdict(set)
    while any(waiting.values()):
        evidence.load(sorted(set().union(*waiting.values())))
        for number, keys in waiting.items():
            followed[number] |= keys
            met = [r.fact for key in keys for r in evidence.under(key) if applies(r.fact, number)]
            waiting[number] = {key for fact in met for key in leads(fact)} - followed[number]


class _Seen:
    """What a viewer sees of one box: its visits, and what belongs to none since it was taken back."""

    def __init__(self) -> None:
        self._by_key: dict[str, Sight] = {}
        self._founded_on: dict[str, Sight] = {}
        self._whole: Sight | None = None

    def add(self, row: Registered, sight: Sight, former: Iterable[Registered]) -> None:
        """`former` are the visits that this one answers for; it speaks for what they were founded on."""
        # A visit of which all was taken back is cut no more.
        self._by_key["" if sight.dossier.is_withdrawn else row.visit_key] = sight
        self._founded_on.update((one.founding_event_id, sight) for one in (row, *former))
        if sight.view.capacity in ("customs", "authority"):
            self._whole = sight

    def telling(self, key: str, placed: Placed) -> Telling:
        """`key` is empty for what belongs to no visit."""
        founded = self._founded_on.get(placed.recorded.event_id) if not key else None
        return Telling(placed, founded or self._by_key.get(key) or (self._whole if not key else None))


def _seen(connection: Connection, actor: Actor, numbers: Iterable[str]) -> dict[str, _Seen]:
    """By container; one of which the viewer sees nothing is absent."""
    registered = register.of_containers(connection, numbers)
    by_id = {row.visit_id: row for row in registered}
    former: dict[str, list[Registered]] = defaultdict(list)
    for row in registered:
        former[_survivor(row, by_id)].append(row)
    seen: dict[str, _Seen] = defaultdict(_Seen)
    for row, sight in sights(connection, actor, registered):
        seen[row.container_number].add(row, sight, former[row.visit_id])
    return seen


def _survivor(row: Registered, by_id: Mapping[str, Registered]) -> str:
    """The visit that answers for an id."""
    for _ in by_id:
        if row.alias_of is None or row.alias_of not in by_id:
            break
        row = by_id[row.alias_of]
    return row.visit_id


def _tracks(
    number: str,
    facts: Sequence[Recorded],
    evidence: Evidence,
    seen: _Seen,
    *,
    viewer: str,
    rules: CutRules,
    salt: bytes,
) -> list[Track]:
    folded = fold(number, facts, stays(evidence.calls_for(facts)), rules)
    tellings = [seen.telling(key, placed) for key, placed in _placed(folded)]
    known = Known(facts, tellings, viewer)
    return [*movements(number, tellings, known, salt=salt), *papers(number, tellings, known, salt=salt)]


def _placed(folded: Folded) -> Iterator[tuple[str, Placed]]:
    for visit in folded.visits:
        for placed in visit.events:
            yield visit.visit_key, placed
    for placed in folded.unplaced:
        yield "", placed
