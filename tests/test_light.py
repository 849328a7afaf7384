"""The process that answers stays light: what only a back-test, an import or a simulation needs is loaded in a child."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

HEAVY = ("polars", "numpy", "openpyxl", "simpy", "lightgbm", "zen", "cel")
AT_WORK = """
import json, sys
from build_port import discharged, running_port
from build_rules import active, announced, discharge, kept, step, table

with running_port(sys.argv[1]) as port:
    announced(port)
    discharge(port)
    content_hash = kept(port, table("INSPECTION"))
    for path in ("", "/audit", f"/{content_hash}", f"/{content_hash}/export", f"/{content_hash}/flips"):
        assert port.get(f"/v1/rulesets{path}", role="customs").is_success, path
    for path in ("/v1/facts", "/v1/hs", "/v1/jobs", "/v1/declaration-files", "/v1/simulations/parameters"):
        assert port.get(path, role="customs").is_success, path
    body = {"ruleset": table("SCAN"), "tests": []}
    assert port.post("/v1/rulesets/check", body, role="customs").is_success
    for name in ("lint", "test"):
        assert step(port, content_hash, name).is_success
    assert step(port, content_hash, "shadow", on=True).is_success
    assert port.post(f"/v1/rulesets/{content_hash}/backtest", {"source": "VISITS"}, role="customs").is_success
    book = port.get(f"/v1/rulesets/{content_hash}/export?format=xlsx", role="customs")
    assert book.is_success
    assert port.client.post("/v1/rulesets/import", content=book.content, headers=port.headers("customs")).is_success
    for job in ("rules-begun", "run-lab", "learn-findings"):
        port.run_job(job)
    print(json.dumps(sorted(set(sys.argv[2:]) & {name.split(".")[0] for name in sys.modules})))
"""


def test_officers_may_do_all_they_can_and_nothing_heavy_is_loaded(sqlite_url: str):
    done = subprocess.run(
        [sys.executable, "-c", AT_WORK, sqlite_url, *HEAVY],
        cwd=Path(__file__).parent.parent,
        env={"PYTHONPATH": "tests", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == []
