"""Versions of the rules over HTTP: kept when they make sense, tried as they are typed, read back as written."""

from __future__ import annotations

import json
from typing import Any

import pytest

from build_lab import keep_unreadable
from build_port import TestPort, running_port
from build_rules import SECOND, WORDS, a_test, active, announced, discharge, kept, propose, step, steps_of, table
from port.diversion.documents import load_default_tests, load_file
from port.diversion.facts import CATALOGUE
from port.diversion.loading import load_default

DEFAULT = load_default()


def got(port: TestPort, path: str) -> dict[str, Any]:
    answer = port.get(path, role="customs")
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_a_port_begins_with_the_default_version_and_its_tests(port: TestPort):
    told = got(port, "/v1/rulesets")
    [family] = told["families"]
    [version] = family["versions"]
    assert told["active"] == {"hash": DEFAULT.content_hash, "name": DEFAULT.name, "since": "2026-11-21T12:00:00Z"}
    assert (told["scheduled"], told["shadows"]) == ([], [])
    assert (version["author"], version["state"], version["approvedBy"]) == (None, "ACTIVE", None)
    whole = got(port, f"/v1/rulesets/{DEFAULT.content_hash}")
    assert whole["tests"] == [test.to_json() for test in load_default_tests()]
    [founded] = got(port, f"/v1/rulesets/{DEFAULT.content_hash}/audit")["steps"]
    assert (founded["step"], founded["by"], founded["position"]) == ("FOUNDED", None, 0)


def test_a_version_is_kept_with_its_author_and_looked_at_at_once(port: TestPort):
    answer = propose(port, table("INSPECTION"), tests=[a_test("INSPECTION", row="imports")])
    assert answer.status_code == 201
    told = answer.json()
    assert told == {
        "hash": told["hash"],
        "name": "trial",
        "title": WORDS,
        "author": {"person": port.get("/v1/session", role="customs").json()["person"], "name": "Customs"},
        "createdAt": "2026-11-21T12:00:00Z",
        "basedOn": None,
        "note": "to try it",
        "state": "DRAFT",
        "isShadow": False,
        "lint": told["lint"],
        "tests": {"passed": 1, "failed": 0},
        "backtests": 0,
        "shadowRuns": 0,
        "approvedBy": None,
        "approvedAt": None,
        "waived": [],
        "activeFrom": None,
    }
    assert told["lint"]["errors"] == 0
    assert steps_of(port, told["hash"]) == ["PROPOSED", "LINTED", "TESTED"]


def test_a_version_is_read_back_with_its_table_and_each_row_in_words(port: TestPort):
    document = table("INSPECTION")
    content_hash = kept(port, document, tests=[a_test("INSPECTION")])
    told = got(port, f"/v1/rulesets/{content_hash[:8]}")
    assert told["ruleset"] == json.loads(load_file(json.dumps(document)).ruleset.to_json())
    assert [test["id"] for test in told["tests"]] == ["toys"]
    assert told["testResults"] == {"passed": 1, "failed": 0}
    assert [one["id"] for one in told["rows"]] == ["imports", "default"]
    assert told["rows"][0]["sentence"] == {
        "zh": "若进出口为 进口，则查验。",
        "en": "If the direction is import, then inspection.",
    }


def test_a_table_that_makes_no_sense_is_not_kept_and_each_cell_is_named(port: TestPort):
    document = table("INSPECTION")
    document["rows"][0]["when"] = [{"fact": "direction", "operator": "less", "value": 3}]
    document["default"]["route"] = "DIRECT_RELEASE"
    answer = propose(port, document)
    told = answer.json()
    assert (answer.status_code, told["reason"]) == (422, "RULESET_INVALID")
    assert {(one["row"], one["column"]) for one in told["problems"]} >= {("imports", "direction")}
    assert [one["name"] for one in got(port, "/v1/rulesets")["families"]] == [DEFAULT.name]


@pytest.mark.parametrize("number", ["1e999", "NaN", "123456789012345678901234567890"])
def test_a_number_that_is_none_is_a_problem_and_no_fault(port: TestPort, number: str):
    document = json.dumps({"ruleset": table("YARD"), "tests": [], "note": "n"})
    raw = document.replace('"minimum_random_rate": 0.0', f'"minimum_random_rate": {number}').encode()
    headers = port.headers("customs") | {"Content-Type": "application/json"}
    answer = port.client.post("/v1/rulesets", content=raw, headers=headers)
    assert answer.status_code in (400, 422)


