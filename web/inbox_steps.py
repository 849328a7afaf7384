"""Steps on the disk from an open folder to a name in it: none follows a link, so none leads out of the folder."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Not blocking: what was a file a moment ago may be a pipe that nobody writes to.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@contextmanager
def walked(root: Path, *names: str) -> Iterator[int]:
    """The folder that these names lead to from `root`, which alone may be a link."""
    with ExitStack() as stack:
        at = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        stack.callback(os.close, at)
        for name in names:
            at = stack.enter_context(opened(name, at=at))
        yield at


@contextmanager
def opened(name: str, *, at: int) -> Iterator[int]:
    """A folder in an open folder; OSError where it is a link."""
    folder = os.open(name, _FOLDER, dir_fd=at)
    try:
        yield folder
    finally:
        os.close(folder)


@contextmanager
def made(name: str, *, at: int) -> Iterator[int]:
    """The same, made where there is none."""
    with suppress(FileExistsError):
        os.mkdir(name, dir_fd=at)
    with opened(name, at=at) as folder:
        yield folder


@contextmanager
def locked(name: str, *, at: int) -> Iterator[None]:
    """While a lock file is ours; BlockingIOError when it is another process's."""
    lock = os.open(name, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=at)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(lock)


def file(name: str, *, at: int) -> BinaryIO:
    """A file in an open folder, to be read."""
    return os.fdopen(os.open(name, _FILE, dir_fd=at), "rb")


def is_there(name: str, *, at: int) -> bool:
    """Whether anything has that name there."""
    with suppress(FileNotFoundError):
        return bool(os.stat(name, dir_fd=at, follow_symlinks=False))
    return False


def write(name: str, content: bytes, *, at: int, only_new: bool = False) -> None:
    """Write a file there; FileExistsError when it is to be new and is not."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC | (os.O_EXCL if only_new else 0)
    with os.fdopen(os.open(name, flags, 0o664, dir_fd=at), "wb") as written:
        written.write(content)


def put_new(name: str, new: str, *, waiting_in: int, at: int) -> bool:
    """Move a file from one open folder to another, whole, where nothing has its `new` name; whether it was."""
    with suppress(FileExistsError):
        try:
            os.link(name, new, src_dir_fd=waiting_in, dst_dir_fd=at, follow_symlinks=False)
        except FileExistsError:
            raise
        except OSError:
            # A disk without hard links: written there, and whole but for who is killed meanwhile.
            with file(name, at=waiting_in) as waiting:
                write(new, waiting.read(), at=at, only_new=True)
        os.unlink(name, dir_fd=waiting_in)
        return True
    return False


def names_in(at: int) -> list[str]:
    """The names in an open folder."""
    with os.scandir(at) as entries:
        return [entry.name for entry in entries]
