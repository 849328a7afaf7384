"""Webhooks beside endpoints that are away: how long the others wait, and how much is sent at most.

The real server, with the child process that it begins for sending; receivers and a terminal in processes of their own.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from secrets import token_bytes

from bench import feed_ours, traffic
from bench.feed_client import CLIENT_CORE, pinned
from bench.feed_figures import Goal, quantile, table
from port.actor import Role
from port.database import open_database
from port.keys import KeyWanted, create_key
from port.schema import migrate

TERMINALS, AWAY = 10, 5
PER_SECOND, SECONDS = 25.0, 12.0
BACKLOG = 400
# Whose endpoints stand beside those that are measured.
ARMS = ("alone", "answering", "silent", "refused")
_TITLES = {
    "alone": "alone",
    "answering": "beside five that answer",
    "silent": "beside five that are silent",
    "refused": "beside five that refuse",
}
_TYPE, _PATH, _XMHT = "container.discharged", "/terminal", b"XMHT"
_Told = tuple[str, str, int]
_SENDERS = 4
_LONGEST_SECONDS = 60.0
_NOTE = f"""
{TERMINALS} terminals have an endpoint each and are told of their own boxes, {PER_SECOND:g} discharges a second over all
of them, for {SECONDS:g} s; {AWAY} endpoints of customs are told of every one, so five deliveries stand beside each that
is measured. *Silent* ones take a connection and never answer, of *refusing* ones nobody listens. They are made just
before; a receiver counts as down after its third failure, and the first second, which has these, stands by itself.
From the commit (when the feed hears of it) to the receiver's having read the request, of one clock (CLOCK_MONOTONIC).
The server, with the child that it begins for sending, on one core; the receivers, a process of their own, and the
terminals on the other; SQLite, a connection for each delivery, without TLS. The four take turns; the figures are of
all rounds' deliveries."""


def measure(rounds: int) -> str:
    """The tables in Markdown."""
    waits: dict[str, list[float]] = {arm: [] for arm in ARMS}
    begun: dict[str, list[float]] = {arm: [] for arm in ARMS}
    rates = []
    with _running() as bench:
        for number in range(rounds):
            for arm in ARMS:
                print(f"outbound, round {number + 1} of {rounds}, {arm}", file=sys.stderr)
                at_first, after = bench.waits(arm)
                begun[arm] += at_first
                waits[arm] += after
            rates.append(bench.backlog())
    alone = quantile(waits["alone"], 0.99)
    return "\n\n".join((
        table(("committed → received, ms", "p50", "p95", "p99", "p99, of alone", "goal", "in the first second, p99"), [
            [*_row(arm, waits[arm], alone), f"{quantile(begun[arm], 0.99):.1f}"] for arm in ARMS
        ]),
        f"A backlog over {TERMINALS} endpoints goes out at {statistics.median(rates):.0f} a second, while it comes in.",
        _NOTE.strip(),
    ))  # fmt: skip


def _row(arm: str, waits: list[float], alone: float) -> list[str]:
    shown = [f"{quantile(waits, share):.1f}" for share in (0.5, 0.95, 0.99)]
    ratio = quantile(waits, 0.99) / alone
    goal = Goal("≤ 1.2").mark(ratio) if arm in ("silent", "refused") else ""
    return [_TITLES[arm], *shown, f"{ratio:.2f} ×", goal]


