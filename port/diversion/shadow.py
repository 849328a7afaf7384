"""Deciding a live case again by another version: on the facts, draws and sites as they were stored.  Pure."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import orjson

from events.types import DiversionDecided, Reason
from port.diversion.capacity import SiteState
from port.diversion.case import Case
from port.diversion.decide import Outcome, decide
from port.diversion.table import DEFAULT_ROW, Ruleset


class Shadowed(NamedTuple):
    """What another version would have decided; `fault` says what went wrong in it, "" when nothing did."""

    route: str
    reason: str
    row: str | None
    fault: str = ""


def decide_again(fact: DiversionDecided, candidate: Ruleset, *, live: Ruleset | None) -> Shadowed:
    """What `candidate` would have made of a decision that was taken by `live` (None when that is not known any more).

    A rule that breaks is a fault of the candidate only where it did not break the live decision too.
    """
    case = Case.from_json(fact.case)
    sites = sites_as_stored(fact.sites_seen, candidate, live=live)
    outcome = decide(case, candidate, draws=dict(fact.draws), sites=sites)
    is_fault = outcome.reason is Reason.RULE_FAULT and fact.reason is not Reason.RULE_FAULT
    return Shadowed(
        outcome.route.value, outcome.reason.value, deciding_row(outcome, candidate), _words(outcome) if is_fault else ""
    )


def sites_as_stored(sites_seen: str, candidate: Ruleset, *, live: Ruleset | None) -> SiteState:
    """The sites as the live decision saw them.  How many bays were taken at a site that the live version did not know,
    or that it gave no limit, nobody counted: none, then."""
    free = orjson.loads(sites_seen)
    if not free and (live is None or live.sites):
        return SiteState(is_known=False)
    bays, plugs = Counter[str](), Counter[str]()
    known = {site.code: site for site in live.sites} if live is not None else {}
    for site in candidate.sites:
        told, counted_on = free.get(site.code), known.get(site.code, site)
        if told is None:
            continue
        if counted_on.bays is not None and told["freeBays"] is not None:
            bays[site.code] = counted_on.bays - told["freeBays"]
        plugs[site.code] = counted_on.reefer_plugs - told["freePlugs"]
    return SiteState(bays, plugs)


def deciding_row(outcome: Outcome, ruleset: Ruleset) -> str | None:
    """The row that decided for the box: of several declarations' the one that leads where it goes."""
    return row_of(outcome.rows, outcome.intended_route, ruleset)


def row_of(rows: tuple[tuple[str, str | None], ...], route: str, ruleset: Ruleset | None) -> str | None:
    """Of the rows that decided per declaration, the one that leads down this route; else the first there is."""
    told = [row for _, row in rows if row is not None]
    if ruleset is not None:
        routes = {row.id: row.route.value for row in ruleset.rows} | {DEFAULT_ROW: ruleset.default.route.value}
        told.sort(key=lambda row: routes.get(row) != route)
    return told[0] if told else None


def _words(outcome: Outcome) -> str:
    if outcome.undetermined:
        return f"a rule could not read {', '.join(outcome.undetermined)}"
    return "a rule broke"
