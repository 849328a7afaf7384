"""A back-test: a million declarations by one table, on one core, and the same decisions as live.

    POLARS_MAX_THREADS=1 python -m bench.bulk [ROUNDS]

The table is that of `bench.decide`.  The declarations come as columns, as they do out of a file; that they are turned
into a frame is timed too.  In the second lot one fact in ten is left out and one in a hundred is not what it should be;
in the third no two HS codes are alike, which is the worst that can happen to look-ups by value.
"""

from __future__ import annotations

import os
import random
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeVar

import polars as pl

from bench import decide as table
from port.diversion.bulk import CaseFrame, decide_bulk, frame_of_columns, hits
from port.diversion.capacity import SiteState
from port.diversion.case import Case
from port.diversion.decide import decide
from port.diversion.table import Ruleset

CASES = 1_000_000
SAMPLE = 20_000
GOAL = 3.0
HS_CODES = 13_000
"""About as many as a customs tariff has."""

Columns = Mapping[str, pl.Series]
Made = TypeVar("Made")


def measure(rounds: int) -> str:
    """The table in Markdown, measured where Polars has one thread: it asks for their number when it is loaded."""
    alone = {**os.environ, "POLARS_MAX_THREADS": "1"}
    command = [sys.executable, "-m", "bench.bulk", str(rounds)]
    return subprocess.run(command, env=alone, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def main() -> None:
    """Measure and print."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    chance = random.Random(table.SEED)
    rules = table.ruleset(table.drawn_rows(chance))
    print(
        f"{CASES:,} declarations, {table.ROWS} rows of {table.CONDITIONS} conditions x 12 facts, "
        f"{pl.thread_pool_size()} thread; processor time, seconds, medians of {rounds}.\n\n"
        "| declarations | into a frame | decided | together (worst) | goal | hits of all rows | alike live |\n"
        "|---|---|---|---|---|---|---|"
    )
    for name, columns in _lots(chance):
        print(f"| {name} | {_measured(columns, rules, rounds)} |")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\nPeak memory with all of it at once: {peak:,.0f} MB.  *Alike live*: {_LIKE}")


_LIKE = """the declarations of a sample whose
route, reason, row and undetermined facts are those that `decide` gives.  *Hits*: which rows hold for which, counted;
what a report asks beside the decisions.  *Some left out or wrong*: of each fact one in ten, and one in a hundred.
*Each HS code another*: the worst that can happen to look-ups by value; a tariff has some 13,000."""


def _lots(chance: random.Random) -> list[tuple[str, Columns]]:
    print("making declarations", file=sys.stderr)
    codes = [f"{chance.randrange(10**10):010}" for _ in range(HS_CODES)]
    told = {fact: pl.Series(chance.choices(some, k=CASES)) for fact, some in table.CODES.items()}
    told |= {fact: _numbers(chance, most) for fact, most in table.NUMBERS.items()}
    told |= {"is_lcl": pl.Series([chance.random() < 0.2 for _ in range(CASES)])}
    told |= {"hs_code": pl.Series(chance.choices(codes, k=CASES))}
    each = pl.Series([f"{number:010}" for number in chance.sample(range(10**10), k=CASES)])
    return [
        ("all facts told", told),
        ("some left out or wrong", {fact: _damaged(chance, column) for fact, column in told.items()}),
        ("each HS code another", {**told, "hs_code": each}),
    ]


def _numbers(chance: random.Random, most: int) -> pl.Series:
    return pl.Series([float(chance.randrange(most)) for _ in range(CASES)])


def _damaged(chance: random.Random, column: pl.Series) -> pl.Series:
    drawn = pl.Series([chance.random() for _ in range(CASES)])
    if column.dtype == pl.Boolean:
        return column.set(drawn < 0.1, None)
    wrong = "?" if column.dtype == pl.String else float("nan")
    return column.set(drawn < 0.11, wrong).set(drawn < 0.1, None)


def _measured(columns: Columns, rules: Ruleset, rounds: int) -> str:
    made, judged, both = [], [], []
    for _ in range(rounds):
        frame, to_make = _timed(partial(frame_of_columns, columns))
        decided, to_judge = _timed(partial(decide_bulk, frame, rules))
        made.append(to_make)
        judged.append(to_judge)
        both.append(to_make + to_judge)
    _, counting = _timed(lambda: hits(frame, rules).counts())
    middle = statistics.median
    return (
        f"{middle(made):.2f} | {middle(judged):.2f} | {middle(both):.2f} ({max(both):.2f}) | ≤ {GOAL:.0f} "
        f"| {counting:.2f} | {_alike(columns, frame, decided, rules)}"
    )


def _timed(work: Callable[[], Made]) -> tuple[Made, float]:
    start = time.process_time()
    done = work()
    return done, time.process_time() - start


def _alike(columns: Columns, frame: CaseFrame, decided: pl.DataFrame, rules: Ruleset) -> str:
    """How many of a sample are decided as they would be live."""
    chosen = random.Random(table.SEED).sample(range(len(frame)), k=SAMPLE)
    lines = pl.DataFrame(columns)[chosen].iter_rows(named=True)
    found = decided[chosen].iter_rows(named=True)
    same = sum(_live(_case(told), rules) == _bulk(line) for told, line in zip(lines, found, strict=True))
    return f"{same:,} of {SAMPLE:,}"


def _case(told: Mapping[str, object]) -> Case:
    return table.boxed(*({fact: told[fact] for fact in level if told[fact] is not None} for level in table.LEVELS))


def _live(box: Case, rules: Ruleset) -> tuple[object, ...]:
    outcome = decide(box, rules, draws=table.DRAWS, sites=SiteState())
    return outcome.route.value, outcome.reason.value, outcome.rows[0][1], list(outcome.undetermined)


def _bulk(line: Mapping[str, object]) -> tuple[object, ...]:
    return line["route"], line["reason"], line["row"], line["undetermined"]


if __name__ == "__main__":
    main()
