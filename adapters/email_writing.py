"""A letter as it is mailed: headers that nobody can break out of, a text in Chinese or English, a way to end it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime

from adapters.mailbox_names import is_address

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class _AsItStands(UnstructuredHeader, BaseHeader):
    """Longer than a line may be rather than encoded word by word: mailboxes do not decode an address, and would show no
    way to end it.  A line may have 998 characters (RFC 5322)."""

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}" if self.isascii() else super().fold(policy=policy)


_HEADERS = HeaderRegistry()
_HEADERS.map_to_type("list-unsubscribe", _AsItStands)
_POLICY = SMTP.clone(header_factory=_HEADERS)


@dataclass(frozen=True, slots=True)
class Letter:
    """What is mailed to one person.  `letter_id` is the same however often it is tried; `unsubscribe` are the addresses
    (https:, mailto:) by which it can be ended, `is_one_click` whether a POST to the first one does (RFC 8058)."""

    letter_id: str
    recipient: str
    subject: str
    text: str
    language: str
    unsubscribe: tuple[str, ...] = ()
    is_one_click: bool = False


def compose(letter: Letter, *, sender: str, now: datetime) -> EmailMessage:
    """The letter as a MIME message.  `sender` is an address of ours, already known to be one.

    Raises ValueError for a recipient that is no address.
    """
    if not is_address(letter.recipient):
        raise ValueError("the recipient is no mail address")
    message = EmailMessage(policy=_POLICY)
    domain = sender.rpartition("@")[2]
    message["From"] = Address("digital-port", addr_spec=sender)
    message["To"] = Address(addr_spec=letter.recipient)
    message["Subject"] = one_line(letter.subject)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{one_line(letter.letter_id)}@{domain}>"
    # So that no out-of-office note answers a machine.
    message["Auto-Submitted"] = "auto-generated"
    if letter.unsubscribe:
        message["List-Unsubscribe"] = ", ".join(f"<{one_line(where)}>" for where in letter.unsubscribe)
    if letter.is_one_click:
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(letter.text, subtype="plain", charset="utf-8", cte="base64")
    # Not before: a new content takes the headers about the old one along.
    message["Content-Language"] = one_line(letter.language)
    return message


def one_line(text: str) -> str:
    """Without control characters: what stands in a header must not end it."""
    return _CONTROL.sub(" ", text).strip()
