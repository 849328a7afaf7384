"""The process that answers stays light: what only a back-test, an import or a simulation needs is loaded in a child."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("polars", "numpy", "openpyxl", "simpy", "lightgbm", "zen", "cel")
# What only the outbound child sends with; the tests themselves need httpx, so that is looked for where it is imported.
OUTBOUND = ("standardwebhooks", "pywebpush", "py_vapid", "http_ece", "cryptography", "requests", "aiohttp")
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


@pytest.mark.slow
def test_officers_may_do_all_they_can_and_nothing_heavy_is_loaded(sqlite_url: str):
    done = _run(AT_WORK, sqlite_url, *HEAVY)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == []


TELLING = """
import json, sys
from build_port import discharged, running_port

with running_port(sys.argv[1]) as port:
    port.client.app.state.port.outbound.rests_until = float("inf")
    made = port.post("/v1/webhooks", {"url": "https://hooks.example/x"}, role="terminal").json()
    path = f"/v1/webhooks/{made['webhookID']}"
    port.gate(discharged())
    for name in ("rotate", "test"):
        assert port.post(f"{path}/{name}", {}, role="terminal").is_success, name
    for asked in ("/v1/webhooks", path, f"{path}/deliveries", "/v1/events"):
        assert port.get(asked, role="terminal").is_success, asked
    for job in ("run-outbound", "prune-outbox"):
        port.run_job(job)
    print(json.dumps(sorted(set(sys.argv[2:]) & {name.split(".")[0] for name in sys.modules})))
"""


def test_webhooks_are_kept_and_shown_without_what_sends_them(sqlite_url: str):
    done = _run(TELLING, sqlite_url, *OUTBOUND)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == []


def test_the_server_does_not_import_what_only_its_children_and_the_demo_speak_with():
    done = _run(
        "import sys, web.app, web.cli_serve; print([n for n in sys.argv[1:] if n in sys.modules])",
        *("httpx", "httpcore", "web.outbound_worker", "web.outbound_sending", "adapters.webhooks", *OUTBOUND),
    )
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr


JOINED = """
import sys
from web.app import open_port
from web.settings import Settings
from port.schema import migrate

migrate(sys.argv[1])
alone = open_port(Settings(database_url=sys.argv[1]))
before = "nats" in sys.modules
joined = open_port(Settings(database_url=sys.argv[1], nats_url="nats://127.0.0.1:1"))
print(before, joined.nodes.joined is not None, "nats" in sys.modules, "aiohttp" in sys.modules)
"""


def test_nats_is_loaded_where_it_is_wanted_and_never_what_it_would_load_for_websockets(sqlite_url: str):
    done = _run(JOINED, sqlite_url)
    assert (done.returncode, done.stdout.strip()) == (0, "False True True False"), done.stderr


def _run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=Path(__file__).parent.parent,
        env={"PYTHONPATH": "tests", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
