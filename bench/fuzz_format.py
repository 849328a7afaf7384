"""One format under Atheris, in the process that libFuzzer ends: `python bench/fuzz_format.py FORMAT [options]`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

# What is imported here is instrumented.
with atheris.instrument_imports(include=["adapters", "events.identifiers"]):
    from build_fuzz import SPEAKERS, judge, seeds


def main() -> None:
    """Mutate the seeds of the format until the options say enough; the first byte of an input chooses who speaks."""
    format_name, *options = sys.argv[1:]

    def judged(told: bytes) -> None:
        if told:
            judge(format_name, told[1:], told[0] % len(SPEAKERS))

    with tempfile.TemporaryDirectory() as corpus:
        for number, body in enumerate(seeds(format_name)):
            (Path(corpus) / str(number)).write_bytes(bytes([number % len(SPEAKERS)]) + body)
        found = f"-artifact_prefix={tempfile.gettempdir()}/{format_name}-"
        limits = ["-max_len=20000", "-timeout=20", "-rss_limit_mb=1024"]
        atheris.Setup([sys.argv[0], found, *limits, *options, corpus], judged)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
