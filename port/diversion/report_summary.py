"""The figures of a back-test on a file, as one JSON value and as a text for a terminal."""

from __future__ import annotations

from port.diversion.intervals import Estimate
from port.diversion.report import Report, ReportJson, estimate_json, stratum_json
from port.diversion.report_parts import Selection, Stratum


def summary(report: Report) -> ReportJson:
    """Counts, precision and recall with their intervals; the whole is in `Report.to_json`.

    `precision` and `recall` are of all inspections that the budget allows: `recall` over the outcomes that the file
    knows, `recallFromRandom` what could be said of it had only the chosen been opened.
    """
    chosen = report.selection
    return {
        "ruleset": report.ruleset,
        "name": report.name,
        "declarations": report.cases,
        "from": report.since and report.since.date().isoformat(),
        "to": report.until and report.until.date().isoformat(),
        "learntInspections": report.learnt_inspections,
        "unknownOutcomes": report.unknown,
        "faults": report.faults,
        **(_of_selection(chosen) if chosen else {}),
        "targeted": stratum_json(report.by_rules),
        "random": stratum_json(report.random),
        "recallFromRandom": estimate_json(report.recall),
        "priceOfRandomFloorInFinds": report.random_floor and report.random_floor.price_in_finds,
        "intervals": "95 %, Wilson",
    }


def summary_text(report: Report) -> str:
    """The same for eyes."""
    lines = [f"{report.name} ({report.ruleset[:12]}) on {report.cases} declarations, {_span(report)}"]
    lines.append(f"learnt from {report.learnt_inspections} past inspections; {report.unknown} outcomes are not known")
    chosen = report.selection
    if chosen:
        lines.append(
            f"inspected {chosen.budget} ({chosen.share:.1%}): {chosen.by_rows} by rows, {chosen.by_risk} by risk, "
            f"{chosen.at_random} by lot"
        )
        lines.append(_line("all", chosen.overall))
    lines.append(_line("targeted", report.by_rules))
    lines.append(_line("by lot", report.random))
    if chosen:
        lines.append(f"recall over known outcomes   {_share(chosen.known_recall)}")
    lines.append(f"recall from the lot alone    {_share(report.recall)}")
    if report.random_floor and report.random_floor.price_in_finds is not None:
        lines.append(f"price of the lot             {report.random_floor.price_in_finds:.0f} finds")
    return "\n".join(lines)


def _of_selection(chosen: Selection) -> ReportJson:
    return {
        "share": chosen.share,
        "randomFloor": chosen.random_floor,
        "seed": chosen.seed,
        "budget": chosen.budget,
        "inspected": {
            "total": chosen.budget,
            "byRows": chosen.by_rows,
            "byRisk": chosen.by_risk,
            "atRandom": chosen.at_random,
        },
        "known": chosen.overall.known,
        "finds": chosen.overall.finds,
        "precision": estimate_json(chosen.overall.precision),
        "recall": estimate_json(chosen.known_recall),
        "topUpFrom": chosen.top_up_from,
    }


def _span(report: Report) -> str:
    if not report.since or not report.until:
        return "none"
    return f"{report.since.date()} to {report.until.date()}"


def _line(name: str, stratum: Stratum) -> str:
    return f"{name:9} {stratum.finds:6} finds of {stratum.known:6} known   precision {_share(stratum.precision)}"


def _share(estimate: Estimate | None) -> str:
    return "not known" if estimate is None else f"{estimate.value:.3f} ({estimate.low:.3f} to {estimate.high:.3f})"
