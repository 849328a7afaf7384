"""Several writers on one PostgreSQL: nothing lost, doubled or overtaken, whoever is told what at the same moment."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text

from build_diversion import site, written
from build_port import declaration, discharged, manifest, notice
from build_writers import (
    at_once,
    box,
    customs,
    faults,
    gate,
    life_of,
    ports_on,
    shuffled,
    spread,
    stories,
    submit,
    vessel_call,
)
from events import log
from migrated import make_tables
from port import instructing
from port.actor import Actor, Role
from port.batch import Work
from port.orders import Instruction
from web.app import open_port
from web.port import Port
from web.settings import Settings

Step = Callable[[Work, Actor, str], Instruction]
DESK = Actor("k", "XMHT", "Hai Tian", Role.TERMINAL, frozenset({"XMHT"}))


@pytest.fixture
def ports(postgresql_url: str) -> Iterator[list[Port]]:
    with ports_on(postgresql_url, 3) as running:
        yield running


def test_what_many_writers_are_told_at_once_becomes_what_one_is_told_in_turn(ports: list[Port], sqlite_url: str):
    drafts = [one for number in range(1, 13) for one in life_of(number)]
    drafts += [vessel_call(f"CALL-{n}", minutes_ago=240 - n) for n in range(4)]
    receipts = spread(ports, shuffled(drafts, seed=20261121))
    assert Counter(r.outcome for receipt in receipts for r in receipt.results if r.outcome == "rejected") == Counter()
    with ports[0].database.read() as connection:
        assert faults(connection, receipts) == []
    with ports_on(sqlite_url, 1) as [alone]:
        for one in drafts:
            submit(alone, one)
        assert stories(ports[0]) == stories(alone)


def test_one_box_told_of_by_every_writer_at_once_is_judged_on_all_of_it(ports: list[Port], sqlite_url: str):
    for seed in range(4):
        drafts = [*life_of(seed * 3 + 3), vessel_call(f"CALL-{seed}", minutes_ago=240)]
        receipts = spread(ports, shuffled(drafts * 2, seed=seed))
        assert sum(receipt.is_duplicate for receipt in receipts) == len(drafts)
    with ports_on(sqlite_url, 1) as [alone]:
        for seed in range(4):
            spread([alone], [*life_of(seed * 3 + 3), vessel_call(f"CALL-{seed}", minutes_ago=240)])
        assert stories(ports[0]) == stories(alone)


def test_a_message_sent_to_every_writer_at_once_has_one_effect_and_one_answer(ports: list[Port]):
    for number in range(1, 9):
        sent = gate(f"SAME-{number}", discharged(box=box(number)))
        receipts = at_once([partial(submit, port, sent) for port in ports for _ in range(2)])
        assert Counter(receipt.is_duplicate for receipt in receipts) == {False: 1, True: 5}
        assert len({(receipt.receipt_id, receipt.results) for receipt in receipts}) == 1
        assert receipts[0].results[0].instruction is not None
    with ports[0].database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM instruction")).scalar() == 8
        assert connection.execute(text("SELECT sequence FROM sender_sequence")).scalars().all() == [8]


def test_no_bay_is_given_twice(postgresql_url: str, tmp_path: Path):
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps(written(sites=[site("BAY", "INSPECTION", bays=5)])), encoding="utf-8")
    numbers = range(1, 21)
    with ports_on(postgresql_url, 3, ruleset=rules) as ports:
        ordered = []
        for number in numbers:
            paper = {"containers": [box(number)], "transportDocumentReference": f"BL{number:06d}"}
            declared = f"37112026100{number:07d}"
            ordered.append(
                customs(
                    f"C-{number}",
                    manifests=[manifest(**paper)],
                    declarations=[declaration(declarationNumber=declared, **paper)],
                    notices=[notice("INSPECTION_ORDERED", minutes_ago=60, declarationNumber=declared)],
                )
            )
        spread(ports, ordered)
        receipts = spread(ports, [gate(f"G-{number}", discharged(box=box(number))) for number in numbers])
        given = Counter(r.instruction.place for receipt in receipts for r in receipt.results if r.instruction)
        with ports[0].database.read() as connection:
            held = connection.execute(text("SELECT count(*) FROM decision WHERE holds_slot")).scalar()
    assert (given, held) == (Counter({"BAY": 5, None: 15}), 5)


def test_an_instruction_acknowledged_and_executed_at_two_writers_at_once_keeps_both_times(ports: list[Port]):
    receipts = spread(ports, [gate(f"G-{number}", discharged(box=box(number))) for number in range(1, 9)])
    issued = [r.instruction.instruction_id for receipt in receipts for r in receipt.results if r.instruction]
    assert len(issued) == 8

    def step(port: Port, take: Step, instruction_id: str) -> str:
        return port.recorder.command_and_wait(lambda work: take(work, DESK, instruction_id).state)

    turns = (instructing.acknowledge, instructing.execute, instructing.acknowledge)
    steps = [partial(step, port, take, one) for one in issued for port, take in zip(ports, turns, strict=True)]
    at_once(steps)
    with ports[0].database.read() as connection:
        rows = connection.execute(text("SELECT state, executed_at IS NOT NULL AS done FROM instruction")).all()
        assert [tuple(row) for row in rows] == [("EXECUTED", True)] * 8
        assert faults(connection, receipts) == []


def test_a_reader_behind_several_writers_steps_over_nothing(ports: list[Port]):
    seen: list[int] = []
    is_over = threading.Event()

    def follow() -> None:
        while True:
            was_over = is_over.is_set()
            with ports[2].database.read() as connection:
                seen.extend(one.position for one in log.since(connection, seen[-1] if seen else 0))
            if was_over:
                return

    reader = threading.Thread(target=follow)
    reader.start()
    receipts = spread(ports[:2], [one for number in range(1, 21) for one in life_of(number)])
    time.sleep(0.05)
    is_over.set()
    reader.join(60)
    with ports[0].database.read() as connection:
        assert faults(connection, receipts) == []
        assert seen == list(range(1, log.head(connection)[0] + 1))


def test_a_batch_waits_for_the_head_and_holds_nothing_meanwhile(ports: list[Port]):
    # Who holds nothing while it waits can be part of no circle.
    with ThreadPoolExecutor(1) as pool, ports[0].database.write() as holder:
        log.reserve(holder)
        sent = pool.submit(submit, ports[1], gate("WAITS", discharged(box=box(1))))
        holds = (
            "SELECT DISTINCT relation::regclass::text FROM pg_locks WHERE relation IS NOT NULL AND mode LIKE 'Row%' "
            "AND pid IN (SELECT pid FROM pg_locks WHERE NOT granted)"
        )
        deadline = time.monotonic() + 20
        while not (found := holder.execute(text(holds)).scalars().all()) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert set(found) == {"log_head", "pk_log_head"}
    assert sent.result(20).results[0].outcome == "accepted"


def test_processes_that_begin_at_once_lay_one_foundation(postgresql_url: str):
    make_tables(postgresql_url)
    given = Settings(database_url=postgresql_url)
    with ExitStack() as stack:
        opened = at_once([partial(open_port, given)] * 6)
        for port in opened:
            stack.callback(port.database.close)
        assert len({(port.database_id, port.judge.id_salt, port.judge.draw_salt) for port in opened}) == 1
