"""The yardstick of the declarations: LightGBM, tuned on train alone.

Given raw categories of two thousand codes it does badly, so each category, and each pair that is worth one, comes as
what past inspections found of it, point in time, beside the numbers as they stand.
"""

from __future__ import annotations

import csv
import gzip
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, cast

import lightgbm
import numpy

from port.diversion.profiles import ProfileKind, Profiles, Unfolding

_CATEGORIES = ("Office ID", "Import Type", "Import Use", "Payment Type", "Mode of Transport", "Tax Type")
_NUMBERS = ("Tax Rate", "Net Mass", "Item Price")
_COUNTED = (
    ("HS6 Code",),
    ("Country of Origin",),
    ("Country of Departure",),
    ("Tax Type",),
    ("Office ID",),
    ("Importer ID",),
    ("Declarant ID",),
    ("Seller ID",),
    ("HS6 Code", "Country of Origin"),
    ("HS6 Code", "Country of Departure"),
    ("HS6 Code", "Tax Type"),
    ("HS6 Code", "Country of Origin", "Country of Departure", "Tax Type"),
)
_LOT = ("HS6 Code", "Country of Origin", "Net Mass", "Item Price")
_OUTCOME = "Fraud"
_LEARNT_FROM_MONTH, _TUNED_FROM_MONTH = 3, 10
_GRID = [
    {"num_leaves": leaves, "min_data_in_leaf": least, "learning_rate": rate}
    for leaves in (15, 63)
    for least in (20, 100)
    for rate in (0.03, 0.1)
]
_FIXED = {"objective": "binary", "verbose": -1, "seed": 7, "deterministic": True, "num_threads": 1}
_ROUNDS, _PATIENCE = 600, 60

Row = Mapping[str, str]


@dataclass(frozen=True)
class Scored:
    """The risk of each row to choose from, in the file's order, and the setting that gave it."""

    risks: Sequence[float]
    setting: str


def score(train: Path, tested: Path, *, with_lots: bool) -> Scored:
    """Learn on the middle months of train, choose the setting on its last, learn again on both, score the other file.

    `with_lots` gives it what our ruleset's best fact is made of: finds among goods declared alike.
    """
    rows, later = list(_rows(train)), list(_rows(tested))
    matrix = _matrix(rows, later, (*_COUNTED, _LOT) if with_lots else _COUNTED)
    found = numpy.array([int(row[_OUTCOME]) for row in rows], dtype=float)
    months = numpy.array([int(row["Date"][5:7]) for row in rows])
    known = matrix[: len(rows)]
    early, late = (months >= _LEARNT_FROM_MONTH) & (months < _TUNED_FROM_MONTH), months >= _TUNED_FROM_MONTH
    tried = [_tried(setting, known[early], found[early], known[late], found[late]) for setting in _GRID]
    _, rounds, setting = max(tried, key=lambda one: one[0])
    both = months >= _LEARNT_FROM_MONTH
    whole = lightgbm.train({**_FIXED, **setting}, lightgbm.Dataset(known[both], found[both]), rounds)
    risks = cast("Any", whole.predict(matrix[len(rows) :]))
    return Scored([float(risk) for risk in risks], f"{setting}, {rounds} rounds")


def _rows(path: Path) -> Iterator[Row]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as text:
        yield from csv.DictReader(text)


def _matrix(rows: Sequence[Row], later: Sequence[Row], counted: Sequence[Sequence[str]]) -> Any:
    """A line per row: the numbers, the codes, and what was found of it before its day; `later` teaches nothing."""
    kinds = [
        ProfileKind(" ".join(names), "DECLARATION", tuple((name, 0) for name in names), weight=2.0) for names in counted
    ]
    facts = [fact for kind in kinds for fact in (kind.find_rate, kind.inspections)]
    codes: dict[tuple[str, str], int] = {}
    unfolding, lines = Unfolding(Profiles(kinds)), []
    for number, row in enumerate((*rows, *later)):
        day = date.fromisoformat(row["Date"])
        told = unfolding.on(day).declaration_facts(row)
        numbers = [float(row[name] or "nan") for name in _NUMBERS]
        coded = [codes.setdefault((name, row[name]), len(codes)) for name in _CATEGORIES]
        lines.append([*numbers, _per(numbers[2], numbers[1]), *coded, *(told.get(fact, numpy.nan) for fact in facts)])
        if number < len(rows):
            unfolding.learn(day, row, (), found=row[_OUTCOME] == "1")
    return numpy.array(lines, dtype=float)


def _per(value: float, mass: float) -> float:
    return value / mass if mass else float("nan")


def _tried(
    setting: dict[str, float], rows: Any, found: Any, later: Any, found_later: Any
) -> tuple[float, int, dict[str, float]]:
    """How well it does on the later months, and after how many rounds best."""
    data = lightgbm.Dataset(rows, found)
    held = lightgbm.Dataset(later, found_later, reference=data)
    stop = lightgbm.early_stopping(_PATIENCE, verbose=False)
    parameters = {**_FIXED, **setting, "metric": "average_precision"}
    model = lightgbm.train(parameters, data, _ROUNDS, valid_sets=[held], callbacks=[stop])
    reached = _early_precision(model.predict(later), found_later)
    print(f"lightgbm {setting}, {model.best_iteration} rounds: {reached:.4f}", file=sys.stderr)
    return reached, model.best_iteration, setting


def _early_precision(risks: Any, found: Any) -> float:
    """Average precision over the first tenth, which is all that anybody could inspect."""
    order = numpy.argsort(-risks, kind="stable")[: max(len(risks) // 10, 1)]
    return float((numpy.cumsum(found[order]) / numpy.arange(1, len(order) + 1)).mean())
