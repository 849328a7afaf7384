"""Figures of the feed's benchmarks: rounds of them, what a process uses, and tables with goals."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Figures:
    """What the rounds gave, by name."""

    taken: dict[str, list[float]] = field(default_factory=dict)

    def add(self, name: str, value: float) -> None:
        """One round's figure."""
        self.taken.setdefault(name, []).append(value)

    def median(self, name: str) -> float:
        """Over the rounds."""
        return statistics.median(self.taken[name])

    def worst(self, name: str) -> float:
        """The highest of the rounds."""
        return max(self.taken[name])

    def ratio(self, name: str, other: str) -> float:
        """The median of the rounds' ratios: the two took turns, so a slow moment of the machine met both."""
        return statistics.median(mine / its for mine, its in zip(self.taken[name], self.taken[other], strict=True))


@dataclass(frozen=True)
class Goal:
    """A limit from the issue, "≥ 25" or "≤ 0.7"."""

    told: str

    def mark(self, value: float) -> str:
        """The goal, and in bold that it is missed."""
        sign, limit = self.told.split()
        is_met = value >= float(limit) if sign == "≥" else value <= float(limit)
        return self.told if is_met else f"{self.told} **missed**"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Markdown."""
    told = [f"| {' | '.join(row)} |" for row in (head, *rows)]
    return "\n".join([told[0], "|" + "---|" * len(head), *told[1:]])


def cpu_seconds(pid: int) -> float:
    """What a process has used of the processor, all its living threads, user and system; to the nanosecond."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text(encoding="ascii").split()[0]) for task in tasks) / 1e9


def rss_bytes(pid: int) -> int:
    """What a process holds in memory now."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024


def kernel_bytes() -> int:
    """What the kernel holds for all TCP sockets of the machine, both ends of a loopback connection."""
    sockets = Path("/proc/net/sockstat").read_text(encoding="ascii")
    return int(sockets.partition("TCP:")[2].partition("mem ")[2].split()[0]) * 4096


def quantile(values: Sequence[float], share: float) -> float:
    """The value that so many of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
