"""The benchmarks' own machinery at tiny sizes, so that what nobody runs for weeks still runs.

What the load client of the feed counts is in test_feed_load.py.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import os
import pkgutil
import random
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

import bench
from bench import decide, feed_fanout, fill, flat, questions, results
from bench.cloning import Template
from bench.feed_fanout import Scene
from bench.inside import inside
from bench.questions import Ask, Subject
from bench.sections import LONG_SECTIONS, SECTIONS, Section, Skipped
from port.database import open_database
from port.judging import Judge

CLONES = 3
# What only the group bench installs, by the modules that load it.
OF_THE_GROUP = {
    "baseline": ("lightgbm", "numpy"),
    "declarations": ("lightgbm", "numpy"),
    "engines": ("cel", "zen"),
    "fuzz_format": ("atheris",),
    "peers": ("cel", "zen"),
}
QUESTIONS: dict[str, Ask] = {**questions.STATUS, **questions.LISTS}


def or_skip(module: str) -> None:
    """Skips where the module loads a package of the group bench that is not installed."""
    missing = [name for name in OF_THE_GROUP.get(module, ()) if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"of the group bench: {', '.join(missing)}")


@dataclass(frozen=True)
class Filled:
    """A database of a template and its clones."""

    url: str
    recorded: str
    template: Template
    judge: Judge
    subject: Subject


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    folder = tmp_path_factory.mktemp("bench")
    recorded, url = (f"sqlite:///{folder / name}.db" for name in ("template", "filled"))
    fill.record(recorded, fortnights=1)
    template = fill.template_in(recorded)
    fill.copy(recorded, url)
    events = fill.fill(url, template, CLONES * template.events)
    with inside(url, now=datetime.now(UTC)) as port:
        subject = flat.subjects_in(template, CLONES, events, count=10)[0]
        yield Filled(url, recorded, template, port.port.judge, subject)


def test_every_clone_reads_as_what_was_recorded(filled: Filled) -> None:
    alike = fill.check(filled.url, filled.recorded, filled.template, filled.judge, CLONES)
    assert alike >= fill.SAMPLES


def test_a_fill_that_was_broken_off_goes_on_where_it_stopped(filled: Filled, tmp_path: Path) -> None:
    url, template = f"sqlite:///{tmp_path / 'broken.db'}", filled.template
    fill.copy(filled.recorded, url)
    for clones in (2, CLONES):
        assert fill.fill(url, template, clones * template.events) == clones * template.events
    assert _counts(url) == _counts(filled.url)


def _counts(url: str) -> tuple[int, ...]:
    tables = ("stored_event", "message", "visit", "visit_reference", "key_change", "decision", "instruction")
    with closing(open_database(url)) as database, database.read() as connection:
        return tuple(int(connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0) for table in tables)


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_question_of_the_benchmarks_is_answered(filled: Filled, question: str) -> None:
    with closing(open_database(filled.url)) as database, database.read() as connection:
        assert QUESTIONS[question](connection, filled.subject, filled.judge) is not None


def test_a_clone_on_postgresql_reads_as_what_was_recorded(postgresql_url: str) -> None:
    fill.record(postgresql_url, fortnights=1)
    template = fill.template_in(postgresql_url)
    events = fill.fill(postgresql_url, template, 2 * template.events)
    with inside(postgresql_url, now=datetime.now(UTC)) as port:
        assert fill.check(postgresql_url, postgresql_url, template, port.port.judge, 2) >= fill.SAMPLES
    assert events == 2 * template.events


@pytest.mark.parametrize("section", SECTIONS + LONG_SECTIONS, ids=lambda section: section.name)
def test_every_section_has_a_function_that_measures_so_many_rounds(section: Section) -> None:
    module, _, function = section.measure.partition(":")
    or_skip(module.removeprefix("bench."))
    measure = getattr(importlib.import_module(module), function)
    inspect.signature(measure).bind(5)
    assert measure.__annotations__["return"] == "str"


# fuzz_format has what is imported after it instrumented.
@pytest.mark.parametrize("module", sorted({one.name for one in pkgutil.iter_modules(bench.__path__)} - {"fuzz_format"}))
def test_every_module_of_the_benchmarks_loads(module: str) -> None:
    or_skip(module)
    importlib.import_module(f"bench.{module}")


def test_the_table_is_decided_alike_by_us_and_by_the_chain_of_ifs() -> None:
    assert "| decide, traced: every row's why-not |" in decide.measure(1, cases=20)


@pytest.mark.parametrize("engine", ["zen_table", "zen_chain", "cel_chain"])
def test_other_engines_decide_as_the_chain_of_ifs(engine: str) -> None:
    or_skip("peers")
    chance = random.Random(decide.SEED)
    rows = decide.drawn_rows(chance)
    chain, other = decide.if_chain(rows), getattr(importlib.import_module("bench.peers"), engine)(rows)
    told = [decide.flat(decide.case(chance)) for _ in range(50)]
    assert [other(facts) for facts in told] == [chain(facts) for facts in told]


@pytest.mark.server
def test_the_feed_at_a_low_rate_is_measured_beside_broadcast_and_bare_writes() -> None:
    if len(os.sched_getaffinity(0)) < 2:
        pytest.skip("the servers have one core and the connections the other")
    try:
        told = feed_fanout.measure_quiet(1, Scene("few", 10, 1, 32), ("broadcast", "bare"))
    except Skipped as why:
        pytest.skip(str(why))
    assert re.findall(r"^\| ([a-z][^|]*) \| \d+\.\d\d \|", told, re.MULTILINE) == [
        "ours, transport",
        "websockets.broadcast()",
        "bare writes",
    ]


def test_a_section_measured_again_takes_its_place_in_the_results(tmp_path: Path) -> None:
    path, order = tmp_path / "results.md", ["First", "Second", "Third"]
    for title, told in (("Third", "3"), ("First", "1"), ("Gone", "0"), ("Second", "2"), ("First", "new")):
        results.replace(path, title, told, order=[*order, "Gone"] if title == "Gone" else order)
    assert path.read_text() == f"{results.HEAD}\n\n## First\n\nnew\n\n## Second\n\n2\n\n## Third\n\n3\n"
