"""The load client of the feed's benchmarks: `feed_load.c`, compiled when it is needed, told what to do line by line."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.sections import Skipped

SOURCE = Path(__file__).with_name("feed_load.c")
SERVER_CORE, CLIENT_CORE = "0", "1"
_ANSWER_SECONDS = 120


@dataclass(frozen=True)
class Plan:
    """Who connects where, what each follows, and what is published to whom; feed_load.c says what a line means.

    `conns` are lines of a first word (a ticket, a path) and keys; `publish` is the port of the publisher's own socket,
    0 for none, and how it writes.
    """

    proto: str
    port: int
    conns: Sequence[str]
    topics: Sequence[str] = ()
    publish: int = 0
    publish_as: str = "lines"
    size: int = 400

    def text(self) -> str:
        """The plan as the client reads it."""
        lines = [f"proto {self.proto}", f"port {self.port}", f"size {self.size}"]
        lines += [f"publish {self.publish} {self.publish_as}"] if self.publish else []
        lines += [f"topic {topic}" for topic in self.topics]
        return "\n".join([*lines, *(f"conn {conn}" for conn in self.conns), ""])


class Client:
    """A running load client; `ask` obeys one command."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self._process = process
        self._folder = folder

    def ask(self, command: str, *numbers: float) -> dict[str, Any]:  # the client's own JSON
        """One command and its answer."""
        self.tell(command, *numbers)
        return self.heard()

    def tell(self, command: str, *numbers: float) -> None:
        """A command whose answer is `heard` later."""
        assert self._process.stdin is not None
        self._process.stdin.write(" ".join([command, *(f"{number:g}" for number in numbers)]) + "\n")
        self._process.stdin.flush()

    def heard(self) -> dict[str, Any]:  # as `ask`
        """The answer to the last command told."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the load client ended with {self._process.wait(_ANSWER_SECONDS)}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def open(self, *, upto: int = 0, parallel: int = 128, seconds: float = 60) -> dict[str, Any]:  # as `ask`
        """Connect everybody who is not, or of the first so many.  Raises RuntimeError where that fails for anybody."""
        opened = self.ask("open", parallel, seconds, upto)
        if opened["failed"] or opened["unfinished"]:
            raise RuntimeError(f"not everybody could join: {opened}, {self.ask('report')}")
        return opened

    def tickets(self, firsts: Sequence[str]) -> None:
        """New first words for all connections."""
        path = self._folder / "tickets"
        path.write_text("\n".join([*firsts, ""]), encoding="ascii")
        self.ask(f"tickets {path}")

    def record(self) -> Path:
        """From now on each event is written down in the file returned; see `Arrival`."""
        path = self._folder / f"record-{time.monotonic_ns()}"
        self.ask(f"record {path}")
        return path


@dataclass(frozen=True, slots=True)
class Arrival:
    """An event at a connection; `at` in nanoseconds of CLOCK_MONOTONIC, as time.monotonic_ns() counts them."""

    connection: int
    key: str
    version: int
    at: int


def arrivals(path: Path) -> Iterator[Arrival]:
    """What a client recorded."""
    with path.open(encoding="ascii") as file:
        for line in file:
            connection, key, version, at = line.split()
            yield Arrival(int(connection), key, int(version), int(at))


@contextmanager
def built() -> Iterator[Path]:
    """The compiled client, in a folder of its own.  Raises Skipped where there is no C compiler."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        raise Skipped("no gcc: the load client of the feed is C, since one in Python would be what it measures")
    if sys.platform != "linux":
        raise Skipped("the load client of the feed needs Linux (epoll)")
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "feed_load"
        subprocess.run([compiler, "-O2", "-o", str(program), str(SOURCE)], check=True)
        yield program


@contextmanager
def running(program: Path, plan: Plan, *, core: str = CLIENT_CORE) -> Iterator[Client]:
    """A client that follows a plan, on a core of its own ("": on any)."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "plan").write_text(plan.text(), encoding="ascii")
        command = [*pinned(core), str(program), str(folder / "plan")]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            try:
                yield Client(process, folder)
            finally:
                process.kill()


def pinned(core: str) -> list[str]:
    """What keeps a command on one core, where there is anything that does; "" is any core."""
    taskset = shutil.which("taskset")
    return [taskset, "-c", core] if taskset and core else []
