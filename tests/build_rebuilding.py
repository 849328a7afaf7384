"""Histories to be rebuilt, through the Recorder in any order and batches; and a database's rows as they stand."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table, delete, select, text

from adapters import intake
from adapters.seam import SenderProfile
from build_edi import lifted
from build_port import BOX, IMO, NOW, TestPort, at, declaration, discharged, manifest, moved, notice
from events.log import KEYS, SEQUENCES
from port.actor import Role
from port.calls import ALIASES, CALLS
from port.certificate import MAILINGS
from port.draft import Draft
from port.orders import ALERTS, DECISIONS, INSTRUCTIONS
from port.parts import event_id
from port.rebuilding import Rebuilding, Report
from port.rebuilding_seals import SEALED_REFERENCES, SEALS
from port.register import CHANGES, REFERENCES, VIEWERS, VISITS
from port.ships import CALL_NAMES
from port.sources import SOURCES
from web.port import Port

CUSTOMS = SenderProfile(party="CUSTOMS", role=Role.CUSTOMS)
TERMINAL = SenderProfile(party="XMHT", role=Role.TERMINAL, facilities=frozenset({"XMHT"}))
SITE = SenderProfile(party="CUSTOMS", role=Role.DEPOT, facilities=frozenset({"XMCY1"}))
OTHER = "TGHU1643396"
THIRD = "MSKU6353588"
CERTIFICATE = {"certificateNumber": "C26MA1234567", "recipient": {"name": "Lin", "phone": "1", "address": "Xiamen"}}
ITEM = "EE123456785CN"
HOUSE = {"transportDocumentReference": "HOUSE00001", "masterReference": "COSU6123456780"}
OLD_BILL = {"transportDocumentReference": "OLD1"}
CALL = {"vesselIMONumber": IMO, "importVoyage": "031W", "exportVoyage": "032E", "facilityCode": "XMHT"}

PROJECTIONS: tuple[Table, ...] = (
    VISITS, VIEWERS, REFERENCES, CALLS, ALIASES, CALL_NAMES, DECISIONS, INSTRUCTIONS, ALERTS, KEYS, SEQUENCES, SEALS,
    SEALED_REFERENCES, SOURCES,
)  # fmt: skip
KEPT = (CHANGES, MAILINGS)

Told = tuple[str, SenderProfile, Any]
# (format, sender, body), and how a body names an event told by another: "event:N" is the first event of fact N.
FACTS: list[Told] = [
    ("customs", CUSTOMS, {"vesselCalls": [CALL | {"ata": at(3000), "atb": at(2990)}]}),
    ("customs", CUSTOMS, {"vesselCalls": [{"callSign": "BQCD", "voyage": "033E", "facilityCode": "XMHT"}]}),
    ("customs", CUSTOMS, {"vesselCalls": [CALL | {"callSign": "BQCD", "voyage": "033E", "atd": at(50)}]}),
    ("customs", CUSTOMS, {"vesselCalls": [{"voyage": "031W", "facilityCode": "XMSYD", "eta": at(3100)}]}),
    ("customs", CUSTOMS, {"manifests": [manifest(issuedAt=at(6000))]}),
    ("customs", CUSTOMS, {"manifests": [manifest(**HOUSE, issuedAt=at(5900))]}),
    ("customs", CUSTOMS, {"manifests": [manifest(voyage="033E", issuedAt=at(5800), containers=[BOX, OTHER])]}),
    ("customs", CUSTOMS, {"declarations": [declaration()]}),
    (
        "customs",
        CUSTOMS,
        {
            "declarations": [
                declaration(declarationNumber="371120261007654321", transportDocumentReference="HOUSE00001")
            ]
        },
    ),
    ("customs", CUSTOMS, {"notices": [notice("INSPECTION_ORDERED", minutes_ago=2900, site="XMCY1")]}),
    ("customs", CUSTOMS, {"notices": [notice("INSPECTION_FINISHED", minutes_ago=2500, result="PASS")]}),
    ("customs", CUSTOMS, {"notices": [notice("RELEASED", minutes_ago=2400)]}),
    ("customs", CUSTOMS, {"carrierReleases": [{"transportDocumentReference": "COSU6123456780", "status": "RELEASED"}]}),
    ("gate", TERMINAL, discharged(eventDateTime=at(2880))),
    ("gate", TERMINAL, moved("GTOT", minutes_ago=2800, toFacilityCode="XMCY1")),
    ("gate", SITE, moved("GTIN", minutes_ago=2760)),
    ("gate", SITE, moved("GTOT", minutes_ago=2450)),
    ("gate", TERMINAL, moved("GTIN", minutes_ago=2420, movementType="IMPORT")),
    ("gate", TERMINAL, moved("GTOT", minutes_ago=2300)),
    ("gate", TERMINAL, moved("GTIN", minutes_ago=900, movementType="EXPORT", vesselIMONumber=IMO, voyage="033E")),
    ("gate", TERMINAL, moved("LOAD", minutes_ago=60, vesselIMONumber=IMO, voyage="033E")),
    ("gate", TERMINAL, moved("DROP", minutes_ago=2870)),
    ("gate", TERMINAL, moved("DROP", minutes_ago=2870) | {"position": "A12"}),
    ("gate", TERMINAL, discharged(eventDateTime=at(2860), box=OTHER, voyage="032E")),
    ("gate", TERMINAL, discharged(eventDateTime=at(2861), box=OTHER) | {"supersedes": "event:23"}),
    ("gate", TERMINAL, moved("GTIN", minutes_ago=850, box=OTHER)),
    ("gate", TERMINAL, moved("GTIN", minutes_ago=850, box=BOX) | {"supersedes": "event:25"}),
    ("gate", TERMINAL, {**moved("DISC", minutes_ago=2880), "facilityCode": "XMHT", "isRetracted": True}),
    ("edifact", TERMINAL, lifted(BOX, OTHER, minutes_ago=2882, written=2800)),
    ("edifact", TERMINAL, lifted(OTHER, minutes_ago=2883, written=2700, function="5", control="2")),
    ("edifact", TERMINAL, lifted(OTHER, THIRD, minutes_ago=2883, written=2600, function="5", control="3", seal="S1")),
    ("edifact", TERMINAL, lifted(BOX, minutes_ago=2882, written=2500, document="D2", control="4")),
    ("edifact", TERMINAL, lifted(BOX, minutes_ago=2882, written=2400, document="D2", function="1", control="5")),
    # Earlier stays, so long ago that they are sealed, and what reaches them all the same.
    ("gate", TERMINAL, moved("DISC", minutes_ago=60000, vesselIMONumber=IMO, voyage="001W")),
    ("gate", TERMINAL, moved("GTOT", minutes_ago=59000)),
    ("gate", TERMINAL, moved("GTIN", minutes_ago=45000, movementType="EXPORT", vesselIMONumber=IMO, voyage="002E")),
    ("gate", TERMINAL, moved("LOAD", minutes_ago=44000, vesselIMONumber=IMO, voyage="002E")),
    ("gate", TERMINAL, moved("DISC", minutes_ago=30000, vesselIMONumber=IMO, voyage="003W")),
    ("gate", TERMINAL, moved("GTOT", minutes_ago=29500)),
    ("gate", TERMINAL, moved("GTOT", minutes_ago=59000, isRetracted=True)),
    ("gate", TERMINAL, moved("DISC", minutes_ago=59900) | {"supersedes": "event:33"}),
    ("gate", TERMINAL, moved("DISC", minutes_ago=30000, vesselIMONumber=IMO, voyage="003W", isRetracted=True)),
    ("customs", CUSTOMS, {"manifests": [manifest(**OLD_BILL, voyage="001W", issuedAt=at(61000))]}),
    ("customs", CUSTOMS, {"vesselCalls": [CALL | {"importVoyage": "001W", "exportVoyage": "002E", "atd": at(43000)}]}),
    (
        "customs",
        CUSTOMS,
        {"declarations": [declaration(declarationNumber="371120261009999999", **OLD_BILL, declaredAt=at(60500))]},
    ),
    # What mostly goes on with a visit, and may begin one, turn its direction or be named by what came before it.
    ("gate", TERMINAL, moved("RSEA", minutes_ago=2850, emptyIndicatorCode="EMPTY")),
    ("gate", TERMINAL, moved("INSP", minutes_ago=840, box=OTHER)),
    ("gate", TERMINAL, moved("STRP", minutes_ago=29600, movementType="EXPORT")),
    ("gate", TERMINAL, moved("DROP", minutes_ago=2840, box=THIRD) | {"transportDocumentReference": "HOUSE00001"}),
    ("gate", TERMINAL, moved("PICK", minutes_ago=2845) | {"supersedes": "event:45"}),
]


def push(port: Port, *numbers: int) -> None:
    """Facts that wait for the writer together, so that most of them are of one batch."""

    async def send() -> None:
        waiting = [port.recorder.submit(_draft(number)) for number in numbers]
        for receipt in await asyncio.gather(*waiting):
            assert all(result.outcome != "rejected" for result in receipt.results), receipt.results

    asyncio.run(send())


def rows_of(connection: Connection, tables: Sequence[Table] = PROJECTIONS + KEPT) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table that a rebuild covers, sorted."""
    return {table.name: sorted(map(tuple, connection.execute(select(table))), key=repr) for table in tables}


