"""Whatever a body is like: items or reasons, one outcome for each item, nothing raised but Rejected.

`make fuzz` runs these with twenty thousand examples each, then atheris (bench/fuzz.py) with what is judged here.
"""

from __future__ import annotations

import json
import string
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.edifact import messages
from adapters.registry import DECODERS
from adapters.seam import Refused
from build_formats import interchange
from build_fuzz import JSON, SPEAKERS, WHOLE, judge, seeds, wounded
from port.actor import Role

BYTES = sorted(set(DECODERS) - {"dcsa"})
SPEAKER = st.integers(0, len(SPEAKERS) - 1)


@pytest.mark.parametrize("format_name", BYTES)
@given(choice=st.integers(0, 99), seed=st.integers(0, 2**32), wounds=st.integers(1, 5), by=SPEAKER)
def test_a_wounded_message_gives_items_or_reasons(format_name, choice, seed, wounds, by):
    kept = seeds(format_name)
    judge(format_name, wounded(format_name, kept[choice % len(kept)], seed, wounds=wounds), by)


@pytest.mark.parametrize("format_name", BYTES)
@given(body=st.binary(max_size=400) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_anything_at_all_gives_items_or_reasons(format_name, body):
    judge(format_name, body)
    judge(
        format_name,
        {"edifact": b"UNB+UNOA:2+A+B+261121:1200+1'", "platform-file": b"00:GATEIN::9'"}.get(format_name, b"") + body,
    )


TAGS = [
    "BGM",
    "DTM",
    "TDT",
    "LOC",
    "EQD",
    "STS",
    "CNI",
    "RFF",
    "GIS",
    "GEI",
    "TAX",
    "FTX",
    "MEA",
    "DGS",
    "SEL",
    "TMP",
    "CNT",
]
PARTS = st.text(alphabet=string.ascii_uppercase + string.digits + "+:?. -\u95fd\x07", max_size=24) | st.sampled_from(
    [
        "CN+XMLU1044773",
        "7:202611201305:203",
        "132:202611221305:203",
        "147+0380886",
        "11+CNXMN:139:6",
        "1+UV",
        "ABT:371120261001234567",
    ]
)
KINDS = ["CODECO", "COARRI", "COPRAR", "BAPLIE", "IFTSTA", "CUSRES"]
# Where the number of items can be told from the segments alone.
COUNTED = {"CODECO": "EQD", "COARRI": "EQD", "COPRAR": "EQD"}


@given(
    kind=st.sampled_from(KINDS),
    code=st.sampled_from(["34", "44", "43", "", "23", "963"]),
    told=st.lists(st.tuples(st.sampled_from(TAGS), PARTS), max_size=12),
    by=SPEAKER,
)
def test_segments_in_any_order_are_answered_one_outcome_for_each_item(kind, code, told, by):
    lines = [f"{tag}+{parts.replace(chr(39), '')}" for tag, parts in told]
    body = interchange("'".join([kind, f"BGM+{code}+EG1+9", *lines]) + "'")
    items = judge("edifact", body, by)
    read = list(messages(body))
    assert {item.path.split(",")[0] for item in items} == {edi.path for edi in read}
    if len(read) == 1 and kind in COUNTED and not any(item.path == "message 1" for item in items):
        assert len(items) == sum(raw.startswith(COUNTED[kind]) for raw in read[0].segments)


ANY = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**40), 10**40) | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize("format_name", sorted(JSON))
@given(at=st.integers(0, 200), value=ANY, by=SPEAKER)
@example(at=1, value={"\x00": None}, by=0)
def test_any_value_at_any_place_of_a_json_message_gives_items_or_reasons(format_name, at, value, by):
    whole = json.loads(json.dumps(JSON[format_name]))
    places = list(_places(whole))
    owner, key = places[at % len(places)]
    owner[key] = value
    items = judge(format_name, json.dumps(whole).encode("utf-8", "surrogatepass"), by)
    arrays = [told for name, told in whole.items() if isinstance(told, list)]
    if items[0].path != WHOLE and set(whole) == set(JSON[format_name]):
        assert len(items) == sum(map(len, arrays))


def _places(value: Any) -> Any:
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from _places(value[key])


@given(told=st.lists(st.text(alphabet="0159:'?ABEF\n-.闽\x07", max_size=40), max_size=6))
def test_each_record_of_a_box_is_one_item(told):
    records = [f"50:LJGU1200453:{text.replace(chr(39), '').rstrip('?')}'" for text in told]
    body = "\n".join(["00:GATEIN::9'", *records, f"99:{len(records) + 2}'"]).encode()
    items = judge("platform-file", body)
    assert len(items) == max(1, len(records))
    assert (items[0].path == WHOLE) == (not records)


@given(seed=st.integers(0, 2**32))
def test_a_wound_in_one_message_does_not_reach_its_neighbours(seed):
    good = "CODECO'BGM+34+EG1+9'EQD+CN+XMLU1044773'DTM+7:202611201305:203'"
    whole = interchange(good, good, good)
    at = [n for n in range(len(whole)) if whole.startswith(b"UNH", n)]
    middle = wounded("edifact", whole[at[1] + 3 : at[2]], seed, wounds=2)
    if b"UN" in middle.replace(b"UNT", b"") or b"\x00" in middle or not middle.rstrip().endswith(b"'"):
        return
    items = judge("edifact", whole[: at[1] + 3] + middle + whole[at[2] :])
    taken = [item for item in items if not isinstance(item, Refused)]
    assert taken[0].path == "message 1, EQD 1"
    assert len(taken) >= 2


def test_who_speaks_is_one_of_each_kind():
    assert {told.role for told in SPEAKERS} >= {Role.TERMINAL, Role.CARRIER, Role.CUSTOMS, Role.TALLY, Role.BROKER}
