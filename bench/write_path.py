"""The write path: decode, fold, decide, durable commit, answered over HTTP, beside what the machine allows.

    python -m bench.write_path [--rounds 5] [--requests 4000]

Our server runs as the real process on SQLite FULL.  Each round takes the bare route, our single POST and the tutorial's
session per request in turn at 64 clients, then our batch of 1,000 and a raw insert loop.  Half of the events are
discharges of declared boxes, so half of the answers carry a decision and an instruction.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

from stdnum import iso6346

from bench import load, yardsticks

CLIENTS = 64
_numbers = count(1)


@dataclass
class Rounds:
    """One figure per round and measure."""

    figures: dict[str, list[float]] = field(default_factory=dict)

    def add(self, name: str, value: float) -> None:
        self.figures.setdefault(name, []).append(value)

    def median(self, name: str) -> float:
        return statistics.median(self.figures[name])


def main() -> None:
    """Measure and print a table."""
    print(measure(**vars(_arguments())))


def measure(*, rounds: int, requests: int) -> str:
    """The table in Markdown."""
    taken = Rounds()
    with (
        tempfile.TemporaryDirectory() as folder,
        OurServer(folder) as (port, key, customs),
        Yardsticks(folder) as bare_port,
    ):
        for number in range(rounds):
            print(f"round {number + 1} of {rounds}", file=sys.stderr)
            _round(taken, port, key, customs, bare_port, folder=folder, requests=requests)
    return _table(taken, rounds)


def _round(taken: Rounds, port: int, key: str, customs: str, bare_port: int, *, folder: str, requests: int) -> None:
    boxes = [_container() for _ in range(requests)]
    _declare(port, customs, boxes[::2])
    taken.add("sync", yardsticks.sync_p50_ms(folder))
    bodies = [_gate([box]) for box in boxes]
    bare = load.run(bare_port, [load.request("/bare", b, port=bare_port) for b in bodies], clients=CLIENTS)
    ours = load.run(port, [load.request("/v1/messages/gate", b, port=port, key=key) for b in bodies], clients=CLIENTS)
    some = bodies[: max(CLIENTS * 4, requests // 8)]
    tutorial = load.run(bare_port, [load.request("/tutorial/gate", b, port=bare_port) for b in some], clients=CLIENTS)
    assert ours.failures == bare.failures == tutorial.failures == 0, "a request failed"
    for name, result in (("bare", bare), ("ours", ours), ("tutorial", tutorial)):
        taken.add(f"{name}/s", result.per_second)
        taken.add(f"{name} p50", result.p50_ms)
        taken.add(f"{name} p99", result.p99_ms)
    batch = [_container() for _ in range(3000)]
    _declare(port, customs, batch[::2])
    parts = [_gate(batch[start : start + 1000]) for start in (0, 1000, 2000)]
    pushes = [load.request("/v1/messages/gate", part, port=port, key=key) for part in parts]
    taken.add("batch/s", 1000 * load.run(port, pushes, clients=1).per_second)
    taken.add("raw/s", yardsticks.raw_inserts(folder, 20_000, per_commit=1000))


def _table(taken: Rounds, rounds: int) -> str:
    ours, bare, tutorial = (taken.median(f"{name}/s") for name in ("ours", "bare", "tutorial"))
    rows = [
        ("single POST, 64 clients", f"{ours:,.0f}/s", f"bare route {bare:,.0f}/s", ours / bare, "≥ 0.4"),
        (
            "single POST, 64 clients",
            f"{ours:,.0f}/s",
            f"session per request {tutorial:,.0f}/s",
            ours / tutorial,
            "≥ 10",
        ),
        (
            "single POST, p99",
            f"{taken.median('ours p99'):.1f} ms",
            f"bare route {taken.median('bare p99'):.1f} ms",
            taken.median("ours p99") / taken.median("bare p99"),
            "≤ 2.5",
        ),
        (
            "batch of 1,000",
            f"{taken.median('batch/s'):,.0f} events/s",
            f"raw insert {taken.median('raw/s'):,.0f} rows/s",
            taken.median("batch/s") / taken.median("raw/s"),
            "≥ 0.25",
        ),
    ]
    sync = taken.median("sync")
    head = f"Write path, SQLite WAL FULL, {rounds} interleaved rounds, medians; fdatasync p50 {sync:.2f} ms."
    lines = [head, "", "| measured | ours | yardstick | ratio | goal |", "|---|---|---|---|---|"]
    return "\n".join(lines + [f"| {a} | {b} | {c} | {ratio:.2f} | {goal} |" for a, b, c, ratio, goal in rows])


class OurServer:
    """Our server as a process of its own; (port, terminal's key, customs' key)."""

    def __init__(self, folder: str) -> None:
        self.environment = os.environ | {"DIGITAL_PORT_DATABASE_URL": f"sqlite:///{folder}/port.db"}

    def __enter__(self) -> tuple[int, str, str]:
        key = self._key("TERMINAL", "terminal", "--facility", "XMHT")
        customs = self._key("CUSTOMS", "customs")
        port = _free_port()
        command = [sys.executable, "-m", "web.cli", "serve", "--port", str(port)]
        quiet = self.environment | {"DIGITAL_PORT_LOG_LEVEL": "error"}
        self.process = subprocess.Popen(command, env=quiet)
        _wait(port)
        return port, key, customs

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(30)

    def _key(self, party: str, role: str, *more: str) -> str:
        command = [sys.executable, "-m", "web.cli", "keys", "create", "--party", party, "--name", party.title()]
        command += ["--role", role, *more, "--json"]
        made = subprocess.run(command, env=self.environment, capture_output=True, check=True)
        key: str = json.loads(made.stdout)["key"]
        return key


class Yardsticks:
    """The yardsticks' server as a process of its own; its port."""

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def __enter__(self) -> int:
        port = _free_port()
        self.process = multiprocessing.get_context("spawn").Process(target=yardsticks.serve, args=(port, self.folder))
        self.process.start()
        _wait(port, path="/bare")
        return port

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.join(30)