def destroy(connection: Connection, tables: Sequence[Table] = PROJECTIONS) -> None:
    """Take every row away."""
    for table in tables:
        connection.execute(delete(table))


def _draft(number: int) -> Draft:
    format, sender, told = FACTS[number]
    raw = told if isinstance(told, bytes) else _json(number, format, sender, told)
    return intake.receive(raw, format=format, sender=sender, key_id="k", received_at=NOW)


def _json(number: int, format: str, sender: SenderProfile, told: dict[str, Any]) -> bytes:
    body = dict(told)
    if str(body.get("supersedes", "")).startswith("event:"):
        named = int(body["supersedes"].partition(":")[2])
        body["supersedes"] = event_id(_draft(named), 1)
    return json.dumps({"messageID": f"M{number}", **({"events": [body]} if format == "gate" else body)}).encode()


def live_through(port: TestPort) -> None:
    """A fortnight at the port: everything that a rebuild must find again."""
    for role, party in (("terminal", None), ("customs", None), ("depot", "XMCY1"), ("tally", None)):
        port.key(role, party)
    stays_of_one_box(port)
    several_boxes_of_one_bill(port)
    commands(port)
    a_mailing(port)


def stays_of_one_box(port: TestPort) -> None:
    """Corrected, withdrawn, transferred, told before its call was known by both its names, and come back for export."""
    port.customs(vesselCalls=[{"vesselIMONumber": "9074729", "importVoyage": "031W", "facilityCode": "XMHT"}])
    port.customs(vesselCalls=[{"callSign": "BQCD", "voyage": "032E", "facilityCode": "XMHT"}])
    port.customs(manifests=[manifest(issuedAt=at(9000))], declarations=[declaration()])
    port.customs(notices=[notice("INSPECTION_ORDERED", minutes_ago=8990, site="XMCY1")])
    wrong = port.gate(discharged(eventDateTime=at(8000), voyage="032E"))["results"][0]
    both = {"vesselIMONumber": "9074729", "callSign": "BQCD", "importVoyage": "031W", "exportVoyage": "032E"}
    port.customs(vesselCalls=[both | {"facilityCode": "XMHT", "ata": at(8100), "atd": at(7000)}])
    port.gate(discharged(eventDateTime=at(7990), supersedes=wrong["eventID"], seals=["AB123"]))
    port.gate(moved("GTOT", minutes_ago=7900, toFacilityCode="XMCY1"))
    port.gate(moved("GTIN", minutes_ago=7800, facilityCode="XMCY1"), role="depot", party="XMCY1")
    port.customs(notices=[notice("INSPECTION_FINISHED", minutes_ago=7700, result="PASS")])
    port.gate(moved("GTIN", minutes_ago=7600, movementType="IMPORT"))
    port.gate(moved("GTOT", minutes_ago=7500))
    port.gate(moved("GTIN", minutes_ago=900, movementType="EXPORT", vesselIMONumber="9074729", voyage="040E"))
    port.gate(moved("LOAD", minutes_ago=60, vesselIMONumber="9074729", voyage="040E"))
    port.gate(discharged(box="MSCU6639870", eventDateTime=at(500)))
    port.gate(discharged(box="MSCU6639870", eventDateTime=at(500), isRetracted=True))


