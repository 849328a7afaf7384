"""The servers under load, each a process of its own: ours, the real one, and the yardsticks'."""

from __future__ import annotations

import json
import multiprocessing
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
READY_SECONDS = 60


@dataclass(frozen=True)
class Running:
    """Our server: its port, a terminal's key and customs', its process."""

    port: int
    terminal: str
    customs: str
    pid: int


class OurServer:
    """`digital-port serve` on a database of its own, or on the one at `url`."""

    def __init__(self, folder: str, *, url: str = "", **settings: str) -> None:
        named = {f"DIGITAL_PORT_{name.upper()}": value for name, value in settings.items()}
        url = url or f"sqlite:///{folder}/port.db"
        self.environment = os.environ | {"DIGITAL_PORT_DATABASE_URL": url, "DIGITAL_PORT_LOG_LEVEL": "error"} | named

    def __enter__(self) -> Running:
        terminal = self.key("TERMINAL", "terminal", "--facility", "XMHT")
        customs = self.key("CUSTOMS", "customs")
        port = free_port()
        command = [sys.executable, "-m", "web.cli", "serve", "--port", str(port)]
        self.process = subprocess.Popen(command, env=self.environment)
        wait_for(port)
        return Running(port, terminal, customs, self.process.pid)

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(30)

    def key(self, party: str, role: str, *more: str) -> str:
        """A new key of a party."""
        command = [sys.executable, "-m", "web.cli", "keys", "create", "--party", party, "--name", party.title()]
        command += ["--role", role, *more, "--json"]
        made = subprocess.run(command, env=self.environment, capture_output=True, check=True)
        key: str = json.loads(made.stdout)["key"]
        return key


@dataclass(frozen=True)
class Serving:
    """A yardstick's server."""

    port: int
    pid: int


class Beside:
    """A server of `serve(port, folder)` in a process of its own."""

    def __init__(self, serve: Callable[[int, str], None], folder: str) -> None:
        self.serve, self.folder = serve, folder

    def __enter__(self) -> Serving:
        port = free_port()
        self.process = multiprocessing.get_context("spawn").Process(target=self.serve, args=(port, self.folder))
        self.process.start()
        wait_for(port)
        assert self.process.pid is not None
        return Serving(port, self.process.pid)

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.join(30)


def cpu_seconds(pid: int) -> float:
    """What a process has used of the processor, all threads, user and system; to 10 ms."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def rss_megabytes(pid: int) -> float:
    """What a process holds in memory now."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(port: int) -> None:
    """Until somebody listens there.  Raises TimeoutError."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.02)
    raise TimeoutError(f"nothing listens on port {port}")
