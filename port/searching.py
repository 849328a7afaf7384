"""Search: what was typed, and what of it the asker may see."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from events import identifiers
from events.identifiers import IdentifierInvalid, SearchKind
from port import access, calls, mailing, projecting, views
from port.actor import Actor
from port.calls import Call
from port.certificate import Mailing
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
# Numbers that people group in writing and that have no punctuation of their own.
_COMPACT = (SearchKind.CONTAINER, SearchKind.DECLARATION, SearchKind.CERTIFICATE, SearchKind.PARCEL)


def search(connection: Connection, actor: Actor, typed: str) -> Told:
    """The type of what was typed and what it leads to; absent and foreign are told alike."""
    kind = identifiers.detect(typed)
    normalized = _normalized(kind, typed.strip())
    found = _find(connection, actor, kind, normalized)
    zh, en = _hint(kind, normalized)
    return {
        "query": typed,
        "type": kind.value,
        "normalized": normalized,
        "results": found,
        "hint": None if found else {"zh": zh, "en": en},
    }


def vessel_call(connection: Connection, actor: Actor, call_id: str) -> Told:
    """One vessel call.  Raises NothingReported."""
    found = calls.find(connection, call_id) if access.may_see_calls(actor) else None
    if found is None:
        raise NothingReported
    return projecting.call(found.call_id, found.read())


def _normalized(kind: SearchKind, text: str) -> str:
    if kind is SearchKind.VISIT:
        return str(UUID(identifiers.compact(text)))
    if kind is SearchKind.VESSEL and identifiers.is_imo_form(text):
        return identifiers.compact(text)[-7:]
    return identifiers.compact(text) if kind in _COMPACT else text.upper()


def _hint(kind: SearchKind, normalized: str) -> tuple[str, str]:
    if kind is SearchKind.CONTAINER:
        try:
            identifiers.parse_container_number(normalized)
        except IdentifierInvalid as invalid:
            right = f"{normalized[:10]}{identifiers.check_digit(normalized[:10])}"
            return f"箱号校验位不符，请核对：{right}", f"{invalid.problem} {invalid.fix}"
    return _HINTS.get(kind, _NOTHING)


def _find(connection: Connection, actor: Actor, kind: SearchKind, normalized: str) -> list[Told]:
    match kind:
        case SearchKind.UNKNOWN:
            return []
        case SearchKind.CONTAINER:
            seen = views.find_seen(connection, actor, normalized)
            return [_visit(kind, normalized, seen)] if seen else []
        case SearchKind.VISIT:
            return _by_id(connection, actor, normalized)
        case SearchKind.VESSEL:
            found = calls.find_by_vessel(connection, normalized) if access.may_see_calls(actor) else []
            return [_call(call) for call in found]
        case SearchKind.CERTIFICATE | SearchKind.PARCEL:
            mailings = mailing.find_mailings(connection, actor, normalized)
            return [_mailing(kind, normalized, row) for row in mailings] or _papers(connection, actor, normalized)
        case _:
            return _papers(connection, actor, normalized)


def _by_id(connection: Connection, actor: Actor, visit_id: str) -> list[Told]:
    try:
        return [_visit(SearchKind.VISIT, visit_id, views.get_visit(connection, actor, visit_id))]
    except NothingReported:
        return []


def _papers(connection: Connection, actor: Actor, number: str) -> list[Told]:
    found = views.find_by_reference(connection, actor, number)
    return [_visit(_kind_of_paper(seen, number), number, seen) for seen in found]


def _kind_of_paper(seen: Seen, number: str) -> SearchKind:
    """As it is used there: by its form a bill may look like a certificate, and a declaration's early number like a
    bill."""
    declared = [one for document in seen.dossier.documents for one in document.declarations]
    is_declared = any(number in (one.number, one.seq_no, one.cus_ciq_no) for one in declared)
    return SearchKind.DECLARATION if is_declared else SearchKind.BILL_OF_LADING


def _visit(kind: SearchKind, title: str, seen: Seen) -> Told:
    number = seen.dossier.container_number
    headline = projecting.headline_of(seen)
    return _result(kind, number, title, equipmentReference=number, visitID=seen.visit_id, headline=headline)


def _call(call: Call) -> Told:
    record = call.read()
    ship = record.vessel_name or record.vessel_imo_number or record.call_sign or ""
    return _result(SearchKind.VESSEL, call.call_id, f"{ship} {'/'.join(record.voyages)}".strip())


def _mailing(kind: SearchKind, title: str, row: Mailing) -> Told:
    return _result(kind, row.mailing_id, title)


def _result(kind: SearchKind, key: str, title: str, **of_visit: object) -> Told:
    blank: Told = {"equipmentReference": None, "visitID": None, "headline": None}
    return {"type": kind.value, "key": key, "title": title, **blank, **of_visit}
