"""The inbox on the disk: what lies there, claiming it for this server alone, and putting it where it belongs.

    INBOX/<sender>/<format>/FILE                        what a sender dropped
                            .working/<server>/<n>/FILE  claimed by a server, which holds a lock while it lives
                            done/<day>/FILE             taken, with FILE.receipt.json beside it
                            refused/<day>/FILE          refused, likewise

A sender may write there, so no name is trusted: every step goes from an open folder to a name in it, and follows no
link.  A file is only ever renamed, by one server at a time: the rename into `.working` is the claim, and what lies in
the `.working` of a server whose lock is free was left by one that died.
"""

from __future__ import annotations

import fcntl
import itertools
import os
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from adapters.registry import FORMATS
from web.inbox_steps import file, is_there, locked, made, names_in, opened, put_new, walked, write

WORKING, DONE, REFUSED = ".working", "done", "refused"
RECEIPT = ".receipt.json"
_OURS = frozenset({WORKING, DONE, REFUSED})
_LOCK = "lock"
# The receipt of a claimed file, beside it until both are settled; no sender's file, whose names begin otherwise.
_RECEIPT = ".receipt"
_UNFINISHED = (".part", ".partial", ".tmp", ".filepart", ".crdownload")
_NAME_BYTES = 180
_END_BYTES = 1024


class StillWritten(Exception):
    """The file changed while it was read: its sender is not done with it."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """One sender's folder for one format."""

    sender: str
    format_name: str


@dataclass(frozen=True, slots=True)
class Found:
    """A file as it lay there; `claim` is its number in this server's `.working`, None while it is nobody's.

    `signature` changes when anybody writes to it; `arrived` is when it last changed or came, in seconds of the epoch,
    which no sender can set.
    """

    place: Place
    name: str
    claim: str | None
    is_file: bool
    size: int
    signature: tuple[int, ...]
    arrived: float


@dataclass(frozen=True, slots=True)
class Listing:
    """What lies in the inbox, oldest first in each place; `troubles` are what is where it should not be, in words."""

    found: tuple[Found, ...] = ()
    troubles: tuple[str, ...] = ()


@dataclass(slots=True)
class Folder:
    """The inbox of one server process, which is known by `server` on the disk.  Everything here blocks."""

    root: Path
    server: str
    _locks: dict[Place, int] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def look(self) -> Listing:
        """What lies there now; what a server that died had claimed is ours from now on.  Raises OSError for the inbox
        itself; a place that cannot be read is a trouble."""
        found: list[Found] = []
        troubles: list[str] = []
        for sender in self._folders(troubles):
            for name in self._folders(troubles, sender):
                place = Place(sender, name)
                try:
                    found += self._list_place(place) if name in FORMATS else []
                except OSError as error:
                    troubles.append(f"{sender}/{name}: {error.strerror}")
                if name not in FORMATS:
                    troubles.append(f"{sender}/{name}: there is no format of this name")
        return Listing(tuple(found), tuple(troubles))

    def claim(self, found: Found) -> Found | None:
        """The file, this server's own from now on; None when it is gone or somebody else's."""
        if found.claim is not None:
            return found
        with self._opened(found.place) as place, self._own(found.place, place) as own:
            number = str(next(self._numbers))
            os.mkdir(number, dir_fd=own)
            with opened(number, at=own) as target:
                try:
                    os.rename(found.name, found.name, src_dir_fd=place, dst_dir_fd=target)
                except FileNotFoundError:
                    os.rmdir(number, dir_fd=own)
                    return None
                return _found(found.place, found.name, number, at=target)

    def read(self, found: Found, *, limit: int) -> bytes:
        """All of a claimed file, or its first `limit` + 1 bytes when it is longer.  Raises StillWritten."""
        with self._holding(found) as folder, file(found.name, at=folder) as read:
            before = os.fstat(read.fileno())
            body = read.read(limit + 1)
            if _signature(before)[:3] != _signature(os.fstat(read.fileno()))[:3]:
                raise StillWritten
            return body

    def ends(self, found: Found) -> tuple[bytes, bytes]:
        """The first and the last thousand bytes of a file."""
        with self._holding(found) as folder, file(found.name, at=folder) as read:
            head = read.read(_END_BYTES)
            read.seek(max(0, found.size - _END_BYTES))
            return head, read.read(_END_BYTES)

    def settle(self, found: Found, *, into: str, day: str, results: dict[str, bytes]) -> None:
        """Move a claimed file to `into`/`day` with its results beside it, each under the file's name and a suffix.

        The results are whole before the file appears.  A name that is taken there gets a number.
        """
        with (
            self._opened(found.place) as place,
            made(into, at=place) as outer,
            made(day, at=outer) as target,
            self._holding(found) as folder,
        ):
            with suppress(FileNotFoundError):
                # Of one who was killed: it may be the receipt itself under a second name.
                os.unlink(_RECEIPT, dir_fd=folder)
            write(_RECEIPT, results[RECEIPT], at=folder)
            name = _reserve(found.name, results[RECEIPT], waiting_in=folder, at=target)
            for suffix in results.keys() - {RECEIPT}:
                write(f"{name}{suffix}", results[suffix], at=target)
            os.rename(found.name, name, src_dir_fd=folder, dst_dir_fd=target)
        with self._opened(found.place) as place, self._own(found.place, place) as own, suppress(OSError):
            os.rmdir(str(found.claim), dir_fd=own)

    def close(self) -> None:
        """Give up the claims: another server may take what is left of them."""
        for lock in self._locks.values():
            os.close(lock)
        self._locks.clear()

    def _folders(self, troubles: list[str], *parents: str) -> Iterator[str]:
        """The names of the folders there; what else lies there is a trouble."""
        try:
            with walked(self.root, *parents) as at, os.scandir(at) as listed:
                entries = sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in listed)
        except OSError as error:
            if not parents:
                raise
            troubles.append(f"{'/'.join(parents)}: {error.strerror}")
            return
        named = [(name, is_folder) for name, is_folder in entries if not name.startswith(".")]
        astray = sum(not is_folder for _, is_folder in named)
        if astray:
            troubles.append(f"{'/'.join(parents) or 'the inbox'}: {astray} files not in a sender's folder for a format")
        yield from (name for name, is_folder in named if is_folder)

    def _list_place(self, place: Place) -> list[Found]:
        with self._opened(place) as at:
            self._adopt(place, at)
            listed = [_found(place, name, None, at=at) for name in names_in(at) if _is_whole(name)]
            with self._own(place, at) as own:
                for number in filter(str.isdecimal, names_in(own)):
                    with opened(number, at=own) as folder:
                        listed += [
                            _found(place, name, number, at=folder) for name in names_in(folder) if name != _RECEIPT
                        ]
        return sorted((one for one in listed if one is not None), key=lambda one: (one.arrived, one.name))

    def _adopt(self, place: Place, at: int) -> None:
        """Take over what servers that died had claimed here."""
        with made(WORKING, at=at) as working, self._own(place, at) as own:
            others = [name for name in names_in(working) if name != self.server and not name.startswith(".")]
            for server in others:
                with (
                    suppress(FileNotFoundError, BlockingIOError),
                    opened(server, at=working) as left,
                    locked(_LOCK, at=left),
                ):
                    self._take_over(left, own)
                    os.unlink(_LOCK, dir_fd=left)
                    os.rmdir(server, dir_fd=working)

    def _take_over(self, left: int, own: int) -> None:
        for number in filter(str.isdecimal, names_in(left)):
            ours = str(next(self._numbers))
            os.rename(number, ours, src_dir_fd=left, dst_dir_fd=own)
            # One that is empty was made just before its server died.
            with suppress(OSError):
                os.rmdir(ours, dir_fd=own)

    @contextmanager
    def _own(self, place: Place, at: int) -> Iterator[int]:
        """This server's folder of claims in a place, made and locked when first asked for."""
        with made(WORKING, at=at) as working:
            if place in self._locks and not is_there(self.server, at=working):
                os.close(self._locks.pop(place))
            if place not in self._locks:
                self._locks[place] = self._begin(working)
            with opened(self.server, at=working) as own:
                yield own

    def _begin(self, working: int) -> int:
        # It appears with its lock held, so that nobody takes it for a dead server's.
        hidden = f".{self.server}"
        with made(hidden, at=working) as own:
            lock = os.open(_LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=own)
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.rename(hidden, self.server, src_dir_fd=working, dst_dir_fd=working)
        return lock

    @contextmanager
    def _holding(self, found: Found) -> Iterator[int]:
        """The folder that a file is in, claimed or not."""
        with self._opened(found.place) as place:
            if found.claim is None:
                yield place
                return
            with self._own(found.place, place) as own, opened(found.claim, at=own) as folder:
                yield folder

    def _opened(self, place: Place) -> AbstractContextManager[int]:
        return walked(self.root, place.sender, place.format_name)


