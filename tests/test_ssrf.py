"""adapters.outbound_guard: where a stranger may not send us, however he writes it and whatever his name server says."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters import outbound_http, webhooks
from adapters.outbound import Outcome, Parcel, Verdict
from adapters.outbound_guard import AddressRefused, Place, check_addresses, read_address

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
NOT_PUBLIC = (
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1",
    "100.100.100.200", "169.254.169.254", "168.63.129.16", "192.0.0.192", "192.0.2.1", "198.18.0.1", "198.51.100.7",
    "203.0.113.9", "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.88.99.1",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::7f00:1",
    "2002:7f00:1::", "2001:0:53aa:64c::1", "2001:db8::1", "3fff::1", "fe80::1", "fec0::1", "fc00::1", "fd00:ec2::254",
    "ff02::1", "100::1", "fd20:ce::254",
)  # fmt: skip
PUBLIC = ("8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1", "240e::1")


def refused(url: str, *, allows_private: bool = False) -> bool:
    try:
        read_address(url, allows_private=allows_private)
    except AddressRefused:
        return True
    return False


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_that_is_not_public_is_refused_as_it_is_and_among_others(address: str):
    for told in ([address], ["8.8.8.8", address], [address, "2606:4700::1111"]):
        with pytest.raises(AddressRefused):
            check_addresses(told, allows_private=False)
    shown = f"[{address}]" if ":" in address else address
    assert refused(f"https://{shown}/hook")


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_taken(address: str):
    check_addresses([address], allows_private=False)
    shown = f"[{address}]" if ":" in address else address
    assert read_address(f"https://{shown}/hook", allows_private=False).host == address


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "fe80::1", "100.64.0.1", "224.0.0.1", "0.0.0.0", "fd00:ec2::254", "168.63.129.16"]
)
def test_no_setting_opens_metadata_or_what_is_no_host(address: str):
    with pytest.raises(AddressRefused):
        check_addresses([address], allows_private=True)


def test_plain_http_goes_to_private_addresses_alone_and_only_where_it_is_allowed():
    check_addresses(["127.0.0.1"], allows_private=True, is_safe=False)
    with pytest.raises(AddressRefused):
        check_addresses(["8.8.8.8"], allows_private=True, is_safe=False)
    assert refused("http://hooks.example/")


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example/", "ftp://hooks.example/", "file:///etc/passwd", "gopher://hooks.example/",
        "//hooks.example/",
        "https:hooks.example", "https://", "https:///path", "hooks.example", "javascript:alert(1)",
        "https://user@hooks.example/", "https://user:pw@hooks.example/", "https://@hooks.example/", "https://hooks.example@127.0.0.1/",
        "https://hooks.example/#frag", "https://hooks.example/#", "https://hooks.example:22/", "https://hooks.example:80/",
        "https://hooks.example:25/", "https://hooks.example:0/", "https://hooks.example:65536/", "https://hooks.example:-1/",
        "https://hooks.example:x/", "https://127.1/", "https://2130706433/", "https://0x7f000001/", "https://0x7f.1/",
        "https://017700000001/", "https://0177.0.0.1/", "https://127.0.0.1./", "https://localhost/", "https://intranet/",
        "https://printer.local/", "https://db.internal/", "https://api.localhost/", "https://[::1%25lo]/", "https://[::1/",
        "https://hooks.example\\@127.0.0.1/", "https://hooks.example\t/", " https://hooks.example/",
        "https://hooks.example /",
        "https://hooks.example\r\nHost: other/", "https://hooks.example/\x00", "https://例え.jp/", "https://hooks.example/é",
        "https://-a.example/", "https://a-.example/", "https://a..example/", "https://hooks.example./",
        "https://" + "a" * 64 + ".example/", "https://hooks.example/" + "a" * 2000, "https://ⓛocalhost/", "https://127。0。0。1/",
        "HTTPS://user@hooks.example/", "https://hooks.example:443:443/", "https://[8.8.8.8]/", "https://1.2.3/",
    ],
)  # fmt: skip
def test_a_nasty_address_is_refused(url: str):
    assert refused(url)


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://hooks.example", Place("https", "hooks.example", 443, "/")),
        ("HTTPS://Hooks.Example:8443/A?b=%2F", Place("https", "hooks.example", 8443, "/A?b=%2F")),
        ("https://xn--r8jz45g.jp/x", Place("https", "xn--r8jz45g.jp", 443, "/x")),
        ("https://hooks.example/a@b", Place("https", "hooks.example", 443, "/a@b")),
    ],
)
def test_a_plain_address_is_taken_apart_once(url: str, place: Place):
    assert read_address(url, allows_private=False) == place


@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
def test_whatever_python_knows_not_to_be_global_is_refused(address: IPv4Address | IPv6Address):
    if not address.is_global or address.is_multicast:
        with pytest.raises(AddressRefused):
            check_addresses([str(address)], allows_private=False)


@given(st.ip_addresses(v=4, network="10.0.0.0/8"), st.sampled_from(["::ffff:{}", "64:ff9b::{}", "::{}"]))
def test_no_wrapping_brings_a_private_address_through(address: IPv4Address, wrapping: str):
    wrapped = str(ip_address(wrapping.format(address)))
    with pytest.raises(AddressRefused):
        check_addresses([wrapped], allows_private=False)


@given(st.text(max_size=60), st.sampled_from(["https://{}", "https://{}/x", "https://a.example{}", "https://{}:443/"]))
def test_any_text_is_refused_or_read_so_that_asking_again_says_the_same(text: str, form: str):
    url = form.format(text)
    try:
        place = read_address(url, allows_private=False)
    except AddressRefused:
        return
    again = f"{place.scheme}://{place.authority}{place.path}"
    assert read_address(again, allows_private=False) == place
    assert place.port == 443 or place.port >= 1024
    assert not set(place.host) & set("@/?#\\ \t\r\n%")


class Rebinding:
    """A name server that says something else each time it is asked."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked += 1
        return self.answers[min(self.asked, len(self.answers)) - 1]


