"""Finishing what was begun: a long message that a crash cut off is taken to its end, though its sender never asks."""

from __future__ import annotations

from datetime import timedelta

from port import refusals
from port.keys import find_actor_of_key
from port.parties import list_facilities
from web import taking
from web.port import Port
from web.replaying import draft_again

# Longer than any message takes while its sender waits.
_ABANDONED = timedelta(minutes=10)


def finish_begun(port: Port) -> int:
    """Take the rest of such messages, as their senders may send today; how many."""
    begun = port.ask(refusals.list_begun, port.clock() - _ABANDONED)
    finished = 0
    for receipt_id in begun:
        message = port.ask(refusals.get_message, receipt_id)
        actor = port.ask(find_actor_of_key, message.key_id) or port.ask(
            taking.find_sender, message.sender, message.format
        )
        if actor is None or actor.party != message.sender:
            continue
        facilities = frozenset(facility.code for facility in port.ask(list_facilities))
        port.recorder.submit_and_wait(draft_again(message, port.profile_with(actor, facilities)))
        finished += 1
    return finished
