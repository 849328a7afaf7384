"""A message in parts: which of its items one batch takes, and by what each is known."""

from __future__ import annotations

from collections.abc import Sequence

from events.types import Recorded
from port.draft import Draft, DraftItem, ItemResult, dated_id, derived_id
from port.intake_rows import Kept
from port.sealing import own_date

PART = 128
"""Of a long message so many items are taken at a time at most, so that other senders' are taken in between."""


def key_of(draft: Draft) -> tuple[str, str, str]:
    """What tells a repeat from a new message."""
    return draft.sender, draft.format, draft.identity


def next_items(draft: Draft, kept: Kept | None, most: int = PART) -> Sequence[tuple[int, DraftItem]]:
    """What this batch will take of a message, by item number: nothing of a repeat, the next `most` of a new one or one
    that was begun, on a replay what was refused."""
    if kept is None or kept.is_begun:
        begin = 0 if kept is None else len(kept.taken)
        return list(enumerate(draft.items[begin : begin + most], begin + 1))
    if not draft.replay_of:
        return ()
    stays = _stays(kept)
    return [(n, item) for n, item in enumerate(draft.items, 1) if n not in stays]


def joined(draft: Draft, kept: Kept | None, fresh: Sequence[ItemResult]) -> tuple[ItemResult, ...]:
    """A message's results so far, with those that this batch adds."""
    if kept is None or kept.is_begun:
        return (*(kept.taken if kept is not None else ()), *fresh)
    found = _stays(kept) | {result.item: result for result in fresh}
    return tuple(found[n] for n in range(1, len(draft.items) + 1))


def _stays(kept: Kept) -> dict[int, ItemResult]:
    """What a replay leaves as it was answered."""
    return {result.item: result for result in kept.results() if result.outcome != "rejected"}


def incoming(draft: Draft, kept: Kept | None, most: int = PART) -> list[Recorded]:
    """The facts that this batch will take of a message, as they will be recorded but for their positions."""
    return [
        Recorded(
            position=0,
            event_id=event_id(draft, n),
            sender=draft.sender,
            sender_role=draft.role,
            received_at=draft.received_at,
            receipt_id="",
            fact=item.fact,
        )
        for n, item in next_items(draft, kept, most)
        if item.fact is not None
    ]


def event_id(draft: Draft, number: int) -> str:
    """Sender, message identity and item index make the id, so ties break alike on every node.

    It begins with the fact's own date, which every node has alike: what is told of one time lies together in the index.
    """
    named = ("event", draft.sender, draft.format, draft.identity, str(number))
    fact = draft.items[number - 1].fact
    at = own_date(fact) if fact is not None else None
    return derived_id(*named) if at is None else dated_id(at, *named)
