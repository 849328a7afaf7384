"""What happens to an instruction that was carried out before customs says more."""

from __future__ import annotations

from build_port import BOX, TestPort, declaration, discharged, manifest, notice, running_port


def scanned(port: TestPort) -> str:
    """A box ordered to the scanner, and the instruction carried out; its id."""
    port.customs(manifests=[manifest()], declarations=[declaration()], notices=[notice("SCAN_ORDERED", minutes_ago=30)])
    [result] = port.gate(discharged())["results"]
    given: str = result["instruction"]["instructionID"]
    done = port.client.post(f"/v1/instructions/{given}/execute", headers=port.headers("terminal"))
    assert done.json()["state"] == "EXECUTED"
    return given


def test_a_scan_that_begins_does_not_send_the_box_to_be_opened(sqlite_url: str) -> None:
    with running_port(sqlite_url) as port:
        given = scanned(port)
        port.customs(notices=[notice("INSPECTION_STARTED")])
        listed = port.get("/v1/instructions", role="terminal").json()["instructions"]
        assert [(one["instructionID"], one["route"], one["state"]) for one in listed] == [(given, "SCAN", "EXECUTED")]


def test_an_executed_instruction_stays_executed_and_names_its_successor(sqlite_url: str) -> None:
    with running_port(sqlite_url) as port:
        given = scanned(port)
        port.customs(notices=[notice("RELEASED")])
        first, second = port.get("/v1/instructions", role="terminal").json()["instructions"]
        assert (first["state"], first["supersededBy"]) == ("EXECUTED", second["instructionID"])
        assert (second["route"], second["supersedes"]) == ("DIRECT_RELEASE", given)
        lines = port.get(f"/v1/containers/{BOX}/timeline", role="customs").json()["lines"]
        steps = [line["type"] for line in lines if line["type"].startswith("INSTRUCTION_")]
        assert sorted(steps) == [
            "INSTRUCTION_EXECUTED",
            "INSTRUCTION_ISSUED",
            "INSTRUCTION_ISSUED",
            "INSTRUCTION_SUPERSEDED",
        ]
