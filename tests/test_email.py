"""Mail: letters nobody can break out of, handed to a real mail server under TLS, or laid in the spool."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, cast

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope
from hypothesis import given
from hypothesis import strategies as st

from adapters import email
from adapters.email_writing import Letter, compose
from adapters.mail_server import MailServer, Security, parse_server
from adapters.mailbox_names import is_address
from adapters.outbound import Outcome, Parcel, Verdict
from build_tls import self_signed
from stores import free_port

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SENDER, LIN = "port@port.example", "lin@forwarder.example"
TEXT = "下一步：安排提箱。\n\nhttps://port.example/#/c/CSQU3054383\n"
LETTER = Letter("msg_1", LIN, "CSQU3054383 可以提箱", TEXT, "zh", ("https://port.example/end/t",), is_one_click=True)


def parcel(letter: Letter = LETTER) -> Parcel:
    return Parcel(letter.letter_id, "x", letter.recipient, email.packed(letter), title=letter.subject)


def read(raw: bytes) -> EmailMessage:
    return cast("EmailMessage", message_from_bytes(raw, policy=default))


class Mailbox:
    """What came to the mail server; answers each recipient as it is told."""

    def __init__(self, answer: str = "250 OK") -> None:
        self.answer = answer
        self.came: list[Envelope] = []

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Envelope, address: str, _options: Any) -> str:  # noqa: N802
        if self.answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return self.answer

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        self.came.append(envelope)
        return "250 OK"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return self_signed(tmp_path_factory.mktemp("tls"))


@contextmanager
def mail_server(mailbox: Mailbox, certificate: Path | None = None, *, security: Security) -> Iterator[MailServer]:
    context = None
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
    port = free_port()
    given: dict[str, Any] = {"hostname": "127.0.0.1", "port": port}
    if security is Security.TLS:
        given["ssl_context"] = context
    elif context is not None:
        given |= {"tls_context": context, "require_starttls": True}
    if context is not None:
        given |= {"authenticator": _authenticate, "auth_require_tls": security is Security.STARTTLS}
    controller = Controller(mailbox, **given)
    controller.start()
    try:
        user, password = ("port", "s3cret") if context is not None else ("", "")
        yield MailServer(security, "127.0.0.1", port, user, password)
    finally:
        controller.stop()


def _authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
    return AuthResult(success=(data.login, data.password) == (b"port", b"s3cret"), handled=False)


def trusting(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate))


def handed(server: MailServer, one: Parcel | None = None, *, trusted: Any = ssl.create_default_context) -> Outcome:
    return asyncio.run(email.by_smtp(server, sender=SENDER, trusted=trusted)(one or parcel(), NOW))  # type: ignore[arg-type]


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
def test_a_mail_is_handed_over_under_tls_with_a_login(certificate: Path, security: Security):
    mailbox = Mailbox()
    with mail_server(mailbox, certificate, security=security) as server:
        assert handed(server, trusted=lambda: trusting(certificate)) == Outcome(Verdict.DELIVERED, 250)
    [envelope] = mailbox.came
    assert (envelope.mail_from, envelope.rcpt_tos) == (SENDER, [LIN])
    message = read(bytes(envelope.content or b""))
    assert (message["Subject"], message["Message-ID"]) == ("CSQU3054383 可以提箱", "<msg_1@port.example>")
    assert message.get_content().splitlines() == TEXT.splitlines()
    assert (message["Content-Language"], message.get_content_charset()) == ("zh", "utf-8")
    assert message["List-Unsubscribe"] == "<https://port.example/end/t>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Auto-Submitted"] == "auto-generated"


def test_the_address_that_ends_mails_is_not_encoded_however_long_it_is():
    address = f"https://port.example/v1/notifications/unsubscribe/{'t' * 32}"
    mailbox = Mailbox()
    with mail_server(mailbox, security=Security.PLAIN) as server:
        handed(server, parcel(replace(LETTER, unsubscribe=(address, "mailto:end@port.example"))))
    [envelope] = mailbox.came
    lines = bytes(envelope.content or b"").splitlines()
    assert f"List-Unsubscribe: <{address}>, <mailto:end@port.example>".encode() in lines


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
def test_nothing_is_told_a_server_that_cannot_show_who_it_is(certificate: Path, security: Security):
    mailbox = Mailbox()
    with mail_server(mailbox, certificate, security=security) as server:
        assert handed(server) == Outcome(Verdict.RETRY, detail="TLS_FAILED")
    assert mailbox.came == []


def test_nothing_is_told_a_server_that_offers_no_tls():
    mailbox = Mailbox()
    with mail_server(mailbox, security=Security.PLAIN) as server:
        outcome = handed(MailServer(Security.STARTTLS, server.host, server.port, "port", "s3cret"))
        assert outcome == Outcome(Verdict.RETRY, detail="LOGIN_REFUSED")
        assert mailbox.came == []
        assert handed(server) == Outcome(Verdict.DELIVERED, 250)


def test_a_wrong_login_is_ours_to_mend(certificate: Path):
    with mail_server(Mailbox(), certificate, security=Security.STARTTLS) as server:
        wrong = MailServer(server.security, server.host, server.port, "port", "wrong")
        outcome = handed(wrong, trusted=lambda: trusting(certificate))
    assert outcome == Outcome(Verdict.RETRY, detail="LOGIN_REFUSED")
    assert "wrong" not in repr(wrong)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (f"550 5.1.1 {LIN} is unknown", Outcome(Verdict.GONE, 550, "NO_MAILBOX")),
        ("554 5.7.1 not wanted", Outcome(Verdict.REFUSED, 554, "REFUSED")),
        ("451 4.7.1 come again", Outcome(Verdict.RETRY, 451, "REFUSED")),
    ],
)
def test_what_the_servers_answer_means_without_its_words(answer: str, outcome: Outcome):
    with mail_server(Mailbox(answer), security=Security.PLAIN) as server:
        assert handed(server) == outcome


def test_a_server_that_is_away_is_asked_again():
    away = MailServer(Security.PLAIN, "127.0.0.1", free_port())
    assert handed(away) == Outcome(Verdict.RETRY, detail="NOT_REACHED")


def test_without_a_server_each_mail_is_one_file_that_mail_programs_open(tmp_path: Path):
    deliver = email.to_spool(tmp_path, sender=SENDER)
    for _ in range(2):
        assert asyncio.run(deliver(parcel(), NOW)) == Outcome(Verdict.DELIVERED, detail="SPOOLED")
    [path] = tmp_path.iterdir()
    message = read(path.read_bytes())
    assert (path.name, message["To"], message["Date"]) == ("msg_1.eml", LIN, "Sun, 22 Nov 2026 12:00:00 +0000")


HEADERS = {
    "From", "To", "Subject", "Date", "Message-ID", "Content-Language", "Auto-Submitted", "Content-Type",
    "List-Unsubscribe", "List-Unsubscribe-Post", "Content-Transfer-Encoding", "MIME-Version",
}  # fmt: skip


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=60), st.text(alphabet=st.characters(codec="utf-8")))
def test_no_title_and_no_text_adds_a_header_or_a_part(subject: str, text: str):
    letter = Letter("msg_1", LIN, subject, text, "zh", LETTER.unsubscribe, is_one_click=True)
    raw = compose(letter, sender=SENDER, now=NOW).as_bytes()
    message = read(raw)
    assert set(message.keys()) == HEADERS
    assert (message["To"], message["From"].addresses[0].addr_spec) == (LIN, SENDER)
    assert not message.is_multipart()
    assert raw.isascii()


@pytest.mark.parametrize(
    "subject", ["a\r\nBcc: x@y.example", "a\nBcc: x@y.example", "a\x00b", "a\u2028Bcc: x", "\r\n\r\nbody"]
)
def test_a_title_stays_one_line(subject: str):
    letter = Letter("msg_1", LIN, subject, "t", "zh")
    message = read(compose(letter, sender=SENDER, now=NOW).as_bytes())
    assert message["Bcc"] is None
    assert message.get_content().strip() == "t"


@pytest.mark.parametrize(
    "text",
    [
        "", "lin", "@x.example", "lin@", "lin@x.example\n", "lin@x.example\r\nBcc: y@z.example",
        "lin@x.example, y@z.example",
        "Lin <lin@x.example>", "lin lin@x.example", "a..b@x.example", ".a@x.example", "lin@-x.example", "林@x.example",
        "lin@x..example", f"{'a' * 65}@x.example", f"a@{'x' * 64}.example",
    ],
)  # fmt: skip
def test_what_is_no_single_address_is_none(text: str):
    assert not is_address(text)
    with pytest.raises(ValueError, match="no mail address"):
        compose(Letter("msg_1", text, "s", "t", "zh"), sender=SENDER, now=NOW)


def test_plain_addresses_are_addresses():
    assert all(map(is_address, [LIN, "a.b+c@x-y.example", "digital-port@localhost", "O'Neil@x.example"]))


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://u:p%40ss@mail.example", MailServer(Security.STARTTLS, "mail.example", 587, "u", "p@ss")),
        ("smtps://mail.example:1465", MailServer(Security.TLS, "mail.example", 1465)),
        ("smtp-plain://localhost", MailServer(Security.PLAIN, "localhost", 25)),
    ],
)
def test_a_mail_server_is_named_by_one_address(url: str, server: MailServer):
    assert parse_server(url) == server


@pytest.mark.parametrize("url", ["mail.example", "http://mail.example", "smtp://", "smtp-plain://u:p@x", "smtp://x/y"])
def test_what_names_no_mail_server_is_refused_without_repeating_it(url: str):
    with pytest.raises(ValueError, match="smtp") as refused:
        parse_server(url)
    assert "mail.example" not in str(refused.value)
