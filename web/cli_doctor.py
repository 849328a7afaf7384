"""`digital-port doctor`: is everything as it should be, and if not, what to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import click
import orjson

from port import health
from port.database import Database, open_database
from port.tables import SchemaState, schema_state
from web.console import failures_told, settings_from_environment
from web.jobs import INSTRUCTION_LIFETIME

_SILENT_AFTER = timedelta(hours=health.OLD_AFTER_HOURS)


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
    """Look at the database, the data's age per source, overdue instructions and waiting boxes.

    Exit code 0 when all is well, 1 when something is not.
    """
    settings = settings_from_environment()
    with failures_told():
        state = schema_state(settings.database_url)
    findings = [_schema(state)]
    told: dict[str, Any] = {}
    if state is SchemaState.CURRENT:
        database = open_database(settings.database_url)
        found, told = _look(database, now=datetime.now(UTC))
        findings += found
        database.close()
    _print(findings, told, as_json=as_json)
    raise SystemExit(0 if all(finding.is_well for finding in findings) else 1)


def _schema(state: SchemaState) -> Finding:
    remedy = "" if state is SchemaState.CURRENT else "run: digital-port migrate"
    return Finding("tables", state is SchemaState.CURRENT, state.value.lower(), remedy)


def _look(database: Database, *, now: datetime) -> tuple[list[Finding], dict[str, Any]]:
    with database.read() as connection:
        counts, sources = health.counts(connection), health.sources(connection)
    findings = [_instructions(counts, now), _waiting(counts), _refusals(sources)]
    findings += [_age(source, now) for source in sources]
    told = {
        "counts": {name: getattr(counts, name) for name in health.Counts.__slots__},
        "sources": [
            {
                "sender": source.sender,
                "format": source.format,
                "heardAt": source.heard_at,
                "ageSeconds": round(source.age_seconds(now)),
                "messages": source.messages,
                "refused": source.refused,
            }
            for source in sources
        ],
    }
    return findings, told


def _instructions(counts: health.Counts, now: datetime) -> Finding:
    oldest = counts.oldest_open_instruction_at
    is_well = oldest is None or now - oldest < INSTRUCTION_LIFETIME + timedelta(minutes=5)
    return Finding(
        "instructions",
        is_well,
        f"{counts.instructions_open} open",
        "" if is_well else "no process runs the jobs: start one",
    )


def _waiting(counts: health.Counts) -> Finding:
    return Finding("inspection sites", True, f"{counts.decisions_awaiting_site} boxes wait for a bay")


def _refusals(sources: list[health.Source]) -> Finding:
    refused, taken = sum(s.refused for s in sources), sum(s.messages for s in sources)
    is_well = refused * 20 <= taken
    remedy = "" if is_well else "see GET /v1/messages?state=rejected"
    return Finding("refusals", is_well, f"{refused} of {taken} messages with a refusal", remedy)


def _age(source: health.Source, now: datetime) -> Finding:
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
