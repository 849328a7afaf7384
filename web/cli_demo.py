"""`digital-port demo`: the real server on a fresh database, and a simulated port alive in it."""

from __future__ import annotations

import contextlib
import json
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import click
import httpx
from pydantic import SecretStr

from port.actor import Role
from port.keys import KeyWanted, create_key
from port.sessions import create_entry_code
from web.clock import wall_clock
from web.console import Failure, json_option, opened, tell
from web.demo import show
from web.demo.cast import PARTIES
from web.demo.clock import ServerClock
from web.demo.journal import Journal
from web.demo.player import Player, ServerGone
from web.demo.schedule import Scenario
from web.demo.world import Party
from web.settings import PREFIX, Settings
from web.wire import Wire

_START_SECONDS = 60
_STOP_SECONDS = 15
_REQUEST_SECONDS = 30
_ADDRESSES = (
    ("/", "the phone page"),
    ("/officer", "what was decided and why"),
    ("/rules", "rules: two officers"),
    ("/terminal", "what waits to be done"),
    ("/watchlist", "many boxes at a glance"),
    ("/certificates", "certificates by post"),
    ("/docs", "the interface"),
)


@dataclass(frozen=True, slots=True)
class Pass:
    """What lets somebody in: a key for programs, a link that logs one browser in."""

    holder: Party
    key: str
    link: str


@click.command("demo")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 for all.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0 for a free one.")
@click.option(
    "--speed",
    default=60.0,
    show_default=True,
    type=click.FloatRange(1, 3600),
    help="Simulated seconds in a real second; 60: a minute of the port's time in each.",
)
@click.option("--seed", default=7, show_default=True, type=click.IntRange(0), help="Another seed, another day.")
@click.option("--database", metavar="URL", help="A database to fill instead of a fresh one that is thrown away.")
@click.option("--duration", type=click.FloatRange(0, min_open=True), help="Real seconds to play; else until Ctrl-C.")
@click.option("--headless", is_flag=True, help="No live log; exit code 1 when the server's answers surprised the demo.")
@click.option("--full", is_flag=True, help="Log every message, routine ones too.")
@json_option
def command(
    *,
    host: str,
    port: int,
    speed: float,
    seed: int,
    database: str | None,
    duration: float | None,
    headless: bool,
    full: bool,
    as_json: bool,
) -> None:
    """Run the server with a simulated port alive in it.

    Prints the addresses and, for each role, a key and a link; then what happens, as it happens.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    start = wall_clock().replace(microsecond=0)
    with tempfile.TemporaryDirectory(prefix="digital-port-demo-") as name:
        folder = Path(name)
        settings = Settings(
            database_url=database or f"sqlite:///{folder / 'demo.db'}",
            host=host,
            port=_listening_port(host, port),
            clock_start=start,
            clock_factor=speed,
            salt=SecretStr(f"digital-port-demo-{seed}"),  # the same seed, the same random draws
            spool=folder / "spool",
        )
        passes = _admit_all(settings)
        (folder / "keys.json").write_text(json.dumps([_row(one) for one in passes], indent=1))
        journal = Journal(_silence if headless or as_json else click.echo, is_full=full)
        with _serving(settings, folder), _client(settings) as client:
            _introduce(settings, passes, folder, as_json=as_json)
            player = _player(client, passes, journal, settings)
            _play(player, Scenario(seed, start), duration)
    _conclude(journal, as_json=as_json)
    if headless and journal.surprises:
        raise Failure(f"{len(journal.surprises)} answers were not what the demo meant to get")


def _stop(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _silence(line: str) -> None:
    """Nobody reads along."""


def _listening_port(host: str, port: int) -> int:
    """The port, or a free one for 0.  Failure when it is taken: another server would answer for ours."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Failure(f"cannot listen on {host}:{port}: {error.strerror}") from None
        return int(probe.getsockname()[1])


def _address(settings: Settings) -> str:
    host = "127.0.0.1" if settings.host == "0.0.0.0" else settings.host
    return f"http://{host}:{settings.port}"


