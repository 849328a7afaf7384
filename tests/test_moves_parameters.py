"""The parameters: all documented, all bounded, none unknown, and the page says what the code does."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from port.diversion.moves.parameters import (
    ASSUMED,
    Parameters,
    ParametersRefused,
    catalogue,
    read_parameters,
)
from port.diversion.moves.wording import PARAMETER_GROUPS

PAGE = (Path(__file__).parent.parent / "docs" / "moves.md").read_text(encoding="utf-8")


def test_every_parameter_has_words_a_unit_a_source_and_bounds_around_its_default():
    for spec in catalogue():
        assert spec.zh, spec
        assert spec.en, spec
        assert spec.unit, spec
        assert spec.source, spec
        assert spec.low <= spec.default <= spec.high, spec
    assert {spec.group for spec in catalogue()} == set(PARAMETER_GROUPS)


def test_the_page_tells_every_parameter_with_its_unit_default_and_source():
    rows = {
        cells[0].strip("` "): [cell.strip() for cell in cells[1:]]
        for line in PAGE.splitlines()
        if line.startswith("| `") and len(cells := line.strip("|").split("|")) == 5
    }
    told = {spec.name: [f"{spec.default:g}", spec.unit, f"{spec.en} {spec.zh}", spec.source] for spec in catalogue()}
    assert {name: rows.get(name) for name in told} == told


def test_the_page_counts_what_is_assumed():
    assumed = sum(spec.source.startswith(ASSUMED) for spec in catalogue())
    assert re.findall(r"(\d+) of (\d+) are assumed", PAGE) == [(str(assumed), str(len(catalogue())))]


def test_changed_parameters_are_others_and_the_defaults_stay():
    given = Parameters()
    changed = given.changed({"quay_cranes": 6.0, "advance_share": 0.5})
    assert (changed.quay_cranes, changed.advance_share) == (6, 0.5)
    assert isinstance(changed.quay_cranes, int)
    assert given == Parameters()


def test_parameters_are_read_from_json_and_written_back():
    given = Parameters().changed({"rehandles": 1.5})
    assert read_parameters(given.to_json()) == given
    assert read_parameters('{"scanners": 2}', base=given) == given.changed({"scanners": 2})


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"no_such": 1}, "no_such: no such parameter"),
        ({"quay_cranes": 2.5}, "quay_cranes: not a whole number"),
        ({"quay_cranes": True}, "quay_cranes: not a number"),
        ({"quay_cranes": "4"}, "quay_cranes: not a number"),
        ({"advance_share": 1.2}, "advance_share: must lie between 0 and 1 share"),
        ({"advance_share": float("nan")}, "advance_share: not a number"),
        ({"inspection_bays": 0}, "inspection_bays: must lie between 1 and 500 bays"),
        ({"inspection_rate": 0.6, "scan_rate": 0.6}, "inspection_rate, scan_rate, hold_rate: together above 1"),
        ({"site_opens": 20}, "site_opens: not before site_closes"),
        ({"export_cut_off_hours": 60}, "export_cut_off_hours: longer than export_window_hours"),
        ({"import_boxes": 0, "export_boxes": 0}, "import_boxes, export_boxes: no box at all"),
    ],
)
def test_what_cannot_be_is_refused(values, told):
    with pytest.raises(ParametersRefused) as refused:
        Parameters().changed(values)
    assert refused.value.problems == (told,)


def test_all_that_is_wrong_is_told_at_once():
    with pytest.raises(ParametersRefused) as refused:
        read_parameters(json.dumps({"no_such": 1, "scanners": 0}))
    assert refused.value.problems == ("no_such: no such parameter", "scanners: must lie between 1 and 20 scanners")


@pytest.mark.parametrize("text", ["", "[]", "3", "{", b"\xff"])
def test_what_is_no_object_of_parameters_is_refused(text):
    with pytest.raises(ParametersRefused):
        read_parameters(text)
