"""The process that answers takes addresses and browsers and shows its key without what sends, signs or encrypts."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

SENDING = ("cryptography", "http_ece", "py_vapid", "pywebpush", "requests", "aiohttp")
# The browser's key is the receiver's of RFC 8291.
PROGRAM = """
import json, sys
from build_port import BOX, discharged, manifest, running_port

KEYS = {
    "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    "auth": "BTBZMqHH6r4Tts7J_aSIgg",
}
with running_port(sys.argv[1]) as port:
    port.client.app.state.port.outbound.rests_until = float("inf")
    port.customs(manifests=[manifest()])
    for path, body in (
        ("/v1/watchlist", {"containers": [BOX]}),
        ("/v1/notifications/addresses", {"channel": "EMAIL", "address": "lin@x.example"}),
        ("/v1/notifications/push", {"subscription": {"endpoint": "https://push.example/x", "keys": KEYS}}),
        ("/v1/notifications/test", {"channel": "PUSH"}),
    ):
        assert port.post(path, body, role="forwarder").is_success, path
    port.gate(discharged())
    for path in ("settings", "push-key", ""):
        assert port.get(f"/v1/notifications/{path}".rstrip("/"), role="forwarder").is_success, path
    for path in ("/v1/watchlist", "/v1/watchlist.csv"):
        assert port.get(path, role="forwarder").is_success, path
    for job in ("run-outbound", "sweep-notices"):
        port.run_job(job)
    print(json.dumps(sorted(set(sys.argv[2:]) & {name.split(".")[0] for name in sys.modules})))
"""


def test_people_are_taken_in_without_what_tells_them(sqlite_url: str):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, sqlite_url, *SENDING],
        cwd=Path(__file__).parent, capture_output=True, text=True, check=False, timeout=100,
        env={"PYTHONPATH": f"{Path(__file__).parent.parent}:{Path(__file__).parent}", "PATH": ""},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == []
