"""What a small batch will ask, asked at one go: at the gate a lorry waits for each way to the database."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from events import log
from port import intake_rows, parts, register, saving
from port.draft import Draft
from port.evidence import asked_first
from port.filing import containers_named
from port.parties import foresee_customs_facilities
from port.sealing import Seals

# Of more the ways are few for each, and looking ahead would be the dearer part.
_MOST_ITEMS = 4


def foresee(connection: Connection, drafts: Sequence[Draft]) -> None:
    """Have it asked with the first question of a batch of these.

    The head's lock goes first, so that what is read behind it stands until the batch commits.  What is guessed wrong,
    of a repeat for one, is read in vain.
    """
    if len(drafts) != 1 or len(drafts[0].items) > _MOST_ITEMS:
        return
    [draft] = drafts
    incoming = parts.incoming(draft, None)
    containers = list({c for recorded in incoming for c in containers_named(recorded.fact)})
    log.foresee(connection, asked_first(incoming))
    foresee_customs_facilities(connection)
    intake_rows.foresee(connection, draft)
    saving.foresee_sequence(connection, draft.sender)
    if containers:
        Seals.foresee(connection, containers)
        register.foresee_by_seal(connection, containers, is_sealed=False)
