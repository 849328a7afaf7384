"""Promise: what cannot be taken blocks nobody, is kept with its reason, and is taken once the fault is mended."""

from __future__ import annotations

import itertools
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
class Size:
    """So many pairs of a clean and a poisoned lot take turns; `poison` of each kind are in a lot."""

    pairs: int
    lot: int
    poison: tuple[int, int, int]
    is_measured: bool


@short_and_full("size", short=Size(1, 200, (2, 2, 2), False), full=Size(10, 1000, (4, 3, 3), True))
def test_poison_blocks_nobody_and_is_taken_after_the_repair(database_url: str, tmp_path: Path, size: Size) -> None:
    key, fault, numbers = prepare(database_url), tmp_path / "fault", itertools.count()
    fault.touch()
    poison: list[Answer] = []
    ratios = []
    with serve(database_url, script=faulty(f"poison={fault}"), salt=SALT) as server:
        for _ in range(size.pairs):
            clean, _ = _send(server, key, _lot(numbers, size.lot, (0, 0, 0)))
            poisoned, refused = _send(server, key, _lot(numbers, size.lot, size.poison))
            ratios.append(poisoned / clean)
            poison += refused
        reasons = Counter(_reason(answer) for answer in poison)
        each = [count * size.pairs for count in size.poison]
        assert reasons == {"INTERNAL_ERROR": each[0] + each[1], "NOT_JSON": each[2]}
        assert _kept(server, key) == {a.json()["receiptID"]: _reason(a) for a in poison}
        fault.unlink()
        replayed = _replay(server, key, poison)
        assert replayed == {"accepted": each[0] + each[1], "NOT_JSON": each[2]}
        assert set(_kept(server, key).values()) == {"NOT_JSON"}
    books = read_books(database_url)
    taken = 2 * size.pairs * size.lot - each[2]
    assert (books.contradictions, books.told_events, books.visits, books.instructions) == ((), taken, taken, taken)
    assert doctor_says(database_url)[0] == 0
    ratio = statistics.median(ratios)
    assert not size.is_measured or ratio >= LEAST_RATIO
    write_down(
        f"poison never blocks, {database_url.partition(':')[0]}",
        tried=f"{2 * size.pairs * size.lot:,} messages, {len(poison)} poison, {size.pairs} interleaved pairs of lots",
        found=f"{ratio:.3f} of the clean lots' throughput for the healthy ones; all poison kept, replay took it",
    )


def test_without_the_fault_nothing_is_refused(sqlite_url: str, tmp_path: Path) -> None:
    """The control: the same lorries without the fault are taken, so it was the fault that refused them."""
    key = prepare(sqlite_url)
    with serve(sqlite_url, script=faulty(f"poison={tmp_path / 'none'}"), salt=SALT) as server:
        answers = send_all(server.base_url, _lot(itertools.count(), 20, (5, 5, 0)), key=key).answers
    assert [answer.status for answer in answers] == [200] * 20


def _lot(numbers: Iterator[int], size: int, poison: tuple[int, int, int]) -> list[Told]:
    """Messages of which some cannot be prepared, some cannot be saved, and some are no messages at all."""
    unprepared, unsaved, malformed = poison
    healthy = size - sum(poison)
    kinds = [""] * healthy + ["POISON"] * unprepared + ["BITTER"] * unsaved + ["BROKEN"] * malformed
    random.Random(size).shuffle(kinds)
    return [_told(number, kind) for number, kind in zip(numbers, kinds, strict=False)]


def _told(number: int, kind: str) -> Told:
    if kind == "BROKEN":
        return Told(f"B{number}", b'{"messageID":"B%d","events":[' % number)
    return gate_in(number, **{"truckPlate": kind} if kind else {})


def _send(server: Server, key: str, lot: list[Told]) -> tuple[float, list[Answer]]:
    """Healthy messages per second, and what was refused."""
    began = time.perf_counter()
    senders = send_all(server.base_url, lot, key=key, connections=CONNECTIONS)
    seconds = time.perf_counter() - began
    assert senders.unanswered == senders.refusals == []
    assert len(senders.answers) == len(lot)
    refused = [answer for answer in senders.answers if answer.status != httpx.codes.OK]
    assert all(answer.status == httpx.codes.UNPROCESSABLE_ENTITY for answer in refused)
    return (len(lot) - len(refused)) / seconds, refused


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
