"""Evidence: which facts of the log concern a container, however they name it.

A movement names its container; a manifest its containers; a declaration its containers or its bill; a notice its
declaration; a correction the event it corrects.  Facts are filed under short keys and found by following them, a round
at a time, so that a batch of a thousand facts costs a handful of queries.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import Connection

from events import log
from events.types import (
    Event,
    Recorded,
    ReportedDocument,
    VesselCallReported,
)
from port.filing import (
    PAPER_KINDS,
    PAPERS,
    Paper,
    applies,
    call_aliases,
    containers_named,
    declaration_keys,
    document_key,
    event_named,
    keys_of,
    leads,
    vessels_named,
    ways_from,
)

_SELDOM_ASKED = ("u:", "d:")
"""Keys of which only a vessel call or a replaced document asks what is filed there."""
_MOST_FOLLOWED = 200
"""Beyond so many facts what they lead to is read when it is asked for."""


class Evidence:
    """What one batch can see: the log under the keys asked for, and what the batch has added so far.

    Everything read is stable for the batch, since the head row is locked.  `mark` and `undo` take back what a message
    added when its preparation fails.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._under: dict[str, list[Recorded]] = {}
        self._unread: dict[str, list[Recorded]] = {}
        self._known: dict[int, Recorded] = {}
        self._journal: list[tuple[str, Recorded]] = []
        self.new_keys: list[tuple[str, int]] = []

    def load(self, keys: Iterable[str]) -> None:
        """Read what the log holds under the keys not read yet, in one query per five hundred."""
        missing = [key for key in dict.fromkeys(keys) if key not in self._under]
        if not missing:
            return
        for key in missing:
            self._under[key] = []
        for found in log.find_by_keys(self._connection, missing, self._known):
            self._under[found.key].append(found.recorded)
        for key in missing:
            self._under[key] += self._unread.pop(key, ())

    def under(self, key: str) -> Sequence[Recorded]:
        """The facts filed under one key, in log order."""
        if key not in self._under:
            self.load([key])
        return self._under[key]

    def met(self) -> Iterable[Recorded]:
        """Every fact read so far."""
        return self._known.values()

    def preload(self, incoming: Sequence[Recorded]) -> None:
        """Fetch for a whole batch, a round of keys at a time, what `touched_by` and `about` will ask for."""
        papers = [recorded for recorded in incoming if recorded.fact.kind in PAPER_KINDS]
        others = [recorded for recorded in incoming if recorded.fact.kind not in PAPER_KINDS]
        self.load(asked_first(incoming))
        self._preload_around(others, is_paper=False)
        self._preload_around(papers, is_paper=True)

    def _preload_around(self, incoming: Sequence[Recorded], *, is_paper: bool) -> None:
        """What these lead to.  A paper may concern every box it reaches; a movement only its own."""
        own = dict.fromkeys(_asked_first(incoming))
        containers = {c for recorded in incoming for c in containers_named(recorded.fact)}
        reached = [*incoming, *(r for key in own for r in self.under(key))]
        for _ in range(4):
            if is_paper and len(reached) < _MOST_FOLLOWED:
                containers = {c for r in reached for c in containers_named(r.fact)}
            keys = [key for r in reached for key in leads(r.fact)]
            keys += [f"c:{number}" for number in containers]
            keys += [f"v:{alias}" for alias in vessels_named(reached)]
            fresh = [key for key in dict.fromkeys(keys) if key not in self._under]
            if not fresh:
                return
            self.load(fresh)
            reached = [r for key in fresh for r in self._under[key]]

    def add(self, recorded: Recorded) -> None:
        """File a new fact under its keys and under the containers it reaches through a correction."""
        for key in dict.fromkeys(keys_of(recorded)):
            self._file(key, recorded)
        for key, other in self._links(recorded):
            if all(known.position != other.position for known in self.under(key)):
                self._file(key, other)

    def file_away(self, container_number: str, event_ids: frozenset[str], *, is_whole: bool) -> list[log.Move]:
        """What it takes that exactly these of the container's facts are filed away: of all, or of those that are not
        yet."""
        live, old = f"c:{container_number}", f"o:{container_number}"
        moves = [log.Move(live, old, r.position) for r in self.under(live) if r.event_id in event_ids]
        if is_whole:
            moves += [log.Move(old, live, r.position) for r in self.under(old) if r.event_id not in event_ids]
        return moves

    def mark(self) -> int:
        """A point to which `undo` can go back."""
        return len(self._journal)

    def undo(self, mark: int) -> None:
        """Take back everything added since `mark`."""
        while len(self._journal) > mark:
            key, recorded = self._journal.pop()
            (self._under if key in self._under else self._unread)[key].remove(recorded)
            self.new_keys.pop()

    def about(self, container_number: str, *, is_whole: bool = True) -> list[Recorded]:
        """Every fact that concerns the container, in log order; unless `is_whole` without those filed away."""
        seen: dict[int, Recorded] = {}
        keys, followed = [f"c:{container_number}", *([f"o:{container_number}"] if is_whole else [])], set[str]()
        while keys:
            self.load(keys)
            followed.update(keys)
            onward: dict[str, None] = {}
            for key in keys:
                for r in self._under[key]:
                    if r.position not in seen and not _is_of_bill_alone(r, key, container_number):
                        seen[r.position] = r
                        onward.update(dict.fromkeys(leads(r.fact) if applies(r.fact, container_number) else ()))
            keys = [key for key in onward if key not in followed]
        return relevant([seen[position] for position in sorted(seen)], container_number)

    def calls_for(self, facts: Iterable[Recorded]) -> list[Recorded]:
        """The vessel calls that the facts name, and those joined to them by a shared alias."""
        seen: dict[int, Recorded] = {}
        keys, followed = [f"v:{alias}" for alias in vessels_named(facts)], set[str]()
        while keys:
            self.load(keys)
            followed.update(keys)
            fresh = [r for key in keys for r in self._under[key] if r.position not in seen]
            seen.update((r.position, r) for r in fresh)
            # Not by voyage alone: that would lead to every vessel that ever sailed under the number.
            joined = [key for r in fresh for key in keys_of(r) if not key.startswith("v:/")]
            keys = [key for key in dict.fromkeys(joined) if key not in followed]
        return [seen[position] for position in sorted(seen)]

    def touched_by(self, recorded: Recorded) -> list[str]:
        """The containers whose story a new fact may change, sorted; the fact is already added."""
        fact = recorded.fact
        if fact.kind == "vessel_call":
            return []
        if fact.kind in PAPER_KINDS:
            assert isinstance(fact, PAPERS)
            reached = self._reached_from([fact])
            is_narrowed = fact.kind == "notice" and fact.containers
            return sorted(reached.intersection(fact.containers) if is_narrowed else reached)
        own = set(containers_named(fact))
        return sorted(own | {key[2:] for key, _ in self._links(recorded) if key.startswith("c:")})

    def users_of(self, fact: VesselCallReported) -> list[str]:
        """The containers whose facts name this call, sorted: they are cut anew when its aliases change."""
        voyages = set(call_aliases(fact)) | {f"/{alias.split('/')[1]}" for alias in call_aliases(fact)}
        calls = [r.fact for alias in sorted(voyages) for r in self.under(f"v:{alias}")]
        aliases = voyages | {a for call in calls if call.kind == "vessel_call" for a in call_aliases(call)}
        self.load([f"u:{alias}" for alias in aliases])
        uses = [r.fact for alias in aliases for r in self.under(f"u:{alias}")]
        own = {number for use in uses for number in containers_named(use)}
        return sorted(own | self._reached_from([use for use in uses if isinstance(use, PAPERS)]))

    def _reached_from(self, papers: Sequence[Paper]) -> set[str]:
        """The containers that papers may concern: the reverse of `about`.

        From bill to bill and number to number, as long as the papers on the way list no containers: through one that
        does, only those are reached.
        """
        narrowing = [paper for paper in papers if paper.kind == "notice"]
        reached = {c for paper in papers if paper.kind != "notice" for c in paper.containers}
        keys, followed = [key for paper in papers for key in ways_from(paper)], set[str]()
        while keys:
            self.load(keys)
            followed.update(keys)
            met = [r.fact for key in keys for r in self._under[key]]
            reached.update(c for fact in met if fact not in narrowing for c in containers_named(fact))
            onward = (key for fact in met if not containers_named(fact) for key in leads(fact))
            keys = [key for key in dict.fromkeys(onward) if key not in followed]
        return reached

    def _links(self, recorded: Recorded) -> list[tuple[str, Recorded]]:
        """(container key, fact) pairs that a correction or a document replacement adds to the filing."""
        fact = recorded.fact
        if fact.kind != "equipment" and fact.kind != "withdrawal":
            return []
        pairs: list[tuple[str, Recorded]] = []
        if fact.kind == "equipment":
            waiting = self.under(f"e:{recorded.event_id}")
            pairs += [(f"c:{fact.container_number}", r) for r in waiting]
        named = event_named(fact)
        if named:
            pairs += self._correction_links(named, recorded)
        if fact.document is not None:
            pairs += self._document_links(fact.document, recorded)
        return pairs

    def _correction_links(self, named: str, recorded: Recorded) -> list[tuple[str, Recorded]]:
        rivals = [r for r in self.under(f"e:{named}") if r.position != recorded.position]
        originals = [r for r in self._by_id(named) if r.sender == recorded.sender]
        circle = [recorded, *rivals, *originals]
        containers = {c for r in circle for c in containers_named(r.fact)}
        return [(f"c:{number}", r) for number in sorted(containers) for r in circle]

    def _document_links(self, document: ReportedDocument, recorded: Recorded) -> list[tuple[str, Recorded]]:
        key = document_key(document, recorded.sender)
        replacing = self.under(f"r:{key}")
        if not replacing:
            return []
        told = self.under(f"d:{key}")
        containers = {c for r in told for c in containers_named(r.fact)}
        return [(f"c:{number}", r) for number in sorted(containers) for r in replacing]

    def _by_id(self, event_id: str) -> list[Recorded]:
        added = [r for _, r in self._journal if r.event_id == event_id]
        return added[:1] or log.find_by_ids(self._connection, [event_id])

    def _file(self, key: str, recorded: Recorded) -> None:
        # What the log has under the key is read when somebody asks: a vessel's voyage is used by thousands.
        held = self._under.get(key)
        (self._unread.setdefault(key, []) if held is None else held).append(recorded)
        self._journal.append((key, recorded))
        self.new_keys.append((key, recorded.position))


