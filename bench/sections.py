"""What is measured: every section of the results by name, and the function that measures it.

A section is `Callable[[int], str]`: it takes the number of rounds (in each, a yardstick and what it is held against
take turns) and gives Markdown without a heading.  It prints its progress to stderr, cleans up after itself, and asserts
nothing about speed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module


class Skipped(Exception):
    """There is nothing to measure on this machine, and why; what was measured on another stays in the results."""


@dataclass(frozen=True)
class Section:
    """`name` is for --only, `title` heads it in the results; `measure` is "module:function"."""

    name: str
    title: str
    measure: str

    def run(self, rounds: int) -> str:
        """Measure; the section's Markdown."""
        module, _, function = self.measure.partition(":")
        # By name, so that a run of one section loads nothing of another.
        measure: Callable[[int], str] = getattr(import_module(module), function)
        return measure(rounds)


# In the order of the results.  `make bench` runs these, each in a process of its own.
SECTIONS = (
    Section("write-path", "Write path", "bench.write_path:measure"),
    Section("postgresql", "PostgreSQL beside SQLite", "bench.write_path:measure_postgresql"),
    Section("writers", "Several writers", "bench.writers:measure"),
    Section("idle", "At rest", "bench.idle:measure"),
    Section("flat", "Flat", "bench.flat:measure"),
    Section("wide", "Wide and deep", "bench.wide:measure"),
    Section("decide", "Decide", "bench.decide:measure"),
    Section("bulk", "A million at once", "bench.bulk:measure"),
    Section("backtest", "A back-test, file to report", "bench.backtest:measure"),
    Section("engines", "Beside other rule engines", "bench.engines:measure"),
    Section("moves", "Moves and hours", "bench.moves:measure"),
    Section("declarations", "Declarations", "bench.declarations:measure"),
    Section("rebuild", "Rebuild", "bench.rebuild:measure"),
    Section("edifact", "EDIFACT", "bench.edifact:measure"),
    Section("interchange", "A large interchange", "bench.interchange:measure"),
    Section("feed-fanout", "Feed: deliveries a second", "bench.feed_fanout:measure"),
    Section("feed-quiet", "Feed: at low rates", "bench.feed_fanout:measure_quiet"),
    Section("feed-memory", "Feed: memory per connection", "bench.feed_memory:measure"),
    Section("feed-stalled", "Feed: readers that stall", "bench.feed_stalled:measure"),
    Section("feed-storm", "Feed: everybody comes back", "bench.feed_storm:measure"),
    Section("feed-latency", "Feed: commit to phone", "bench.feed_latency:measure"),
    Section("feed-nodes", "Feed: across nodes", "bench.feed_nodes:measure"),
    Section("outbound", "Webhooks beside endpoints that are away", "bench.outbound:measure"),
)

# `make bench-long` runs these: hours, not minutes.
LONG_SECTIONS: tuple[Section, ...] = (Section("long", "Ten million events", "bench.long:measure"),)
