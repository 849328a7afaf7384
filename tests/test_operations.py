"""Health, readiness and metrics: for machines that watch, without a word of how much the port moves."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from build_port import TestPort, discharged, moved, running_port


@pytest.fixture
def port(database_url: str) -> Iterator[TestPort]:
    """On SQLite and on PostgreSQL."""
    with running_port(database_url) as running:
        yield running


def gauges(text: str) -> dict[str, str]:
    return dict(re.fullmatch(r"digital_port_(\S+) (\S+)", line).groups() for line in text.splitlines())


def test_a_process_that_lives_says_so_with_the_ports_own_time(port: TestPort):
    port.clock.forward(hours=3)
    assert port.client.get("/healthz").json() == {"status": "ok", "now": "2026-11-21T15:00:00Z"}


def test_readiness_is_the_same_however_much_was_told(port: TestPort):
    before = port.client.get("/readyz").json()
    port.gate(discharged(), moved("GTXX"))
    assert port.client.get("/readyz").json() == before == {"status": "ready", "waiting": 0}


def test_metrics_tell_strangers_how_the_process_fares_and_nothing_of_the_traffic(port: TestPort):
    before = port.client.get("/metrics").text
    port.gate(discharged(), moved("GTXX"))
    assert port.client.get("/metrics").text == before
    assert gauges(before).keys() == {
        "recorder_waiting",
        "recorder_failed_batches_total",
        *(f'job_failed{{job="{job}"}}' for job in port.client.app.state.jobs.states),
    }


def test_metrics_tell_an_admin_what_waits_and_how_old_the_data_is(port: TestPort):
    port.gate(discharged(), moved("GTXX"))
    port.clock.forward(minutes=2)
    told = gauges(port.get("/metrics", role="admin").text)
    assert {
        name: told[name]
        for name in ("instructions_open", "messages_refused", "sources", "source_age_seconds_max", "visits")
    } == {
        "instructions_open": "1",
        "messages_refused": "1",
        "sources": "1",
        "source_age_seconds_max": "120",
        "visits": "1",
    }
    assert gauges(port.get("/metrics", role="terminal").text).keys() < told.keys()


def test_metrics_tell_an_admin_what_was_refused_and_whether_the_counts_agree(port: TestPort):
    port.gate(discharged(), moved("GTXX"), moved("DROP", box="CSQU3054384"))
    port.clock.forward(hours=1, minutes=6)
    before = gauges(port.get("/metrics", role="admin").text)
    assert port.run_job("reconcile") == 1
    told = gauges(port.get("/metrics", role="admin").text)
    assert int(before["reconciliation_overdue_seconds"]) > 0
    assert {name: told[name] for name in told if name.startswith(("items_refused", "reconciliation", "control"))} == {
        'items_refused{reason="BAD_CONTAINER_NUMBER"}': "1",
        'items_refused{reason="INTERNAL_ERROR"}': "0",
        'items_refused{reason="UNKNOWN_CODE"}': "1",
        "reconciliation_differences": "0",
        "reconciliation_overdue_seconds": "0",
        "control_counts_wrong": "0",
    }
    assert (told["sources"], told["messages_refused"]) == (before["sources"], before["messages_refused"]) == ("1", "1")
    assert float(told["live_lag_seconds"]) < 60
    assert told["live_viewers"] == "0"