def _is_whole(name: str) -> bool:
    """Whether a name is that of an upload that has ended, as far as the name tells."""
    return name not in _OURS and not name.startswith(".") and not name.lower().endswith(_UNFINISHED)


def _found(place: Place, name: str, claim: str | None, *, at: int) -> Found | None:
    try:
        status = os.stat(name, dir_fd=at, follow_symlinks=False)
    except FileNotFoundError:
        return None
    if claim is None and stat.S_ISDIR(status.st_mode):
        return None
    is_file = stat.S_ISREG(status.st_mode)
    return Found(place, name, claim, is_file, status.st_size, _signature(status), status.st_ctime)


def _signature(status: os.stat_result) -> tuple[int, ...]:
    return (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def _reserve(name: str, receipt: bytes, *, waiting_in: int, at: int) -> str:
    """A name that is free there with its receipt's, which is put there so that it stays ours.

    It appears whole or not at all; one alone, of the same bytes, is what this very file left when its server died in
    the next moment.
    """
    for candidate in _candidates(name):
        beside = f"{candidate}{RECEIPT}"
        if is_there(candidate, at=at):
            continue
        if put_new(_RECEIPT, beside, waiting_in=waiting_in, at=at):
            return candidate
        if _tells_of_the_same(beside, receipt, at=at):
            os.rename(_RECEIPT, beside, src_dir_fd=waiting_in, dst_dir_fd=at)
            return candidate
    raise AssertionError("numbers do not end")


def _candidates(name: str) -> Iterator[str]:
    # Longer names have no room for a suffix on most disks.
    stem, dot, ending = os.fsdecode(os.fsencode(name)[:_NAME_BYTES]).partition(".")
    yield f"{stem}{dot}{ending}"
    for number in itertools.count(2):
        yield f"{stem}-{number}{dot}{ending}"


def _tells_of_the_same(name: str, receipt: bytes, *, at: int) -> bool:
    # A sender may have put anything there, a link too.
    with suppress(OSError, orjson.JSONDecodeError, TypeError, KeyError), file(name, at=at) as read:
        sha256: str = orjson.loads(read.read())["sha256"]
        return bool(sha256) and sha256 == orjson.loads(receipt)["sha256"]
    return False
