"""What a message of each format means reaches the box: pushed at the door, read where people read it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from build_edi import CHINA, interchange, lifted, local
from build_port import BOX, NOW, TestPort

OTHER = "XMLU1044773"
ETA = f"{(NOW + timedelta(hours=30)).astimezone(CHINA):%Y%m%d%H%M}"
SHIP = "TDT+20+031W+1+13+HXL:172:20+++9074729:146"


def push(port: TestPort, message_type: str, body: list[str], *, role: str, control: str = "1") -> list[str]:
    """The outcome of each item."""
    answer = port.push("edifact", interchange(message_type, body, control=control), role=role)
    return [one["outcome"] for one in answer.json()["results"]]


def movement(port: TestPort, box: str = BOX) -> tuple[int, str | None]:
    """The status code and the movement facet customs read of a box."""
    answer = port.get(f"/v1/containers/{box}", role="customs")
    return answer.status_code, answer.json().get("facets", {}).get("movement")


def told(port: TestPort, box: str = BOX) -> list[tuple[str, str | None]]:
    """Type and classifier of each movement of the timeline, in order."""
    lines = port.get(f"/v1/containers/{box}/timeline", role="customs").json()["lines"]
    return [(line["type"], line["classifier"]) for line in lines if line["classifier"]]


def test_a_discharge_order_makes_its_boxes_expected_and_the_discharge_fulfils_it(port):
    order = ["BGM+43+O1+9", SHIP, "LOC+11+CNXMN:139:6", f"DTM+132:{ETA}:203", f"EQD+CN+{BOX}+22G1:102:5++3+5"]
    assert push(port, "COPRAR", order, role="agent") == ["accepted"]
    assert movement(port) == (200, "EXPECTED")
    assert told(port) == [("DISC", "PLN")]
    assert port.push("edifact", lifted(document="D2", control="2"), role="terminal").status_code == 200
    assert movement(port) == (200, "DISCHARGED")
    assert sorted(told(port)) == [("DISC", "ACT"), ("DISC", "PLN")]


def test_a_bayplan_makes_expected_what_comes_off_here_and_not_what_sails_on(port):
    plan = [
        "BGM++P1+9", SHIP, "LOC+5+KRPUS:139:6", "LOC+61+CNXMN:139:6", f"DTM+132:{ETA}:203",
        "LOC+147+0380886::5", "LOC+11+CNXMN:139:6", f"EQD+CN+{BOX}+22G1+++5",
        "LOC+147+0380888::5", "LOC+11+SGSIN:139:6", f"EQD+CN+{OTHER}+22G1+++5",
    ]  # fmt: skip
    assert push(port, "BAPLIE", plan, role="carrier") == ["accepted", "accepted"]
    assert movement(port) == (200, "EXPECTED")
    assert told(port) == [("DISC", "EST")]
    assert movement(port, OTHER)[1] != "EXPECTED"


def test_a_plan_taken_back_expects_the_box_no_more(port):
    plan = ["BGM+43+O1+9", SHIP, "LOC+11+CNXMN:139:6", f"DTM+132:{ETA}:203", f"EQD+CN+{BOX}+22G1:102:5++3+5"]
    assert push(port, "COPRAR", plan, role="agent") == ["accepted"]
    assert push(port, "COPRAR", ["BGM+43+O1+1"], role="agent", control="2") == ["accepted"]
    assert port.container(BOX)["headline"]["code"] == "REPORT_WITHDRAWN"


def test_a_carriers_status_moves_the_box(port):
    status = ["BGM+23+S1+9", "CNI+1", "STS+1+UV", f"DTM+334:{local(5)}:203", "LOC+175+CNXMN:139:6", f"EQD+CN+{BOX}"]
    assert push(port, "IFTSTA", status, role="carrier") == ["accepted"]
    assert movement(port) == (200, "DISCHARGED")


def test_a_status_that_is_no_movement_is_kept_and_refused(port):
    status = ["BGM+23+S1+9", "CNI+1", "STS+1+VD", f"DTM+334:{local(5)}:203", f"EQD+CN+{BOX}"]
    answer = port.push("edifact", interchange("IFTSTA", status), role="carrier")
    assert answer.status_code == 422
    [result] = answer.json()["results"]
    assert (result["outcome"], result["error"]["reason"]) == ("rejected", "UNKNOWN_CODE")
    kept = port.get(f"/v1/messages/{answer.json()['receiptID']}", role="carrier").json()
    assert "STS+1+VD" in kept["raw"]


def test_customs_response_releases_one_declaration_and_holds_the_other(port):
    port.push("edifact", lifted(BOX, OTHER), role="terminal")
    lodged = [
        {
            "declarationNumber": number,
            "direction": "IMPORT",
            "mode": "ADVANCE",
            "containers": [box],
            "vesselIMONumber": "9074729",
            "voyage": "031W",
            "transportDocumentReference": f"BL{number[-4:]}",
        }
        for number, box in (("371120261001234567", BOX), ("371120261001234575", OTHER))
    ]
    assert port.push("customs", {"declarations": lodged}, role="customs").status_code == 200
    response = [
        "BGM+963+R1+9", f"DTM+9:{local(1)}:203",
        "RFF+ABT:371120261001234567", "GIS+4", "RFF+ABT:371120261001234575", "GIS+7",
    ]  # fmt: skip
    assert push(port, "CUSRES", response, role="customs") == ["accepted", "accepted"]
    facets = [port.get(f"/v1/containers/{box}", role="customs").json()["facets"]["customs"] for box in (BOX, OTHER)]
    assert facets == ["RELEASED", "HELD"]


def test_a_platform_list_moves_its_boxes_and_a_deletion_takes_them_back(port):
    listed = f"00:DISCHG::9:XMHT:PORT:{local()}'\n50:{BOX}:22G1:F:I::::{local(3)}'\n99:3'"
    assert port.push("platform-file", listed.encode(), role="terminal").status_code == 200
    assert movement(port) == (200, "DISCHARGED")
    deleted = listed.replace("::9:", "::3:").replace(f"{local()}'", f"{local(-1)}'", 1)
    assert port.push("platform-file", deleted.encode(), role="terminal").status_code == 200
    assert port.container(BOX)["headline"]["code"] == "REPORT_WITHDRAWN"


@pytest.mark.parametrize(
    ("format_name", "body"),
    [
        ("edifact", lifted(control="9")),
        ("platform-file", f"00:DISCHG::9:XMHT:PORT:{local()}'\n50:{BOX}:22G1:F:I::::{local(3)}'\n99:3'".encode()),
    ],
)
def test_the_same_message_again_is_answered_with_the_first_answer(port, format_name, body):
    first = port.push(format_name, body, role="terminal").json()
    again = port.push(format_name, body, role="terminal").json()
    assert again == first | {"duplicate": True}
