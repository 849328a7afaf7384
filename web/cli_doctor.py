"""`digital-port doctor`: is everything as it should be, and if not, what to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import click
import orjson

from adapters.rejection import TEXTS
from events import log
from port import health, outbox_log, reconciled, refusals
from port.database import Database, open_database
from port.reconciled import Standing
from port.refusals import Refused
from port.sources import Source, find_sources
from port.tables import SchemaState, schema_state
from web.clock import wall_clock
from web.console import failures_told, settings_from_environment
from web.jobs import INSTRUCTION_LIFETIME
from web.nodes import look_at_nats
from web.settings import Settings

_SILENT_AFTER = timedelta(hours=health.OLD_AFTER_HOURS)
_COUNTED_WITHIN = timedelta(hours=1)
_MOST_REFUSALS = 20
_MEANINGS = {reason.value: meaning for reason, (meaning, _) in TEXTS.items()}
_REPLAY = "mend the fault (it is in the server's log), then run: digital-port replay --state rejected --reason "


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: `is_well`, what was found, and what to do when it is not."""

    name: str
    is_well: bool
    found: str
    remedy: str = ""


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(*, as_json: bool) -> None:
    """Look at the database, overdue instructions and waiting boxes, refusals, reconciliation, and the data's age.

    Exit code 0 when all is well, 1 when something is not.
    """
    settings = settings_from_environment()
    with failures_told():
        state = schema_state(settings.database_url)
    findings = [_schema(state)]
    told: dict[str, Any] = {}
    if state is SchemaState.CURRENT:
        database = open_database(settings.database_url)
        found, told = _look(database, now=wall_clock())
        findings += found + _nodes(settings, database)
        database.close()
    _print(findings, told, as_json=as_json)
    raise SystemExit(0 if all(finding.is_well for finding in findings) else 1)


def _schema(state: SchemaState) -> Finding:
    remedy = "" if state is SchemaState.CURRENT else "run: digital-port migrate"
    return Finding("tables", state is SchemaState.CURRENT, state.value.lower(), remedy)


def _look(database: Database, *, now: datetime) -> tuple[list[Finding], dict[str, Any]]:
    with database.read() as connection:
        counts, sources = health.counts(connection), find_sources(connection)
        refused, standing = refusals.sum_up(connection), reconciled.standing(connection, now=now)
        outbound = [_outbound(totals, now) for totals in outbox_log.totals(connection, now=now)]
    findings = [_instructions(counts, now), _waiting(counts), _reconciliation(standing, now), _refusals(sources)]
    findings += outbound
    findings += [_refused(row, now) for row in refused[:_MOST_REFUSALS]]
    findings += [_age(source, now) for source in sources]
    told = {
        "counts": {name: getattr(counts, name) for name in health.Counts.__slots__},
        "reconciliation": {
            "countedUntil": standing.counted_until,
            "overdueSeconds": round(standing.overdue_seconds(now)),
            "differing": standing.differing,
            "controlCountsWrong": standing.counts_wrong,
        },
        "refusals": [
            {"sender": row.sender, "reason": row.reason, "items": row.items, "oldestAt": row.oldest_at,
             "latestAt": row.latest_at}
            for row in refused
        ],
        "sources": [_source(source, now) for source in sources],
    }  # fmt: skip
    return findings, told


def _nodes(settings: Settings, database: Database) -> list[Finding]:
    if settings.nats_url is None:
        return []
    with database.read() as connection:
        position, database_id = log.head(connection)
    is_well, found = look_at_nats(settings, database_id, position=position)
    remedy = "" if is_well else "start it; meanwhile every node asks the database, and nothing is lost"
    return [Finding("other nodes", is_well, found, remedy)]


def _source(source: Source, now: datetime) -> dict[str, Any]:
    return {
        "sender": source.sender,
        "format": source.format,
        "heardAt": source.heard_at,
        "ageSeconds": round(source.age_seconds(now)),
        "messages": source.messages,
        "refused": source.refused,
    }


def _instructions(counts: health.Counts, now: datetime) -> Finding:
    oldest = counts.oldest_open_instruction_at
    is_well = oldest is None or now - oldest < INSTRUCTION_LIFETIME + timedelta(minutes=5)
    remedy = "" if is_well else "no process runs the jobs: start one"
    return Finding("instructions", is_well, f"{counts.instructions_open} open", remedy)


def _waiting(counts: health.Counts) -> Finding:
    return Finding("inspection sites", True, f"{counts.decisions_awaiting_site} boxes wait for a bay")


def _reconciliation(standing: Standing, now: datetime) -> Finding:
    """Whether what was acknowledged is stored and folded, and whether anybody counts."""
    lately = f"of the last {reconciled.LATELY.days} days"
    if standing.differing:
        found = f"{standing.differing} hours {lately} in which acknowledged, stored and folded are not the same"
        remedy = "see GET /v1/reconciliations?differs=true, then run: digital-port rebuild --check"
        return Finding("reconciliation", False, found, remedy)
    overdue = standing.overdue_seconds(now)
    if overdue > _COUNTED_WITHIN.total_seconds():
        found = f"an hour that ended {overdue / 3600:.1f} h ago was not counted"
        return Finding("reconciliation", False, found, "no process runs the jobs: start one")
    found = f"all hours {lately} agree; {standing.counts_wrong} messages with a wrong control count"
    return Finding("reconciliation", True, found)


def _outbound(totals: outbox_log.Totals, now: datetime) -> Finding:
    """Whether what is due is sent; a target that fails is its owner's to mend, who is told."""
    found = f"{totals.waiting} wait, {totals.due} targets have something due, {totals.targets_failing} fail"
    remedy = "no process runs the jobs, or its child cannot: see the server's log" if totals.is_late(now) else ""
    return Finding(f"outbound {totals.channel.lower()}", not totals.is_late(now), found, remedy)


def _refusals(sources: list[Source]) -> Finding:
    refused, taken = sum(s.refused for s in sources), sum(s.messages for s in sources)
    is_well = refused * 20 <= taken
    remedy = "" if is_well else "see GET /v1/messages?state=rejected"
    return Finding("refusals", is_well, f"{refused} of {taken} messages with a refusal", remedy)


def _refused(row: Refused, now: datetime) -> Finding:
    """A refusal of our own fault waits for us; any other is its sender's to mend, who was told how."""
    hours = (now - row.oldest_at).total_seconds() / 3600
    is_ours = row.reason == refusals.OURS
    remedy = (
        _REPLAY + row.reason
        if is_ours
        else f"its sender must mend it, and was told how. {_MEANINGS.get(row.reason, '')}"
    )
    return Finding(
        f"refused {row.sender} {row.reason}", not is_ours, f"{row.items} items kept, the oldest {hours:.1f} h", remedy
    )


def _age(source: Source, now: datetime) -> Finding:
    is_well = now - source.heard_at < _SILENT_AFTER
    hours = source.age_seconds(now) / 3600
    remedy = "" if is_well else "ask the sender whether its line is down"
    return Finding(f"source {source.sender} {source.format}", is_well, f"last heard {hours:.1f} h ago", remedy)


def _print(findings: list[Finding], told: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        listed = [{"name": f.name, "isWell": f.is_well, "found": f.found, "remedy": f.remedy or None} for f in findings]
        click.echo(orjson.dumps({"findings": listed, **told}, option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z))
        return
    for finding in findings:
        mark = "ok " if finding.is_well else "!! "
        click.echo(f"{mark} {finding.name}: {finding.found}" + (f" — {finding.remedy}" if finding.remedy else ""))
