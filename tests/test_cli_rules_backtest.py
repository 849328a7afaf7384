"""`digital-port rules backtest`: figures on a file, with no server and no database anywhere near."""

from __future__ import annotations

import gzip
import json
import os
import threading
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from build_declarations import as_csv, kcs_row, season, write
from build_rulesets import EXAMPLE
from web.cli import main

HISTORY = season(date(2024, 1, 1), 600, first_id=1)
TESTED = season(date(2024, 4, 1), 400, first_id=10_001)
# Without a time: a test is named by its parameters, and in each process alike.
CUT_OFF = gzip.compress(b"x" * 9000, mtime=0)[:30]


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    return {
        "early": write(tmp_path / "early.csv", HISTORY[:300]),
        "late": write(tmp_path / "late.csv.gz", HISTORY[300:]),
        "tested": write(tmp_path / "tested.csv.gz", TESTED),
    }


def run(*words: object) -> Result:
    return CliRunner().invoke(main, ["rules", "backtest", *map(str, words)])


def figures(*words: object) -> dict[str, object]:
    told = run(*words, "--json")
    assert told.exit_code == 0, told.output
    answer: dict[str, object] = json.loads(told.stdout)
    answer.pop("seconds")
    return answer


def test_it_prints_counts_precision_and_recall_with_their_intervals(files):
    told = figures(
        EXAMPLE, "--declarations", files["tested"], "--history", files["early"], "--history", files["late"],
        "--share", "0.1", "--random-floor", "0.25",
    )  # fmt: skip
    assert (told["declarations"], told["budget"], told["known"], told["learntInspections"]) == (400, 40, 40, 600)
    assert told["inspected"] == {"total": 40, "byRows": 30, "byRisk": 0, "atRandom": 10}
    assert told["targeted"] == {
        "inspected": 30,
        "known": 30,
        "finds": 30,
        "precision": {"value": 1.0, "low": pytest.approx(0.8865, abs=1e-4), "high": 1.0, "of": 30},
    }
    for share in ("precision", "recall", "recallFromRandom"):
        assert told[share]["low"] <= told[share]["value"] <= told[share]["high"]
    assert told["priceOfRandomFloorInFinds"] == 10 - told["random"]["finds"]
    assert told["file"]["rows"] == 400
    assert [file["rows"] for file in told["history"]["files"]] == [300, 300]


def test_several_files_may_follow_one_history(files):
    spelt_out = (EXAMPLE, "--declarations", files["tested"], "--history", files["early"], "--history", files["late"])
    together = (EXAMPLE, "--history", files["early"], files["late"], "--declarations", files["tested"])
    ruleset_last = ("--declarations", files["tested"], "--history", files["early"], files["late"], EXAMPLE)
    assert figures(*spelt_out) == figures(*together) == figures(*ruleset_last)


def test_the_same_seed_gives_the_same_figures_and_another_draws_others(files, tmp_path):
    common = (EXAMPLE, "--declarations", files["tested"], "--history", files["early"], "--random-floor", "1")
    chosen = []
    for number, seed in enumerate(("1", "1", "2")):
        run(*common, "--seed", seed, "--chosen", tmp_path / f"{number}.csv")
        chosen.append((tmp_path / f"{number}.csv").read_text("utf-8-sig").splitlines())
    assert chosen[0] == chosen[1] != chosen[2]
    assert chosen[0][0] == "declaration,why,risk"
    assert len(chosen[0]) == 21


def test_history_that_is_not_before_the_first_day_under_test_teaches_nothing(files):
    told = run(EXAMPLE, "--declarations", files["tested"], "--history", files["early"], files["tested"], "--json")
    answer = json.loads(told.stdout)
    assert (answer["learntInspections"], answer["history"]["tooLate"]) == (300, 400)
    assert "400 rows of --history are not before 2024-04-01, the first day under test: left out" in told.stderr


def test_without_history_profiles_unfold_within_the_file(files):
    told = figures(EXAMPLE, "--declarations", files["tested"], "--share", "0.1")
    # What is found on the last of its forty days is learnt for a day after it, which the file does not have.
    assert (told["learntInspections"], told["inspected"]["byRows"] > 30) == (390, True)


def test_rows_that_cannot_be_read_are_told_and_left_out(tmp_path, files):
    body = as_csv([*TESTED, kcs_row(Date="soon"), kcs_row(HS6_Code="?")])
    (tmp_path / "odd.csv").write_text(body, encoding="utf-8")
    told = run(EXAMPLE, "--declarations", tmp_path / "odd.csv", "--history", files["early"], "--json")
    answer = json.loads(told.stdout)
    assert (answer["declarations"], answer["file"]["skipped"]) == (400, 2)
    assert "row 402, Date: 'soon' is no date." in told.stderr
    assert "2 of 402 rows were left out" in told.stderr


def test_ids_and_values_that_no_history_has_are_no_trouble(tmp_path, files):
    strange = [
        kcs_row(Declaration_ID=f"N{number}", Date="2024-05-01", HS6_Code="999999", Country_of_Origin="ZZ", Fraud="")
        for number in range(20)
    ]
    path = write(tmp_path / "strange.csv", strange)
    told = figures(EXAMPLE, "--declarations", path, "--history", files["early"], "--share", "0.5")
    assert (told["budget"], told["unknownOutcomes"], told["precision"]) == (10, 20, None)


