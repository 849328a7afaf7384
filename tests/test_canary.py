"""Canaries in rules, drafts, shadow runs, tests and reasons: nobody but customs is told one, nor is the log."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from build_canary import CANARIES, SECONDS, Scene, bring_in, listen, new_key, told, write_rules
from build_port import BILL, BOX, IMO, NUMBER
from port.actor import Role
from server import serve

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    url = f"sqlite:///{tmp_path_factory.mktemp('canary') / 'port.db'}"
    with serve(url, salt="the tests draw alike", log_level="debug") as server, ExitStack() as stack:
        keys = {role: new_key(url, role) for role in Role}
        second = new_key(url, Role.CUSTOMS)
        listeners = {role: listen(server, key, stack) for role, key in keys.items()}
        ids = write_rules(server, keys[Role.CUSTOMS], second)
        receipts = bring_in(server, keys[Role.TERMINAL], keys[Role.CUSTOMS])
        with server.client(keys[Role.CUSTOMS]) as client:
            [decision] = told(client.get("/v1/decisions?state=current"))["decisions"]
            override = {"route": "HOLD", "reason": "CANARYOVERRIDE for a reason"}
            told(client.post(f"/v1/decisions/{decision['decisionID']}/override", json=override))
            ids |= {
                "number": BOX,
                "visit_id": decision["visitID"],
                "decision_id": decision["decisionID"],
                "instruction_id": told(client.get("/v1/instructions"))["instructions"][-1]["instructionID"],
                "receipt_id": told(client.get("/v1/messages"))["messages"][0]["receiptID"],
                "job_id": told(client.post(f"/v1/rulesets/{ids['hash']}/backtest", json={"source": "VISITS"}))["jobID"],
                "form": "json",
                "call_id": "none",
                "mailing_id": "none",
                "webhook_id": "none",
                "key_id": keys[Role.CUSTOMS].key_id,
                "name": "canary-table",
            }
            deadline = time.monotonic() + SECONDS
            while not told(client.get(f"/v1/rulesets/{ids['draft']}/shadow"))["cases"]:
                assert time.monotonic() < deadline, "the shadow saw nothing"
                time.sleep(0.2)
        time.sleep(1)
        yield Scene(server, keys, ids, {role: one.heard for role, one in listeners.items()}, receipts)


def paths(scene: Scene) -> list[str]:
    """Every address one can ask, with this scene's ids; and lists with what narrows them."""
    with scene.server.client() as client:
        found = [path for path, methods in client.get("/openapi.json").json()["paths"].items() if "get" in methods]
    filled = []
    for path in found:
        if path == "/v1/stream/sse":
            continue
        for name, value in scene.ids.items():
            path = path.replace(f"{{{name}}}", value)
        filled.append(path)
    assert [path for path in filled if "{" in path] == []
    more = [f"/v1/search?q={typed}" for typed in (BOX, BILL, NUMBER, IMO, "canary-r", "CANARYCON")]
    more += [f"/v1/rulesets/{scene.ids['draft']}", f"/v1/rulesets/{scene.ids['hash']}/export?format=json"]
    more += [f"/v1/rulesets/{scene.ids['draft']}/flips", f"/v1/jobs/{scene.ids['job_id']}/report.html"]
    more += [f"/dcsa/tnt/v3/events?equipmentReference={BOX}", "/docs", "/openapi.json", "/", "/rules"]
    return filled + more


def canaries_in(text: str, scene: Scene) -> list[str]:
    hidden = {**CANARIES, "active hash": scene.ids["hash"][:12], "draft hash": scene.ids["draft"][:12]}
    return [what for what, canary in hidden.items() if canary in text]


def test_every_canary_is_told_to_customs_or_the_search_finds_nothing(scene: Scene):
    seen = "\n".join(scene.ask(Role.CUSTOMS, path).text for path in paths(scene))
    seen += scene.ask(Role.CUSTOMS, "/v1/declaration-files").text
    missing = set(CANARIES) - set(canaries_in(seen, scene)) - {"the fact of a step"}
    assert missing == set()


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.CUSTOMS])
def test_no_answer_tells_one(scene: Scene, role: Role):
    for path in paths(scene):
        answer = scene.ask(role, path)
        everything = answer.text + str(answer.headers)
        assert canaries_in(everything, scene) == [], path


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.CUSTOMS])
def test_no_frame_tells_one(scene: Scene, role: Role):
    heard = "\n".join(scene.heard[role])
    assert '"id":2' in heard.replace(" ", "")
    assert canaries_in(heard, scene) == []


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.CUSTOMS])
def test_no_server_sent_event_tells_one(scene: Scene, role: Role):
    for name in (f"container:{BOX}", "instructions:XMHT", "officers", "port"):
        with (
            scene.server.client(scene.keys[role]) as client,
            client.stream("GET", f"/v1/stream/sse?key={name}", timeout=5) as answer,
        ):
            text = "".join(_first_lines(answer))
        assert canaries_in(text, scene) == [], name


def _first_lines(answer: httpx.Response) -> Iterator[str]:
    if not answer.is_success:
        yield answer.read().decode()
        return
    for line in answer.iter_lines():
        yield line
        if line.startswith("data:") and "snapshot" in line:
            return
        if line.startswith("data:") and '"version":0' in line:
            return


def test_the_terminal_is_told_where_to_put_the_box_and_not_why(scene: Scene):
    first = json.loads(scene.receipts[0])["results"][0]["instruction"]
    assert (first["route"], first["reason"]) == ("INSPECTION", "RULE")
    assert [canaries_in(text, scene) for text in scene.receipts] == [[], []]


def test_no_line_of_the_log_tells_one(scene: Scene):
    log = scene.server.log()
    assert log
    assert canaries_in(log, scene) == []


def test_the_figures_of_the_process_tell_none(scene: Scene):
    for role in (None, Role.ADMIN, Role.AUTHORITY):
        with scene.server.client(None if role is None else scene.keys[role]) as client:
            assert canaries_in(client.get("/metrics").text, scene) == []


def test_what_stands_in_the_database_is_told_of_there_alone(scene: Scene):
    folder = Path(scene.server.database_url.removeprefix("sqlite:///")).parent
    stored = b"".join(path.read_bytes() for path in folder.iterdir())
    assert b"CANARYAPPROVAL" in stored
