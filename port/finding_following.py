"""Following the log: what inspections found goes into the profiles, and where the facts of a live decision come from.

Nothing but the log and a position is needed: what a stretch of the log changes is what the declarations it speaks of
teach with it, less what they taught before.  So a result that is told twice is learnt once, and one that is corrected,
or whose declaration is lodged anew, is learnt as it stands then.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select

from events import log
from events.statements import AMONG, Statement
from events.types import CustomsNotice, DeclarationLodged, Recorded
from port.diversion.profiles import KINDS, ProfileKind, Profiles, Tally
from port.filing import declaration_keys
from port.finding import FINDINGS
from port.finding_outcomes import declarations_of, facts_under, learn
from port.stretches import advance, find_between, position_of

_FOLLOWER = 1
_PAPERS = (DeclarationLodged.kind, CustomsNotice.kind)
_GENERAL = ""
"""The kind of the one row that counts all inspections; its key tells by which kinds the others were counted."""
_KINDS = ", ".join(f"'{name}'" for name in (_GENERAL, *(kind.name for kind in KINDS)))
_ASKED = Statement(
    f'SELECT kind, "key", inspections, finds FROM finding_profile WHERE kind IN ({_KINDS}) AND "key" {AMONG}'
)

# For all profiles at once, and in no time: live ingest waits for it.
_PUT = Statement(
    'INSERT INTO finding_profile (kind, "key", inspections, finds) VALUES (?, ?, 0, 0) ON CONFLICT DO NOTHING'
)
_ADD = Statement(
    'UPDATE finding_profile SET inspections = inspections + ?, finds = finds + ? WHERE kind = ? AND "key" = ?'
)
_CLEAR = Statement('DELETE FROM finding_profile WHERE kind = ? AND "key" = ? AND inspections = 0')

Counted = Mapping[tuple[str, str], Tally]


@dataclass(frozen=True, slots=True)
class Stretch:
    """What the log up to a position changes, for profiles that stood at `before`; `counts` are to be added."""

    before: int
    upto: int
    counts: Mapping[tuple[str, str], tuple[int, int]]
    starts_anew: bool = False


def read_stretch(connection: Connection, *, most: int) -> Stretch | None:
    """The next stretch of the log, at most so many positions long; None when all of it is learnt.

    Profiles that were counted by other kinds than this program's are counted from the beginning.
    """
    at = position_of(connection, _FOLLOWER)
    starts_anew = at > 0 and not _is_counted_alike(connection)
    after = 0 if starts_anew else at
    upto = min(after + most, log.head(connection)[0])
    if upto <= after:
        return None
    facts = facts_under(connection, _keys_of(find_between(connection, after, upto, kinds=_PAPERS)), upto=upto)
    before = learn(declarations_of([recorded for recorded in facts if recorded.position <= after]).values())
    now = learn(declarations_of(facts).values())
    return Stretch(at, upto, _difference(before, now), starts_anew)


def keep_stretch(connection: Connection, stretch: Stretch) -> bool:
    """Add a stretch to the profiles; False when another process has gone on from there meanwhile."""
    if not advance(connection, _FOLLOWER, before=stretch.before, upto=stretch.upto):
        return False
    if stretch.starts_anew:
        connection.execute(delete(FINDINGS))
    counts = {(_GENERAL, fingerprint()): (0, 0), **stretch.counts}
    _PUT.run_for_each(connection, [(kind, key) for kind, key in counts])
    _ADD.run_for_each(connection, [(more, found, kind, key) for (kind, key), (more, found) in counts.items()])
    less = [(kind, key) for (kind, key), (more, _) in counts.items() if more < 0 and kind != _GENERAL]
    _CLEAR.run_for_each(connection, less)
    return True


def load_profiles(connection: Connection, keys: Iterable[str]) -> Profiles:
    """The profiles under these keys and the general one, in one query; others seem never inspected."""
    general, tallies = Tally(), list[tuple[str, str, Tally]]()
    for kind, key, inspections, finds in _ASKED.rows(connection, sorted({*keys, fingerprint()})):
        if kind == _GENERAL:
            general = Tally(inspections, finds)
        else:
            tallies.append((kind, key, Tally(inspections, finds)))
    return Profiles.restored(general, tallies)


def fingerprint(kinds: Sequence[ProfileKind] = KINDS) -> str:
    """What tells these kinds of counting from others."""
    told = "\n".join(f"{kind.name} {kind.level} {kind.parts}" for kind in kinds)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _is_counted_alike(connection: Connection) -> bool:
    found = connection.scalar(select(FINDINGS.c.key).where(FINDINGS.c.kind == _GENERAL))
    return found == fingerprint()


def _keys_of(papers: Iterable[Recorded]) -> set[str]:
    return {
        key
        for recorded in papers
        if isinstance(recorded.fact, DeclarationLodged | CustomsNotice)
        for key in declaration_keys(recorded.fact)
    }


def _difference(before: Profiles, now: Profiles) -> dict[tuple[str, str], tuple[int, int]]:
    was, became = _counted(before), _counted(now)
    changed = {}
    for name in was.keys() | became.keys():
        old, new = was.get(name, Tally()), became.get(name, Tally())
        if old != new:
            changed[name] = (new.inspections - old.inspections, new.finds - old.finds)
    return changed


def _counted(profiles: Profiles) -> Counted:
    counted = {(kind, key): tally for kind, key, tally in profiles.tallies()}
    return counted | {(_GENERAL, fingerprint(profiles.kinds)): profiles.general}
