"""Keeps one server alive for as long as whoever asked for it lives, and not a moment longer.

`python keeper.py SIGNAL COMMAND…` starts COMMAND, prints its pid, waits.  When standard input ends (the asker closed
it or died in whatever way) COMMAND gets SIGNAL and, ten seconds later, SIGKILL.  A server that is a plain child of
pytest would outlive a pytest that was killed.
"""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PATIENCE_SECONDS = 10


@dataclass(frozen=True)
class Kept:
    """A server that runs; `pid` is its own, not the keeper's."""

    pid: int
    keeper: subprocess.Popen[str]
    log: Path

    def has_ended(self) -> bool:
        return self.keeper.poll() is not None


@contextlib.contextmanager
def keep(
    command: Sequence[str],
    *,
    log: Path,
    stop: signal.Signals = signal.SIGTERM,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    user: str | None = None,
) -> Iterator[Kept]:
    """COMMAND running in `folder` until the block ends, its output in `log`; as `user` where given (root only)."""
    with log.open("ab") as sink:
        keeper = subprocess.Popen(
            [sys.executable, "-I", __file__, stop.name, user or "", *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=sink,
            text=True,
            env=environment,
            cwd=folder,
            # Ctrl-C in the shell is pytest's; the server is stopped in order afterwards.
            start_new_session=True,
        )
    assert keeper.stdin
    assert keeper.stdout
    try:
        yield Kept(pid=int(keeper.stdout.readline() or 0), keeper=keeper, log=log)
    finally:
        with contextlib.suppress(BrokenPipeError):
            keeper.stdin.close()
        keeper.stdout.close()
        keeper.wait(PATIENCE_SECONDS * 2)


def main(stop: str, user: str, *command: str) -> int:
    """The exit status of COMMAND, which has ended when this returns."""
    server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sys.stderr, user=user or None)
    print(server.pid, flush=True)
    threading.Thread(target=_end_after_the_asker, args=(server, signal.Signals[stop]), daemon=True).start()
    return server.wait()


def _end_after_the_asker(server: subprocess.Popen[bytes], stop: signal.Signals) -> None:
    sys.stdin.read()
    server.send_signal(stop)
    with contextlib.suppress(subprocess.TimeoutExpired):
        server.wait(PATIENCE_SECONDS)
    server.kill()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
