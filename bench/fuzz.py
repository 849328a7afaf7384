"""Atheris: the formats under mutations that follow which code they reach, judged as tests/test_formats_fuzz.py judges.

    python bench/fuzz.py edifact [-max_total_time=120]      one format; without, each of them for a while
    make fuzz                                               hypothesis with many examples, then this

What fails is written into the folder for temporary files and makes the run fail: it becomes a test first.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CHILD = Path(__file__).with_name("fuzz_format.py").resolve()
FORMATS = ("edifact", "platform-file", "dec-result", "gate", "customs", "courier")
SECONDS_EACH = 30


def main() -> None:
    """Fuzz the format that is named, or all of them one after another."""
    is_one = sys.argv[1:2] and sys.argv[1] in FORMATS
    names, options = ([sys.argv[1]], sys.argv[2:]) if is_one else (FORMATS, sys.argv[1:])
    failed = [name for name in names if _run(name, options=options) != 0]
    print("failed: " + ", ".join(failed) if failed else "nothing but items and reasons")
    sys.exit(bool(failed))


def _run(format_name: str, *, options: list[str]) -> int:
    """In a process of its own: libFuzzer ends the one it runs in."""
    told = options or [f"-max_total_time={SECONDS_EACH}"]
    command = [sys.executable, str(CHILD), format_name, *told]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
    last = [line for line in done.stderr.splitlines() if line.startswith(("Done", "SUMMARY", "==", "AssertionError"))]
    print(f"{format_name}: {' '.join(last) or done.stderr[-2000:]}")
    if done.returncode != 0:
        print(done.stderr[-6000:])
    return done.returncode


if __name__ == "__main__":
    main()
