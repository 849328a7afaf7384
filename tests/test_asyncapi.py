"""docs/asyncapi.yaml: a valid AsyncAPI 3 document, and a true one, in both directions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from build_live import ASYNCAPI
from web.live_commands import COMMANDS, BadFrame, read

DOCUMENT: dict[str, Any] = yaml.safe_load(ASYNCAPI.read_text(encoding="utf-8"))
# AsyncAPI 3.0.0: which members an object may have, and which it must.
ROOT = ({"asyncapi", "info"}, {"id", "servers", "defaultContentType", "channels", "operations", "components"})
INFO = ({"title", "version"}, {"termsOfService", "contact", "license", "description", "tags", "externalDocs"})
SERVER = (
    {"host", "protocol"},
    {"protocolVersion", "pathname", "description", "title", "summary", "variables", "security", "tags"}
    | {"externalDocs", "bindings"},
)
CHANNEL = (
    set(),
    {"address", "messages", "title", "summary", "description", "servers", "parameters", "tags", "externalDocs"}
    | {"bindings"},
)
OPERATION = (
    {"action", "channel"},
    {"title", "summary", "description", "security", "tags", "externalDocs", "bindings", "traits", "messages", "reply"},
)
MESSAGE = (
    set(),
    {"headers", "payload", "correlationId", "contentType", "name", "title", "summary", "description", "tags"}
    | {"externalDocs", "bindings", "examples", "traits"},
)


def faults_of(told: Any, shape: tuple[set[str], set[str]]) -> set[str]:
    must, may = shape
    return (must - set(told)) | {name for name in set(told) - must - may if not name.startswith("x-")}


def references(told: Any) -> Iterator[str]:
    if isinstance(told, dict):
        if "$ref" in told:
            assert set(told) == {"$ref"}, "nothing beside a reference counts"
            yield told["$ref"]
        for one in told.values():
            yield from references(one)
    elif isinstance(told, list):
        for one in told:
            yield from references(one)


def resolved(reference: str) -> Any:
    assert reference.startswith("#/")
    found: Any = DOCUMENT
    for part in reference[2:].split("/"):
        found = found[part.replace("~1", "/")]
    return resolved(found["$ref"]) if isinstance(found, dict) and "$ref" in found else found


def test_every_object_has_what_it_must_and_nothing_unknown():
    assert DOCUMENT["asyncapi"] == "3.0.0"
    objects = [(DOCUMENT, ROOT), (DOCUMENT["info"], INFO)]
    objects += [(one, SERVER) for one in DOCUMENT["servers"].values()]
    objects += [(one, CHANNEL) for one in DOCUMENT["channels"].values()]
    objects += [(one, OPERATION) for one in DOCUMENT["operations"].values()]
    objects += [(one, MESSAGE) for one in DOCUMENT["components"]["messages"].values()]
    assert [faults for told, shape in objects if (faults := faults_of(told, shape))] == []
    assert set(DOCUMENT["components"]) == {"messages", "schemas"}


def test_every_reference_leads_somewhere():
    found = set(references(DOCUMENT))
    assert found
    for one in found:
        assert resolved(one) is not None


def test_every_operation_has_its_channel_and_messages_of_that_channel():
    told: set[str] = set()
    for one in DOCUMENT["operations"].values():
        assert one["action"] in ("send", "receive")
        channel = one["channel"]["$ref"]
        for message in one["messages"]:
            assert message["$ref"].startswith(f"{channel}/messages/")
            told.add(message["$ref"])
    known = {
        f"#/channels/{name}/messages/{message}"
        for name, channel in DOCUMENT["channels"].items()
        for message in channel["messages"]
    }
    assert told == known


@pytest.mark.parametrize("name", sorted(DOCUMENT["components"]["messages"]))
def test_every_payload_is_a_schema_of_one_frame(name: str):
    payload = DOCUMENT["components"]["messages"][name]["payload"]
    Draft7Validator.check_schema(payload | {"components": DOCUMENT["components"]})
    assert (payload["required"], payload["additionalProperties"]) == ([name], False)


def may_say(name: str, command: Any) -> bool:
    """Whether the document lets a client say that."""
    schema = {"$ref": f"#/components/messages/{name}/payload", "components": DOCUMENT["components"]}
    return bool(Draft7Validator(schema).is_valid(command))


numbers = st.one_of(st.integers(-2, 2**53), st.just(0.5), st.booleans(), st.none(), st.just("1"))
texts = st.one_of(st.text(max_size=8), st.just("x" * 101), st.just("x" * 201), st.none(), st.integers(0, 3))
cursors = st.one_of(
    st.none(), st.fixed_dictionaries({"epoch": texts, "version": numbers}, optional={"more": st.none()}), st.just([])
)
bodies = {
    "connect": st.fixed_dictionaries({}, optional={"ticket": texts, "more": texts}),
    "subscribe": st.fixed_dictionaries({}, optional={"key": texts, "since": cursors, "more": texts}),
    "unsubscribe": st.fixed_dictionaries({}, optional={"key": texts, "more": texts}),
    "pong": st.one_of(st.none(), st.just({}), st.just({"at": 1}), st.just(1), st.just([])),
}


@st.composite
def commands(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    name = draw(st.sampled_from(COMMANDS))
    told: dict[str, Any] = {
        name: draw(st.one_of(bodies[name], st.none(), st.just(7)) if draw(st.booleans()) else bodies[name])
    }
    if draw(st.booleans()):
        told["id"] = draw(numbers)
    if draw(st.integers(0, 9)) == 0:
        told[draw(st.sampled_from(["shout", "pong", "connect"]))] = {}
    return name, told


@given(commands())
def test_a_client_may_say_exactly_what_the_document_lets_it(said: tuple[str, dict[str, Any]]):
    name, command = said
    try:
        read(json.dumps(command))
        is_taken = True
    except BadFrame:
        is_taken = False
    assert is_taken == may_say(name, command)