def test_a_family_goes_on_from_its_newest_version(port: TestPort):
    first = kept(port, table("INSPECTION"))
    second = kept(port, table("SCAN"), basedOn=first)
    stale = propose(port, table("YARD"), basedOn=first, party=SECOND)
    assert (stale.status_code, stale.json()["reason"]) == (409, "NOT_THE_NEWEST")
    body = {"ruleset": table("YARD"), "tests": [], "note": "again", "basedOn": second[:12]}
    put = port.client.request("PUT", "/v1/rulesets/trial", json=body, headers=port.headers("customs"))
    assert (put.status_code, put.json()["basedOn"]) == (201, second)
    versions = got(port, f"/v1/rulesets/{first}/versions")["versions"]
    assert [one["hash"] for one in versions] == [put.json()["hash"], second, first]
    other = port.client.request("PUT", "/v1/rulesets/other", json=body, headers=port.headers("customs"))
    assert (other.status_code, other.json()["where"]) == (422, "ruleset.name")


def test_the_same_table_is_one_version_and_only_its_author_changes_its_tests(port: TestPort):
    content_hash = kept(port, table("INSPECTION"))
    assert propose(port, table("INSPECTION")).json()["reason"] == "RULESET_EXISTS"
    assert propose(port, table("INSPECTION"), tests=[a_test("YARD")], party=SECOND).json()["reason"] == "RULESET_EXISTS"
    again = propose(port, table("INSPECTION"), tests=[a_test("YARD")])
    assert (again.status_code, again.json()["hash"], again.json()["tests"]) == (
        201, content_hash, {"passed": 0, "failed": 1},
    )  # fmt: skip


def test_a_version_is_named_by_eight_characters_or_more(port: TestPort):
    short = port.get(f"/v1/rulesets/{DEFAULT.content_hash[:7]}", role="customs")
    unknown = port.get("/v1/rulesets/ffffffffff", role="customs")
    odd = port.get("/v1/rulesets/%25%25%25%25%25%25%25%25", role="customs")
    assert (short.status_code, short.json()["where"]) == (422, "hash")
    assert [(one.status_code, one.json()["reason"]) for one in (unknown, odd)] == [(404, "RULESET_UNKNOWN")] * 2


def test_a_draft_is_tried_on_the_latest_boxes_and_nothing_is_kept(port: TestPort):
    announced(port)
    discharge(port)
    body = {"ruleset": table("INSPECTION"), "tests": [a_test("YARD")]}
    told = port.post("/v1/rulesets/check", body, role="customs").json()
    assert (told["problems"], told["sampled"]) == ([], 1)
    assert [(row["id"], row["holds"], row["first"]) for row in told["rows"]] == [("imports", 1, 1), ("default", 1, 0)]
    [result] = told["tests"]
    assert (result["passed"], result["actual"]) == (False, {"route": "INSPECTION", "row": "imports", "reason": "RULE"})
    broken = port.post("/v1/rulesets/check", {"ruleset": {"name": "x"}, "tests": []}, role="customs").json()
    assert broken["problems"]
    assert (broken["lint"], broken["rows"]) == ([], [])
    assert [one["name"] for one in got(port, "/v1/rulesets")["families"]] == [DEFAULT.name]


def test_lint_and_tests_are_steps_of_whoever_runs_them(port: TestPort):
    content_hash = kept(port, table("INSPECTION"), tests=[a_test("INSPECTION")])
    assert step(port, content_hash, "lint").json().keys() == {"lint"}
    assert [one["passed"] for one in step(port, content_hash, "test").json()["tests"]] == [True]
    last = got(port, f"/v1/rulesets/{content_hash}/audit")["steps"][-1]
    assert (last["step"], last["by"]["name"], last["detail"]) == ("TESTED", SECOND.title(), {"passed": 1, "failed": 0})


