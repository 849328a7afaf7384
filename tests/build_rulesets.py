"""Tables for the tests of the back-test."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from port.diversion.documents import load_file
from port.diversion.loading import load
from port.diversion.table import Ruleset

WORDS = {"zh": "测试", "en": "test"}
EXAMPLE = Path(__file__).parent.parent / "docs" / "rulesets" / "import-targeting.json"


def targeting() -> Ruleset:
    """The example of the docs."""
    return load_file(EXAMPLE.read_bytes()).ruleset


def row(name: str, route: str, **when: tuple[str, Any]) -> Mapping[str, Any]:
    """A row with one condition per fact: `hs_code=("prefix", ["64"])`."""
    told = [{"fact": fact, "operator": operator, "value": value} for fact, (operator, value) in when.items()]
    return {"id": name, "route": route, "when": told, "note": WORDS}


def table(rows: Sequence[Mapping[str, Any]], *, default: str = "YARD", **parts: Any) -> Ruleset:
    """A ruleset of these rows."""
    written = {"name": "test", "title": WORDS, "rows": list(rows), "default": {"route": default, "note": WORDS}}
    return load(json.dumps({**written, **parts}))
