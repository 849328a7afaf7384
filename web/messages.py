"""The one door for messages: who, how big, then intake and the Recorder."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from msgspec.structs import replace
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from adapters import contrl, intake
from adapters.registry import FORMATS, may_send, may_send_body
from adapters.slices import pausing
from port import kept
from port.actor import Actor, Role
from port.draft import Draft, ItemResult, Receipt
from web import wire
from web.bodies import read_bytes
from web.port import Port, port_of
from web.problems import refused
from web.replaying import draft_again
from web.security import Caller, caller

router = APIRouter(prefix="/v1/messages", tags=["messages"])

EDIFACT = "application/edifact"
_IN_THREAD_FROM = 32_768
"""Bodies from this size are decoded off the event loop: a large interchange must not hold other senders up."""
_RESULTS_IN_THREAD_FROM = 1000
"""So many results are written off the event loop too."""
_RESULTS_PER_SLICE = 200


@dataclass(frozen=True, slots=True)
class Pushed:
    """What came to the door; `idempotency_key` names the message where it has no id of its own."""

    format: str
    body: bytes
    content_type: str | None = None
    idempotency_key: str | None = None


@router.post("/{format}")
async def post(
    request: Request,
    format: str,
    who: Annotated[Caller, Depends(caller)],
    is_dry_run: Annotated[bool, Query(alias="dryRun")] = False,
) -> Response:
    """Take a message: 200 when any item was taken, 422 when none was; kept verbatim either way.

    `dryRun=true` only checks it: nothing is kept, and nobody is instructed.  An interchange sent with
    `Accept: application/edifact` is answered with CONTRL and APERAK in place of the receipt.
    """
    port = port_of(request)
    if format not in FORMATS:
        raise refused(404, "UNKNOWN_FORMAT", f"there is no format {format[:40]}", fix=f"one of {', '.join(FORMATS)}")
    if not may_send(who.actor.role, format):
        raise refused(
            403, "NOT_ALLOWED", f"a {who.actor.role} may not send {format}", fix="ask for a key in another role"
        )
    body = await _read_body(request, format, role=who.actor.role)
    headers = request.headers
    draft = await decode(
        port, who.actor, Pushed(format, body, headers.get("content-type"), headers.get("idempotency-key"))
    )
    receipt = _dry(draft) if is_dry_run else await port.recorder.submit(draft)
    if format == "edifact" and EDIFACT in headers.get("accept", ""):
        told = await run_in_threadpool(contrl.answer, body, receipt)
        return Response(told, status_code=status_of(receipt), media_type=EDIFACT)
    return await _answered(receipt)


@router.get("")
async def list_messages(
    request: Request,
    who: Annotated[Caller, Depends(caller)],
    state: str = "all",
    before: str | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> Response:
    """Kept messages of the caller (customs: of everybody), newest first; `state=rejected` only those with a refusal."""
    port = port_of(request)
    page = await port.read(kept.list_messages, who.actor, only_refused=state == "rejected", before=before, limit=limit)
    return wire.answer({"messages": [_row(message) for message in page.rows], "next": page.next})


@router.get("/{receipt_id}")
async def show(request: Request, receipt_id: str, who: Annotated[Caller, Depends(caller)]) -> Response:
    """A kept message: its bytes, its receipt, its reasons."""
    message = await port_of(request).read(kept.get_message, who.actor, receipt_id)
    raw, encoding = _raw(message.body)
    told = _row(message) | {"sha256": message.sha256, "contentType": message.content_type, "raw": raw}
    return wire.answer(told | {"rawEncoding": encoding, "receipt": wire.receipt(message.receipt)})


@router.post("/{receipt_id}/replay")
async def replay(request: Request, receipt_id: str, who: Annotated[Caller, Depends(caller)]) -> Response:
    """Decode a kept message again, after a fix on our side or a new facility; what was taken stays as it was."""
    port = port_of(request)
    message = await port.read(kept.get_message, who.actor, receipt_id)
    sender = await port.profile_of_key(message.key_id, fallback=who.actor)
    draft = await run_in_threadpool(draft_again, message, sender)
    return await _answered(await port.recorder.submit(draft))


async def _read_body(request: Request, format: str, *, role: Role) -> bytes:
    """The body; a guest of the format must bring a message of its own kind."""
    body = await read_bytes(request, limit=FORMATS[format].max_body_bytes)
    is_guest = role not in FORMATS[format].senders
    if is_guest and not await run_in_threadpool(may_send_body, role, format, body):
        raise refused(
            403, "NOT_ALLOWED", f"a {role} may send none of its messages", fix="ask for a key in another role"
        )
    return body


async def decode(port: Port, actor: Actor, pushed: Pushed) -> Draft:
    """The message as the Recorder takes it, from a sender who may send it."""
    read = partial(
        intake.receive,
        pushed.body,
        format=pushed.format,
        sender=await port.profile(actor),
        key_id=actor.key_id,
        received_at=port.clock(),
        content_type=pushed.content_type,
        named_identity=pushed.idempotency_key,
    )
    return read() if len(pushed.body) < _IN_THREAD_FROM else await run_in_threadpool(read)


async def encode(receipt: Receipt) -> bytes:
    """The receipt as it is answered with."""
    if len(receipt.results) < _RESULTS_IN_THREAD_FROM:
        return wire.encode(wire.receipt(receipt))
    return await run_in_threadpool(_encode_long, receipt)


def _encode_long(receipt: Receipt) -> bytes:
    """The same, slice by slice: neither all of it as objects at once, nor the interpreter for as long as it takes."""
    head = wire.encode(wire.receipt(replace(receipt, results=())))
    starts = pausing(range(0, len(receipt.results), _RESULTS_PER_SLICE), every=1)
    slices = (receipt.results[start : start + _RESULTS_PER_SLICE] for start in starts)
    told = b",".join(wire.encode([wire.result(item) for item in one])[1:-1] for one in slices)
    # The results come last.
    return b"".join((head.removesuffix(b"]}"), told, b"]}"))


def status_of(receipt: Receipt) -> int:
    """200 when anything was taken."""
    return 422 if receipt.is_refused else 200


def _dry(draft: Draft) -> Receipt:
    """What would be taken and refused; nothing is kept, so there is no id, no visit and no instruction."""
    results = tuple(
        ItemResult(n, item.path, "accepted" if item.fact else "rejected", warnings=item.warnings, error=item.error)
        for n, item in enumerate(draft.items, 1)
    )
    return Receipt("", draft.sha256, draft.received_at, False, results)


async def _answered(receipt: Receipt) -> Response:
    return Response(await encode(receipt), status_code=status_of(receipt), media_type="application/json")


def _row(message: kept.KeptMessage) -> wire.Wire:
    refused_items = [wire.result(result) for result in message.receipt.results if result.error is not None]
    errors = [{"item": item["item"], "path": item["path"], **item["error"]} for item in refused_items]
    return {
        "receiptID": message.receipt_id,
        "format": message.format,
        "sender": message.sender,
        "messageID": _message_id(message.identity),
        "receivedAt": wire.time(message.received_at),
        "state": message.state,
        "items": message.items,
        "rejected": message.rejected,
        "errors": errors,
    }


def _message_id(identity: str) -> str | None:
    """The sender's own id; None for a message known by its Idempotency-Key or its bytes."""
    kind, _, told = identity.partition(":")
    return told if kind == "id" else None


def _raw(body: bytes) -> tuple[str, str]:
    try:
        return body.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return base64.b64encode(body).decode(), "base64"
