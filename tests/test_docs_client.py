"""docs/client.md: every example does what the page says, against a real server."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from build_port import declaration, discharged, manifest
from server import ROOT, Server
from web.cli_watch import command

PAGE = (ROOT / "docs" / "client.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def run(example: str, *, url: str, key: str, folder: Path) -> str:
    program = f"URL, KEY = {url!r}, {key!r}\n{example}"
    given = {**os.environ, "PYTHONPATH": str(ROOT), "no_proxy": "*"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder, env=given, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.server
def test_the_examples_of_the_client_page_run(server: Server, tmp_path: Path):
    customs = server.create_key(party="CUSTOMS", role="customs")
    terminal = server.create_key(party="HT", role="terminal", facilities=("XMHT",))
    released = [
        {"transportDocumentReference": "COSU6123456780", "status": "RELEASED", "releasedAt": "2026-11-21T04:00:00Z"}
    ]
    notices = [
        {
            "declarationNumber": declaration()["declarationNumber"],
            "status": status,
            "noticeDateTime": "2026-11-21T05:00:00Z",
        }
        for status in ("RELEASED", "ARRIVAL_REPORTED")
    ]
    papers = {
        "manifests": [manifest()],
        "carrierReleases": released,
        "declarations": [declaration()],
        "notices": notices,
    }
    with server.client(customs) as by_customs, server.client(terminal) as by_terminal:
        assert by_customs.post("/v1/messages/customs", json={"messageID": "M-1", **papers}).is_success
        assert by_terminal.post("/v1/messages/gate", json={"messageID": "G-1", "events": [discharged()]}).is_success
    followed, several, resumed = EXAMPLES
    given = {"url": server.base_url, "key": customs.secret, "folder": tmp_path}
    assert run(followed, **given).startswith("container:CSQU3054383 ")
    assert run(several, **given).splitlines() == ["container:CSQU3054383", "['container:MSKU6011672', 'officers']"]
    assert run(resumed, **given) == "Snapshot\n"
    with server.client(terminal) as by_terminal:
        assert by_terminal.post(
            "/v1/messages/gate", json={"messageID": "G-2", "events": [discharged(equipmentEventTypeCode="DROP")]}
        ).is_success
    assert run(resumed, **given) == "Event\n"


def test_the_page_names_the_commands_options():
    named = [option for parameter in command.params for option in parameter.opts if option.startswith("--")]
    assert [option for option in named if option not in PAGE] == []
