"""A back-test as a job: its cases gathered from the log or from an uploaded file, and its report.  Only in a child."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from sqlalchemy import Connection

from adapters.declarations import DeclarationFile
from port import lab_cases, lab_files, rulesets
from port.diversion.backtest import backtest
from port.diversion.backtest_selection import Budget
from port.diversion.outcomes import PastCase
from port.diversion.report_csv import to_csv
from port.diversion.report_html import to_html
from port.diversion.table import Ruleset
from port.errors import NothingThere
from web.lab_parameters import BacktestParameters
from web.lab_work import Bench, Found

MOST_CASES = 500_000
_READING = 0.3
"""How much of the work the reading is; a guess, for the bar."""


def work(bench: Bench) -> Found:
    """The report of the back-test that is asked for."""
    asked = BacktestParameters.model_validate_json(bench.job.parameters)
    with bench.database.read() as connection:
        ruleset = _ruleset(connection, bench.job.content_hash)
        against = _ruleset(connection, asked.against) if asked.against else None
        cases = list(islice(_cases(connection, asked, bench), MOST_CASES + 1))
    if len(cases) > MOST_CASES:
        raise ValueError(f"there are more than {MOST_CASES:,} cases: ask for a shorter time, or use the command line")
    if not cases:
        raise NothingThere("there is no case to try it on: none was decided in that time, or the file has none")
    bench.tell(_READING, "deciding")
    report = backtest(
        cases,
        ruleset,
        against=against,
        budget=Budget(asked.share, asked.random_floor) if asked.share is not None else None,
        progress=lambda done, stage: bench.tell(_READING + (1 - _READING) * done / len(cases), stage),
    )
    return Found(report.to_json(), to_html(report), to_csv(report))


def _ruleset(connection: Connection, content_hash: str | None) -> Ruleset:
    found = rulesets.find(connection, content_hash or "")
    if found is None:
        raise NothingThere("this version is not kept here any more")
    return found


def _cases(connection: Connection, asked: BacktestParameters, bench: Bench) -> Iterator[PastCase]:
    """In the order of their time."""
    if asked.source == "VISITS":
        yield from lab_cases.past_cases(
            connection,
            since=asked.since,
            until=asked.until,
            tell=lambda done, of: bench.tell(_READING * done / of, "reading"),
        )
        return
    bench.tell(0, "reading")
    rows = DeclarationFile.of_bytes(lab_files.body_of(connection, asked.upload_id or ""))
    yield from (case for row in rows if _is_within((case := row.to_case()).at, asked))


def _is_within(at: datetime, asked: BacktestParameters) -> bool:
    return (asked.since is None or at >= asked.since) and (asked.until is None or at < asked.until)
