"""What a back-test found, as frozen values: written as JSON here, as CSV and HTML beside."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from port.diversion.intervals import Estimate
from port.diversion.report_parts import (
    Calibration,
    Chosen,
    Day,
    FlipCase,
    FlipCell,
    Hour,
    MissingFact,
    RandomFloor,
    RowReport,
    Selection,
    Stratum,
)

ReportJson = dict[str, Any]
"""What `json` takes; it has no narrower type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All of it.  `recall` is estimated from the random stratum alone; None where there is none with known outcomes.

    `chosen` are the cases of a selection in the order they were chosen; they may be many, and stay out of the JSON.
    """

    ruleset: str
    name: str
    against: str | None
    cases: int
    since: datetime | None
    until: datetime | None
    learnt_inspections: int
    flips: tuple[FlipCell, ...]
    flip_cases: tuple[FlipCase, ...]
    rows: tuple[RowReport, ...]
    by_rules: Stratum
    random: Stratum
    unknown: int
    recall: Estimate | None
    random_floor: RandomFloor | None
    selection: Selection | None
    chosen: tuple[Chosen, ...]
    per_hour: tuple[Hour, ...]
    series: tuple[Day, ...]
    calibration: tuple[Calibration, ...]
    missing_facts: tuple[MissingFact, ...]
    faults: int

    def to_json(self) -> ReportJson:
        """Plain lists, dicts, texts and numbers, camelCase; what a job stores and the lab shows."""
        return {
            "ruleset": self.ruleset,
            "name": self.name,
            "against": self.against,
            "cases": self.cases,
            "from": self.since and self.since.isoformat(),
            "to": self.until and self.until.isoformat(),
            "learntInspections": self.learnt_inspections,
            "flips": {
                "cells": [{"from": one.was, "to": one.now, "count": one.count} for one in self.flips],
                "cases": [_flip_case(one) for one in self.flip_cases],
            },
            "rows": [_row(one) for one in self.rows],
            "strata": {
                "byRules": stratum_json(self.by_rules),
                "random": stratum_json(self.random),
                "unknown": self.unknown,
            },
            "recall": estimate_json(self.recall),
            "randomFloor": self.random_floor and _floor(self.random_floor),
            "selection": self.selection and selection_json(self.selection),
            "perHour": [_hour(one) for one in self.per_hour],
            "series": [_day(one) for one in self.series],
            "calibration": [_calibration(one) for one in self.calibration],
            "missingFacts": [_missing(one) for one in self.missing_facts],
            "faults": self.faults,
        }

    def to_text(self) -> str:
        """`to_json` as a text, the same for the same report."""
        return json.dumps(self.to_json(), ensure_ascii=False, sort_keys=True)


def estimate_json(estimate: Estimate | None) -> Mapping[str, float | int] | None:
    """None where nobody can tell."""
    return None if estimate is None else estimate.to_json()


def stratum_json(stratum: Stratum) -> ReportJson:
    """Counts and precision of one kind of inspections."""
    return {
        "inspected": stratum.inspected,
        "known": stratum.known,
        "finds": stratum.finds,
        "precision": estimate_json(stratum.precision),
    }


def selection_json(selection: Selection) -> ReportJson:
    """What the budget went to."""
    return {
        "share": selection.share,
        "randomFloor": selection.random_floor,
        "seed": selection.seed,
        "budget": selection.budget,
        "byRows": selection.by_rows,
        "byRisk": selection.by_risk,
        "atRandom": selection.at_random,
        "overall": stratum_json(selection.overall),
        "knownRecall": estimate_json(selection.known_recall),
        "topUpFrom": selection.top_up_from,
    }


def _flip_case(one: FlipCase) -> ReportJson:
    return {
        "containerNumber": one.container_number,
        "decisionID": one.decision_id,
        "from": one.was,
        "to": one.now,
        "row": one.row,
    }


def _row(one: RowReport) -> ReportJson:
    return {
        "row": one.row,
        "route": one.route,
        "sentence": {"zh": one.zh, "en": one.en},
        "hits": one.hits,
        "incremental": one.incremental,
        "exclusive": one.exclusive,
        "known": one.known,
        "finds": one.finds,
        "precision": estimate_json(one.precision),
    }


def _floor(one: RandomFloor) -> ReportJson:
    return {"budget": one.budget, "finds": one.finds, "priceInFinds": one.price_in_finds}


def _hour(one: Hour) -> ReportJson:
    return {
        "hour": one.hour.isoformat(),
        "inspections": one.inspections,
        "against": one.against,
        "capacity": one.capacity,
    }


def _day(one: Day) -> ReportJson:
    return {
        "day": one.day.isoformat(),
        "cases": one.cases,
        "inspections": one.inspections,
        "known": one.known,
        "finds": one.finds,
    }


def _calibration(one: Calibration) -> ReportJson:
    return {
        "route": one.route,
        "expectedRate": one.expected_rate,
        "topUpFrom": one.top_up_from,
        "reachedRate": one.reached_rate,
    }


def _missing(one: MissingFact) -> ReportJson:
    return {
        "fact": one.fact,
        "zh": one.zh,
        "en": one.en,
        "asked": one.asked,
        "missing": one.missing,
        "unreadable": one.unreadable,
    }
