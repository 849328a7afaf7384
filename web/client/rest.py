"""What the client asks by HTTP: tickets for the stream, and whatever is read once."""

from __future__ import annotations

from http import HTTPStatus

import httpx

from web.client.tellings import Wire

_AWAY = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
_LONGEST_WAIT_SECONDS = 300.0


class Refused(Exception):
    """The port answered no; `reason` is its code for why."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason


class NotReached(Exception):
    """The port did not answer, or cannot just now; it asks not to be asked again for `retry_after` seconds."""

    def __init__(self, message: str, retry_after: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


async def draw_ticket(http: httpx.AsyncClient) -> str:
    """A ticket that opens the stream once.  Raises Refused or NotReached."""
    answer = await ask(http, "POST", "/v1/stream-tickets")
    return str(answer["ticket"])


async def ask(http: httpx.AsyncClient, method: str, path: str) -> Wire:
    """The answer to one question.  Raises Refused or NotReached."""
    try:
        response = await http.request(method, path)
    except httpx.TransportError as error:
        raise NotReached(f"no answer from {http.base_url}: {type(error).__name__}") from None
    if not response.is_success:
        raise refusal_of(response)
    answer: Wire = response.json()
    return answer


def refusal_of(response: httpx.Response) -> Refused | NotReached:
    """Why an answer, read to its end, is none."""
    status = response.status_code
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _AWAY:
        return NotReached(f"the port answers {status}", _seconds(response.headers.get("retry-after", "")))
    try:
        told = response.json()
    except ValueError:
        told = {}
    if not isinstance(told, dict):
        told = {}
    words = (told.get("detail") or f"the port answers {status}", told.get("fix"))
    return Refused(status, str(told.get("reason", "")), " ".join(word for word in words if word))


def _seconds(retry_after: str) -> float:
    return min(float(retry_after), _LONGEST_WAIT_SECONDS) if retry_after.isascii() and retry_after.isdecimal() else 0.0