def bring(resolve: Rebinding, monkeypatch: pytest.MonkeyPatch) -> tuple[Outcome, list[str]]:
    connected: list[str] = []

    async def send(_transport: object, address: str, *_rest: object) -> tuple[int, str]:
        connected.append(address)
        return 200, ""

    monkeypatch.setattr(outbound_http, "_send", send)
    parcel = Parcel("msg_1", "webhook.test", "https://hooks.example/x", b"{}", secrets=(b"s" * 32,))
    return asyncio.run(webhooks.Bringer(resolve=resolve).bring(parcel, NOW)), connected


def test_a_name_is_asked_once_and_what_was_looked_at_is_what_is_connected_to(monkeypatch: pytest.MonkeyPatch):
    rebinding = Rebinding(["8.8.8.8"], ["127.0.0.1"])
    assert bring(rebinding, monkeypatch) == (Outcome(Verdict.DELIVERED, 200), ["8.8.8.8"])
    assert rebinding.asked == 1
    assert bring(rebinding, monkeypatch) == (Outcome(Verdict.RETRY, detail="ADDRESS_REFUSED"), [])


def test_a_name_with_one_private_address_among_public_ones_is_refused(monkeypatch: pytest.MonkeyPatch):
    assert bring(Rebinding(["8.8.8.8", "::ffff:10.0.0.1"]), monkeypatch)[1] == []


def test_a_name_that_is_not_known_is_tried_again(monkeypatch: pytest.MonkeyPatch):
    class Unknown(Rebinding):
        async def __call__(self, host: str, port: int) -> Sequence[str]:
            raise OSError("no such name")

    assert bring(Unknown(), monkeypatch) == (Outcome(Verdict.RETRY, detail="NAME_UNKNOWN"), [])