def several_boxes_of_one_bill(port: TestPort) -> None:
    """One expected still, one in port, one put right as another; and a house bill over them."""
    bill = {"transportDocumentReference": "COSU0000000001", "voyage": "050W"}
    boxes = [OTHER, "MSKU6353588", "HLXU1234561"]
    port.customs(manifests=[manifest(**bill, containers=boxes)])
    port.customs(manifests=[manifest(transportDocumentReference="HOUSE1", masterReference="COSU0000000001",
                                     voyage="050W", containers=boxes[:1])])  # fmt: skip
    told = port.gate(
        discharged(box=OTHER, voyage="050W", eventDateTime=at(400)), moved("DROP", box=OTHER, minutes_ago=390)
    )
    port.gate(
        discharged(box="MSKU6353588", voyage="050W", eventDateTime=at(400), supersedes=told["results"][0]["eventID"])
    )
    port.push("courier", {"messageID": "early", "scans": [scan("IN_TRANSIT", 200)]}, role="courier")


def commands(port: TestPort) -> None:
    """Acknowledged, overridden, nominated, expired."""
    for listed in port.get("/v1/instructions?state=ISSUED", role="terminal").json()["instructions"][:1]:
        port.post(f"/v1/instructions/{listed['instructionID']}/acknowledge", role="terminal")
    [newest, *_] = port.get("/v1/decisions?state=current", role="customs").json()["decisions"]
    order = {"route": "SCAN", "place": "XMSC1", "reason": "the seal looks odd"}
    assert port.post(f"/v1/decisions/{newest['decisionID']}/override", order, role="customs").status_code in (200, 409)
    friend = {"equipmentReference": BOX, "transportDocumentReference": "COSU6123456780", "party": "FRIEND"}
    port.post("/v1/visits/nominations", friend | {"role": "haulier"}, role="forwarder")
    port.clock.forward(hours=49)
    assert port.run_job("expire-instructions") > 0
    port.run_job("decide-overdue")
    port.run_job("decide-waiting")


