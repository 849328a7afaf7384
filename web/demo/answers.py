"""What the port answers, as far as the stories need to know it.  A shape nobody expected reads as nothing said."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import httpx

from web.demo.steps import Answer, Decided, Instruction, Result, View

Row = Mapping[str, object]


def read(response: httpx.Response, *, party: str) -> Answer:
    """The answer in a response of any door: a receipt, a container, a list of instructions, a mailing or a problem.

    `party` is who asked: instructions in the answer are that one's to carry out.
    """
    body = _content(response)
    rows = _rows(body.get("results"))
    results = tuple(_result(row, party) for row in rows)
    is_duplicate = body.get("duplicate") is True
    return Answer(
        status=response.status_code,
        results=results,
        is_duplicate=is_duplicate,
        problem=_problem(body) if response.is_error and not rows else None,
        view=_view(body) if "headline" in body else None,
        mailing_id=_text(body.get("mailingID")),
        code=_text(body.get("code")),
        listed=tuple(filter(None, (_instruction(row, party) for row in _rows(body.get("instructions"))))),
        decisions=tuple(map(_decided, _rows(body.get("decisions")))),
        standing=next((result.instruction for result in results if result.instruction), None),
        # A repeat is answered with the first receipt, whose time is long past.
        server_now=None if is_duplicate else _time(body.get("receivedAt") or body.get("now")),
    )


def _content(response: httpx.Response) -> Row:
    try:
        content = response.json()
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _rows(value: object) -> list[Row]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _row(value: object) -> Row:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _time(value: object) -> datetime | None:
    text = _text(value)
    if text is None:
        return None
    told = datetime.fromisoformat(text)
    return told if told.tzinfo else None


def _result(row: Row, party: str) -> Result:
    error = _row(row.get("error"))
    return Result(
        outcome=_text(row.get("outcome")) or "",
        event_id=_text(row.get("eventID")),
        reason=_text(error.get("reason")),
        where=_text(error.get("where")),
        message=_text(error.get("message")),
        instruction=_instruction(_row(row.get("instruction")), party),
    )


def _instruction(row: Row, party: str) -> Instruction | None:
    instruction_id = _text(row.get("instructionID"))
    if instruction_id is None:
        return None
    return Instruction(
        keeper=party,
        instruction_id=instruction_id,
        container=_text(row.get("equipmentReference")) or "",
        route=_text(row.get("route")) or "",
        place=_text(row.get("place")),
        reason=_text(row.get("reason")) or "",
    )


def _decided(row: Row) -> Decided:
    return Decided(_text(row.get("decisionID")) or "", _text(row.get("equipmentReference")) or "")


def _view(body: Row) -> View:
    headline = _row(body.get("headline"))
    blockers = body.get("blockers")
    return View(
        headline=_text(headline.get("en")) or _text(headline.get("code")) or "",
        is_ready=body.get("readyForPickup") is True,
        may_load=body.get("mayLoad") is True,
        blockers=tuple(_blocker(blocker) for blocker in blockers) if isinstance(blockers, list) else (),
    )


def _blocker(blocker: object) -> str:
    return blocker if isinstance(blocker, str) else _text(_row(blocker).get("code")) or str(blocker)


def _problem(body: Row) -> str:
    parts = (_text(body.get(name)) for name in ("reason", "title", "detail", "where"))
    return ": ".join(filter(None, parts)) or "no reason given"
