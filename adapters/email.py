"""Mail: laid in the spool, or handed to a mail server by SMTP, under TLS wherever a password or a stranger is near."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from collections.abc import Callable
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path

import orjson

from adapters import spool
from adapters.email_writing import Letter, compose
from adapters.mail_server import MailServer, Security
from adapters.mailbox_names import is_address
from adapters.outbound import Deliver, Outcome, Parcel, Verdict

SECONDS = 15.0
_PERMANENT = 500
# What a server says of a mailbox that is no more; other refusals may be about the letter, or about us.
_NO_MAILBOX = frozenset({550, 551, 553})


def to_spool(folder: Path, *, sender: str) -> Deliver:
    """Lay each mail into the folder as an .eml file."""

    async def deliver(parcel: Parcel, now: datetime) -> Outcome:
        message = _message(parcel, sender=sender, now=now)
        if message is None:
            return Outcome(Verdict.REFUSED, detail="NO_ADDRESS")
        await asyncio.to_thread(spool.lay, folder, f"{parcel.delivery_id}.eml", message.as_bytes())
        return Outcome(Verdict.DELIVERED, detail="SPOOLED")

    return deliver


def by_smtp(
    server: MailServer, *, sender: str, trusted: Callable[[], ssl.SSLContext] = ssl.create_default_context
) -> Deliver:
    """Hand each mail to the server."""

    async def deliver(parcel: Parcel, now: datetime) -> Outcome:
        message = _message(parcel, sender=sender, now=now)
        if message is None:
            return Outcome(Verdict.REFUSED, detail="NO_ADDRESS")
        return await asyncio.to_thread(_hand_over, server, message, trusted())

    return deliver


def packed(letter: Letter) -> bytes:
    """A letter as the body of a parcel."""
    return orjson.dumps(
        {
            "text": letter.text,
            "language": letter.language,
            "unsubscribe": list(letter.unsubscribe),
            "isOneClick": letter.is_one_click,
        }
    )


def _message(parcel: Parcel, *, sender: str, now: datetime) -> EmailMessage | None:
    told = orjson.loads(parcel.body)
    letter = Letter(
        parcel.delivery_id, parcel.address, parcel.title, told["text"], told["language"], tuple(told["unsubscribe"]),
        told["isOneClick"],
    )  # fmt: skip
    return compose(letter, sender=sender, now=now) if is_address(letter.recipient) else None


def _hand_over(server: MailServer, message: EmailMessage, trusted: ssl.SSLContext) -> Outcome:
    try:
        with _connected(server, trusted) as client:
            if server.user:
                client.login(server.user, server.password)
            client.send_message(message)
    except smtplib.SMTPRecipientsRefused as refused:
        [(code, _)] = refused.recipients.values()
        return _refused(code)
    except (smtplib.SMTPAuthenticationError, smtplib.SMTPNotSupportedError):
        # Ours to mend, and no word about the recipient.
        return Outcome(Verdict.RETRY, detail="LOGIN_REFUSED")
    except smtplib.SMTPResponseException as refused:
        is_final = refused.smtp_code >= _PERMANENT and not isinstance(refused, smtplib.SMTPConnectError)
        return Outcome(Verdict.REFUSED if is_final else Verdict.RETRY, refused.smtp_code, "REFUSED")
    except ssl.SSLError:
        return Outcome(Verdict.RETRY, detail="TLS_FAILED")
    except TimeoutError:
        return Outcome(Verdict.RETRY, detail="TIMEOUT")
    except (OSError, smtplib.SMTPException):
        return Outcome(Verdict.RETRY, detail="NOT_REACHED")
    return Outcome(Verdict.DELIVERED, 250)


def _connected(server: MailServer, trusted: ssl.SSLContext) -> smtplib.SMTP:
    if server.security is Security.TLS:
        return smtplib.SMTP_SSL(server.host, server.port, timeout=SECONDS, context=trusted)
    client = smtplib.SMTP(server.host, server.port, timeout=SECONDS)
    if server.security is Security.STARTTLS:
        try:
            # Raises where the server offers none: nothing is sent in the clear.
            client.starttls(context=trusted)
        except (OSError, smtplib.SMTPException):
            client.close()
            raise
    return client


def _refused(code: int) -> Outcome:
    if code in _NO_MAILBOX:
        return Outcome(Verdict.GONE, code, "NO_MAILBOX")
    verdict = Verdict.REFUSED if code >= _PERMANENT else Verdict.RETRY
    return Outcome(verdict, code, "REFUSED")