def test_the_text_for_eyes_says_the_same(files):
    told = run(EXAMPLE, "--declarations", files["tested"], "--history", files["early"], "--random-floor", "0.2")
    assert told.exit_code == 0
    assert "inspected 20 (5.0%): 16 by rows, 0 by risk, 4 by lot" in told.stdout
    assert "precision 1.000" in told.stdout


def test_the_whole_report_can_be_had_as_a_page_as_tables_and_as_json(files, tmp_path):
    page, tables = tmp_path / "r.html", tmp_path / "r.csv"
    told = figures(EXAMPLE, "--declarations", files["tested"], "--html", page, "--csv", tables, "--full")
    assert page.read_text("utf-8").startswith("<!doctype html>")
    assert tables.read_text("utf-8-sig").startswith("backtest")
    assert told["report"]["rows"][0]["row"] == "same-paper-caught-again"


def test_against_another_table_it_tells_what_goes_elsewhere(files, tmp_path):
    other = tmp_path / "other.json"
    words = {"zh": "x", "en": "x"}
    other.write_text(json.dumps({"name": "o", "title": words, "rows": [], "default": {"route": "YARD", "note": words}}))
    told = figures(EXAMPLE, "--declarations", files["tested"], "--against", other, "--full")
    assert {cell["from"] for cell in told["report"]["flips"]["cells"]} == {"YARD"}


@pytest.mark.parametrize(
    ("body", "said"),
    [(b"", "declaration: There is no such column."), (CUT_OFF, "The file cannot be read here")],
)
def test_a_file_that_cannot_be_read_is_wrong_usage(tmp_path, body, said):
    path = tmp_path / "bad.csv"
    path.write_bytes(body)
    told = run(EXAMPLE, "--declarations", path)
    assert (told.exit_code, said in told.stderr) == (2, True)


def test_a_ruleset_that_makes_no_sense_is_told_by_row_and_column(tmp_path, files):
    path = tmp_path / "bad.json"
    path.write_text('{"name": "x"}')
    told = run(path, "--declarations", files["tested"])
    assert told.exit_code == 2
    assert "bad.json: ruleset, title" in told.stderr


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--share", "2"),
        ("--share", "nan"),
        ("--random-floor", "-1"),
        ("--random-floor", "nan"),
        ("--seed", str(10**70)),
        ("--history", "nowhere.csv"),
        ("--html", "nowhere/report.html"),
    ],
)
def test_what_cannot_be_asked_is_wrong_usage(files, words):
    given = (EXAMPLE, *(("--declarations", files["tested"]) if words else ()), *words)
    told = run(*given)
    assert (told.exit_code, type(told.exception)) == (2, SystemExit)


def test_what_cannot_be_read_is_told_with_its_file(files, tmp_path):
    (tmp_path / "empty.csv").write_text("")
    told = run(EXAMPLE, "--declarations", files["tested"], "--history", files["early"], tmp_path / "empty.csv")
    assert (told.exit_code, f"{tmp_path / 'empty.csv'}: row 1, date: There is no" in told.stderr) == (2, True)
    assert "tested.csv" not in told.stderr


def test_a_row_of_history_that_comes_again_teaches_nothing_new(files):
    once = figures(EXAMPLE, "--declarations", files["tested"], "--history", files["early"])
    told = run(EXAMPLE, "--declarations", files["tested"], "--history", files["early"], files["early"], "--json")
    twice = json.loads(told.stdout)
    assert twice["learntInspections"] == once["learntInspections"] == 300
    assert twice["inspected"] == once["inspected"]
    assert [file["repeated"] for file in twice["history"]["files"]] == [0, 300]
    assert "early.csv: 300 rows of --history stood there before, alike: left out" in told.stderr


def test_a_number_that_stands_twice_in_the_file_is_told(files, tmp_path):
    path = write(tmp_path / "twice.csv", [*TESTED, *TESTED[:7]])
    told = run(EXAMPLE, "--declarations", path, "--history", files["early"], "--json")
    answer = json.loads(told.stdout)
    assert (answer["declarations"], answer["file"]["repeated"]) == (407, 7)
    assert "twice.csv: 7 rows bear a number that stands above; each counts as a declaration" in told.stderr


def test_it_says_that_nothing_was_learnt_and_what_comes_of_it(files, tmp_path):
    unknown = write(tmp_path / "unknown.csv", [kcs_row(Fraud="")])
    told = run(EXAMPLE, "--declarations", files["tested"], "--history", unknown)
    assert "nothing was learnt from --history: no row before 2024-04-01 has an outcome" in told.stderr
    assert "400 of 400 declarations lack a fact the table asks for: left undetermined" in told.stderr


def test_files_may_come_by_a_pipe(files, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(files["tested"].read_bytes(),), daemon=True)
    writer.start()
    piped = figures(EXAMPLE, "--declarations", pipe, "--history", files["early"])
    writer.join()
    assert piped == figures(EXAMPLE, "--declarations", files["tested"], "--history", files["early"])