def test_a_document_comes_out_as_it_went_in(port: TestPort):
    content_hash = kept(port, table("INSPECTION"), tests=[a_test("INSPECTION")])
    out = port.get(f"/v1/rulesets/{content_hash}/export?format=json", role="customs")
    assert out.headers["Content-Disposition"] == f'attachment; filename="trial-{content_hash[:12]}.json"'
    document = load_file(out.content)
    assert document.ruleset.content_hash == content_hash
    headers = port.headers("customs")
    back = port.client.post("/v1/rulesets/import", content=out.content, headers=headers).json()
    assert back == {
        "ruleset": json.loads(document.ruleset.to_json()),
        "tests": [test.to_json() for test in document.tests],
    }
    wrong = port.client.post("/v1/rulesets/import", content=b"{", headers=headers)
    assert (wrong.status_code, wrong.json()["reason"]) == (422, "RULESET_INVALID")


def test_a_workbook_comes_out_and_goes_in_through_a_child(port: TestPort):
    content_hash = kept(port, table("INSPECTION"), tests=[a_test("INSPECTION")])
    book = port.get(f"/v1/rulesets/{content_hash}/export?format=xlsx", role="customs")
    assert (book.status_code, book.content[:2]) == (200, b"PK")
    headers = port.headers("customs")
    back = port.client.post("/v1/rulesets/import", content=book.content, headers=headers)
    assert back.status_code == 200, back.text
    assert load_file(json.dumps({**back.json()["ruleset"], "tests": []})).ruleset.content_hash == content_hash
    broken = port.client.post("/v1/rulesets/import", content=b"PK\x03\x04" + b"0" * 100, headers=headers)
    assert (broken.status_code, broken.json()["reason"]) == (422, "RULESET_INVALID")


def test_a_version_of_another_program_is_listed_and_said_to_be_unreadable(port: TestPort):
    content_hash = keep_unreadable(port.url)
    families = {one["name"]: one["title"] for one in got(port, "/v1/rulesets")["families"]}
    assert families["of another program"] == {"zh": "of another program", "en": "of another program"}
    for path in ("", "/export"):
        answer = port.get(f"/v1/rulesets/{content_hash}{path}", role="customs")
        assert (answer.status_code, answer.json()["reason"]) == (409, "RULESET_UNREADABLE")
    assert step(port, content_hash, "lint").json()["reason"] == "RULESET_UNREADABLE"


def test_the_catalogue_has_every_fact_with_what_may_be_asked_of_it(port: TestPort):
    facts = {one["name"]: one for one in got(port, "/v1/facts")["facts"]}
    assert list(facts) == [spec.name for spec in CATALOGUE]
    assert facts["hs_code"]["operators"] == ["prefix", "in", "equals"]
    assert facts["direction"] == {
        "name": "direction", "level": "DECLARATION", "type": "TEXT", "zh": "进出口", "en": "direction", "unit": None,
        "codes": ["IMPORT", "EXPORT"], "operators": ["in", "equals"], "listKind": None, "minimum": 0, "maximum": None,
    }  # fmt: skip


def test_codes_are_told_level_by_level_with_how_often_they_were_declared(port: TestPort):
    announced(port)
    discharge(port)
    chapters = got(port, "/v1/hs")["nodes"]
    assert len(chapters) == 98
    assert next(one for one in chapters if one["code"] == "94") == {
        "code": "94", "zh": "家具、寝具、灯具", "en": "furniture, bedding, lamps", "hasMore": True, "count": 1,
    }  # fmt: skip
    levels = [got(port, f"/v1/hs?under={under}")["nodes"] for under in ("94", "9403", "940360", "94036000", "01")]
    assert [[(one["code"], one["hasMore"]) for one in level] for level in levels] == [
        [("9403", True)], [("940360", True)], [("94036000", True)], [("9403600000", False)], [],
    ]  # fmt: skip
    assert port.get("/v1/hs?under=9", role="customs").status_code == 422


def test_a_ruleset_of_the_settings_founds_an_empty_port_only(sqlite_url: str, tmp_path):
    written = tmp_path / "rules.json"
    written.write_text(json.dumps(table("INSPECTION") | {"tests": [a_test("INSPECTION")]}), encoding="utf-8")
    with running_port(sqlite_url, ruleset=written) as port:
        first = active(port)
        assert [test["id"] for test in got(port, f"/v1/rulesets/{first}")["tests"]] == ["toys"]
    with running_port(sqlite_url) as port:
        assert active(port) == first
