"""Short messages: laid in the spool as JSON, or sent by a service that speaks as Alibaba Cloud's does.

Such a service sends templates that were approved before, with values; the text itself is for the spool.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import orjson

from adapters import spool
from adapters.outbound import Deliver, Outcome, Parcel, Verdict
from adapters.sms_signing import query_of, signed_headers
from port.tokens import Draw, new_token

ACTION, VERSION = "SendSms", "2017-05-25"
KINDS = ("NOTICE", "CODE", "TEST")
_OK = "OK"
_MOST_VALUE = 35
# Of the answers that are final: the number is none, does not want any, or may not have any.
_NO_NUMBER = frozenset({"isv.MOBILE_NUMBER_ILLEGAL", "isv.MOBILE_COUNT_OVER_LIMIT"})
_UNWANTED = frozenset({"isv.BLACK_KEY_CONTROL_LIMIT", "isv.SMS_CONTENT_ILLEGAL", "isv.PARAM_LENGTH_LIMIT"})


@dataclass(frozen=True, slots=True)
class ShortMessage:
    """What is sent: the text, and the values of the template for its kind (NOTICE, CODE, TEST)."""

    kind: str
    language: str
    text: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Service:
    """An account with a short-message service; `templates` by kind, or by kind and language ("NOTICE.en")."""

    url: str
    key_id: str
    key_secret: str = field(repr=False)
    sign_name: str = ""
    templates: Mapping[str, str] = field(default_factory=dict)

    def template(self, message: ShortMessage) -> str | None:
        """The template of a message, in its language where there is one."""
        return self.templates.get(f"{message.kind}.{message.language}") or self.templates.get(message.kind)


def parse_templates(told: str) -> dict[str, str]:
    """Templates from "NOTICE=SMS_1,NOTICE.en=SMS_2,CODE=SMS_3".  Raises ValueError."""
    found = {}
    for part in filter(None, (part.strip() for part in told.split(","))):
        name, equals, template = (piece.strip() for piece in part.partition("="))
        if not equals or not template or name.partition(".")[0] not in KINDS:
            raise ValueError(
                "templates are told as NOTICE=…,CODE=…,TEST=…, with .zh or .en after the name for one language"
            )
        found[name] = template
    return found


Post = Callable[[str, Mapping[str, str]], Awaitable[tuple[int, bytes]]]
"""POST without a body to a URL with these headers: status and answer.  Raises OSError when nothing answers."""


def packed(message: ShortMessage) -> bytes:
    """A message as the body of a parcel."""
    return orjson.dumps(
        {"kind": message.kind, "language": message.language, "text": message.text, "values": dict(message.values)}
    )


def to_spool(folder: Path) -> Deliver:
    """Lay each message into the folder as a JSON file."""

    async def deliver(parcel: Parcel, now: datetime) -> Outcome:
        told = {"id": parcel.delivery_id, "at": now.isoformat(), "to": parcel.address, **orjson.loads(parcel.body)}
        content = orjson.dumps(told, option=orjson.OPT_INDENT_2)
        await asyncio.to_thread(spool.lay, folder, f"{parcel.delivery_id}.sms.json", content)
        return Outcome(Verdict.DELIVERED, detail="SPOOLED")

    return deliver


def by_service(service: Service, *, post: Post, draw: Draw) -> Deliver:
    """Send each message by the service."""

    async def deliver(parcel: Parcel, now: datetime) -> Outcome:
        message = _unpacked(parcel.body)
        template = service.template(message)
        if template is None:
            return Outcome(Verdict.REFUSED, detail="NO_TEMPLATE")
        url, headers = request_of(service, message, template, to=parcel.address, now=now, nonce=new_token(draw, 16))
        try:
            status, answer = await post(url, headers)
        except TimeoutError:
            return Outcome(Verdict.RETRY, detail="TIMEOUT")
        except OSError:
            return Outcome(Verdict.RETRY, detail="NOT_REACHED")
        return outcome_of(status, answer)

    return deliver


def request_of(
    service: Service, message: ShortMessage, template: str, *, to: str, now: datetime, nonce: str
) -> tuple[str, dict[str, str]]:
    """URL and headers of the request; a template's value has at most 35 characters."""
    values = {name: value[:_MOST_VALUE] for name, value in message.values.items()}
    query = query_of(
        {
            "PhoneNumbers": to.removeprefix("+86").removeprefix("+"),
            "SignName": service.sign_name,
            "TemplateCode": template,
            "TemplateParam": orjson.dumps(values).decode(),
        }
    )
    headers = signed_headers(
        host=urlsplit(service.url).netloc, action=ACTION, version=VERSION, query=query,
        date=now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), nonce=nonce, key_id=service.key_id,
        key_secret=service.key_secret,
    )  # fmt: skip
    return f"{service.url.rstrip('/')}/?{query}", headers


def outcome_of(status: int, answer: bytes) -> Outcome:
    """What the service's answer means; what is ours to mend (account, quota, signature) is tried again."""
    try:
        code = str(orjson.loads(answer)["Code"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return Outcome(Verdict.RETRY, status, "UNREADABLE")
    if code == _OK:
        return Outcome(Verdict.DELIVERED, status)
    if code in _NO_NUMBER:
        return Outcome(Verdict.GONE, status, "NO_NUMBER")
    return Outcome(Verdict.REFUSED if code in _UNWANTED else Verdict.RETRY, status, "REFUSED")


def _unpacked(body: bytes) -> ShortMessage:
    told = orjson.loads(body)
    return ShortMessage(told["kind"], told["language"], told["text"], told["values"])
