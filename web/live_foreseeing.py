"""What a reading will ask of keys that are followed, asked at one go: a phone waits for each way to the database.

A hint of what was committed is enough to guess it, and no more than a guess: what a viewer may see, and which version
it is at, is found as without.  What is guessed wrong is read in vain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice

from sqlalchemy import Connection

from events.feed import Hint
from port import register
from web.live_keys import LiveKeys
from web.live_tail import MAX_TAIL, Answers, Wish, answer_all

_CONTAINER = "container"
# Of so many keys what is foreseen is held in memory at once.
_AT_ONCE = 8
# A phone that is told of each version is one behind; of who is far behind there may be much to hold.
_FEW_BEHIND = 4


def answer_foreseen(
    connection: Connection, keys: LiveKeys, wishes: dict[str, list[Wish]], hints: Mapping[str, Hint]
) -> dict[str, Answers]:
    """As `answer_all`; `hints` are what woke the keys, of those that were woken by one."""
    answers: dict[str, Answers] = {}
    for start in range(0, len(wishes), _AT_ONCE):
        some = dict(islice(wishes.items(), start, start + _AT_ONCE))
        _foresee(connection, some, hints)
        answers |= answer_all(connection, keys, some)
    return answers


def _foresee(connection: Connection, wishes: Mapping[str, Sequence[Wish]], hints: Mapping[str, Hint]) -> None:
    """Have it asked with the next question."""
    for key, wanted in wishes.items():
        kind, _, name = key.partition(":")
        if kind != _CONTAINER:
            continue
        register.foresee_by_seal(connection, [name], is_sealed=False)
        hint = hints.get(key)
        if hint is not None:
            for version in {wish.cursor.version for wish in wanted if wish.cursor is not None}:
                if 0 < hint.version - version <= _FEW_BEHIND:
                    # The version before a change shows what it changed.
                    register.foresee_changes_after(connection, hint.key, version - 1, MAX_TAIL + 1)
