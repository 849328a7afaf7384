"""What the keys of the live stream stand for, and what an actor sees under one of them at one commit."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from functools import lru_cache

import orjson
from sqlalchemy import Connection

from events import identifiers
from events.identifiers import IdentifierInvalid
from port import access, calls, dossier, kept, projecting, register, searching, views
from port.actor import Actor
from port.errors import BadRequest, NotAllowed, NothingThere
from port.orders import Instruction, instruction_from_json
from port.register import KeyChange
from port.views import Seen
from web import wire

_SNAPSHOT_ROWS = 1000
_ALWAYS_THERE = frozenset({"customs", "authority"})
_ALIKE = "all"
_HIDDEN_CAUSE = "UPDATED"
# A version's text never changes, and is looked at once per follower.
_record = lru_cache(maxsize=64)(dossier.from_json)


@dataclass(frozen=True, slots=True)
class Retold:
    """A kept version as a viewer may see it now; `event_id` and `type` are its cause, if the viewer may know it."""

    data: wire.Wire
    event_id: str | None
    type: str

    def shows_as(self, other: Retold) -> bool:
        """Whether a viewer could not tell the two apart, but for the version."""
        return self.data | {"version": 0} == other.data | {"version": 0}


Rows = Callable[[Connection, str, int, int], list[KeyChange]]
"""The versions of a key after one, oldest first, at most so many."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What an actor sees under a key at one commit.  Equal sights share every frame.

    `feed_key` is the key whose versions count ("" when nothing is there yet); `epoch` names this history under this
    grant; `lens` is whatever else the projection depends on.  `show` gives the whole, `retell` one kept version, `rows`
    the versions after one, oldest first and at most so many; all only within the reading they come of.  `was_seen` says
    whether this actor saw a version under the grant of now: equal sights may differ in that.
    `surely_differ` may know without retelling two versions that they show different things; False says nothing.
    """

    feed_key: str
    version: int
    epoch: str
    lens: Hashable
    show: Callable[[], wire.Wire] = field(compare=False)
    retell: Callable[[KeyChange], Retold] = field(compare=False)
    rows: Rows = field(compare=False, default=register.changes_after)
    was_seen: Callable[[KeyChange], bool] = field(compare=False, default=lambda _change: True)
    surely_differ: Callable[[KeyChange, KeyChange], bool] = field(compare=False, default=lambda _one, _other: False)


Show = Callable[[Connection, Actor, str], wire.Wire]
"""What an actor may see under a name now; raises as `Find`."""
Retell = Callable[[Actor, str], wire.Wire]
"""What of a kept record an actor may see, in the same shape."""
Grant = Callable[[Actor], str]
"""In which capacity an actor sees a kind of key."""
Find = Callable[[Connection, Actor, str], Sight]
"""What an actor sees under the name behind a kind of key.

