"""The results file: one part per section, each replaced when its section is measured again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

HEAD = """# Measured

Written by `make bench` and `make bench-long`.  Figures are of one shared machine and worth little by themselves; ratios
are taken in one run, the two sides taking turns, as medians.  Goals are those of the issues; what misses its goal stays
here until it meets it."""


def replace(path: Path, title: str, text: str, *, order: Sequence[str]) -> None:
    """Put a section into the file, in the place `order` gives it; sections no longer in `order` are dropped."""
    parts = _parts(path.read_text(encoding="utf-8") if path.exists() else "")
    parts[title] = text.strip()
    told = [f"## {name}\n\n{parts[name]}" for name in order if name in parts]
    path.write_text("\n\n".join([HEAD, *told]) + "\n", encoding="utf-8")


def _parts(text: str) -> dict[str, str]:
    _, *parts = f"\n{text}".split("\n## ")
    return {part.partition("\n")[0].strip(): part.partition("\n")[2].strip() for part in parts}
