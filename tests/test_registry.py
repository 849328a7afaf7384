from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from adapters import registry
from adapters.registry import DECODERS, FORMATS, MESSAGE_TYPES, identity, may_send, may_send_body, reference
from adapters.rejection import TEXTS, WARNINGS, Reason, Rejected
from adapters.seam import Accepted, Message, Refused, SenderProfile, facility_of
from build_formats import NOW, decode, kept, sender
from port.actor import Role

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT.parent / "shared" / "samples"

ALLOWED = {
    "gate": {Role.TERMINAL, Role.DEPOT},
    "edifact": {
        Role.TERMINAL,
        Role.DEPOT,
        Role.TALLY,
        Role.CARRIER,
        Role.AGENT,
        Role.CUSTOMS,
        Role.BROKER,
        Role.FORWARDER,
    },
    "customs": {Role.CUSTOMS, Role.BROKER, Role.FORWARDER, Role.CARRIER, Role.AGENT, Role.TERMINAL, Role.AUTHORITY},
    "dec-result": {Role.CUSTOMS, Role.BROKER, Role.FORWARDER},
    "platform-file": {Role.TERMINAL, Role.DEPOT},
    "dcsa": {Role.CARRIER, Role.TERMINAL},
    "courier": {Role.COURIER},
}


def test_every_format_of_the_contract_has_a_decoder():
    assert set(DECODERS) == set(FORMATS) == set(ALLOWED)
    assert set(MESSAGE_TYPES) == {"CODECO", "COARRI", "COPRAR", "BAPLIE", "IFTSTA", "CUSRES"}


@pytest.mark.parametrize("role", list(Role))
def test_a_role_sends_what_the_contract_gives_it(role):
    assert {name for name in FORMATS if may_send(role, name)} == {name for name, who in ALLOWED.items() if role in who}


def test_who_may_send_some_messages_only_must_bring_one_of_them():
    gate_in, released = kept("codeco/release_character.edi"), kept("cusres/released.edi")
    assert not may_send_body(Role.CUSTOMS, "edifact", gate_in)
    assert may_send_body(Role.CUSTOMS, "edifact", gate_in + released)
    assert not may_send_body(Role.CUSTOMS, "edifact", b"{}")
    assert may_send_body(Role.TALLY, "edifact", b"{}")


def test_nobody_may_send_a_format_that_is_not_there():
    assert not may_send(Role.CUSTOMS, "baplie")


def message(body: bytes) -> Message:
    return Message(body, None, NOW)


def test_a_message_id_goes_before_the_key_and_the_key_before_the_hash():
    assert identity("gate", message(b'{"messageID":"A-1","events":[]}'), "key-1") == "id:A-1"
    assert identity("gate", message(b'{"events":[]}'), "key-1") == "key:key-1"
    assert identity("dec-result", message(b"<x/>"), "key-1") == "key:key-1"


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"messageID":7}', b'{"messageID":""}', b'{"messageID":"a\\u0000"}'])
def test_a_body_without_a_message_id_that_may_be_one_is_known_by_its_hash(body):
    assert identity("gate", message(body)) == f"sha256:{hashlib.sha256(body).hexdigest()}"


def test_an_interchange_is_known_by_its_hash_whatever_key_comes_with_it():
    body = kept("codeco/release_character.edi")
    assert identity("edifact", message(body), "key-1") == f"sha256:{hashlib.sha256(body).hexdigest()}"


def test_the_reference_of_an_interchange_is_its_senders_own():
    assert reference("edifact", kept("coarri/discharge_and_load.edi")) == "CNXMNEGGT/1732121280132"
    assert reference("edifact", kept("codeco/gate_in_without_envelope.edi")) is None
    assert reference("edifact", b"") is None
    assert reference("gate", b"{}") is None


def test_every_reason_says_what_is_wrong_and_how_to_mend_it():
    assert set(TEXTS) == set(Reason)
    assert all(message.endswith(".") and fix.endswith(".") for message, fix in TEXTS.values())
    assert set(Reason) >= WARNINGS


def test_the_documentation_names_every_reason():
    rows = [
        line.split("|") for line in (ROOT / "docs" / "reasons.md").read_text().splitlines() if line.startswith("| `")
    ]
    told = {cells[1].strip(" `"): (cells[2].strip(), cells[3].strip()) for cells in rows}
    assert told == {reason.value: TEXTS[reason] for reason in Reason}


def test_two_refusals_are_equal_when_they_say_the_same():
    one = Rejected(Reason.BAD_VALUE, "here", message="It is wrong.")
    assert one == Rejected(Reason.BAD_VALUE, "here", message="It is wrong.")
    assert len({one, Rejected(Reason.BAD_VALUE, "there", message="It is wrong.")}) == 2
    assert str(one) == "BAD_VALUE at here: It is wrong."


@pytest.mark.parametrize(
    ("by", "named", "facility"),
    [
        (sender(Role.TERMINAL, "XMEG"), None, "XMEG"),
        (sender(Role.TERMINAL, "XMEG"), "XMEG", "XMEG"),
        (sender(Role.TERMINAL, "XMEG", "XMNW"), "XMNW", "XMNW"),
        (sender(Role.TERMINAL, is_hub=True, facilities=frozenset()), None, None),
        (sender(Role.TERMINAL, is_hub=True, facilities=frozenset()), "XMHT", "XMHT"),
        (sender(Role.AGENT), "XMHT", "XMHT"),
        (sender(Role.CUSTOMS, facilities=frozenset({"XMCY"})), None, None),
    ],
)
def test_a_facility_is_the_named_one_else_the_keys_single_one(by, named, facility):
    assert facility_of(named, by, where="x") == facility


