"""A decision explained: the facts it was made on, the row that decided, and why every other row did not."""

from __future__ import annotations

from typing import Any

import orjson

from port.diversion.case import Case
from port.diversion.explain import RowVerdict, explain
from port.diversion.table import Ruleset
from port.orders import Decided

Told = dict[str, Any]  # JSON as an officer reads it


def explain_decision(decided: Decided, ruleset: Ruleset | None) -> Told:
    """Facts, rows with their why-nots, draws and sites as stored.

    `ruleset` is the version the decision names; without it the rows cannot be recomputed and are left out, which
    `rulesetAvailable` says.
    """
    fact = decided.fact
    case = Case.from_json(fact.case)
    verdicts = explain(case, ruleset, dict(fact.draws)) if ruleset is not None else ()
    return {
        "facts": orjson.loads(fact.case),
        "declarations": [
            {"document": s.document, "declaration": s.declaration, "status": s.status.value} for s in case.standings
        ],
        "matchedRows": [{"declaration": declaration, "row": matched} for declaration, matched in fact.rows],
        "rows": [row(verdict) for verdict in verdicts],
        "rulesetAvailable": ruleset is not None,
        "draws": dict(fact.draws),
        "sitesSeen": orjson.loads(fact.sites_seen),
        "becauseOf": list(fact.because_of),
    }


def row(verdict: RowVerdict) -> Told:
    """One row on one goods line of a declaration."""
    return {
        "declaration": verdict.declaration,
        "line": verdict.line,
        "row": verdict.row,
        "verdict": verdict.verdict.value,
        "matched": verdict.is_first,
        "sentence": {"zh": verdict.sentence.zh, "en": verdict.sentence.en},
        "whyNot": [{"zh": why.sentence.zh, "en": why.sentence.en} for why in verdict.why_not],
    }