def a_mailing(port: TestPort) -> None:
    """A certificate on its way, with a code drawn, a wrong one tried, and scans before and after it was fetched."""
    made = port.post("/v1/certificates", CERTIFICATE, role="consignee").json()["mailingID"]
    port.post(f"/v1/certificates/{made}/sign", {}, role="authority")
    port.post(f"/v1/certificates/{made}/place", {"locker": "7"}, role="authority")
    code = port.post(f"/v1/certificates/{made}/code", role="consignee").json()["code"]
    port.post(f"/v1/certificates/{made}/confirm", {"code": "000000"}, role="courier")
    port.post(f"/v1/certificates/{made}/confirm", {"code": code}, role="courier")
    port.post(f"/v1/certificates/{made}/collect", {"itemID": ITEM}, role="courier")
    port.push("courier", {"messageID": "late", "scans": [scan("DELIVERED", 10)]}, role="courier")
    assert port.get(f"/v1/certificates/{made}", role="consignee").json()["state"] == "DELIVERED"


def scan(status: str, minutes_ago: float) -> dict[str, Any]:
    """The courier's word on that mailing's item."""
    return {"itemID": ITEM, "status": status, "scanDateTime": at(minutes_ago), "place": "Xiamen"}


def rebuilt(port: TestPort | Port, *, is_check: bool = False, workers: int = 1) -> Report:
    """What a rebuild, or a check, of the port found."""
    held: Port = port.client.app.state.port if isinstance(port, TestPort) else port
    return Rebuilding(held.judge, held.clock(), is_check=is_check, workers=workers).run(held.database, only_grows)


def only_grows(phase: str, done: int, total: int) -> None:
    """Watches that what is done grows to the total."""
    assert 0 < done <= total


def rows(port: TestPort) -> dict[str, list[tuple[Any, ...]]]:
    """Each projection's rows as they stand."""
    return port.client.app.state.port.ask(rows_of)


def ruin(port: TestPort, statement: str) -> None:
    """Damage the projections behind the port's back."""
    with port.client.app.state.port.database.write() as connection:
        connection.execute(text(statement))


def counts(report: Report) -> dict[str, tuple[int, int, int]]:
    """(missing, wrong, extra) by table."""
    return {told.table: (told.missing, told.wrong, told.extra) for told in report.differing}