def _asked_first(incoming: Iterable[Recorded]) -> Iterator[str]:
    return (key for recorded in incoming for key in keys_of(recorded) if not key.startswith(_SELDOM_ASKED))


def asked_first(incoming: Sequence[Recorded]) -> list[str]:
    """The keys that `preload` reads at once for these."""
    first = [*_asked_first(incoming)]
    first += [f"e:{recorded.event_id}" for recorded in incoming if recorded.fact.kind == "equipment"]
    return list(dict.fromkeys([*first, *(f"v:{alias}" for alias in vessels_named(incoming))]))


def _is_of_bill_alone(recorded: Recorded, key: str, container_number: str) -> bool:
    """Another container's movement under a bill of both: where that one went says nothing of this one."""
    fact = recorded.fact
    return fact.kind == "equipment" and fact.container_number != container_number and key.startswith("b:")


def relevant(facts: Sequence[Recorded], container_number: str) -> list[Recorded]:
    """Without the documents that never named the container.

    One that names others stays when another telling of the same document named this one: it took the container off.
    """
    if all(applies(r.fact, container_number) for r in facts):
        return list(facts)
    ours = {telling for r in facts if applies(r.fact, container_number) for telling in _tellings_of(r.fact)}
    return [r for r in facts if applies(r.fact, container_number) or not ours.isdisjoint(_tellings_of(r.fact))]


def _tellings_of(fact: Event) -> Sequence[str]:
    """What tellings of one document share."""
    if fact.kind == "manifest":
        return (f"m:{fact.transport_document_reference}",)
    return declaration_keys(fact) if fact.kind == "declaration" else ()
