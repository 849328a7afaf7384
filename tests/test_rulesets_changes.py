"""Two versions side by side over HTTP: what differs, in words, and which of the latest boxes would go elsewhere."""

from __future__ import annotations

from build_diverting import declare
from build_lab import IMPORTS, asks, keep_version, row, table
from build_port import BOX, TestPort, discharged

FURNITURE = row("INSPECTION", IMPORTS, asks("hs_code", "prefix", ["9403"]), id="furniture")
REST = row("YARD", IMPORTS, id="rest")


def test_a_version_beside_another_tells_what_changed_and_which_boxes_go_elsewhere(port: TestPort) -> None:
    declare(port)
    port.gate(discharged())
    before = keep_version(port, table(REST, name="lax"))
    after = keep_version(port, table(FURNITURE, REST, name="strict"))
    told = port.get(f"/v1/rulesets/{after[:10]}/changes?from={before[:10]}", role="customs").json()
    assert (told["from"], told["to"], told["sampled"]) == (before, after, 1)
    assert [(one["part"], one["kind"], one["name"]) for one in told["changes"]] == [
        ("ruleset", "CHANGED", ""),
        ("rows", "ADDED", "furniture"),
    ]
    assert told["cells"] == [{"from": "YARD", "to": "INSPECTION", "count": 1}]
    [case] = told["cases"]
    assert (case["containerNumber"], case["fromRow"], case["toRow"]) == (BOX, "rest", "furniture")
    assert case["cause"]["sentence"]["en"] == "row furniture is new"
    [current] = port.get("/v1/decisions?state=current", role="customs").json()["decisions"]
    assert case["decisionID"] == current["decisionID"]


def test_a_version_beside_itself_changes_nothing(port: TestPort) -> None:
    same = keep_version(port, table(REST))
    told = port.get(f"/v1/rulesets/{same}/changes?from={same}", role="customs").json()
    assert (told["changes"], told["cases"], told["sampled"]) == ([], [], 0)
