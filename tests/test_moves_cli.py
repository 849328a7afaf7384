"""`digital-port simulate`, as it is run."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from port.diversion.documents import dump_file, load_default_tests
from port.diversion.loading import load_default
from web.cli import main

pytestmark = pytest.mark.slow

SMALL = ["--set", "import_boxes=30", "--set", "export_boxes=20", "--seeds", "2"]


def simulated(*given):
    return CliRunner().invoke(main, ["simulate", *given])


def test_the_table_is_printed_in_english_and_in_chinese():
    en, zh = simulated(*SMALL), simulated(*SMALL, "--lang", "zh")
    assert (en.exit_code, zh.exit_code) == (0, 0)
    assert "imports and exports" in en.output
    assert "Other than the defaults: import_boxes=30, export_boxes=20" in en.output
    assert "进出口合计" in zh.output


def test_the_json_has_the_parameters_that_were_given(tmp_path):
    file = tmp_path / "parameters.json"
    file.write_text('{"quay_cranes": 2, "advance_share": 0.1}')
    done = simulated(*SMALL, "--parameters", str(file), "--advance", "0.4", "--inspect", "0.2", "--json")
    told = json.loads(done.output)
    names = ("import_boxes", "quay_cranes", "advance_share", "inspection_rate")
    assert [told["parameters"][name] for name in names] == [30, 2, 0.4, 0.2]
    assert told["seeds"] == [1, 2]
    assert [one["name"] for one in told["variants"]] == ["traditional", "diverted"]


def test_rulesets_are_compared(tmp_path):
    active = load_default()
    draft = active.model_copy(update={"lanes": ()})
    files = [tmp_path / "active.json", tmp_path / "draft.json"]
    for file, ruleset in zip(files, (active, draft), strict=True):
        file.write_text(ruleset.to_json())
    done = simulated(*SMALL, "--json", *(part for file in files for part in ("--ruleset", str(file))))
    told = json.loads(done.output)
    assert [one["name"] for one in told["variants"]] == ["traditional", "xiamen-default", "draft"]
    assert told["variants"][2]["rulesetHash"] == draft.content_hash


def test_a_recorded_day_is_played(tmp_path):
    file = tmp_path / "day.csv"
    file.write_text(
        "container_number,direction,at,declared_at,route_active\n"
        "CSQU3054383,IMPORT,2026-11-20T10:00:00+08:00,2026-11-19T10:00:00+08:00,DIRECT_RELEASE\n",
        encoding="utf-8-sig",
    )
    told = json.loads(simulated("--recorded", str(file), "--seeds", "2", "--json").output)
    assert told["isRecorded"]
    assert [one["name"] for one in told["variants"]] == ["traditional", "active"]
    table = tmp_path / "table.json"
    table.write_text(load_default().to_json())
    refused = simulated("--recorded", str(file), "--ruleset", str(table))
    assert (refused.exit_code, "every box needs a case" in refused.output) == (2, True)


def test_the_sweep_is_printed():
    done = simulated(*SMALL, "--set", "quay_cranes=2", "--sweep", "--json")
    assert done.exit_code == 0
    assert set(json.loads(done.output)) == {"parameters", "seeds", "headlines", "points", "alternatives"}


def test_a_table_that_makes_no_sense_is_refused(tmp_path):
    file = tmp_path / "broken.json"
    file.write_text(load_default().to_json().replace("hs_code", "colour"))
    done = simulated(*SMALL, "--ruleset", str(file))
    assert done.exit_code == 1
    assert "broken.json: " in done.output
    assert "colour" in done.output


def test_a_repository_s_document_with_its_tests_is_read(tmp_path):
    file = tmp_path / "document.json"
    file.write_text(dump_file(load_default(), load_default_tests()))
    assert simulated(*SMALL, "--ruleset", str(file)).exit_code == 0


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["--set", "no_such=1"], "no_such: no such parameter"),
        (["--set", "quay_cranes"], "--set quay_cranes: not NAME=VALUE"),
        (["--set", "quay_cranes=many"], "quay_cranes: not a number"),
        (["--advance", "2"], "advance_share: must lie between 0 and 1"),
        (["--sweep", "--recorded", __file__], "--sweep plays synthetic days"),
        (["--recorded", __file__], "heading: container_number is missing"),
    ],
)
def test_what_cannot_be_is_wrong_usage(given, told):
    done = simulated(*given)
    assert done.exit_code == 2
    assert told in done.output


def test_what_a_file_has_wrong_is_told_with_its_name(tmp_path):
    parameters, day = tmp_path / "ours.json", tmp_path / "day.csv"
    parameters.write_text("null")
    day.write_text("container_number,direction,at\nCSQU3054383,IMPORT,0001-01-01T00:00:00+14:00\n")
    done = simulated("--parameters", str(parameters))
    assert (done.exit_code, f"{parameters}: not a JSON object" in done.stderr) == (2, True)
    done = simulated("--recorded", str(day))
    assert (done.exit_code, f"{day}: line 2: 0001-01-01T00:00:00+14:00 is no time" in done.stderr) == (2, True)


def test_a_folder_of_time_zones_is_no_time_zone(tmp_path):
    day = tmp_path / "day.csv"
    day.write_text("container_number,direction,at\nCSQU3054383,IMPORT,2026-01-01T10:00:00+08:00\n")
    done = simulated("--recorded", str(day), "--zone", "Asia", "--seeds", "1")
    assert (done.exit_code, "--zone Asia: no such time zone" in done.stderr) == (2, True)
