"""`digital-port replay`: try kept refusals again, all that fit, after a fault was mended or a facility created."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field

import click

from adapters.rejection import Reason
from adapters.seam import SenderProfile
from port import refusals
from port.draft import Receipt
from port.kept import KeptMessage
from port.keys import find_actor_of_key
from port.refusals import KeptRefusal
from web import taking, wire
from web.app import open_port
from web.console import failures_told, json_option, require_tables, settings_from_environment, tell
from web.port import Port
from web.replaying import draft_again


@dataclass(slots=True)
class Replayed:
    """What became of the messages tried again: `items` were refused before, `taken` of them are in now."""

    messages: int = 0
    items: int = 0
    taken: int = 0
    without_key: set[str] = field(default_factory=set)
    refused: dict[str, int] = field(default_factory=dict)

    def count(self, before: KeptRefusal, receipt: Receipt) -> None:
        """Count one in."""
        still = [one.error.reason for one in receipt.results if one.error is not None]
        self.messages += 1
        self.items += len(before.reasons)
        self.taken += max(0, len(before.reasons) - len(still))
        for reason in still:
            self.refused[reason] = self.refused.get(reason, 0) + 1


@click.command("replay")
@click.option("--state", type=click.Choice(["rejected"]), required=True, help="Which messages: those with a refusal.")
@click.option("--reason", type=click.Choice([reason.value for reason in Reason]), help="Only those refused for it.")
@click.option("--sender", help="Only those of this party.")
@json_option
def command(*, state: str, reason: str | None, sender: str | None, as_json: bool) -> None:
    """Read kept messages again of which something was refused, oldest first.

    What was taken stays as it was answered, so a message may be tried any number of times; each with the rights its
    sender has today.  Servers may run meanwhile.  Exit code 0 when nothing of them is refused any more, 1 otherwise.
    """
    settings = settings_from_environment()
    with failures_told():
        require_tables(settings, may_create=False)
        port = open_port(settings)
        with port.database.read() as connection:
            # Listed before the first is tried, so that one still refused is not met again.
            waiting = list(refusals.list_refusals(connection, sender=sender, reason=reason))
        port.recorder.start()
        try:
            replayed = _replay(port, waiting, is_hidden=as_json)
        finally:
            port.recorder.stop()
            port.database.close()
    _tell(replayed, as_json=as_json)
    raise SystemExit(1 if replayed.refused or replayed.without_key else 0)


def _replay(port: Port, waiting: list[KeptRefusal], *, is_hidden: bool) -> Replayed:
    replayed = Replayed()
    with click.progressbar(waiting, label="replaying", hidden=is_hidden or not waiting) as listed:
        for one in listed:
            message = port.ask(refusals.get_message, one.receipt_id)
            sender = _sender_of(port, message)
            if sender is None:
                replayed.without_key.add(message.sender)
            else:
                replayed.count(one, port.recorder.submit_and_wait(draft_again(message, sender)))
    return replayed


def _sender_of(port: Port, message: KeptMessage) -> SenderProfile | None:
    """As the key that sent it may send today; where that key is gone, as another key of its party may."""
    actor = port.ask(find_actor_of_key, message.key_id) or port.ask(taking.find_sender, message.sender, message.format)
    return None if actor is None or actor.party != message.sender else asyncio.run(port.profile(actor))


def _tell(replayed: Replayed, *, as_json: bool) -> None:
    answer: wire.Wire = {
        "messages": replayed.messages,
        "items": replayed.items,
        "taken": replayed.taken,
        "refused": dict(sorted(replayed.refused.items())),
        "withoutKey": sorted(replayed.without_key),
    }
    tell(answer, "\n".join(_sentences(replayed)), as_json=as_json)


def _sentences(replayed: Replayed) -> Iterator[str]:
    yield f"{replayed.messages} messages tried again: {replayed.taken} of {replayed.items} refused items taken"
    for reason, items in sorted(replayed.refused.items()):
        yield f"  {items} still refused: {reason}"
    for sender in sorted(replayed.without_key):
        yield f"  {sender} has no live key: its messages wait (digital-port keys create)"
