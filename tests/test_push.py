"""Web Push: what only the browser can open, who it is from, what a push service is told, and when it ends."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import Message
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from http_ece import ECEException
from py_vapid import Vapid02

from adapters import push, push_sealing
from adapters.outbound import Outcome, Parcel, Verdict
from adapters.outbound_http import Poster, pause
from adapters.push_sealing import Browser as Opener
from adapters.push_sealing import from_base64, seal, signature
from build_notices import Browser, Desk, running_desk
from build_parties import seeded
from build_port import BOX
from build_tls import self_signed
from port.vapid import private_number, public_key
from web.outbound_people import subject_of
from web.settings import Settings

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
KEY = b"k" * 32


@pytest.fixture
def desk(sqlite_url: str, tmp_path: Path) -> Iterator[Desk]:
    with running_desk(sqlite_url, tmp_path) as running:
        yield running


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return self_signed(tmp_path_factory.mktemp("tls"))


def parcel(browser: Browser, *, title: str = BOX) -> Parcel:
    keys = browser.subscription["keys"]
    secrets = (keys["p256dh"].encode(), keys["auth"].encode())
    return Parcel("msg_1", "container.loaded", browser.endpoint, b'{"title":"T"}', secrets, title)


def test_the_example_of_the_standard_is_sealed_as_it_stands_there():
    # RFC 8291, 5 and appendix A: its salt, its sender's key, its receiver's key and secret.
    salt = from_base64("DGv6ra1nlYgDCS1FRnbzlw")
    wanted = int.from_bytes(from_base64("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big")
    drawn = iter([salt, (wanted - 1).to_bytes(32, "big")])
    opener = Opener(
        "https://push.example/x",
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "BTBZMqHH6r4Tts7J_aSIgg",
    )
    sealed = seal(b"When I grow up, I want to be a watermelon", opener, draw=lambda _: next(drawn))
    assert base64.urlsafe_b64encode(sealed).decode().rstrip("=") == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK"
        "6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


def test_only_the_browser_that_subscribed_can_open_it():
    mine, other = Browser(), Browser()
    body, headers = push.Sender(KEY, "mailto:port@port.example", seeded()).request(parcel(mine), NOW)
    assert mine.open(body) == {"title": "T"}
    with pytest.raises(ECEException, match="Decryption error"):
        other.open(body)
    assert headers["content-encoding"] == "aes128gcm"
    assert b"title" not in body


def test_no_two_are_sealed_alike():
    browser, sender = Browser(), push.Sender(KEY, "mailto:port@port.example", seeded())
    first, second = (sender.request(parcel(browser), NOW)[0] for _ in range(2))
    assert first[:16] != second[:16]
    assert first[21:86] != second[21:86]


def test_who_sends_it_is_signed_for_this_service_alone_and_for_half_a_day():
    _, headers = push.Sender(KEY, "https://port.example", seeded()).request(parcel(Browser()), NOW)
    told = headers["authorization"]
    assert Vapid02.verify(told)
    token, key = (part.partition("=")[2] for part in told.removeprefix("vapid ").split(","))
    assert key == public_key(KEY)
    head, claims = (json.loads(from_base64(part)) for part in token.split(".")[:2])
    assert head == {"typ": "JWT", "alg": "ES256"}
    assert claims == {
        "aud": "https://push.example",
        "exp": int((NOW + timedelta(hours=12)).timestamp()),
        "sub": "https://port.example",
    }
    forged = ec.derive_private_key(private_number(b"x" * 32), ec.SECP256R1())
    other = Vapid02(private_key=forged).sign(claims)["Authorization"].partition("t=")[2].partition(",")[0]
    assert not Vapid02.verify(f"vapid t={other},k={key}")


def test_a_service_keeps_the_latest_of_a_topic_that_tells_it_nothing():
    sender, browser = push.Sender(KEY, "mailto:port@port.example", seeded()), Browser()
    everyday, urgent, other = (
        sender.request(parcel(browser, title=title), NOW)[1] for title in (BOX, f"!{BOX}", "TGHU2611217")
    )
    assert everyday["topic"] == urgent["topic"] != other["topic"]
    assert len(everyday["topic"]) == 32
    assert (everyday["urgency"], everyday["ttl"]) == ("normal", "86400")
    assert (urgent["urgency"], urgent["ttl"]) == ("high", "14400")


@pytest.mark.parametrize(
    ("status", "retry_after", "outcome"),
    [
        (201, "", Outcome(Verdict.DELIVERED, 201)),
        (200, "", Outcome(Verdict.DELIVERED, 200)),
        (404, "", Outcome(Verdict.GONE, 404, "GONE")),
        (410, "", Outcome(Verdict.GONE, 410, "GONE")),
        (413, "", Outcome(Verdict.REFUSED, 413, "REFUSED")),
        (401, "", Outcome(Verdict.REFUSED, 401, "REFUSED")),
        (301, "", Outcome(Verdict.RETRY, 301, "REFUSED")),
        (429, "30", Outcome(Verdict.RETRY, 429, "REFUSED", timedelta(seconds=30))),
        (503, "", Outcome(Verdict.RETRY, 503, "REFUSED")),
    ],
)
def test_what_a_services_answer_means(status: int, retry_after: str, outcome: Outcome):
    assert push.outcome_of(status, retry_after, NOW, pause=pause) == outcome


def test_the_longest_message_that_is_sent_fits_one_record():
    sealed = seal(b"x" * push_sealing.MOST_BYTES, _opener(Browser()), draw=seeded())
    assert len(sealed) == push_sealing.RECORD_BYTES
    assert sealed[16:20] == push_sealing.RECORD_BYTES.to_bytes(4, "big")


def _opener(browser: Browser) -> Opener:
    keys = browser.subscription["keys"]
    return Opener(browser.endpoint, keys["p256dh"], keys["auth"])


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_took_its_leave_is_told_nothing_more(desk: Desk, status: int):
    gone, here = Browser("gone"), Browser("here")
    for browser in (gone, here):
        desk.subscribe(browser)
    desk.service.status = status
    assert desk.ask("POST", "/test", {"channel": "PUSH"}).status_code == 202
    desk.send()
    assert len(desk.service.came) == 2
    [row] = [row for row in desk.ask("GET", "/settings").json()["channels"] if row["channel"] == "PUSH"]
    assert row == {"channel": "PUSH", "address": None, "state": "NONE", "browsers": 0}
    again = desk.ask("POST", "/test", {"channel": "PUSH"})
    assert (again.status_code, again.json()["reason"]) == (409, "CHANNEL_NOT_READY")


def test_a_browser_is_told_as_whoever_subscribed_with_it_last(desk: Desk):
    browser = Browser()
    desk.subscribe(browser)
    desk.subscribe(browser, role="customs")
    desk.subscribe(browser, role="customs")
    states = {
        role: desk.ask("GET", "/settings", role=role).json()["channels"][0]["browsers"]
        for role in ("forwarder", "customs")
    }
    assert states == {"forwarder": 0, "customs": 1}
    mine = {"subscription": {"endpoint": browser.endpoint}}
    assert desk.ask("DELETE", "/push", mine).status_code == 204
    assert desk.ask("GET", "/settings", role="customs").json()["channels"][0]["browsers"] == 1
    assert desk.ask("DELETE", "/push", mine, role="customs").status_code == 204
    assert desk.ask("GET", "/settings", role="customs").json()["channels"][0]["browsers"] == 0


def test_the_eleventh_browser_of_a_person_takes_the_place_of_the_first(desk: Desk):
    browsers = [Browser(f"b{n:02d}") for n in range(11)]
    for browser in browsers:
        desk.subscribe(browser)
    desk.ask("POST", "/test", {"channel": "PUSH"})
    desk.send()
    assert {endpoint for endpoint, *_ in desk.service.came} == {browser.endpoint for browser in browsers[1:]}


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"endpoint": "http://push.example/x"}, "subscription.endpoint"),
        ({"endpoint": "https://user:pass@push.example/x"}, "subscription.endpoint"),
        ({"endpoint": "https:///x"}, "subscription.endpoint"),
        ({"endpoint": "https://[2606:4700::1111]/x"}, "subscription.endpoint"),
        ({"endpoint": "https://127.0.0.1/x"}, "subscription.endpoint"),
        ({"endpoint": "https://push.internal/x"}, "subscription.endpoint"),
        ({"endpoint": "https://push.example:22/x"}, "subscription.endpoint"),
        ({"keys": {"p256dh": "BAAA", "auth": "BTBZMqHH6r4Tts7J_aSIgg"}}, "subscription.keys.p256dh"),
        ({"keys": {"p256dh": "!", "auth": "BTBZMqHH6r4Tts7J_aSIgg"}}, "subscription.keys.p256dh"),
        ({"keys": None}, "subscription.keys"),
    ],
)
def test_what_no_browser_gives_is_refused_with_its_place(desk: Desk, change: dict[str, object], where: str):
    answer = desk.ask("POST", "/push", {"subscription": Browser().subscription | change})
    assert (answer.status_code, answer.json()["reason"], answer.json()["where"]) == (422, "BAD_SUBSCRIPTION", where)


@pytest.mark.parametrize(
    ("public_url", "subject"),
    [
        (None, "mailto:digital-port@localhost"),
        ("https://port.example", "https://port.example"),
        ("https://port.example:8443", "mailto:digital-port@localhost"),
        ("https://port", "mailto:digital-port@localhost"),
        ("http://port.example", "mailto:digital-port@localhost"),
    ],
)
def test_whom_to_write_to_is_always_one_that_can_be_signed(public_url: str | None, subject: str):
    assert subject_of(Settings(public_url=public_url)) == subject
    assert signature("https://push.example/x", KEY, subject=subject, now=NOW).startswith("vapid t=")


def test_what_cannot_be_sealed_or_signed_costs_its_own_delivery_alone():
    with pytest.raises(ValueError, match="cannot be signed"):
        signature("https://[2606:4700::1111]/x", KEY, subject="mailto:port@port.example", now=NOW)
    with pytest.raises(ValueError, match="cannot be sealed"):
        seal(b"x", Opener("https://push.example/x", public_key(KEY), ""), draw=lambda length: bytes(length - 1))


def test_it_is_posted_behind_the_guard_to_the_address_that_was_looked_at(certificate: Path):
    browser = Browser()
    sender = push.Sender(KEY, "mailto:port@port.example", seeded())
    with push_service(certificate) as (port, came):

        async def resolve(_host: str, _port: int) -> list[str]:
            return ["127.0.0.1"]

        trusted = ssl.create_default_context(cafile=str(certificate))
        mean = partial(push.outcome_of, pause=pause)
        there = replace(parcel(browser), address=f"https://localhost:{port}/send/one")
        open_to_all = Poster(sender.request, mean, resolve=resolve, allows_private=True, trusted=trusted)
        assert asyncio.run(open_to_all.bring(there, NOW)) == Outcome(Verdict.DELIVERED, 201)
        guarded = Poster(sender.request, mean, resolve=resolve, trusted=trusted)
        refused = asyncio.run(guarded.bring(replace(there, address=f"https://push.example:{port}/send/one"), NOW))
        assert refused == Outcome(Verdict.RETRY, detail="ADDRESS_REFUSED")
    [(path, headers, body)] = came
    assert (path, headers["Content-Encoding"], headers["Urgency"]) == ("/send/one", "aes128gcm", "normal")
    assert Vapid02.verify(headers["Authorization"])
    assert browser.open(body) == {"title": "T"}


Came = list[tuple[str, Message, bytes]]


@contextmanager
def push_service(certificate: Path) -> Iterator[tuple[int, Came]]:
    """A push service on this machine, and what came to it."""
    came: Came = []

    class Service(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            came.append((self.path, self.headers, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(201)
            self.end_headers()

        def log_message(self, *_given: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1], came
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
