"""Search: what was typed, and what of it the asker may see."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from events import identifiers
from events.identifiers import IdentifierInvalid, SearchKind
from port import access, calls, projecting, views
from port.actor import Actor
from port.views import NothingReported, Seen

Told = dict[str, Any]  # JSON as it leaves

_HINTS = {
    SearchKind.CONTAINER: ("箱号正确，但尚无您可见的数据", "the number is valid; nothing has been reported to you yet"),
    SearchKind.UNKNOWN: (
        "请输入箱号、提单号、报关单号或快递单号",
        "type a container, bill of lading, declaration or parcel number",
    ),
}
_NOTHING = ("尚无数据", "nothing has been reported to you yet")


def search(connection: Connection, actor: Actor, typed: str) -> Told:
    """The type of what was typed and the visits it leads to; absent and foreign are told alike."""
    kind, normalized = _read(typed)
    found = _find(connection, actor, kind, normalized)
    zh, en = _HINTS.get(kind, _NOTHING)
    return {
        "query": typed,
        "type": kind.value,
        "normalized": normalized,
        "results": [_result(kind, normalized, seen) for seen in found],
        "hint": None if found else {"zh": zh, "en": en},
    }


def _read(typed: str) -> tuple[SearchKind, str]:
    text = typed.strip()
    kind = identifiers.detect(text)
    if kind is SearchKind.VISIT:
        return kind, text.lower()
    if kind is not SearchKind.CONTAINER:
        return kind, text.upper()
    try:
        return kind, identifiers.parse_container_number(text)
    except IdentifierInvalid:
        return kind, text.upper()


def vessel_call(connection: Connection, actor: Actor, call_id: str) -> Told:
    """One vessel call.  Raises NothingReported."""
    found = calls.find(connection, call_id)
    if found is None:
        raise NothingReported
    record = found.read()
    if not access.may_see_call(actor, record.facilities, record.senders):
        raise NothingReported
    return projecting.call(call_id, record)


def _find(connection: Connection, actor: Actor, kind: SearchKind, normalized: str) -> list[Seen]:
    if kind is SearchKind.CONTAINER:
        seen = views.find_seen(connection, actor, normalized)
        return [seen] if seen else []
    if kind is SearchKind.VISIT:
        try:
            return [views.get_visit(connection, actor, normalized)]
        except NothingReported:
            return []
    return views.find_by_reference(connection, actor, normalized)


def _result(kind: SearchKind, normalized: str, seen: Seen) -> Told:
    return {
        "type": kind.value,
        "key": seen.dossier.container_number,
        "title": normalized,
        "equipmentReference": seen.dossier.container_number,
        "visitID": seen.visit_id,
        "headline": projecting.headline_of(seen),
    }
