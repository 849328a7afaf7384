"""The example ruleset on declarations with known outcomes, beside chance, a table of one fact, and LightGBM.

The files are not part of the project: BENCH_DECLARATIONS names the folder that has train.csv.gz and valid.csv.gz.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from adapters.declarations import DeclarationFile
from bench import baseline
from bench.sections import Skipped
from port.diversion.backtest import backtest
from port.diversion.backtest_selection import Budget, Candidates, choose
from port.diversion.documents import load_file
from port.diversion.intervals import Estimate
from port.diversion.loading import load
from port.diversion.outcomes import PastCase
from port.diversion.profiles import Profiles
from port.diversion.profiles_of_cases import teach
from port.diversion.report_parts import Stratum
from port.diversion.table import Ruleset

FOLDER = "BENCH_DECLARATIONS"
SHARES = (0.01, 0.02, 0.05, 0.1)
FLOOR = 0.2
EXAMPLE = Path(__file__).parent.parent / "docs" / "rulesets" / "import-targeting.json"
_SEEDS = 25
_OURS = "**our ruleset**"
_REMARK = """These declarations are **synthetic**: a generator made them from a few originals, so the same goods come
again with the same mass and value, and nearly always with the same outcome. That is what the fact "goods declared
alike" finds, and why the figures are this good: they say that the table, the profiles and the back-test do what they
should, and nothing of skill on real cargo. The ruleset, its facts and its bounds were chosen on train alone, split by
time, and so were LightGBM's settings."""


def measure(_rounds: int) -> str:
    """Precision and recall at several shares, with and without a floor by lot; and what the floor costs."""
    folder = Path(os.environ.get(FOLDER, ""))
    train, tested = folder / "train.csv.gz", folder / "valid.csv.gz"
    if not os.environ.get(FOLDER) or not train.is_file() or not tested.is_file():
        raise Skipped(f"{FOLDER} names no folder with train.csv.gz and valid.csv.gz")
    history, cases = _taught(train), _cases(tested)
    rivals = {
        "LightGBM, finds per category and pair": baseline.score(train, tested, with_lots=False),
        "LightGBM, goods declared alike besides": baseline.score(train, tested, with_lots=True),
    }
    ranked = {
        _OURS: _ranked(cases, _ours(), history),
        "HS6 × origin alone": _ranked(cases, _one(), history),
        **{name: _scored(cases, rival.risks) for name, rival in rivals.items()},
    }
    settings = "; ".join(f"{name}: {rival.setting}" for name, rival in rivals.items())
    parts = (
        _head(cases, history),
        _table(ranked, 0.0),
        f"The same with {FLOOR:.0%} of the inspections drawn by lot:",
        _table(ranked, FLOOR),
        _price(ranked[_OURS]),
        f"Settings chosen on train. {settings}.",
        _REMARK,
    )
    return "\n\n".join(parts)


def _head(cases: Sequence[PastCase], history: Profiles) -> str:
    found = sum(bool(past.found) for past in cases)
    return (
        f"{len(cases):,} declarations of the quarter after train, {found:,} with a find ({found / len(cases):.1%}); "
        f"profiles learnt from the {history.general.inspections:,} of train. Precision (Wilson's 95 % interval) / "
        "recall."
    )


def _cases(path: Path) -> list[PastCase]:
    return [row.to_case() for row in DeclarationFile.at_path(path)]


def _taught(path: Path) -> Profiles:
    profiles = Profiles()
    for past in _cases(path):
        if past.found is not None:
            teach(profiles, past.case, found=past.found)
    return profiles


def _ours() -> Ruleset:
    return load_file(EXAMPLE.read_bytes()).ruleset


def _one() -> Ruleset:
    """No rows, and one fact to go by."""
    words = {"zh": "对照", "en": "yardstick"}
    risk = [{"fact": "hs_origin_find_rate", "weight": 1.0, "missing": 0.2}]
    default = {"route": "YARD", "note": words}
    return load(json.dumps({"name": "yardstick", "title": words, "rows": [], "default": default, "risk": risk}))


def _ranked(cases: Sequence[PastCase], ruleset: Ruleset, history: Profiles) -> Candidates:
    """The cases with the place the ruleset gives them, by way of a back-test that chooses them all."""
    chosen = backtest(cases, ruleset, history=history, budget=Budget(1.0)).chosen
    places = {one.name: (one.why == "ROWS", float(-place)) for place, one in enumerate(chosen)}
    return _candidates(cases, [places[_name(past)] for past in cases])


def _scored(cases: Sequence[PastCase], risks: Sequence[float]) -> Candidates:
    return _candidates(cases, [(False, risk) for risk in risks])


def _candidates(cases: Sequence[PastCase], told: Sequence[tuple[bool, float]]) -> Candidates:
    made = Candidates(Budget(0).seed)
    for past, (is_ruled, risk) in zip(cases, told, strict=True):
        made.add(_name(past), is_ruled=is_ruled, risk=risk, found=past.found, day=past.at.toordinal())
    return made


def _name(past: PastCase) -> str:
    return past.case.standings[0].key


def _table(ranked: Mapping[str, Candidates], floor: float) -> str:
    lines = ["| inspected |" + "".join(f" {share:.0%} |" for share in SHARES), "|---|" + "---|" * len(SHARES)]
    for name, candidates in ranked.items():
        lines.append(f"| {name} |" + "".join(f" {_cell(candidates, Budget(share, floor))} |" for share in SHARES))
    everything = next(iter(ranked.values()))
    lines.append("| by lot |" + "".join(f" {_cell(everything, Budget(share, 1.0))} |" for share in SHARES))
    return "\n".join(lines)


def _cell(candidates: Candidates, budget: Budget) -> str:
    choice = choose(candidates, budget)
    chosen = [*choice.targeted, *choice.random]
    stratum, recall = candidates.stratum(chosen), candidates.recall(chosen)
    return f"{_told(stratum)} / {recall.value:.3f}" if recall else _told(stratum)


def _told(stratum: Stratum) -> str:
    share: Estimate | None = stratum.precision
    return f"{share.value:.3f} ({share.low:.3f}–{share.high:.3f})" if share else "–"


def _price(candidates: Candidates) -> str:
    """Over several lots, because one is luck."""
    told = []
    for share in SHARES:
        prices, misses = [], 0
        for seed in range(_SEEDS):
            candidates_here = _reseeded(candidates, seed)
            choice = choose(candidates_here, Budget(share, FLOOR, seed))
            prices.append(candidates.stratum(choice.instead).finds - candidates.stratum(choice.random).finds)
            misses = len(choice.random)
        told.append(f"{share:.0%}: {sum(prices) / len(prices):.0f} finds ({min(prices)}–{max(prices)}) of {misses}")
    return f"Price of the floor for our ruleset, mean and range over {_SEEDS} lots: {'; '.join(told)} inspections."


def _reseeded(candidates: Candidates, seed: int) -> Candidates:
    made = Candidates(seed)
    for number, name in enumerate(candidates.names):
        outcome = candidates.outcomes[number]
        made.add(
            name,
            is_ruled=bool(candidates.ruled[number]),
            risk=candidates.risks[number],
            found=None if outcome < 0 else bool(outcome),
            day=candidates.days[number],
        )
    return made
