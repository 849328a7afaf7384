"""`digital-port rebuild`: every projection made again from the log, or only compared with it."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

import click

from events import log
from port import garbage
from port.rebuilding import Rebuilding, Report
from port.rebuilding_rows import Difference
from web import wire
from web.app import open_port
from web.console import failures_told, json_option, require_tables, settings_from_environment, tell

# Below this a second process costs more than it does.
_WORTH_WORKERS = 50_000
_MOST_WORKERS = 4


@click.command("rebuild")
@click.option("--check", "is_check", is_flag=True, help="Only compare; exit code 1 where something differs.")
@click.option("--workers", type=click.IntRange(1, 64), help="Processes that judge containers; by default as they pay.")
@json_option
def command(*, is_check: bool, workers: int | None, as_json: bool) -> None:
    """Compare visits, decisions, instructions, calls, mailings and keys with the log, and mend what differs.

    Decisions are facts and never made again; versions once told keep their numbers.  Servers of this version and with
    these settings may go on meanwhile.
    """
    settings = settings_from_environment()
    with failures_told():
        require_tables(settings, may_create=False)
        port = open_port(settings)
        try:
            with port.database.read() as connection:
                events = log.head(connection)[0]
            rebuilding = Rebuilding(
                port.judge, datetime.now(UTC), is_check=is_check, workers=workers or _paying(events)
            )
            garbage.settle()
            began = time.monotonic()
            with _Progress(is_hidden=as_json) as progress:
                report = rebuilding.run(port.database, progress.tell)
        finally:
            port.database.close()
    _tell(report, seconds=time.monotonic() - began, is_check=is_check, as_json=as_json)
    raise SystemExit(1 if is_check and report.differing else 0)


def _paying(events: int) -> int:
    return min(os.cpu_count() or 1, _MOST_WORKERS) if events >= _WORTH_WORKERS else 1


@dataclass(slots=True)
class _Progress:
    """A bar for each phase."""

    is_hidden: bool
    _phase: str = ""
    _bar: Any = None  # click's own; it is generic in what it walks over, and here that is nothing
    _done: int = 0

    def __enter__(self) -> _Progress:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._end()

    def tell(self, phase: str, done: int, total: int) -> None:
        """So much of a phase is done."""
        if phase != self._phase:
            self._end()
            self._phase, self._done = phase, 0
            bar: Any = click.progressbar(  # likewise
                length=total, label=f"{phase:>10}", hidden=self.is_hidden, file=sys.stderr
            )
            bar.render_progress()
            self._bar = bar
        self._bar.update(done - self._done)
        self._done = done

    def _end(self) -> None:
        if self._bar is not None:
            self._bar.render_finish()


def _tell(report: Report, *, seconds: float, is_check: bool, as_json: bool) -> None:
    rate = report.events / seconds if seconds else 0.0
    answer: wire.Wire = {
        "isCheck": is_check,
        "isWhole": report.is_whole,
        "events": report.events,
        "containers": report.containers,
        "seconds": round(seconds, 3),
        "eventsPerSecond": round(rate),
        "tables": [_table(told) for told in sorted(report.tables.values(), key=lambda one: one.table)],
    }
    tell(answer, "\n".join(_sentences(report, seconds=seconds, rate=rate, is_check=is_check)), as_json=as_json)


def _table(told: Difference) -> wire.Wire:
    counts = {"rows": told.compared, "missing": told.missing, "wrong": told.wrong, "extra": told.extra}
    return {"table": told.table, **counts, "examples": list(told.examples)}


def _sentences(report: Report, *, seconds: float, rate: float, is_check: bool) -> list[str]:
    head = f"{report.events} events, {report.containers} containers in {seconds:.1f} s ({rate:,.0f} events/s): "
    if not report.differing:
        return [head + "everything is as the log makes it"]
    lines = [head + ("these differ from what the log makes" if is_check else "these differed and were mended")]
    for told in report.differing:
        lines.append(f"  {told.table}: {told.missing} missing, {told.wrong} wrong, {told.extra} too many")
        lines += [f"    {example}" for example in told.examples]
    if not report.is_whole:
        lines.append("the rest is found through event_key and was not compared: run digital-port rebuild")
    elif is_check:
        lines.append("mend it: digital-port rebuild")
    return lines
