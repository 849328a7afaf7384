"""`digital-port rules backtest`: a ruleset tried on a file of declarations, without a server and without a database."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import click
import orjson

from adapters.declarations import DeclarationFile, DeclarationsRefused
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
from web.cli_rules_files import document, problems_told
from web.console import WrongUsage

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_SHARE = click.FloatRange(0, 1)
_HISTORY = "--history"
_RULESETS = (".json", ".xlsx")
_FAULTS_SHOWN = 10


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
@click.option("--seed", type=int, default=SEED, show_default=True, help="Of the lot, and of equal risks.")
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path), help="Write the whole report here as a page.")
@click.option("--csv", type=click.Path(dir_okay=False, path_type=Path), help="Write its tables here.")
@click.option("--chosen", type=click.Path(dir_okay=False, path_type=Path), help="Write the chosen declarations here.")
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
    tested = DeclarationFile.at_path(asked.declarations)
    try:
        learnt = _learnt(tested, asked.history, kinds_asked(table, *([against] if against else [])))
        report = backtest(
            _cases(tested) if learnt.profiles else list(_cases(tested)),
            table,
            against=against,
            history=learnt.profiles,
            budget=Budget(asked.share, asked.random_floor, asked.seed),
        )
    except DeclarationsRefused as refused:
        raise WrongUsage("\n".join(map(str, refused.faults))) from None
    _write(report, asked)
    _tell(report, tested, learnt, asked, seconds=time.perf_counter() - began)


def _write(report: Report, asked: _Asked) -> None:
    """The files that were asked for."""
    if asked.html:
        asked.html.write_text(to_html(report), encoding="utf-8")
    if asked.csv:
        asked.csv.write_text(to_csv(report), encoding="utf-8-sig", newline="")
    if asked.chosen:
        asked.chosen.write_text(chosen_csv(report), encoding="utf-8-sig", newline="")


class _Learnt(NamedTuple):
    """What --history gave: `late` rows lie on or after the first day under test, and taught nothing."""

    profiles: Profiles | None
    files: tuple[DeclarationFile, ...] = ()
    late: int = 0

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


def _cases(file: DeclarationFile) -> Iterator[PastCase]:
    return (row.to_case() for row in file)


def _learnt(tested: DeclarationFile, history: Sequence[Path], kinds: Sequence[ProfileKind]) -> _Learnt:
    """Profiles as they were before the first day under test."""
    if not history:
        return _Learnt(None)
    first = min((row.moment.at.date() for row in tested), default=date.max)
    profiles, late = Profiles(kinds), 0
    files = tuple(DeclarationFile.at_path(path) for path in history)
    for file in files:
        for row in file:
            if row.moment.at.date() >= first:
                late += 1
            elif row.found is not None:
                profiles.learn(row.declared, (row.line,), found=row.found)
    return _Learnt(profiles, files, late)


def _tell(report: Report, tested: DeclarationFile, learnt: _Learnt, asked: _Asked, *, seconds: float) -> None:
    """The answer on standard output, what went wrong with rows on standard error."""
    for file in (tested, *learnt.files):
        for fault in file.faults[:_FAULTS_SHOWN]:
            click.echo(str(fault), err=True)
        if file.skipped:
            click.echo(f"{file.skipped} of {file.rows} rows were left out", err=True)
    if learnt.late:
        click.echo(f"{learnt.late} rows of --history are not before the first day under test: left out", err=True)
    if asked.as_json:
        whole = {"report": report.to_json()} if asked.full else {}
        files = {"file": tested.summary(), "history": learnt.to_json(), "seconds": round(seconds, 2)}
        click.echo(orjson.dumps({**summary(report), **files, **whole}).decode())
    else:
        click.echo(summary_text(report))
