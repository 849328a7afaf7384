"""A ledger: a mapping whose changes can be taken back to a mark, so that one message's fault leaves no trace."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Ledger(Generic[K, V]):
    """Values by key, with which of them this batch has put there.

    `group` names the group a value belongs to, so that a group is found without looking through all values.
    `revision` moves on with every change, taken back ones too.
    """

    def __init__(self, group: Callable[[V], str] = lambda value: "") -> None:
        self._values: dict[K, V] = {}
        self._journal: list[tuple[K, V | None, bool]] = []
        self._put: dict[K, int] = {}
        self._group = group
        self._groups: dict[str, dict[K, None]] = {}
        self.revision = 0

    def seed(self, key: K, value: V) -> None:
        """Hold what the database has; not a change."""
        if key not in self._values:
            self._set(key, value)

    def put(self, key: K, value: V) -> None:
        """Change a value."""
        self._journal.append((key, self._values.get(key), key in self._values))
        self._set(key, value)
        self._put[key] = self._put.get(key, 0) + 1

    def get(self, key: K) -> V | None:
        """The value as it stands; None when there is none."""
        return self._values.get(key)

    def of_group(self, group: str) -> list[V]:
        """The values of a group, in the order they first came."""
        return [self._values[key] for key in self._groups.get(group, ())]

    def __contains__(self, key: K) -> bool:
        return key in self._values

    def __iter__(self) -> Iterator[V]:
        return iter(self._values.values())

    def changed(self) -> list[V]:
        """The values this batch has put, in the order they were first put."""
        return [self._values[key] for key, count in self._put.items() if count > 0]

    def moves(self) -> list[tuple[V | None, V]]:
        """Of the values this batch has put, what each was before it (None when there was none) and what it is now."""
        before: dict[K, V | None] = {}
        for key, old, was_there in self._journal:
            before.setdefault(key, old if was_there else None)
        return [(before[key], self._values[key]) for key, count in self._put.items() if count > 0]

    def mark(self) -> int:
        """A point to which `undo` can go back."""
        return len(self._journal)

    def undo(self, mark: int) -> None:
        """Take back every change since `mark`."""
        while len(self._journal) > mark:
            key, old, was_there = self._journal.pop()
            self._put[key] -= 1
            if was_there and old is not None:
                self._set(key, old)
            else:
                self.revision += 1
                self._leave_group(key)
                del self._values[key]

    def _set(self, key: K, value: V) -> None:
        self.revision += 1
        if key in self._values:
            self._leave_group(key)
        self._values[key] = value
        self._groups.setdefault(self._group(value), {})[key] = None

    def _leave_group(self, key: K) -> None:
        del self._groups[self._group(self._values[key])][key]
