"""Beside other rule engines: microseconds per case on one table, and what each does with a fact that is not as it
should be.

All engines decide the same boxes by the same 50 rows x 12 facts, taking turns, and must agree on each while all facts
are told.  Then one fact of a box is left out, told as another type, or NaN.  What counts is whether a box is released
that would not have been, had the fact been told: nobody would ever look at it again.
"""

from __future__ import annotations

import gc
import math
import random
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from bench import decide as table
from bench.decide import Decided, Told
from bench.peers import cel_chain, zen_chain, zen_table
from port.diversion.bulk import decide_bulk, frame_of
from port.diversion.capacity import SiteState
from port.diversion.case import Case
from port.diversion.decide import decide
from port.diversion.table import Ruleset

CASES = 400
BULK_CASES = 100_000
"""What a back-test hands over at once."""

OURS, TRACED, BULK = "ours, live", "ours, live, every row's why-not", "ours, bulk"
CHAIN, ZEN_TABLE, ZEN_CHAIN, CEL = "if chain in Python", "zen-engine, table", "zen-engine, expression", "CEL"
_NOTES = {
    CHAIN: "no reasons",
    ZEN_TABLE: "its decision table, first hit",
    ZEN_CHAIN: "the table written as one expression",
    CEL: "common-expression-language, two expressions",
    BULK: f"{BULK_CASES:,} cases as columns, Polars' threads as they come",
}


def measure(rounds: int) -> str:
    """Both tables in Markdown."""
    chance = random.Random(table.SEED)
    rows = table.drawn_rows(chance)
    rules = table.ruleset(rows)
    boxes = [table.case(chance) for _ in range(CASES)]
    engines = {
        CHAIN: table.if_chain(rows),
        ZEN_TABLE: zen_table(rows),
        ZEN_CHAIN: zen_chain(rows),
        CEL: cel_chain(rows),
    }
    _agree(boxes, rules, engines)
    return f"{_speed(rounds, boxes, rules, engines)}\n\n{_faults(boxes, rules, engines)}"


def _agree(boxes: Sequence[Case], rules: Ruleset, engines: Mapping[str, Callable[[Told], Decided]]) -> None:
    for box in boxes:
        ours = _ours(box, rules)
        for name, engine in engines.items():
            assert engine(table.flat(box)) == ours, (name, ours)


def _ours(box: Case, rules: Ruleset) -> Decided:
    outcome = decide(box, rules, draws=table.DRAWS, sites=SiteState())
    return outcome.route.value, outcome.rows[0][1]


def _speed(rounds: int, boxes: Sequence[Case], rules: Ruleset, engines: Mapping[str, Callable[[Told], Decided]]) -> str:
    told, sites = [table.flat(box) for box in boxes], SiteState()
    frame = frame_of(list(boxes) * (BULK_CASES // len(boxes)))
    works: dict[str, tuple[Callable[[], object], int]] = {
        OURS: (lambda: [decide(box, rules, draws=table.DRAWS, sites=sites) for box in boxes], len(boxes)),
        TRACED: (lambda: [decide(box, rules, draws=table.DRAWS, sites=sites, trace=True) for box in boxes], len(boxes)),
        BULK: (lambda: decide_bulk(frame, rules), len(frame)),
        **{name: (_work(engine, told), len(told)) for name, engine in engines.items()},
    }
    found: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, (work, count) in works.items():
            found[name].append(_processor_time(work) / count * 1e6)
    middles = {name: statistics.median(taken) for name, taken in found.items()}
    lines = [
        f"{table.ROWS} rows of {table.CONDITIONS} conditions x 12 facts, {CASES} cases, {rounds} rounds taking turns.",
        "Processor time per case.  All agree on every case.",
        "",
        "| | median µs | min | max | x ours, live | |",
        "|---|---|---|---|---|---|",
    ]
    for name, taken in found.items():
        ratio = middles[name] / middles[OURS]
        lines.append(
            f"| {name} | {middles[name]:.2f} | {min(taken):.2f} | {max(taken):.2f} | {ratio:.2f} "
            f"| {_NOTES.get(name, '')} |"
        )
    return "\n".join(lines)


def _work(engine: Callable[[Told], Decided], told: Sequence[Told]) -> Callable[[], object]:
    return lambda: [engine(facts) for facts in told]


def _processor_time(work: Callable[[], object]) -> float:
    """Seconds of this process; the garbage collector waits."""
    gc.disable()
    start = time.process_time()
    work()
    passed = time.process_time() - start
    gc.enable()
    return passed


def _left_out(facts: Told) -> Iterator[Told]:
    for fact in facts:
        yield {name: value for name, value in facts.items() if name != fact}


def _mistyped(facts: Told) -> Iterator[Told]:
    for fact, value in facts.items():
        yield {**facts, fact: 7 if isinstance(value, str) else "7"}


def _not_a_number(facts: Told) -> Iterator[Told]:
    for fact in table.NUMBERS:
        yield {**facts, fact: math.nan}


_MEANT = """A released box is one that nobody looks at again.  *Raise*: the engine throws an error, and whoever calls it
must know to hold the box.  Ours answers YARD or HOLD, and names the fact."""

FAULTS: dict[str, Callable[[Told], Iterator[Told]]] = {
    "left out": _left_out,
    "of another type": _mistyped,
    "NaN": _not_a_number,
}


def _faults(boxes: Sequence[Case], rules: Ruleset, engines: Mapping[str, Callable[[Told], Decided]]) -> str:
    kept = [table.flat(box) for box in boxes if _ours(box, rules)[0] != "DIRECT_RELEASE"]
    broken = {fault: [one for facts in kept for one in damaged(facts)] for fault, damaged in FAULTS.items()}
    deciders = {OURS: lambda facts: _ours(_box(facts), rules), **engines}
    lines = [
        f"Each fact in turn broken, of each of {len(kept)} boxes that the table does not release:",
        "",
        f"| released although | {' | '.join(f'fact {fault} ({len(some):,})' for fault, some in broken.items())} |",
        f"|---|{'---|' * len(broken)}",
    ]
    for name, decider in deciders.items():
        lines.append(f"| {name} | {' | '.join(_told(decider, some) for some in broken.values())} |")
    in_bulk = [decide_bulk(frame_of([_box(one) for one in some]), rules)["route"] for some in broken.values()]
    lines.append(f"| {BULK} | {' | '.join(_share(int((routes == 'DIRECT_RELEASE').sum()), 0) for routes in in_bulk)} |")
    return "\n".join([*lines, "", _MEANT])


def _told(decider: Callable[[Told], Decided], broken: Sequence[Told]) -> str:
    """How many of them are released, and how many raise an error that the caller has to make something of."""
    released = raised = 0
    for facts in broken:
        try:
            released += decider(facts)[0] == "DIRECT_RELEASE"
        except Exception:  # noqa: BLE001  # whatever an engine raises is what is counted
            raised += 1
    return _share(released, raised)


def _share(released: int, raised: int) -> str:
    return f"**{released:,}**" + (f", {raised:,} raise" if raised else "")


def _box(facts: Told) -> Case:
    levels = [{name: facts[name] for name in level if name in facts} for level in table.LEVELS]
    return table.boxed(*levels)
