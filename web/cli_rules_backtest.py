"""`digital-port rules backtest`: a ruleset tried on a file of declarations, without a server and without a database."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import date
from math import isnan
from pathlib import Path
from typing import Any, NamedTuple

import click
import orjson

from adapters.declarations import DeclarationFile, DeclarationsRefused, Declared
from port.diversion.backtest import backtest
from port.diversion.backtest_selection import SEED, Budget
from port.diversion.checks import RulesetInvalid
from port.diversion.outcomes import PastCase
from port.diversion.profiles import ProfileKind, Profiles
from port.diversion.profiles_of_cases import kinds_asked
from port.diversion.report import Report
from port.diversion.report_csv import chosen_csv, to_csv
from port.diversion.report_html import to_html
from port.diversion.report_summary import summary, summary_text
from port.diversion.table import Ruleset
from web.cli_rules_files import OUTPUT_FILE, document, problems_told, save
from web.console import WrongUsage

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_SEEDS = click.IntRange(-(2**63), 2**63 - 1)
_HISTORY = "--history"
_RULESETS = (".json", ".xlsx")
_FAULTS_SHOWN = 10


class _ShareOfOne(click.FloatRange):
    """From 0 to 1; NaN, which no comparison finds outside, is not."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if isnan(share := super().convert(value, param, ctx)):
            self.fail(f"{value} is no share; write a number from 0 to 1, as in 0.05", param, ctx)
        return share


_SHARE = _ShareOfOne(0, 1)


class _Asked(NamedTuple):
    """The command line."""

    ruleset: Path
    declarations: Path
    history: tuple[Path, ...]
    share: float
    random_floor: float
    against: Path | None
    seed: int
    html: Path | None
    csv: Path | None
    chosen: Path | None
    full: bool
    as_json: bool


