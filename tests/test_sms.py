"""Short messages: signed as the service publishes it, what its answers mean, and the spool."""

from __future__ import annotations

import asyncio
import json
import stat
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from adapters import sms
from adapters.outbound import Outcome, Parcel, Verdict
from adapters.sms_signing import query_of, signed_headers
from adapters.spool import lay
from build_parties import seeded

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MESSAGE = sms.ShortMessage("NOTICE", "zh", "CSQU3054383 可以提箱。", {"subject": "CSQU3054383", "text": "可以提箱"})
SERVICE = sms.Service(
    "https://sms.example", "id", "a very secret one", "港口", {"NOTICE": "SMS_1", "NOTICE.en": "SMS_2", "CODE": "SMS_3"}
)


def parcel(message: sms.ShortMessage = MESSAGE) -> Parcel:
    return Parcel("msg_1", "container.ready_for_pickup", "+8613800138000", sms.packed(message))


def test_a_request_is_signed_as_the_published_example_is():
    # Alibaba Cloud, "V3 request body and signature mechanism", the example with fixed parameters.
    image = "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"
    query = query_of({"RegionId": "cn-shanghai", "ImageId": image})
    headers = signed_headers(
        host="ecs.cn-shanghai.aliyuncs.com", action="RunInstances", version="2014-05-26", query=query,
        date="2023-10-26T10:22:32Z", nonce="3156853299f313e23d1673dc12e1703d", key_id="YourAccessKeyId",
        key_secret="YourAccessKeySecret",
    )  # fmt: skip
    assert headers["authorization"] == (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;"
        "x-acs-signature-nonce;x-acs-version,Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


def test_everything_but_unreserved_characters_is_escaped_in_capitals():
    assert query_of({"b": "a b*~+/中", "a": "1"}) == "a=1&b=a%20b%2A~%2B%2F%E4%B8%AD"


def test_a_message_is_a_template_with_values_and_the_secret_stays_here():
    asked: list[tuple[str, Mapping[str, str]]] = []

    async def post(url: str, headers: Mapping[str, str]) -> tuple[int, bytes]:
        asked.append((url, headers))
        return 200, b'{"Code":"OK"}'

    deliver = sms.by_service(SERVICE, post=post, draw=seeded())
    assert asyncio.run(deliver(parcel(), NOW)) == Outcome(Verdict.DELIVERED, 200)
    [(url, headers)] = asked
    given = {name: value for name, [value] in parse_qs(urlsplit(url).query).items()}
    assert json.loads(given.pop("TemplateParam")) == {"subject": "CSQU3054383", "text": "可以提箱"}
    assert given == {"PhoneNumbers": "13800138000", "SignName": "港口", "TemplateCode": "SMS_1"}
    assert (headers["x-acs-action"], headers["x-acs-date"]) == ("SendSms", "2026-11-22T12:00:00Z")
    assert "a very secret one" not in url + str(headers) + repr(SERVICE)
    asyncio.run(deliver(parcel(), NOW))
    assert asked[1][1]["x-acs-signature-nonce"] != headers["x-acs-signature-nonce"]


def test_a_template_of_the_language_comes_before_the_one_for_all():
    assert [SERVICE.template(sms.ShortMessage("NOTICE", language, "", {})) for language in ("zh", "en")] == [
        "SMS_1", "SMS_2",
    ]  # fmt: skip
    without = sms.ShortMessage("TEST", "zh", "", {})
    never = sms.by_service(SERVICE, post=_never, draw=seeded())
    assert asyncio.run(never(parcel(without), NOW)) == Outcome(Verdict.REFUSED, detail="NO_TEMPLATE")


async def _never(_url: str, _headers: Mapping[str, str]) -> tuple[int, bytes]:
    raise AssertionError


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (b'{"Code":"OK"}', Outcome(Verdict.DELIVERED, 200)),
        (b'{"Code":"isv.MOBILE_NUMBER_ILLEGAL"}', Outcome(Verdict.GONE, 200, "NO_NUMBER")),
        (b'{"Code":"isv.BLACK_KEY_CONTROL_LIMIT"}', Outcome(Verdict.REFUSED, 200, "REFUSED")),
        (b'{"Code":"isv.BUSINESS_LIMIT_CONTROL"}', Outcome(Verdict.RETRY, 200, "REFUSED")),
        (b'{"Code":"SignatureDoesNotMatch"}', Outcome(Verdict.RETRY, 200, "REFUSED")),
        (b"<html>", Outcome(Verdict.RETRY, 200, "UNREADABLE")),
        (b"[]", Outcome(Verdict.RETRY, 200, "UNREADABLE")),
    ],
)
def test_what_the_services_answer_means(answer: bytes, outcome: Outcome):
    assert sms.outcome_of(200, answer) == outcome


@pytest.mark.parametrize(("raised", "detail"), [(TimeoutError, "TIMEOUT"), (ConnectionError, "NOT_REACHED")])
def test_a_service_that_does_not_answer_is_asked_again(raised: type[Exception], detail: str):
    async def post(_url: str, _headers: Mapping[str, str]) -> tuple[int, bytes]:
        raise raised

    deliver = sms.by_service(SERVICE, post=post, draw=seeded())
    assert asyncio.run(deliver(parcel(), NOW)) == Outcome(Verdict.RETRY, detail=detail)


@pytest.mark.parametrize("told", ["SMS_1", "NOTICE=", "NEWS=SMS_1", "=SMS_1"])
def test_templates_are_told_kind_by_kind(told: str):
    assert sms.parse_templates(" NOTICE = SMS_1, CODE.en=SMS_2,") == {"NOTICE": "SMS_1", "CODE.en": "SMS_2"}
    with pytest.raises(ValueError, match="templates are told as"):
        sms.parse_templates(told)


def test_without_a_service_each_message_is_one_file_for_its_owner_alone(tmp_path: Path):
    folder = tmp_path / "new" / "spool"
    deliver = sms.to_spool(folder)
    for _ in range(2):
        assert asyncio.run(deliver(parcel(), NOW)) == Outcome(Verdict.DELIVERED, detail="SPOOLED")
    [path] = folder.iterdir()
    assert json.loads(path.read_bytes()) == {
        "id": "msg_1",
        "at": "2026-11-22T12:00:00+00:00",
        "to": "+8613800138000",
        "kind": "NOTICE",
        "language": "zh",
        "text": "CSQU3054383 可以提箱。",
        "values": {"subject": "CSQU3054383", "text": "可以提箱"},
    }
    assert [stat.S_IMODE(one.stat().st_mode) for one in (folder, path)] == [0o700, 0o600]


@pytest.mark.parametrize("name", ["../x", ".x", "a/b", "", "a" * 101, "a\nb"])
def test_a_spool_takes_plain_names_only(tmp_path: Path, name: str):
    with pytest.raises(ValueError, match="plain name"):
        lay(tmp_path, name, b"")
    assert list(tmp_path.iterdir()) == []
