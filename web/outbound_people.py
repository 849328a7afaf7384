"""What the outbound child sends to people: pushes, short messages and mails, each made of a letter of the port's."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import orjson
from sqlalchemy import Connection

from adapters import email, outbound_plain, push, sms
from adapters.email_writing import Letter as Mail
from adapters.mail_server import parse_server
from adapters.outbound import Deliver, Outcome, Parcel
from adapters.outbound_http import Dress, Mean, Poster, pause
from adapters.sms import ShortMessage
from port import notice_parcels
from port.database import Database
from port.notice_parcels import Letter
from port.notice_words import Said, in_one_line, of_digest
from port.noticing import follow
from port.outbox import Channel
from port.outbox_queue import Delivery
from port.salts import get_salt
from port.vapid import VAPID
from web.outbound_sending import Bringer
from web.settings import Settings

_NOTIFICATIONS = "/notifications"
_MOST_TEXT = 1_000


Post = Callable[[Dress, Mean, Settings], Deliver]
"""Who brings what is dressed so, and says what an answer means."""


def by_https(dress: Dress, mean: Mean, settings: Settings) -> Deliver:
    """To the addresses that browsers gave, behind the same guard as webhooks."""
    return Poster(dress, mean, allows_private=settings.webhooks_private).bring


def followers(settings: Settings) -> tuple[Callable[[Database, datetime], bool], ...]:
    """Who makes deliveries for people."""
    return (partial(follow, zone=settings.zone),)


def bringers(settings: Settings, database: Database, *, post: Post = by_https) -> Mapping[Channel, Bringer]:
    """The channels by which people are told."""
    with database.read() as connection:
        id_salt = get_salt(connection, "ids", draw=secrets.token_bytes)
        key = get_salt(connection, VAPID, draw=secrets.token_bytes)
    desk = Desk(settings.public_url or "", id_salt)
    pushing = push.Sender(key, subject_of(settings), secrets.token_bytes)
    mean = partial(push.outcome_of, pause=pause)
    sends: Mapping[Channel, tuple[Callable[[Delivery, Letter], Parcel], Deliver]] = {
        Channel.PUSH: (desk.push, post(pushing.request, mean, settings)),
        Channel.SMS: (desk.short_message, _sms(settings)),
        Channel.EMAIL: (desk.mail, _email(settings)),
    }
    return {
        channel: Bringer(partial(desk.compose, pack), deliver, notice_parcels.settle)
        for channel, (pack, deliver) in sends.items()
    }


def subject_of(settings: Settings) -> str:
    """Whom a push service may write to about what we send (RFC 8292)."""
    parts = urlsplit(settings.public_url or "")
    # One with a port is none to some services.
    is_plain = parts.scheme == "https" and parts.port is None and "." in parts.netloc
    return str(settings.public_url) if is_plain else f"mailto:{settings.mail_from}"


@dataclass(frozen=True, slots=True)
class Desk:
    """Makes parcels of letters; `public_url` stands before paths, where somebody set it."""

    public_url: str
    id_salt: bytes = field(repr=False)

    def compose(
        self, pack: Callable[[Delivery, Letter], Parcel], connection: Connection, delivery: Delivery, now: datetime
    ) -> Parcel | Outcome:
        """The parcel as its channel wants it, or why there is none."""
        letter = notice_parcels.letter(connection, delivery, now, salt=self.id_salt)
        return letter if isinstance(letter, Outcome) else pack(delivery, letter)

    def push(self, delivery: Delivery, letter: Letter) -> Parcel:
        """For the service worker: what it shows, and where a click leads; the next of the same tag takes its place."""
        said = letter.parts[0]
        tag = said.subject or letter.kind
        told = {
            "title": said.title,
            "body": said.text[:_MOST_TEXT],
            "tag": tag,
            "url": said.page,
            "lang": letter.language,
            "type": delivery.type,
            "at": delivery.created_at.isoformat(),
        }
        keys = tuple(key.encode() for key in letter.to.keys or ())
        title = f"!{tag}" if letter.is_urgent else tag
        return Parcel(delivery.delivery_id, delivery.type, letter.to.address, orjson.dumps(told), keys, title)

    def short_message(self, delivery: Delivery, letter: Letter) -> Parcel:
        """Text for the spool, and the values for a template."""
        said = letter.parts[0]
        values = {"code": said.short} if letter.kind == "CODE" else {"subject": said.subject, "text": said.short}
        message = ShortMessage(letter.kind, letter.language, in_one_line(said, letter.language), values)
        return Parcel(delivery.delivery_id, delivery.type, letter.to.address, sms.packed(message))

    def mail(self, delivery: Delivery, letter: Letter) -> Parcel:
        """One text for one thing, or for all that a digest sums up."""
        said = letter.parts[0]
        is_digest = letter.kind == "DIGEST"
        title = of_digest(len(letter.parts), letter.language) if is_digest else said.title
        page = _NOTIFICATIONS if is_digest else said.page
        # A code is looked for in the text, and not every mail program shows the whole subject.
        is_titled = is_digest or letter.kind == "CODE"
        lines = [self._paragraph(part, is_titled=is_titled) for part in letter.parts]
        text = "\n\n".join([*(line for line in lines if line), *self._foot(page)]) + "\n"
        mail = Mail(
            delivery.delivery_id, letter.to.address, title, text, letter.language, *self._ending(letter.to.ending)
        )
        return Parcel(delivery.delivery_id, delivery.type, letter.to.address, email.packed(mail), title=title)

    def _paragraph(self, said: Said, *, is_titled: bool) -> str:
        return f"{said.title}\n{said.text}".strip() if is_titled else said.text

    def _foot(self, page: str) -> list[str]:
        return [f"{self.public_url}{page}"] if self.public_url else []

    def _ending(self, token: str) -> tuple[tuple[str, ...], bool]:
        if not self.public_url or not token:
            return (), False
        one_click = f"{self.public_url}/v1/notifications/unsubscribe/{token}"
        # One click without a login is for https alone (RFC 8058).
        is_safe = self.public_url.startswith("https://")
        return ((one_click,) if is_safe else (f"{self.public_url}{_NOTIFICATIONS}",)), is_safe


def _email(settings: Settings) -> Deliver:
    if settings.smtp_url is None:
        return email.to_spool(Path(settings.spool), sender=settings.mail_from)
    server = parse_server(settings.smtp_url.get_secret_value())
    return email.by_smtp(server, sender=settings.mail_from)


def _sms(settings: Settings) -> Deliver:
    if settings.sms_url is None:
        return sms.to_spool(Path(settings.spool))
    service = sms.Service(
        settings.sms_url, settings.sms_key_id, _secret(settings), settings.sms_sign_name,
        sms.parse_templates(settings.sms_templates),
    )  # fmt: skip
    return sms.by_service(service, post=outbound_plain.post, draw=secrets.token_bytes)


def _secret(settings: Settings) -> str:
    return "" if settings.sms_key_secret is None else settings.sms_key_secret.get_secret_value()
