"""Microseconds per decision: 50 rows x 12 facts, untraced and traced, beside the same table written out as Python.

    python bench/decide.py [--rounds 7] [--cases 400]

The yardstick is the same 50 rows as one chain of `if`s over a dict: what a programmer would write who forgets missing
facts, wrong types and reasons.  All three run over the same cases, taking turns, and must agree on each of them.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.conditions import AtLeast, Between, Condition, Flag, Less, OneOf, Prefix, Row, table_json
from port.diversion.capacity import SiteState
from port.diversion.case import Case, Facts, Standing
from port.diversion.decide import decide
from port.diversion.facts import CustomsStatus
from port.diversion.loading import load
from port.diversion.table import Ruleset

ROWS = 50
CONDITIONS = 3
SEED = 20261121
COUNTRIES = ("IN", "BR", "VN", "ID", "US", "DE", "JP", "TH", "MY", "ZA", "AU", "TR")
CODES = {
    "mode_of_transport": ("VESSEL", "TRUCK", "RAIL", "BARGE"),
    "direction": ("IMPORT", "EXPORT"),
    "declaration_mode": ("ADVANCE", "ARRIVAL", "TWO_STEP"),
    "consignee_credit_grade": ("AEO", "GENERAL", "DISTRUSTED"),
    "origin_country": COUNTRIES,
    "currency": ("USD", "EUR", "CNY", "JPY"),
}
NUMBERS = {"gross_mass_kg": 36_000, "line_count": 20, "net_mass_kg": 28_000, "declared_value": 500_000}
LEVELS = (
    ("mode_of_transport", "gross_mass_kg", "is_lcl"),
    ("direction", "declaration_mode", "consignee_credit_grade", "line_count"),
    ("hs_code", "origin_country", "net_mass_kg", "declared_value", "currency"),
)
FACTS = tuple(fact for level in LEVELS for fact in level)
ROUTES = ("DIRECT_RELEASE", "SCAN", "INSPECTION", "YARD")
DRAWS = {"D": 0.5}

# The facts of a box in one, and what is found of them: the route and the row that decided, if one did.
Told = dict[str, object]
Decided = tuple[str, str | None]


def condition(fact: str, chance: random.Random) -> Condition:
    """One cell on that fact, narrow enough for a box to get some way down the table."""
    if fact == "hs_code":
        prefixes = [f"{chance.randrange(10_000):04}" for _ in range(8)] + [f"{chance.randrange(100):02}"]
        return Prefix(fact, tuple(sorted(set(prefixes))))
    if fact == "is_lcl":
        return Flag(fact, chance.random() < 0.5)
    if fact in NUMBERS:
        low = chance.randrange(NUMBERS[fact])
        if chance.random() < 0.5:
            return Between(fact, low, low + NUMBERS[fact] // 4)
        either: tuple[type[Less], type[AtLeast]] = (Less, AtLeast)
        return chance.choice(either)(fact, low)
    return OneOf(fact, tuple(chance.sample(CODES[fact], k=max(1, len(CODES[fact]) // 3))))


def drawn_rows(chance: random.Random, facts: Sequence[str] = FACTS) -> list[Row]:
    """The rows of a table over these facts, each of which is asked somewhere."""
    rows = []
    for number in range(ROWS):
        asked = {facts[number % len(facts)], *chance.sample(facts, k=CONDITIONS - 1)}
        when = tuple(condition(fact, chance) for fact in sorted(asked))
        rows.append(Row(f"row-{number}", when, chance.choice(ROUTES)))
    return rows


def ruleset(rows: Sequence[Row]) -> Ruleset:
    """The table, loaded."""
    return load(json.dumps(table_json(rows)))


def case(chance: random.Random) -> Case:
    """A box with one declaration of one line and all twelve facts."""
    told: dict[str, object] = {fact: chance.choice(codes) for fact, codes in CODES.items()}
    told |= {fact: float(chance.randrange(most)) for fact, most in NUMBERS.items()}
    told |= {"hs_code": f"{chance.randrange(10**10):010}", "is_lcl": chance.random() < 0.2}
    return boxed(*({fact: told[fact] for fact in level} for level in LEVELS))


def boxed(container: Facts, declaration: Facts, line: Facts) -> Case:
    """The box of these facts."""
    standing = Standing("B", "D", CustomsStatus.DECLARED, facts=declaration, lines=(line,))
    return Case("CSQU3054383", container, (standing,))


def if_chain(rows: Sequence[Row]) -> Callable[[Told], Decided]:
    """The same rows as a programmer would write them out."""
    lines = ["def first(f):"]
    for row in rows:
        tests = " and ".join(_test(one, f"f[{one.fact!r}]") for one in row.when)
        lines.append(f"    if {tests}: return {row.route!r}, {row.row_id!r}")
    lines.append("    return 'YARD', 'default'")
    space: dict[str, Callable[[Told], Decided]] = {}
    exec("\n".join(lines), {}, space)  # noqa: S102  # a chain of fifty ifs, out of the table above
    return space["first"]


def _test(one: Condition, fact: str) -> str:
    match one:
        case Prefix(_, starts):
            return f"{fact}.startswith(tuple({list(starts)!r}))"
        case OneOf(_, codes):
            return f"{fact} in {list(codes)!r}"
        case Flag(_, is_set):
            return f"{fact} == {is_set}"
        case Between(_, low, high):
            return f"{low} <= {fact} <= {high}"
        case Less(_, limit):
            return f"{fact} < {limit}"
        case AtLeast(_, limit):
            return f"{fact} >= {limit}"


def flat(one: Case) -> Told:
    """The facts as the chain of ifs takes them."""
    standing = one.standings[0]
    return {**one.container, **standing.facts, **standing.lines[0]}


def seconds(work: Callable[[], object]) -> float:
    """Processor time it took, with the garbage collector out of the way: others use the machine too."""
    gc.disable()
    start = time.process_time()
    work()
    passed = time.process_time() - start
    gc.enable()
    return passed


def measured(rounds: int, cases: int) -> dict[str, list[float]]:
    """Microseconds per case by contestant, one figure a round; AssertionError when two disagree on a case."""
    chance = random.Random(SEED)
    rows = drawn_rows(chance)
    table, chain, sites = ruleset(rows), if_chain(rows), SiteState()
    boxes = [case(chance) for _ in range(cases)]
    told = [flat(box) for box in boxes]
    for box, facts in zip(boxes, told, strict=True):
        outcome = decide(box, table, draws=DRAWS, sites=sites)
        assert (outcome.route, outcome.rows[0][1]) == chain(facts), (outcome, chain(facts))
    contestants: dict[str, Callable[[], object]] = {
        "if chain, no missing facts, no reasons": lambda: [chain(facts) for facts in told],
        "decide": lambda: [decide(box, table, draws=DRAWS, sites=sites) for box in boxes],
        "decide, traced: every row's why-not": lambda: [
            decide(box, table, draws=DRAWS, sites=sites, trace=True) for box in boxes
        ],
    }
    found: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, work in contestants.items():
            found[name].append(seconds(work) / cases * 1e6)
    return found


def measure(rounds: int, cases: int = 400) -> str:
    """The medians as a table in Markdown."""
    found = measured(rounds, cases)
    yardstick = statistics.median(next(iter(found.values())))
    lines = [
        f"{ROWS} rows of {CONDITIONS} conditions x 12 facts, {cases} cases, {rounds} rounds in turns.  Processor time.",
        "",
        "| | median µs | min | max | x if chain |",
        "|---|---|---|---|---|",
    ]
    for name, taken in found.items():
        middle = statistics.median(taken)
        lines.append(f"| {name} | {middle:.1f} | {min(taken):.1f} | {max(taken):.1f} | {middle / yardstick:.1f} |")
    return "\n".join(lines)


def main() -> None:
    """Print the table."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--rounds", type=int, default=7)
    asked.add_argument("--cases", type=int, default=400)
    given = asked.parse_args()
    print(measure(given.rounds, given.cases))


if __name__ == "__main__":
    main()
