"""Promise: what cannot be taken blocks nobody, is kept with its reason, and is taken once the fault is mended."""

from __future__ import annotations

import itertools
import os
import random
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from books import doctor_says, read_books
from counts import short_and_full, write_down
from senders import Answer, Told, gate_in, send_all
from server import Server, serve
from stands import SALT, faulty, prepare

pytestmark = [pytest.mark.server, pytest.mark.slow]

CONNECTIONS = 32
LEAST_RATIO = 0.95


@dataclass(frozen=True)
class Poison:
    """How many of a lot cannot be prepared, cannot be saved, are no messages at all."""

    unprepared: int = 0
    unsaved: int = 0
    malformed: int = 0

    @property
    def count(self) -> int:
        return self.unprepared + self.unsaved + self.malformed


@dataclass(frozen=True)
class Size:
    """So many pairs of a clean and a poisoned lot take turns; at last comes one lot whose poison shows when saved."""

    pairs: int
    lot: int
    poison: Poison
    unsaved: Poison
    is_measured: bool


@dataclass(frozen=True)
class Lot:
    """Healthy messages per second, the server's processor time for each, and what was refused."""

    rate: float
    cost: float
    refused: list[Answer]


SHORT = Size(1, 150, Poison(unprepared=2, malformed=2), Poison(unsaved=2), is_measured=False)
FULL = Size(10, 1000, Poison(unprepared=6, malformed=4), Poison(unsaved=10), is_measured=True)


@short_and_full("size", short=SHORT, full=FULL)
def test_poison_blocks_nobody_and_is_taken_after_the_repair(database_url: str, tmp_path: Path, size: Size) -> None:
    key, fault, numbers = prepare(database_url), tmp_path / "fault", itertools.count()
    fault.touch()
    lots: list[tuple[Lot, Lot]] = []
    with serve(database_url, script=faulty(f"poison={fault}"), salt=SALT) as server:
        for pair in range(size.pairs):
            # Each comes first as often as the other: the database grows meanwhile.
            kinds = (Poison(), size.poison) if pair % 2 else (size.poison, Poison())
            sent = {kind: _send(server, key, _lot(numbers, size.lot, kind)) for kind in kinds}
            lots.append((sent[Poison()], sent[size.poison]))
        unsaved = _send(server, key, _lot(numbers, size.lot, size.unsaved))
        poison = [answer for _, poisoned in lots for answer in poisoned.refused] + unsaved.refused
        faulty_ones = size.pairs * size.poison.unprepared + size.unsaved.count
        broken = size.pairs * size.poison.malformed
        assert Counter(map(_reason, poison)) == {"INTERNAL_ERROR": faulty_ones, "NOT_JSON": broken}
        assert _kept(server, key) == {answer.json()["receiptID"]: _reason(answer) for answer in poison}
        fault.unlink()
        assert _replay(server, key, poison) == {"accepted": faulty_ones, "NOT_JSON": broken}
        assert set(_kept(server, key).values()) == {"NOT_JSON"}
    books = read_books(database_url)
    taken = (2 * size.pairs + 1) * size.lot - broken
    assert (books.contradictions, books.told_events, books.visits, books.instructions) == ((), taken, taken, taken)
    assert doctor_says(database_url)[0] == 0
    # In the server's own processor time: who else is busy on the machine changes nothing of it.
    ratio = statistics.median(clean.cost / poisoned.cost for clean, poisoned in lots)
    by_the_clock = statistics.median(poisoned.rate / clean.rate for clean, poisoned in lots)
    late = statistics.median(clean.cost for clean, _ in lots) / unsaved.cost
    assert not size.is_measured or ratio >= LEAST_RATIO
    write_down(
        f"poison never blocks, {database_url.partition(':')[0]}",
        tried=f"{(2 * size.pairs + 1) * size.lot:,} messages, {len(poison)} poison, {size.pairs} interleaved pairs",
        found=f"{ratio:.3f} of the clean lots' throughput by processor time, {by_the_clock:.2f} by the clock "
        f"({late:.2f} where poison shows only when saved); all kept, replay took them",
    )


def test_without_the_fault_nothing_is_refused(sqlite_url: str, tmp_path: Path) -> None:
    """The control: the same lorries without the fault are taken, so it was the fault that refused them."""
    key = prepare(sqlite_url)
    with serve(sqlite_url, script=faulty(f"poison={tmp_path / 'none'}"), salt=SALT) as server:
        answers = send_all(
            server.base_url, _lot(itertools.count(), 20, Poison(unprepared=5, unsaved=5)), key=key
        ).answers
    assert [answer.status for answer in answers] == [200] * 20


def _lot(numbers: Iterator[int], size: int, poison: Poison) -> list[Told]:
    """Messages, some of them poison, anywhere among the others."""
    kinds = [""] * (size - poison.count) + ["POISON"] * poison.unprepared
    kinds += ["BITTER"] * poison.unsaved + ["BROKEN"] * poison.malformed
    random.Random(size).shuffle(kinds)
    return [_told(next(numbers), kind) for kind in kinds]


def _told(number: int, kind: str) -> Told:
    if kind == "BROKEN":
        return Told(f"B{number}", b'{"messageID":"B%d","events":[' % number)
    return gate_in(number, **{"truckPlate": kind} if kind else {})


def _send(server: Server, key: str, lot: list[Told]) -> Lot:
    began, cpu = time.perf_counter(), _cpu_seconds(server)
    senders = send_all(server.base_url, lot, key=key, connections=CONNECTIONS)
    seconds, cpu = time.perf_counter() - began, _cpu_seconds(server) - cpu
    assert senders.unanswered == senders.refusals == []
    assert len(senders.answers) == len(lot)
    refused = [answer for answer in senders.answers if answer.status != httpx.codes.OK]
    assert all(answer.status == httpx.codes.UNPROCESSABLE_ENTITY for answer in refused)
    healthy = len(lot) - len(refused)
    return Lot(rate=healthy / seconds, cost=cpu / healthy, refused=refused)


def _cpu_seconds(server: Server) -> float:
    """What the server's process has used of the processors until now."""
    fields = Path(f"/proc/{server.pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _reason(answer: Answer) -> str:
    [result] = answer.json()["results"]
    return result["error"]["reason"]


def _kept(server: Server, key: str) -> dict[str, str]:
    """The reason of each refused message, as its sender reads it."""
    kept: dict[str, str] = {}
    before: dict[str, str] = {}
    with server.client() as asking:
        asking.headers["Authorization"] = f"Bearer {key}"
        while True:
            query = {"state": "rejected", "limit": "100", **before}
            page = asking.get("/v1/messages", params=query).json()
            kept |= {row["receiptID"]: row["errors"][0]["reason"] for row in page["messages"]}
            if not page["next"]:
                return kept
            before = {"before": page["next"]}


def _replay(server: Server, key: str, poison: list[Answer]) -> Counter[str]:
    """How many were taken, and why the others were not."""
    found: Counter[str] = Counter()
    with server.client() as asking:
        asking.headers["Authorization"] = f"Bearer {key}"
        for answer in poison:
            told = asking.post(f"/v1/messages/{answer.json()['receiptID']}/replay").json()["results"][0]
            found[told["error"]["reason"] if told["error"] else told["outcome"]] += 1
    return found
