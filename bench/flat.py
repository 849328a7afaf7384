"""What an event and a question cost at 10^4, 10^5 and 10^6 stored events: it must be the same.

    python -m bench.flat [--rounds 5] [--sizes 10000 100000 1000000]

Two months are recorded through the real path and cloned (`bench.fill`) into a database of each size; samples of the
clones are held against what was recorded.  Then the sizes take turns: messages through the Recorder, questions behind
the doors, and both over HTTP from the real server.  The first batch after a start reads the inner pages of every index,
once; it has a line of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path

from bench import fill, load, machine, traffic
from bench.cloning import Template
from bench.inside import Inside, inside
from bench.questions import LISTS, STATUS, Ask, Subject
from bench.servers import OurServer, Running, cpu_seconds
from bench.story import CUSTOMS, FACILITY, TERMINAL, Told
from port import garbage
from port.draft import Draft

SIZES = (10_000, 100_000, 1_000_000)
SUBJECTS = 400
BATCH, SINGLES, ASKED, LISTED = 100, 8, 8, 2
REQUESTS, CLIENTS = 2000, 64
_numbers = count(1)
_BATCHED, _ALONE, _FIRST = (
    "event in a batch of 100 messages",
    "event alone in its commit",
    "event in the first batch after a start",
)
_HTTP = ("POST of one event, 64 clients", "GET of a status, 64 clients")


@dataclass
class Filled:
    """A database of one size, open in this process, and what to ask of it."""

    url: str
    events: int
    port: Inside
    subjects: list[Subject]
    known: list[str]


class Taken:
    """Figures by measure and size; CPU and wall in microseconds, what the disk was asked for in pages of 4 KiB."""

    def __init__(self) -> None:
        self.cpu: dict[tuple[str, int], list[float]] = {}
        self.wall: dict[tuple[str, int], list[float]] = {}
        self.read: dict[tuple[str, int], list[float]] = {}

    def time(self, name: str, size: int, work: Callable[[], object], *, parts: int = 1) -> None:
        """Do the work and keep what each of its parts cost, all threads of this process."""
        blocks = _blocks_read()
        began, cpu = time.perf_counter(), time.process_time()
        work()
        self.read.setdefault((name, size), []).append((_blocks_read() - blocks) / 8 / parts)
        self.add(name, size, (time.process_time() - cpu) / parts, (time.perf_counter() - began) / parts)

    def add(self, name: str, size: int, cpu: float, wall: float) -> None:
        self.cpu.setdefault((name, size), []).append(1e6 * cpu)
        self.wall.setdefault((name, size), []).append(1e6 * wall)


def measure(rounds: int, sizes: Sequence[int] = SIZES) -> str:
    """The tables in Markdown."""
    with tempfile.TemporaryDirectory() as folder:
        return measure_in(folder, sizes, rounds=rounds)


def measure_in(folder: str, sizes: Sequence[int], *, rounds: int) -> str:
    """The same in a folder that is kept: databases that were begun there are filled on."""
    taken, syncs = Taken(), []
    with ExitStack() as stack:
        filled = _fill(folder, sizes, stack)
        garbage.settle()  # as the server does
        for one in filled:
            _record_batch(taken, one, _FIRST)
        for number in range(rounds):
            _say(f"round {number + 1} of {rounds}")
            for one in filled:
                _record(taken, one)
                _ask(taken, one, STATUS, times=ASKED)
                _ask(taken, one, LISTS, times=LISTED)
            syncs.append(machine.sync_p50_ms(folder))
    _over_http(taken, filled, folder, rounds=rounds)
    megabytes = [Path(one.url.removeprefix("sqlite:///")).stat().st_size / 1e6 for one in filled]
    return _told(taken, filled, megabytes, rounds=rounds, sync=statistics.median(syncs))


def _fill(folder: str, sizes: Sequence[int], stack: ExitStack) -> list[Filled]:
    recorded = fill.recorded_in(folder)
    template = fill.template_in(recorded)
    filled = []
    for size in sizes:
        url = f"sqlite:///{folder}/{size}.db"
        fill.copy(recorded, url)
        events = fill.fill(url, template, size, say=_say)
        port = stack.enter_context(inside(url, now=datetime.now(UTC)))
        clones = fill.clones_for(template, size)
        _say(f"{fill.check(url, recorded, template, port.port.judge, clones)} sampled visits read as recorded")
        subjects = subjects_in(template, clones, events)
        filled.append(Filled(url, events, port, subjects, list(dict.fromkeys(s.container for s in subjects))))
    return filled


def subjects_in(template: Template, clones: int, events: int, count: int = SUBJECTS) -> list[Subject]:
    """Visits all over the clones, drawn by how many events there are."""
    chance = random.Random(events)
    places = chance.sample(range(1, clones), min(40, clones - 1))
    subjects = []
    for number in places:
        names = template.names(number)
        for chosen in chance.sample(template.declared_visits, count // len(places)):
            visit, box, bill, declaration = (names[name] for name in chosen)
            receipt = names[chance.choice(template.receipts)]
            subjects.append(Subject(box, visit, bill, declaration, receipt, events // 2, events))
    chance.shuffle(subjects)
    return subjects


def _record(taken: Taken, one: Filled) -> None:
    """A batch, and single messages, of new boxes (half of them declared) and of boxes that come back."""
    _record_batch(taken, one, _BATCHED)
    singles = [one.port.draft(told) for told in _messages(one, SINGLES)]
    recorder = one.port.port.recorder
    for draft in singles:
        taken.time(_ALONE, one.events, partial(recorder.submit_and_wait, draft))


def _record_batch(taken: Taken, one: Filled, name: str) -> None:
    drafts = [one.port.draft(told) for told in _messages(one, BATCH)]
    taken.time(name, one.events, lambda: asyncio.run(_submit(one, drafts)), parts=BATCH)


async def _submit(one: Filled, drafts: Sequence[Draft]) -> None:
    await asyncio.gather(*(one.port.port.recorder.submit(draft) for draft in drafts))


def _messages(one: Filled, number: int) -> list[Told]:
    """In fours: a box is declared, it is discharged, one nobody declared is, and one that was here before is."""
    told: list[Told] = []
    at = datetime.now(UTC) - timedelta(minutes=5)
    while len(told) < number:
        declared, plain, known = _new_box(), _new_box(), one.known.pop()
        told.append(Told(at, CUSTOMS, "customs", "customs", _enveloped(declarations=[traffic.declaration(declared)])))
        told += [
            Told(at, TERMINAL, "terminal", "gate", _enveloped(events=[_discharged(box, at)]))
            for box in (declared, plain, known)
        ]
    return told[:number]


def _enveloped(**arrays: object) -> dict[str, object]:
    return {"messageID": f"FLAT{time.time_ns()}-{next(_numbers)}", **arrays}


def _discharged(box: str, at: datetime) -> dict[str, object]:
    return {
        "eventType": "EQUIPMENT",
        "equipmentEventTypeCode": "DISC",
        "eventClassifierCode": "ACT",
        "eventDateTime": at.isoformat(),
        "equipmentReference": box,
        "ISOEquipmentCode": "22G1",
        "emptyIndicatorCode": "LADEN",
        "facilityCode": FACILITY,
        "seals": ["AB123"],
        "grossMassKg": 24310,
    }


def _new_box() -> str:
    return traffic.container(next(_numbers), owner="FLA")


def _ask(taken: Taken, one: Filled, questions: dict[str, Ask], *, times: int) -> None:
    judge, database = one.port.port.judge, one.port.port.database
    chance = random.Random(len(taken.cpu))
    for name, ask in questions.items():
        for _ in range(times):
            subject = chance.choice(one.subjects)
            with database.read() as connection:
                taken.time(name, one.events, lambda: ask(connection, subject, judge))  # noqa: B023  # called at once


def _over_http(taken: Taken, filled: Sequence[Filled], folder: str, *, rounds: int) -> None:
    """The smallest and the largest, each behind a server of its own."""
    with ExitStack() as stack:
        served = [(one, stack.enter_context(OurServer(folder, url=one.url))) for one in (filled[0], filled[-1])]
        for number in range(rounds + 1):
            for one, running in served:
                for name, requests in zip(_HTTP, _requests(one, running), strict=True):
                    cpu = cpu_seconds(running.pid)
                    result = load.run(running.port, requests, clients=CLIENTS)
                    assert result.failures == 0, f"{name}: {result.failures} failed"
                    if number:  # the first warms up
                        taken.add(name, one.events, (cpu_seconds(running.pid) - cpu) / REQUESTS, 1 / result.per_second)


def _requests(one: Filled, running: Running) -> tuple[list[bytes], list[bytes]]:
    posts = [
        load.request("/v1/messages/gate", traffic.gate([_new_box()]), port=running.port, key=running.terminal)
        for _ in range(REQUESTS)
    ]
    gets = [
        load.request(f"/v1/containers/{subject.container}", port=running.port, key=running.customs)
        for subject in (one.subjects * REQUESTS)[:REQUESTS]
    ]
    return posts, gets


def _told(taken: Taken, filled: Sequence[Filled], megabytes: Sequence[float], *, rounds: int, sync: float) -> str:
    sizes = [one.events for one in filled]
    recorded = [_BATCHED, _ALONE]
    held = ", ".join(f"{size:,} events {mb:,.0f} MB" for size, mb in zip(sizes, megabytes, strict=True))
    parts = [
        f"CPU µs each, medians; {rounds} rounds, the sizes taking turns; fdatasync p50 {sync:.2f} ms. SQLite: {held}.",
        _table([*recorded, *_HTTP], sizes, taken.cpu, goal="≤ 1.3"),
        _table([_FIRST], sizes, taken.cpu, goal=""),
        "The same by the clock, µs (a commit waits for the disk):",
        _table([*recorded, *_HTTP, _FIRST], sizes, taken.wall, goal=""),
        "What the disk was asked for meanwhile, pages of 4 KiB each; what the system still holds of the file is none:",
        _table([*recorded, _FIRST], sizes, taken.read, goal="", digits=1),
        "Questions, as the doors ask them of the database (no HTTP):",
        _table(list(STATUS), sizes, taken.cpu, goal="≤ 1.3"),
        "Lists, pages and sweeps:",
        _table(list(LISTS), sizes, taken.cpu, goal=""),
    ]
    return "\n\n".join(parts)


def _table(
    names: Sequence[str],
    sizes: Sequence[int],
    figures: dict[tuple[str, int], list[float]],
    *,
    goal: str,
    digits: int = 0,
) -> str:
    head = [f"| | {' | '.join(f'{size:,}' for size in sizes)} | last ÷ first | goal |", "|---" * (len(sizes) + 3) + "|"]
    lines = []
    for name in names:
        medians = [statistics.median(figures[name, size]) if (name, size) in figures else None for size in sizes]
        told = " | ".join("" if value is None else f"{value:,.{digits}f}" for value in medians)
        ratio = f"{medians[-1] / medians[0]:.2f}" if medians[0] and medians[-1] else ""
        lines.append(f"| {name} | {told} | {ratio} | {goal} |")
    return "\n".join([*head, *lines])


def _blocks_read() -> int:
    """Of 512 bytes, by this process from the disk."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_inblock


def _say(told: str) -> None:
    print(told, file=sys.stderr)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    print(measure(**vars(parser.parse_args())))


if __name__ == "__main__":
    main()
