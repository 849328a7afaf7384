"""`digital-port take`: take messages from files, as if their sender had pushed them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
import orjson

from adapters import intake
from adapters.registry import DECODERS
from adapters.seam import SenderProfile
from port.draft import Receipt
from port.keys import list_keys
from port.parties import list_facilities
from web import wire
from web.app import open_port
from web.console import Failure, failures_told, is_embedded, require_tables, settings_from_environment
from web.port import Port


@click.command("take")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--format", "format_name", required=True, type=click.Choice(list(DECODERS)), help="The files' format.")
@click.option("--sender", required=True, help="Code of the party that sends them; it needs a live key.")
@click.option("--json", "as_json", is_flag=True, help="Print the receipts as JSON lines.")
def command(*, files: tuple[Path, ...], format_name: str, sender: str, as_json: bool) -> None:
    """Take messages from FILES.

    Exit code 0 when every item was taken, 1 when any was refused.
    """
    settings = settings_from_environment()
    with failures_told():
        require_tables(settings, may_create=is_embedded(settings))
        port = open_port(settings)
    profile, key_id = _profile(port, sender)
    port.recorder.start()
    refused = 0
    try:
        with click.progressbar(files, label="taking", hidden=as_json or len(files) < 2) as listed:
            for path in listed:
                receipt = _take(port, path, format_name=format_name, profile=profile, key_id=key_id)
                refused += sum(result.outcome == "rejected" for result in receipt.results)
                _tell(path, receipt, as_json=as_json)
    finally:
        port.recorder.stop()
        port.database.close()
    raise SystemExit(1 if refused else 0)


def _profile(port: Port, sender: str) -> tuple[SenderProfile, str]:
    with port.database.read() as connection:
        live = [key for key in list_keys(connection, party=sender) if key.revoked_at is None]
        known = frozenset(facility.code for facility in list_facilities(connection))
    if not live:
        raise Failure(f"{sender} has no live key: create one with digital-port keys create")
    key = live[-1]
    is_hub = "*" in key.facilities
    profile = SenderProfile(
        party=sender,
        role=key.role,
        facilities=frozenset() if is_hub else frozenset(key.facilities),
        is_hub=is_hub,
        time_zone=port.settings.zone,
        port_un_location_code=port.settings.port_un_location_code,
        known_facilities=known,
    )
    return profile, key.key_id


def _take(port: Port, path: Path, *, format_name: str, profile: SenderProfile, key_id: str) -> Receipt:
    draft = intake.receive(
        path.read_bytes(), format=format_name, sender=profile, key_id=key_id, received_at=datetime.now(UTC)
    )
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
