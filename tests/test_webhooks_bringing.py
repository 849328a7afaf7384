"""adapters.webhooks: by TLS to the name's own certificate, whatever the environment says; what each answer means."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from adapters import outbound_http
from adapters.outbound import Outcome, Parcel, Verdict
from adapters.webhooks import Bringer, outcome_of

NOW = datetime.now(UTC).replace(microsecond=0)
Answer = Callable[[bytes], bytes]
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


def certificate(folder: Path, name: str) -> Path:
    """A file with a key and a certificate for that name, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


async def brought(
    answer: Answer, *, host: str, served: Path | None, trusted: Path | None, addresses: Sequence[str]
) -> tuple[Outcome, list[bytes]]:
    """What came of a parcel to that host, which leads to a server here; and the heads of what came."""
    heads: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer(heads[-1]))
        writer.close()

    context = None
    if served is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(served)
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]

    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return addresses

    scheme = "http" if served is None else "https"
    parcel = Parcel("msg_1", "webhook.test", f"{scheme}://{host}:{port}/in?a=b", b"{}", secrets=(b"s" * 32,))
    bringer = Bringer(resolve, allows_private=True, trusted=ssl.create_default_context(cafile=trusted))
    outcome = await bringer.bring(parcel, NOW)
    server.close()
    return outcome, heads


def bring(answer: Answer = lambda _: OK, **given: object) -> tuple[Outcome, list[bytes]]:
    wanted: dict[str, object] = {"host": "hooks.example", "served": None, "trusted": None, "addresses": ["127.0.0.1"]}
    return asyncio.run(brought(answer, **wanted | given))  # type: ignore[arg-type]  # as its keywords are


def test_it_goes_to_the_address_looked_at_under_the_name_that_was_asked_for(tmp_path: Path):
    ours = certificate(tmp_path, "hooks.example")
    outcome, [head] = bring(served=ours, trusted=ours)
    assert outcome == Outcome(Verdict.DELIVERED, 200)
    lines = head.decode().lower().split("\r\n")
    assert lines[0] == "post /in?a=b http/1.1"
    assert [line for line in lines if line.startswith("host:")][0].startswith("host: hooks.example:")  # noqa: RUF015


@pytest.mark.parametrize(("named", "is_trusted"), [("other.example", True), ("hooks.example", False)])
def test_a_certificate_of_another_name_or_that_nobody_vouches_for_gets_nothing(
    tmp_path: Path, named: str, is_trusted: bool
):
    theirs = certificate(tmp_path, named)
    outcome, heads = bring(served=theirs, trusted=theirs if is_trusted else None)
    assert (outcome, heads) == (Outcome(Verdict.RETRY, detail="TLS_FAILED"), [])


def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert bring()[0] == Outcome(Verdict.DELIVERED, 200)


def test_an_answer_that_never_ends_is_left_after_a_little():
    endless = b"HTTP/1.1 200 OK\r\ncontent-length: 999999999\r\n\r\n" + b"x" * 100_000
    assert bring(lambda _: endless)[0] == Outcome(Verdict.DELIVERED, 200)


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["127.0.0.1", "127.0.0.1"]])
@pytest.mark.parametrize("answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200"])
def test_what_is_no_answer_is_tried_again_and_nobody_else_asked(answer: bytes, addresses: list[str]):
    outcome, heads = bring(lambda _: answer, addresses=addresses)
    assert (outcome, len(heads)) == (Outcome(Verdict.RETRY, detail="BROKEN_OFF"), 1)


def test_of_several_addresses_the_first_that_is_reached_is_told():
    assert bring(addresses=["127.0.0.2", "127.0.0.1"])[0] == Outcome(Verdict.DELIVERED, 200)


def test_who_does_not_answer_in_time_is_tried_again(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(outbound_http, "TOTAL_SECONDS", 0.2)

    async def resolve(_host: str, _port: int) -> Sequence[str]:
        await asyncio.sleep(5)
        return []

    parcel = Parcel("msg_1", "webhook.test", "https://hooks.example/", b"{}", secrets=(b"s" * 32,))
    assert asyncio.run(Bringer(resolve).bring(parcel, NOW)) == Outcome(Verdict.RETRY, detail="TIMEOUT")


def test_a_port_where_nobody_listens_is_not_reached():
    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return ["127.0.0.1", "127.0.0.2"]

    parcel = Parcel("msg_1", "webhook.test", "http://hooks.example:9/", b"{}", secrets=(b"s" * 32,))
    outcome = asyncio.run(Bringer(resolve, allows_private=True).bring(parcel, NOW))
    assert outcome == Outcome(Verdict.RETRY, detail="NOT_REACHED")


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (200, Outcome(Verdict.DELIVERED, 200)),
        (299, Outcome(Verdict.DELIVERED, 299)),
        (199, Outcome(Verdict.RETRY, 199, "REFUSED")),
        (301, Outcome(Verdict.RETRY, 301, "REDIRECTED")),
        (404, Outcome(Verdict.RETRY, 404, "REFUSED")),
        (410, Outcome(Verdict.GONE, 410, "GONE")),
        (503, Outcome(Verdict.RETRY, 503, "REFUSED")),
    ],
)
def test_what_a_status_means(status: int, told: Outcome):
    assert outcome_of(status, "", NOW) == told


@pytest.mark.parametrize(
    ("asked", "pause"),
    [
        ("120", timedelta(minutes=2)), (" 5 ", timedelta(seconds=5)), ("0", timedelta()), ("-5", None), ("soon", None),
        ("٣", None), ("9" * 400, timedelta(seconds=10**9)),
        ((NOW + timedelta(hours=1)).strftime("%a, %d %b %Y %H:%M:%S GMT"), timedelta(hours=1)),
        ("Thu, 99 Foo 9999 99:99:99 GMT", None), ("", None),
    ],
    # Named, for the time of collecting differs between two processes.
    ids=["number", "spaces", "zero", "negative", "word", "other digits", "endless", "date", "no date", "empty"],
)  # fmt: skip
def test_what_a_retry_after_asks_for(asked: str, pause: timedelta | None):
    assert outcome_of(503, asked, NOW).retry_after == pause
