"""What pydantic says of a wrong item, said as a Rejected: the reason, a JSON path, and how to mend it."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from adapters.rejection import Reason, Rejected

_REASONS = {
    "missing": Reason.FIELD_MISSING,
    "extra_forbidden": Reason.UNKNOWN_FIELD,
    "enum": Reason.UNKNOWN_CODE,
    "literal_error": Reason.UNKNOWN_CODE,
}
# Where pydantic's own words name our classes or patterns.
_WORDS = {
    "model_type": "a JSON object is wanted",
    "model_attributes_type": "a JSON object is wanted",
    "string_pattern_mismatch": "it has not the right form, or has control characters",
}
# Without these nothing can be placed in time, so their absence has a reason of its own.
_EVENT_TIMES = frozenset({"eventDateTime", "noticeDateTime", "scanDateTime"})
_MAX_ALSO = 3


def refusal_of(error: ValidationError, model: type[BaseModel], path: str) -> Rejected:
    """The first fault, with the places of the next few in its message, so that one answer mends them all."""
    faults = error.errors(include_url=False)
    first = faults[0]
    reason = _reason_of(first)
    message, fix = _words_for(first, reason, model)
    also = ", ".join(f"{_where(path, fault['loc'])} ({_reason_of(fault)})" for fault in faults[1 : 1 + _MAX_ALSO])
    return Rejected(
        reason, _where(path, first["loc"]), message=f"{message} Also wrong: {also}." if also else message, fix=fix
    )


def _reason_of(fault: ErrorDetails) -> Reason:
    kind, name = fault["type"], fault["loc"][-1] if fault["loc"] else ""
    if kind in Reason.__members__:
        reason = Reason[kind]
    elif kind != "extra_forbidden" and fault["input"] is None:
        reason = Reason.FIELD_MISSING
    else:
        reason = _REASONS.get(kind, Reason.BAD_VALUE)
    return Reason.TIME_MISSING if reason is Reason.FIELD_MISSING and name in _EVENT_TIMES else reason


def _words_for(fault: ErrorDetails, reason: Reason, model: type[BaseModel]) -> tuple[str, str]:
    said: dict[str, Any] = fault.get("ctx", {})
    name = str(fault["loc"][-1])[:40] if fault["loc"] else "the item"
    if fault["type"] in Reason.__members__:
        return said["message"], said["fix"]
    if reason in (Reason.FIELD_MISSING, Reason.TIME_MISSING):
        return f"{name} is missing.", ""
    if reason is Reason.UNKNOWN_FIELD:
        known = [field.alias or "" for field in model.model_fields.values()]
        near = get_close_matches(name, known, 1) if len(fault["loc"]) == 1 else []
        return f"There is no field {name} here.", f"Did you mean {near[0]}?" if near else ""
    if fault["type"] in _WORDS:
        return f"{_short(fault['input'])} cannot stand here: {_WORDS[fault['type']]}.", ""
    if reason is Reason.UNKNOWN_CODE:
        return f"{_short(fault['input'])} is not a code of {name}.", f"Send {said.get('expected', 'one of its codes')}."
    return f"{_short(fault['input'])} cannot stand here: {fault['msg']}.", ""


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _where(path: str, location: tuple[int | str, ...]) -> str:
    where = "" if path == "$" else path
    for step in location:
        if isinstance(step, int):
            where += f"[{step}]"
        else:
            where += f".{step[:40]}" if where else step[:40]
    return where or "$"