Raises NothingThere for absent and foreign alike, NotAllowed where the role says it all, BadRequest for no name at all.
"""


class LiveKeys:
    """The kinds of keys, each with how to find what it stands for.  `add` makes one more kind known."""

    def __init__(self, database_id: str) -> None:
        self._database_id = database_id
        self._kinds: dict[str, Find] = {
            "container": self._container,
            "vessel-call": self._vessel_call,
            "instructions": self._instructions,
            "officers": self._officers,
        }

    def teach(self, kind: str, find: Find) -> None:
        """Answer for keys of this kind from now on."""
        self._kinds[kind] = find

    def add(self, kind: str, *, show: Show, retell: Retell, grant: Grant) -> None:
        """Tell of `kind:<name>` from now on; its versions are those announced under the key itself.

        `grant` names in which capacity an actor sees them: another grant is another epoch.
        """

        def find(connection: Connection, actor: Actor, name: str) -> Sight:
            data = show(connection, actor, name)

            def tell(change: KeyChange) -> Retold:
                return Retold(retell(actor, change.record), change.event_id, change.type)

            feed_key, capacity = f"{kind}:{name}", grant(actor)
            return self._of_key(connection, feed_key, show=lambda: data, retell=tell, lens=actor, grant=capacity)

        self._kinds[kind] = find

    def find(self, connection: Connection, actor: Actor, key: str) -> Sight:
        """What the actor sees under the key; raises as `Find`."""
        kind, colon, name = key.partition(":")
        find = self._kinds.get(kind)
        # Nothing is ever announced under "officers:", so nobody may wait for it.
        if find is None or (colon and not name):
            kinds = ", ".join(sorted(self._kinds))
            raise BadRequest(
                f"there are no keys {kind[:40]}:", where="key", fix=f"one of {kinds}", reason="KEY_UNKNOWN"
            )
        return find(connection, actor, name)

    def epoch(self, feed_key: str, grant: str) -> str:
        """The epoch of a key that is no container's: the same on every node and after every restart."""
        return hashlib.sha256(f"{self._database_id}|{feed_key}|{grant}".encode()).hexdigest()[:24]

    def _container(self, connection: Connection, actor: Actor, number: str) -> Sight:
        _check_container(number)
        seen = views.find_seen(connection, actor, number)
        if seen is None:
            # The same for absent and foreign; it ends when something becomes visible.
            return Sight("", 0, self.epoch(f"container:{number}", ""), None, dict, _never)
        return Sight(
            feed_key=f"visit:{seen.visit_id}",
            version=seen.version,
            epoch=seen.epoch(self._database_id),
            lens=(seen.view, seen.call, seen.planned),
            show=lambda: projecting.status(seen),
            retell=lambda change: _retell_visit(change, seen),
            was_seen=lambda change: _was_seen(actor, change, seen),
            surely_differ=_surely_differ,
        )

    def _vessel_call(self, connection: Connection, actor: Actor, call_id: str) -> Sight:
        data = searching.vessel_call(connection, actor, call_id)

        def retell(change: KeyChange) -> Retold:
            return Retold(projecting.call(call_id, calls.from_json(change.record)), change.event_id, change.type)

        return self._of_key(connection, f"vessel-call:{call_id}", show=lambda: data, retell=retell)

    def _instructions(self, connection: Connection, actor: Actor, facility: str) -> Sight:
        if not access.may_see_instructions(actor, facility):
            raise NothingThere("no instructions for you there", fix="name a facility that your key speaks for")

        def show() -> wire.Wire:
            return {"instructions": [wire.instruction(row) for row in _open(connection, actor, facility)], "next": None}

        return self._of_key(connection, f"instructions:{facility}", show=show, retell=_retell_instruction)

    def _officers(self, connection: Connection, actor: Actor, name: str) -> Sight:
        if name:
            raise BadRequest("the officers' key has no name", where="key", fix="write officers", reason="KEY_UNKNOWN")
        if not access.may_see_officers(actor):
            raise NotAllowed(f"this is not for the role {actor.role}", fix="use a key with the role customs")
        return self._of_key(connection, "officers", show=lambda: _desk(connection), retell=_retell_plainly)

    def _of_key(
        self,
        connection: Connection,
        feed_key: str,
        *,
        show: Callable[[], wire.Wire],
        retell: Callable[[KeyChange], Retold],
        lens: Hashable = None,
        grant: str = _ALIKE,
    ) -> Sight:
        version = register.heads(connection, [feed_key]).get(feed_key, 0)
        return Sight(feed_key, version, self.epoch(feed_key, grant), lens, show, retell)


def everybody_alike(_actor: Actor) -> str:
    """The grant of a kind that everybody who may see it sees alike."""
    return _ALIKE


def _was_seen(actor: Actor, change: KeyChange, seen: Seen) -> bool:
    """Whether a version was seen under the grant of now: who was named later, or struck off for a while, is told how
    things stand, and nothing of the time that was another's."""
    if seen.view.capacity in _ALWAYS_THERE:
        return True
    return access.view(actor, _record(change.record), seen.call) == seen.view


def _retell_visit(change: KeyChange, seen: Seen) -> Retold:
    """A kept version of the visit through the viewer's eyes of now; what is joined when read is joined as it is now."""
    record = _record(change.record)
    data = projecting.status(replace(seen, version=change.version, dossier=record))
    if access.may_see_cause(seen.view, record, change.type):
        return Retold(data, change.event_id, change.type)
    return Retold(data, None, _HIDDEN_CAUSE)


def _surely_differ(one: KeyChange, other: KeyChange) -> bool:
    return projecting.surely_differ(_record(one.record), _record(other.record))


def _retell_instruction(change: KeyChange) -> Retold:
    return Retold(wire.instruction(instruction_from_json(change.record)), change.event_id, change.type)


def _retell_plainly(change: KeyChange) -> Retold:
    return Retold(orjson.loads(change.record or "{}"), change.event_id, change.type)


def _never(change: KeyChange) -> Retold:
    raise AssertionError(f"{change.key} has no versions here")


def _open(connection: Connection, actor: Actor, facility: str) -> list[Instruction]:
    """What is still to be done at a facility, oldest first."""
    rows = [
        row
        for state in ("ISSUED", "ACKNOWLEDGED")
        for row in kept.list_instructions(
            connection, actor, state=state, facility=facility, after=None, limit=_SNAPSHOT_ROWS
        ).rows
    ]
    return sorted(rows, key=lambda row: row.position)


def _desk(connection: Connection) -> wire.Wire:
    """What waits for officers, at a glance."""
    waiting = kept.list_decisions(connection, state="waiting", before=None, limit=_SNAPSHOT_ROWS)
    alerts = kept.list_alerts(connection, before=None, limit=20)
    return {"waiting": len(waiting.rows), "alerts": [wire.alert(row) for row in alerts.rows]}


def _check_container(number: str) -> None:
    try:
        right = identifiers.parse_container_number(number)
    except IdentifierInvalid as error:
        raise BadRequest(error.problem, where="key", fix=error.fix, reason="BAD_CONTAINER_NUMBER") from None
    if right != number:
        raise BadRequest("a key holds the number as it is stored", where="key", fix=f"write container:{right}")
