"""The real server as a process of its own, reached as partners reach it: over HTTP and by its console script."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx

from keeper import Kept, keep
from migrated import make_tables
from port import keys
from port.actor import Role
from port.database import open_database
from port.keys import KeyWanted
from stores import free_port

START_SECONDS = 60
SCRIPT = (sys.executable, "-m", "web.cli")
# Reading every authority there is for each client takes five times as long as its request.
_NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Key:
    """What `keys create` told, once."""

    key_id: str
    secret: str
    party: str
    role: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secret}"}


@dataclass(frozen=True)
class Server:
    """A running server; `pid` is the process itself, to be killed where that is the test."""

    base_url: str
    database_url: str
    environment: Mapping[str, str]
    kept: Kept

    @property
    def websocket_url(self) -> str:
        return self.base_url.replace("http", "ws", 1)

    @property
    def pid(self) -> int:
        return self.kept.pid

    def log(self) -> str:
        """All it has written so far, standard error included."""
        return self.kept.log.read_text(errors="replace")

    def client(self, key: Key | None = None) -> httpx.Client:
        """A client of this server that speaks with `key`, or with none."""
        return plain_client(self.base_url, key)

    def create_key(self, *, party: str, role: str, facilities: tuple[str, ...] = (), name: str | None = None) -> Key:
        """A fresh key for `party`, made while the server runs."""
        return create_key(self.environment, party=party, role=role, facilities=facilities, name=name)


def plain_client(base_url: str, key: Key | None = None, *, timeout: float = 30) -> httpx.Client:
    """A client of an address without TLS, that speaks with `key`, or with none."""
    headers = key.headers if key else {}
    return httpx.Client(base_url=base_url, headers=headers, timeout=timeout, trust_env=False, verify=_NO_AUTHORITIES)


@contextlib.contextmanager
def serve(
    database_url: str, *arguments: str, script: Sequence[str] = SCRIPT, is_empty: bool = False, **settings: str
) -> Iterator[Server]:
    """The server on that database, ready, until the block ends.

    `settings` are DIGITAL_PORT_* without the prefix, in lower case: serve(url, nats_url="…").  An empty database is
    given its tables first, unless it is to be left `is_empty`.  `script` starts the console in another way, with faults
    for instance.
    """
    environment = environment_for(database_url, **settings)
    if not is_empty:
        make_tables(database_url)
    port = free_port()
    command = (*script, "serve", "--host", "127.0.0.1", "--port", str(port), *arguments)
    with tempfile.TemporaryDirectory(prefix="dp-server-") as folder:
        log = Path(folder) / "log"
        with keep(command, log=log, environment=environment, folder=ROOT, stop=signal.SIGTERM) as kept:
            server = Server(f"http://127.0.0.1:{port}", database_url, environment, kept)
            _wait_until_ready(server)
            yield server


def environment_for(database_url: str, **settings: str) -> dict[str, str]:
    """The environment of a server on that database; what the caller's shell sets for another one does not leak in."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("DIGITAL_PORT_")}
    given = {f"DIGITAL_PORT_{name.upper()}": value for name, value in settings.items()}
    return {**inherited, "PYTHONUNBUFFERED": "1", "DIGITAL_PORT_DATABASE_URL": database_url, **given}


def create_key(
    environment: Mapping[str, str],
    *,
    party: str,
    role: str,
    facilities: tuple[str, ...] = (),
    name: str | None = None,
) -> Key:
    """A fresh key; the party is made when it is new."""
    wanted = KeyWanted(party=party, name=name or party, role=Role(role), facilities=facilities)
    with closing(open_database(environment["DIGITAL_PORT_DATABASE_URL"])) as database, database.write() as connection:
        made = keys.create_key(connection, wanted, now=datetime.now(UTC), draw=secrets.token_bytes)
    return Key(key_id=made.key_id, secret=made.key, party=made.party, role=role)


def create_key_by_script(environment: Mapping[str, str], *, party: str, role: str, facility: str) -> Key:
    """The same as an operator makes one."""
    arguments = ["--party", party, "--name", party, "--role", role, "--facility", facility, "--json"]
    told = json.loads(run_script("keys", "create", *arguments, environment=environment))
    return Key(key_id=told["keyID"], secret=told["key"], party=told["party"], role=told["role"])


def run_script(*arguments: str, environment: Mapping[str, str]) -> str:
    """What `digital-port …` prints on standard output; fails the test with its words when it fails."""
    done = subprocess.run(
        [*SCRIPT, *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"digital-port {' '.join(arguments)}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


def _wait_until_ready(server: Server) -> None:
    deadline = time.monotonic() + START_SECONDS
    with server.client() as client:
        while True:
            with contextlib.suppress(httpx.TransportError):
                if client.get("/readyz").status_code == httpx.codes.OK:
                    return
            assert not server.kept.has_ended(), f"the server ended:\n{server.log()}"
            assert time.monotonic() < deadline, f"the server did not become ready:\n{server.log()}"
            time.sleep(0.05)
