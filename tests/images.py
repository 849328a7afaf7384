"""A disk whose power can be cut: ext4 in a file, mounted over a loop device, copied as it is at that instant.

What a program wrote and did not sync is in the kernel's memory and not in the file: the copy is what a machine would
find after the power came back.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest

from stores import NotToBeHad

Made = TypeVar("Made")


@contextlib.contextmanager
def or_skip_loudly(made: AbstractContextManager[Made]) -> Iterator[Made]:
    """What was mounted; where that is refused a skip, which no machine is held to, as `.ci/run` holds for servers."""
    with contextlib.ExitStack() as stack:
        try:
            entered = stack.enter_context(made)
        except NotToBeHad as why:
            pytest.skip(f"NOT TESTED, NOTHING CAN BE MOUNTED HERE: {why}")
        yield entered


@dataclass(frozen=True)
class Disk:
    """A mounted image; `folder` is its root."""

    image: Path
    folder: Path
    device: str

    def cut_power(self, copy: Path) -> None:
        """Copy what is on the disk.  Whoever writes to it must stand still."""
        for _ in range(20):
            before = self._writes()
            subprocess.run(["cp", "--sparse=always", self.image, copy], check=True)
            # The kernel may write back by itself meanwhile; such a copy would be of no instant at all.
            if self._writes() == before:
                return
        raise AssertionError("somebody writes to the disk all the time")

    def _writes(self) -> str:
        return Path("/sys/block", Path(self.device).name, "stat").read_text().split()[4]


@contextlib.contextmanager
def new_disk(folder: Path, *, megabytes: int = 128) -> Iterator[Disk]:
    """An empty disk.  Raises NotToBeHad where mounting is refused."""
    image = folder / "disk.img"
    with image.open("wb") as file:
        file.truncate(megabytes * 1024 * 1024)
    _must("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0", str(image))
    with mounted(image, folder / "disk") as disk:
        yield disk


@contextlib.contextmanager
def mounted(image: Path, at: Path) -> Iterator[Disk]:
    """The image's files under `at`."""
    at.mkdir(exist_ok=True)
    _must("mount", "-o", "loop", str(image), str(at))
    try:
        device = _must("findmnt", "-n", "-o", "SOURCE", "--mountpoint", str(at)).strip()
        yield Disk(image, at, device)
    finally:
        subprocess.run(["umount", "-l", str(at)], check=False)


@contextlib.contextmanager
def small_disk(at: Path, *, megabytes: int) -> Iterator[Path]:
    """A file system in memory with so much room and no more.  Raises NotToBeHad where mounting is refused."""
    at.mkdir(exist_ok=True)
    _must("mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0755", "tmpfs", str(at))
    try:
        yield at
    finally:
        subprocess.run(["umount", "-l", str(at)], check=False)


@contextlib.contextmanager
def filled(disk: Path) -> Iterator[None]:
    """No room left on it until the block ends."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    try:
        yield
    finally:
        ballast.unlink()


@contextlib.contextmanager
def standing_still(pids: Iterable[int]) -> Iterator[None]:
    """These processes stopped, each of their threads out of the kernel."""
    stopped = list(pids)
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        _wait_until_stopped(stopped)
        yield
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)


def descendants(pid: int) -> list[int]:
    """The process and all that it started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in children for one in descendants(int(child)))]


def _wait_until_stopped(pids: list[int]) -> None:
    deadline = time.monotonic() + 10
    while True:
        tasks = [task for pid in pids for task in Path(f"/proc/{pid}/task").iterdir()]
        # A sync under way ends first: until then its thread is not stopped.
        if all(task.joinpath("stat").read_text().rpartition(") ")[2][0] in "TZ" for task in tasks):
            return
        assert time.monotonic() < deadline, "a process does not stop"
        time.sleep(0.001)


def _must(*command: str) -> str:
    if shutil.which(command[0]) is None:
        raise NotToBeHad(f"no {command[0]} on this machine")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise NotToBeHad(f"{command[0]} is refused: {done.stderr.strip()}")
    return done.stdout
