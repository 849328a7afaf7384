"""A 10 MB interchange: the memory it takes, and what a small sender beside it notices.

    python -m bench --only interchange

Each round sends gate messages of one box, eight at a time, first alone and then while a CODECO of 10 MB with some ten
thousand containers is taken by the same server; the yardstick of a small sender is itself without the neighbour.
Memory is the process's own count (VmHWM), and for the reader alone tracemalloc's.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import threading
import time
import tracemalloc
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from adapters import intake
from adapters.edifact import messages
from adapters.seam import SenderProfile
from bench import load, traffic
from bench.servers import OurServer, Running
from port.actor import Role

MEGABYTE = 1024 * 1024
CONTAINERS = 9_900
CLIENTS = 8
SMALL_SECONDS = 6.0
_TEXT = "NO VISIBLE DAMAGE, DOORS AND LOCKING BARS CHECKED BY LANE CAMERA, SEE IMAGE"


@dataclass
class Rounds:
    """One figure per round and measure."""

    figures: dict[str, list[float]] = field(default_factory=dict)

    def add(self, name: str, value: float) -> None:
        self.figures.setdefault(name, []).append(value)

    def median(self, name: str) -> float:
        return statistics.median(self.figures[name])


def measure(rounds: int) -> str:
    """The tables in Markdown."""
    return f"{_beside_others(rounds)}\n\n{_memory_of_reading()}"


def large_codeco(containers: int = CONTAINERS, *, megabytes: float = 9.9, is_one_message: bool = True) -> bytes:
    """A gate report of made-up boxes filled up to that size, all in one message or each in its own."""
    room = int(megabytes * MEGABYTE / containers) - (230 if is_one_message else 420)
    groups = [_group(traffic.container(), max(0, room)) for _ in range(containers)]
    reports = ["".join(groups)] if is_one_message else groups
    count = containers if is_one_message else 1
    told = [_message(n, report, count) for n, report in enumerate(reports, 1)]
    return f"UNB+UNOA:2+XMHT+PORT+261121:1200+{time.time_ns()}'\n{''.join(told)}UNZ+{len(told)}+1'\n".encode()


def _group(box: str, room: int) -> str:
    at = datetime.now(UTC).astimezone(ZoneInfo("Asia/Shanghai")) - timedelta(minutes=5)
    segments = [
        f"EQD+CN+{box}+22G1:102:5++3+5",
        f"RFF+BM:BL{box}",
        f"DTM+7:{at:%Y%m%d%H%M}:203",
        "LOC+165+CNXMN:139:6+XMHT:TER:ZZZ",
        "MEA+AAE+G+KGM:24310",
        f"SEL+{box[-7:]}+CA",
        "TDT+1++3+31+HAULIER:172+++MD88210",
        *(f"FTX+AAI+++{_TEXT}" for _ in range(room // (len(_TEXT) + 13))),
    ]
    return "'\n".join(segments) + "'\n"


def _message(number: int, groups: str, count: int) -> str:
    head = f"UNH+{number}+CODECO:D:95B:UN:SMDG20'\nBGM+36+L{time.time_ns()}+9'\nTDT+20+118W+1+++++9074729:146'\n"
    segments = head.count("'") + groups.count("'") + 2
    return f"{head}{groups}CNT+16:{count}'\nUNT+{segments}+{number}'\n"


def _beside_others(rounds: int) -> str:
    taken = Rounds()
    with tempfile.TemporaryDirectory() as folder, OurServer(folder) as ours:
        _small(ours, SMALL_SECONDS / 3)
        for number in range(rounds):
            print(f"round {number + 1} of {rounds}", file=sys.stderr)
            _round(taken, ours)
    return _table(taken, rounds)


def _round(taken: Rounds, ours: Running) -> None:
    alone = _small(ours, SMALL_SECONDS)
    body = large_codeco()
    before = _memory(ours.pid, "VmRSS")
    Path(f"/proc/{ours.pid}/clear_refs").write_text("5", encoding="ascii")
    posting = _Posting(ours, body)
    posting.start()
    beside = _small(ours, SMALL_SECONDS, until=lambda: not posting.is_alive())
    posting.join()
    assert posting.status == 200, "the large interchange was not taken"
    taken.add("size", len(body) / MEGABYTE)
    taken.add("took", posting.seconds)
    taken.add("growth", _memory(ours.pid, "VmHWM") - before)
    for name, result in (("alone", alone), ("beside", beside)):
        taken.add(f"{name} late", result.late)
        taken.add(f"{name} p50", result.p50_ms)
        taken.add(f"{name} p99", result.p99_ms)
        taken.add(f"{name} max", result.max_ms)
        taken.add(f"{name}/s", result.per_second)


class _Posting(threading.Thread):
    """The large interchange on its way."""

    def __init__(self, ours: Running, body: bytes) -> None:
        super().__init__()
        self.asked = urllib.request.Request(
            f"http://127.0.0.1:{ours.port}/v1/messages/edifact", body, {"Authorization": f"Bearer {ours.terminal}"}
        )
        self.status, self.seconds = 0, 0.0

    def run(self) -> None:
        """Send it until it is answered: who is told that the answer is late sends the same again."""
        began = time.perf_counter()
        while self.status in (0, 503):
            try:
                with urllib.request.urlopen(self.asked, timeout=600) as answer:
                    answer.read()
                    self.status = answer.status
            except urllib.error.HTTPError as refused:
                self.status = refused.code
        self.seconds = time.perf_counter() - began


@dataclass(frozen=True)
class _Small:
    """What a small sender saw."""

    per_second: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    late: int


def _small(ours: Running, seconds: float, *, until: Callable[[], bool] = lambda: True) -> _Small:
    """Gate messages of one box on eight connections, for so many seconds and then until `until` says so."""
    return asyncio.run(_drive(ours, seconds, until))


async def _drive(ours: Running, seconds: float, until: Callable[[], bool]) -> _Small:
    began = time.perf_counter()
    took: list[float] = []
    late = 0

    async def one() -> None:
        nonlocal late
        reader, writer = await asyncio.open_connection("127.0.0.1", ours.port)
        while time.perf_counter() - began < seconds or not until():
            gate = traffic.gate([traffic.container()])
            sent_at = time.perf_counter()
            writer.write(load.request("/v1/messages/gate", gate, port=ours.port, key=ours.terminal))
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]))
            took.append(time.perf_counter() - sent_at)
            late += not head.startswith(b"HTTP/1.1 200")
        writer.close()

    await asyncio.gather(*(one() for _ in range(CLIENTS)))
    ordered = sorted(took)
    return _Small(
        per_second=len(took) / (time.perf_counter() - began),
        p50_ms=1000 * ordered[len(ordered) // 2],
        p99_ms=1000 * ordered[int(len(ordered) * 0.99)],
        max_ms=1000 * ordered[-1],
        late=late,
    )


def _memory(pid: int, field_name: str) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.partition(f"{field_name}:")[2].split()[0]) / 1024


def _table(taken: Rounds, rounds: int) -> str:
    rows = [
        "| a small sender, 8 connections | alone | beside the interchange | ratio |",
        "|---|---|---|---|",
    ]
    for name in ("p50", "p99", "max"):
        alone, beside = taken.median(f"alone {name}"), taken.median(f"beside {name}")
        rows.append(f"| {name} | {alone:.1f} ms | {beside:.1f} ms | {beside / alone:.1f} |")
    alone, beside = taken.median("alone late"), taken.median("beside late")
    rows.append(f"| told to send again | {alone:.0f} | {beside:.0f} | |")
    alone, beside = taken.median("alone/s"), taken.median("beside/s")
    rows.append(f"| messages/s | {alone:,.0f} | {beside:,.0f} | {beside / alone:.2f} |")
    told = (
        f"{taken.median('size'):.1f} MB, {CONTAINERS:,} containers in one CODECO: taken in"
        f" {taken.median('took'):.1f} s, the server's memory grew by"
        f" {max(taken.figures['growth']):.0f} MB at its highest"
        f" ({rounds} rounds, medians; memory the worst)."
    )
    return "\n".join([told, "", *rows])


def _memory_of_reading() -> str:
    """What reading takes over the body itself, at its highest."""
    rows = ["| 9.9 MB as | the reader | reader and decoder, facts kept |", "|---|---|---|"]
    for name, is_one in (("one message", True), (f"{CONTAINERS:,} messages", False)):
        body = large_codeco(is_one_message=is_one)
        read = _peak(partial(_read, body))
        taken = _peak(partial(_take, body))
        rows.append(f"| {name} | {read:.1f} MB | {taken:.1f} MB |")
    return "\n".join(rows)


def _read(body: bytes) -> int:
    return sum(1 for _ in messages(body))


def _take(body: bytes) -> object:
    sender = SenderProfile("TERMINAL", Role.TERMINAL, frozenset({"XMHT"}))
    return intake.receive(body, format="edifact", sender=sender, key_id="k", received_at=datetime.now(UTC))


def _peak(run: Callable[[], object]) -> float:
    tracemalloc.start()
    run()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak / MEGABYTE


if __name__ == "__main__":
    print(measure(5))
