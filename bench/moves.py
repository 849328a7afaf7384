"""The headlines on simulated days: where half the moves and nine tenths of the time go, for whom, and at what cost."""

from __future__ import annotations

import sys
import textwrap
import time

from port.diversion.moves.boxes import variants_of
from port.diversion.moves.parameters import ASSUMED, Parameters, catalogue
from port.diversion.moves.simulation import SEEDS, simulate
from port.diversion.moves.sweeping import sweep
from port.diversion.moves.tables import comparison_table, sweep_table

WIDTH = 120


def measure(rounds: int) -> str:
    """The default day and the sweep, in Markdown; over eight seeds, or as many as there are rounds above that."""
    seeds = range(1, max(len(SEEDS), rounds) + 1)
    parameters = Parameters()
    began = time.process_time()
    compared = simulate(parameters, variants_of({}), seeds=seeds)
    taken = time.process_time() - began
    events = sum(variant.port["events"].mean for variant in compared.variants) * len(seeds)
    boxes = parameters.import_boxes + parameters.export_boxes
    speed = f"{2 * len(seeds)} runs of {boxes} boxes: {taken:.1f} s of one core, {events / taken / 1000:.0f} thousand"
    swept = sweep(parameters, seeds=seeds, progress=lambda done: print(f"{done:.0%}", file=sys.stderr))
    parts = [
        _given(len(seeds)),
        f"{speed} events a second.",
        f"```text\n{comparison_table(compared, language='en')}\n```",
        "The sweep:",
        f"```text\n{sweep_table(swept, language='en')}\n```",
    ]
    return "\n\n".join(parts)


def _given(seeds: int) -> str:
    specs = catalogue()
    assumed = sum(spec.source.startswith(ASSUMED) for spec in specs)
    told = (
        f"Synthetic days, {seeds} seeds, every variant on the same.  {assumed} of {len(specs)} parameters are assumed; "
        "[docs/moves.md](../docs/moves.md) has units and sources, and says in words what follows.  "
    )
    return textwrap.fill(told + ", ".join(f"{spec.name} {spec.default:g}" for spec in specs) + ".", width=WIDTH)
