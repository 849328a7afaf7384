"""Work given to a child within a request; and what the serving process never loads."""

from __future__ import annotations

import asyncio
import gzip
import subprocess
import sys
from pathlib import Path

import pytest

from web.lab_children import Lab
from web.problems import Refused

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parent.parent
# It starts the app, asks it something, and tells what it has loaded.
_SERVED = """
import asyncio, sys
from build_port import running_port
with running_port(sys.argv[1]) as port:
    assert port.get("/v1/jobs", role="customs").status_code == 200
    assert port.get("/v1/rulesets", role="customs").status_code == 200
    heavy = [name for name in ("polars", "openpyxl", "simpy", "numpy", "pyarrow", "pandas") if name in sys.modules]
    ours = [name for name in sys.modules if name.startswith(("web.lab_work", "web.lab_backtest", "web.lab_simulation"))]
    print(heavy + ours)
"""


def called(target: str, given: bytes = b"", **more: float) -> bytes:
    return asyncio.run(Lab().run_child(target, given, **more))


def test_the_serving_process_loads_nothing_heavy(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _SERVED, f"sqlite:///{tmp_path / 'port.db'}"],
        cwd=ROOT / "tests", capture_output=True, text=True, timeout=100, check=True,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
    )  # fmt: skip
    assert done.stdout.strip() == "[]"


def test_a_child_answers_with_what_its_function_made_of_the_bytes() -> None:
    assert called("base64:b64encode", b"quay") == b"cXVheQ=="
    assert called("zlib:compress", b"q" * 1_000_000, seconds=30)


@pytest.mark.parametrize(
    ("target", "given"),
    [("json:loads", b"{"), ("nowhere:nothing", b""), ("base64:nothing", b""), ("os:abort", b"")],
)
def test_a_child_that_breaks_is_a_refusal_and_not_a_crash(target: str, given: bytes) -> None:
    with pytest.raises(Refused) as refused:
        called(target, given)
    assert (refused.value.problem.status, refused.value.problem.reason) == (422, "CHILD_FAILED")


def test_what_breaks_in_a_child_is_logged_by_its_kind_and_place_alone(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(Refused):
        called("json:loads", b'{"canary": CANARY}')
    [record] = caplog.records
    assert "JSONDecodeError" in record.getMessage()
    with pytest.raises(Refused):
        called("port.diversion.loading:load", b'{"name": "canary-table", "rows": []}')
    assert "RulesetInvalid" in caplog.text
    assert "canary" not in caplog.text.lower().replace("def test", "")


def test_a_child_that_takes_too_long_is_ended() -> None:
    with pytest.raises(Refused, match="longer than"):
        called("web.lab_reading:read_through", b"declaration,date\n" + b"D,2026-01-01\n" * 3_000_000, seconds=0.5)


def test_a_child_that_would_take_all_memory_is_ended() -> None:
    bomb = gzip.compress(bytes(64 << 20)) * 60  # 4 MB that unpack to four gigabytes
    with pytest.raises(Refused, match="could not be done"):
        called("gzip:decompress", bomb)
