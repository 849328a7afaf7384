"""The pages and their files: read once, compressed once, asked about again by their hash.

A new release shows at once (no-cache), yet what has not changed is only asked about (304).  Few headers on purpose: a
status page is fourteen small files, and 30 kB with them.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from fastapi import APIRouter, Request
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

STATIC = Path(__file__).parent / "static"
PAGES = {
    "/": "index.html",
    "/officer": "officer.html",
    "/rules": "rules.html",
    "/terminal": "terminal.html",
    "/certificates": "certificates.html",
    "/watchlist": "watchlist.html",
    "/notifications": "notifications.html",
    "/enter": "enter.html",
    # Where it lies says what it may serve: the whole site.
    "/sw.js": "sw.js",
}
# Everything comes from here; sockets go back to here; nothing may frame us.
_POLICY = (
    "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)
_SMALLEST_WORTH_COMPRESSING = 300

router = APIRouter(include_in_schema=False)


class GzipAnswers:
    """ASGI middleware: answers to questions go compressed from 1 kB on; what is pushed is answered as it is."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._compressing = GZipMiddleware(app, minimum_size=1000, compresslevel=5)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Compress a GET of the API; files come compressed already, and events of a stream must not wait."""
        is_question = scope["type"] == "http" and scope["method"] == "GET" and scope["path"].startswith("/v1/")
        app = self._compressing if is_question and not scope["path"].startswith("/v1/stream") else self._app
        await app(scope, receive, send)


@dataclass(frozen=True, slots=True)
class Packed:
    """A file as it leaves: plain, and compressed where that helps."""

    plain: bytes
    small: bytes | None
    etag: str
    media_type: str


@lru_cache(maxsize=256)
def _packed(path: Path, _changed_at: int) -> Packed:
    plain = path.read_bytes()
    small = gzip.compress(plain, 9, mtime=0) if len(plain) >= _SMALLEST_WORTH_COMPRESSING else None
    media_type = "application/manifest+json" if path.suffix == ".webmanifest" else mimetypes.guess_type(path.name)[0]
    return Packed(plain, small, f'"{hashlib.sha256(plain).hexdigest()[:12]}"', media_type or "application/octet-stream")


def find_file(name: str) -> Packed | None:
    """The file of that name under static/, None when there is none; never one outside."""
    path = (STATIC / name).resolve()
    if not path.is_relative_to(STATIC.resolve()) or not path.is_file():
        return None
    return _packed(path, path.stat().st_mtime_ns)


def answer(request: Request, found: Packed | None, **headers: str) -> Response:
    """The file, 304 when the asker has it, 404 when there is none."""
    if found is None:
        return Response(status_code=404)
    told = {"ETag": found.etag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding", **headers}
    if found.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=told)
    if found.small is not None and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(found.small, media_type=found.media_type, headers=told | {"Content-Encoding": "gzip"})
    return Response(found.plain, media_type=found.media_type, headers=told)


@router.get("/static/{name:path}")
def show_file(request: Request, name: str) -> Response:
    """A file of the screens."""
    return answer(request, find_file(name))


def _page(name: str):  # type: ignore[no-untyped-def]  # an endpoint
    def page(request: Request) -> Response:
        policy = {"Content-Security-Policy": _POLICY, "Referrer-Policy": "same-origin"}
        return answer(request, find_file(name), **policy)

    return page


for _path, _name in PAGES.items():
    router.add_api_route(_path, _page(_name))
