"""Every benchmark, one after another, into bench/results.md.

python -m bench                     all of bench/sections.py
python -m bench feed                those of that name, or whose names begin with it and a dash, into the results
python -m bench --only write-path   one section, to the screen; --write puts it into the results too
python -m bench --long              the long ones
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bench import machine, results
from bench.sections import LONG_SECTIONS, SECTIONS, Section, Skipped

RESULTS = Path(__file__).parent / "results.md"
ROUNDS = 5
_SKIPPED = 77


def main() -> None:
    """Measure, print, and write the results."""
    asked = _arguments()
    if asked.only and not asked.write:
        try:
            print(_found(asked.only).run(asked.rounds))
        except Skipped as reason:
            print(f"skipped: {reason}", file=sys.stderr)
            raise SystemExit(_SKIPPED) from None
        return
    for section in _chosen(asked):
        began = time.monotonic()
        print(f"== {section.name}", file=sys.stderr)
        text = _measured(section, asked.rounds)
        if text is None:
            continue
        took = f"_{machine.paragraph()}  {asked.rounds} rounds, {time.monotonic() - began:.0f} s._"
        results.replace(RESULTS, section.title, f"{text}\n\n{took}", order=[s.title for s in SECTIONS + LONG_SECTIONS])
        print(f"## {section.title}\n\n{text}\n")


def _chosen(asked: argparse.Namespace) -> Sequence[Section]:
    if asked.only:
        return [_found(asked.only)]
    if asked.names:
        return [section for name in asked.names for section in _named(name)]
    return LONG_SECTIONS if asked.long else SECTIONS


def _named(name: str) -> Sequence[Section]:
    named = [section for section in SECTIONS if section.name.startswith(f"{name}-")]
    return named or [_found(name)]


def _measured(section: Section, rounds: int) -> str | None:
    """In a process of its own, so that no section runs in the memory and the threads another left; None if skipped."""
    command = [sys.executable, "-m", "bench", "--only", section.name, "--rounds", str(rounds)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode == _SKIPPED:
        return None
    if done.returncode != 0:
        return f"**This section failed** with exit code {done.returncode}; its figures are missing, not good."
    return done.stdout.strip()


def _found(name: str) -> Section:
    found = {section.name: section for section in SECTIONS + LONG_SECTIONS}
    if name not in found:
        raise SystemExit(f"no section {name!r}; there are: {', '.join(found)}")
    return found[name]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="these sections, or all of a family")
    parser.add_argument("--only", metavar="NAME", help="one section")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--write", action="store_true", help="with --only: into the results as well")
    parser.add_argument("--long", action="store_true", help="the sections that take hours")
    return parser.parse_args()


if __name__ == "__main__":
    main()
