"""The inbox: files that senders drop into folders, taken as if they had been pushed, with the receipts beside them."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, islice, zip_longest
from pathlib import Path

import orjson
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from adapters import contrl, intake
from adapters.registry import FORMATS
from adapters.seam import SenderProfile
from port.actor import Actor
from port.draft import Draft, Receipt, Refusal
from port.errors import PortError
from port.record import QueueFull, StoreUnavailable
from web import taking, wire
from web.inbox_folder import DONE, RECEIPT, REFUSED, Folder, Found, Listing, Place, StillWritten
from web.inbox_patience import Patience
from web.live_tasks import Tasks
from web.port import Port

_log = logging.getLogger("digital_port.inbox")
CONTRL = ".contrl.edi"
# Files in hand at once: enough to share a commit, few enough to be held in memory.
_IN_HAND = 8
# Then the folders are looked at again, and whose rights the files have.
_AT_ONE_LOOK = 500
# For so many stable times a file that visibly has no end yet is given more time.
_PATIENCE = 12
_STOP_SECONDS = 5
# Not the file's fault: it stays, and is taken when there is room.
_BUSY = (QueueFull, StoreUnavailable, SQLAlchemyError)
_NOT_A_FILE = Refusal(
    "NOT_A_FILE", "$", "It is a link, a pipe or a device, none of which is followed.", "Put the file itself there."
)


@dataclass(frozen=True, slots=True)
class _Got:
    """A claimed file, and what it says or why it is refused; no body where it was not read."""

    found: Found
    body: bytes
    read: Draft | Receipt


class Inbox:
    """Watches one folder for one server process; `start` it, `stop` it, ask how it fares."""

    def __init__(
        self, port: Port, root: Path, *, poll_seconds: float, stable_seconds: float,
        tick: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._port = port
        self._folder = Folder(root, secrets.token_hex(8))
        self._poll_seconds = poll_seconds
        self._stable_seconds = stable_seconds
        self._tick = tick
        self._patience = Patience(stable_seconds)
        self._senders = taking.Senders(port)
        self._tasks = Tasks()
        self._looking = asyncio.Lock()
        self._is_stopping = False
        self._is_busy = False
        self._listing = Listing()
        self._told: frozenset[str] = frozenset()
        self.is_open = False
        self.taken = 0
        self.refused = 0

    def start(self) -> None:
        """Begin to watch."""
        self._tasks.begin(self._watch, "the inbox")

    async def stop(self) -> None:
        """Let the files in hand be finished, take no other."""
        self._is_stopping = True
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await self._looking.acquire()
        except TimeoutError:
            _log.warning("files in hand are left to be taken again")
        await self._tasks.stop()
        self._folder.close()

    def gauges(self) -> list[str]:
        """How this process's inbox fares, as lines for /metrics; nothing in them tells what the port moves."""
        arrived = [found.arrived for found in self._listing.found]
        # The wall's clock: the disk stamps by it, and a demo's fast hours do not concern files.
        oldest = max(0.0, time.time() - min(arrived)) if arrived else 0.0
        return [
            f"digital_port_inbox_up {int(self.is_open)}",
            f"digital_port_inbox_waiting {len(arrived)}",
            f"digital_port_inbox_oldest_seconds {oldest:.0f}",
            f"digital_port_inbox_stuck {self._patience.stuck}",
            f"digital_port_inbox_misplaced {len(self._listing.troubles)}",
        ]

    def counters(self) -> list[str]:
        """How many files this process has taken and refused, for those who may know what the port moves."""
        return [
            f"digital_port_inbox_taken_total {self.taken}",
            f"digital_port_inbox_refused_total {self.refused}",
        ]

    async def _watch(self) -> None:
        while not self._is_stopping:
            await self.look()
            await asyncio.sleep(self._poll_seconds)

    async def look(self) -> None:
        """Look once, and take what is ready; what cannot be taken now stays on the disk."""
        async with self._looking:
            try:
                self._listing = await run_in_threadpool(self._folder.look)
            except OSError as error:
                self.is_open = False
                self._report(f"it cannot be read: {error.strerror}")
                return
            self.is_open = True
            ready = self._patience.ready(self._listing.found, now=self._tick())
            try:
                troubles = await self._take(_in_turns(ready))
            except _BUSY as error:
                troubles = [f"files wait: {type(error).__name__}"]
            self._report(*self._listing.troubles, *troubles)

    async def _take(self, ready: Iterable[Found]) -> list[str]:
        """What kept files from being taken, in words."""
        hands = asyncio.Semaphore(_IN_HAND)
        files = list(islice(ready, _AT_ONE_LOOK))
        senders = {
            place: await self._senders.find(place.sender, place.format_name)
            for place in {found.place for found in files}
        }
        known = [(found, actor) for found in files if (actor := senders[found.place]) is not None]
        self._is_busy = False
        # Whatever goes wrong with one file must not keep the others from being taken, nor be tried in a loop.
        asked = (self._in_hand(found, actor, hands=hands) for found, actor in known)
        ended = await asyncio.gather(*asked, return_exceptions=True)
        outcomes = list(zip((found for found, _ in known), ended, strict=True))
        self._forget({found for found, is_gone in outcomes if is_gone is True})
        waits = [self._failed(found, error) for found, error in outcomes if isinstance(error, BaseException)]
        keyless = [f"{place.sender}: it has no live key" for place, actor in senders.items() if actor is None]
        return sorted({*keyless, *filter(None, waits)})

    def _forget(self, gone: set[Found]) -> None:
        left = tuple(found for found in self._listing.found if found not in gone)
        self._listing = replace(self._listing, found=left)

    async def _in_hand(self, found: Found, actor: Actor, *, hands: asyncio.Semaphore) -> bool:
        """Take one file; whether it is gone from where it was found."""
        async with hands:
            if self._is_stopping or self._is_busy:
                return False
            sender = await self._port.profile(actor)
            got = await run_in_threadpool(self._get, found, actor, sender)
            if got is None:
                return False
            try:
                receipt = await self._port.recorder.submit(got.read) if isinstance(got.read, Draft) else got.read
            except PortError as error:
                receipt = self._refused(taking.refusal_by_port(error), got.body)
            except _BUSY:
                self._is_busy = True
                raise
            await run_in_threadpool(self._settle, got, receipt)
            return True

    def _get(self, found: Found, actor: Actor, sender: SenderProfile) -> _Got | None:
        """Claim a file and read it; None when it is not finished, or another server's."""
        claimed = self._folder.claim(found) if self._has_ended(found) else None
        if claimed is None:
            return None
        format_name, limit = found.place.format_name, FORMATS[found.place.format_name].max_body_bytes
        if not claimed.is_file:
            return _Got(claimed, b"", self._refused(_NOT_A_FILE))
        if claimed.size > limit:
            return _Got(claimed, b"", self._refused(taking.too_large(claimed.size, limit)))
        body = self._folder.read(claimed, limit=limit)
        why = taking.refusal_of(actor, format_name, body)
        if why is not None:
            return _Got(claimed, body, self._refused(why, body))
        now = self._port.clock()
        draft = intake.receive(body, format=format_name, sender=sender, key_id=actor.key_id, received_at=now)
        return _Got(claimed, body, draft)

    def _has_ended(self, found: Found) -> bool:
        """Whether its last bytes are an end; after some time without a change it is taken as what it is."""
        patience = _PATIENCE * self._stable_seconds
        if not found.is_file or self._patience.waited(found, now=self._tick()) >= patience:
            return True
        return ends_whole(found.place.format_name, *self._folder.ends(found))

    def _refused(self, why: Refusal, body: bytes = b"") -> Receipt:
        sha256 = taking.sha256(body) if body else ""
        return taking.refused_receipt(why, sha256=sha256, received_at=self._port.clock())

    def _settle(self, got: _Got, receipt: Receipt) -> None:
        results = {RECEIPT: orjson.dumps(wire.receipt(receipt), option=orjson.OPT_INDENT_2)}
        if got.found.place.format_name == "edifact" and got.body:
            results[CONTRL] = contrl.answer(got.body, receipt)
        into = REFUSED if receipt.is_refused else DONE
        self._folder.settle(got.found, into=into, day=self._port.clock().date().isoformat(), results=results)
        if receipt.is_refused:
            self.refused += 1
        else:
            self.taken += 1

    def _failed(self, found: Found, error: BaseException) -> str:
        """Leave the file alone for a while unless everything waits; what keeps it, if that is not the file's own."""
        if isinstance(error, _BUSY):
            return f"files wait: {type(error).__name__}"
        if isinstance(error, StillWritten):
            return ""
        why = str(error.strerror) if isinstance(error, OSError) else type(error).__name__
        # The file is not named: senders name files after containers.
        trouble = f"{found.place.sender}/{found.place.format_name}: a file cannot be taken: {why}"
        if not isinstance(error, OSError) and trouble not in self._told:
            _log.error("inbox: a fault of ours", exc_info=error)
        self._patience.stick(found, now=self._tick())
        return trouble

    def _report(self, *troubles: str) -> None:
        """Log what was not yet so at the last look."""
        for trouble in troubles:
            if trouble not in self._told:
                _log.warning("inbox: %r", trouble)
        self._told = frozenset(troubles)


def ends_whole(format_name: str, head: bytes, tail: bytes) -> bool:
    """Whether a file that begins and ends so has its end, as far as the format has one."""
    if format_name == "edifact":
        return b"UNZ" in tail or (b"UNB" not in head and b"UNT" in tail)
    return not FORMATS[format_name].is_json or tail.rstrip()[-1:] in (b"}", b"]")


def _in_turns(ready: Iterable[Found]) -> Iterator[Found]:
    """One of each place after the other, so that one sender's thousands do not keep the others waiting."""
    by_place: dict[Place, list[Found]] = defaultdict(list)
    for found in ready:
        by_place[found.place].append(found)
    return (found for found in chain.from_iterable(zip_longest(*by_place.values())) if found is not None)
