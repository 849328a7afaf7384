"""Commands and addresses with the character NUL, which PostgreSQL keeps in no text and is asked after in none."""

from __future__ import annotations

import pytest

from build_port import TestPort
from build_rules import kept, table

NUL = "a\0bcdefgh"


def test_an_address_with_nul_is_refused(either_port: TestPort) -> None:
    for path in ("/v1/rulesets/%00aaaaaaaa", "/v1/jobs/%00", "/v1/jobs?before=%00", "/v1/decisions/%00"):
        told = either_port.get(path, role="customs")
        assert (told.status_code, told.json()["reason"]) == (422, "VALUE_INVALID"), path


def test_a_command_with_nul_is_refused_and_nothing_of_it_is_kept(either_port: TestPort) -> None:
    content_hash = kept(either_port, table("SCAN"))
    for path, body in (
        ("/v1/rulesets", {"ruleset": table("YARD", note="x\0"), "tests": [], "note": "", "basedOn": content_hash}),
        ("/v1/rulesets/try", {"hash": content_hash, "container": NUL}),
        (f"/v1/rulesets/{content_hash}/shadow", {"on": True, "why": NUL}),
        (f"/v1/rulesets/{content_hash}/backtest", {"source": "VISITS", "against": NUL}),
        (f"/v1/rulesets/{content_hash}/retire", {"why": NUL}),
    ):
        told = either_port.post(path, body, role="customs")
        assert (told.status_code, told.json()["reason"]) == (422, "VALUE_INVALID"), path
    versions = either_port.get(f"/v1/rulesets/{content_hash}/versions", role="customs").json()["versions"]
    assert [(one["hash"], one["isShadow"]) for one in versions] == [(content_hash, False)]


@pytest.mark.parametrize("why", ["written \\u0000 as six characters", "a plain word"])
def test_what_only_looks_like_nul_is_taken(port: TestPort, why: str) -> None:
    content_hash = kept(port, table("SCAN"))
    told = port.post(f"/v1/rulesets/{content_hash}/shadow", {"on": True, "why": why}, role="customs")
    assert told.status_code == 200, told.text
