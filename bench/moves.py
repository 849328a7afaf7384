"""The headlines on simulated days: where half the moves and nine tenths of the time go, for whom, and at what cost."""

from __future__ import annotations

import sys
import time

from port.diversion.moves.boxes import variants_of
from port.diversion.moves.parameters import ASSUMED, Parameters, catalogue
from port.diversion.moves.simulation import SEEDS, simulate
from port.diversion.moves.sweeping import sweep
from port.diversion.moves.tables import comparison_table, sweep_table


def measure(rounds: int) -> str:
    """The default day and the sweep, in Markdown; each over eight seeds, or one more per round above them."""
    seeds = range(1, max(len(SEEDS), rounds) + 1)
    parameters = Parameters()
    began = time.process_time()
    compared = simulate(parameters, variants_of({}), seeds=seeds)
    taken = time.process_time() - began
    events = sum(variant.port["events"].mean for variant in compared.variants) * len(seeds)
    swept = sweep(parameters, seeds=seeds, progress=_tell)
    specs = catalogue()
    given = ", ".join(f"{spec.name} {spec.default:g}" for spec in specs)
    assumed = sum(spec.source.startswith(ASSUMED) for spec in specs)
    return "\n".join(
        [
            f"Synthetic days, {len(seeds)} seeds, the same boxes in every variant. {assumed} of {len(specs)} parameters",
            "are assumed ([docs/moves.md](../docs/moves.md) has units and sources, and says in words what follows):",
            f"{given}.",
            "",
            f"{2 * len(seeds)} runs of {parameters.import_boxes + parameters.export_boxes} boxes: {taken:.1f} s of one",
            f"core, {events / taken / 1000:.0f} thousand events a second.",
            "",
            "```text",
            comparison_table(compared, language="en"),
            "```",
            "",
            "The sweep:",
            "",
            "```text",
            sweep_table(swept, language="en"),
            "```",
        ]
    )


def _tell(done: float) -> None:
    print(f"{done:.0%}", file=sys.stderr)
