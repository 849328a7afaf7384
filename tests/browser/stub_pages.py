"""Pages and files as the server itself gives them: their headers are part of what a page weighs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from web import pages

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
Answer = Callable[[Request], Awaitable[Response]]


def page(name: str) -> Answer:
    async def answer(request: Request) -> Response:
        policy = {"Content-Security-Policy": POLICY, "Referrer-Policy": "same-origin"}
        return pages.answer(request, pages.find_file(name), **policy)

    return answer


async def static_file(request: Request) -> Response:
    return pages.answer(request, pages.find_file(request.path_params["name"]))


def problem(status: int, reason: str, detail: str, **more: Any) -> Response:
    return JSONResponse({"title": reason, "status": status, "detail": detail, "reason": reason, **more}, status)
