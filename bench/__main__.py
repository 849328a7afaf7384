"""Every benchmark, one after another, into bench/results.md:  python -m bench [--long]"""

from __future__ import annotations

import argparse
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from bench import write_path

RESULTS = Path(__file__).parent / "results.md"
HEAD = """# Measured

Written by `make bench`.  Figures are of one shared machine and worth little by themselves; ratios are taken in one run,
interleaved, as medians.  Goals are those of the issues; what misses its goal stays here until it meets it.
"""


def main() -> None:
    """Measure, print, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--long", action="store_true", help="more rounds and requests")
    is_long = parser.parse_args().long
    rounds, requests = (9, 12_000) if is_long else (5, 3_000)
    told = [HEAD, _machine(), "## Write path", write_path.measure(rounds=rounds, requests=requests)]
    told += ["## Decide", _decide(rounds)]
    text = "\n\n".join(part.strip() for part in told) + "\n"
    RESULTS.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


def _machine() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {platform.machine()}, 2 shared cores."


def _decide(rounds: int) -> str:
    command = [sys.executable, str(Path(__file__).parent / "decide.py"), "--rounds", str(rounds)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    main()