@dataclass(frozen=True)
class _Bench:
    """A running server and its receivers; the terminals are threads of this process."""

    port: int
    terminals: Sequence[tuple[str, str]]
    customs: str
    receivers: subprocess.Popen[str]
    ports: dict[str, int]
    commits: Path
    received: Path

    def waits(self, arm: str) -> tuple[list[float], list[float]]:
        """What each delivery to a terminal waited, in milliseconds, beside five more endpoints of this kind: in the
        second when these are new, and after."""
        self._arrived(self._discharge(TERMINALS, per_second=PER_SECOND))  # the child is there, and awake
        kind = {"answering": "ok"}.get(arm, arm)
        beside = [] if arm == "alone" else [self.endpoint(self.customs, kind, "/beside") for _ in range(AWAY)]
        at_first, after = self._waits(1.0), self._waits(SECONDS)
        for webhook_id in beside:
            self._ask("DELETE", f"/v1/webhooks/{webhook_id}", self.customs)
        self.hang_up()
        return at_first, after

    def _waits(self, seconds: float) -> list[float]:
        arrived = self._arrived(self._discharge(int(PER_SECOND * seconds), per_second=PER_SECOND))
        committed = _written(self.commits)
        return [(at - committed["visit", box, version]) / 1e6 for (_, box, version), at in arrived.items()]

    def backlog(self) -> float:
        """Deliveries a second, of many events, each sent as soon as the one before is answered."""
        boxes = self._discharge(BACKLOG, per_second=1e9)
        arrived, committed = self._arrived(boxes), _written(self.commits)
        began = min(committed["visit", box, version] for _, box, version in arrived)
        return BACKLOG / ((max(arrived.values()) - began) / 1e9)

    def endpoint(self, key: str, kind: str, path: str) -> str:
        """A new endpoint; its id."""
        url = f"http://127.0.0.1:{self.ports[kind]}{path}"
        told = self._ask("POST", "/v1/webhooks", key, {"url": url, "types": [_TYPE]})
        found: str = json.loads(told)["webhookID"]
        return found

    def hang_up(self) -> None:
        """What waits for silent endpoints ends, so that the next round does not begin with it."""
        assert self.receivers.stdin is not None
        print(file=self.receivers.stdin, flush=True)

    def _discharge(self, count: int, *, per_second: float) -> list[str]:
        """So many new boxes, of the terminals in turns, each at its own time; their numbers."""
        begun, local, boxes = time.monotonic() + 0.05, threading.local(), [traffic.container() for _ in range(count)]

        def discharge(number: int) -> None:
            if not hasattr(local, "connection"):
                local.connection = HTTPConnection("127.0.0.1", self.port)
                local.connection.connect()
            key, facility = self.terminals[number % TERMINALS]
            body = traffic.gate([boxes[number]]).replace(_XMHT, facility.encode())
            time.sleep(max(0, begun + number / per_second - time.monotonic()))
            self._ask("POST", "/v1/messages/gate", key, body, over=local.connection)

        with ThreadPoolExecutor(_SENDERS) as pool:
            list(pool.map(discharge, range(count)))
        return boxes

    def _ask(
        self, method: str, path: str, key: str, body: object = None, *, over: HTTPConnection | None = None
    ) -> bytes:
        connection = over or HTTPConnection("127.0.0.1", self.port)
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        connection.request(method, path, body if isinstance(body, bytes | None) else json.dumps(body), headers)
        answer = connection.getresponse()
        told = answer.read()
        assert answer.status < 300, told[:300]
        return told

    def _arrived(self, boxes: Sequence[str]) -> dict[_Told, int]:
        """When the terminals' endpoints had each of these boxes; waits for the last of them."""
        deadline, wanted = time.monotonic() + _LONGEST_SECONDS, set(boxes)
        while True:
            found = {told: at for told, at in _written(self.received).items() if told[0] == _PATH and told[1] in wanted}
            if len(found) == len(wanted):
                return found
            assert time.monotonic() < deadline, f"{len(wanted) - len(found)} of {len(wanted)} webhooks never came"
            time.sleep(0.2)


def _written(path: Path) -> dict[_Told, int]:
    """What a server or the receivers wrote: where or what kind, which box, its version; when, in nanoseconds."""
    found: dict[_Told, int] = {}
    for line in path.read_text(encoding="ascii").splitlines():
        first, box, version, at = line.split()
        found.setdefault((first.partition(":")[0], box, int(version)), int(at))
    return found


@contextmanager
def _running() -> Iterator[_Bench]:
    if len(os.sched_getaffinity(0)) > 1:
        os.sched_setaffinity(0, {int(CLIENT_CORE)})
    with tempfile.TemporaryDirectory() as made:
        folder, url = Path(made), f"sqlite:///{made}/port.db"
        migrate(url)
        terminals = [(_key(url, Role.TERMINAL, f"XMH{n}"), f"XMH{n}") for n in range(TERMINALS)]
        commits, received = folder / "commits", folder / "received"
        settings = {"BENCH_COMMITS": str(commits), "DIGITAL_PORT_WEBHOOKS_PRIVATE": "true"}
        with feed_ours.started(url, (), "plain", **settings) as ours, _receiving(received) as (receivers, ports):
            customs = _key(url, Role.CUSTOMS)
            bench = _Bench(ours.port, terminals, customs, receivers, ports, commits, received)
            for key, _ in terminals:
                bench.endpoint(key, "ok", _PATH)
            yield bench


@contextmanager
def _receiving(path: Path) -> Iterator[tuple[subprocess.Popen[str], dict[str, int]]]:
    command = [*pinned(CLIENT_CORE), sys.executable, "-m", "bench.outbound_receivers", str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as receivers:
        assert receivers.stdout is not None
        try:
            yield receivers, json.loads(receivers.stdout.readline())
        finally:
            receivers.kill()


def _key(url: str, role: Role, *facilities: str) -> str:
    party = "".join((role.name, *facilities))
    wanted = KeyWanted(party=party, name=party.title(), role=role, facilities=facilities)
    with closing(open_database(url)) as database, database.write() as connection:
        return create_key(connection, wanted, now=datetime.now(UTC), draw=token_bytes).key