def _admit_all(settings: Settings) -> list[Pass]:
    """A key and a link for everybody in the cast, as `digital-port keys create` and `keys enter` make them."""
    now = wall_clock()
    passes = []
    with opened(settings) as database, database.write() as connection:
        for holder in PARTIES:
            wanted = KeyWanted(
                party=holder.party, name=holder.name, role=Role(holder.role), facilities=holder.facilities
            )
            created = create_key(connection, wanted, now=now, draw=secrets.token_bytes)
            code = create_entry_code(connection, created.key_id, now=now, draw=secrets.token_bytes)
            passes.append(Pass(holder, created.key, f"{_address(settings)}/enter#{code.token}"))
    return passes


@contextlib.contextmanager
def _serving(settings: Settings, folder: Path) -> Iterator[None]:
    """The server as a process of its own, ready, until the block ends."""
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "web.cli", "serve"],
            env=_environment(settings),
            stdout=output,
            stderr=subprocess.STDOUT,
            # Ctrl-C is for the demo: it stops the server when the port has fallen silent.
            start_new_session=True,
        )
    try:
        _wait_until_ready(settings, process, log)
        yield
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_SECONDS)
        process.kill()
        process.wait()


def _environment(settings: Settings) -> dict[str, str]:
    """Only what the demo sets: a DIGITAL_PORT_* of the caller's shell is meant for another server."""
    given = settings.model_dump(mode="json", exclude_none=True, exclude_unset=True)
    if settings.salt is not None:
        given["salt"] = settings.salt.get_secret_value()
    own = {f"{PREFIX}{name.upper()}": str(value) for name, value in given.items()}
    return {"PYTHONUNBUFFERED": "1", "PYTHONPATH": ":".join(filter(None, sys.path)), **own}


def _wait_until_ready(settings: Settings, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{_address(settings)}/readyz", trust_env=False).is_success:
                return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    last_words = "\n".join(log.read_text(errors="replace").splitlines()[-20:])
    raise Failure(f"the server did not become ready\n{last_words}")


def _client(settings: Settings) -> httpx.Client:
    # A proxy in the caller's environment is for other hosts than this one.
    return httpx.Client(base_url=_address(settings), timeout=_REQUEST_SECONDS, trust_env=False)


def _player(client: httpx.Client, passes: list[Pass], journal: Journal, settings: Settings) -> Player:
    keys = {one.holder.code: one.key for one in passes}
    clock = ServerClock(factor=settings.clock_factor, monotonic=time.monotonic)
    return Player(client=client, keys=keys, clock=clock, journal=journal, sleep=time.sleep)


def _play(player: Player, scenario: Scenario, duration: float | None) -> None:
    end = time.monotonic() + duration if duration else float("inf")
    try:
        player.read_clock()
        show.begin(player, scenario)
        player.play(is_over=lambda: time.monotonic() >= end)
    except ServerGone as gone:
        raise Failure(str(gone)) from None
    except KeyboardInterrupt:
        click.echo("stopping", err=True)


def _introduce(settings: Settings, passes: list[Pass], folder: Path, *, as_json: bool) -> None:
    """Addresses and, for both officers and the first of each other role, key and link; everybody's are in keys.json."""
    address = _address(settings)
    rows = [_row(one) for one in passes]
    if as_json:
        return tell({"address": address, "folder": str(folder), "passes": rows}, "", as_json=True)
    shown = {row["role"] if row["role"] != Role.CUSTOMS else row["key"]: row for row in reversed(rows)}
    lines = [*(f"{address}{path:<14}{what}" for path, what in _ADDRESSES), ""]
    for row in reversed(shown.values()):
        lines += [
            f"{row['role']:<10} {row['party']:<9} {row['name']}",
            f"           {row['key']}",
            f"           {row['link']}",
        ]
    lines += ["", f"every party's key: {folder / 'keys.json'}", f"the server's log:  {folder / 'server.log'}"]
    lines += [f"mails, messages:   {folder / 'spool'}", ""]
    return click.echo("\n".join(lines))


def _row(one: Pass) -> dict[str, str]:
    holder = one.holder
    return {"role": holder.role, "party": holder.party, "name": holder.name, "key": one.key, "link": one.link}


def _conclude(journal: Journal, *, as_json: bool) -> None:
    counts: Wire = dict(journal.counts) | {"instructions": dict(journal.routes), "unexpected": journal.surprises}
    sentence = ", ".join(f"{count} {what}" for what, count in journal.counts.items())
    tell(counts, f"{sentence}, {len(journal.surprises)} unexpected", as_json=as_json)