def _declare(port: int, key: str, boxes: list[str]) -> None:
    for start in range(0, len(boxes), 500):
        declared = [_declaration(box) for box in boxes[start : start + 500]]
        body = json.dumps({"messageID": secrets.token_hex(8), "declarations": declared}).encode()
        asked = urllib.request.Request(
            f"http://127.0.0.1:{port}/v1/messages/customs", body, {"Authorization": f"Bearer {key}"}
        )
        urllib.request.urlopen(asked).read()


def _declaration(box: str) -> dict[str, object]:
    number = f"3711202610{next(_numbers):08d}"
    return {
        "declarationNumber": number,
        "direction": "IMPORT",
        "mode": "ADVANCE",
        "declaredAt": (datetime.now(UTC) - timedelta(days=1)).isoformat(),
        "declarant": {"code": "BROKER", "name": "Broker"},
        "consignee": {"code": "CONSIGNEE", "name": "Consignee", "creditGrade": "GENERAL"},
        "transportDocumentReference": f"BL{number}",
        "containers": [box],
        "lines": [
            {
                "hsCode": "9403600000",
                "originCountry": "VN",
                "netMassKg": 9800,
                "declaredValue": 42000,
                "currency": "USD",
            }
        ],
    }


def _gate(boxes: list[str]) -> bytes:
    at = datetime.now(UTC).isoformat()
    events = [
        {
            "eventType": "EQUIPMENT",
            "equipmentEventTypeCode": "DISC",
            "eventClassifierCode": "ACT",
            "eventDateTime": at,
            "equipmentReference": box,
            "ISOEquipmentCode": "22G1",
            "emptyIndicatorCode": "LADEN",
            "facilityCode": "XMHT",
            "seals": ["AB123"],
            "grossMassKg": 24310,
        }
        for box in boxes
    ]
    return json.dumps({"messageID": secrets.token_hex(12), "events": events}).encode()


def _container() -> str:
    number = f"CSQU{next(_numbers):06d}"
    return number + iso6346.calc_check_digit(number)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(port: int, path: str = "/readyz") -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(f"nothing listens for {path}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=4000)
    return parser.parse_args()


if __name__ == "__main__":
    main()
