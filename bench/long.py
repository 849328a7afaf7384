"""The long run of `make bench-long`: 10^7 events on SQLite, once.

    python -m bench.long [--events 10000000] [--folder FOLDER] [--keep] [--rounds 5]

What `bench.flat` measures, from 10^4 to as many as asked; then the file's size, and how long the server takes from its
start to its first answer with all that behind it.  The databases lie in a folder of their own below the temporary one:
a run that was broken off goes on filling there, and the folder is removed at the end.  Where the disk has no room for
all of it, fewer are filled and the results say so.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

from bench import flat
from bench.servers import READY_SECONDS, OurServer, free_port, rss_megabytes

EVENTS = 10_000_000
SMALL = 10_000
STARTS = 3
_BYTES_EACH = 6_000  # with the journal, and to spare
_SPARE_BYTES = 4_000_000_000


def measure(rounds: int, events: int = EVENTS, folder: str = "", *, is_kept: bool = False) -> str:
    """The tables in Markdown."""
    where = Path(folder or Path(tempfile.gettempdir()) / "digital-port-bench-long")
    where.mkdir(parents=True, exist_ok=True)
    possible = _possible(where, events)
    told = [flat.measure_in(str(where), (SMALL, possible), rounds=rounds), _starts(where, (SMALL, possible))]
    if possible < events:
        told.insert(0, f"**{possible:,} events instead of {events:,}**: the disk had no room for more.")
    if not is_kept:
        shutil.rmtree(where)
    return "\n\n".join(told)


def _possible(where: Path, events: int) -> int:
    """As many as the disk has room for, with those already there; a power of ten or three times one."""
    held = sum(path.stat().st_size for path in where.iterdir())
    room = shutil.disk_usage(where).free + held - _SPARE_BYTES
    steps = [size for power in range(4, 9) for size in (10**power, 3 * 10**power)]
    return max((size for size in [*steps, events] if size <= events and size * _BYTES_EACH <= room), default=SMALL)


def _starts(where: Path, sizes: tuple[int, ...]) -> str:
    lines = ["| events stored | start to ready, s | memory then, MB |", "|---|---|---|"]
    for size in sizes:
        found = [_start(f"sqlite:///{where}/{size}.db", str(where)) for _ in range(STARTS)]
        seconds, megabytes = (statistics.median(values) for values in zip(*found, strict=True))
        lines.append(f"| {size:,} | {seconds:.2f} | {megabytes:.0f} |")
    return "\n".join(lines)


def _start(url: str, folder: str) -> tuple[float, float]:
    """Seconds until the server says it is ready, and its memory."""
    port, began = free_port(), time.monotonic()
    command = [sys.executable, "-m", "web.cli", "serve", "--port", str(port)]
    process = subprocess.Popen(command, env=OurServer(folder, url=url).environment)
    try:
        while time.monotonic() - began < READY_SECONDS:
            with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz") as answer:
                if answer.status == 200:
                    return time.monotonic() - began, rss_megabytes(process.pid)
            time.sleep(0.01)
        raise TimeoutError("the server was never ready")
    finally:
        process.terminate()
        process.wait(30)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=EVENTS)
    parser.add_argument("--folder", default="", help="where the databases lie meanwhile")
    parser.add_argument("--keep", action="store_true", help="leave them there")
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    print(measure(asked.rounds, asked.events, asked.folder, is_kept=asked.keep))


if __name__ == "__main__":
    main()
