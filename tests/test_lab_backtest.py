"""A back-test as officers ask for it: over recorded visits or an uploaded file, with a report, flips, and a step."""

from __future__ import annotations

import gzip
import time
from typing import Any

import pytest
from sqlalchemy import text

from build_lab import IMPORTS, asks, keep_version, row, table
from build_port import TestPort, declaration, discharged, manifest, notice
from port.diversion.loading import load_default

pytestmark = pytest.mark.slow

STERN = table(row("INSPECTION", IMPORTS, asks("hs_code", "prefix", ["9403"]), id="furniture"), name="stern")
# Our own columns, called like the facts (docs/backtest.md).
CSV = """declaration,date,hs_code,origin_country,net_mass_kg,declared_value,consignee_code,found
D1,2026-01-05,940360,VN,100,900,A,1
D2,2026-01-05,940360,VN,120,800,B,0
D3,2026-01-06,680223,IN,24000,9000,C,
"""


def ended(port: TestPort, answer: Any) -> dict[str, Any]:
    """The job once it has ended."""
    assert answer.status_code == 202, answer.text
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        job: dict[str, Any] = port.get(f"/v1/jobs/{answer.json()['jobID']}", role="customs").json()
        if job["state"] not in ("WAITING", "RUNNING"):
            return job
        time.sleep(0.05)
    raise AssertionError(job)


def upload(port: TestPort, body: bytes, name: str = "past.csv") -> Any:
    headers = port.headers("customs") | {"content-type": "text/csv"}
    return port.client.post(f"/v1/declaration-files?name={name}", content=body, headers=headers)


def backtest(port: TestPort, content_hash: str, **asked: Any) -> Any:
    return port.post(f"/v1/rulesets/{content_hash[:10]}/backtest", asked, role="customs")


def report(port: TestPort, job: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = port.get(f"/v1/jobs/{job['jobID']}/report.json", role="customs").json()
    return told


def test_recorded_visits_are_tried_against_the_active_version(either_port: TestPort) -> None:
    port = either_port
    port.customs(manifests=[manifest()], declarations=[declaration()])
    port.gate(discharged())
    port.customs(
        notices=[notice("INSPECTION_ORDERED", minutes_ago=4), notice("INSPECTION_FINISHED", result="ABNORMAL")]
    )
    stern = keep_version(port, STERN)
    job = ended(port, backtest(port, stern, source="VISITS"))
    assert (job["state"], job["error"], job["rulesetHash"]) == ("DONE", None, stern)
    found = report(port, job)
    assert (found["ruleset"], found["against"], found["cases"]) == (stern, load_default().content_hash, 1)
    assert found["flips"]["cells"] == [{"from": "DIRECT_RELEASE", "to": "INSPECTION", "count": 1}]
    [furniture] = [one for one in found["rows"] if one["row"] == "furniture"]
    assert (furniture["hits"], furniture["known"], furniture["finds"]) == (1, 1, 1)
    flips = port.get(f"/v1/rulesets/{stern}/flips?source={job['jobID']}", role="customs").json()
    assert [one["row"] for one in flips["cases"]] == ["furniture"]
    assert flips["cells"] == found["flips"]["cells"]
    steps = port.get(f"/v1/rulesets/{stern}/audit", role="customs").json()["steps"]
    [step] = [one for one in steps if one["step"] == "BACKTESTED"]
    assert step["detail"] == {"jobID": job["jobID"], "source": "VISITS"}
    other = port.get(f"/v1/rulesets/{load_default().content_hash}/flips?source={job['jobID']}", role="customs")
    assert other.status_code == 404


def test_an_uploaded_file_is_read_through_kept_once_and_tried(port: TestPort) -> None:
    answer = upload(port, gzip.compress(CSV.encode()))
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert (told["rows"], told["problems"]) == (3, [])
    assert upload(port, gzip.compress(CSV.encode(), mtime=0)).status_code == 201
    stern = keep_version(port, STERN)
    job = ended(port, backtest(port, stern, source="UPLOAD", uploadID=told["uploadID"]))
    assert (job["state"], job["error"]) == ("DONE", None)
    found = report(port, job)
    assert found["cases"] == 3
    [furniture] = [one for one in found["rows"] if one["row"] == "furniture"]
    assert (furniture["hits"], furniture["known"], furniture["finds"]) == (2, 2, 1)
    page = port.get(f"/v1/jobs/{job['jobID']}/report.html", role="customs")
    assert "<script" not in page.text
    listed = port.get("/v1/declaration-files", role="customs").json()["files"]
    assert {one["uploadID"] for one in listed} >= {told["uploadID"]}


def test_the_same_bytes_are_one_file(port: TestPort) -> None:
    first, second = upload(port, CSV.encode()), upload(port, CSV.encode(), name="again.csv")
    assert first.json() == second.json()
    with port.client.app.state.port.database.read() as connection:
        assert connection.scalar(text("SELECT count(*) FROM declaration_file")) == 1


@pytest.mark.parametrize("body", [b"", b"\x1f\x8bbroken", b"a,b,c\n1,2,3\n", b"\x00\xff\xfe"])
def test_a_file_that_is_none_is_refused_in_words(port: TestPort, body: bytes) -> None:
    answer = upload(port, body)
    assert (answer.status_code, answer.json()["reason"]) == (422, "DECLARATIONS_UNREADABLE")
    assert answer.json()["detail"].startswith("row ")
    assert "zh" not in answer.json()["detail"]


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"source": "UPLOAD"}, 422),
        ({"source": "VISITS", "uploadID": "x"}, 422),
        ({"source": "UPLOAD", "uploadID": "nothing"}, 404),
        ({"source": "VISITS", "against": "00000000"}, 404),
        ({"source": "VISITS", "share": 2}, 422),
        ({"source": "VISITS", "from": "2026-01-01"}, 422),
    ],
)
def test_a_back_test_that_makes_no_sense_is_refused_before_it_waits(
    port: TestPort, asked: dict[str, Any], status: int
) -> None:
    answer = backtest(port, load_default().content_hash, **asked)
    assert answer.status_code == status, answer.text
    assert port.get("/v1/jobs", role="customs").json()["jobs"] == []
