"""Runs a command whose temporary files lie in memory, where there is room for them; else as it is.

The tests make a database or two each and throw them away; on a busy disk most of their time went into that.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
ROOM_BYTES = 4 * 2**30
CONTROL_GROUP = Path("/sys/fs/cgroup/memory.max")


def main(command: list[str]) -> int:
    """The command's exit code; its folder in memory goes with it."""
    # Ctrl-C is the command's; it is waited for, and ended in its own way.
    signal.signal(signal.SIGINT, lambda *_: None)
    if not has_room():
        return subprocess.run(command, check=False).returncode
    with tempfile.TemporaryDirectory(prefix="digital-port-", dir=MEMORY, ignore_cleanup_errors=True) as folder:
        # PostgreSQL is run by a user who may do less.
        Path(folder).chmod(0o711)
        return subprocess.run(command, env={**os.environ, "TMPDIR": folder}, check=False).returncode


def has_room() -> bool:
    """Whether there is such a folder, programs may be run from it, and neither it nor the memory is small."""
    if not os.access(MEMORY, os.W_OK) or os.statvfs(MEMORY).f_flag & os.ST_NOEXEC:
        return False
    allowed = CONTROL_GROUP.read_text().strip() if CONTROL_GROUP.is_file() else "max"
    free = min(shutil.disk_usage(MEMORY).free, _available_bytes())
    return free >= ROOM_BYTES and (allowed == "max" or int(allowed) >= 2 * ROOM_BYTES)


def _available_bytes() -> int:
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
