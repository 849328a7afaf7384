"""`digital-port take`: take messages from files, as if their sender had pushed them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click
import orjson

from adapters import intake
from adapters.registry import DECODERS, FORMATS
from adapters.seam import SenderProfile
from port.actor import Actor
from port.draft import Receipt
from web import taking, wire
from web.app import open_port
from web.clock import wall_clock
from web.console import Failure, failures_told, is_embedded, require_tables, settings_from_environment
from web.port import Port


@click.command("take")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--format", "format_name", required=True, type=click.Choice(list(DECODERS)), help="The files' format.")
@click.option("--sender", required=True, help="Code of the party that sends them, or a key's id.")
@click.option("--json", "as_json", is_flag=True, help="Print the receipts as JSON lines.")
def command(*, files: tuple[Path, ...], format_name: str, sender: str, as_json: bool) -> None:
    """Take messages from FILES.

    Exit code 0 when every item was taken, 1 when any was refused.
    """
    settings = settings_from_environment()
    with failures_told():
        require_tables(settings, may_create=is_embedded(settings))
        port = open_port(settings)
    actor = port.ask(taking.find_sender, sender, format_name)
    if actor is None:
        raise Failure(f"{sender} has no live key: create one with digital-port keys create")
    profile = asyncio.run(port.profile(actor))
    port.recorder.start()
    refused = 0
    try:
        with click.progressbar(files, label="taking", hidden=as_json or len(files) < 2) as listed:
            for path in listed:
                receipt = _take(port, path, format_name=format_name, actor=actor, profile=profile)
                refused += sum(result.outcome == "rejected" for result in receipt.results)
                _tell(path, receipt, as_json=as_json)
    finally:
        port.recorder.stop()
        port.database.close()
    raise SystemExit(1 if refused else 0)


def _take(port: Port, path: Path, *, format_name: str, actor: Actor, profile: SenderProfile) -> Receipt:
    """The receipt; without an id where the file is not even kept, as the other doors would not."""
    now, size, limit = wall_clock(), path.stat().st_size, FORMATS[format_name].max_body_bytes
    if size > limit:
        return taking.refused_receipt(taking.too_large(size, limit), received_at=now)
    body = path.read_bytes()
    why = taking.refusal_of(actor, format_name, body)
    if why is not None:
        return taking.refused_receipt(why, received_at=now)
    draft = intake.receive(body, format=format_name, sender=profile, key_id=actor.key_id, received_at=now)
    return port.recorder.submit_and_wait(draft)


def _tell(path: Path, receipt: Receipt, *, as_json: bool) -> None:
    if as_json:
        click.echo(orjson.dumps({"file": path.name, **wire.receipt(receipt)}))
        return
    taken = sum(result.outcome != "rejected" for result in receipt.results)
    click.echo(
        f"{path.name}: {taken} of {len(receipt.results)} taken" + (" (a repeat)" if receipt.is_duplicate else "")
    )
    for result in receipt.results:
        if result.error is not None:
            click.echo(f"  {result.path or 'message'}: {result.error.reason} {result.error.message} {result.error.fix}")
