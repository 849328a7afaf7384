"""A simulation as a job: the traditional way and these versions over the same days, and its report.  Child only."""

from __future__ import annotations

import csv
import html
import io
from collections.abc import Callable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from port import lab_days, rulesets
from port.diversion.moves.boxes import Day, variants_of
from port.diversion.moves.parameters import Parameters
from port.diversion.moves.recorded import day_of
from port.diversion.moves.simulation import simulate
from port.diversion.table import Ruleset
from port.errors import NothingThere
from web.lab_parameters import KeptSimulation
from web.lab_work import Bench, Found

_HEADING = ("variant", "rulesetHash", "sides", "group", "figure", "mean", "low", "high", "change")


def work(bench: Bench) -> Found:
    """The report of the simulation that is asked for."""
    asked = KeptSimulation.model_validate_json(bench.job.parameters)
    variants = variants_of(_named(bench, asked.rulesets))
    parameters = Parameters().changed(asked.parameters)
    day = _recorded(bench, asked) if asked.source == "VISITS" else None
    compared = simulate(parameters, variants, progress=lambda done: bench.tell(done, "days"), day_of=day)
    report = orjson.loads(compared.to_json())
    return Found(report, _page(report), _csv(report))


def _recorded(bench: Bench, asked: KeptSimulation) -> Callable[[int], Day]:
    assert asked.since is not None
    assert asked.until is not None
    with bench.database.read() as connection:
        boxes = lab_days.recorded_boxes(connection, since=asked.since, until=asked.until)
    if not boxes:
        raise NothingThere("no box came to its point in that time")
    return day_of(boxes, zone=ZoneInfo(asked.zone))


def _named(bench: Bench, hashes: tuple[str, ...]) -> dict[str, Ruleset]:
    """By family and the beginning of the hash, in the order asked for: the active one first."""
    named = {}
    with bench.database.read() as connection:
        for content_hash in hashes:
            found = rulesets.find(connection, content_hash)
            if found is None:
                raise NothingThere(f"the version {content_hash[:8]} is not kept here any more")
            named[f"{found.name} {content_hash[:8]}"] = found
    return named


def _rows(report: dict[str, Any]) -> Iterator[tuple[object, ...]]:
    for variant in report["variants"]:
        for group in variant["groups"]:
            for figure, spread in group["figures"].items():
                change = group["changes"].get(figure)
                yield (
                    variant["name"], variant["rulesetHash"], group["sides"], group["group"], figure, spread["mean"],
                    spread["low"], spread["high"], None if change is None else change["mean"],
                )  # fmt: skip


def _csv(report: dict[str, Any]) -> str:
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow(_HEADING)
    table.writerows(_rows(report))
    return written.getvalue()


def _page(report: dict[str, Any]) -> str:
    """The table as a page; the lab draws its own charts from the JSON."""
    heading = "".join(f"<th>{name}</th>" for name in _HEADING)
    rows = "".join(
        "<tr>" + "".join(f"<td>{html.escape('' if cell is None else str(cell))}</td>" for cell in row) + "</tr>"
        for row in _rows(report)
    )
    return (
        "<!doctype html><html lang='en'><meta charset='utf-8'><title>Moves and hours 搬移与时间</title>"
        "<style>body{font:14px sans-serif}td,th{padding:2px 8px;text-align:left;border-bottom:1px solid #ccc}</style>"
        f"<h1>Moves and hours 搬移与时间</h1><p>{len(report['seeds'])} days</p>"
        f"<table><thead><tr>{heading}</tr></thead><tbody>{rows}</tbody></table></html>"
    )
