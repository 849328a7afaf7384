"""A NATS that wants a password, or shows and wants certificates; and what `doctor` says of it."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from build_feed import change, fresh_database_id, hint, node, until
from build_nodes import Nats, nats_that_restarts, wait_until
from events.nats_stream import Broker
from migrated import make_tables
from server import serve
from stores import or_skip
from web.cli import main
from web.nats_address import tls_context
from web.settings import SettingsRefused, read_environment

pytestmark = pytest.mark.server
SECRET = "very-secret-word"


@pytest.fixture
def guarded() -> Iterator[Nats]:
    with or_skip("NATS", nats_that_restarts("--user", "port", "--pass", SECRET)) as running:
        yield running


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority of our own, `ca.pem`, and a server's and a client's certificate by it, each with its key."""
    folder = tmp_path_factory.mktemp("certificates")
    authority = ec.generate_private_key(ec.SECP256R1())
    _certify(folder, "ca", authority, authority, is_authority=True)
    for name in ("server", "client"):
        _certify(folder, name, ec.generate_private_key(ec.SECP256R1()), authority, is_authority=False)
    return folder


def _certify(
    folder: Path,
    name: str,
    key: ec.EllipticCurvePrivateKey,
    authority: ec.EllipticCurvePrivateKey,
    *,
    is_authority: bool,
) -> None:
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "ca")]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(authority, hashes.SHA256())
    )
    (folder / f"{name}.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / f"{name}.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


async def hears(broker: Broker) -> bool:
    """Whether two nodes hear each other there."""
    database_id = fresh_database_id()
    async with (
        node("", database_id, broker=broker) as first,
        node("", database_id, broker=broker) as second,
    ):
        try:
            await until(lambda: first.feed.is_connected and second.feed.is_connected, seconds=3)
        except TimeoutError:
            return False
        first.commit(change(1))
        await until(lambda: second.ear.hints == [hint(1)])
        return True


def with_password(nats: Nats, secret: str) -> str:
    return nats.url.replace("nats://", f"nats://port:{secret}@")


def test_a_password_opens_and_a_wrong_one_does_not_and_neither_is_logged(
    guarded: Nats, caplog: pytest.LogCaptureFixture
):
    caplog.set_level("DEBUG")
    assert asyncio.run(hears(Broker((with_password(guarded, SECRET),))))
    assert not asyncio.run(hears(Broker((with_password(guarded, "wrong-word"),))))
    told = caplog.text + repr(Broker((with_password(guarded, SECRET),)))
    assert (SECRET in told, "wrong-word" in told, "NATS is away" in told) == (False, False, True)


def test_a_server_with_tls_is_known_by_its_authority_and_knows_us_by_our_certificate(certificates: Path):
    files = {name: str(certificates / name) for name in ("ca.pem", "server.pem", "server.key")}
    options = ("--tlsverify", "--tlscert", files["server.pem"], "--tlskey", files["server.key"])
    with or_skip("NATS", nats_that_restarts(*options, "--tlscacert", files["ca.pem"])) as running:
        servers = (running.url.replace("nats://", "tls://"),)
        shown = tls_context(certificates / "ca.pem", certificates / "client.pem", certificates / "client.key")
        assert asyncio.run(hears(Broker(servers, shown)))
        assert not asyncio.run(hears(Broker(servers, tls_context(certificates / "ca.pem", None, None))))
        assert not asyncio.run(hears(Broker(servers)))


def test_certificates_that_cannot_be_read_are_refused_before_the_server_starts(tmp_path: Path):
    no_certificate = tmp_path / "ca.pem"
    no_certificate.write_text("hello", encoding="utf-8")
    for path in (no_certificate, tmp_path / "absent.pem"):
        with pytest.raises(SettingsRefused, match="NATS_CA"):
            read_environment({"DIGITAL_PORT_NATS_URL": "tls://nats.example:4222", "DIGITAL_PORT_NATS_CA": str(path)})


def test_the_doctor_says_whether_nats_answers_and_the_server_logs_no_secret(
    guarded: Nats, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
):
    make_tables(sqlite_url)
    url = with_password(guarded, SECRET)
    monkeypatch.setenv("DIGITAL_PORT_DATABASE_URL", sqlite_url)

    def found(nats_url: str) -> str:
        monkeypatch.setenv("DIGITAL_PORT_NATS_URL", nats_url)
        output = CliRunner().invoke(main, ["doctor"]).output
        assert SECRET not in output
        [line] = [line for line in output.splitlines() if "other nodes" in line]
        return line

    with serve(sqlite_url, nats_url=url) as server:
        with server.client() as client:
            wait_until(lambda: "nats_connected 1" in client.get("/metrics").text, "it did not join")
        key = server.create_key(party="XMHT", role="terminal", facilities=("XMHT",))
        assert found(url) == "ok  other nodes: NATS answers; nothing was told in the last minutes"
        body = (
            b'{"events":[{"eventType":"EQUIPMENT","equipmentEventTypeCode":"GTIN","eventClassifierCode":"ACT",'
            b'"eventDateTime":"2026-11-21T08:00:00Z","equipmentReference":"CSQU3054383","emptyIndicatorCode":"LADEN"}]}'
        )
        with server.client(key) as client:
            assert client.post("/v1/messages/gate", content=body).json()["results"][0]["outcome"] == "accepted"
        wait_until(lambda: "3 hints, the latest of position 3, the log is at 3" in found(url), "it was not told")
        assert "joined with the other nodes" in server.log()
        guarded.kill()
        wait_until(lambda: "NATS is away" in server.log(), "it did not notice")
        assert found(url).startswith("!!  other nodes: NATS does not answer")
        assert SECRET not in server.log()
