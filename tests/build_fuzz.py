"""What fuzzing the formats is built from: wounded messages, and what must be true of whatever is made of them."""

from __future__ import annotations

import json
import random
import string
from pathlib import Path
from typing import Any

import msgspec

from adapters import contrl
from adapters.interchange import find_header
from adapters.registry import DECODERS, FORMATS, identity, list_types, reference
from adapters.rejection import Reason, Rejected
from adapters.seam import MAX_ITEMS, Accepted, Item, Message, Refused
from build_formats import MESSAGES, NOW, sender
from events.types import Event
from port.actor import Role
from port.draft import ItemResult, Receipt, Refusal

SPEAKERS = [
    sender(),
    sender(Role.CARRIER),
    sender(Role.CUSTOMS),
    sender(Role.TERMINAL, "XMEG", "XMNW"),
    sender(Role.TALLY, known_facilities=frozenset({"XMEG", "XMHT", "CNXMN"}), is_time_zone_agreed=False),
    sender(Role.BROKER),
    sender(facilities=frozenset(), is_hub=True),
]
_DECODER: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)
# No text of a fact is longer than the notes of customs, no list than a declaration's boxes.
_MAX_TEXT, _MAX_LIST = 1000, 2000
WHOLE = "the whole body"


def seeds(format_name: str) -> list[bytes]:
    """The kept messages of a format, and for those of JSON one with most of its fields."""
    folders = {"edifact": "*/*.edi", "platform-file": "platform_file/*", "dec-result": "dec_result/*"}
    paths = sorted(Path(MESSAGES).glob(folders.get(format_name, f"{format_name}/*.json")))
    ours = [json.dumps(JSON[format_name], ensure_ascii=False).encode()] if format_name in JSON else []
    return [path.read_bytes() for path in paths] + ours


JSON: dict[str, dict[str, Any]] = {
    "courier": {
        "messageID": "E-1",
        "scans": [
            {
                "itemID": "EE473088154CN",
                "status": "COLLECTED",
                "scanDateTime": "2026-11-20T09:15:03+08:00",
                "place": "厦门",
            }
        ],
    },
    "gate": {
        "messageID": "G-1",
        "events": [
            {
                "equipmentEventTypeCode": "GTIN",
                "eventClassifierCode": "ACT",
                "eventDateTime": "2026-11-20T15:04:05+08:00",
                "equipmentReference": "XMLU1044773",
                "ISOEquipmentCode": "45R1",
                "emptyIndicatorCode": "LADEN",
                "movementType": "EXPORT",
                "UNLocationCode": "CNXMN",
                "vesselIMONumber": "9123453",
                "voyage": "119E",
                "seals": ["AB123"],
                "grossMassKg": 24310,
                "truckPlate": "闽D88210",
                "dangerousGoods": [{"unNumber": "1263", "imoClass": "3"}],
                "reefer": {"setPointCelsius": -18.0},
                "isRetracted": False,
            }
        ],
    },
    "customs": {
        "vesselCalls": [{"vesselIMONumber": "9123453", "importVoyage": "118W", "eta": "2026-11-22T06:00:00+08:00"}],
        "manifests": [
            {
                "transportDocumentReference": "XMLN26110042",
                "direction": "IMPORT",
                "containers": ["XMLU1044773"],
                "consignee": {"code": "91350200MA2XN1234X", "name": "厦门"},
            }
        ],
        "carrierReleases": [{"transportDocumentReference": "XMLN26110042", "status": "RELEASED"}],
        "declarations": [
            {
                "declarationNumber": "371120261004417735",
                "direction": "IMPORT",
                "declarant": {"code": "EGGT-CO"},
                "lines": [{"hsCode": "6802231000", "originCountry": "IN", "netMassKg": 24000, "currency": "USD"}],
            }
        ],
        "notices": [
            {
                "declarationNumber": "371120261004417735",
                "status": "RELEASED",
                "noticeDateTime": "2026-11-20T09:15:03+08:00",
                "containers": ["XMLU1044773"],
            }
        ],
    },
}


def judge(format_name: str, body: bytes, by: int = 0) -> list[Item]:
    """The items of a body, one at WHOLE where it is refused whole.  Fails where the decoder does what none may."""
    told = SPEAKERS[by % len(SPEAKERS)]
    _check_before(format_name, body)
    try:
        items = list(DECODERS[format_name](Message(body, None, NOW), told))
    except Rejected as rejected:
        items = [Refused(rejected, WHOLE)]
    assert len(items) <= MAX_ITEMS
    assert len({item.path for item in items}) == len(items), "two items answer under one path"
    for item in items:
        _check(item)
    if format_name == "edifact":
        _check_answer(body, items)
    return items


def _check_before(format_name: str, body: bytes) -> None:
    """What the doors ask of a body before it is decoded."""
    identity_of(format_name, body)
    reference(format_name, body)
    if format_name == "edifact":
        find_header(body)
        list_types(body)


def identity_of(format_name: str, body: bytes) -> str:
    told = identity(format_name, Message(body, None, NOW))
    assert "\x00" not in told
    assert len(told) < 300
    assert FORMATS[format_name].is_json or told.startswith("sha256:")
    return told


