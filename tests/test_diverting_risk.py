"""A lane topped up by risk, at the doors: the risky box is inspected, and the decision says which score did it."""

from __future__ import annotations

from pathlib import Path

from build_diversion import asks, row
from build_diverting import SECOND_NUMBER, decisions, port_with, told
from build_port import declaration, discharged, manifest

CHEAP = [{"hsCode": "9403600000", "originCountry": "VN", "netMassKg": 9800, "declaredValue": 490, "currency": "USD"}]
RELEASES = row("DIRECT_RELEASE", asks("direction", "equals", "IMPORT"))
QUOTA = {
    "lanes": [{"route": "DIRECT_RELEASE", "minimum_random_rate": 0, "expected_rate": 0.1, "top_up_from": -1}],
    "risk": [{"fact": "value_per_kg", "weight": -1}],
}


def test_a_risky_declaration_tops_its_lane_up_and_is_what_the_decision_is_because_of(tmp_path: Path):
    risky = {"declarationNumber": SECOND_NUMBER, "transportDocumentReference": "BILL-CHEAP", "lines": CHEAP}
    with port_with(tmp_path, RELEASES, **QUOTA) as port:
        bills = [manifest(), manifest(transportDocumentReference="BILL-CHEAP")]
        port.customs(manifests=bills, declarations=[declaration(), declaration(**risky)])
        assert told(port.gate(discharged())) == ("DISCHARGE", "INSPECTION", None, "RULE")
        decision = port.get(f"/v1/decisions/{decisions(port)[0]['decisionID']}", role="customs").json()
        rows = {(one["declaration"], one["row"]): one for one in decision["rows"]}
        assert {one["declaration"]: one["row"] for one in decision["matchedRows"]}[SECOND_NUMBER] == "top-up"
        assert decision["becauseOf"] == ["BILL-CHEAP"]
        assert rows[SECOND_NUMBER, "top-up"]["matched"] is True
        [why_not] = [
            one["whyNot"] for (number, name), one in rows.items() if name == "top-up" and number != SECOND_NUMBER
        ]
        assert [one["en"] for one in why_not] == ["risk: -4.28571; the rule asks: a risk of -1 or more"]


def test_a_declaration_whose_risk_nobody_can_tell_goes_to_the_yard(tmp_path: Path):
    silent = [{"hsCode": "9403600000", "originCountry": "VN", "declaredValue": 490, "currency": "USD"}]
    with port_with(
        tmp_path, RELEASES, lanes=QUOTA["lanes"], risk=[{"fact": "value_per_kg", "weight": -1, "missing": 5}]
    ) as port:
        port.customs(manifests=[manifest()], declarations=[declaration(lines=silent)])
        assert told(port.gate(discharged())) == ("DISCHARGE", "YARD", None, "FACTS_MISSING")
