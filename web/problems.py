"""Refusals as RFC 9457 problem+json: type, title, status, detail, and our reason, where and fix."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

import orjson
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic_core import ErrorDetails
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

MEDIA_TYPE = "application/problem+json"
# What a status says by itself, for refusals that nobody has written a sentence for.
_DETAILS = {
    HTTPStatus.UNAUTHORIZED: ("UNAUTHORIZED", "send a key as Authorization: Bearer dp_…, or log in"),
    HTTPStatus.FORBIDDEN: ("FORBIDDEN", "ask for a key in a role that may do this"),
    HTTPStatus.NOT_FOUND: ("NOT_FOUND", "see /docs for the addresses there are"),
    HTTPStatus.METHOD_NOT_ALLOWED: ("METHOD_NOT_ALLOWED", "the Allow header says which methods there are"),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: ("BODY_TOO_LARGE", "send less at once"),
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: ("UNSUPPORTED_MEDIA_TYPE", "send application/json"),
    HTTPStatus.SERVICE_UNAVAILABLE: ("UNAVAILABLE", "send it again after the time in Retry-After"),
    HTTPStatus.INTERNAL_SERVER_ERROR: ("INTERNAL_ERROR", "send it again; if it stays, tell us the X-Request-ID"),
}
# How to mend what pydantic found, by its name for the fault; the detail says what would be right.
_MENDING = {
    "missing": "add it",
    "extra_forbidden": "leave it out, or see /docs for the name it has",
    "enum": "send one of those",
    "literal_error": "send one of those",
    "model_type": "send a JSON object",
    "model_attributes_type": "send a JSON object",
}
_SEE = "send it as /docs describes it"
# What a Literal of an enumeration is called there: no caller knows our classes.
_MEMBER = re.compile(r"<\w+\.\w+: ('[^']*')>")


@dataclass(frozen=True, slots=True)
class Problem:
    """What a caller is told instead of an answer: what is wrong, where, and how to mend it; `more` comes besides."""

    status: int
    reason: str
    detail: str
    where: str = ""
    fix: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    more: tuple[tuple[str, object], ...] = ()

    def response(self) -> Response:
        """The problem as an answer."""
        body = {
            "type": f"urn:digital-port:problem:{self.reason.lower().replace('_', '-')}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "reason": self.reason,
            "where": self.where or None,
            "fix": self.fix or None,
        }
        told = orjson.dumps({name: value for name, value in body.items() if value is not None} | dict(self.more))
        return Response(told, status_code=self.status, media_type=MEDIA_TYPE, headers=dict(self.headers))


class Refused(Exception):
    """Raised anywhere in `web` to answer with the problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


def refused(status: int, reason: str, detail: str, *, where: str = "", fix: str = "", **headers: str) -> Refused:
    """A refusal to raise; header names are given with underscores."""
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Refused(Problem(status, reason, detail, where, fix, named))


def add_problems(app: FastAPI, statuses: Mapping[type[Exception], int]) -> None:
    """Answer every refusal with a problem; `statuses` is the one table from an error of `port` to its status."""

    def of_the_port(_request: Request, error: Exception) -> Response:
        return response_to(error, statuses)

    for kind in statuses:
        app.add_exception_handler(kind, of_the_port)
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http_exception)
    app.add_exception_handler(Exception, _unexpected)


def response_to(error: Exception, statuses: Mapping[type[Exception], int]) -> Response:
    """The answer to a refusal of ours, or to an error of `port` that has a status."""
    if isinstance(error, Refused):
        return error.problem.response()
    status = next(statuses[kind] for kind in type(error).__mro__ if kind in statuses)
    return problem_of(error, status).response()


def problem_of(error: Exception, status: int) -> Problem:
    """An error of `port` in its own words; its reason is its class name where it gives none."""
    reason = getattr(error, "reason", "") or re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(error).__name__).upper()
    retry_after = getattr(error, "retry_after", None)
    return Problem(
        status,
        str(reason),
        str(error) or HTTPStatus(status).phrase,
        where=str(getattr(error, "where", "")),
        fix=str(getattr(error, "fix", "")),
        headers=(("Retry-After", str(retry_after)),) if retry_after is not None else (),
    )


def invalid(errors: Iterable[ErrorDetails | Mapping[str, object]]) -> Problem:
    """What pydantic found wrong with a body or a query: the first fault is told, the others are named."""
    faults = [(_path(error["loc"]), _words(error["msg"]), str(error["type"])) for error in errors]
    where, what, kind = faults[0]
    if kind == "json_invalid":
        return Problem(400, "NOT_JSON", what, where=where, fix="send one JSON value, in UTF-8")
    others = ", ".join(path for path, *_ in faults[1:6])
    detail = f"{where}: {what}" if where else what
    detail += f"; also wrong: {others}" if others else ""
    return Problem(422, "VALUE_INVALID", detail, where=where, fix=_MENDING.get(kind, _SEE))


def _words(message: object) -> str:
    return _MEMBER.sub(r"\1", str(message).removeprefix("Value error, "))


def _path(where: object) -> str:
    parts = where if isinstance(where, tuple) else ()
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return path.removeprefix(".").removeprefix("body.")


def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return error.problem.response()


def _invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return invalid(error.errors()).response()


def _http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    phrase = HTTPStatus(error.status_code).phrase
    reason, fix = _DETAILS.get(HTTPStatus(error.status_code), (re.sub(r"\W+", "_", phrase).upper(), ""))
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        # The router names only the methods of the first route with this address.
        headers["Allow"] = ", ".join(_allowed(request))
    return Problem(
        error.status_code, reason, error.detail or phrase, fix=fix, headers=tuple(headers.items())
    ).response()


def _allowed(request: Request) -> list[str]:
    return [
        method
        for method in ("DELETE", "GET", "PATCH", "POST", "PUT")
        if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in request.app.routes)
    ]


def _unexpected(_request: Request, _error: Exception) -> Response:
    reason, fix = _DETAILS[HTTPStatus.INTERNAL_SERVER_ERROR]
    return Problem(500, reason, "something went wrong here; it is logged", fix=fix).response()
