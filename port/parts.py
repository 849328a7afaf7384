"""A message in parts: which of its items one batch takes, and by what each is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from events.types import Recorded
from port.draft import Draft, DraftItem, ItemResult, derived_id
from port.intake_rows import Kept

PART = 128
"""Of a long message so many items are taken at a time, so that other senders' are taken in between."""


def key_of(draft: Draft) -> tuple[str, str, str]:
    """What tells a repeat from a new message."""
    return draft.sender, draft.format, draft.identity


def taken_before(draft: Draft, kept: Kept | None) -> dict[int, ItemResult]:
    """The items that stay as answered: of a message that was begun all so far, on a replay those that were taken."""
    earlier = kept.receipt().results if kept is not None else ()
    return {result.item: result for result in earlier if result.outcome != "rejected" or not draft.replay_of}


def end_of_part(draft: Draft, taken: Mapping[int, object]) -> int:
    """Up to which item this batch takes the message; a replay is taken whole."""
    return len(draft.items) if draft.replay_of else min(len(draft.items), len(taken) + PART)


def next_items(draft: Draft, kept: Kept | None) -> Iterator[tuple[int, DraftItem]]:
    """What this batch will take of a message, by item number; nothing of a repeat."""
    if kept is not None and not kept.is_begun and not draft.replay_of:
        return
    taken = taken_before(draft, kept)
    items = enumerate(draft.items[: end_of_part(draft, taken)], 1)
    yield from ((n, item) for n, item in items if n not in taken)


def incoming(draft: Draft, kept: Kept | None) -> list[Recorded]:
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
        for n, item in next_items(draft, kept)
        if item.fact is not None
    ]


def event_id(draft: Draft, number: int) -> str:
    """Sender, message identity and item index make the id, so ties break alike on every node."""
    return derived_id("event", draft.sender, draft.format, draft.identity, str(number))
