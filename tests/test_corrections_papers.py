"""Papers told again, taken back or handed on by others, at the doors: which word counts."""

from __future__ import annotations

import pytest

from build_corrections import OTHER, lives, told
from build_port import BOX, NOW, NUMBER, TestPort, at, declaration, discharged, manifest, notice


def test_a_declaration_lodged_again_without_the_box_leaves_it_undeclared(port: TestPort):
    port.customs(manifests=[manifest(containers=[BOX, OTHER])], declarations=[declaration(containers=[BOX, OTHER])])
    assert port.container(BOX)["facets"]["customs"] == "DECLARED"
    port.customs(declarations=[declaration(containers=[OTHER], declaredAt=at(60))])
    assert [port.container(box)["facets"]["customs"] for box in (BOX, OTHER)] == ["NOT_DECLARED", "DECLARED"]


def test_a_cancelled_declaration_lodged_again_under_another_number_counts(port: TestPort):
    again = "371120261009999999"
    port.customs(manifests=[manifest()], declarations=[declaration()], notices=[notice("CANCELLED", minutes_ago=60)])
    assert port.container(BOX)["facets"]["customs"] == "VOID"
    port.customs(declarations=[declaration(declarationNumber=again)])
    assert port.container(BOX)["facets"]["customs"] == "DECLARED"


def test_a_manifest_without_the_box_takes_it_off_the_bill(port: TestPort):
    port.customs(manifests=[manifest(containers=[BOX, OTHER], issuedAt=at(600))])
    port.customs(manifests=[manifest(containers=[OTHER], issuedAt=at(300))])
    seen = [port.container(box, role="forwarder")["headline"]["code"] for box in (BOX, OTHER)]
    assert seen == ["REPORT_WITHDRAWN", "EXPECTED"]


def test_a_declaration_first_known_by_its_sequence_number_may_take_a_box_off_under_its_own(port: TestPort):
    early = declaration(declarationNumber=None, seqNo="SEQ1", containers=[BOX, OTHER])
    port.customs(manifests=[manifest(containers=[BOX, OTHER])], declarations=[early])
    port.customs(declarations=[declaration(seqNo="SEQ1", containers=[OTHER], declaredAt=at(60))])
    assert [port.container(box)["facets"]["customs"] for box in (BOX, OTHER)] == ["NOT_DECLARED", "DECLARED"]


def test_notices_wait_for_their_declaration(port: TestPort):
    port.customs(notices=[notice("INSPECTION_ORDERED", minutes_ago=60)])
    port.gate(discharged(minutes_ago=30))
    port.customs(manifests=[manifest()], declarations=[declaration()])
    assert port.container(BOX)["facets"]["customs"] == "INSPECTION_ORDERED"
    assert [route for _, route, state, _ in lives(port) if state == "ISSUED"] == ["INSPECTION"]


# Receipts that a declarant hands on


def receipt(channel: str, **fields: str) -> bytes:
    known = {"ENTRY_ID": NUMBER, "NOTICE_DATE": f"{NOW:%Y-%m-%d}T08:00:00", "CHANNEL": channel} | fields
    return (
        f"<DEC_RESULT>{''.join(f'<{tag}>{text}</{tag}>' for tag, text in known.items() if text)}</DEC_RESULT>".encode()
    )


def test_the_declarant_hands_on_the_receipts_of_its_own_declaration(port: TestPort):
    port.customs("broker", "BROKER", declarations=[declaration()])
    answer = told(port.push("dec-result", receipt("P"), role="broker", party="BROKER").json())
    assert (answer["outcome"], port.container(BOX)["facets"]["customs"]) == ("accepted", "RELEASED")


@pytest.mark.parametrize("channel", ["P", "H", "D"])
def test_nobody_else_frees_holds_or_cancels_by_a_receipt_of_ones_own(either_port: TestPort, channel: str):
    port = either_port
    port.customs(manifests=[manifest()], declarations=[declaration()])
    answer = told(port.push("dec-result", receipt(channel), role="broker", party="RIVAL").json())
    assert (answer["outcome"], port.container(BOX)["facets"]["customs"]) == ("stale", "DECLARED")
    assert "FOREIGN_DECLARANT" in [warning["reason"] for warning in answer["warnings"]]
    assert told(port.gate(discharged()))["instruction"]["reason"] == "RULE"


def test_a_receipt_sent_ahead_by_a_stranger_does_not_wait_for_the_declaration(port: TestPort):
    port.push("dec-result", receipt("P"), role="forwarder", party="RIVAL")
    port.customs(manifests=[manifest()], declarations=[declaration()])
    assert port.container(BOX)["facets"]["customs"] == "DECLARED"


def test_a_strangers_receipt_ties_no_two_declarations_together(port: TestPort):
    other = declaration(
        declarationNumber=None, seqNo="SEQ1", containers=[OTHER], transportDocumentReference="BILL-0002"
    )
    port.customs(manifests=[manifest()], declarations=[declaration(), other])
    port.push("dec-result", receipt("L", SEQ_NO="SEQ1"), role="broker", party="RIVAL")
    port.customs(notices=[notice("RELEASED", minutes_ago=5)])
    assert [port.container(box)["facets"]["customs"] for box in (BOX, OTHER)] == ["RELEASED", "DECLARED"]


def test_an_early_receipt_finds_its_declaration_by_the_number_it_had_then(port: TestPort):
    port.customs("broker", "BROKER", declarations=[declaration(declarationNumber=None, seqNo="SEQ1")])
    early = receipt("L", ENTRY_ID="", SEQ_NO="SEQ1", NOTICE_DATE=f"{NOW:%Y-%m-%d}T07:00:00")
    port.push("dec-result", early, role="broker", party="BROKER")
    port.push("dec-result", receipt("L", SEQ_NO="SEQ1"), role="broker", party="BROKER")
    port.push("dec-result", receipt("P", NOTICE_DATE=f"{NOW:%Y-%m-%d}T09:00:00"), role="broker", party="BROKER")
    seen = port.container(BOX)
    assert (seen["facets"]["customs"], seen["documents"][0]["declarations"][0]["declarationNumber"]) == (
        "RELEASED", NUMBER,
    )  # fmt: skip
