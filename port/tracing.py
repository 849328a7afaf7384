"""Tracing: a page of the tracks that a party may see, in the order in which they last changed.

A page ends with a cursor, sealed for the party and the question.  What changes while somebody turns the pages comes
again at the end; what does not change comes exactly once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection

from port import access, trails
from port.actor import Actor
from port.cursors import seal_mark, unseal_mark
from port.evidence import Evidence
from port.judging import Judge
from port.tracked_boxes import tracks_of_boxes
from port.tracked_calls import tracks_of_calls
from port.tracks import Track, TracksWanted
from port.trails import Step, Trail

# So many stretches of the trail are read for a page at most: one that finds little is short, and says where to go on.
_MOST_STRETCHES = 4
_EXTRA_STEPS = 40
_FIRST = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Page:
    """Some tracks, and the cursor to go on from; None when there are no more."""

    tracks: tuple[Track, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class _Bookmark:
    """Where a page ended: after everything up to `position`, and after what the next position has up to `event_id`."""

    position: int
    event_id: UUID = _FIRST

    def is_before(self, track: Track) -> bool:
        return (track.position, UUID(track.event_id)) > (self.position + 1, self.event_id)


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked by whom, and where to look for it; nothing changed from `end` on is wanted."""

    actor: Actor
    wanted: TracksWanted
    judge: Judge
    trail: Trail
    end: int | None


def page(
    connection: Connection, actor: Actor, wanted: TracksWanted, *, cursor: str | None, limit: int, judge: Judge
) -> Page:
    """At most `limit` tracks after the cursor.  Raises CursorForeign."""
    seal = _Seal(judge.id_salt, f"{actor.party}\x1f{actor.role}\x1f{wanted.key}")
    bookmark: _Bookmark | None = seal.read(cursor) if cursor else _Bookmark(0)
    if not access.sees_cargo(actor):
        return Page((), None)
    begin, end = trails.positions_heard(connection, wanted.since, wanted.until)
    if bookmark is not None and bookmark.position < begin:
        bookmark = _Bookmark(begin)
    question = _Question(actor, wanted, judge, trails.begin(connection, actor, wanted), end)
    found: list[Track] = []
    for _ in range(_MOST_STRETCHES):
        if bookmark is None or len(found) >= limit:
            break
        fresh, bookmark = _read_on(connection, question, bookmark, limit - len(found))
        found += fresh
    return Page(tuple(found), None if bookmark is None else seal.write(bookmark))


@dataclass(frozen=True, slots=True)
class _Seal:
    """Makes cursors for one party and one question."""

    salt: bytes
    asked: str

    def read(self, cursor: str) -> _Bookmark:
        """Raises CursorForeign."""
        position, mark = unseal_mark(self.salt, self.asked, cursor, length=16)
        return _Bookmark(position, UUID(bytes=mark))

    def write(self, bookmark: _Bookmark) -> str:
        return seal_mark(self.salt, self.asked, bookmark.position, bookmark.event_id.bytes)


def _read_on(
    connection: Connection, question: _Question, start: _Bookmark, limit: int
) -> tuple[list[Track], _Bookmark | None]:
    """What one stretch of the trail holds, and where to go on; None at its very end."""
    evidence = Evidence(connection)
    size = 2 * limit + _EXTRA_STEPS
    stretch = question.trail.stretch(connection, evidence, after=start.position, size=size)
    tracks = _tracks(connection, evidence, question, stretch.steps)
    ready = sorted((t for t in tracks if question.wanted.has(t) and start.is_before(t)), key=_order)
    if len(ready) > limit:
        last = ready[limit - 1]
        return ready[:limit], _Bookmark(last.position - 1, UUID(last.event_id))
    is_past = question.end is not None and stretch.reached >= question.end
    return ready, None if stretch.is_last or is_past else _Bookmark(stretch.reached)


def _order(track: Track) -> tuple[int, UUID]:
    return track.position, UUID(track.event_id)


def _tracks(connection: Connection, evidence: Evidence, question: _Question, steps: Iterable[Step]) -> Iterable[Track]:
    """The tracks that changed last at one of these steps."""
    boxes = {step.subject[2:] for step in steps if step.subject.startswith("c:")}
    ships = {step.subject[2:] for step in steps if step.subject.startswith("v:")}
    actor, judge = question.actor, question.judge
    by_box = tracks_of_boxes(connection, evidence, actor, boxes, judge=judge)
    by_ship = tracks_of_calls(connection, evidence, ships, salt=judge.id_salt)
    told = {f"c:{number}": tracks for number, tracks in by_box.items()}
    told |= {f"v:{alias}": tracks for alias, tracks in by_ship.items()}
    changed = (track for step in steps for track in told.get(step.subject, ()) if track.position == step.position)
    return {track.event_id: track for track in changed}.values()
