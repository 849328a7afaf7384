"""`digital-port watch`: what it prints, how it ends, that it goes on where it was."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from build_port import BOX, NOW, discharged, manifest
from events.types import InstructionStep, Route
from port import words
from port.visit.status import Carrier, Charges, Customs, CustomsArrival, MovementState
from server import ROOT, SCRIPT, Key, Server, serve
from web.cli_watch import command
from web.cli_watch_words import json_line, line
from web.client import Cursor, Ended, Event, Fault, Gap, Snapshot, Stub, codes

STATUS = {
    "headline": {"code": "WITH_CUSTOMS", "zh": "等待海关", "en": "With customs"},
    "nextStep": {"code": "WAIT", "zh": "等海关审单放行", "en": "Wait for customs"},
    "facets": {"movement": "IN_YARD", "customs": "UNDER_REVIEW"},
}
READY = {
    "headline": {"code": "READY", "zh": "可以提箱", "en": "Ready"},
    "nextStep": None,
    "facets": {"movement": "IN_YARD", "customs": "RELEASED"},
}
KEY = f"container:{BOX}"


def test_a_telling_reads_as_people_say_it():
    cursor = Cursor("a", 8)
    assert line(Snapshot(KEY, cursor, STATUS), {}, "en") == f"{BOX}  With customs · next: Wait for customs"
    assert line(Snapshot(KEY, cursor, STATUS), {}, "zh") == f"{BOX}  等待海关 · 下一步：等海关审单放行"
    assert line(Snapshot(KEY, Cursor("a", 0), {}), {}, "zh") == f"{BOX}  尚无数据"
    event = Event(KEY, cursor, "e", "RELEASED", READY)
    assert line(event, STATUS, "en") == f"{BOX}  Ready · customs UNDER_REVIEW → RELEASED"
    assert line(event, READY, "zh") == f"{BOX}  可以提箱 · RELEASED v8"
    assert line(Stub(KEY, cursor, NOW), {}, "en") == f"{BOX}  something changed that is not for you to see"
    assert line(Ended("officers", "NOT_ALLOWED", "not for you."), {}, "en") == (
        "officers  no longer told: not for you. (NOT_ALLOWED)"
    )
    assert line(Gap(KEY, Fault.HOLE, cursor, 10), {}, "zh") == f"{BOX}  消息有误，正在重新获取 (HOLE)"


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("--key", "dp_a_b", "--timeout", "nan"), 2, "no number of seconds"),
        (("--key", "dp_ä_b"), 2, "copy it whole"),
        (
            ("--key", "dp_a_b", "--until", "READDY"),
            2,
            "READDY is no code. Did you mean READY? There are: AT_",
        ),
        (("--key", "dp_a_b", "--until", "ready", "--until", "YARD:DONE"), 2, "YARD:DONE is no code."),
        (("--key", "dp_a_b", "--until", "READY", "officers"), 2, "officers is none"),
        (("--key", "dp_a_b", "--timeout", "0.2", "--url", "http://127.0.0.1:9"), 4, "is the port there?"),
    ],
)
def test_what_cannot_be_watched_is_said(arguments: tuple[str, ...], code: int, told: str):
    ended = CliRunner().invoke(command, [BOX, *arguments])
    assert (ended.exit_code, told in ended.output) == (code, True)


def test_the_codes_that_may_be_waited_for_are_those_that_the_port_shows():
    said = [*words.MOVED.values(), *words.CUSTOMS.values()]
    others = (
        words.GONE, words.WITH_CUSTOMS, words.OTHER_CARGO, words.TO_BE_CONFIRMED, words.AWAITING_CARRIER,
        words.CHARGES_DUE, words.AWAITING_ARRIVAL, words.RELEASED, words.READY, words.MAY_LOAD, words.REPORT_WITHDRAWN,
    )  # fmt: skip
    assert {one.code for one, *_ in said} | {one.code for one in others} == codes.HEADLINES
    facets = (MovementState, Customs, CustomsArrival, Carrier, Charges)
    assert {one.value for kind in facets for one in kind} == codes.FACETS
    assert {*codes.ROUTES} == {*Route}
    of_decisions = {InstructionStep.CONFIRMED, InstructionStep.SUPERSEDED}  # which leave the step as it was
    assert {*codes.STEPS} == {"PLANNED", "ISSUED"} | ({*InstructionStep} - of_decisions)


def test_a_telling_is_one_line_of_json():
    cursor = Cursor("a", 8)
    told = [
        Snapshot(KEY, cursor, STATUS),
        Event(KEY, cursor, None, "UPDATED", READY),
        Stub(KEY, cursor, NOW),
        Ended(KEY, "RIGHTS_ENDED"),
        Gap(KEY, Fault.HEAD, cursor, None),
    ]
    at = {"key": KEY, "epoch": "a", "version": 8}
    assert [json.loads(json_line(telling)) for telling in told] == [
        {"kind": "snapshot", **at, "data": STATUS},
        {"kind": "event", **at, "eventID": None, "type": "UPDATED", "data": READY},
        {"kind": "stub", **at, "at": "2026-11-21T12:00:00+00:00"},
        {"kind": "ended", "key": KEY, "reason": "RIGHTS_ENDED", "message": ""},
        {"kind": "gap", "key": KEY, "fault": "HEAD", "version": None},
    ]


# With a server


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    url = f"sqlite:///{tmp_path_factory.mktemp('watch') / 'port.db'}"
    with serve(url, salt="the tests draw alike") as server:
        yield server


@pytest.fixture(scope="module")
def customs(running: Server) -> Key:
    key = running.create_key(party="CUSTOMS", role="customs")
    with running.client(key) as client:
        body = {"messageID": "M-1", "manifests": [manifest()]}
        assert client.post("/v1/messages/customs", json=body).is_success
    return key


def begin(server: Server, key: Key, *arguments: str) -> subprocess.Popen[str]:
    given = {name: value for name, value in os.environ.items() if not name.startswith("DIGITAL_PORT_")}
    return subprocess.Popen(
        [*SCRIPT, "watch", "--url", server.base_url, *arguments],
        cwd=ROOT,
        env={**given, "DIGITAL_PORT_KEY": key.secret, "PYTHONUNBUFFERED": "1", "no_proxy": "*", "LC_ALL": "C.UTF-8"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(watching: subprocess.Popen[str]) -> tuple[int, list[str], str]:
    told, errors = watching.communicate(timeout=30)
    return watching.returncode, told.splitlines(), errors


@pytest.mark.server
def test_it_ends_well_when_what_was_waited_for_comes(running: Server, customs: Key):
    terminal = running.create_key(party="HT", role="terminal", facilities=("XMHT",))
    watching = begin(running, customs, BOX.lower(), "--until", "discharged", "--timeout", "25")
    assert watching.stdout
    first = watching.stdout.readline()
    with running.client(terminal) as client:
        assert client.post("/v1/messages/gate", json={"messageID": "G-1", "events": [discharged()]}).is_success
    code, told, errors = ended(watching)
    assert (code, first.startswith(f"{BOX}  ")) == (0, True)
    assert "container EXPECTED → DISCHARGED" in told[-1]
    assert errors.splitlines() == ["connecting …", "live"]


@pytest.mark.server
def test_too_late_wrong_and_refused_are_told_apart(running: Server, customs: Key):
    code, _, errors = ended(begin(running, customs, BOX, "--until", "GATED_OUT", "--timeout", "1.5"))
    assert (code, errors.splitlines()[-1]) == (4, "Error: GATED_OUT did not come in time")
    code, told, _ = ended(begin(running, customs, BOX, "--json", "--timeout", "1.5"))
    assert (code, [json.loads(one)["kind"] for one in told]) == (0, ["snapshot"])
    code, told, errors = ended(begin(running, customs, "CSQU3054384", "--timeout", "20"))
    assert (code, errors.splitlines()[-1]) == (1, "Error: nothing is told any more: BAD_CONTAINER_NUMBER")
    wrong = Key("x", "dp_000000000000_nothing", "X", "customs")
    assert ended(begin(running, wrong, BOX))[0] == 1
    assert ended(begin(running, customs, *(f"container:{n}" for n in range(129))))[0] == 2


@pytest.mark.server
def test_it_goes_on_where_the_last_one_was(running: Server, customs: Key, tmp_path: Path):
    arguments = ("officers", BOX, "--json", "--timeout", "1.5", "--cursor-file", str(tmp_path / "cursors"))
    _, told, _ = ended(begin(running, customs, *arguments))
    assert [json.loads(one)["kind"] for one in told] == ["snapshot", "snapshot"]
    assert ended(begin(running, customs, *arguments))[:2] == (0, [])


@pytest.mark.server
def test_a_cursor_file_that_is_none_and_one_that_cannot_be_kept_are_told_in_a_line(
    running: Server, customs: Key, tmp_path: Path
):
    wrong = tmp_path / "cursors"
    wrong.write_text(json.dumps({KEY: {"epoch": "e", "version": 3}}))
    code, _, errors = ended(begin(running, customs, BOX, "--cursor-file", str(wrong)))
    told = f"Error: {wrong} holds no cursors: name another file, or remove it"
    assert (code, errors.splitlines()[-1]) == (2, told)
    nowhere = tmp_path / "nowhere" / "cursors"
    code, _, errors = ended(begin(running, customs, BOX, "--cursor-file", str(nowhere)))
    told = f"Error: cannot keep cursors in {nowhere}: No such file or directory"
    assert (code, errors.splitlines()[-1]) == (1, told)


@pytest.mark.server
def test_the_whole_port_is_a_key_too(running: Server, customs: Key):
    code, told, _ = ended(begin(running, customs, "port", "--json", "--timeout", "1.5"))
    assert (code, [(one["kind"], one["key"]) for one in map(json.loads, told)]) == (0, [("snapshot", "port")])


@pytest.mark.server
def test_an_interrupted_one_ends_without_a_traceback(running: Server, customs: Key):
    watching = begin(running, customs, BOX)
    assert watching.stdout
    watching.stdout.readline()
    time.sleep(0.2)
    watching.send_signal(signal.SIGINT)
    code, _, errors = ended(watching)
    assert (code, "Traceback" in errors) == (130, False)


def test_it_imports_no_other_room():
    asked = "import sys, web.cli_watch; print(*{'port', 'adapters', 'events', 'fastapi', 'pydantic'} & {*sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "\n"
