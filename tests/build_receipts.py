"""What is asked of an answer's receipt."""

from __future__ import annotations

from typing import Any

import httpx

OTHER = "MSCU6639870"


def outcomes(answer: dict[str, Any]) -> list[str]:
    return [result["outcome"] for result in answer["results"]]


def refusals(answer: httpx.Response) -> list[tuple[str, str, str]]:
    """(path, reason, where) of each refused item; each must say in words what is wrong and how to mend it."""
    errors = [(result["path"], result["error"]) for result in answer.json()["results"] if result["error"]]
    assert all(error["message"] and error["fix"] for _, error in errors)
    return [(path, error["reason"], error["where"]) for path, error in errors]
