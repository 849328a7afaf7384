"""Reconciliation: hour by hour what was acknowledged is what is stored is what is folded, and who hears when not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from adapters.claims import read_claims
from build_edi import interchange, lifted
from build_port import BOX, TestPort, at, declaration, discharged, manifest, moved, notice, running_port
from port.reconciling import Claim

OTHER = "TGHU1643396"


@pytest.fixture
def port(database_url: str) -> Iterator[TestPort]:
    """On SQLite and on PostgreSQL."""
    with running_port(database_url) as running:
        yield running


def ruin(port: TestPort, statement: str) -> None:
    with port.client.app.state.port.database.write() as connection:
        connection.execute(text(statement))


def tallies(port: TestPort, role: str = "admin", **query: Any) -> list[dict[str, Any]]:
    asked = port.client.get("/v1/reconciliations", params=query, headers=port.headers(role))
    return asked.json()["reconciliations"]


def counted(port: TestPort, role: str = "admin", **query: Any) -> dict[tuple[str, str], tuple[int, ...]]:
    """(messages, items, refused, acknowledged, stored, folded) by sender and format."""
    names = ("messages", "items", "refused", "acknowledged", "stored", "folded")
    return {(row["sender"], row["format"]): tuple(row[n] for n in names) for row in tallies(port, role, **query)}


def alerts(port: TestPort) -> list[tuple[str, str]]:
    found = port.get("/v1/alerts", role="customs").json()["alerts"]
    return [(one["code"], one["detail"]) for one in found if one["code"].startswith(("RECON", "CONTROL"))]


def live_an_hour(port: TestPort) -> None:
    port.customs(manifests=[manifest()], declarations=[declaration()], notices=[notice("RELEASED")])
    port.gate(discharged(eventDateTime=at(50)), moved("DROP", minutes_ago=40), moved("GTXX"))
    again = {"messageID": "twice", "events": [moved("DROP", minutes_ago=30)]}
    port.push("gate", again, role="terminal")
    port.push("gate", again, role="terminal")
    port.push("edifact", lifted(BOX, OTHER, minutes_ago=20), role="terminal")
    port.push("edifact", b"neither this nor that", role="terminal")


def an_hour_later(port: TestPort) -> int:
    port.clock.forward(hours=1, minutes=6)
    return port.run_job("reconcile")


def test_an_hour_in_which_all_went_well_counts_alike_and_alarms_nobody(port: TestPort) -> None:
    live_an_hour(port)
    assert port.run_job("reconcile") == 0
    assert an_hour_later(port) == 3
    assert counted(port) == {
        ("CUSTOMS", "customs"): (1, 3, 0, 3, 3, 3),
        ("TERMINAL", "gate"): (2, 4, 1, 3, 3, 3),
        ("TERMINAL", "edifact"): (2, 3, 1, 2, 2, 2),
    }
    assert {row["isEqual"] for row in tallies(port)} == {True}
    assert (alerts(port), tallies(port, differs=True)) == ([], [])
    assert port.run_job("reconcile") == 0


@pytest.mark.parametrize(
    ("ruined", "expected", "kind"),
    [
        ("DELETE FROM stored_event WHERE body LIKE '%DROP%'", (3, 1, 1), "NOT_STORED"),
        ("DELETE FROM event_key WHERE key LIKE 'c:%'", (3, 3, 0), "NOT_FOLDED"),
        ("DELETE FROM visit", (3, 3, 0), "NOT_FOLDED"),
        ("UPDATE message SET answer = replace(answer, 'accepted', 'rejected')", (0, 3, 0), "NOT_ACKNOWLEDGED"),
    ],
)
def test_what_is_lost_is_missed_and_an_officer_hears_of_it_once(
    port: TestPort, ruined: str, expected: tuple[int, int, int], kind: str
) -> None:
    live_an_hour(port)
    ruin(port, ruined)
    an_hour_later(port)
    [row] = [one for one in tallies(port, differs=True) if (one["sender"], one["format"]) == ("TERMINAL", "gate")]
    assert (row["acknowledged"], row["stored"], row["folded"]) == expected
    assert (row["isEqual"], {one["kind"] for one in row["differences"]}) == (False, {kind})
    told = [detail for code, detail in alerts(port) if code == "RECONCILIATION_DIFFERS" and " gate " in detail]
    assert len(told) == 1
    assert told[0].endswith("acknowledged {}, stored {}, folded {}".format(*expected))
    port.run_job("reconcile")
    assert len(alerts(port)) == len({detail for _, detail in alerts(port)})


def test_a_control_count_that_claims_more_than_came_is_told(port: TestPort) -> None:
    port.push("edifact", lifted(BOX, containers=3), role="terminal")
    an_hour_later(port)
    [row] = tallies(port)
    assert (row["isEqual"], row["controlCountsWrong"]) == (True, 1)
    [one] = row["differences"]
    assert {name: one[name] for name in ("kind", "where", "claimed", "found")} == {
        "kind": "CNT", "where": "message 1", "claimed": 3, "found": 1,
    }  # fmt: skip
    assert [code for code, _ in alerts(port)] == ["CONTROL_COUNT_SHORT"]
    assert tallies(port, differs=True) == [row]


def test_a_sender_reads_its_own_counts_and_nobody_elses(port: TestPort) -> None:
    live_an_hour(port)
    an_hour_later(port)
    assert {sender for sender, _ in counted(port, "terminal")} == {"TERMINAL"}
    assert {sender for sender, _ in counted(port, "customs")} == {"TERMINAL", "CUSTOMS"}
    assert counted(port, "forwarder") == {}
    assert port.client.get("/v1/reconciliations").status_code == 401


def test_hours_are_read_a_page_at_a_time_latest_first(port: TestPort) -> None:
    for hour in range(3):
        port.gate(moved("DROP"))
        port.push("edifact", f"no {hour}".encode(), role="terminal")
        port.clock.forward(hours=1)
    port.clock.forward(minutes=6)
    assert port.run_job("reconcile") == 6
    whole = tallies(port)
    pages, cursor = [], None
    while True:
        asked = {"limit": 2} | ({"before": cursor} if cursor else {})
        answer = port.client.get("/v1/reconciliations", params=asked, headers=port.headers("terminal")).json()
        pages += answer["reconciliations"]
        cursor = answer["next"]
        if cursor is None:
            break
    assert pages == whole
    assert [row["hour"] for row in whole] == sorted((row["hour"] for row in whole), reverse=True)
    wrong = port.client.get("/v1/reconciliations", params={"before": "x"}, headers=port.headers("terminal"))
    assert (wrong.status_code, wrong.json()["where"]) == (422, "before")


def test_of_the_hours_that_differ_a_sender_reads_its_own_page_by_page(port: TestPort) -> None:
    for _ in range(3):
        live_an_hour(port)
        an_hour_later(port)
    ruin(port, "UPDATE reconciliation SET counts_wrong = 1")
    assert counted(port, "forwarder", differs=True) == {}
    own = tallies(port, "terminal", differs=True)
    assert (len(own), {row["sender"] for row in own}) == (4, {"TERMINAL"})
    query: dict[str, Any] = {"differs": True, "limit": 3}
    first = port.client.get("/v1/reconciliations", params=query, headers=port.headers("terminal")).json()
    assert first["reconciliations"] + tallies(port, "terminal", **query, before=first["next"]) == own


def test_quiet_hours_are_passed_over_and_a_long_stop_is_caught_up(port: TestPort) -> None:
    port.gate(moved("DROP"))
    port.clock.forward(days=30)
    port.gate(moved("DROP", minutes_ago=5))
    assert port.run_job("reconcile") == 1
    assert an_hour_later(port) == 1
    assert port.run_job("reconcile") == 0


# Claims


def test_claims_that_fit_are_not_told():
    assert read_claims("edifact", lifted(BOX, OTHER)) == ()


def test_each_control_count_is_compared_with_what_is_there():
    body = interchange("CODECO", ["BGM+34+1+9", "EQD+CN+CSQU3054383", "EQD+CN+TGHU1643396", "CNT+16:5"])
    body = body.replace(b"UNT+6+1", b"UNT+9+1").replace(b"UNZ+1+1", b"UNZ+4+1")
    assert read_claims("edifact", body) == (
        Claim("CNT", "message 1", 5, 2), Claim("UNT", "message 1", 9, 6), Claim("UNZ", "interchange", 4, 1),
    )  # fmt: skip


def test_other_counts_and_other_formats_claim_nothing():
    body = interchange("CODECO", ["BGM+34+1+9", "CNT+7:12000:KGM", "CNT+16:x"])
    assert read_claims("edifact", body) == ()
    assert read_claims("gate", b"{}") == ()
    assert read_claims("edifact", b"no interchange") == ()
