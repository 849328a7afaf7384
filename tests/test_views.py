"""port.views: which of a container's many visits a viewer is shown."""

from __future__ import annotations

from typing import Any

import pytest

from build_port import BOX, at, discharged, manifest, moved, running_port
from port import register

VISITS = 7
MONTH = 30 * 24 * 60


def test_of_a_box_that_came_for_years_each_sees_the_latest_visit_that_is_its_own(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running_port(sqlite_url) as port:
        for number in range(VISITS):
            minutes_ago, voyage = (VISITS - number) * MONTH, f"{number:03d}W"
            own = {} if number == 1 else {"consignee": {"code": "STRANGER", "name": "Stranger"}, "forwarder": None}
            bill = manifest(transportDocumentReference=f"BILL{number:05d}", voyage=voyage, **own)
            port.customs(manifests=[bill | {"issuedAt": at(minutes_ago + 60)}])
            port.gate(discharged(minutes_ago=minutes_ago, voyage=voyage))
            port.gate(moved("GTOT", minutes_ago=minutes_ago - 60))
        mine, others, officers = (
            port.container(BOX, role="consignee"),
            port.container(BOX, role="consignee", party="STRANGER"),
            port.container(BOX, role="customs"),
        )
        assert [one["begunAt"] for one in (mine, others, officers)] == [at(6 * MONTH), at(MONTH), at(MONTH)]
        port.gate(discharged(minutes_ago=5, voyage="031W"))
        assert port.container(BOX, role="customs")["begunAt"] == at(5)
        # Who sees the latest stay reads none of those that are set aside as history.
        read = list[bool]()
        by_seal = register.by_seal

        def note(*given: Any, is_sealed: bool) -> list[register.Registered]:
            read.append(is_sealed)
            return by_seal(*given, is_sealed=is_sealed)

        monkeypatch.setattr(register, "by_seal", note)
        port.container(BOX, role="customs")
        assert read == [False]
