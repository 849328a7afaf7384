"""Those who follow one key, in groups that stand alike before it: what one of a group must be told, all must be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from port.actor import Actor
from port.sessions import Admission
from web.live_frames import Peer, Rank
from web.live_tail import Wish

_FEW = 8


@dataclass(eq=False, slots=True)
class Viewer:
    """One open stream.  `actor` is kept up to date with the rights behind `admission`.

    `keys` says where it stands before each key; `joining` counts those that have no answer yet, and `on_room` is called
    once when there is one fewer.
    """

    admission: Admission
    actor: Actor
    peer: Peer
    heartbeat_due: float
    keys: dict[str, Group | Joiner] = field(default_factory=dict)
    joining: int = 0
    bad_frames: int = 0
    is_checked: bool = False
    on_room: Callable[[], None] | None = None


@dataclass(eq=False, slots=True)
class Joiner:
    """One viewer that has no answer about a key yet; `id` is its request's, its wish's cursor where it says it is."""

    topic: Topic
    viewer: Viewer
    id: int | None
    wish: Wish


@dataclass(eq=False, slots=True)
class Group:
    """The viewers that speak for the same actor and were told a key up to the same cursor.

    A group of one is what a node has most of, so one is kept as it is, a few are a tuple, and only many a dictionary.
    """

    topic: Topic
    wish: Wish
    _members: Viewer | tuple[Viewer, ...] | dict[Viewer, None] = ()

    @property
    def members(self) -> tuple[Viewer, ...]:
        """Who they are now."""
        members = self._members
        if isinstance(members, Viewer):
            return (members,)
        return members if isinstance(members, tuple) else tuple(members)

    def add(self, viewer: Viewer) -> None:
        """One more; it says so in the viewer's keys."""
        viewer.keys[self.topic.key] = self
        if isinstance(self._members, dict):
            self._members[viewer] = None
        elif not self._members:
            self._members = viewer
        elif len(members := self.members) < _FEW:
            self._members = (*members, viewer)
        else:
            self._members = dict.fromkeys((*members, viewer))

    def discard(self, viewer: Viewer) -> None:
        """One fewer; the last one ends the group."""
        if isinstance(self._members, dict):
            self._members.pop(viewer, None)
        else:
            left = tuple(one for one in self.members if one is not viewer)
            self._members = left[0] if len(left) == 1 else left
        if not self._members:
            self.topic.drop(self)


@dataclass(eq=False, slots=True)
class Topic:
    """One key and who follows it.  `is_read` while a reading is under way, `is_due` when another must follow.

    Most keys have one group, which is kept as it is, as a group keeps its members.
    """

    key: str
    rank: Rank = Rank.MIDDLE
    is_due: bool = False
    is_read: bool = False
    _groups: Group | tuple[Group, ...] | dict[Wish, Group] = ()
    _joiners: dict[Viewer, Joiner] | None = None

    @property
    def is_followed(self) -> bool:
        """Whether there is anybody."""
        return bool(self._groups or self._joiners)

    @property
    def groups(self) -> tuple[Group, ...]:
        """Those who have been answered."""
        groups = self._groups
        if isinstance(groups, Group):
            return (groups,)
        return groups if isinstance(groups, tuple) else tuple(groups.values())

    @property
    def joiners(self) -> tuple[Joiner, ...]:
        """Those who have not."""
        return () if self._joiners is None else tuple(self._joiners.values())

    @property
    def wishes(self) -> list[Wish]:
        """All ways of standing before this key, each once."""
        if not self._joiners:
            return [group.wish for group in self.groups]
        answered, waiting = [one.wish for one in self.groups], [one.wish for one in self.joiners]
        return list(dict.fromkeys(answered + waiting))

    def join(self, viewer: Viewer, wish: Wish, *, id: int | None) -> None:
        """One more waits for its answer."""
        if self._joiners is None:
            self._joiners = {}
        self._joiners[viewer] = viewer.keys[self.key] = Joiner(self, viewer, id, wish)
        viewer.joining += 1

    def answered(self, joiner: Joiner) -> None:
        """It waits no more: it has its answer, or does not want it."""
        if self._joiners is not None:
            self._joiners.pop(joiner.viewer, None)
            self._joiners = self._joiners or None
        joiner.viewer.joining -= 1
        on_room, joiner.viewer.on_room = joiner.viewer.on_room, None
        if on_room is not None:
            on_room()

    def place(self, viewer: Viewer, wish: Wish) -> None:
        """The viewer has been told so much."""
        group = self._find(wish)
        if group is None:
            group = Group(self, wish)
            self._keep(group)
        group.add(viewer)

    def advance(self, group: Group, wish: Wish) -> None:
        """All of a group have been told so much; who has been told so much already is one group with them."""
        if self._groups is group:
            group.wish = wish
            return
        self.drop(group)
        there = self._find(wish)
        group.wish = wish
        if there is None:
            self._keep(group)
            return
        small, large = (there, group) if len(there.members) < len(group.members) else (group, there)
        if large is group:
            self.drop(there)
            self._keep(group)
        for viewer in small.members:
            large.add(viewer)

    def drop(self, group: Group) -> None:
        """There is no such group any more."""
        if isinstance(self._groups, dict):
            self._groups.pop(group.wish, None)
        else:
            left = tuple(one for one in self.groups if one is not group)
            self._groups = left[0] if len(left) == 1 else left

    def _find(self, wish: Wish) -> Group | None:
        if isinstance(self._groups, dict):
            return self._groups.get(wish)
        return next((one for one in self.groups if one.wish == wish), None)

    def _keep(self, group: Group) -> None:
        if isinstance(self._groups, dict):
            self._groups[group.wish] = group
        elif not self._groups:
            self._groups = group
        elif len(groups := self.groups) < _FEW:
            self._groups = (*groups, group)
        else:
            self._groups = {one.wish: one for one in (*groups, group)}
