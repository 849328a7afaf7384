"""Databases as released programs left them:  python tests/build_released.py  keeps one of the newest revision.

`tests/released/<revision>.json` holds every row of a port in which a little of everything has happened, and what that
program told of it.  It is written once, when a revision is released, and never again: it is what upgrades begin from.
"""

from __future__ import annotations

import base64
import json
import sys
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, LargeBinary, MetaData, create_engine, insert, select

from build_port import BOX, IMO, NUMBER, TestPort, declaration, discharged, manifest, moved, notice, running_port
from port.database import open_database, parse_url
from port.schema import scripts, upgrade

RELEASED = Path(__file__).parent / "released"
KEPT = {"messageID": "KEPT", "events": [discharged(seals=["AB123"], grossMassKg=24310)]}


@dataclass(frozen=True)
class Release:
    """A revision, its rows by table, the keys of those who took part, and what they were told."""

    revision: str
    tables: dict[str, list[dict[str, Any]]]
    keys: dict[str, str]
    told: dict[str, Any]


def releases() -> list[Release]:
    """Every released revision, oldest first."""
    return [Release(**json.loads(path.read_text(encoding="utf-8"))) for path in sorted(RELEASED.glob("*.json"))]


def restore(release: Release, url: str) -> None:
    """Make the database that program left."""
    with closing(open_database(url)) as database, database.write() as connection:
        upgrade(connection, release.revision)
        tables = MetaData()
        tables.reflect(connection)
        for table in tables.sorted_tables:
            binary = {column.name for column in table.columns if isinstance(column.type, LargeBinary)}
            rows = [
                {name: base64.b64decode(value) if name in binary and value else value for name, value in row.items()}
                for row in release.tables.get(table.name, [])
            ]
            if rows:
                connection.execute(insert(table), rows)


def live_a_little(port: TestPort) -> None:
    """An import box declared, discharged, instructed, corrected, released; a refusal; an export box; a certificate."""
    call = {"vesselIMONumber": IMO, "importVoyage": "031W", "facilityCode": "XMHT", "ata": "2026-11-20T20:00:00Z"}
    port.customs(vesselCalls=[call], manifests=[manifest()])
    port.customs(role="broker", declarations=[declaration()])
    port.customs(notices=[notice("INSPECTION_ORDERED", minutes_ago=90)])
    [result] = port.push("gate", KEPT, role="terminal").json()["results"]
    instruction = result["instruction"]["instructionID"]
    port.post(f"/v1/instructions/{instruction}/acknowledge", role="terminal")
    port.gate(discharged(supersedes=result["eventID"], position="A-01"))
    port.gate(moved("GTIN", box="CSQU3054384"))
    port.gate(moved("GTIN", box="TGHU1643396", movementType="EXPORT", minutes_ago=5))
    applied = {"certificateNumber": "XM26-1", "recipient": {"name": "Lin", "phone": "1", "address": "Gulangyu 1"}}
    mailing = port.post("/v1/certificates", applied, role="forwarder").json()["mailingID"]
    port.post(f"/v1/certificates/{mailing}/sign", role="authority")
    nominated = {"equipmentReference": BOX, "transportDocumentReference": manifest()["transportDocumentReference"]}
    port.post("/v1/visits/nominations", nominated | {"nominee": "HAULIER", "role": "haulier"}, role="forwarder")


def told_by(port: TestPort) -> dict[str, Any]:
    """What the port tells of all this, cut down to what no later version may tell otherwise."""
    asked = {role: port.container(BOX, role=role) for role in ("customs", "forwarder", "haulier", "terminal")}
    timeline = port.get(f"/v1/containers/{BOX}/timeline", role="customs").json()["lines"]
    messages = port.get("/v1/messages?state=all", role="customs").json()["messages"]
    instructions = port.get("/v1/instructions?limit=1000", role="terminal").json()["instructions"]
    decisions = port.get("/v1/decisions", role="customs").json()["decisions"]
    return {
        "containers": {
            role: _some(told, "visitID", "version", "facets", "readyForPickup") for role, told in asked.items()
        },
        "timeline": sorted(f"{line['type']} {line['state']} {line['at']}" for line in timeline),
        "messages": [_some(row, "receiptID", "format", "sender", "state", "items", "rejected") for row in messages],
        "instructions": [_some(row, "instructionID", "visitID", "route", "state", "reason") for row in instructions],
        "decisions": [_some(row, "decisionID", "visitID", "route", "reason", "isCurrent") for row in decisions],
        "declaration": len(port.get(f"/v1/search?q={NUMBER}", role="broker").json()["results"]),
        "certificates": [
            _some(row, "mailingID", "state", "recipient")
            for row in port.get("/v1/certificates", role="forwarder").json()["certificates"]
        ],
    }


def _some(told: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: told[name] for name in names}


def _rows(connection: Connection) -> dict[str, list[dict[str, Any]]]:
    tables = MetaData()
    tables.reflect(connection)
    return {
        table.name: [{name: _plain(value) for name, value in row._mapping.items()} for row in rows]
        for table in tables.sorted_tables
        if table.name != "alembic_version" and (rows := connection.execute(select(table)).all())
    }


def _plain(value: Any) -> Any:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def _text(kept: dict[str, Any]) -> str:
    """One line a row, so that a reader finds his way."""
    told = {name: value for name, value in kept.items() if name != "tables"}
    tables = [
        f" {json.dumps(name)}: [\n  " + ",\n  ".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n ]"
        for name, rows in kept["tables"].items()
    ]
    head = json.dumps(told, ensure_ascii=False, indent=1).removesuffix("\n}")
    return head + ',\n "tables": {\n' + ",\n".join(tables) + "\n }\n}\n"


def main() -> None:
    """Keep a database of the newest revision."""
    [revision] = scripts().get_heads()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/port.db"
        with running_port(url) as port:
            live_a_little(port)
            told = told_by(port)
            keys = {role: key for (role, _), key in port.keys.items()}
        engine = create_engine(parse_url(url))
        with engine.connect() as connection:
            kept = {"revision": revision, "tables": _rows(connection), "keys": keys, "told": told}
        engine.dispose()
    path = RELEASED / f"{revision}.json"
    path.write_text(_text(kept), encoding="utf-8")
    sys.stdout.write(f"wrote {path.name}\n")


if __name__ == "__main__":
    main()
