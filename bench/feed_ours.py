"""Our server in the feed's benchmarks, started and asked."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from bench import feed_log, servers
from bench.feed_client import SERVER_CORE, Plan, pinned


@dataclass(frozen=True)
class Ours:
    """A running server of ours, on a database with boxes; `keys` are ids and keys of customs."""

    url: str
    port: int
    control: int
    pid: int
    keys: Sequence[tuple[str, str]]

    def tickets(self, count: int) -> list[str]:
        """Tickets, of the keys in turns."""
        return feed_log.draw_tickets(self.url, [key_id for key_id, _ in self.keys], count)

    def plan(self, follows: Sequence[Sequence[str]], topics: Sequence[str]) -> Plan:
        """Connections that each follow these boxes, with tickets in hand, and a publisher that takes boxes in turns."""
        tickets = self.tickets(len(follows))
        conns = [" ".join([ticket, *map(key_of, numbers)]) for ticket, numbers in zip(tickets, follows, strict=True)]
        return Plan("ours", self.port, conns, [key_of(number) for number in topics], self.control)


def key_of(number: str) -> str:
    """The stream's key of a box."""
    return f"container:{number}"


@contextmanager
def started(
    url: str, keys: Sequence[tuple[str, str]], mode: str, *, core: str = SERVER_CORE, **environment: str
) -> Iterator[Ours]:
    """Our server in a mode of `bench.feed_server`, on the server's core, on that database."""
    port, control = servers.free_port(), servers.free_port()
    command = [*pinned(core), sys.executable, "-m", "bench.feed_server", mode, str(port), str(control)]
    with subprocess.Popen(command, env=_environment(url, environment)) as process:
        try:
            servers.wait_for(port)
            servers.wait_for(control)
            yield Ours(url, port, control, process.pid, keys)
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def _environment(url: str, more: Mapping[str, str]) -> dict[str, str]:
    return os.environ | {"DIGITAL_PORT_DATABASE_URL": url, "DIGITAL_PORT_LOG_LEVEL": "error"} | dict(more)
