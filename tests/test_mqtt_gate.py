"""What the settings say of a broker, and what a topic says of a message."""

from __future__ import annotations

import pytest

from web.mqtt_address import Broker, parse_broker, parse_senders
from web.mqtt_gate import Cameras, Heard
from web.settings import Settings, SettingsRefused, read_environment


def test_a_broker_is_an_address_with_a_name_and_a_password() -> None:
    assert parse_broker("mqtt://127.0.0.1") == Broker("127.0.0.1", 1883, is_tls=False)
    assert parse_broker("mqtts://port:p%40ss@broker.example:9000") == Broker(
        "broker.example", 9000, is_tls=True, username="port", password="p@ss"
    )
    assert "p@ss" not in repr(parse_broker("mqtts://port:p%40ss@broker.example"))


@pytest.mark.parametrize("url", ["broker", "http://broker", "mqtt://", "mqtt://a:b", "mqtt://a/topic", "mqtt://a?x=1"])
def test_what_is_no_brokers_address_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(SettingsRefused) as refused:
        read_environment({"DIGITAL_PORT_MQTT_URL": url, "DIGITAL_PORT_MQTT_SENDERS": "*=HUB"})
    assert str(refused.value).startswith("DIGITAL_PORT_MQTT_URL: ")


def test_senders_are_given_facility_by_facility() -> None:
    assert parse_senders("XMHT=XMHT, XMSC = HUB,*=HUB") == {"XMHT": "XMHT", "XMSC": "HUB", "*": "HUB"}
    assert parse_senders("") == {}


@pytest.mark.parametrize("told", ["XMHT", "XMHT=", "=HUB", "XMHT=A,XMHT=B", "XM/HT=A", "+=A"])
def test_senders_told_otherwise_are_refused(told: str) -> None:
    with pytest.raises(ValueError, match="facility=sender"):
        parse_senders(told)


@pytest.mark.parametrize("prefix", ["/port", "port/", "port/+", "#", "$share/x", ""])
def test_a_prefix_that_would_be_another_topic_is_refused(prefix: str) -> None:
    with pytest.raises(ValueError, match="mqtt_prefix"):
        Settings(mqtt_prefix=prefix)


def test_a_broker_without_senders_is_refused() -> None:
    with pytest.raises(ValueError, match="MQTT_SENDERS"):
        Settings(mqtt_url="mqtt://127.0.0.1")


def test_only_the_topics_of_facilities_with_a_sender_are_listened_to() -> None:
    assert Cameras("a/b", {"XMSC": "X", "XMHT": "X"}).topics == ("a/b/XMHT/gate", "a/b/XMSC/gate")
    assert Cameras("port", {"XMSC": "X", "*": "X"}).topics == ("port/+/gate",)
    assert Cameras("a/b", {}).facility_of("a/b/XMHT/gate") == "XMHT"


@pytest.mark.parametrize(
    ("asked", "identity", "topic"),
    [
        (None, "id:M-1", "port/XMHT/gate/receipt/M-1"),
        (None, "sha256:ff", "port/XMHT/gate/receipt/5ha"),
        (None, "id:a/b", "port/XMHT/gate/receipt/5ha"),
        (None, "id:#", "port/XMHT/gate/receipt/5ha"),
        ("port/XMHT/reply/7", "id:M-1", "port/XMHT/reply/7"),
        # Where the sender may not publish, we do not do it in its place.
        ("port/XMHT/gate", "id:M-1", "port/XMHT/gate/receipt/M-1"),
        ("port/XMSC/gate", "id:M-1", "port/XMHT/gate/receipt/M-1"),
        ("barrier/open", "id:M-1", "port/XMHT/gate/receipt/M-1"),
        ("port/XMHT/#", "id:M-1", "port/XMHT/gate/receipt/M-1"),
    ],
)
def test_the_answer_goes_where_the_sender_may_listen(asked: str | None, identity: str, topic: str) -> None:
    heard = Heard("port/XMHT/gate", b"", response_topic=asked)
    assert Cameras("port", {"*": "HUB"}).answer_topic(heard, identity=identity, sha256="5ha") == topic
