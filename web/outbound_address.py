"""Settings of how people are told, as pydantic checks them: a mail server, our address, a short-message service."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, SecretStr

from adapters.mail_server import parse_server
from adapters.mailbox_names import is_address
from adapters.sms import parse_templates


def _known_server(url: SecretStr) -> SecretStr:
    parse_server(url.get_secret_value())
    return url


def _known_address(text: str) -> str:
    if not is_address(text):
        raise ValueError("not a mail address, such as port@port.example")
    return text


def _known_templates(told: str) -> str:
    parse_templates(told)
    return told


def _known_service(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.path.strip("/") or parts.username:
        raise ValueError("an address without a path, such as https://sms.example")
    return f"{parts.scheme}://{parts.netloc}"


MailServerUrl = Annotated[SecretStr, AfterValidator(_known_server)]
MailAddress = Annotated[str, AfterValidator(_known_address)]
SmsTemplates = Annotated[str, AfterValidator(_known_templates)]
SmsServiceUrl = Annotated[str, AfterValidator(_known_service)]
