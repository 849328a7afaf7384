from __future__ import annotations

import string

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.registry import DECODERS
from adapters.rejection import Reason, Rejected
from adapters.seam import Accepted, Message, Refused
from build_formats import MESSAGES, NOW, sender
from port.actor import Role

QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
KEPT = {path.parent.name: [] for path in sorted(MESSAGES.rglob("*.edi"))}
for path in sorted(MESSAGES.rglob("*.edi")):
    KEPT[path.parent.name].append(path.read_bytes())
EDI = sorted(body for bodies in KEPT.values() for body in bodies)
SPEAKERS = [sender(), sender(Role.CARRIER), sender(Role.CUSTOMS), sender(Role.TERMINAL, "XMEG", "XMNW")]


def judged(format_name: str, body: bytes, by: int = 0) -> list[Accepted | Refused]:
    """The items, or none where the whole body is refused; whatever else leaves the decoder fails the test."""
    try:
        items = list(DECODERS[format_name](Message(body, None, NOW), SPEAKERS[by % len(SPEAKERS)]))
    except Rejected:
        return []
    assert [item for item in items if isinstance(item, Refused) and item.rejected.reason is Reason.INTERNAL_ERROR] == []
    return items


@QUICK
@given(
    body=st.sampled_from(EDI),
    at=st.integers(0, 4000),
    put=st.binary(max_size=8),
    cut=st.integers(0, 12),
    by=st.integers(0, 3),
)
def test_an_interchange_with_a_wound_anywhere_gives_items_or_reasons(body, at, put, cut, by):
    where = at % len(body)
    judged("edifact", body[:where] + put + body[where + cut :], by)


TAGS = ["BGM", "DTM", "TDT", "LOC", "EQD", "STS", "CNI", "RFF", "GIS", "GEI", "FTX", "MEA", "DGS", "SEL", "TMP", "CNT"]
PARTS = st.text(alphabet=string.ascii_uppercase + string.digits + "+:?. -\u95fd", max_size=24)
SEGMENTS = st.lists(st.tuples(st.sampled_from(TAGS), PARTS), max_size=12)


@QUICK
@given(
    kind=st.sampled_from(["CODECO", "COARRI", "COPRAR", "BAPLIE", "IFTSTA", "CUSRES"]),
    told=SEGMENTS,
    by=st.integers(0, 3),
)
def test_segments_in_any_order_with_anything_in_them_give_items_or_reasons(kind, told, by):
    body = "".join(f"{tag}+{parts}'" for tag, parts in told)
    judged("edifact", f"UNH+1+{kind}:D:95B:UN'BGM++1+9'{body}UNT+1+1'".encode(), by)