class _SeveralFiles(click.Command):
    """Takes `--history a b c` as well as `--history a --history b`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, _spelt_out(args))


def _spelt_out(args: Sequence[str]) -> list[str]:
    """Each file after --history with an option of its own, up to the next option or a ruleset."""
    spelt: list[str] = []
    is_listing = False
    for word in args:
        if word == _HISTORY:
            is_listing = True
        elif word.startswith("-") or word.endswith(_RULESETS):
            is_listing = False
            spelt.append(word)
        else:
            spelt.extend((_HISTORY, word) if is_listing else (word,))
    return spelt


@click.command("backtest", cls=_SeveralFiles)
@click.argument("ruleset", type=_FILE)
@click.option("--declarations", required=True, type=_FILE, help="Declarations to choose from, CSV or CSV.gz.")
@click.option(_HISTORY, multiple=True, type=_FILE, help="Past inspections to learn from; one file or more.")
@click.option("--share", type=_SHARE, default=0.05, show_default=True, help="Share of the declarations to inspect.")
@click.option("--random-floor", type=_SHARE, default=0.0, help="Share of these inspections that is drawn by lot.")
@click.option("--against", type=_FILE, help="Another ruleset, to count what goes elsewhere.")
@click.option("--seed", type=_SEEDS, default=SEED, show_default=True, help="Of the lot, and of equal risks.")
@click.option("--html", type=OUTPUT_FILE, help="Write the whole report here as a page.")
@click.option("--csv", type=OUTPUT_FILE, help="Write its tables here.")
@click.option("--chosen", type=OUTPUT_FILE, help="Write the chosen declarations here.")
@click.option("--full", is_flag=True, help="With --json: the whole report, not its figures only.")
@click.option("--json", "as_json", is_flag=True, help="Answer with one JSON value.")
def command(**given: Any) -> None:
    """Choose which of the DECLARATIONS to inspect by RULESET, and tell what that would have found.

    Profiles are learnt from --history, and never from the outcomes of the file under test; what lies on or after its
    first day is left out.  Without --history they unfold within the file, by strictly earlier days.  Exit code 2 when a
    file cannot be read.
    """
    asked, began = _Asked(**given), time.perf_counter()
    table, against = _ruleset(asked.ruleset), _ruleset(asked.against) if asked.against else None
    tested = _Source(asked.declarations)
    learnt = _learnt(tested, asked.history, kinds_asked(table, *([against] if against else [])))
    report = backtest(
        _cases(tested) if learnt.profiles else list(_cases(tested)),
        table,
        against=against,
        history=learnt.profiles,
        budget=Budget(asked.share, asked.random_floor, asked.seed),
    )
    _write(report, asked)
    _tell(report, tested, learnt, asked, seconds=time.perf_counter() - began)


def _write(report: Report, asked: _Asked) -> None:
    """The files that were asked for."""
    if asked.html:
        save(asked.html, to_html(report).encode())
    if asked.csv:
        save(asked.csv, to_csv(report).encode("utf-8-sig"))
    if asked.chosen:
        save(asked.chosen, chosen_csv(report).encode("utf-8-sig"))


class _Source:
    """One file of the command line; `repeated` counts what stood in it before, as of the last time it was read."""

    def __init__(self, path: Path) -> None:
        self.path, self.file, self.repeated = path, DeclarationFile.at_path(path), 0

    def __iter__(self) -> Iterator[Declared]:
        try:
            yield from self.file
        except DeclarationsRefused as refused:
            raise WrongUsage("\n".join(f"{self.path}: {fault}" for fault in refused.faults)) from None

    def summary(self) -> dict[str, Any]:
        return {**self.file.summary(), "repeated": self.repeated}


class _Learnt(NamedTuple):
    """What --history gave: `late` rows lie on or after the first day under test, and taught nothing."""

    profiles: Profiles | None
    files: tuple[_Source, ...] = ()
    late: int = 0
    first: date = date.max

    def to_json(self) -> dict[str, Any]:
        general = self.profiles.general if self.profiles else None
        return {
            "files": [file.summary() for file in self.files],
            "inspections": general.inspections if general else 0,
            "finds": general.finds if general else 0,
            "tooLate": self.late,
        }


def _ruleset(path: Path) -> Ruleset:
    try:
        return document(path).ruleset
    except RulesetInvalid as refused:
        raise WrongUsage(problems_told(path, refused)) from None


def _cases(tested: _Source) -> Iterator[PastCase]:
    seen: set[str] = set()
    tested.repeated = 0
    for row in tested:
        tested.repeated += row.declaration in seen
        seen.add(row.declaration)
        yield row.to_case()


def _learnt(tested: _Source, history: Sequence[Path], kinds: Sequence[ProfileKind]) -> _Learnt:
    """Profiles as they were before the first day under test.  A row that comes again teaches nothing new."""
    if not history:
        return _Learnt(None)
    first = min((row.moment.at.date() for row in tested), default=date.max)
    profiles, late, seen = Profiles(kinds), 0, set[int]()
    files = tuple(map(_Source, history))
    for file in files:
        for row in file:
            told = hash((row.declaration, row.moment, row.found, *row.declared.items(), *row.line.items()))
            if row.moment.at.date() >= first:
                late += 1
            elif told in seen:
                file.repeated += 1
            elif row.found is not None:
                profiles.learn(row.declared, (row.line,), found=row.found)
            seen.add(told)
    return _Learnt(profiles, files, late, first)


def _tell(report: Report, tested: _Source, learnt: _Learnt, asked: _Asked, *, seconds: float) -> None:
    """The answer on standard output, what is to be known of the files on standard error."""
    for line in _remarks(report, tested, learnt):
        click.echo(line, err=True)
    if asked.as_json:
        whole = {"report": report.to_json()} if asked.full else {}
        files = {"file": tested.summary(), "history": learnt.to_json(), "seconds": round(seconds, 2)}
        click.echo(orjson.dumps({**summary(report), **files, **whole}).decode())
    else:
        click.echo(summary_text(report))


def _remarks(report: Report, tested: _Source, learnt: _Learnt) -> Iterator[str]:
    yield from _of_rows(tested)
    if tested.repeated:
        yield f"{tested.path}: {tested.repeated} rows bear a number that stands above; each counts as a declaration"
    for source in learnt.files:
        yield from _of_rows(source)
        if source.repeated:
            yield f"{source.path}: {source.repeated} rows of --history stood there before, alike: left out"
    if learnt.late:
        yield f"{learnt.late} rows of --history are not before {learnt.first}, the first day under test: left out"
    if learnt.profiles and not learnt.profiles.general.inspections:
        yield f"nothing was learnt from --history: no row before {learnt.first} has an outcome"
    if report.faults:
        yield f"{report.faults} of {report.cases} declarations lack a fact the table asks for: left undetermined"


def _of_rows(source: _Source) -> Iterator[str]:
    file = source.file
    yield from (f"{source.path}: {fault}" for fault in file.faults[:_FAULTS_SHOWN])
    if file.skipped:
        yield f"{source.path}: {file.skipped} of {file.rows} rows were left out"
