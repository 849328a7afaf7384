"""web.problems and web.bodies: refusals are problem+json, and bodies are read within limits."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Literal

import pytest
from fastapi import FastAPI, Request
from pydantic import BaseModel, ValidationError

from build_client import Client
from port.errors import BadRequest, Conflict, NothingThere, PortError
from port.outbox import Channel
from web.bodies import Body, read_body
from web.logs import RequestIds
from web.problems import add_problems, invalid


class Wanted(Body):
    words: str
    weight: float = 0


class QueueIsFull(Exception):
    retry_after = 1


RAISED = {
    "absent": NothingThere("there is no such visit"),
    "conflict": Conflict("the box has gone", fix="nothing can be done"),
    "bad": BadRequest("unknown state", where="state"),
    "full": QueueIsFull(),
    "bug": RuntimeError("secret"),
}


@pytest.fixture
def client() -> Client:
    app = FastAPI()
    app.add_middleware(RequestIds)
    add_problems(app, {NothingThere: 404, PortError: 422, Conflict: 409, QueueIsFull: 503})

    @app.get("/raise/{name}")
    async def fail(name: str) -> None:
        raise RAISED[name]

    @app.get("/count")
    async def count(limit: int) -> int:
        return limit

    @app.post("/body")
    async def body(request: Request) -> str:
        return (await read_body(request, Wanted, limit=100)).words

    @app.delete("/body")
    async def no_body() -> None:
        return None

    return Client(app)


def problem(client: Client, path: str) -> tuple[int, str, dict[str, object]]:
    answer = client.get(path)
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    return answer.status_code, told["reason"], {name: told.get(name) for name in ("detail", "where", "fix")}


def test_an_error_of_the_port_is_told_in_its_own_words(client: Client) -> None:
    told = [problem(client, f"/raise/{name}") for name in ("absent", "conflict", "bad")]
    assert told == [
        (404, "NOTHING_THERE", {"detail": "there is no such visit", "where": None, "fix": None}),
        (409, "CONFLICT", {"detail": "the box has gone", "where": None, "fix": "nothing can be done"}),
        (422, "BAD_VALUE", {"detail": "unknown state", "where": "state", "fix": None}),
    ]


def test_a_full_queue_says_when_to_come_back(client: Client) -> None:
    answer = client.get("/raise/full")
    assert (answer.status_code, answer.headers["retry-after"], answer.json()["reason"]) == (503, "1", "QUEUE_IS_FULL")


def test_a_fault_of_ours_tells_nothing_but_the_request_id(client: Client) -> None:
    answer = client.get("/raise/bug")
    assert (answer.status_code, answer.json()["reason"]) == (500, "INTERNAL_ERROR")
    assert "secret" not in answer.text


def test_an_unknown_address_and_a_wrong_method(client: Client) -> None:
    assert problem(client, "/nowhere")[:2] == (404, "NOT_FOUND")
    assert problem(client, "/body")[:2] == (405, "METHOD_NOT_ALLOWED")
    assert client.get("/body").headers["allow"] == "DELETE, POST"


def test_a_wrong_query_names_its_part(client: Client) -> None:
    status, reason, told = problem(client, "/count?limit=many")
    assert (status, reason, told["where"]) == (422, "VALUE_INVALID", "query.limit")


@pytest.mark.parametrize(
    ("content_type", "body", "status", "reason", "where"),
    [
        ("application/json", b'{"words":"x"}', 200, None, None),
        ("application/json; charset=utf-8", b'{"words":"x"}', 200, None, None),
        ("text/plain", b'{"words":"x"}', 415, "UNSUPPORTED_MEDIA_TYPE", "Content-Type"),
        ("application/json", b"{words", 400, "NOT_JSON", None),
        ("application/json", b"\xff\xfe", 400, "NOT_JSON", None),
        ("application/json", b"[]", 422, "VALUE_INVALID", None),
        ("application/json", b"{}", 422, "VALUE_INVALID", "words"),
        ("application/json", b'{"words":"x","colour":1}', 422, "VALUE_INVALID", "colour"),
        ("application/json", b'{"words":"x","weight":NaN}', 422, "VALUE_INVALID", "weight"),
        ("application/json", b'{"words":"' + b"x" * 100 + b'"}', 413, "BODY_TOO_LARGE", None),
    ],
)
def test_a_body_is_taken_or_refused_with_the_place(
    client: Client, content_type: str, body: bytes, status: int, reason: str | None, where: str | None
) -> None:
    answer = client.post("/body", content=body, headers={"Content-Type": content_type})
    told = answer.json() if status != 200 else {}
    assert (answer.status_code, told.get("reason"), told.get("where")) == (status, reason, where)


@pytest.mark.parametrize(
    ("body", "detail", "fix"),
    [
        ("[]", "Input should be an object", "send a JSON object"),
        ("{}", "words: Field required", "add it"),
        (
            '{"words":"x","colour":1}',
            "colour: Extra inputs are not permitted",
            "leave it out, or see /docs for the name it has",
        ),
        ('{"words":5}', "words: Input should be a valid string", "send it as /docs describes it"),
    ],
)
def test_a_wrong_body_is_told_how_to_be_mended(client: Client, body: str, detail: str, fix: str) -> None:
    answer = client.post("/body", content=body, headers={"Content-Type": "application/json"})
    assert (answer.json()["detail"], answer.json()["fix"]) == (detail, fix)


def test_a_code_is_named_as_it_is_sent() -> None:
    class Choosing(BaseModel):
        channel: Literal[Channel.SMS, Channel.EMAIL]

    with pytest.raises(ValidationError) as caught:
        Choosing.model_validate_json('{"channel":"FAX"}')
    told = invalid(caught.value.errors())
    assert (told.detail, told.fix) == ("channel: Input should be 'SMS' or 'EMAIL'", "send one of those")


def test_a_body_that_does_not_say_its_length_is_cut_off_at_the_limit(client: Client) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b'{"words":"'
        for _ in range(10):
            yield b"x" * 50

    answer = client.post("/body", content=chunks(), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["reason"]) == (413, "BODY_TOO_LARGE")


def test_every_answer_carries_an_id_of_its_own(client: Client) -> None:
    ids = {client.get(path).headers["x-request-id"] for path in ("/count?limit=1", "/nowhere", "/raise/absent")}
    assert len(ids) == 3
