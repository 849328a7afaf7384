"""A back-test from end to end, from the file to the report: judged in columns, and beside it case by case.

    python -m bench.backtest FILE TABLE [--one-by-one]

One such process is one measurement; the declarations are made up here, in the layout of the Korea Customs Service.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from bench import decide as table
from bench.conditions import table_json
from port.diversion import backtest_lots
from web.cli import main as command_line

MANY, QUARTER = 1_000_000, 45_000
DAYS = 365
HEADER = (
    "Declaration ID", "Date", "Mode of Transport", "Declarant ID", "Importer ID", "Seller ID", "HS6 Code",
    "Country of Origin", "Tax Rate", "Net Mass", "Item Price", "Fraud",
)  # fmt: skip
FACTS = (
    "mode_of_transport", "direction", "hs_code", "origin_country", "net_mass_kg", "declared_value", "line_count",
)  # fmt: skip
"""What such a file tells."""
EXAMPLE = Path(__file__).parent.parent / "docs" / "rulesets" / "import-targeting.json"
_ONE_BY_ONE = "--one-by-one"
_REMARK = """Processor time of the whole command, starting it included, and its peak memory. *Case by case*: each
decided as live; the reports are compared to the last bit. Loading Polars costs 0.15 s of what it saves. The rest of
the time goes to the CSV, the cases and the profiles, which are unfolded day by day."""


class _Cost(NamedTuple):
    seconds: float
    megabytes: float
    report: object


def measure(rounds: int) -> str:
    """Both tables over a quarter's declarations, both ways in turns; a million once, in columns."""
    with tempfile.TemporaryDirectory() as folder:
        quarter, many, fifty = (Path(folder) / name for name in ("quarter.csv", "many.csv", "fifty.json"))
        _write(quarter, QUARTER)
        _write(many, MANY)
        rows = table.drawn_rows(random.Random(table.SEED), FACTS)
        fifty.write_text(json.dumps(table_json(rows)), encoding="utf-8")
        lines = [
            _line("50 rows", quarter, fifty, QUARTER, rounds),
            _line("the example, with profiles", quarter, EXAMPLE, QUARTER, rounds),
            _alone("50 rows", many, fifty, MANY),
        ]
    head = (
        "`digital-port rules backtest` over a CSV, processor seconds (peak memory).\n\n"
        "| declarations | table | in columns | case by case | rounds | same report |\n|---|---|---|---|---|---|"
    )
    return "\n".join((head, *lines)) + "\n\n" + _REMARK


def main() -> None:
    """One measurement, told as JSON."""
    file, rules, *rest = sys.argv[1:]
    if _ONE_BY_ONE in rest:
        backtest_lots.FEWEST_IN_BULK = sys.maxsize
    told = io.StringIO()
    sys.argv[1:] = ["rules", "backtest", rules, "--declarations", file, "--random-floor", "0.2", "--json", "--full"]
    with contextlib.redirect_stdout(told), contextlib.suppress(SystemExit):
        command_line()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    answer = json.loads(told.getvalue())["report"]
    print(json.dumps([time.process_time(), peak, answer]))


def _line(name: str, file: Path, rules: Path, count: int, rounds: int) -> str:
    ways: tuple[list[_Cost], list[_Cost]] = ([], [])
    for number in range(rounds):
        print(f"{name}, {count:,}: {number + 1} of {rounds}", file=sys.stderr)
        for way, option in zip(ways, ([], [_ONE_BY_ONE]), strict=True):
            way.append(_run(file, rules, option))
    is_same = all(one.report == ways[0][0].report for way in ways for one in way)
    told = " | ".join(map(_told, ways))
    return f"| {count:,} | {name} | {told} | {rounds} | {'yes' if is_same else '**no**'} |"


def _alone(name: str, file: Path, rules: Path, count: int) -> str:
    """Once, and in columns only: the other way takes as long again and is measured above."""
    print(f"{name}, {count:,}", file=sys.stderr)
    return f"| {count:,} | {name} | {_told([_run(file, rules, [])])} | | 1 | |"


def _told(costs: Sequence[_Cost]) -> str:
    seconds = statistics.median(one.seconds for one in costs)
    return f"{seconds:.1f} ({max(one.megabytes for one in costs):,.0f} MB)"


def _run(file: Path, rules: Path, options: Sequence[str]) -> _Cost:
    command = [sys.executable, "-m", "bench.backtest", str(file), str(rules), *options]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
    return _Cost(*json.loads(done.stdout))


def _write(path: Path, count: int) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(_declarations(count))


def _declarations(count: int) -> Iterator[Sequence[object]]:
    """Papers that come again, three times on average, mostly with the same outcome; a year of them, in order."""
    chance = random.Random(table.SEED)
    codes = [f"{chance.randrange(10**6):06}" for _ in range(5000)]
    papers = [
        (
            chance.choice(codes),
            chance.choice(table.COUNTRIES),
            round(chance.uniform(1, 28_000), 1),
            round(chance.uniform(10, 500_000), 1),
            f"I{chance.randrange(3000):05}",
            chance.random() < 0.2,
        )
        for _ in range(count // 3)
    ]
    for number in range(count):
        code, origin, mass, value, importer, is_wrong = chance.choice(papers)
        day = date(2021, 1, 1) + timedelta(days=number * DAYS // count)
        parties = (f"B{chance.randrange(800):04}", importer, f"S{chance.randrange(9000):05}")
        found = int(is_wrong if chance.random() < 0.9 else not is_wrong)
        yield 10_000_000 + number, day, chance.choice((10, 20, 30)), *parties, code, origin, 8.0, mass, value, found


if __name__ == "__main__":
    main()