def test_a_movement_is_at_this_port_for_those_who_work_here():
    assert sender(Role.TERMINAL).is_at_port("NLRTM")
    assert not sender(Role.CARRIER).is_at_port("NLRTM")
    assert sender(Role.CARRIER).is_at_port("CNXMN")


ONE_MESSAGE = {
    "UNKNOWN_MESSAGE_TYPE": [
        "aperak_contrl/odd_php_example_release_character.edi",
        "aperak_contrl/odd_php_example_utf8.edi",
        "aperak_contrl/odd_php_example_wrapped.edi",
        "aperak_contrl/pydifact_v4_aperak.edi",
        "aperak_contrl/pydifact_v4_aperak_rejected.edi",
    ],
    "BAD_CONTAINER_NUMBER": [
        "coarri/06_cloudport_D95B_SMDG20_bad.edi",
        "coprar/01_D95B_bare_load.edi",
        "codeco/07_ts_test_valid_D96A_bad_checkdigit.edi",
        "codeco/08_missing_unb.edi",
        "codeco/08_missing_unt.edi",
        "codeco/08_missing_unz.edi",
        "iftsta/01_rail_D00B.edi",
    ],
    "SEGMENT_MISSING": ["cusres/01_doc_D01B_release.edi"],
    "UNKNOWN_CODE": ["codeco/04_cms_D96A_full_fields.edi"],
}
TAKEN = {
    "codeco/01_mict_ool_D95B_ITG13_gatein.edi": "GTIN TGHU1643396",
    "codeco/03_toja_maeu_D95B_ITG12.edi": "GTOT MSKU6353588",
    "coarri/03_jict_evg_D95B_discharge_trimmed.edi": "DISC GLDU4117974, DISC YMLU2838640",
    "coarri/04_toja_maeu_D95B_ITG12.edi": "DISC MSKU0308961",
    "baplie/01_lbcti_oocl_D95B.edi": "DISC OOLU4293959, DISC MOEU0710945, DISC OOLU8757889",
}
WHOLLY_REFUSED = {"codeco/08_empty.edi": "NOT_EDIFACT", "codeco/08_missing_terminators.edi": "TERMINATOR_MISSING"}
needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample messages are not here")


SPEAKERS = {"cusres": Role.CUSTOMS}


def sample(format_name: str, path: str, role: Role = Role.TERMINAL) -> list[Accepted | Refused]:
    return decode(format_name, (SAMPLES / path).read_bytes(), sender(role))


@needs_samples
def test_every_sample_is_judged():
    judged = {*TAKEN, *WHOLLY_REFUSED, "coarri/01_genoa_vte_cosco_D95B_ITG13_2msg.edi"}
    judged |= {path for paths in ONE_MESSAGE.values() for path in paths}
    assert judged == {str(path.relative_to(SAMPLES / "edifact")) for path in (SAMPLES / "edifact").rglob("*.edi")}


@needs_samples
@pytest.mark.parametrize(
    ("path", "reason"), [(path, reason) for reason, paths in ONE_MESSAGE.items() for path in paths]
)
def test_a_sample_that_is_refused_says_why(path, reason):
    role = SPEAKERS.get(path.partition("/")[0], Role.TERMINAL)
    assert {item.rejected.reason for item in sample("edifact", f"edifact/{path}", role)} == {Reason(reason)}


@needs_samples
@pytest.mark.parametrize(("path", "told"), TAKEN.items())
def test_a_sample_that_is_taken_gives_its_movements(path, told):
    items = sample("edifact", f"edifact/{path}")
    assert ", ".join(f"{item.fact.type_code} {item.fact.container_number}" for item in items) == told


@needs_samples
def test_the_large_sample_gives_all_its_movements():
    items = sample("edifact", "edifact/coarri/01_genoa_vte_cosco_D95B_ITG13_2msg.edi")
    assert [item.fact.type_code.value for item in items] == ["DISC"] * 2 + ["LOAD"] * 19
    assert {item.fact.vessel.call_sign for item in items} == {"3ERX3"}


@needs_samples
@pytest.mark.parametrize(("path", "reason"), WHOLLY_REFUSED.items())
def test_a_sample_without_a_message_is_refused_whole(path, reason):
    with pytest.raises(Rejected) as raised:
        sample("edifact", f"edifact/{path}")
    assert raised.value.reason is Reason(reason)


@needs_samples
def test_the_customs_samples():
    [item] = sample("dec-result", "customs/dec_result_2018_gb2312.xml", Role.CUSTOMS)
    assert (item.fact.seq_no, item.fact.channel) == ("000000001398639573", "7")
    with pytest.raises(Rejected) as raised:
        sample("customs", "customs/yundang_customs_push.json", Role.CUSTOMS)
    assert (raised.value.reason, raised.value.where) == (Reason.UNKNOWN_FIELD, "localkeyid")


def test_the_seam_hands_a_message_and_a_sender_and_takes_items():
    given = Message(json.dumps({"scans": [{}]}).encode(), "application/json", NOW)
    [item] = registry.DECODERS["courier"](given, SenderProfile("EMS", Role.COURIER))
    assert isinstance(item, Refused)
