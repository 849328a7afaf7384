"""The tables of a back-test's report, one below the other, for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from port.diversion.intervals import Estimate
from port.diversion.report import Report
from port.diversion.report_parts import Stratum

_Table = Iterable[Sequence[object]]
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def to_csv(report: Report) -> str:
    """A table after the other, each under its name and followed by an empty line; figures as plain numbers."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    for name, table in _tables(report):
        writer.writerow([name])
        writer.writerows([_safe(cell) for cell in row] for row in table)
        writer.writerow([])
    return text.getvalue()


def chosen_csv(report: Report) -> str:
    """The cases a budget went to, first chosen first."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(["declaration", "why", "risk"])
    writer.writerows([_safe(one.name), one.why, _safe(one.risk)] for one in report.chosen)
    return text.getvalue()


def _tables(report: Report) -> Iterable[tuple[str, _Table]]:
    yield "backtest", _head(report)
    yield "strata", _strata(report)
    yield "rows", _rows(report)
    yield "flips", [("from", "to", "count"), *((one.was, one.now, one.count) for one in report.flips)]
    yield "flipped cases", _flip_cases(report)
    yield (
        "days",
        [
            ("day", "cases", "inspections", "known", "finds"),
            *((one.day, one.cases, one.inspections, one.known, one.finds) for one in report.series),
        ],
    )
    yield (
        "hours",
        [
            ("hour", "inspections", "against", "capacity"),
            *((one.hour.isoformat(), one.inspections, one.against, one.capacity) for one in report.per_hour),
        ],
    )
    yield (
        "missing facts",
        [
            ("fact", "asked", "missing", "unreadable"),
            *((one.fact, one.asked, one.missing, one.unreadable) for one in report.missing_facts),
        ],
    )
    yield (
        "calibration",
        [
            ("route", "expected rate", "top-up from", "reached rate"),
            *((one.route, one.expected_rate, one.top_up_from, one.reached_rate) for one in report.calibration),
        ],
    )


def _head(report: Report) -> _Table:
    yield "ruleset", report.ruleset
    yield "name", report.name
    yield "against", report.against
    yield "cases", report.cases
    yield "from", report.since and report.since.isoformat()
    yield "to", report.until and report.until.isoformat()
    yield "learnt inspections", report.learnt_inspections
    yield "faults", report.faults
    chosen = report.selection
    if chosen:
        yield "share", chosen.share
        yield "random floor", chosen.random_floor
        yield "seed", chosen.seed
        yield "top-up from", chosen.top_up_from


def _strata(report: Report) -> _Table:
    yield "stratum", "inspected", "known", "finds", "precision", "low", "high"
    chosen = report.selection
    if chosen:
        yield _stratum("all", chosen.overall)
    yield _stratum("by rules", report.by_rules)
    yield _stratum("random", report.random)
    yield ("unknown", "", report.unknown)
    yield ("recall from random", "", "", "", *_estimate(report.recall))
    if chosen:
        yield ("recall over known", "", "", "", *_estimate(chosen.known_recall))
    floor = report.random_floor
    if floor:
        yield ("price of random floor in finds", "", "", floor.price_in_finds)


def _stratum(name: str, stratum: Stratum) -> Sequence[object]:
    return (name, stratum.inspected, stratum.known, stratum.finds, *_estimate(stratum.precision))


def _rows(report: Report) -> _Table:
    yield (
        "row", "route", "zh", "en", "hits", "incremental", "exclusive", "known", "finds", "precision", "low", "high"
    )  # fmt: skip
    for one in report.rows:
        counts = one.hits, one.incremental, one.exclusive, one.known, one.finds
        yield (one.row, one.route, one.zh, one.en, *counts, *_estimate(one.precision))


def _flip_cases(report: Report) -> _Table:
    yield "container", "decision", "from", "to", "row"
    for one in report.flip_cases:
        yield one.container_number, one.decision_id, one.was, one.now, one.row


def _estimate(estimate: Estimate | None) -> Sequence[object]:
    return (estimate.value, estimate.low, estimate.high) if estimate else ("", "", "")


def _safe(cell: object) -> object:
    """A stranger's text must not be taken for a formula by the spreadsheet that opens it."""
    if isinstance(cell, str) and cell.startswith(_FORMULA):
        return f"'{cell}"
    return "" if cell is None else cell