def _check(item: Item) -> None:
    assert item.path
    if isinstance(item, Refused):
        assert item.rejected.reason is not Reason.INTERNAL_ERROR, item
        assert item.rejected.message
        assert item.rejected.fix
        texts = (item.rejected.message, item.rejected.fix, item.rejected.where, item.path)
        assert max(map(len, texts)) <= _MAX_TEXT
        "".join(texts).encode()
        assert not any("\x00" in text for text in texts), "PostgreSQL keeps no NUL"
        return
    kept = msgspec.json.encode(item.fact)
    assert _DECODER.decode(kept) == item.fact, "it is not what the log gives back"
    _check_sizes(msgspec.to_builtins(item.fact))


def _check_sizes(value: Any) -> None:
    if isinstance(value, str):
        assert len(value) <= _MAX_TEXT
        assert "\x00" not in value, "PostgreSQL keeps no NUL"
    elif isinstance(value, dict):
        for one in value.values():
            _check_sizes(one)
    elif isinstance(value, list | tuple):
        assert len(value) <= _MAX_LIST
        for one in value:
            _check_sizes(one)


def _check_answer(body: bytes, items: list[Item]) -> None:
    """Whatever was sent, CONTRL and APERAK can be written of it."""
    results = tuple(
        ItemResult(n, item.path, "accepted")
        if isinstance(item, Accepted)
        else ItemResult(
            n,
            item.path,
            "rejected",
            error=Refusal(item.rejected.reason, item.rejected.where, item.rejected.message, item.rejected.fix),
        )
        for n, item in enumerate(items, 1)
    )
    assert contrl.answer(body, Receipt("r-1", "0" * 64, NOW, is_duplicate=False, results=results)).startswith(b"UNB+")


# What message after message is damaged with: the wrong charset, the wrong number, signs that mean something.
POISON = [
    b"\x00",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"\x81",
    b"\xb0\xa1\xff",
    "闽".encode("gb18030"),
    "闽".encode(),
    "\u202e\ufeff\u00a0".encode(),
    b"?",
    b"??'",
    b"?'",
    b"'",
    b"''''",
    b"+",
    b"::::",
    b"++++++++",
    b"\r\n",
    b"\x1a",
    b"UNA:+.? '",
    b"UNA+:,\\ ~",
    b"UNB+UNOC:3+A+B+261121:1200+1'",
    b"UNH+1+CODECO:D:95B:UN'",
    b"UNT+1+1'",
    b"UNZ+1+1'",
    b"EQD+CN+XMLU1044773'",
    b"RFF+ABT:371120261001234567'",
    b"GIS+4'",
    b"LOC+147+0380886'",
    b"STS+1+UV'",
    b"BGM++X+1'",
    b"50:XMLU1044773'",
    b"99:1'",
    b"9" * 400,
    b"-1",
    b"1e999",
    b"NaN",
    b"0x10",
    "１２３".encode(),
    b"A" * 4500,
    b"\\u0000",
    b"\\ud800",
    b'"',
    b"{",
    b"[[[[",
    b"null",
    b"<DEC_RESULT/>",
    b"<!DOCTYPE a>",
    b"&#0;",
    b"&a;",
    b"]]>",
]
_ENDS = {"edifact": b"'", "platform-file": b"'", "dec-result": b">"}


def wounded(format_name: str, body: bytes, seed: int, *, wounds: int = 3) -> bytes:
    """The body with so many wounds: parts lost, doubled, swapped, cut off, poison put in, digits blown up."""
    chance = random.Random(seed)
    for _ in range(wounds):
        body = chance.choice(_WOUNDS)(body, _ENDS.get(format_name, b","), chance)
    return body


def _parts(body: bytes, end: bytes) -> list[bytes]:
    return body.split(end)


def _lose(body: bytes, end: bytes, chance: random.Random) -> bytes:
    parts = _parts(body, end)
    del parts[chance.randrange(len(parts))]
    return end.join(parts)


def _double(body: bytes, end: bytes, chance: random.Random) -> bytes:
    parts = _parts(body, end)
    at = chance.randrange(len(parts))
    return end.join([*parts[: at + 1], *parts[at : at + chance.choice((1, 1, 3))], *parts[at + 1 :]])


def _swap(body: bytes, end: bytes, chance: random.Random) -> bytes:
    parts = _parts(body, end)
    one, other = chance.randrange(len(parts)), chance.randrange(len(parts))
    parts[one], parts[other] = parts[other], parts[one]
    return end.join(parts)


def _cut(body: bytes, end: bytes, chance: random.Random) -> bytes:
    return body[: chance.randrange(len(body) + 1)]


def _poison(body: bytes, end: bytes, chance: random.Random) -> bytes:
    at, gone = chance.randrange(len(body) + 1), chance.choice((0, 0, 1, 4))
    return body[:at] + chance.choice(POISON) + body[at + gone :]


def _blow_up(body: bytes, end: bytes, chance: random.Random) -> bytes:
    digits = [at for at, sign in enumerate(body) if chr(sign) in string.digits]
    if not digits:
        return body
    at = chance.choice(digits)
    return body[:at] + chance.choice((b"", b"0", b"9" * 30, b"-", b"00000000", b".")) + body[at + 1 :]


def _other_sign(body: bytes, end: bytes, chance: random.Random) -> bytes:
    one = chance.choice((b"+", b":", b"'", b"?", b".", b'"', b",", b"<"))
    return body.replace(one, chance.choice((b"+", b":", b"'", b"", b"\n", b"?" + one)))


_WOUNDS = (_lose, _double, _swap, _cut, _poison, _poison, _blow_up, _other_sign)
