"""Atheris: the formats under mutations that follow which code they reach, judged as tests/test_formats_fuzz.py judges.

    python bench/fuzz.py edifact [-max_total_time=120]      one format; without, each of them for a while
    make fuzz                                               hypothesis with many examples, then this

What fails is written into the folder for temporary files and makes the run fail: it becomes a test first.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
FORMATS = ("edifact", "platform-file", "dec-result", "gate", "customs", "courier")
SECONDS_EACH = 30


def main() -> None:
    """Fuzz the format that is named, or all of them one after another."""
    named, options = sys.argv[1:2], sys.argv[2:]
    if named and named[0] in FORMATS:
        _fuzz(named[0], options)
        return
    failed = [name for name in FORMATS if _run(name, options=sys.argv[1:]) != 0]
    print("failed: " + ", ".join(failed) if failed else "nothing but items and reasons")
    sys.exit(bool(failed))


def _run(format_name: str, *, options: list[str]) -> int:
    """In a process of its own: libFuzzer ends the one it runs in."""
    told = options or [f"-max_total_time={SECONDS_EACH}"]
    command = [sys.executable, str(Path(__file__).resolve()), format_name, *told]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
    last = [line for line in done.stderr.splitlines() if line.startswith(("Done", "SUMMARY", "==", "AssertionError"))]
    print(f"{format_name}: {' '.join(last) or done.stderr[-2000:]}")
    if done.returncode != 0:
        print(done.stderr[-6000:])
    return done.returncode


def _fuzz(format_name: str, options: list[str]) -> None:
    import atheris  # noqa: PLC0415  # only the child has use for it

    with atheris.instrument_imports(include=["adapters", "events.identifiers"]):
        from build_fuzz import SPEAKERS, judge, seeds  # noqa: PLC0415  # what is imported here is instrumented

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
