"""Several writers on one PostgreSQL: what one, two and four ingest nodes take together, and that nothing is lost.

    python -m bench.writers [--rounds 5] [--requests 2000]

Each group has a database of its own on one server that syncs.  In each round the groups take turns: the same load, 64
clients in all, spread over the group's nodes.  Meanwhile a reader follows each log, asking for what lies above the last
position it has seen; in the end it must have seen every position.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import psycopg

from bench import load, machine, postgresql, servers, traffic
from bench.servers import OurServer

GROUPS = (1, 2, 4)
CLIENTS = 64
TOGETHER = 100
"""Events in each message of the second load."""

_NOTE = """
*Told to wait*: messages answered 503 with Retry-After; their sender would send them again, this one does not.  *Dense*:
positions 1 to the head, each once.  *Stepped over*: positions that a reader of "above the last I saw" never saw; it
read all the while.  *Lost*: events answered 200 that are not in the log.  Each batch locks the head of the log first,
so writers take turns: what more nodes add is decoding, answering, and going on when one dies.  Nodes, PostgreSQL and
clients share the machine's cores."""


@dataclass
class Group:
    """So many nodes on one database, who follows it, and what it took in each round."""

    url: str
    ports: list[int]
    pids: list[int]
    terminal: str
    customs: str
    reader: Reader
    sent: int = 0
    busy: int = 0
    figures: dict[str, list[float]] = field(default_factory=dict)

    def add(self, name: str, value: float) -> None:
        """One round's figure."""
        self.figures.setdefault(name, []).append(value)

    def median(self, name: str) -> float:
        """Over the rounds."""
        return statistics.median(self.figures[name])


class Reader(threading.Thread):
    """Follows a log by position, as a relay or another node does."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.url, self.seen, self.last = url, 0, 0
        self._is_over = threading.Event()

    def run(self) -> None:
        """Ask for what is above the last position, until told that all is there."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            while True:
                was_over = self._is_over.is_set()
                asked = "SELECT count(*), max(position) FROM stored_event WHERE position > %s"
                [(count, last)] = connection.execute(asked, (self.last,)).fetchall()
                self.seen, self.last = self.seen + count, last or self.last
                if was_over:
                    return
                time.sleep(0.005)

    def finish(self) -> None:
        """Read what is left, then end."""
        self._is_over.set()
        self.join(30)


def measure(rounds: int, requests: int = 2000) -> str:
    """The table in Markdown."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        urls = stack.enter_context(postgresql.databases(len(GROUPS)))
        groups = [stack.enter_context(_nodes(url, count)) for url, count in zip(urls, GROUPS, strict=True)]
        syncs = []
        for number in range(rounds):
            print(f"round {number + 1} of {rounds}", file=sys.stderr)
            for group in groups:
                _round(group, requests)
            syncs.append(machine.sync_p50_ms(folder))
        head = f"PostgreSQL, {rounds} interleaved rounds, medians; fdatasync p50 {statistics.median(syncs):.2f} ms."
        return "\n\n".join((head, _rates(groups), _checks(groups), _NOTE.strip()))


@contextmanager
def _nodes(url: str, count: int) -> Iterator[Group]:
    with ExitStack() as stack:
        first = OurServer("", url=url, role="ingest")
        running = stack.enter_context(first)
        ports, pids = [running.port], [running.pid]
        for _ in range(count - 1):
            port = servers.free_port()
            process = subprocess.Popen([*_SERVE, "--port", str(port)], env=first.environment)
            stack.callback(process.wait, 30)
            stack.callback(process.terminate)
            servers.wait_for(port)
            ports.append(port)
            pids.append(process.pid)
        reader = Reader(url)
        reader.start()
        yield Group(url, ports, pids, running.terminal, running.customs, reader)


_SERVE = (sys.executable, "-m", "web.cli", "serve")


def _round(group: Group, requests: int) -> None:
    boxes = [traffic.container() for _ in range(requests)]
    traffic.declare(group.ports[0], group.customs, boxes[::2])
    one_by_one = _pushed(group, [traffic.gate([box]) for box in boxes], events=1, clients=CLIENTS)
    group.add("single/s", one_by_one.per_second)
    group.add("single p99", one_by_one.p99_ms)
    more = [traffic.container() for _ in range(requests * 2)]
    bodies = [traffic.gate(more[start : start + TOGETHER]) for start in range(0, len(more), TOGETHER)]
    together = _pushed(group, bodies, events=TOGETHER, clients=8)
    group.add("together/s", together.per_second * TOGETHER)


def _pushed(group: Group, bodies: list[bytes], *, events: int, clients: int) -> load.Load:
    nodes = len(group.ports)
    shares = [
        (port, [load.request("/v1/messages/gate", body, port=port, key=group.terminal) for body in bodies[n::nodes]])
        for n, port in enumerate(group.ports)
    ]
    began = sum(map(servers.cpu_seconds, group.pids))
    result = load.run_on(shares, clients=clients)
    group.sent += (len(bodies) - result.failures) * events
    group.busy += result.failures
    group.add(f"cpu {events}", 1e6 * (sum(map(servers.cpu_seconds, group.pids)) - began) / (len(bodies) * events))
    return result


def _rates(groups: list[Group]) -> str:
    alone = groups[0]
    heads = f"| nodes | single POST, {CLIENTS} clients | × one | p99 ms | CPU µs "
    heads += f"| messages of {TOGETHER}, 8 clients | × one | CPU µs |"
    lines = [heads, "|---|---|---|---|---|---|---|---|"]
    for group in groups:
        single, together = group.median("single/s"), group.median("together/s")
        lines.append(
            f"| {len(group.ports)} | {single:,.0f}/s | {single / alone.median('single/s'):.2f} "
            f"| {group.median('single p99'):.1f} | {group.median('cpu 1'):,.0f} "
            f"| {together:,.0f} events/s | {together / alone.median('together/s'):.2f} "
            f"| {group.median(f'cpu {TOGETHER}'):,.0f} |"
        )
    return "\n".join(lines)


def _checks(groups: list[Group]) -> str:
    lines = [
        "| nodes | events taken | told to wait | positions | dense | stepped over | lost |",
        "|---|---|---|---|---|---|---|",
    ]
    for group in groups:
        group.reader.finish()
        with psycopg.connect(group.url) as connection:
            asked = "SELECT count(*), max(position), count(DISTINCT position) FROM stored_event"
            [(count, head, distinct)] = connection.execute(asked).fetchall()
            kept = "SELECT count(*) FROM stored_event WHERE sender = 'TERMINAL'"
            [(taken,)] = connection.execute(kept).fetchall()
        is_dense = "yes" if count == head == distinct else "NO"
        lines.append(
            f"| {len(group.ports)} | {group.sent:,} | {group.busy} | {head:,} | {is_dense} "
            f"| {head - group.reader.seen} | {max(0, group.sent - taken)} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=2000)
    print(measure(**vars(parser.parse_args())))


if __name__ == "__main__":
    main()
